import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as BybitV5 from "@open-interest/bybit/BybitV5"
import * as Decimal from "@open-interest/core/Decimal"
import * as History from "@open-interest/core/History"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import * as Playback from "@open-interest/simulator/Playback"
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { recorded } from "./support.ts"

/** What may stand anywhere in a body: wrong types, words that objects have by themselves, figures that are none. */
const hostile = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e21, "", "N/A", "NaN", "1e400", "-1", "constructor", "__proto__"),
  fc.constantFrom<unknown>(
    "42.5",
    "toString",
    [],
    {},
    [[]],
    "\u0000\u001b[2J\u202E\n",
    "9".repeat(1000),
    "x".repeat(100_000)
  ),
  fc.constantFrom(1000, 5000, 20_000).map((depth): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth))),
  fc.jsonValue()
)

const places = (value: unknown): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, child]) => [[key], ...places(child).map((path) => [key, ...path])])
    : []

const replace = (value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown =>
  key === undefined
    ? by
    : Array.isArray(value)
      ? value.with(Number(key), replace(value[Number(key)], rest, by))
      : { ...(value as object), [key]: replace((value as Record<string, unknown>)[key], rest, by) }

/** JSON by hand, because `JSON.stringify` runs out of stack where our reader must not. */
const text = (value: unknown): string => {
  let depth = 0
  let inner = value
  while (Array.isArray(inner) && inner.length === 1) {
    depth++
    inner = inner[0]
  }
  return depth > 500 ? "[".repeat(depth) + JSON.stringify(inner) + "]".repeat(depth) : JSON.stringify(value)
}

/** The body with something else in one place, and what that is. */
const mutated = (body: string) => {
  const value: unknown = JSON.parse(body)
  return fc.tuple(fc.constantFrom([], ...places(value)), hostile).map(([path, by]) => {
    const marker = "\u2603"
    return { by, body: JSON.stringify(replace(value, path, marker)).replace(`"${marker}"`, () => text(by)) }
  })
}

type Read = (source: OpenInterestSource.Service) => Effect.Effect<ReadonlyArray<string>, { readonly message: string }>

/** Figure and price, digit by digit, as far as they are there. */
const valuation =
  (symbol: string): Read =>
  (source) =>
    Effect.map(source.valuation(symbol), ({ markPrice, openInterest }) => [
      Decimal.format(openInterest.amount),
      ...Option.match(Either.getRight(markPrice), { onNone: () => [], onSome: ({ price }) => [Decimal.format(price)] })
    ])

/** The figures of all rows, digit by digit, in both units. */
const history =
  (request: History.Request): Read =>
  (source) =>
    Effect.map(Stream.runCollect(History.points(source.history(request))), (points) =>
      [...points].flatMap(({ base, openInterest }) =>
        [openInterest.amount, ...Option.toArray(base)].map((figure) => Decimal.format(figure))
      )
    )

const policy = Policy.make(Policy.timeout("1 minute"), Policy.quota({ fraction: 1 }), Policy.timeout("1 minute"))

const playing = (
  layer: Layer.Layer<OpenInterestSource.OpenInterestSource, never, HttpClient.HttpClient>,
  ...bodies: ReadonlyArray<Record<string, string>>
) => {
  const all = Object.entries(Object.assign({}, ...bodies) as Record<string, string>)
  const playback = Playback.make(Object.fromEntries(all.map(([path, body]) => [path, { body }])))
  return Layer.provide(layer, Layer.succeed(HttpClient.HttpClient, Playback.client(playback)))
}

const now = DateTime.unsafeMake("2026-10-06T12:02:00Z")

const historyRow = (time: string, contracts: string, coins: string) => ({
  pair: "BTCUSD",
  contractType: "PERPETUAL",
  sumOpenInterest: contracts,
  sumOpenInterestValue: coins,
  timestamp: Date.parse(`2026-10-06T${time}:00Z`)
})

const answer = (data: unknown) => JSON.stringify({ code: "00000", requestTime: 1_791_288_300_000, data })

const cases = {
  binance: {
    layer: BinanceCoinM.layer({ policy }),
    reads: ["BTCUSD_PERP", "BTC/USD:BTC", "ETHUSD_PERP"].map(valuation),
    bodies: {
      "/dapi/v1/exchangeInfo": recorded("binance-dapi-exchangeInfo.json"),
      "/dapi/v1/openInterest": recorded("binance-dapi-openInterest.perp-2026-10-06.json"),
      "/dapi/v1/premiumIndex": recorded("binance-dapi-premiumIndex.2026-09-24.json")
    }
  },
  "the history of binance": {
    layer: BinanceCoinM.layer({ policy }),
    reads: [
      history({ symbol: "BTCUSD_PERP", period: "5m", since: DateTime.unsafeMake("2026-10-06T11:45:00Z"), until: now })
    ],
    bodies: {
      "/dapi/v1/exchangeInfo": recorded("binance-dapi-exchangeInfo.json"),
      "/futures/data/openInterestHist": JSON.stringify([
        historyRow("11:50", "2909783", "3377.42432722"),
        historyRow("11:55", "2909790.5", "3377.5"),
        historyRow("12:00", "2910000", "3378.25")
      ])
    }
  },
  bitget: {
    layer: BitgetMix.layer({ policy, productTypes: ["COIN-FUTURES"] }),
    reads: ["BTCUSD", "BTC/USD:BTC", "BTCUSDU26"].map(valuation),
    bodies: {
      "/api/v2/mix/market/contracts": recorded("bitget-v2-contracts.coin-futures-2026-07-03.trimmed.json"),
      "/api/v2/mix/market/open-interest": recorded("bitget-v2-open-interest.doc.json").replace("BTCUSDT", "BTCUSD"),
      "/api/v2/mix/market/tickers": recorded("bitget-v2-tickers.coin-futures.doc.json")
    }
  },
  "API v3 of bitget": {
    layer: BitgetMix.layer({ policy, productTypes: ["UTA-COIN-FUTURES"] }),
    reads: ["BTCUSD_CM", "BTC/USD:BTC"].map(valuation),
    bodies: {
      "/api/v3/market/instruments": answer([
        {
          symbol: "BTCUSD_CM",
          baseCoin: "BTC",
          quoteCoin: "USD",
          type: "perpetual",
          status: "online",
          symbolType: "crypto",
          isRwa: "NO",
          launchTime: null,
          deliveryTime: ""
        }
      ]),
      "/api/v3/market/open-interest": answer({
        list: [{ symbol: "BTCUSD_CM", openInterest: "12.5" }],
        ts: "1791288300000"
      }),
      "/api/v3/market/tickers": answer([{ symbol: "BTCUSD_CM", markPrice: "71000.5" }])
    }
  },
  bybit: {
    layer: BybitV5.layer({ policy }),
    reads: ["BTCUSDT", "BTC/USDT:USDT", "BTCUSD"].map(valuation),
    bodies: {
      "/v5/market/instruments-info": recorded("bybit-instruments-info.linear.doc.json"),
      // With a figure of one side, which was added later; where that is empty, the other one stands in for it.
      "/v5/market/tickers": recorded("bybit-tickers.inverse.doc.json")
        .replace('"inverse"', '"linear"')
        .replace('"BTCUSD"', '"BTCUSDT"')
        .replace('"openInterest"', '"singleOpenInterest": "373504107", "openInterest"')
    }
  }
}

describe("a body that is hostile anywhere gives the figure that it holds or a typed error in a bounded line, never a defect:", () => {
  for (const [name, { bodies, layer, reads }] of Object.entries(cases)) {
    const readAll = (changes: Record<string, string>) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now.epochMillis)
        const source = yield* OpenInterestSource.OpenInterestSource
        return yield* Effect.forEach(reads, (read) => Effect.either(read(source)))
      }).pipe(Effect.provide(playing(layer, bodies, changes)))

    const held = Effect.runSync(
      Effect.cached(Effect.map(readAll({}), Array.map(Either.getOrElse((): ReadonlyArray<string> => []))))
    )

    for (const [path, body] of Object.entries(bodies)) {
      it.effect.prop(
        `${name}, ${path}`,
        [mutated(body)],
        ([changed]) =>
          Effect.gen(function* () {
            const known = yield* held
            assert.isNotEmpty(known[0])
            for (const [index, result] of (yield* readAll({ [path]: changed.body })).entries()) {
              if (Either.isRight(result)) {
                // Nothing is made up: neither rounded nor put together, nor 0 for what is missing, nor another contract's.
                for (const figure of result.right) {
                  assert.isTrue(known[index]?.includes(figure) || figure === changed.by)
                }
              } else {
                assert.isBelow(result.left.message.length, 1000)
                assert.notMatch(result.left.message, /\p{Cc}/u)
              }
            }
          }),
        { fastCheck: { numRuns: 60 } }
      )
    }
  }
})
