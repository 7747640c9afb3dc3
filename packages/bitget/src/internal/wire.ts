/** What Bitget's endpoints send, v2 mix and v3. Fields that are not read are left out: they may change, come and go. */
import * as Decimal from "@open-interest/core/Decimal"
import * as Wire from "@open-interest/core/Wire"
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Success is HTTP 200 and this code. */
export const success = "00000"

const answer = <A, I>(data: Schema.Schema<A, I>) => Schema.Struct({ code: Schema.Literal(success), data })

/** Any other code is an error; `data` is null then. */
export const ErrorBody = Schema.Struct({ code: Schema.String, msg: Schema.optional(Schema.NullOr(Schema.String)) })

/**
 * `ts` is the time of the reply. The lists keep their rows undecoded, so that a strange row costs only itself.
 */
export const OpenInterest = answer(
  Schema.Struct({ openInterestList: Schema.Array(Schema.Unknown), ts: Wire.MillisText })
)

/** `size` counts coins of the base currency, for every product type; it may carry binary-float noise. */
export const OpenInterestRow = Schema.Struct({ symbol: Schema.String, size: Decimal.NonNegative })

export const Contracts = answer(Schema.Array(Schema.Unknown))

/** Milliseconds as text. Absent, null, empty and "0" all occur and mean none, and so does what can't be read. */
export const time = (text: unknown): Option.Option<DateTime.Utc> =>
  typeof text === "string" ? Wire.parseMillis(text) : Option.none()

/** Only a perpetual may do without a delivery time. */
const endsWhenSaid = (kind: string, deliveryTime: unknown) =>
  kind === "perpetual" ||
  Option.isSome(time(deliveryTime)) || {
    path: ["deliveryTime"],
    message: `expected a delivery time of a ${kind} contract`
  }

/** `symbolStatus` and `symbolType` are open sets; {@link time} reads the times. `sizeMultiplier` is a step of order size, not a contract size. */
export const ContractRow = Schema.Struct({
  symbol: Schema.NonEmptyString,
  baseCoin: Schema.NonEmptyString,
  quoteCoin: Schema.NonEmptyString,
  symbolType: Schema.String,
  symbolStatus: Schema.String,
  isRwa: Schema.optional(Schema.NullOr(Schema.String)),
  launchTime: Schema.optional(Schema.Unknown),
  deliveryTime: Schema.optional(Schema.Unknown)
}).pipe(Schema.filter(({ deliveryTime, symbolType }) => endsWhenSaid(symbolType, deliveryTime)))

export const Tickers = answer(Schema.Array(Schema.Unknown))

/** `markPrice` is in quote currency per base coin; `ts` is one stamp for the whole reply. */
export const TickerPrice = Schema.Struct({
  symbol: Schema.NonEmptyString,
  markPrice: Decimal.Positive,
  ts: Wire.MillisText
})

/** `holdingAmount` is the open interest in coins of the base currency, equal to that of `open-interest` (recorded). */
export const TickerFigure = Schema.Struct({
  symbol: Schema.NonEmptyString,
  holdingAmount: Decimal.NonNegative,
  ts: Wire.MillisText
})

/** An envelope of API v3, whose tickers have no stamp of their own. */
const v3Answer = <A, I>(data: Schema.Schema<A, I>) =>
  Schema.Struct({ code: Schema.Literal(success), requestTime: Wire.Millis, data })

export const V3OpenInterest = answer(Schema.Struct({ list: Schema.Array(Schema.Unknown), ts: Wire.MillisText }))

/** The unit of `openInterest` is not documented for coin-margined contracts. */
export const V3OpenInterestRow = Schema.Struct({
  symbol: Schema.NonEmptyString,
  openInterest: Decimal.NonNegative
})

export const V3Instruments = answer(Schema.Array(Schema.Unknown))

/** `type` is what `symbolType` is in v2; `symbolType` is the asset class. Open sets, all three. */
export const V3InstrumentRow = Schema.Struct({
  symbol: Schema.NonEmptyString,
  baseCoin: Schema.NonEmptyString,
  quoteCoin: Schema.NonEmptyString,
  type: Schema.String,
  status: Schema.String,
  symbolType: Schema.optional(Schema.NullOr(Schema.String)),
  isRwa: Schema.optional(Schema.NullOr(Schema.String)),
  launchTime: Schema.optional(Schema.Unknown),
  deliveryTime: Schema.optional(Schema.Unknown)
}).pipe(Schema.filter(({ deliveryTime, type }) => endsWhenSaid(type, deliveryTime)))

export const V3Tickers = v3Answer(Schema.Array(Schema.Unknown))

export const V3TickerRow = Schema.Struct({ symbol: Schema.NonEmptyString, markPrice: Decimal.Positive })
