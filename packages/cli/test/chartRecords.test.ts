import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Records from "../src/chart/records.ts"
import { begin, record } from "./chartSupport.ts"

describe("records on standard input", () => {
  it.effect("are the lines that are records, with the others named by their number and what is wrong", () =>
    Effect.gen(function* () {
      const good = JSON.stringify(record({ time: begin }))
      const lines = [
        good,
        "",
        "exchange,symbol",
        JSON.stringify({ ...record({ time: begin }), contracts: 5 }),
        JSON.stringify({ ...record({ time: begin }), contracts: "1e5" }),
        JSON.stringify({ ...record({ time: begin }), timestamp: "soon" }),
        JSON.stringify({ ...record({ time: begin }), unit: "x".repeat(1000) }),
        "[]",
        "{",
        `  ${JSON.stringify({ more: 1, ...record({ time: begin }) })}\r`
      ]
      const { badLines, records } = yield* Records.fromLines(Stream.fromIterable(lines))
      assert.deepStrictEqual(
        records.map(({ timestamp }) => timestamp.epochMillis),
        [begin, begin]
      )
      assert.deepStrictEqual(
        badLines.map(({ line }) => line),
        [3, 4, 5, 6, 7, 8, 9]
      )
      const [csv, number, exponent, time, unit] = badLines.map(({ problem }) => problem)
      assert.strictEqual(csv, "expected a record as JSON, got exchange,symbol")
      assert.strictEqual(number, "contracts: Expected string, actual 5")
      assert.strictEqual(exponent, 'contracts: expected a decimal number, got "1e5"')
      assert.match(time ?? "", /^timestamp: .*"soon"/)
      assert.match(unit ?? "", /^unit: .{190,196}…$/)
    })
  )
})
