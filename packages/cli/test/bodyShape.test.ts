import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { recorded } from "./support.ts"

const policy = Policy.make(Policy.timeout("1 minute"), Policy.quota({ fraction: 1 }), Policy.timeout("1 minute"))

interface Case {
  readonly layer: Layer.Layer<OpenInterestSource.OpenInterestSource, never, HttpClient.HttpClient>
  readonly symbol: string
  readonly bodies: Readonly<Record<string, string>>
  /** Where the figure is, and how it begins. */
  readonly figure: { readonly path: string; readonly before: string }
}

const cases: Readonly<Record<string, Case>> = {
  binance: {
    layer: BinanceCoinM.layer({ policy }),
    symbol: "BTCUSD_PERP",
    bodies: {
      "/dapi/v1/exchangeInfo": recorded("binance-dapi-exchangeInfo.json"),
      "/dapi/v1/openInterest": recorded("binance-dapi-openInterest.perp-2026-10-06.json"),
      "/dapi/v1/premiumIndex": recorded("binance-dapi-premiumIndex.2026-09-24.json")
    },
    figure: { path: "/dapi/v1/openInterest", before: '"openInterest":' }
  },
  bitget: {
    layer: BitgetMix.layer({ policy, productTypes: ["COIN-FUTURES"] }),
    symbol: "BTCUSD",
    bodies: {
      "/api/v2/mix/market/contracts": recorded("bitget-v2-contracts.coin-futures-2026-07-03.trimmed.json"),
      "/api/v2/mix/market/open-interest": recorded("bitget-v2-open-interest.doc.json").replace("BTCUSDT", "BTCUSD"),
      "/api/v2/mix/market/tickers": recorded("bitget-v2-tickers.coin-futures.doc.json")
    },
    figure: { path: "/api/v2/mix/market/open-interest", before: '"size":' }
  }
}

/** What comes of bodies that are changed so. */
const read = ({ bodies, layer, symbol }: Case, change: (body: string, path: string) => string, of = symbol) => {
  const routes = Object.entries(bodies).map(([path, body]) => [path, { body: change(body, path) }])
  const client = Playback.client(Playback.make(Object.fromEntries(routes)))
  return Effect.flatMap(OpenInterestSource.OpenInterestSource, (source) => Effect.either(source.valuation(of))).pipe(
    Effect.provide(Layer.provide(layer, Layer.succeed(HttpClient.HttpClient, client)))
  )
}

const poison = '{"polluted":"yes","toString":"yes","symbol":"ETHUSD_PERP","openInterest":"1","size":"1"}'

for (const [exchange, example] of Object.entries(cases)) {
  describe(`what else a body of ${exchange} holds changes no figure:`, () => {
    it.effect("names that every object inherits, in every object of it, and no object has them afterwards", () =>
      Effect.gen(function* () {
        const names = Object.getOwnPropertyNames(Object.prototype)
        const clean = yield* read(example, (body) => body)
        assert.isTrue(Either.isRight(clean))
        const fields = `"__proto__":${poison},"constructor":{"prototype":${poison}},`
        const poisoned = yield* read(example, (body) => body.replaceAll(/\{(?=\s*")/g, `{${fields}`))
        assert.deepStrictEqual(poisoned, clean)
        assert.deepStrictEqual(Object.getOwnPropertyNames(Object.prototype), names)
        assert.isUndefined(Reflect.get({}, "polluted"))
      })
    )

    for (const name of ["__proto__", "constructor", "toString"]) {
      it.effect(`a contract called ${name} is read as any other`, () =>
        Effect.gen(function* () {
          const ordinary = Either.getOrThrow(yield* read(example, (body) => body))
          const renamed = (body: string) => body.replaceAll(`"${example.symbol}"`, `"${name}"`)
          const { openInterest } = Either.getOrThrow(yield* read(example, renamed, name))
          assert.strictEqual(openInterest.instrument.symbol, name)
          assert.deepStrictEqual(openInterest.amount, ordinary.openInterest.amount)
        })
      )
    }

    for (const [what, nest] of [
      ["lists", (depth: number) => "[".repeat(depth) + "]".repeat(depth)],
      ["objects", (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`]
    ] as const) {
      it.effect(`${what} in each other, however deep, in a field that nobody reads`, () =>
        Effect.gen(function* () {
          const clean = yield* read(example, (body) => body)
          const deep = yield* read(example, (body) => body.replace("{", `{"unread":${nest(100_000)},`))
          assert.deepStrictEqual(deep, clean)
        })
      )

      it.effect(`${what} in each other, however deep, in place of the figure are refused`, () =>
        Effect.gen(function* () {
          const { before, path } = example.figure
          const deep = yield* read(example, (body, of) =>
            of === path ? body.replace(new RegExp(`${before}"[^"]*"`), before + nest(100_000)) : body
          )
          const error = Either.getOrThrow(Either.flip(deep))
          assert.strictEqual(error._tag, "UnexpectedResponse")
          assert.match(error.message, /: nested too deeply$/)
        })
      )
    }
  })
}
