import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Exchange from "../src/Exchange.ts"
import * as Instrument from "../src/Instrument.ts"
import * as Listing from "../src/Listing.ts"
import { UnexpectedResponse } from "../src/SourceError.ts"
import { time } from "./support.ts"

const exchange = Exchange.make("bitget")

describe("a list from rows", () => {
  it("keeps the rows that can be read and says of the others where and why", () => {
    const toInstruments = Listing.fromRows({
      product: "USDT-FUTURES",
      schema: Schema.Struct({ symbol: Schema.String, base: Schema.NonEmptyString }),
      path: "data",
      toInstrument: ({ base, symbol }) =>
        Instrument.make({
          exchange,
          symbol,
          base,
          quote: "USDT",
          settle: "USDT",
          contractSize: { amount: 1n, unit: "base" }
        })
    })
    const unexpected = ({ detail, path }: { readonly path: string; readonly detail: string }) =>
      new UnexpectedResponse({ exchange, request: "GET /contracts", status: 200, path, detail, excerpt: "" })
    const answer = { value: undefined, receivedAt: time("2026-10-06T12:05:03Z"), unexpected }
    const rows = [{ symbol: "BTCUSDT", base: "BTC" }, { symbol: "ETHUSDT" }, 7, { symbol: "XRPUSDT", base: "XRP" }]
    const { failures, listed } = toInstruments(answer, rows)
    assert.deepStrictEqual(
      listed.map(({ symbol }) => symbol),
      ["BTCUSDT", "XRPUSDT"]
    )
    assert.deepStrictEqual(
      failures.map(({ error, missing, product, symbol }) => [product, missing, symbol, error._tag]),
      [
        ["USDT-FUTURES", "row", "ETHUSDT", "UnexpectedResponse"],
        ["USDT-FUTURES", "row", undefined, "UnexpectedResponse"]
      ]
    )
    assert.include(failures[0]?.error.message, "data[1].base: is missing")
    assert.include(failures[1]?.error.message, "data[2]: ")
  })
})
