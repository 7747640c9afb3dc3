import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import * as Settings from "@open-interest/core/Settings"
import * as Target from "@open-interest/core/Target"
import * as Playback from "@open-interest/simulator/Playback"
import list from "big-list-of-naughty-strings/blns.json" with { type: "json" }
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { naughty } from "./support.ts"

const strings = [...new Set([...list, ...Object.values(naughty)])]

const contracts = "/api/v2/mix/market/contracts"
const openInterest = "/api/v2/mix/market/open-interest"

const answer = (data: unknown) => ({ body: JSON.stringify({ code: "00000", data }) })

/** An exchange that lists these symbols, and has a figure for each that it is asked for. */
const exchange = (symbols: ReadonlyArray<string>) => {
  const rows = symbols.map((symbol) => ({
    symbol,
    baseCoin: "BTC",
    quoteCoin: "USDT",
    symbolType: "perpetual",
    symbolStatus: "normal",
    isRwa: "NO"
  }))
  const playback = Playback.make({
    [contracts]: answer(rows),
    [openInterest]: (url) => {
      const symbol = url.searchParams.get("symbol")
      return answer({ openInterestList: [{ symbol, size: "42" }], ts: "1695796781616" })
    }
  })
  const layer = Layer.provide(
    BitgetMix.layer({
      policy: Policy.make(Policy.timeout("1 minute"), Policy.quota({ fraction: 1 }), Policy.timeout("1 minute")),
      productTypes: ["USDT-FUTURES"]
    }),
    Layer.succeed(HttpClient.HttpClient, Playback.client(playback))
  )
  return { playback, layer }
}

describe("a naughty string", () => {
  it("as a target is an exchange and a symbol to the character, or nothing", () => {
    for (const text of strings) {
      const target = Target.parse(text)
      if (Option.isSome(target)) assert.strictEqual(String(target.value), text)
      else assert.notMatch(text, /^[^:]+:[^]/)
    }
  })

  it.effect("as a symbol that is not listed is unknown, and no request carries it", () => {
    const { layer, playback } = exchange(["BTCUSDT"])
    return Effect.gen(function* () {
      const source = yield* OpenInterestSource.OpenInterestSource
      for (const symbol of strings) {
        const error = yield* Effect.flip(source.openInterest(symbol))
        assert.strictEqual(error._tag, "UnknownSymbol", symbol)
        assert.isBelow(error.message.length, 1000)
        assert.notMatch(error.message, /[\p{Cc}\p{Cf}]/u)
      }
      assert.isTrue(playback.received.every(({ path }) => path.startsWith(`${contracts}?`)))
    }).pipe(Effect.provide(layer))
  })

  it.effect("as a symbol that is listed is asked for as it is, and its figure is its own", () => {
    const listed = strings.filter((symbol) => symbol !== "")
    const { layer, playback } = exchange(listed)
    return Effect.gen(function* () {
      const source = yield* OpenInterestSource.OpenInterestSource
      for (const symbol of listed) {
        const result = yield* Effect.either(source.openInterest(symbol))
        // Twenty requests per second are what Bitget allows.
        yield* TestClock.adjust("50 millis")
        if (Either.isRight(result)) {
          assert.strictEqual(result.right.instrument.symbol, symbol)
          assert.strictEqual(Decimal.format(result.right.amount), "42")
          const { searchParams } = new URL(playback.received.at(-1)?.path ?? "", "http://127.0.0.1")
          assert.strictEqual(searchParams.get("symbol"), symbol)
        } else {
          // Half of a pair can't be part of a URL, so the answer is for another symbol.
          assert.strictEqual(result.left._tag, "UnexpectedResponse")
          assert.match(symbol, /\p{Cs}/u)
        }
      }
    }).pipe(Effect.provide(layer))
  })

  for (const { config, settings } of [BinanceCoinM, BitgetMix]) {
    it.effect.prop(
      `as a setting under ${settings.prefix} is a value or an error that names the key, never a defect`,
      [fc.constantFrom(...settings.known), fc.oneof(fc.constantFrom(...strings), fc.string(), fc.json())],
      ([key, text]) =>
        Effect.gen(function* () {
          const map = new Map([[`${settings.prefix}_${key}`, text]])
          const result = yield* Effect.either(
            Effect.withConfigProvider(
              Settings.load<unknown>(config, settings),
              ConfigProvider.fromMap(map, { pathDelim: "_" })
            )
          )
          if (Either.isLeft(result)) assert.include(String(result.left), key.split("_")[0] as string)
        }),
      { fastCheck: { numRuns: 500 } }
    )
  }
})
