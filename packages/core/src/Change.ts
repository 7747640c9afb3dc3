/**
 * How open interest has changed from one reading to a later one: what is due to the position, and what to the price.
 *
 * A position of coins is worth more dollars when the price rises, though nobody has opened anything; a position of
 * dollars is worth fewer coins. So the position is counted in what its contract is sized in, where a price moves
 * nothing, and in the other currency the change is split into the two parts.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { NotConvertible } from "./Conversion.ts"
import * as Decimal from "./Decimal.ts"
import { Exchange } from "./Exchange.ts"
import * as Instrument from "./Instrument.ts"
import * as DurationText from "./internal/durationText.ts"
import * as RecentReadings from "./internal/recentReadings.ts"
import type * as OpenInterest from "./OpenInterest.ts"
import * as Quantity from "./Quantity.ts"
import { Valuation } from "./Valuation.ts"

/**
 * Why two readings can't be compared:
 * - `DifferentContracts`: they are of two contracts. A symbol may have come back for another one.
 * - `DifferentUnits`: they are counted in different units, or the size or a currency of the contract was changed.
 * - `DifferentSides`: one counts both sides of each contract and the other one side, or one of them does not say.
 * - `DifferentMetrics`: one belongs to a period of a history and the other to a moment. On Binance COIN-M the two
 *   were 4.35 times apart within ten minutes (recorded on 2026-10-06, `BTCUSD_PERP`).
 * - `WrongOrder`: the first is later than the second.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "DifferentContracts",
  "DifferentUnits",
  "DifferentSides",
  "DifferentMetrics",
  "WrongOrder"
)

/**
 * Why two readings can't be compared.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

/**
 * Two readings that have no change between them. `exchange` and `symbol` are those of the second.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotComparable extends Schema.TaggedError<NotComparable>("@open-interest/core/Change/NotComparable")(
  "NotComparable",
  {
    exchange: Exchange,
    symbol: Schema.String,
    reason: Reason,
    /** What differs, in words. */
    detail: Schema.String
  }
) {
  override get message(): string {
    return `no change of ${this.exchange}:${this.symbol}: ${this.detail}`
  }
}

const contract = ({ exchange, listedAt, symbol }: Instrument.Instrument): string =>
  `${exchange}:${symbol}${Option.match(listedAt, {
    onNone: () => "",
    onSome: (time) => ` listed at ${DateTime.formatIso(time)}`
  })}`

const units = ({ instrument, unit }: OpenInterest.OpenInterest): ReadonlyArray<string> => [
  unit,
  Instrument.denomination(instrument, unit),
  instrument.base,
  instrument.quote,
  `contracts sized in ${instrument.contractSize.unit}`
]

const refusal = (before: Valuation, after: Valuation): NotComparable | undefined => {
  const first = before.openInterest
  const second = after.openInterest
  const { exchange, symbol } = second.instrument
  const because = (reason: Reason, detail: string) => new NotComparable({ exchange, symbol, reason, detail })
  if (!Instrument.isSame(first.instrument, second.instrument)) {
    return because(
      "DifferentContracts",
      `the readings are of two contracts, ${contract(first.instrument)} and ${contract(second.instrument)}`
    )
  }
  const firstUnits = units(first)
  const secondUnits = units(second)
  const differs = firstUnits.findIndex((each, index) => each !== secondUnits[index])
  if (differs !== -1) {
    return because("DifferentUnits", `the readings differ in unit, ${firstUnits[differs]} and ${secondUnits[differs]}`)
  }
  if (first.sides !== second.sides) {
    return because("DifferentSides", `the readings count different sides, ${first.sides} and ${second.sides}`)
  }
  if ((first.timestampKind === "period") !== (second.timestampKind === "period")) {
    return because("DifferentMetrics", "a row of a history and a reading of the moment are different metrics")
  }
  if (DateTime.greaterThan(first.timestamp, second.timestamp)) {
    const times = `${DateTime.formatIso(first.timestamp)} and ${DateTime.formatIso(second.timestamp)}`
    return because("WrongOrder", `the first reading is later than the second, ${times}`)
  }
  return undefined
}

