import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as BybitV5 from "@open-interest/bybit/BybitV5"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import type * as Valuation from "@open-interest/core/Valuation"
import * as Playback from "@open-interest/simulator/Playback"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
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

/** Figure and price, digit by digit, as far as they are there. */
const figures = ({ markPrice, openInterest }: Valuation.Valuation) => [
  Decimal.format(openInterest.amount),
  ...Option.match(Either.getRight(markPrice), { onNone: () => [], onSome: ({ price }) => [Decimal.format(price)] })
]

const policy = Policy.make(Policy.timeout("1 minute"), Policy.quota({ fraction: 1 }), Policy.timeout("1 minute"))

const playing = (
  layer: Layer.Layer<OpenInterestSource.OpenInterestSource, never, HttpClient.HttpClient>,
  ...bodies: ReadonlyArray<Record<string, string>>
) => {
  const all = Object.entries(Object.assign({}, ...bodies) as Record<string, string>)
  const playback = Playback.make(Object.fromEntries(all.map(([path, body]) => [path, { body }])))
  return Layer.provide(layer, Layer.succeed(HttpClient.HttpClient, Playback.client(playback)))
}

const cases = {
  binance: {
    layer: BinanceCoinM.layer({ policy }),
    symbols: ["BTCUSD_PERP", "BTC/USD:BTC", "ETHUSD_PERP"],
    bodies: {
      "/dapi/v1/exchangeInfo": recorded("binance-dapi-exchangeInfo.json"),
      "/dapi/v1/openInterest": recorded("binance-dapi-openInterest.perp-2026-10-06.json"),
      "/dapi/v1/premiumIndex": recorded("binance-dapi-premiumIndex.2026-09-24.json")
    }
  },
  bitget: {
    layer: BitgetMix.layer({ policy, productTypes: ["COIN-FUTURES"] }),
    symbols: ["BTCUSD", "BTC/USD:BTC", "BTCUSDU26"],
    bodies: {
      "/api/v2/mix/market/contracts": recorded("bitget-v2-contracts.coin-futures-2026-07-03.trimmed.json"),
      "/api/v2/mix/market/open-interest": recorded("bitget-v2-open-interest.doc.json").replace("BTCUSDT", "BTCUSD"),
      "/api/v2/mix/market/tickers": recorded("bitget-v2-tickers.coin-futures.doc.json")
    }
  },
  bybit: {
    layer: BybitV5.layer({ policy }),
    symbols: ["BTCUSDT", "BTC/USDT:USDT", "BTCUSD"],
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
  for (const [exchange, { bodies, layer, symbols }] of Object.entries(cases)) {
    const read = (changes: Record<string, string>) =>
      Effect.gen(function* () {
        const source = yield* OpenInterestSource.OpenInterestSource
        return yield* Effect.forEach(symbols, (symbol) => Effect.either(source.valuation(symbol)))
      }).pipe(Effect.provide(playing(layer, bodies, changes)))

    const held = Effect.runSync(
      Effect.cached(
        Effect.map(read({}), Array.map(Either.match({ onLeft: (): ReadonlyArray<string> => [], onRight: figures })))
      )
    )

    for (const [path, body] of Object.entries(bodies)) {
      it.effect.prop(
        `${exchange} ${path}`,
        [mutated(body)],
        ([changed]) =>
          Effect.gen(function* () {
            const known = yield* held
            for (const [index, result] of (yield* read({ [path]: changed.body })).entries()) {
              if (Either.isRight(result)) {
                // Nothing is made up: neither rounded nor put together, nor 0 for what is missing, nor another contract's.
                for (const figure of figures(result.right)) {
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
