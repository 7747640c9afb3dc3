/**
 * The price at which an exchange marks positions in one contract.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Decimal from "./Decimal.ts"
import { Instrument } from "./Instrument.ts"

/**
 * Quote currency per base coin, with the exchange's time of it.
 *
 * @since 0.1.0
 * @category models
 */
export class MarkPrice extends Schema.Class<MarkPrice>("@open-interest/core/MarkPrice")({
  instrument: Instrument,
  price: Decimal.Positive,
  timestamp: Schema.DateTimeUtc
}) {}

/**
 * A mark price from a literal. Throws a `ParseError` or `RangeError` for a price that is no positive decimal.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly instrument: Instrument
  readonly price: Decimal.Input
  readonly timestamp: DateTime.Utc
}): MarkPrice => new MarkPrice({ ...options, price: Decimal.unsafeFrom(options.price) })
