// The application with the real layers, over HTTP, in front of the simulated exchanges.
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { BinanceCoinM } from "@open-interest/binance"
import { BitgetMix } from "@open-interest/bitget"
import { BaseUrl, OpenInterestSources, Quantity, Target } from "@open-interest/core"
import { Simulator } from "@open-interest/simulator"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { notional } from "./notional.js"

const time = DateTime.unsafeMake("2026-10-11T12:00:00Z")

await Effect.gen(function* () {
  const simulator = yield* Simulator.Simulator
  const binance = BinanceCoinM.layer({ baseUrl: BaseUrl.make(simulator.binance.baseUrl) })
  const bitget = BitgetMix.layer({ baseUrl: BaseUrl.make(simulator.bitget.baseUrl) })
  yield* Console.log(yield* Effect.provide(notional("BTCUSD_PERP"), binance))

  const sources = OpenInterestSources.layer({ binance, bitget })
  const targets = [Target.make("binance", "BTCUSD_PERP"), Target.make("bitget", "BTC/USDT:USDT")]
  const readings = yield* Effect.provide(
    Effect.flatMap(OpenInterestSources.OpenInterestSources, ({ valuations }) => valuations(targets)),
    sources
  )
  for (const { of, result } of readings) {
    const base = Either.flatMap(result, (valuation) => valuation.base)
    yield* Console.log(`${of} ${Either.match(base, { onLeft: ({ message }) => message, onRight: Quantity.format })}`)
  }
}).pipe(Effect.provide([Simulator.layer({ seed: 7, time }), NodeHttpClient.layer]), Effect.runPromise)
