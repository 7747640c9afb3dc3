/** The coin-margined contracts of API v3, the "unified trading account". */
import * as Convention from "@open-interest/core/Convention"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import type * as Instrument from "@open-interest/core/Instrument"
import * as Listing from "@open-interest/core/Listing"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import * as SharedLookup from "@open-interest/core/SharedLookup"
import { TimedOut } from "@open-interest/core/SourceError"
import * as Valuation from "@open-interest/core/Valuation"
import * as Wire from "@open-interest/core/Wire"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as ProductType from "../ProductType.ts"
import * as conventions from "./conventions.ts"
import * as endpoints from "./endpoints.ts"
import { toV3Instrument } from "./instrument.ts"
import { figuresFreshFor, pricesFreshFor, type ProductReader, withoutFigure } from "./productReader.ts"
import * as SymbolForm from "./symbolForm.ts"
import * as wire from "./wire.ts"

/** How long the prices may take once the figures are asked for. */
const priceGrace = Duration.seconds(5)

const product = "UTA-COIN-FUTURES"

const convention = conventions.of[product]

const toInstruments = Listing.fromRows({
  product,
  schema: wire.V3InstrumentRow,
  path: "data",
  toInstrument: toV3Instrument
})

const figureRowOf = Wire.decodeRowOf(wire.V3OpenInterestRow, "data.list")
const priceRowOf = Wire.decodeRowOf(wire.V3TickerRow, "data")

/** The figures of an answer, for one contract or for all. */
const figuresOf = (answer: ExchangeClient.Answer<typeof wire.V3OpenInterest.Type>) => {
  const { list, ts } = answer.value.data
  const rowOf = figureRowOf(list)
  return (instrument: Instrument.Instrument) =>
    Either.mapBoth(rowOf(instrument.symbol), {
      onLeft: withoutFigure(instrument, answer.unexpected),
      onRight: (row) =>
        Convention.reading(convention, {
          instrument,
          amount: row.openInterest,
          timestamp: ts,
          receivedAt: answer.receivedAt
        })
    })
}

/** The prices of an answer. Its rows have no stamp of their own, so that of the reply stands for them. */
const pricesOf = (answer: ExchangeClient.Answer<typeof wire.V3Tickers.Type>) => {
  const { data, requestTime } = answer.value
  const rowOf = priceRowOf(data)
  return (instrument: Instrument.Instrument) =>
    Either.mapBoth(rowOf(instrument.symbol), {
      onLeft: answer.unexpected,
      onRight: (row) => new MarkPrice.MarkPrice({ instrument, price: row.markPrice, timestamp: requestTime }, true)
    })
}

export const make = (client: ExchangeClient.ExchangeClient): Effect.Effect<ProductReader, never, Scope.Scope> =>
  Effect.gen(function* () {
    const figures = yield* SharedLookup.make(
      client.get(endpoints.v3OpenInterest()).pipe(Effect.map(figuresOf), client.operation({ name: "openInterests" }))
    )
    const prices = yield* SharedLookup.make(
      client.get(endpoints.v3Tickers).pipe(Effect.map(pricesOf), client.operation({ name: "markPrices" }))
    )

    return {
      list: {
        product,
        settlesIn: (settle, base) => settle === ProductType.settle(product, base),
        isLike: SymbolForm.isOf(product),
        read: client.get(endpoints.v3Instruments).pipe(
          Effect.map((answer) => toInstruments(answer, answer.value.data)),
          client.operation({ name: "instruments" })
        )
      },
      openInterest: (instrument) =>
        Effect.flatMap(client.getSymbol(instrument.symbol, endpoints.v3OpenInterest(instrument.symbol)), (answer) =>
          figuresOf(answer)(instrument)
        ),
      markPrice: (instrument) => Effect.flatMap(prices.get(pricesFreshFor), (priceOf) => priceOf(instrument)),
      valuations: Effect.zipWith(
        figures.get(figuresFreshFor),
        // A price is not worth a figure.
        Effect.either(
          Effect.timeoutFail(prices.get(pricesFreshFor), {
            duration: priceGrace,
            onTimeout: () => new TimedOut({ exchange: conventions.exchange, timeout: "total", after: priceGrace })
          })
        ),
        (figureOf, priced) => (instrument) =>
          Either.map(figureOf(instrument), (openInterest) =>
            Valuation.make(
              openInterest,
              Either.flatMap(priced, (priceOf) => priceOf(instrument))
            )
          ),
        { concurrent: true }
      )
    }
  })
