import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** What {@link parseDuration} reads. */
export const durationAllowed = "a duration such as 30m, 24h or 7d"

const units = { s: Duration.seconds, m: Duration.minutes, h: Duration.hours, d: Duration.days, w: Duration.weeks }

/** A whole number of seconds, minutes, hours, days or weeks, above 0. */
export const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  const [, count, unit] = /^(0*[1-9]\d{0,5})([smhdw])$/.exec(text) ?? []
  return unit === undefined ? Option.none() : Option.some(units[unit as keyof typeof units](Number(count)))
}

/** What {@link parseInstant} reads. */
export const instantAllowed =
  "a time such as 2026-10-06T12:00:00Z or 2026-10-06T14:00+02:00, a date such as 2026-10-06 (it begins at 00:00 UTC), or how long ago, such as 24h or 7d"

/** ISO 8601: a date, or a date and a time with its offset, for a time without one is another in every place. */
const pattern = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** A point in time; how long ago is counted from `now`. */
export const parseInstant = (text: string, now: DateTime.Utc): Option.Option<DateTime.Utc> =>
  Option.orElse(
    Option.map(parseDuration(text), (ago) => DateTime.subtractDuration(now, ago)),
    () => {
      const iso = text.toUpperCase()
      const [, date] = pattern.exec(iso) ?? []
      if (date === undefined) return Option.none()
      const midnight = DateTime.make(date)
      // A day that its month does not have would be read as one of the next month.
      return Option.exists(midnight, (day) => DateTime.formatIsoDateUtc(day) === date)
        ? Option.map(DateTime.make(iso), DateTime.toUtc)
        : Option.none()
    }
  )
