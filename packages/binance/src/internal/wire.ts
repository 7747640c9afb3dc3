/** What Binance COIN-M sends. Fields that are not read are left out: they may change, come and go. */
import * as Decimal from "@open-interest/core/Decimal"
import * as Wire from "@open-interest/core/Wire"
import * as BigDecimal from "effect/BigDecimal"
import * as Schema from "effect/Schema"

/** `openInterest` is decimal text and counts contracts; `time` is that of the figure, its cadence is not documented. */
export const OpenInterest = Schema.Struct({
  symbol: Schema.String,
  openInterest: Decimal.NonNegative,
  time: Wire.Millis
})

/** The lists keep their rows undecoded, so that a strange row costs only itself. */
export const ExchangeInfo = Schema.Struct({ symbols: Schema.Array(Schema.Unknown) })

/** A JSON integer: 100 for BTC contracts, 10 for all others ever recorded. */
const ContractSize = Schema.Int.pipe(
  Schema.positive(),
  Schema.transform(Schema.BigDecimalFromSelf, {
    strict: true,
    decode: (n) => BigDecimal.fromBigInt(BigInt(n)),
    encode: (n) => BigDecimal.unsafeToNumber(n)
  })
)

/** `contractStatus`, `contractType` and `underlyingType` are open sets, also with spaces in them. */
export const ContractRow = Schema.Struct({
  symbol: Schema.NonEmptyString,
  contractType: Schema.String,
  contractStatus: Schema.String,
  contractSize: ContractSize,
  baseAsset: Schema.NonEmptyString,
  quoteAsset: Schema.NonEmptyString,
  marginAsset: Schema.NonEmptyString,
  underlyingType: Schema.optional(Schema.String),
  deliveryDate: Wire.Millis,
  onboardDate: Wire.Millis
})

/** Always an array, also for one symbol. */
export const PremiumIndex = Schema.Array(Schema.Unknown)

/** `markPrice` is in quote currency per base coin, 8 decimals. */
export const PremiumIndexRow = Schema.Struct({
  symbol: Schema.NonEmptyString,
  markPrice: Decimal.Positive,
  time: Wire.Millis
})

/** `{"code":-1121,"msg":"Invalid symbol."}`; the code is 0 on a 451. */
export const ErrorBody = Schema.Struct({ code: Schema.Int, msg: Schema.String })

/** Rows in no promised order. */
export const OpenInterestHist = Schema.Array(Schema.Unknown)

/**
 * `sumOpenInterest` counts contracts, `sumOpenInterestValue` coins of the base currency; the documentation's own example
 * contradicts the second and is wrong (recorded in eight points). `contractType` is the slot, not a contract.
 */
export const OpenInterestHistRow = Schema.Struct({
  pair: Schema.String,
  contractType: Schema.String,
  sumOpenInterest: Decimal.NonNegative,
  sumOpenInterestValue: Decimal.NonNegative,
  timestamp: Wire.Millis
})
