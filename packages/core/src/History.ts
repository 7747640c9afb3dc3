/**
 * Open interest over time, as an exchange keeps it: a series of its own, which is not that of the readings of now.
 *
 * At Binance the two have differed by a factor of four for the same contract within ten minutes. So a row of a series
 * is a type of its own, its reading bears the stamp kind `period`, and nothing here joins them.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Decimal from "./Decimal.ts"
import { OpenInterest } from "./OpenInterest.ts"
import { Unavailable } from "./SourceError.ts"
import * as Valuation from "./Valuation.ts"

/**
 * How far apart the rows of a series are.
 *
 * @since 0.1.0
 * @category models
 */
export const Period = Schema.Literal("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")

/**
 * How far apart the rows of a series are.
 *
 * @since 0.1.0
 * @category models
 */
export type Period = typeof Period.Type

const durations: Record<Period, Duration.Duration> = {
  "5m": Duration.minutes(5),
  "15m": Duration.minutes(15),
  "30m": Duration.minutes(30),
  "1h": Duration.hours(1),
  "2h": Duration.hours(2),
  "4h": Duration.hours(4),
  "6h": Duration.hours(6),
  "12h": Duration.hours(12),
  "1d": Duration.days(1)
}

/**
 * The length of a period.
 *
 * @since 0.1.0
 * @category getters
 */
export const toDuration = (period: Period): Duration.Duration => durations[period]

/**
 * Which rows: those whose stamps lie between `since` and `until`, both included. Without `until` up to now, or to the
 * delivery. Without `since` the newest stamps, `limit` of them, or 30 where there is no limit: a row that is missing among
 * them is not made up for by an older one. With `since` a limit cuts the newest off. A limit that is no whole number is a
 * defect; one of 0 or less gives nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** The exchange's own symbol, or the unified one; also that of a contract that was delivered a while ago. */
  readonly symbol: string
  readonly period: Period
  readonly since?: DateTime.Utc | undefined
  readonly until?: DateTime.Utc | undefined
  readonly limit?: number | undefined
}

/**
 * One row of a series. `openInterest` is in the exchange's own unit, its stamp that of the row; `base` is the same
 * position in coins as the exchange itself reports it, where it does.
 *
 * @since 0.1.0
 * @category models
 */
export class HistoryPoint extends Schema.TaggedClass<HistoryPoint>("@open-interest/core/History/HistoryPoint")(
  "HistoryPoint",
  { openInterest: OpenInterest, period: Period, base: Schema.OptionFromNullOr(Decimal.NonNegative) }
) {}

/**
 * Why rows that were asked for are not there:
 * - `BeforeKept`: older than what the exchange keeps.
 * - `BeforeListing`: older than the contract, or than its place in the series.
 * - `AfterDelivery`: later than the contract.
 * - `Roll`: the row may belong to this contract or to the one before it in its place.
 * - `Missing`: the exchange sent no row where one should be.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal("BeforeKept", "BeforeListing", "AfterDelivery", "Roll", "Missing")

/**
 * Why rows that were asked for are not there.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const because: Record<Reason, string> = {
  BeforeKept: "the exchange does not keep rows that long",
  BeforeListing: "the contract had no place in the series yet",
  AfterDelivery: "the contract had been delivered",
  Roll: "at a delivery the row may belong to another contract",
  Missing: "the exchange sent none"
}

/**
 * Rows that a series does not have, between two stamps, both included. It stands in the stream where they would.
 *
 * @since 0.1.0
 * @category models
 */
export class HistoryNotice extends Schema.TaggedClass<HistoryNotice>("@open-interest/core/History/HistoryNotice")(
  "HistoryNotice",
  { reason: Reason, from: Schema.DateTimeUtc, to: Schema.DateTimeUtc }
) {
  get message(): string {
    const from = DateTime.formatIso(this.from)
    const to = DateTime.formatIso(this.to)
    return `no rows ${from === to ? `at ${from}` : `from ${from} to ${to}`}: ${because[this.reason]}`
  }
}

/**
 * What a series is made of, the oldest first.
 *
 * @since 0.1.0
 * @category models
 */
export type Element = HistoryPoint | HistoryNotice

/**
 * A row as a valuation without a mark price, for `Change` over a series: what needs a price is not there, and says so.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toValuation = ({ openInterest }: HistoryPoint): Valuation.Valuation => {
  const { exchange, symbol } = openInterest.instrument
  const detail = "a row of history has no mark price"
  return Valuation.make(openInterest, Either.left(new Unavailable({ exchange, symbol, detail })))
}

/**
 * Only the rows of a series.
 *
 * @since 0.1.0
 * @category combinators
 */
export const points = <E, R>(series: Stream.Stream<Element, E, R>): Stream.Stream<HistoryPoint, E, R> =>
  Stream.filterMap(series, (element) => (element._tag === "HistoryPoint" ? Option.some(element) : Option.none()))
