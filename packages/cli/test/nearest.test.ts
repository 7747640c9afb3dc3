import { assert, describe, it } from "@effect/vitest"
import { nearest } from "../src/nearest.ts"

const commands = ["get", "snapshot", "total", "history", "instruments", "policy"]
const formats = ["table", "json", "ndjson", "csv"]

describe("the nearest word", () => {
  for (const [mistyped, known, expected] of [
    ["gett", commands, "get"],
    ["snapshto", commands, "snapshot"],
    ["hist", commands, "history"],
    ["Total", commands, "total"],
    ["tabel", formats, "table"],
    ["nd", formats, "ndjson"],
    ["JSON", formats, "json"],
    ["frmat", ["simulated", "format"], "format"],
    ["binanec", ["binance", "bitget"], "binance"],
    ["xml", formats, undefined],
    ["kraken", ["binance", "bitget"], undefined],
    ["3h", ["5m", "1h", "2h"], undefined],
    ["", formats, undefined],
    ["t", formats, undefined],
    ["watchman", commands, undefined],
    [`get${"t".repeat(62)}`, commands, undefined],
    ["table".padEnd(64, "e"), formats, undefined]
  ] as const) {
    it(`to ${mistyped.slice(0, 20)} is ${expected ?? "none"}`, () => {
      assert.strictEqual(nearest(mistyped, known), expected)
    })
  }

  it("is the one that is fewest letters off", () => {
    assert.strictEqual(nearest("quota", ["quoted", "quote"]), "quote")
    assert.strictEqual(nearest("quota", ["quote", "quoted"]), "quote")
  })
})
