/**
 * Open interest summed across contracts and exchanges: what counts, what it rests on, and beside it what does not.
 *
 * A sum counts one side, in coins of one underlying or in money of one currency. Coins of different underlyings are
 * never added, nor is money of different currencies, unless the caller says that they are worth the same.
 *
 * @since 0.1.0
 */
import type * as BigDecimal from "effect/BigDecimal"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { NotConvertible } from "./Conversion.ts"
import type { Exchange } from "./Exchange.ts"
import type * as Instrument from "./Instrument.ts"
import { conjunction } from "./internal/text.ts"
import * as Absent from "./internal/total/absent.ts"
import * as Entry from "./internal/total/entry.ts"
import * as Selection from "./internal/total/selection.ts"
import * as Sums from "./internal/total/sums.ts"
import type * as Quantity from "./Quantity.ts"
import type { ReadingFailure, Readings } from "./Readings.ts"
import { Valuation } from "./Valuation.ts"

/**
 * What the sum of an underlying is split by: nothing (`underlying`), the `exchange`, or what the contracts are
 * margined and settled in (`settle`).
 *
 * @since 0.1.0
 * @category models
 */
export const By = Schema.Literal("underlying", "exchange", "settle")

/**
 * `underlying`, `exchange` or `settle`.
 *
 * @since 0.1.0
 * @category models
 */
export type By = typeof By.Type

/**
 * What a sum is counted in: coins of the underlying (`base`) or money (`quote`). Contracts have no common unit.
 *
 * @since 0.1.0
 * @category models
 */
export type Unit = Exclude<Quantity.Unit, "contracts">

/**
 * Why a reading is not in any sum:
 * - `Demo`: a practice contract.
 * - `OtherAssetClass`: it is no future on what was asked for.
 * - `HistoryRow`: it is a row of a series that the exchange keeps, which is not that of the readings of now.
 * - `UnitNotVerified`: no evidence is on record for the unit that the exchange counts in.
 * - `Delivered`: the delivery time of the contract has passed.
 * - `Stale`: the exchange's time of it is too long ago.
 * - `InFuture`: the exchange's time of it is too far ahead.
 * - `AmbiguousIdentity`: the exchange has listed two contracts under this symbol, or two readings of the contract, of
 *   the same time, contradict each other.
 * - `Superseded`: there is a newer reading of the contract, or the same once more.
 * - `UnknownSides`: the sum is strict, and the exchange does not say which sides it counts.
 * - `NotConvertible`: it converts neither to coins nor to money.
 *
 * A reading has the first of these that applies.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "Demo",
  "OtherAssetClass",
  "HistoryRow",
  "UnitNotVerified",
  "Delivered",
  "Stale",
  "InFuture",
  "AmbiguousIdentity",
  "Superseded",
  "UnknownSides",
  "NotConvertible"
)

/**
 * Why a reading is not in any sum.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const because: Record<Reason, (of: Valuation["openInterest"]) => string> = {
  Demo: () => "it is a practice contract",
  OtherAssetClass: ({ instrument }) => `its asset class is ${instrument.assetClass}`,
  HistoryRow: () => "it is a row of history, which is another series",
  UnitNotVerified: () => "there is no evidence for the unit that the exchange counts in",
  Delivered: () => "it has been delivered",
  Stale: ({ timestamp }) => `the reading is too old, from ${DateTime.formatIso(timestamp)}`,
  InFuture: ({ timestamp }) => `the reading bears a time in the future, ${DateTime.formatIso(timestamp)}`,
  AmbiguousIdentity: () => "several contracts, or readings that contradict each other, bear its name",
  Superseded: () => "there is a newer reading of it, or the same once more",
  UnknownSides: () => "the exchange does not say which sides it counts",
  NotConvertible: () => "it converts neither to coins nor to money"
}

/**
 * A reading that is not in any sum, and why.
 *
 * @since 0.1.0
 * @category models
 */
export class LeftOut extends Schema.TaggedClass<LeftOut>("@open-interest/core/Total/LeftOut")("LeftOut", {
  valuation: Valuation,
  reason: Reason
}) {
  /** The reason in words. */
  get why(): string {
    return because[this.reason](this.valuation.openInterest)
  }

  get message(): string {
    const { instrument } = this.valuation.openInterest
    return `${instrument.exchange}:${instrument.symbol} is left out: ${this.why}`
  }
}

