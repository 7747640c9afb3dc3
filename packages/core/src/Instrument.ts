/**
 * One futures contract as an exchange lists it.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "./Decimal.ts"
import * as Exchange from "./Exchange.ts"
import type { Unit } from "./Quantity.ts"

/**
 * `perpetual` has no end; `delivery` settles on its delivery date.
 *
 * @since 0.1.0
 * @category models
 */
export const Kind = Schema.Literal("perpetual", "delivery")

/**
 * `perpetual` or `delivery`.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = typeof Kind.Type

/**
 * `linear` settles in the quote currency, `inverse` in the base coin, `quanto` in a third currency.
 *
 * @since 0.1.0
 * @category models
 */
export const Direction = Schema.Literal("linear", "inverse", "quanto")

/**
 * `linear`, `inverse` or `quanto`.
 *
 * @since 0.1.0
 * @category models
 */
export type Direction = typeof Direction.Type

/**
 * What the contract is a future on. `real-world` is anything but crypto where the exchange says no more than that;
 * `unknown` is an exchange that says nothing, or a word that we do not know.
 *
 * @since 0.1.0
 * @category models
 */
export const AssetClass = Schema.Literal(
  "crypto",
  "stock",
  "metal",
  "commodity",
  "currency",
  "index",
  "real-world",
  "unknown"
)

/**
 * What the contract is a future on.
 *
 * @since 0.1.0
 * @category models
 */
export type AssetClass = typeof AssetClass.Type

/**
 * Known states, or the exchange's own text where it uses one that we do not know yet. `restricted` takes no new
 * positions; `pending` does not trade yet; `halted` may trade again.
 *
 * @since 0.1.0
 * @category models
 */
export const Status: Schema.Schema<Status> = Schema.Union(
  Schema.Literal("pending", "trading", "restricted", "halted", "delivering", "settling", "delivered", "closed"),
  Schema.String
)

/**
 * The literals are those that we know; `string & {}` keeps them visible beside the open rest.
 *
 * @since 0.1.0
 * @category models
 */
export type Status =
  | "pending"
  | "trading"
  | "restricted"
  | "halted"
  | "delivering"
  | "settling"
  | "delivered"
  | "closed"
  | (string & {})

/**
 * How much one contract is, with its own unit: `quote` currency (Binance COIN-M: 100 USD or 10 USD), `base` coin
 * (Bitget: 1 coin, also on its coin-margined contracts) or `settle` currency (quanto).
 *
 * @since 0.1.0
 * @category models
 */
export class ContractSize extends Schema.Class<ContractSize>("@open-interest/core/Instrument/ContractSize")({
  amount: Decimal.Positive,
  unit: Schema.Literal("quote", "base", "settle")
}) {}

/**
 * One contract as listed. Two listings are the same contract only when exchange, symbol **and** listing time agree:
 * a ticker may come back for another contract.
 *
 * @since 0.1.0
 * @category models
 */
export class Instrument extends Schema.Class<Instrument>("@open-interest/core/Instrument")({
  exchange: Exchange.Exchange,
  /** The exchange's own identifier: `BTCUSD_PERP`, `BTCUSDT`, `龙虾USDT`. */
  symbol: Schema.NonEmptyString,
  /** CCXT notation: `BTC/USD:BTC`, `BTC/USD:BTC-261225`, `BTC/USDT:USDT`. */
  unifiedSymbol: Schema.NonEmptyString,
  /** The exchange's product line: `COIN-M`, `USDT-FUTURES`. */
  product: Schema.NonEmptyString,
  /** A practice contract, traded with play money. */
  demo: Schema.Boolean,
  /** The base coin as the exchange names it; the name of a scaled coin includes its factor (`1000BONK`). */
  base: Schema.NonEmptyString,
  quote: Schema.NonEmptyString,
  settle: Schema.NonEmptyString,
  /** One base coin is {@link multiplier} times this: `BONK` for `1000BONK`. */
  underlying: Schema.NonEmptyString,
  multiplier: Decimal.Positive,
  assetClass: AssetClass,
  kind: Kind,
  direction: Direction,
  contractSize: ContractSize,
  status: Status,
  listedAt: Schema.OptionFromNullOr(Schema.DateTimeUtc),
  deliveryAt: Schema.OptionFromNullOr(Schema.DateTimeUtc)
}) {}

