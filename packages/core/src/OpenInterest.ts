/**
 * One reading of the open interest of one contract.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Conversion from "./Conversion.ts"
import * as Decimal from "./Decimal.ts"
import * as Instrument from "./Instrument.ts"
import type { MarkPrice } from "./MarkPrice.ts"
import * as Quantity from "./Quantity.ts"

/**
 * Every long has its short, so open interest counts one side. Some exchanges publish the sum of `two`; some do not
 * say (`unknown`). A figure is never doubled or halved silently.
 *
 * @since 0.1.0
 * @category models
 */
export const Sides = Schema.Literal("one", "two", "unknown")

/**
 * `one`, `two` or `unknown`.
 *
 * @since 0.1.0
 * @category models
 */
export type Sides = typeof Sides.Type

/**
 * What the exchange's time stamp means: the moment of the figure (`event`), the moment of the answer, which says
 * nothing about the age of the figure (`reply`), or the period that a row of a series belongs to (`period`).
 *
 * @since 0.1.0
 * @category models
 */
export const TimestampKind = Schema.Literal("event", "reply", "period")

/**
 * `event`, `reply` or `period`.
 *
 * @since 0.1.0
 * @category models
 */
export type TimestampKind = typeof TimestampKind.Type

/**
 * `amount` and `unit` are exactly as the exchange reports them; conversions are separate ({@link toContracts},
 * {@link toBase}, {@link toQuote}).
 *
 * @since 0.1.0
 * @category models
 */
export class OpenInterest extends Schema.Class<OpenInterest>("@open-interest/core/OpenInterest")({
  instrument: Instrument.Instrument,
  amount: Decimal.NonNegative,
  unit: Quantity.Unit,
  sides: Sides,
  /** The exchange's time; what it stands for is `timestampKind`. */
  timestamp: Schema.DateTimeUtc,
  timestampKind: TimestampKind,
  /** When the answer had arrived here, by our clock. */
  receivedAt: Schema.DateTimeUtc,
  /** Whether evidence for the unit is on record, or it is only believed. */
  unitVerified: Schema.Boolean,
  /** Whether evidence for the sides is on record, or they are only believed. */
  sidesVerified: Schema.Boolean
}) {}

/**
 * What {@link make} needs; the defaults claim nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly instrument: Instrument.Instrument
  readonly amount: Decimal.Input
  readonly unit: Quantity.Unit
  readonly timestamp: DateTime.Utc
  /** Default: `event`. */
  readonly timestampKind?: TimestampKind | undefined
  /** Default: `timestamp`. */
  readonly receivedAt?: DateTime.Utc | undefined
  /** Default: `unknown`. */
  readonly sides?: Sides | undefined
  /** Default: `false`. */
  readonly unitVerified?: boolean | undefined
  /** Default: `false`. */
  readonly sidesVerified?: boolean | undefined
}

/**
 * A reading from its parts. Throws a `ParseError` or `RangeError` for an amount that is no decimal or is negative.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): OpenInterest =>
  new OpenInterest({
    instrument: options.instrument,
    amount: Decimal.unsafeFrom(options.amount),
    unit: options.unit,
    sides: options.sides ?? "unknown",
    timestamp: options.timestamp,
    timestampKind: options.timestampKind ?? "event",
    receivedAt: options.receivedAt ?? options.timestamp,
    unitVerified: options.unitVerified ?? false,
    sidesVerified: options.sidesVerified ?? false
  })

/**
 * The figure as reported, with the unit that only the value knows.
 *
 * @since 0.1.0
 * @category getters
 */
export const quantity = (self: OpenInterest): Quantity.Quantity<Quantity.Unit> =>
  Quantity.make<Quantity.Unit>(self.unit, Instrument.denomination(self.instrument, self.unit), self.amount)

/** Milliseconds. A mark price this much older than the reading is no basis for a conversion; a newer one is. */
const maxPriceAge = 10_000

const refuse = (self: OpenInterest, to: Quantity.Unit, reason: Conversion.Reason) =>
  Either.left(
    new Conversion.NotConvertible({
      exchange: self.instrument.exchange,
      symbol: self.instrument.symbol,
      from: self.unit,
      to,
      reason
    })
  )

const convert = <To extends Quantity.Unit>(self: OpenInterest, to: To, markPrice: MarkPrice | undefined) => {
  const stale = markPrice !== undefined && DateTime.distance(markPrice.timestamp, self.timestamp) > maxPriceAge
  return Either.mapLeft(
    Conversion.convert(quantity(self), to, {
      instrument: self.instrument,
      markPrice: stale ? undefined : markPrice
    }),
    (error) =>
      stale && error.reason === "NoPrice" ? new Conversion.NotConvertible({ ...error, reason: "StalePrice" }) : error
  )
}

/**
 * Contracts, where the exchange itself counts in contracts; otherwise `NotConvertible`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toContracts = (
  self: OpenInterest
): Either.Either<Quantity.Quantity<"contracts">, Conversion.NotConvertible> =>
  self.unit === "contracts" ? convert(self, "contracts", undefined) : refuse(self, "contracts", "NotCountedInContracts")

/**
 * Coins of the base currency. Contracts sized in quote currency need a mark price for it, of the same contract and
 * at most 10 seconds older than the reading.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toBase = (
  self: OpenInterest,
  markPrice?: MarkPrice
): Either.Either<Quantity.Quantity<"base">, Conversion.NotConvertible> => convert(self, "base", markPrice)

/**
 * Money of the quote currency: the notional. Contracts sized in base coin need a mark price for it, of the same
 * contract and at most 10 seconds older than the reading.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toQuote = (
  self: OpenInterest,
  markPrice?: MarkPrice
): Either.Either<Quantity.Quantity<"quote">, Conversion.NotConvertible> => convert(self, "quote", markPrice)