/**
 * A figure that a contract in the sums does not have: it counts in the other unit only. `currency` is that of the sum
 * that it is missing in.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissingFigure {
  readonly instrument: Instrument.Instrument
  readonly unit: Unit
  readonly currency: string
  readonly error: NotConvertible
}

/**
 * Readings of one product line that have something in common, and how much of the sums they are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Basis {
  readonly exchange: Exchange
  readonly product: string
  /** How many contracts. */
  readonly contracts: number
  /** One sum per underlying. */
  readonly coins: ReadonlyArray<Quantity.Quantity<"base">>
  /** One sum per currency. */
  readonly money: ReadonlyArray<Quantity.Quantity<"quote">>
}

const contractsOf = ({ contracts, exchange, product }: Basis): string =>
  `${contracts} ${contracts === 1 ? "contract" : "contracts"} of ${exchange} ${product}`

/**
 * An assumption: the exchange does not say which sides it counts, and its figures count as one side. Were they the sum
 * of both, they would be twice too large.
 *
 * @since 0.1.0
 * @category models
 */
export class UnknownSides extends Data.TaggedClass("UnknownSides")<Basis> {
  /** What holds for these contracts, in words. */
  get why(): string {
    return "counted as one side, but the exchange does not say which sides it counts"
  }

  get message(): string {
    return `${contractsOf(this)}: ${this.why}`
  }
}

/**
 * An assumption, and the caller's own: these currencies are worth the same. `money` is what was added, each in its own
 * currency.
 *
 * @since 0.1.0
 * @category models
 */
export class Equivalence extends Data.TaggedClass("Equivalence")<{
  readonly currencies: ReadonlyArray<string>
  readonly money: ReadonlyArray<Quantity.Quantity<"quote">>
}> {
  get message(): string {
    return `${conjunction(this.currencies)} are added one to one, as the caller says`
  }
}

/**
 * What was assumed to get the sums.
 *
 * @since 0.1.0
 * @category models
 */
export type Assumption = UnknownSides | Equivalence

/**
 * A doubt: which sides these figures count is believed, without evidence on record.
 *
 * @since 0.1.0
 * @category models
 */
export class SidesNotVerified extends Data.TaggedClass("SidesNotVerified")<Basis> {
  /** What holds for these contracts, in words. */
  get why(): string {
    return "which sides the exchange counts is believed, not verified"
  }

  get message(): string {
    return `${contractsOf(this)}: ${this.why}`
  }
}

/**
 * A doubt: the time of these readings is that of the exchange's answer, so that an old figure passes as fresh.
 *
 * @since 0.1.0
 * @category models
 */
export class AgeUnknown extends Data.TaggedClass("AgeUnknown")<Basis> {
  /** What holds for these contracts, in words. */
  get why(): string {
    return "the exchange dates its answer, and the figures may be older"
  }

  get message(): string {
    return `${contractsOf(this)}: ${this.why}`
  }
}

/**
 * What speaks against trusting a part of the sums as much as the rest.
 *
 * @since 0.1.0
 * @category models
 */
export type Doubt = SidesNotVerified | AgeUnknown

/**
 * Not an assumption, but not the exchange's own figures either: it publishes the sum of both sides, and half of it
 * counts. The amounts are the halves.
 *
 * @since 0.1.0
 * @category models
 */
export class Halved extends Data.TaggedClass("Halved")<Basis> {
  /** What holds for these contracts, in words. */
  get why(): string {
    return "halved, since the exchange publishes the sum of both sides"
  }

  get message(): string {
    return `${contractsOf(this)}: ${this.why}`
  }
}

/**
 * An exchange from which nothing was read.
 *
 * @since 0.1.0
 * @category models
 */
export interface FailedExchange {
  readonly exchange: string
  readonly error: Error
}

/**
 * A sum in one unit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sum<in out U extends Unit> {
  readonly total: Quantity.Quantity<U>
  /** The part of the total from exchanges that do not say which sides they count. */
  readonly assumed: Quantity.Quantity<U>
  /** How many contracts are in it. */
  readonly contracts: number
  readonly exchanges: ReadonlyArray<Exchange>
  /** The exchange's time of the oldest reading in it. */
  readonly oldest: DateTime.Utc
  /** The exchange's time of the newest reading in it. */
  readonly newest: DateTime.Utc
}

