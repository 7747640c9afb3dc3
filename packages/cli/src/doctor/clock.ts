import { ok, problem, type Verdict, warning } from "./finding.ts"

/** One exchange of request and answer; times in Unix milliseconds, ours but for `date`. */
export interface Answered {
  readonly sentAt: number
  readonly receivedAt: number
  /** The answer's `Date` header, which has whole seconds (RFC 9110 5.6.7). */
  readonly date: number
}

/** How far our clock is ahead of the exchange's, in milliseconds; behind, where it is negative. */
export interface Skew {
  readonly estimate: number
  /** Half of the round trip, and half of the second that the header leaves open. */
  readonly uncertainty: number
  /** The least that the clocks are apart, with the sign of the estimate; 0 where they may agree. */
  readonly atLeast: number
}

const headerResolution = 1000

/** The exchange has dated its answer some time between sending and receipt, and cut off what is less than a second. */
export const skew = ({ date, receivedAt, sentAt }: Answered): Skew => {
  const estimate = (sentAt + receivedAt) / 2 - (date + headerResolution / 2)
  const uncertainty = (receivedAt - sentAt + headerResolution) / 2
  const apart = Math.max(0, Math.abs(estimate) - uncertainty)
  return { estimate, uncertainty, atLeast: apart === 0 ? 0 : Math.sign(estimate) * apart }
}

const warnAbove = 1000
const problemAbove = 10_000

const seconds = (millis: number): string => `${(Math.abs(millis) / 1000).toFixed(1)} s`

const advice = "set the clock of this machine by a time server (NTP)"

/** What a skew means to figures, which are placed in time by both clocks. */
export const verdict = ({ atLeast, estimate, uncertainty }: Skew): Verdict => {
  if (atLeast === 0) return ok(`agrees with that of the exchange within ${seconds(uncertainty)}`)
  const detail = `${seconds(estimate)} ${estimate > 0 ? "ahead of" : "behind"} that of the exchange, give or take ${seconds(uncertainty)}`
  if (Math.abs(atLeast) > problemAbove) return problem(detail, advice)
  return Math.abs(atLeast) > warnAbove ? warning(detail, advice) : ok(detail)
}

/** The same from the header as it was sent. */
export const fromHeader = (
  header: string | undefined,
  times: { readonly sentAt: number; readonly receivedAt: number }
): Verdict => {
  const date = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(date)
    ? warning("not compared: the answer has no date that can be read", "compare the clock of this machine by hand")
    : verdict(skew({ ...times, date }))
}
