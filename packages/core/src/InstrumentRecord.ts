/**
 * The record of a contract as the command line prints it: one flat object of text, for files and pipes.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "./Decimal.ts"
import { Exchange } from "./Exchange.ts"
import * as Instrument from "./Instrument.ts"

/**
 * Encoded, every figure is plain decimal text and every time ISO 8601 in UTC with milliseconds; `null` is unknown, or
 * no delivery. The order of the fields is the order of the columns.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InstrumentRecord = Schema.Struct({
  exchange: Exchange,
  symbol: Schema.String,
  unifiedSymbol: Schema.String,
  product: Schema.String,
  demo: Schema.Boolean,
  baseCurrency: Schema.String,
  quoteCurrency: Schema.String,
  settleCurrency: Schema.String,
  underlying: Schema.String,
  multiplier: Decimal.Positive,
  assetClass: Instrument.AssetClass,
  kind: Instrument.Kind,
  direction: Instrument.Direction,
  contractSize: Decimal.Positive,
  /** What {@link contractSize} is counted in. */
  contractSizeUnit: Instrument.ContractSize.fields.unit,
  status: Instrument.Status,
  listedAt: Schema.NullOr(Schema.DateTimeUtc),
  deliveryAt: Schema.NullOr(Schema.DateTimeUtc)
}).annotations({ identifier: "InstrumentRecord" })

/**
 * The record in memory: figures are `BigDecimal`, times `DateTime.Utc`.
 *
 * @since 0.1.0
 * @category models
 */
export type InstrumentRecord = typeof InstrumentRecord.Type

/**
 * The record of a contract.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromInstrument = (instrument: Instrument.Instrument): InstrumentRecord => ({
  exchange: instrument.exchange,
  symbol: instrument.symbol,
  unifiedSymbol: instrument.unifiedSymbol,
  product: instrument.product,
  demo: instrument.demo,
  baseCurrency: instrument.base,
  quoteCurrency: instrument.quote,
  settleCurrency: instrument.settle,
  underlying: instrument.underlying,
  multiplier: instrument.multiplier,
  assetClass: instrument.assetClass,
  kind: instrument.kind,
  direction: instrument.direction,
  contractSize: instrument.contractSize.amount,
  contractSizeUnit: instrument.contractSize.unit,
  status: instrument.status,
  listedAt: Option.getOrNull(instrument.listedAt),
  deliveryAt: Option.getOrNull(instrument.deliveryAt)
})
