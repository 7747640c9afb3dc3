/**
 * From contracts to coins to money and back.
 *
 * What a contract is worth hangs on the unit of its **contract size**, never on whether it is linear or inverse: a
 * Bitget coin-margined contract is inverse and 1 coin in size. Contracts sized in quote currency give quote exactly
 * and need a price for base; those sized in base coin the reverse; those sized in the settle currency (quanto) are
 * refused. A product is exact. A quotient is rounded once, at the end, half-even, to 8 decimal places.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "./Decimal.ts"
import { Exchange } from "./Exchange.ts"
import * as Instrument from "./Instrument.ts"
import type { MarkPrice } from "./MarkPrice.ts"
import * as Quantity from "./Quantity.ts"

/**
 * Why there is no figure:
 * - `NoPrice`: the conversion crosses from coins to money or back, and no mark price was given.
 * - `StalePrice`: the mark price is too old for the reading.
 * - `ForeignPrice`: the mark price is that of another contract.
 * - `SettleSized`: the contract is sized in its settle currency (quanto).
 * - `NotCountedInContracts`: the exchange does not report this contract in contracts.
 * - `ForeignQuantity`: the quantity is not one of this contract (another coin, another contract size).
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "NoPrice",
  "StalePrice",
  "ForeignPrice",
  "SettleSized",
  "NotCountedInContracts",
  "ForeignQuantity"
)

/**
 * Why there is no figure.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const because: Record<Reason, string> = {
  NoPrice: "it needs a mark price",
  StalePrice: "the mark price is more than 10 seconds older than the reading",
  ForeignPrice: "the mark price belongs to another contract",
  SettleSized: "the contract is sized in its settle currency",
  NotCountedInContracts: "the exchange does not count it in contracts",
  ForeignQuantity: "the quantity is not one of this contract"
}

/**
 * There is no figure in the unit asked for; `reason` says why.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotConvertible extends Schema.TaggedError<NotConvertible>("@open-interest/core/NotConvertible")(
  "NotConvertible",
  { exchange: Exchange, symbol: Schema.String, from: Quantity.Unit, to: Quantity.Unit, reason: Reason }
) {
  override get message(): string {
    return `no ${this.to} figure for ${this.exchange}:${this.symbol}: ${because[this.reason]}`
  }
}

const one = BigDecimal.fromBigInt(1n)

/**
 * The same position in another unit.
 *
 * @example
 * import { Conversion, Instrument, Quantity } from "@open-interest/core"
 *
 * const instrument = Instrument.make({
 *   exchange: "binance", symbol: "BTCUSD_PERP", base: "BTC", quote: "USD", settle: "BTC",
 *   contractSize: { amount: "100", unit: "quote" }
 * })
 * Conversion.convert(Quantity.make("contracts", "100 USD of BTC", "12668208"), "quote", { instrument }) // 1266820800 USD
 *
 * @since 0.1.0
 * @category conversions
 */
export const convert = <From extends Quantity.Unit, To extends Quantity.Unit>(
  quantity: Quantity.Quantity<From>,
  to: To,
  given: { readonly instrument: Instrument.Instrument; readonly markPrice?: MarkPrice | undefined }
): Either.Either<Quantity.Quantity<To>, NotConvertible> => {
  const { instrument, markPrice } = given
  const { contractSize } = instrument
  const from: Quantity.Unit = quantity.unit
  const refuse = (reason: Reason) =>
    Either.left(new NotConvertible({ exchange: instrument.exchange, symbol: instrument.symbol, from, to, reason }))
  if (quantity.denomination !== Instrument.denomination(instrument, from)) return refuse("ForeignQuantity")
  const result = (amount: BigDecimal.BigDecimal) =>
    Either.right(Quantity.make(to, Instrument.denomination(instrument, to), amount))
  if (from === to) return result(quantity.amount)
  if (contractSize.unit === "settle") return refuse("SettleSized")

  let dividend = quantity.amount
  let divisor = one
  const source = from === "contracts" ? contractSize.unit : from
  const target = to === "contracts" ? contractSize.unit : to
  if (from === "contracts") dividend = BigDecimal.multiply(dividend, contractSize.amount)
  if (source !== target) {
    if (markPrice === undefined) return refuse("NoPrice")
    if (!Instrument.isSame(markPrice.instrument, instrument)) return refuse("ForeignPrice")
    if (source === "base") dividend = BigDecimal.multiply(dividend, markPrice.price)
    else divisor = markPrice.price
  }
  if (to === "contracts") divisor = BigDecimal.multiply(divisor, contractSize.amount)
  if (BigDecimal.equals(divisor, one)) return result(dividend)
  // Sizes and prices are above zero by their schemas.
  return result(Option.getOrThrow(Decimal.divide(dividend, divisor)))
}
