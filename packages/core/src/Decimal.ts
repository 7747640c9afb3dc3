/**
 * Decimal figures as exchanges write them: read strictly from text, computed exactly, printed plainly.
 *
 * `Schema.BigDecimal` reads `""` as 0 and accepts `"1e400"`, and `BigDecimal.format` writes exponents for small
 * numbers; neither may happen to a figure that somebody trusts.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const digits = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

/** Longer than any figure seen on a wire (24 digits), short enough to bound the arithmetic. */
const maxLength = 100

/** Decimal places of a quotient. Products and sums are exact and keep all of theirs. */
const quotientScale = 8

/**
 * Reads plain decimal text: an optional minus sign, digits without leading zeros, and optionally a point and more
 * digits; at most 100 characters. Anything else (`""`, `"N/A"`, `"1e400"`, `"NaN"`, `" 1"`, `"+1"`, `".5"`) is `None`.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parse = (text: string): Option.Option<BigDecimal.BigDecimal> => {
  if (text.length > maxLength || !digits.test(text)) return Option.none()
  const point = text.indexOf(".")
  return Option.some(
    point === -1
      ? BigDecimal.make(BigInt(text), 0)
      : BigDecimal.make(BigInt(text.slice(0, point) + text.slice(point + 1)), text.length - point - 1)
  )
}

/**
 * Prints every digit and nothing else: no exponent, no trailing zeros after the point.
 *
 * @example
 * import { Decimal } from "@open-interest/core"
 * import * as BigDecimal from "effect/BigDecimal"
 *
 * Decimal.format(BigDecimal.make(1n, 18)) // "0.000000000000000001"
 *
 * @since 0.1.0
 * @category formatting
 */
export const format = (n: BigDecimal.BigDecimal): string => {
  const { scale, value } = BigDecimal.normalize(n)
  const sign = value < 0n ? "-" : ""
  const absolute = (value < 0n ? -value : value).toString()
  if (scale <= 0) return sign + absolute + "0".repeat(-scale)
  const padded = absolute.padStart(scale + 1, "0")
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

/**
 * A quotient rounded once, half-even, to 8 decimal places. `None` when the divisor is zero.
 *
 * @since 0.1.0
 * @category math
 */
export const divide = (
  dividend: BigDecimal.BigDecimal,
  divisor: BigDecimal.BigDecimal
): Option.Option<BigDecimal.BigDecimal> => {
  if (divisor.value === 0n) return Option.none()
  // On one scale the quotient is a ratio of two integers, so that the remainder decides the rounding exactly.
  const shift = quotientScale + divisor.scale - dividend.scale
  let numerator = shift >= 0 ? dividend.value * 10n ** BigInt(shift) : dividend.value
  let denominator = shift >= 0 ? divisor.value : divisor.value * 10n ** BigInt(-shift)
  if (denominator < 0n) {
    numerator = -numerator
    denominator = -denominator
  }
  const negative = numerator < 0n
  if (negative) numerator = -numerator
  const quotient = numerator / denominator
  const twice = (numerator % denominator) * 2n
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n)
  const rounded = up ? quotient + 1n : quotient
  return Option.some(BigDecimal.make(negative ? -rounded : rounded, quotientScale))
}

const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/**
 * Plain decimal text on the wire, an exact `BigDecimal` in memory; see {@link parse} and {@link format}.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Decimal: Schema.Schema<BigDecimal.BigDecimal, string> = Schema.transformOrFail(
  Schema.String,
  Schema.BigDecimalFromSelf,
  {
    strict: true,
    decode: (text, _, ast) =>
      Option.match(parse(text), {
        onNone: () =>
          ParseResult.fail(
            new ParseResult.Type(ast, text, `expected a decimal number, got ${JSON.stringify(excerpt(text))}`)
          ),
        onSome: ParseResult.succeed
      }),
    encode: (n) => ParseResult.succeed(format(n))
  }
).annotations({ identifier: "Decimal", description: "a decimal number as plain text" })

/**
 * A {@link Decimal} that is not negative: a count, an amount.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NonNegative: Schema.Schema<BigDecimal.BigDecimal, string> = Decimal.pipe(
  Schema.filter((n) => n.value >= 0n || `expected a number that is not negative, got ${format(n)}`)
).annotations({ identifier: "NonNegativeDecimal" })

/**
 * A {@link Decimal} above zero: a price, a size.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Positive: Schema.Schema<BigDecimal.BigDecimal, string> = Decimal.pipe(
  Schema.filter((n) => n.value > 0n || `expected a number above zero, got ${format(n)}`)
).annotations({ identifier: "PositiveDecimal" })

/**
 * What constructors accept for a decimal: a `BigDecimal`, a `bigint`, or plain decimal text. Not a `number`: its
 * digits may already be lost.
 *
 * @since 0.1.0
 * @category models
 */
export type Input = BigDecimal.BigDecimal | bigint | string

/**
 * Turns {@link Input} into a `BigDecimal`; throws a `RangeError` for text that {@link parse} refuses.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeFrom = (input: Input): BigDecimal.BigDecimal => {
  if (BigDecimal.isBigDecimal(input)) return input
  if (typeof input === "bigint") return BigDecimal.fromBigInt(input)
  return Option.getOrThrowWith(parse(input), () => new RangeError(`not a decimal number: ${JSON.stringify(input)}`))
}
