import { assert, describe, it } from "@effect/vitest"
import { type Column, figures, grouped, table } from "../src/render/table.ts"

interface Row {
  readonly name: string
  readonly figure: string
}

const columns: ReadonlyArray<Column<Row>> = [
  { title: "NAME", cell: ({ name }) => name },
  { title: "FIGURE", align: "right", cell: ({ figure }) => figure },
  { title: "NOTE", cell: () => "x" }
]

describe("a table", () => {
  it("is aligned by the width that characters have on a terminal", () => {
    const rows = [
      { name: "BTCUSDT", figure: "1" },
      { name: "龙虾USDT", figure: "1,000" }
    ]
    assert.deepStrictEqual(table(rows, columns).split("\n"), [
      "NAME      FIGURE  NOTE",
      "BTCUSDT        1  x",
      "龙虾USDT   1,000  x",
      ""
    ])
  })

  it("has one line per record, whatever is in it", () => {
    const printed = table([{ name: "A\u001b[2J\u202EB\r\nC", figure: "1" }], columns)
    assert.strictEqual(printed, "NAME        FIGURE  NOTE\nA\uFFFD[2J\uFFFDB\uFFFD\uFFFDC       1  x\n")
  })
})

describe("figures in a table", () => {
  const column = figures<readonly [digits: string | null, unit: string]>(
    "SIZE",
    ([digits]) => digits,
    ([, unit]) => unit
  )
  const printed = (...rows: ReadonlyArray<readonly [string | null, string]>) => table(rows, [column]).split("\n")

  it("are aligned by their point", () => {
    assert.deepStrictEqual(printed(["1234.5", ""], ["-7", ""], ["0.123", ""], [null, ""]), [
      "     SIZE",
      "1,234.5",
      "   -7",
      "    0.123",
      "    –",
      ""
    ])
  })

  it("have their unit in the title where all have the same, whatever is unknown", () => {
    assert.deepStrictEqual(printed(["1234", "BTC"], [null, "ETH"], ["5.5", "BTC"]), [
      "SIZE (BTC)",
      "   1,234",
      "       –",
      "       5.5",
      ""
    ])
    assert.deepStrictEqual(printed(["1234", "size"]), [" SIZE", "1,234", ""])
    assert.deepStrictEqual(printed([null, "BTC"]), ["SIZE", "   –", ""])
    assert.strictEqual(printed(["1", "\u001b[2J"])[0], "SIZE (\uFFFD[2J)")
  })

  it("have each its own unit where there are several", () => {
    assert.deepStrictEqual(printed(["1234", "BTC"], [null, "ETH"], ["5.5", "USDT"], ["1", "A\u202E"]), [
      "        SIZE",
      "1,234   BTC",
      "    –",
      "    5.5 USDT",
      "    1   A\uFFFD",
      ""
    ])
  })

  it("are plain digits where that is asked for", () => {
    assert.strictEqual(table([["1234567.5", "BTC"] as const], [column], { raw: true }), "SIZE (BTC)\n 1234567.5\n")
  })
})

describe("grouped digits", () => {
  it("leave the decimals as they are", () => {
    assert.deepStrictEqual(["0", "999", "1000", "1266820800", "46975.254000000053", "-1234.5"].map(grouped), [
      "0",
      "999",
      "1,000",
      "1,266,820,800",
      "46,975.254000000053",
      "-1,234.5"
    ])
  })
})
