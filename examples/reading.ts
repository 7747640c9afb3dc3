// One reading in an Effect application: the figure as the exchange reports it, and the same position in dollars.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { BinanceCoinM } from "@open-interest/binance"
import { OpenInterest, OpenInterestSource, Quantity } from "@open-interest/core"
import { Console, Effect, Layer } from "effect"

const program = Effect.gen(function* () {
  const source = yield* OpenInterestSource.OpenInterestSource
  const reading = yield* source.openInterest("BTCUSD_PERP")
  yield* Console.log(`reported: ${Quantity.format(OpenInterest.quantity(reading))}`)
  // A contract is worth a fixed number of dollars here, so no price is needed.
  const notional = yield* OpenInterest.toQuote(reading)
  yield* Console.log(`notional: ${Quantity.format(notional)}`)
}).pipe(
  Effect.catchTags({
    UnknownSymbol: (error) => Console.error(`${error.message}; near: ${error.suggestions.join(", ")}`),
    NotConvertible: (error) => Console.error(error.message)
  })
)

program.pipe(Effect.provide(Layer.provide(BinanceCoinM.layerConfig(), NodeHttpClient.layer)), NodeRuntime.runMain)
