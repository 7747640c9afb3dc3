// The open interest in bitcoin across exchanges: coins and money, each exchange's share, and what is not in the sum.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { BinanceCoinM } from "@open-interest/binance"
import { BitgetMix } from "@open-interest/bitget"
import { Decimal, OpenInterestSources, Quantity, Readings, Total } from "@open-interest/core"
import { Array, Console, DateTime, Effect, Either, Layer, Option } from "effect"

const sources = OpenInterestSources.layer({
  binance: BinanceCoinM.layerConfig(),
  bitget: BitgetMix.layerConfig()
})

const percent = Option.match({ onNone: () => "–", onSome: Decimal.format })

const program = Effect.gen(function* () {
  const { snapshots } = yield* OpenInterestSources.OpenInterestSources
  const [failedExchanges, markets] = Array.partitionMap(yield* snapshots({ base: ["BTC"] }), ({ of, result }) =>
    Either.mapLeft(result, (error) => ({ exchange: of, error }))
  )
  const { failures, valuations } = Readings.combine(markets)
  const total = Total.make({ valuations, failures, failedExchanges, now: yield* DateTime.now, by: "exchange" })
  for (const { coin, money, parts } of total.groups) {
    if (Option.isSome(coin)) yield* Console.log(`all: ${Quantity.format(coin.value.total)}`)
    for (const sum of money) yield* Console.log(`all: ${Quantity.format(sum.total)}`)
    for (const part of parts) {
      const share = Option.flatMap(part.coin, (sum) => sum.share)
      yield* Console.log(`${part.name}: ${part.contracts} contracts, ${percent(share)} %`)
    }
  }
  for (const { message } of [...total.assumptions, ...total.doubts]) yield* Console.log(`note: ${message}`)
  for (const { message } of total.leftOut) yield* Console.log(`note: ${message}`)
  for (const { error, name } of total.failures) yield* Console.error(`${name}: ${error.message}`)
  for (const { error, exchange } of total.failedExchanges) yield* Console.error(`${exchange}: ${error.message}`)
})

program.pipe(Effect.provide(Layer.provide(sources, NodeHttpClient.layer)), NodeRuntime.runMain)
