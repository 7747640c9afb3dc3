import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const shortUnits: Readonly<Record<string, Duration.Unit>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

/** What a reader may write. */
export const allowed = 'a positive duration such as "300 millis", "300ms", "2 seconds" or "2s"'

const isPositive = (duration: Duration.Duration): boolean =>
  Duration.isFinite(duration) && Duration.greaterThan(duration, Duration.zero)

/** What Effect reads, and the short forms; Effect alone would read "-1 seconds" as zero. */
export const parse = (text: string): Option.Option<Duration.Duration> => {
  const [, value = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/.exec(text) ?? []
  return Option.filter(
    Duration.decodeUnknown(`${value} ${Object.hasOwn(shortUnits, unit) ? shortUnits[unit] : unit}`),
    isPositive
  )
}

const units = [
  [86_400_000n, "day"],
  [3_600_000n, "hour"],
  [60_000n, "minute"],
  [1000n, "second"]
] as const

/**
 * Text that {@link parse} reads back as an equal duration, in the largest unit that needs no fraction: `20 seconds`.
 * Nanoseconds stay what they are, for to `Equal` a duration of them is another.
 */
export const format = (duration: Duration.Duration): string => {
  const { value } = duration
  if (value._tag !== "Millis") return `${Option.getOrThrow(Duration.toNanos(duration))} nanos`
  const millis = BigInt(value.millis)
  const [size, unit] = units.find(([each]) => millis % each === 0n) ?? [1n, "milli"]
  return `${millis / size} ${unit}${millis === size ? "" : "s"}`
}

/** A positive, finite duration; as text in JSON. */
export const Positive = Schema.transformOrFail(
  Schema.String,
  Schema.DurationFromSelf.pipe(Schema.filter((duration) => isPositive(duration) || `expected ${allowed}`)),
  {
    strict: true,
    decode: (text, _, ast) =>
      Option.match(parse(text), {
        onNone: () =>
          ParseResult.fail(new ParseResult.Type(ast, text, `expected ${allowed}, got ${JSON.stringify(text)}`)),
        onSome: ParseResult.succeed
      }),
    encode: (duration) => ParseResult.succeed(format(duration))
  }
).annotations({ identifier: "PositiveDuration" })
