import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import stringWidth from "string-width"
import { csv } from "../src/render/csv.ts"
import { json, ndjson } from "../src/render/json.ts"
import * as Text from "../src/render/text.ts"
import { quoted } from "../src/report.ts"
import { harmful, naughty } from "./support.ts"

const any = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom(...Object.values(naughty)))

describe("text of an exchange", () => {
  for (const [name, text] of Object.entries(naughty)) {
    it(`with ${name} reaches no terminal as it is`, () => {
      assert.notMatch(Text.cell(text), harmful)
      assert.notMatch(Text.line(text), harmful)
      assert.notMatch(quoted(text), harmful)
      assert.notMatch(json([text]).replaceAll("\n", ""), harmful)
    })
  }

  it("shows in a cell that something is not shown", () => {
    assert.strictEqual(Text.cell("A\u001b[2J\u202EB\r\nC"), "A\uFFFD[2J\uFFFDB\uFFFD\uFFFDC")
    assert.strictEqual(Text.cell("\uD800BTC"), "\uFFFDBTC")
  })

  it("takes one line of a message, and leaves what is in it legible", () => {
    assert.strictEqual(Text.line("A\u001b\u009b\r\n\u2028B"), "A B")
    assert.strictEqual(Text.line("binance:龙虾USDT – “é” 👍"), "binance:龙虾USDT – “é” 👍")
  })

  it("keeps a few marks on a character, and no pile of them", () => {
    assert.strictEqual(Text.cell("e\u0301\u0323"), "e\u0301\u0323")
    assert.strictEqual(Text.line(`Z${"\u0301".repeat(500)}B`), `Z${"\u0301".repeat(4)}B`)
    assert.strictEqual(Text.cell(`Z${"\u0301".repeat(500)}B`), `Z${"\u0301".repeat(4)}B`)
  })

  it("is cut in a cell by its width, and in a message by its length", () => {
    assert.strictEqual(Text.cell("A".repeat(120)), "A".repeat(120))
    assert.strictEqual(Text.cell("A".repeat(121)), `${"A".repeat(119)}…`)
    assert.strictEqual(Text.cell("虾".repeat(61)), `${"虾".repeat(59)}…`)
    assert.strictEqual(Text.line("A".repeat(1_000_000)), `${"A".repeat(4000)}…`)
    assert.strictEqual(Text.line(`${"A".repeat(3999)}👍`), `${"A".repeat(3999)} …`)
  })

  it("is in quotes in a message where it would be hard to see", () => {
    assert.deepStrictEqual(["BTC", "A B", "", 'A"', "A\u202E", "A\u009b", "龙虾"].map(quoted), [
      "BTC",
      '"A B"',
      '""',
      '"A\\""',
      '"A\\u202e"',
      '"A\\u009b"',
      "龙虾"
    ])
  })

  it("never reaches a terminal, whatever it is", () => {
    fc.assert(
      fc.property(any, (text) => {
        assert.notMatch(Text.cell(text), harmful)
        assert.isAtMost(stringWidth(Text.cell(text)), 120)
        assert.notMatch(Text.line(text), harmful)
        assert.notMatch(ndjson([{ text }]).slice(0, -1), harmful)
      })
    )
  })
})

describe("JSON", () => {
  it("has the same value, whatever the text", () => {
    fc.assert(
      fc.property(any, (text) => {
        assert.deepStrictEqual(JSON.parse(json([{ text }])), [{ text }])
        assert.deepStrictEqual(JSON.parse(ndjson([{ text }])), { text })
      })
    )
  })

  it("escapes what it need not", () => {
    assert.strictEqual(ndjson(["\u009b\u202E\u{E0041}é龙"]), '"\\u009b\\u202e\\udb40\\udc41é龙"\n')
  })
})

/** What a reader of RFC 4180 finds in the cells of one line. */
const cells = (line: string): ReadonlyArray<string> =>
  Array.from(`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g), ([, inQuotes, bare]) =>
    inQuotes === undefined ? (bare ?? "") : inQuotes.replaceAll('""', '"')
  )

describe("CSV", () => {
  const written = (value: string | boolean | null) =>
    csv([{ field: value }], ["field"]).slice("field\r\n".length, -"\r\n".length)

  it("has an apostrophe before text that a spreadsheet would take for a formula", () => {
    assert.deepStrictEqual(
      [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "-",
        "+5",
        "-.5",
        "- 5",
        "＝1",
        "＋1",
        "－1",
        "＠A"
      ].map(written),
      [
        "'=cmd|' /C calc'!A0",
        "'+1+1",
        "'-1+1",
        "'@SUM(A1)",
        "'\t=1",
        '"\'\r=1"',
        '"\'\n=1"',
        "'-",
        "'+5",
        "'-.5",
        "'- 5",
        "'＝1",
        "'＋1",
        "'－1",
        "'＠A"
      ]
    )
  })

  it("leaves figures, other text, and what is unknown", () => {
    assert.deepStrictEqual(["-1234.5", "0", "12.50", "BTC-USD", "a=b", "", null, true].map(written), [
      "-1234.5",
      "0",
      "12.50",
      "BTC-USD",
      "a=b",
      "",
      "",
      "true"
    ])
  })

  it("gives back every text, apart from the apostrophe", () => {
    fc.assert(
      fc.property(any, fc.boolean(), (text, isFirst) => {
        const record = isFirst ? { a: text, b: "end" } : { a: "end", b: text }
        const [a, b] = cells(csv([record], ["a", "b"]).slice("a,b\r\n".length))
        const found = isFirst ? a : b
        assert.include([text, `'${text}`], found)
        assert.strictEqual(isFirst ? b : a, "end")
      })
    )
  })
})
