/** What Bybit's v5 market endpoints send. Fields that are not read are left out: they may change, come and go. */
import * as Decimal from "@open-interest/core/Decimal"
import * as Wire from "@open-interest/core/Wire"
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Success is HTTP 200 and this code. */
export const success = 0

/** Any other code is an error, with HTTP 200 as well; `result` is empty then. */
export const ErrorBody = Schema.Struct({
  retCode: Schema.Number,
  retMsg: Schema.optional(Schema.NullOr(Schema.String))
})

/** The two of Bybit's categories that are futures: linear ones settle in USDT or USDC, inverse ones in the base coin. */
export type Category = "linear" | "inverse"

/** `time` is that of the reply, in milliseconds. The answer names its category. */
const answer = <A, I>(category: Category, result: Schema.Schema<A, I>) =>
  Schema.Struct({
    retCode: Schema.Literal(success),
    time: Wire.Millis,
    result: Schema.extend(Schema.Struct({ category: Schema.Literal(category) }), result)
  })

/** One page of the list; an empty cursor ends it. Rows stay undecoded, so that a strange one costs only itself. */
export const instruments = (category: Category) =>
  answer(category, Schema.Struct({ list: Schema.Array(Schema.Unknown), nextPageCursor: Schema.String }))

/** Milliseconds as text; "0" means none, and so does what can't be read. */
export const time = (text: unknown): Option.Option<DateTime.Utc> =>
  typeof text === "string" ? Wire.parseMillis(text) : Option.none()

/** `LinearPerpetual` and `InversePerpetual`, as against `LinearFutures` and `InverseFutures`. */
export const isPerpetual = (contractType: string): boolean => contractType.endsWith("Perpetual")

/** `contractType`, `status` and `symbolType` are open sets; {@link time} reads the times. */
export const InstrumentRow = Schema.Struct({
  symbol: Schema.NonEmptyString,
  contractType: Schema.String,
  status: Schema.String,
  baseCoin: Schema.NonEmptyString,
  quoteCoin: Schema.NonEmptyString,
  settleCoin: Schema.NonEmptyString,
  symbolType: Schema.optional(Schema.NullOr(Schema.String)),
  launchTime: Schema.optional(Schema.Unknown),
  deliveryTime: Schema.optional(Schema.Unknown)
}).pipe(
  Schema.filter(
    ({ contractType, deliveryTime }) =>
      isPerpetual(contractType) ||
      Option.isSome(time(deliveryTime)) || {
        path: ["deliveryTime"],
        message: `expected a delivery time of a ${contractType} contract`
      }
  )
)

export const tickers = (category: Category) => answer(category, Schema.Struct({ list: Schema.Array(Schema.Unknown) }))

/** `markPrice` is in quote currency per base coin. */
export const TickerPrice = Schema.Struct({ symbol: Schema.NonEmptyString, markPrice: Decimal.Positive })

/** One side, since 2026-06-11. Bybit writes "" where it has no value. */
export const OneSide = Schema.Struct({
  symbol: Schema.NonEmptyString,
  singleOpenInterest: Schema.optional(Schema.Union(Decimal.NonNegative, Schema.Literal("")))
})

/** The sum of both sides. */
export const BothSides = Schema.Struct({ symbol: Schema.NonEmptyString, openInterest: Decimal.NonNegative })
