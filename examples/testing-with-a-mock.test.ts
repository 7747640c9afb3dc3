// A test of an application that reads open interest, with a mock layer and no network.
import { assert, it } from "@effect/vitest"
import { Instrument, OpenInterest, OpenInterestSource, SourceError } from "@open-interest/core"
import { BigDecimal, DateTime, Effect } from "effect"

/** The application: how much the open interest of a contract grew between two looks at it. */
const growth = (symbol: string) =>
  Effect.gen(function* () {
    const source = yield* OpenInterestSource.OpenInterestSource
    const before = yield* source.openInterest(symbol)
    const after = yield* source.openInterest(symbol).pipe(Effect.retry({ times: 1 }))
    return BigDecimal.subtract(after.amount, before.amount)
  })

const instrument = Instrument.make({
  exchange: "binance",
  symbol: "BTCUSD_PERP",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "100", unit: "quote" }
})
const reading = (amount: string) =>
  OpenInterest.make({ instrument, amount, unit: "contracts", timestamp: DateTime.unsafeMake("2026-10-06T12:00:00Z") })
const outage = new SourceError.Unavailable({ exchange: instrument.exchange, detail: "HTTP 503" })

it.effect("growth survives one outage", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* growth("BTC/USD:BTC"), BigDecimal.fromBigInt(40n))
  }).pipe(
    Effect.provide(
      OpenInterestSource.layerScript("binance", [{ instrument, outcomes: [reading("100"), outage, reading("140")] }])
    )
  )
)
