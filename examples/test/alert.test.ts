import { assert, it } from "@effect/vitest"
import { Instrument, MarkPrice, OpenInterest, OpenInterestSource, Valuation } from "@open-interest/core"
import { DateTime, Effect, Either, Fiber, Stream, TestClock } from "effect"
import { alerts } from "../alert.ts"

const instrument = Instrument.make({
  exchange: "binance",
  symbol: "BTCUSD_PERP",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "100", unit: "quote" }
})

/** 1000 contracts, and 40 more from the tenth minute on; from the twentieth on 20 more. The price rises all the time. */
const source = OpenInterestSource.layerMock({
  exchange: instrument.exchange,
  readings: () =>
    Effect.map(DateTime.now, (timestamp) => {
      const minute = Math.floor(timestamp.epochMillis / 60_000)
      const amount = String(1000 + (minute >= 10 ? 40 : 0) + (minute >= 20 ? 20 : 0))
      const openInterest = OpenInterest.make({ instrument, amount, unit: "contracts", timestamp })
      const price = MarkPrice.make({ instrument, price: String(70_000 + minute), timestamp })
      return { valuations: [Valuation.make(openInterest, Either.right(price))], failures: [] }
    })
})

it.effect("alert.ts speaks up when two small rises within a quarter of an hour make a large one", () =>
  Effect.gen(function* () {
    const heard = yield* Effect.fork(Stream.runHead(alerts(["BTCUSD_PERP"])))
    yield* TestClock.adjust("19 minutes")
    assert.isNull(heard.unsafePoll())
    yield* TestClock.adjust("2 minutes")
    const line = yield* Effect.flatten(Fiber.join(heard))
    assert.match(line, /^BTCUSD_PERP: 6 % in 15 minutes: .*price/)
  }).pipe(Effect.provide(source))
)
