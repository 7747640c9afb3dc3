import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { type Remark, together } from "../src/report.ts"

const remark = (symbol: string, text: string, exchange = "binance"): Remark => ({ exchange, symbol, text })

describe("remarks about contracts", () => {
  it("stand in a line each where up to three say the same", () => {
    assert.deepStrictEqual(together([remark("A", "down"), remark("B", "down"), remark("C D", "down")]), [
      "binance:A: down",
      "binance:B: down",
      '"binance:C D": down'
    ])
  })

  it("share a line where more say the same but for the symbol and the time, with the latest time", () => {
    const remarks = ["B9", "A9", "C9", "D9"].map((symbol, index) =>
      remark(symbol, `${symbol} is out until 2026-10-06T12:00:0${(index + 2) % 4}.000Z; wait`)
    )
    assert.deepStrictEqual(together([...remarks, remark("B9", "is out", "bitget"), remark("E9", "is up")]), [
      "binance: 4 contracts (B9, A9, C9, …): <symbol> is out until 2026-10-06T12:00:03.000Z; wait",
      "bitget:B9: is out",
      "binance:E9: is up"
    ])
  })

  it("are all counted, whatever they are", () => {
    const any = fc.record({
      exchange: fc.constantFrom("binance", "bitget"),
      symbol: fc.stringMatching(/^[A-Z]{3}\d$/),
      text: fc.constantFrom("down", "not down", "until 2026-10-06T12:00:00Z", "until 2026-10-06T13:00:00.123Z")
    })
    fc.assert(
      fc.property(fc.array(any), (remarks) => {
        const counts = together(remarks).map((line) => Number(/^\w+: (\d+) contracts/.exec(line)?.[1] ?? 1))
        assert.strictEqual(
          counts.reduce((sum, count) => sum + count, 0),
          remarks.length
        )
        // Three texts of two exchanges, with at most three lines each.
        assert.isAtMost(counts.length, 18)
      })
    )
  })
})