/**
 * What one exchange has of a sum.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeShare<in out U extends Unit> {
  readonly exchange: Exchange
  readonly total: Quantity.Quantity<U>
  /** Percent, rounded once to 8 decimal places; none where the sum is 0. */
  readonly percent: Option.Option<BigDecimal.BigDecimal>
}

/**
 * A sum within one underlying, where exchanges can be compared.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarketSum<in out U extends Unit> extends Sum<U> {
  /**
   * Percent of the underlying's sum in the same unit and currency, rounded once to 8 decimal places: 100 for that sum
   * itself. None where it is 0.
   */
  readonly share: Option.Option<BigDecimal.BigDecimal>
  /** One for each exchange, the largest first. */
  readonly shares: ReadonlyArray<ExchangeShare<U>>
  /**
   * The Herfindahl–Hirschman index of the exchanges, the sum of the squares of their percentages, from above 0 to
   * 10000 (one exchange has all), rounded once to 8 decimal places. None where the sum is 0.
   */
  readonly concentration: Option.Option<BigDecimal.BigDecimal>
}

/**
 * Some contracts on one underlying.
 *
 * @since 0.1.0
 * @category models
 */
export interface Part {
  /**
   * By exchange `binance`; by settle `coin` for all that is margined in the coin itself, otherwise the currency:
   * `USDT`, `USDC`.
   */
  readonly name: string
  /** Coins of the underlying, `1000BONK` counted as 1000 BONK. None where no contract has a figure in coins. */
  readonly coin: Option.Option<MarketSum<"base">>
  /** One sum per quote currency, of the contracts that have a figure in money, in the order of the currencies. */
  readonly money: ReadonlyArray<MarketSum<"quote">>
  /** How many contracts: those in both units, and those in only one. */
  readonly contracts: number
  readonly exchanges: ReadonlyArray<Exchange>
  /** The exchange's time of the oldest reading. */
  readonly oldest: DateTime.Utc
  /** The exchange's time of the newest reading. */
  readonly newest: DateTime.Utc
  /** What the sums lack of these contracts. */
  readonly missing: ReadonlyArray<MissingFigure>
}

/**
 * All contracts on one underlying. The same name in another asset class is another underlying.
 *
 * @since 0.1.0
 * @category models
 */
export interface Group extends Part {
  readonly assetClass: Instrument.AssetClass
  /** The same as `name`. */
  readonly underlying: string
  /** The same contracts, split; empty by underlying. */
  readonly parts: ReadonlyArray<Part>
}

/**
 * Sums, and beside them all that is not in them. Every valuation given is either in `counted` or in `leftOut`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Total {
  readonly by: By
  /** In the order of the underlyings. */
  readonly groups: ReadonlyArray<Group>
  /** Across all underlyings, one sum per currency. */
  readonly money: ReadonlyArray<Sum<"quote">>
  readonly counted: ReadonlyArray<Valuation>
  readonly leftOut: ReadonlyArray<LeftOut>
  /** Figures in one unit that counted contracts do not have. */
  readonly missing: ReadonlyArray<MissingFigure>
  readonly assumptions: ReadonlyArray<Assumption>
  readonly doubts: ReadonlyArray<Doubt>
  readonly halved: ReadonlyArray<Halved>
  /** What could not be read, as it was given. */
  readonly failures: ReadonlyArray<ReadingFailure>
  /** The exchanges that could not be read, as they were given. */
  readonly failedExchanges: ReadonlyArray<FailedExchange>
  /** Contracts of the last look that are gone, and whose delivery time has passed. */
  readonly expired: ReadonlyArray<Instrument.Instrument>
  /** Contracts of the last look that are gone though nothing ended or failed. */
  readonly vanished: ReadonlyArray<Instrument.Instrument>
}