/**
 * By how much a figure has changed. `percentage` is of the earlier figure: 5.25 is 5.25 %, rounded once, half-even, to
 * 8 decimal places, and `None` where the earlier figure is zero.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference<U extends Quantity.Unit> {
  readonly difference: Quantity.Quantity<U>
  readonly percentage: Option.Option<BigDecimal.BigDecimal>
}

/**
 * A difference in its two parts, which add up to it exactly: `byPosition` is due to what was opened and closed, at the
 * mean of what one was worth before and after, and `byPrice` is the rest: due to the price, for the mean of the two
 * positions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Split<U extends Quantity.Unit> extends Difference<U> {
  readonly byPosition: Quantity.Quantity<U>
  readonly byPrice: Quantity.Quantity<U>
}

/**
 * Where a figure is now: higher than before, lower or the same.
 *
 * @since 0.1.0
 * @category models
 */
export const Movement = Schema.Literal("up", "down", "unchanged")

/**
 * `up`, `down` or `unchanged`.
 *
 * @since 0.1.0
 * @category models
 */
export type Movement = typeof Movement.Type

/**
 * What the position and the price did. It describes what was, and foretells nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quadrant {
  readonly openInterest: Movement
  readonly price: Movement
}

const hundred = BigDecimal.fromBigInt(100n)
const half = BigDecimal.make(5n, 1)
const two = BigDecimal.fromBigInt(2n)

const figureIn = (reading: Valuation, unit: Quantity.Unit): Either.Either<Quantity.Any, NotConvertible> => reading[unit]

const differenceIn = <U extends Quantity.Unit>(
  { after, before }: Change,
  unit: U
): Either.Either<Difference<U>, NotConvertible> =>
  Either.map(Either.all([figureIn(before, unit), figureIn(after, unit)]), ([from, to]) => {
    const amount = BigDecimal.subtract(to.amount, from.amount)
    return Data.struct({
      difference: Quantity.make(unit, to.denomination, amount),
      percentage: Decimal.divide(BigDecimal.multiply(amount, hundred), from.amount)
    })
  })

/** Quote currency per base coin, before and after, where both prices serve for a conversion. */
const pricesOf = ({ after, before }: Change) =>
  // One of coins and money is made with the price, so where there are both there is a price.
  Either.map(Either.all([before.base, before.quote, after.base, after.quote]), () =>
    Data.tuple(Either.getOrThrow(before.markPrice).price, Either.getOrThrow(after.markPrice).price)
  )

const splitIn = <U extends "base" | "quote">(change: Change, unit: U): Either.Either<Split<U>, NotConvertible> =>
  Either.gen(function* () {
    const whole = yield* differenceIn(change, unit)
    const { amount, denomination } = whole.difference
    const split = (byPosition: BigDecimal.BigDecimal): Split<U> =>
      Data.struct({
        ...whole,
        byPosition: Quantity.make(unit, denomination, byPosition),
        byPrice: Quantity.make(unit, denomination, BigDecimal.subtract(amount, byPosition))
      })
    if (change.after.openInterest.instrument.contractSize.unit === unit) return split(amount)

    const [before, after] = yield* pricesOf(change)
    // Figures that were rounded may differ from the product by a last digit, which is not due to a price that stands.
    if (BigDecimal.equals(before, after)) return split(amount)
    const counted = yield* differenceIn(change, unit === "base" ? "quote" : "base")
    const dividend = BigDecimal.multiply(counted.difference.amount, BigDecimal.sum(before, after))
    if (unit === "quote") return split(BigDecimal.multiply(dividend, half))
    // The mean of what a unit of money buys: (1 / before + 1 / after) / 2, on one fraction. Prices are above zero.
    const divisor = BigDecimal.multiply(two, BigDecimal.multiply(before, after))
    return split(Option.getOrThrow(Decimal.divide(dividend, divisor)))
  })

