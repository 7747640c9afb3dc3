// The application with a mock layer in place of the exchange.
import { Instrument, OpenInterest, OpenInterestSource } from "@open-interest/core"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { notional } from "./notional.js"

const instrument = Instrument.make({
  exchange: "binance",
  symbol: "BTCUSD_PERP",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "100", unit: "quote" }
})
const reading = OpenInterest.make({
  instrument,
  amount: "12668208",
  unit: "contracts",
  timestamp: DateTime.unsafeMake("2026-10-06T12:00:00Z")
})

await notional("BTC/USD:BTC").pipe(
  Effect.flatMap(Console.log),
  Effect.provide(OpenInterestSource.layerReadings("binance", [reading])),
  Effect.runPromise
)
