/** One of Bybit's categories: its list, its figures and its prices. */
import * as Convention from "@open-interest/core/Convention"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import type * as Instrument from "@open-interest/core/Instrument"
import type * as InstrumentCatalog from "@open-interest/core/InstrumentCatalog"
import * as Listing from "@open-interest/core/Listing"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import type * as OpenInterest from "@open-interest/core/OpenInterest"
import * as SharedLookup from "@open-interest/core/SharedLookup"
import { type ExchangeError, type SourceError, SymbolNotTrading } from "@open-interest/core/SourceError"
import * as Valuation from "@open-interest/core/Valuation"
import * as Wire from "@open-interest/core/Wire"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as conventions from "./conventions.ts"
import * as endpoints from "./endpoints.ts"
import { toInstrument } from "./instrument.ts"
import * as wire from "./wire.ts"

export interface CategoryReader {
  readonly list: InstrumentCatalog.ProductList
  readonly openInterest: (instrument: Instrument.Instrument) => Effect.Effect<OpenInterest.OpenInterest, SourceError>
  readonly markPrice: (instrument: Instrument.Instrument) => Effect.Effect<MarkPrice.MarkPrice, ExchangeError>
  /** The figures of all its contracts with their prices. */
  readonly valuations: Effect.Effect<
    (instrument: Instrument.Instrument) => Either.Either<Valuation.Valuation, SourceError>,
    ExchangeError
  >
}

/**
 * One request answers for all contracts of a category, so readings of the same moment share it. Much shorter than from one
 * round of a poll to the next, or a round would find the figures of the one before.
 */
const freshFor = "500 millis"

const path = "result.list"
const priceOf = Wire.decodeRowOf(wire.TickerPrice, path)
const oneSideOf = Wire.decodeRowOf(wire.OneSide, path)
const bothSidesOf = Wire.decodeRowOf(wire.BothSides, path)

/** What linear contracts are margined and settled in; inverse ones in their base coin. */
const linearSettle = new Set(["USDT", "USDC"])

/** How the symbols of a category end, or what they have in them: `BTCUSDT`, `BTCPERP`, `BTCUSDT-26DEC25`; `BTCUSD`, `BTCUSDZ25`. */
const forms = { linear: /USDT$|PERP$|-/, inverse: /USD(?:[A-Z]\d\d)?$/ }

/** What an answer says of its contracts, one or all. */
const read = (
  category: wire.Category,
  {
    receivedAt,
    unexpected,
    value
  }: ExchangeClient.Answer<{
    readonly time: MarkPrice.MarkPrice["timestamp"]
    readonly result: { readonly list: ReadonlyArray<unknown> }
  }>
) => {
  const { result, time: timestamp } = value
  const prices = priceOf(result.list)
  const oneSide = oneSideOf(result.list)
  const bothSides = bothSidesOf(result.list)
  const { one, two } = conventions.of[category]

  return {
    openInterest: (instrument: Instrument.Instrument) =>
      Either.gen(function* () {
        const { singleOpenInterest } = yield* oneSide(instrument.symbol)
        const stamps = { instrument, timestamp, receivedAt }
        if (singleOpenInterest !== undefined && singleOpenInterest !== "") {
          return Convention.reading(one, { ...stamps, amount: singleOpenInterest })
        }
        const { openInterest } = yield* bothSides(instrument.symbol)
        return Convention.reading(two, { ...stamps, amount: openInterest })
      }),
    markPrice: (instrument: Instrument.Instrument) =>
      Either.mapBoth(prices(instrument.symbol), {
        onLeft: unexpected,
        onRight: ({ markPrice }) => new MarkPrice.MarkPrice({ instrument, price: markPrice, timestamp }, true)
      }),
    unexpected
  }
}

export const make = (
  client: ExchangeClient.ExchangeClient,
  category: wire.Category
): Effect.Effect<CategoryReader, never, Scope.Scope> =>
  Effect.gen(function* () {
    const toInstruments = Listing.fromRows({
      product: category,
      schema: wire.InstrumentRow,
      path,
      toInstrument: toInstrument(category)
    })

    /** Page after page; the last one has no cursor, or leads to a page without rows. */
    const pages = Effect.gen(function* () {
      const listings: Array<Listing.Listing> = []
      const followed = new Set<string>()
      let cursor = ""
      while (true) {
        const answer = yield* client.get(endpoints.instruments(category, cursor))
        const { list, nextPageCursor } = answer.value.result
        listings.push(toInstruments(answer, list))
        if (nextPageCursor === "" || list.length === 0) return listings
        if (followed.has(nextPageCursor)) {
          const detail = `${JSON.stringify(nextPageCursor)} leads to a page that was read before`
          return yield* answer.unexpected({ path: "result.nextPageCursor", detail })
        }
        followed.add(nextPageCursor)
        cursor = nextPageCursor
      }
    })

    const tickers = yield* SharedLookup.make(
      client.get(endpoints.tickers(category)).pipe(
        Effect.map((answer) => read(category, answer)),
        client.operation({ name: "tickers" })
      )
    )

    return {
      list: {
        product: category,
        settlesIn: (settle, base) => (category === "linear" ? linearSettle.has(settle) : settle === base),
        isLike: (symbol) => forms[category].test(symbol),
        read: pages.pipe(Effect.map(combined), client.operation({ name: "instruments" }))
      },
      openInterest: (instrument) =>
        Effect.flatMap(client.getSymbol(instrument.symbol, endpoints.tickers(category, instrument.symbol)), (answer) =>
          Either.mapLeft(read(category, answer).openInterest(instrument), answer.unexpected)
        ),
      markPrice: (instrument) =>
        Effect.flatMap(client.get(endpoints.tickers(category, instrument.symbol)), (answer) =>
          read(category, answer).markPrice(instrument)
        ),
      valuations: Effect.map(
        tickers.get(freshFor),
        ({ markPrice, openInterest, unexpected }) =>
          (instrument) =>
            Either.mapBoth(openInterest(instrument), {
              onLeft: (mismatch) =>
                mismatch.isAbsent === true && instrument.status !== "trading"
                  ? new SymbolNotTrading({
                      exchange: conventions.exchange,
                      symbol: instrument.symbol,
                      detail: instrument.status
                    })
                  : unexpected(mismatch),
              onRight: (reading) => Valuation.make(reading, markPrice(instrument))
            })
      )
    }
  })

/** All pages as one list; what moved from one page to the next while they were read stands in it once. */
const combined = (pages: ReadonlyArray<Listing.Listing>): Listing.Listing => {
  const { failures, listed } = Listing.combine(pages)
  return { listed: [...new Map(listed.map((instrument) => [instrument.symbol, instrument])).values()], failures }
}