const movement = (difference: BigDecimal.BigDecimal): Movement =>
  difference.value > 0n ? "up" : difference.value < 0n ? "down" : "unchanged"

/**
 * Two readings of one contract, the later one second; {@link between} makes one. The figures follow from the readings,
 * and where one needs a price that a reading lacks (none, too old, of another contract), it is the `NotConvertible` of
 * that reading, and of the first where both lack it. What needs no price is there without one.
 *
 * @since 0.1.0
 * @category models
 */
export class Change extends Schema.Class<Change>("@open-interest/core/Change")(
  Schema.Struct({ before: Valuation, after: Valuation }).pipe(
    Schema.filter(({ after, before }) => refusal(before, after)?.message)
  )
) {
  /**
   * The position, in contracts where the exchange counts in contracts, and otherwise in what the contract is sized in:
   * coins of the base currency, or money of the quote currency. It needs a price only where the exchange reports coins
   * of contracts that are sized in money, or the reverse, and is then as exact as that price.
   */
  get position(): Either.Either<Difference<Quantity.Unit>, NotConvertible> {
    const { instrument, unit } = this.after.openInterest
    const sizedIn = instrument.contractSize.unit
    return differenceIn<Quantity.Unit>(this, unit === "contracts" || sizedIn === "settle" ? "contracts" : sizedIn)
  }

  /**
   * Coins of the base currency. Of contracts sized in base coin they change by position alone; of those sized in quote
   * currency by both, and `byPosition` is rounded once, half-even, to 8 decimal places.
   */
  get base(): Either.Either<Split<"base">, NotConvertible> {
    return splitIn(this, "base")
  }

  /**
   * Money of the quote currency. Of contracts sized in quote currency it changes by position alone; of those sized in
   * base coin by both, without any rounding.
   */
  get quote(): Either.Either<Split<"quote">, NotConvertible> {
    return splitIn(this, "quote")
  }

  /** What the {@link position} and the price did: a price that moves alone is no rise of open interest. */
  get quadrant(): Either.Either<Quadrant, NotConvertible> {
    return Either.map(Either.all([this.position, pricesOf(this)]), ([position, [before, after]]) =>
      Data.struct({
        openInterest: movement(position.difference.amount),
        price: movement(BigDecimal.subtract(after, before))
      })
    )
  }
}

/**
 * The change from a reading to a later one of the same contract, or the reason why they can't be compared.
 *
 * @example
 * import { Change, Instrument, MarkPrice, OpenInterest, Valuation } from "@open-interest/core"
 * import * as DateTime from "effect/DateTime"
 * import * as Either from "effect/Either"
 *
 * const instrument = Instrument.make({
 *   exchange: "bitget", symbol: "BTCUSDT", base: "BTC", quote: "USDT", settle: "USDT",
 *   contractSize: { amount: "1", unit: "base" }
 * })
 * const reading = (time: string, amount: string, price: string) => {
 *   const timestamp = DateTime.unsafeMake(time)
 *   return Valuation.make(
 *     OpenInterest.make({ instrument, amount, unit: "base", timestamp }),
 *     Either.right(MarkPrice.make({ instrument, price, timestamp }))
 *   )
 * }
 *
 * Either.flatMap(
 *   Change.between(reading("2026-10-06T12:00:00Z", "100", "70000"), reading("2026-10-06T12:15:00Z", "110", "71000")),
 *   (change) => change.quote
 * ) // 810000 USDT more, which is 11.57142857 %: 705000 by the position and 105000 by the price
 *
 * @since 0.1.0
 * @category constructors
 */
export const between = (before: Valuation, after: Valuation): Either.Either<Change, NotComparable> => {
  const refused = refusal(before, after)
  return refused === undefined ? Either.right(new Change({ before, after }, true)) : Either.left(refused)
}

const openText: Record<Movement, string> = {
  up: "more contracts are open",
  down: "fewer contracts are open",
  unchanged: "as many contracts are open as before"
}

