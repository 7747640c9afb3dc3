interface Held {
  readonly weight: number
  /** Milliseconds of the monotonic clock. */
  readonly until: number
}

/** What a header has told of others at this address. */
interface Report {
  /** What they have used at least. */
  readonly others: number
  /** What the exchange had counted beyond {@link counter} as it was then; below 0 where that had counted more. */
  readonly beyond: number
  /** Whether what is in flight counts twice: it may not have been counted yet, and then we took for ours what is theirs. */
  readonly isTight: boolean
  readonly until: number
}

/**
 * The weight in one window. Where the exchange places its own window nobody knows, and when it counts a request only
 * that this happens between sending and answer. So weight is held from sending until one length after the answer:
 * then no stretch of that length, wherever it is placed, holds more than the limit.
 */
export interface RollingWindow {
  readonly limit: number
  /** Milliseconds. */
  readonly length: number
  /** The most that anybody has let itself have of the limit so far. */
  largestShare: number
  /** Sent and not answered. */
  inFlight: number
  /** Answered, and not yet let go. */
  held: number
  /** The weight behind `held`, in the order in which it comes free; those before `first` are gone. */
  releases: Array<Held>
  first: number
  /** Whether the exchange's own window begins anew at once, rather than letting go bit by bit. */
  readonly resets: boolean
  /** Sent since the beginning. */
  sentInAll: number
  /** The heaviest first, which ends first. */
  reports: ReadonlyArray<Report>
}

export const make = (limit: number, length: number, resets: boolean): RollingWindow => ({
  limit,
  length,
  resets,
  sentInAll: 0,
  largestShare: 0,
  inFlight: 0,
  held: 0,
  releases: [],
  first: 0,
  reports: []
})

/** Lets go of what has been held long enough. */
export const advance = (window: RollingWindow, now: number): void => {
  let next = window.releases[window.first]
  while (next !== undefined && next.until <= now) {
    window.held -= next.weight
    window.first += 1
    next = window.releases[window.first]
  }
  if (window.first > 1024 && window.first * 2 > window.releases.length) {
    window.releases = window.releases.slice(window.first)
    window.first = 0
  }
  if ((window.reports[0]?.until ?? Infinity) <= now) {
    window.reports = window.reports.filter(({ until }) => until > now)
  }
}

export const used = (window: RollingWindow): number => window.inFlight + window.held

/** What others at this address have used at least. */
export const others = (window: RollingWindow): number => Math.max(0, ...window.reports.map((report) => report.others))

/**
 * What grows as the exchange's own count of us grows until that begins anew. In a window that resets, nothing that we
 * let go is let go there before.
 */
const counter = (window: RollingWindow): number => (window.resets ? window.sentInAll : used(window))

/** A request goes. */
export const sent = (window: RollingWindow, weight: number): void => {
  window.inFlight += weight
  window.sentInAll += weight
}

/** The answer, or the abort, has come: from here the weight is held for one length. */
export const answered = (window: RollingWindow, weight: number, now: number): void => {
  window.inFlight -= weight
  window.held += weight
  window.releases.push({ weight, until: now + window.length })
}

/** What was not sent after all. */
export const returned = (window: RollingWindow, weight: number): void => {
  window.inFlight -= weight
}

/**
 * The exchange has counted `total` from this address. What we can't have sent ourselves are others; of several reports
 * the worst counts while it does, for the exchange's nodes disagree and lag.
 */
export const reported = (window: RollingWindow, total: number, until: number): void => {
  const others = total - used(window)
  // Where we may have sent all of it, a window that lets go bit by bit tells nothing new.
  if (others <= 0 && !window.resets) return
  const report = { others, beyond: total - counter(window), isTight: others > 0, until }
  const outweighs = (one: Report, two: Report) =>
    one.beyond >= two.beyond && one.until >= two.until && (one.isTight || !two.isTight)
  if (window.reports.some((other) => outweighs(other, report))) return
  window.reports = window.reports
    .filter((other) => !outweighs(report, other))
    .concat(report)
    .toSorted((one, other) => one.until - other.until)
}

/** When what is missing beside others comes free: bit by bit, or when the report has had its time. */
const freeBeside = (
  window: RollingWindow,
  report: Report,
  missing: number,
  freeFor: (missing: number) => number,
  now: number
) => {
  if (missing <= 0) return now
  return window.resets ? report.until : Math.min(report.until, freeFor(missing))
}

/** When `missing` of what is held comes free; `Infinity` where less is held. */
const freeAt = (window: RollingWindow, missing: number, now: number): number => {
  if (missing <= 0) return now
  if (missing > window.held) return Infinity
  let rest = missing
  for (let index = window.first; index < window.releases.length; index++) {
    const { until, weight } = window.releases[index] as Held
    rest -= weight
    if (rest <= 0) return until
  }
  return Infinity
}

/**
 * When `weight` may go if nothing else happens before, where its sender takes `share` of the limit: `now`, later, or
 * `Infinity`.
 */
export const roomAt = (window: RollingWindow, share: number, weight: number, now: number): number => {
  let at = freeAt(window, used(window) + weight - share, now)
  for (const report of window.reports) {
    const unsure = report.isTight ? window.inFlight : 0
    const missing = counter(window) + unsure + report.beyond + weight - window.limit
    at = Math.max(
      at,
      freeBeside(window, report, missing, (each) => freeAt(window, each, now), now)
    )
  }
  return at
}

/** No later than `missing` can have come free, where some of it may not even have been sent. */
const freeFrom = (window: RollingWindow, missing: number, now: number): number => {
  if (missing <= 0) return now
  // One length frees what is used now, and until then no more than the largest share can be sent in its place.
  const rounds = Math.ceil(missing / window.largestShare) - 1
  const first = freeAt(window, missing - rounds * window.largestShare, now)
  return Math.min(first, now + window.length) + rounds * window.length
}

/** A time before which `weight` can't go behind `ahead`, even if all that is in flight were answered now. */
export const earliest = (window: RollingWindow, share: number, weight: number, ahead: number, now: number): number => {
  const more = ahead + weight
  let at = freeFrom(window, used(window) + more - share, now)
  for (const report of window.reports) {
    const missing = counter(window) + report.beyond + more - window.limit
    at = Math.max(
      at,
      freeBeside(window, report, missing, (each) => freeFrom(window, each, now), now)
    )
  }
  return at
}
