// Two exchanges side by side: every reading that arrives, and every failure beside it.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { BinanceCoinM } from "@open-interest/binance"
import { BitgetMix } from "@open-interest/bitget"
import { OpenInterestSources, Quantity, Target } from "@open-interest/core"
import { Console, Effect, Either, Layer } from "effect"

const sources = OpenInterestSources.layer({
  binance: BinanceCoinM.layerConfig(),
  bitget: BitgetMix.layerConfig()
})

const program = Effect.gen(function* () {
  const { valuations } = yield* OpenInterestSources.OpenInterestSources
  const targets = [
    Target.make("binance", "BTC/USD:BTC"),
    Target.make("bitget", "BTCUSDT"),
    Target.make("bitget", "NOPE")
  ]
  for (const { of, result } of yield* valuations(targets)) {
    const coins = Either.flatMap(result, (valuation) => valuation.base)
    yield* Console.log(`${of}: ${Either.match(coins, { onLeft: (error) => error.message, onRight: Quantity.format })}`)
  }
})

program.pipe(Effect.provide(Layer.provide(sources, NodeHttpClient.layer)), NodeRuntime.runMain)
