/**
 * The record of a sum of open interest as the command line prints it: one flat object of text, for files and pipes.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as Decimal from "./Decimal.ts"
import { Exchange } from "./Exchange.ts"
import { AssetClass } from "./Instrument.ts"
import type * as Quantity from "./Quantity.ts"
import * as Total from "./Total.ts"

/**
 * One record is one figure: `amount` of `currency`. Coins and each currency of money have records of their own, so that
 * a column never mixes what must not be added without the `unit` and `currency` that tell it apart.
 *
 * Encoded, every figure is plain decimal text and every time ISO 8601 in UTC with milliseconds; `null` is unknown, or
 * has no meaning here. The order of the fields is the order of the columns.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TotalRecord = Schema.Struct({
  /** What the sums are split by; `all` is the sum across all underlyings. */
  by: Schema.Literal("all", ...Total.By.literals),
  /** Which part: `BTC`, `binance`, `coin`, `USDT`. */
  group: Schema.NullOr(Schema.String),
  underlying: Schema.NullOr(Schema.String),
  assetClass: Schema.NullOr(AssetClass),
  /** Coins of the underlying (`base`) or money (`quote`). */
  unit: Schema.Literal("base", "quote"),
  currency: Schema.String,
  /** `null` where no contract has a figure in the unit. */
  amount: Schema.NullOr(Decimal.NonNegative),
  /** The part of the amount from exchanges that do not say which sides they count. */
  assumed: Schema.NullOr(Decimal.NonNegative),
  /** Percent of the underlying's sum. */
  share: Schema.NullOr(Decimal.NonNegative),
  /** How many contracts are in the amount. */
  contracts: Decimal.NonNegative,
  /** How many contracts should be in it, but have no figure in the unit. */
  missing: Decimal.NonNegative,
  /** How many exchanges are in the amount. */
  exchanges: Decimal.NonNegative,
  /** Of the exchanges in the amount, or by exchange of those in the underlying's sum: the one that has most. */
  largestExchange: Schema.NullOr(Exchange),
  /** The percentage of the largest exchange. */
  largestShare: Schema.NullOr(Decimal.NonNegative),
  /** The Herfindahl–Hirschman index of the same exchanges, up to 10000. */
  concentration: Schema.NullOr(Decimal.NonNegative),
  /** The exchange's time of the oldest reading in the amount. */
  oldest: Schema.NullOr(Schema.DateTimeUtc),
  /** The exchange's time of the newest reading in the amount. */
  newest: Schema.NullOr(Schema.DateTimeUtc)
}).annotations({ identifier: "TotalRecord" })

/**
 * The record in memory: figures are `BigDecimal`, times `DateTime.Utc`.
 *
 * @since 0.1.0
 * @category models
 */
export type TotalRecord = typeof TotalRecord.Type

type Labels = Pick<TotalRecord, "by" | "group" | "underlying" | "assetClass">

/** What one record is counted in. */
type Column = Pick<TotalRecord, "unit" | "currency">

interface AnySum extends Pick<Total.Sum<Total.Unit>, "contracts" | "exchanges" | "oldest" | "newest"> {
  readonly total: Quantity.Any
  readonly assumed: Quantity.Any
}

interface AnyMarketSum extends AnySum, Pick<Total.MarketSum<Total.Unit>, "share" | "concentration"> {
  readonly shares: ReadonlyArray<Pick<Total.ExchangeShare<Total.Unit>, "exchange" | "percent">>
}

type Sums = Pick<Total.Total, "money" | "missing">

const columns = (underlying: string | null, { missing, money }: Sums): ReadonlyArray<Column> => {
  const lacking = missing.filter(({ unit }) => unit === "quote").map(({ currency }) => currency)
  const currencies = new Set([...money.map(({ total }) => total.denomination), ...lacking])
  return [
    ...(underlying === null ? [] : [{ unit: "base" as const, currency: underlying }]),
    ...[...currencies].toSorted(Order.string).map((currency) => ({ unit: "quote" as const, currency }))
  ]
}

const sumIn = (part: Total.Part, { currency, unit }: Column): AnyMarketSum | undefined =>
  unit === "base" ? Option.getOrUndefined(part.coin) : part.money.find(({ total }) => total.denomination === currency)

const orNull = (figure: Option.Option<BigDecimal.BigDecimal> | undefined): BigDecimal.BigDecimal | null =>
  figure === undefined ? null : Option.getOrNull(figure)

const count = (n: number): BigDecimal.BigDecimal => BigDecimal.fromBigInt(BigInt(n))

const record = (
  labels: Labels,
  column: Column,
  figures: {
    readonly sum: AnySum | undefined
    readonly share?: Option.Option<BigDecimal.BigDecimal> | undefined
    /** The sum that the exchanges are compared in. */
    readonly market?: AnyMarketSum | undefined
    readonly missing: Sums["missing"]
  }
): TotalRecord => {
  const { market, missing, share, sum } = figures
  const isLacking = ({ currency, unit }: Total.MissingFigure) => unit === column.unit && currency === column.currency
  const largest = market?.shares[0]
  return {
    ...labels,
    ...column,
    amount: sum?.total.amount ?? null,
    assumed: sum?.assumed.amount ?? null,
    share: orNull(share),
    contracts: count(sum?.contracts ?? 0),
    missing: count(missing.filter(isLacking).length),
    exchanges: count(sum?.exchanges.length ?? 0),
    largestExchange: largest?.exchange ?? null,
    largestShare: orNull(largest?.percent),
    concentration: orNull(market?.concentration),
    oldest: sum?.oldest ?? null,
    newest: sum?.newest ?? null
  }
}

/**
 * The records of the sums: of each underlying, or of each part where they are split; first in coins, then in money. A
 * figure that no contract has is a record too, with `null` for its amount.
 *
 * No contract is in two records of one unit and currency, so that a column may be added up for those: coins within one
 * asset class, since a stock may bear the name of a coin.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTotal = (total: Total.Total): ReadonlyArray<TotalRecord> =>
  total.groups.flatMap((group) => {
    const { assetClass, underlying } = group
    const parts = total.by === "underlying" ? [group] : group.parts
    return parts.flatMap((part) =>
      columns(underlying, part).map((column) => {
        const sum = sumIn(part, column)
        return record({ by: total.by, group: part.name, underlying, assetClass }, column, {
          sum,
          share: sum?.share,
          market: total.by === "exchange" ? sumIn(group, column) : sum,
          missing: part.missing
        })
      })
    )
  })

/**
 * The records of the sums across all underlyings, which there are in money only: one per currency.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acrossUnderlyings = (total: Total.Total): ReadonlyArray<TotalRecord> =>
  columns(null, total).map((column) =>
    record({ by: "all", group: null, underlying: null, assetClass: null }, column, {
      sum: total.money.find((sum) => sum.total.denomination === column.currency),
      missing: total.missing
    })
  )