/**
 * What {@link make} adds up, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Readings {
  readonly failedExchanges?: ReadonlyArray<FailedExchange> | undefined
  /** What the age of a reading is measured to. */
  readonly now: DateTime.Utc
  /** Default: `underlying`. */
  readonly by?: By | undefined
  /** Leaves out exchanges that do not say which sides they count. Default: `false`, they count as one side. */
  readonly strict?: boolean | undefined
  /** A reading whose time is further from `now` than this, before it or after it, does not count. Default: 5 minutes. */
  readonly staleAfter?: Duration.DurationInput | undefined
  /** Default: `crypto` alone. A contract of `unknown` class counts only where that is asked for. */
  readonly assetClasses?: ReadonlyArray<Instrument.AssetClass> | "all" | undefined
  /**
   * Currencies that are added one to one, for example `[["USD", "USDT", "USDC"]]`: their sums are denominated
   * `USD=USDT=USDC`. Sets that overlap are one. Default: none.
   */
  readonly equivalences?: ReadonlyArray<ReadonlyArray<string>> | undefined
  /** The contracts, or the readings, of the last time that the same was asked. */
  readonly previous?: ReadonlyArray<Instrument.Instrument | Valuation> | undefined
}

/**
 * The sums of readings. Products and halves are exact; a figure that {@link Valuation} rounds is taken as it is. No
 * order of the readings changes anything.
 *
 * Of several readings of one contract the newest counts, by the exchange's time and then by that of receipt.
 *
 * @example
 * import { Instrument, MarkPrice, OpenInterest, Quantity, Total, Valuation } from "@open-interest/core"
 * import * as DateTime from "effect/DateTime"
 * import * as Either from "effect/Either"
 *
 * const now = DateTime.unsafeMake("2026-10-06T12:05:04Z")
 *
 * const value = (instrument: Instrument.Instrument, unit: Quantity.Unit, amount: string) => {
 *   const reading = OpenInterest.make({ instrument, amount, unit, timestamp: now, sides: "one", unitVerified: true })
 *   return Valuation.make(reading, Either.right(MarkPrice.make({ instrument, price: "71000", timestamp: now })))
 * }
 * const binance = Instrument.make({
 *   exchange: "binance", symbol: "BTCUSD_PERP", base: "BTC", quote: "USD", settle: "BTC",
 *   contractSize: { amount: "100", unit: "quote" }
 * })
 * const bitget = Instrument.make({
 *   exchange: "bitget", symbol: "BTCUSDT", base: "BTC", quote: "USDT", settle: "USDT",
 *   contractSize: { amount: "1", unit: "base" }
 * })
 *
 * const total = Total.make({
 *   valuations: [value(binance, "contracts", "710"), value(bitget, "base", "3")],
 *   failures: [],
 *   now,
 *   by: "exchange",
 *   equivalences: [["USD", "USDT"]]
 * })
 * total.money.map((sum) => Quantity.format(sum.total)) // ["284000 USD=USDT"]: 71000 USD and 213000 USDT
 * total.groups.flatMap((group) => group.parts.map((part) => part.name)) // ["binance", "bitget"], 25 and 75 percent
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Total => {
  const { by = "underlying", failedExchanges = [], failures, now, previous = [], strict = false, valuations } = options
  const selection = Selection.select(valuations, {
    now,
    strict,
    staleAfter: Duration.toMillis(options.staleAfter ?? "5 minutes"),
    assetClasses: options.assetClasses ?? ["crypto"]
  })
  const equivalences = Entry.merge(options.equivalences ?? [])
  const entries = selection.chosen.map(Entry.from(equivalences))
  const groups = Sums.groups(entries, by)
  const basesOf = (applies: (of: Valuation["openInterest"]) => boolean): ReadonlyArray<Basis> =>
    Sums.bases(entries.filter(({ valuation }) => applies(valuation.openInterest)))
  return {
    by,
    groups,
    money: Sums.money(entries),
    counted: selection.chosen,
    leftOut: selection.leftOut.map((each) => new LeftOut(each)),
    missing: groups.flatMap((group) => group.missing),
    assumptions: [
      ...basesOf(({ sides }) => sides === "unknown").map((basis) => new UnknownSides(basis)),
      ...Sums.joined(entries, equivalences).map((each) => new Equivalence(each))
    ],
    doubts: [
      ...basesOf(({ sides, sidesVerified }) => sides !== "unknown" && !sidesVerified).map(
        (basis) => new SidesNotVerified(basis)
      ),
      ...basesOf(({ timestampKind }) => timestampKind === "reply").map((basis) => new AgeUnknown(basis))
    ],
    halved: basesOf(({ sides }) => sides === "two").map((basis) => new Halved(basis)),
    failures,
    failedExchanges,
    ...Absent.since(previous, { valuations, failures, failedExchanges, now })
  }
}
