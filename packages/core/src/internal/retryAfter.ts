import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { excerpt } from "./text.ts"
import { threeDays } from "./time.ts"

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const weekday = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
const clock = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)"
const month = `(?<month>${months.join("|")})`

/** The three forms of an HTTP date that RFC 9110 5.6.7 has a recipient accept. */
const dates = [
  new RegExp(`^${weekday}, (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${clock} GMT$`),
  new RegExp(`^${weekday}\\w*day, (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${clock} GMT$`),
  new RegExp(`^${weekday} ${month} (?<day>[ \\d]\\d) ${clock} (?<year>\\d{4})$`)
]

/** A year of two digits is the last that ends in them and lies at most 50 years ahead. */
const fullYear = (year: number, now: DateTime.Utc): number => {
  if (year >= 100) return year
  const last = DateTime.getPartUtc(now, "year") + 50
  return last - ((last - year) % 100)
}

/** An HTTP date in Unix milliseconds. */
export const parseDate = (text: string, now: DateTime.Utc): number | undefined => {
  // The first of the forms, in nearly every answer. What `Date` can't read, or misreads, it does not write alike; a year
  // of more digits makes it longer.
  const millis = text.length === 29 ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(millis) && new Date(millis).toUTCString() === text) return millis
  for (const form of dates) {
    const { day, hour, minute, month, second, year } = form.exec(text)?.groups ?? {}
    if (year === undefined) continue
    const at = new Date(
      Date.UTC(
        fullYear(Number(year), now),
        months.indexOf(month ?? ""),
        Number(day),
        Number(hour),
        Number(minute),
        Number(second)
      )
    )
    // `Date` would read the 31st of April as the 1st of May, and 12:60 as 13:00.
    return at.toISOString().slice(8, 19) === `${(day ?? "").replace(" ", "0")}T${hour}:${minute}:${second}`
      ? at.getTime()
      : undefined
  }
  return undefined
}

/** `Retry-After` (RFC 9110 10.2.3): seconds from now, or an HTTP date; anything else, and nothing, is `undefined`. */
export const parse = (text: string | undefined, now: DateTime.Utc): number | undefined => {
  if (text === undefined) return undefined
  return /^\d{1,10}$/.test(text) ? now.epochMillis + Number(text) * 1000 : parseDate(text, now)
}

/** The exchange wants no request for `millis`: until when that is by our own clock, which need not be what it named. */
export interface Hint {
  readonly until: DateTime.Utc
  readonly millis: number
}

/** What an answer says of when to come back: the `Retry-After` header, and a time in its message, in Unix milliseconds. */
export interface Said {
  readonly retryAfter: string | undefined
  readonly stated: number | undefined
}

/**
 * The latest of the hints that make sense, and the others in words. `date` is the exchange's own time: a time that it
 * names is measured from there as well as from ours, and the longer way counts, so that no wrong clock shortens it.
 */
export const read = (
  { retryAfter, stated }: Said,
  now: DateTime.Utc,
  date: Option.Option<DateTime.Utc>
): { readonly hint: Option.Option<Hint>; readonly ignored: string | undefined } => {
  const ignored: Array<string> = []
  let latest: Hint | undefined
  const consider = (what: string, at: number | undefined, isRelative: boolean) => {
    const clocks = isRelative || Option.isNone(date) ? [now] : [now, date.value]
    const distances = at === undefined ? [] : clocks.map((clock) => at - clock.epochMillis)
    const millis = Math.max(...distances.filter((distance) => distance > 0 && distance <= threeDays))
    if (at !== undefined && millis > 0) {
      if (millis > (latest?.millis ?? 0)) latest = { until: DateTime.add(now, { millis }), millis }
      return
    }
    const why =
      distances.length === 0 ? "is unreadable" : Math.max(...distances) > 0 ? "is over three days ahead" : "has passed"
    ignored.push(`its ${what} ${why}`)
  }
  if (retryAfter !== undefined) {
    consider(`Retry-After ${JSON.stringify(excerpt(retryAfter, 40))}`, parse(retryAfter, now), /^\d+$/.test(retryAfter))
  }
  if (stated !== undefined) consider(`time ${stated}`, stated, false)
  return { hint: Option.fromNullable(latest), ignored: ignored.length === 0 ? undefined : ignored.join(", ") }
}
