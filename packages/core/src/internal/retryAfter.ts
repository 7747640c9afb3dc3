import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** Milliseconds. A hint beyond three days is a mistake, or a trap. */
const farthest = 3 * 24 * 60 * 60 * 1000

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

const parseDate = (text: string, now: DateTime.Utc): number | undefined => {
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

/** The latest of the given times, without those that make no sense: in the past, or more than three days ahead. */
export const latest = (times: ReadonlyArray<number | undefined>, now: DateTime.Utc): Option.Option<DateTime.Utc> => {
  const sane = times.filter(
    (at): at is number => at !== undefined && at > now.epochMillis && at - now.epochMillis <= farthest
  )
  return sane.length === 0 ? Option.none() : Option.some(DateTime.unsafeMake(Math.max(...sane)))
}
