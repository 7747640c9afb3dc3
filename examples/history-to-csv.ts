// A week of hourly history as CSV on standard output, and what is missing of it on standard error.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { BinanceCoinM } from "@open-interest/binance"
import { OpenInterestRecord, OpenInterestSource } from "@open-interest/core"
import { Console, DateTime, Effect, Layer, Schema, Stream } from "effect"

const encode = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)

const program = Effect.gen(function* () {
  const source = yield* OpenInterestSource.OpenInterestSource
  const since = DateTime.subtract(yield* DateTime.now, { weeks: 1 })
  yield* Console.log("time,contracts,coins,dollars")
  yield* source.history({ symbol: "BTCUSD_PERP", period: "1h", since }).pipe(
    Stream.runForEach((element) => {
      if (element._tag === "HistoryNotice") return Console.error(element.message)
      const { base, contracts, quote, timestamp } = encode(OpenInterestRecord.fromHistoryPoint(element))
      return Console.log([timestamp, contracts, base, quote].join(","))
    })
  )
})

program.pipe(Effect.provide(Layer.provide(BinanceCoinM.layerConfig(), NodeHttpClient.layer)), NodeRuntime.runMain)