const priceText: Record<Movement, string> = {
  up: "the price is higher",
  down: "the price is lower",
  unchanged: "the price is unchanged"
}

/**
 * For people: `more contracts are open and the price is higher`.
 *
 * @since 0.1.0
 * @category formatting
 */
export const describe = (quadrant: Quadrant): string =>
  `${openText[quadrant.openInterest]} and ${priceText[quadrant.price]}`

/**
 * How far back a change is usually looked at: 5 and 15 minutes, 1, 4 and 24 hours.
 *
 * @since 0.1.0
 * @category constants
 */
export const horizons: ReadonlyArray<Duration.Duration> = [
  Duration.minutes(5),
  Duration.minutes(15),
  Duration.hours(1),
  Duration.hours(4),
  Duration.hours(24)
]

/**
 * Why there is no reading to begin a change with:
 * - `NoReadings`: there are none at all.
 * - `BeginsLater`: all readings are later.
 * - `Gap`: the one before that time is older by more than a fifth of the horizon.
 *
 * @since 0.1.0
 * @category models
 */
export const Missing = Schema.Literal("NoReadings", "BeginsLater", "Gap")

/**
 * Why there is no reading to begin a change with.
 *
 * @since 0.1.0
 * @category models
 */
export type Missing = typeof Missing.Type

const without: Record<Missing, string> = {
  NoReadings: "there are no readings",
  BeginsLater: "the readings begin later than that",
  Gap: "the reading before that is older by more than a fifth of it"
}

/**
 * No reading was in force so long before the newest one; `reason` says why.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoEarlierReading extends Schema.TaggedError<NoEarlierReading>(
  "@open-interest/core/Change/NoEarlierReading"
)("NoEarlierReading", {
  /** That of the newest reading, where there is one. */
  exchange: Schema.optional(Exchange),
  /** That of the newest reading, where there is one. */
  symbol: Schema.optional(Schema.String),
  horizon: DurationText.Positive,
  reason: Missing
}) {
  override get message(): string {
    const of = this.exchange === undefined ? "" : ` of ${this.exchange}:${this.symbol}`
    return `no change${of} over ${DurationText.format(this.horizon)}: ${without[this.reason]}`
  }
}

/**
 * The change over one horizon.
 *
 * @since 0.1.0
 * @category models
 */
export interface OverHorizon {
  readonly horizon: Duration.Duration
  readonly change: Either.Either<Change, NoEarlierReading | NotComparable>
}

const checked = Schema.validateSync(DurationText.Positive)

/**
 * How old the reading in force may be, in milliseconds: a fifth more than the horizon. A change said to be over 15
 * minutes is then over no more than 18, and a reading a minute is enough for 5 minutes.
 */
const maxAge = (horizon: Duration.Duration): number => {
  const millis = Duration.toMillis(horizon)
  return millis + millis / 5
}

/** The reading in force, of readings in the order of time. */
const inForce = (
  readings: ReadonlyArray<Valuation>,
  newest: Valuation,
  horizon: Duration.Duration
): Either.Either<Valuation, Missing> => {
  const age = (reading: Valuation) => RecentReadings.timeOf(newest) - RecentReadings.timeOf(reading)
  const earlier = RecentReadings.countWhile(readings, (each) => age(each) >= Duration.toMillis(horizon))
  const tooOld = RecentReadings.countWhile(readings, (each) => age(each) > maxAge(horizon))
  const candidates = readings.slice(tooOld, earlier)
  const before = candidates.findLast((each) => refusal(each, newest) === undefined) ?? candidates.at(-1)
  if (before !== undefined) return Either.right(before)
  return Either.left(earlier === 0 ? "BeginsLater" : "Gap")
}