/**
 * What {@link make} needs; the rest follows from it or has a plain default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly exchange: string
  readonly symbol: string
  readonly base: string
  readonly quote: string
  readonly settle: string
  readonly contractSize: { readonly amount: Decimal.Input; readonly unit: "quote" | "base" | "settle" }
  /** Default: the exchange's name. */
  readonly product?: string | undefined
  /** Default: `false`. */
  readonly demo?: boolean | undefined
  /** Default: one of the base coin itself. */
  readonly scaled?: { readonly underlying: string; readonly multiplier: Decimal.Input } | undefined
  /** Default: `crypto`. */
  readonly assetClass?: AssetClass | undefined
  /** Default: `trading`. */
  readonly status?: Status | undefined
  readonly listedAt?: DateTime.Utc | undefined
  readonly deliveryAt?: DateTime.Utc | undefined
  /** Default: `delivery` where there is a delivery time. A perpetual has one when the exchange ends it. */
  readonly kind?: Kind | undefined
}

// Checked apart from the class, which compiles its check anew for each instance.
const Size = Schema.typeSchema(Schema.Struct(ContractSize.fields))
const Terms = Schema.typeSchema(Schema.Struct(Instrument.fields))

const yymmdd = (time: DateTime.Utc): string => DateTime.formatIsoDateUtc(time).slice(2).replaceAll("-", "")

/** All that a contract is, from its terms: the direction follows from the currencies, and so does the unified symbol. */
const termsOf = (options: Options) => {
  const { base, contractSize, deliveryAt, quote, scaled, settle } = options
  const kind = options.kind ?? (deliveryAt === undefined ? "perpetual" : "delivery")
  const perpetual = `${base}/${quote}:${settle}`
  return {
    exchange: options.exchange as Exchange.Exchange,
    symbol: options.symbol,
    unifiedSymbol: kind === "perpetual" || deliveryAt === undefined ? perpetual : `${perpetual}-${yymmdd(deliveryAt)}`,
    product: options.product ?? options.exchange,
    demo: options.demo ?? false,
    base,
    quote,
    settle,
    underlying: scaled?.underlying ?? base,
    multiplier: Decimal.unsafeFrom(scaled?.multiplier ?? 1n),
    assetClass: options.assetClass ?? "crypto",
    kind,
    direction: settle === quote ? "linear" : settle === base ? "inverse" : "quanto",
    contractSize: new ContractSize({ amount: Decimal.unsafeFrom(contractSize.amount), unit: contractSize.unit }, true),
    status: options.status ?? "trading",
    listedAt: Option.fromNullable(options.listedAt),
    deliveryAt: Option.fromNullable(deliveryAt)
  } as const
}

/**
 * An instrument from its terms. Derived are the direction (from the currencies) and the unified symbol. Throws a
 * `ParseError` or `RangeError` for terms that no contract can have.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Instrument => {
  const terms = termsOf(options)
  Schema.validateSync(Size)(terms.contractSize)
  return new Instrument(Schema.validateSync(Terms)(terms), true)
}

/**
 * As {@link make}, of terms that a schema has decoded a moment ago: only decimals are checked. A market is hundreds of
 * contracts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeMake = (options: Options): Instrument => new Instrument(termsOf(options), true)

/**
 * Whether two listings are one contract: same exchange, same symbol, same listing time.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isSame = (self: Instrument, that: Instrument): boolean =>
  self.exchange === that.exchange &&
  self.symbol === that.symbol &&
  Option.getEquivalence(DateTime.Equivalence)(self.listedAt, that.listedAt)

/**
 * What one of a unit is for this contract: `BTC`, `USD`, `100 USD of BTC`.
 *
 * @since 0.1.0
 * @category getters
 */
export const denomination = (instrument: Instrument, unit: Unit): string => {
  if (unit !== "contracts") return instrument[unit]
  const { amount, unit: sizedIn } = instrument.contractSize
  const size = `${Decimal.format(amount)} ${instrument[sizedIn]}`
  return sizedIn === "base" ? size : `${size} of ${instrument.base}`
}
