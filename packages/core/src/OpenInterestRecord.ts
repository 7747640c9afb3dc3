/**
 * The record of a reading as the command line prints it: one flat object of text, for files and pipes.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "./Decimal.ts"
import { Exchange } from "./Exchange.ts"
import type { HistoryPoint } from "./History.ts"
import * as OpenInterest from "./OpenInterest.ts"
import * as Quantity from "./Quantity.ts"
import type { Valuation } from "./Valuation.ts"

/**
 * Encoded, every figure is plain decimal text and every time ISO 8601 in UTC with milliseconds; `null` is unknown.
 * The order of the fields is the order of the columns.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OpenInterestRecord = Schema.Struct({
  exchange: Exchange,
  symbol: Schema.String,
  unifiedSymbol: Schema.String,
  /** The unit in which the exchange itself reports. */
  unit: Quantity.Unit,
  sides: OpenInterest.Sides,
  contracts: Schema.NullOr(Decimal.NonNegative),
  base: Schema.NullOr(Decimal.NonNegative),
  quote: Schema.NullOr(Decimal.NonNegative),
  baseCurrency: Schema.String,
  quoteCurrency: Schema.String,
  markPrice: Schema.NullOr(Decimal.Positive),
  markPriceTimestamp: Schema.NullOr(Schema.DateTimeUtc),
  timestamp: Schema.DateTimeUtc,
  timestampKind: OpenInterest.TimestampKind,
  receivedAt: Schema.DateTimeUtc
}).annotations({ identifier: "OpenInterestRecord" })

/**
 * The record in memory: figures are `BigDecimal`, times `DateTime.Utc`.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenInterestRecord = typeof OpenInterestRecord.Type

const amountOrNull = <U extends Quantity.Unit>(figure: Either.Either<Quantity.Quantity<U>, unknown>) =>
  Either.isRight(figure) ? figure.right.amount : null

type Figures = Pick<OpenInterestRecord, "contracts" | "base" | "quote" | "markPrice" | "markPriceTimestamp">

const make = (
  { instrument, receivedAt, sides, timestamp, timestampKind, unit }: OpenInterest.OpenInterest,
  { base, contracts, markPrice, markPriceTimestamp, quote }: Figures
): OpenInterestRecord => ({
  exchange: instrument.exchange,
  symbol: instrument.symbol,
  unifiedSymbol: instrument.unifiedSymbol,
  unit,
  sides,
  contracts,
  base,
  quote,
  baseCurrency: instrument.base,
  quoteCurrency: instrument.quote,
  markPrice,
  markPriceTimestamp,
  timestamp,
  timestampKind,
  receivedAt
})

/**
 * The record of a valuation; a figure that it does not have is `null`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromValuation = (valuation: Valuation): OpenInterestRecord => {
  const markPrice = Either.getOrUndefined(valuation.markPrice)
  return make(valuation.openInterest, {
    contracts: amountOrNull(valuation.contracts),
    base: amountOrNull(valuation.base),
    quote: amountOrNull(valuation.quote),
    markPrice: markPrice?.price ?? null,
    markPriceTimestamp: markPrice?.timestamp ?? null
  })
}

/**
 * The record of a row of a series: contracts and coins as the exchange reports them, money where the contract size
 * gives it, and no mark price.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromHistoryPoint = ({ base, openInterest }: HistoryPoint): OpenInterestRecord =>
  make(openInterest, {
    contracts: amountOrNull(OpenInterest.toContracts(openInterest)),
    base: Option.getOrElse(base, () => amountOrNull(OpenInterest.toBase(openInterest))),
    quote: amountOrNull(OpenInterest.toQuote(openInterest)),
    markPrice: null,
    markPriceTimestamp: null
  })