/** The change from the reading in force; the readings are in the order of time. */
const since = (
  readings: ReadonlyArray<Valuation>,
  newest: Valuation,
  horizon: Duration.Duration
): Either.Either<Change, NoEarlierReading | NotComparable> => {
  const { exchange, symbol } = newest.openInterest.instrument
  return inForce(readings, newest, horizon).pipe(
    Either.mapLeft((reason) => new NoEarlierReading({ exchange, symbol, horizon, reason })),
    Either.flatMap((before) => between(before, newest))
  )
}

/**
 * For each horizon the change up to the newest reading of a series, from the reading that was in force so long before:
 * the latest one of that time or before, by the exchange's time. One that is older by more than a fifth of the horizon
 * does not count, for the change would be over another time than it says. In the place of a change there may be the
 * reason why there is none. Readings that can't be compared with the newest are passed over where there is another.
 *
 * The series is of one contract, in any order; of two readings with one time that which arrived later counts. Throws a
 * `ParseError` for a horizon that is not positive or not finite.
 *
 * @since 0.1.0
 * @category series
 */
export const over = (
  series: Iterable<Valuation>,
  durations: Iterable<Duration.DurationInput> = horizons
): ReadonlyArray<OverHorizon> => {
  const readings = [...series].toSorted(RecentReadings.order)
  const newest = readings.at(-1)
  return Array.from(durations, (input) => {
    const horizon = checked(Duration.decode(input))
    const change =
      newest === undefined
        ? Either.left(new NoEarlierReading({ horizon, reason: "NoReadings" }))
        : since(readings, newest, horizon)
    return { horizon, change }
  })
}

/**
 * For every reading the change since the one of the same contract that was in force `horizon` before, as {@link over}
 * finds it; readings that have none before them give nothing. Several contracts may come interleaved.
 *
 * Where the readings of a contract come at least once in a fifth of the horizon, each has one before it once a horizon
 * has passed. Where they come less often some have none: every four minutes for a horizon of five, not a single one.
 *
 * Kept in memory are the readings of the last horizon and a fifth, contract by contract; a contract of which nothing
 * has arrived for that long is forgotten. A reading out of order is compared with what is still kept; one that is
 * older than all of that starts its contract afresh. Throws a `ParseError` for a horizon that is not positive or not
 * finite.
 *
 * @example
 * import { Change, type Valuation } from "@open-interest/core"
 * import * as BigDecimal from "effect/BigDecimal"
 * import * as Either from "effect/Either"
 * import * as Option from "effect/Option"
 * import * as Stream from "effect/Stream"
 *
 * const five = BigDecimal.fromBigInt(5n)
 *
 * // Those by which a position has changed by 5 % or more in 15 minutes.
 * export const alerts = <E, R>(readings: Stream.Stream<Valuation.Valuation, E, R>) =>
 *   readings.pipe(
 *     Change.within("15 minutes"),
 *     Stream.filter(
 *       ({ position }) =>
 *         Either.isRight(position) &&
 *         Option.exists(position.right.percentage, (each) => BigDecimal.greaterThanOrEqualTo(BigDecimal.abs(each), five))
 *     )
 *   )
 *
 * @since 0.1.0
 * @category series
 */
export const within: {
  (horizon: Duration.DurationInput): <E, R>(readings: Stream.Stream<Valuation, E, R>) => Stream.Stream<Change, E, R>
  <E, R>(readings: Stream.Stream<Valuation, E, R>, horizon: Duration.DurationInput): Stream.Stream<Change, E, R>
} = dual(
  2,
  <E, R>(readings: Stream.Stream<Valuation, E, R>, input: Duration.DurationInput): Stream.Stream<Change, E, R> => {
    const horizon = checked(Duration.decode(input))
    return Stream.suspend(() => {
      const recent = RecentReadings.make(maxAge(horizon))
      return Stream.filterMap(readings, (reading) => {
        // An error that nobody sees, with its stack, would cost more than all the rest.
        const before = Either.getRight(inForce(RecentReadings.add(recent, reading), reading, horizon))
        return Option.flatMap(before, (each) => Either.getRight(between(each, reading)))
      })
    })
  }
)
