/** A product type of API v2. */
import * as Convention from "@open-interest/core/Convention"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import type * as Instrument from "@open-interest/core/Instrument"
import * as Listing from "@open-interest/core/Listing"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import * as SharedLookup from "@open-interest/core/SharedLookup"
import * as Valuation from "@open-interest/core/Valuation"
import * as Wire from "@open-interest/core/Wire"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as ProductType from "../ProductType.ts"
import * as conventions from "./conventions.ts"
import * as endpoints from "./endpoints.ts"
import { toInstrument } from "./instrument.ts"
import { figuresFreshFor, pricesFreshFor, type ProductReader, withoutFigure } from "./productReader.ts"
import * as SymbolForm from "./symbolForm.ts"
import * as wire from "./wire.ts"

const openInterestRowOf = Wire.decodeRowOf(wire.OpenInterestRow, "data.openInterestList")
const tickerFigureOf = Wire.decodeRowOf(wire.TickerFigure, "data")
const tickerPriceOf = Wire.decodeRowOf(wire.TickerPrice, "data")

export const make = (
  client: ExchangeClient.ExchangeClient,
  productType: ProductType.Classic
): Effect.Effect<ProductReader, never, Scope.Scope> =>
  Effect.gen(function* () {
    const convention = conventions.of[productType]
    const toInstruments = Listing.fromRows({
      product: productType,
      schema: wire.ContractRow,
      path: "data",
      toInstrument: toInstrument(productType)
    })

    /** One request for the figures and the prices of all its contracts. */
    const tickers = yield* SharedLookup.make(
      client.get(endpoints.tickers(productType)).pipe(
        Effect.map((answer) => ({
          answer,
          figureOf: tickerFigureOf(answer.value.data),
          priceOf: tickerPriceOf(answer.value.data)
        })),
        client.operation({ name: "tickers" })
      )
    )
    type Tickers = Effect.Effect.Success<ReturnType<typeof tickers.get>>

    const markPrice = ({ answer, priceOf }: Tickers, instrument: Instrument.Instrument) =>
      Either.mapBoth(priceOf(instrument.symbol), {
        onLeft: answer.unexpected,
        onRight: (row) => new MarkPrice.MarkPrice({ instrument, price: row.markPrice, timestamp: row.ts }, true)
      })

    return {
      list: {
        product: productType,
        settlesIn: (settle, base) => settle === ProductType.settle(productType, base),
        isLike: SymbolForm.isOf(productType),
        read: client.get(endpoints.contracts(productType)).pipe(
          Effect.map((answer) => toInstruments(answer, answer.value.data)),
          client.operation({ name: "instruments" })
        )
      },
      openInterest: (instrument) =>
        Effect.flatMap(
          client.getSymbol(instrument.symbol, endpoints.openInterest(instrument.symbol, productType)),
          ({ receivedAt, unexpected, value }) => {
            const { openInterestList, ts: timestamp } = value.data
            // Bitget serves a symbol also under another product type, so the row must name it.
            return Either.mapBoth(openInterestRowOf(openInterestList)(instrument.symbol), {
              onLeft: unexpected,
              onRight: ({ size: amount }) =>
                Convention.reading(convention, { instrument, amount, timestamp, receivedAt })
            })
          }
        ),
      markPrice: (instrument) => Effect.flatMap(tickers.get(pricesFreshFor), (latest) => markPrice(latest, instrument)),
      valuations: Effect.map(tickers.get(figuresFreshFor), (latest) => (instrument) => {
        const { answer, figureOf } = latest
        return Either.mapBoth(figureOf(instrument.symbol), {
          onLeft: withoutFigure(instrument, answer.unexpected),
          onRight: (row) =>
            Valuation.make(
              Convention.reading(convention, {
                instrument,
                amount: row.holdingAmount,
                timestamp: row.ts,
                receivedAt: answer.receivedAt
              }),
              markPrice(latest, instrument)
            )
        })
      })
    }
  })
