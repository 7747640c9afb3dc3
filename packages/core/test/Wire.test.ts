import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Decimal from "../src/Decimal.ts"
import * as Wire from "../src/Wire.ts"
import { getLeft, getRight, thorough } from "./support.ts"

const earliest = Date.UTC(2010, 0, 1)
const latest = Date.UTC(2110, 0, 1)

const millis = Schema.decodeUnknownEither(Wire.Millis)
const millisText = Schema.decodeUnknownEither(Wire.MillisText)

describe("a time in milliseconds", () => {
  it("is a number, or digits as text", () => {
    assert.strictEqual(DateTime.formatIso(getRight(millis(1_791_288_303_512))), "2026-10-06T12:05:03.512Z")
    assert.strictEqual(DateTime.formatIso(getRight(millisText("1791288303512"))), "2026-10-06T12:05:03.512Z")
  })

  it("lies between 2010 and 2110, both ends included", () => {
    for (const n of [earliest, latest]) {
      assert.isTrue(Either.isRight(millis(n)))
      assert.isTrue(Either.isRight(millisText(String(n))))
    }
    for (const n of [earliest - 1, latest + 1]) {
      assert.include(String(getLeft(millis(n))), `expected a time in milliseconds between 2010 and 2110, got ${n}`)
      assert.include(String(getLeft(millisText(String(n)))), "between 2010 and 2110")
    }
  })

  it("is not zero, seconds, microseconds, a fraction, or the other type", () => {
    const seconds = 1_791_288_303
    for (const n of [0, -1, seconds, seconds * 1_000_000, 1_791_288_303_512.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.isTrue(Either.isLeft(millis(n)), `accepted ${n}`)
    }
    for (const body of ["1791288303512", null, undefined, {}]) assert.isTrue(Either.isLeft(millis(body)))
    for (const text of [
      "",
      "0",
      `${seconds}`,
      `${seconds}000000`,
      "1791288303512.0",
      "-1791288303512",
      "1.7e12",
      " 1791288303512",
      "N/A"
    ]) {
      assert.isTrue(Either.isLeft(millisText(text)), `accepted ${JSON.stringify(text)}`)
    }
    for (const body of [1_791_288_303_512, null]) assert.isTrue(Either.isLeft(millisText(body)))
  })

  it.prop(
    "is written as it was read",
    [fc.integer({ min: earliest, max: latest })],
    ([n]) => {
      assert.strictEqual(Schema.encodeSync(Wire.Millis)(getRight(millis(n))), n)
      assert.strictEqual(Schema.encodeSync(Wire.MillisText)(getRight(millisText(String(n)))), String(n))
    },
    thorough
  )
})

const Row = Schema.Struct({ symbol: Schema.String, size: Decimal.NonNegative })
const amount = (row: Either.Either<typeof Row.Type, Wire.Mismatch>) =>
  Either.match(row, { onLeft: ({ detail, path }) => `${path}: ${detail}`, onRight: ({ size }) => Decimal.format(size) })

describe("a body", () => {
  const Body = Schema.Struct({ data: Schema.Struct({ list: Schema.Array(Row) }) })
  const decode = Wire.decode(Body)

  it("is decoded, whatever other fields it has", () => {
    const body = { code: "00000", data: { list: [{ symbol: "BTCUSDT", size: "1.50", amount: "x" }], more: 1 } }
    assert.strictEqual(amount(Either.map(decode(body), ({ data }) => data.list[0] ?? assert.fail())), "1.5")
  })

  const mismatches: ReadonlyArray<readonly [unknown, string, RegExp]> = [
    [{ data: { list: [{ symbol: "A", size: "1" }, { symbol: "B" }] } }, "data.list[1].size", /^is missing$/],
    [{ data: { list: [{ symbol: "A", size: "" }] } }, "data.list[0].size", /expected a decimal number, got ""/],
    [{ data: { list: [{ symbol: "A", size: "-1" }] } }, "data.list[0].size", /not negative, got -1/],
    [{ data: { list: [{ symbol: "A", size: 1 }] } }, "data.list[0].size", /expected string, actual 1/i],
    [{ data: { list: {} } }, "data.list", /expected/i],
    [{ data: null }, "data", /expected/i],
    [{}, "data", /^is missing$/],
    [[], "", /expected/i],
    [null, "", /expected/i]
  ]
  for (const [body, path, detail] of mismatches) {
    it(`like ${JSON.stringify(body)} is a mismatch at ${JSON.stringify(path)}`, () => {
      const mismatch = getLeft(decode(body))
      assert.strictEqual(mismatch.path, path)
      assert.match(mismatch.detail, detail)
    })
  }

  it("is shown at an index of an array within an array too", () => {
    const candles = Schema.Array(Schema.Tuple(Wire.MillisText, Decimal.Decimal))
    assert.strictEqual(getLeft(Wire.decode(candles)([["1791288303512", "1e5"]])).path, "[0][1]")
  })

  it("is a mismatch where it is nested beyond what can be printed, also where it may be of several kinds", () => {
    const deep: unknown = JSON.parse("[".repeat(20_000) + "]".repeat(20_000))
    for (const kind of [
      Schema.String,
      Schema.NullOr(Schema.String),
      Schema.Union(Decimal.NonNegative, Schema.Literal(""))
    ]) {
      const mismatch = getLeft(Wire.decode(Schema.Struct({ figure: kind }))({ figure: deep }))
      assert.strictEqual(mismatch.detail, "nested too deeply")
    }
  })
})

describe("the rows of a list", () => {
  const rows = [
    { symbol: "BTCUSDT", size: "1" },
    { symbol: "ETHUSDT", size: "N/A" },
    { size: "3" },
    null,
    { symbol: 7, size: "4" },
    { symbol: "XRPUSDT", size: "5.0" }
  ]

  it("are decoded one by one: a strange row costs only itself and is named where it can be", () => {
    const decoded = Wire.decodeRows(Row, "data")(rows)
    assert.deepStrictEqual(
      decoded.map(({ symbol }) => symbol),
      ["BTCUSDT", "ETHUSDT", undefined, undefined, undefined, "XRPUSDT"]
    )
    const lines = decoded.map(({ row }) => amount(row))
    assert.strictEqual(lines[0], "1")
    assert.match(lines[1] ?? "", /^data\[1\]\.size: expected a decimal number, got "N\/A"/)
    assert.strictEqual(lines[2], "data[2].symbol: is missing")
    assert.match(lines[3] ?? "", /^data\[3\]: expected/i)
    assert.match(lines[4] ?? "", /^data\[4\]\.symbol: expected string/i)
    assert.strictEqual(lines[5], "5")
  })

  it("may be arrays, and none", () => {
    const pairs = Wire.decodeRows(Schema.Tuple(Schema.String, Decimal.Decimal), "data")
    const [row] = pairs([["BTCUSDT", ""]])
    assert.strictEqual(getLeft(row?.row ?? assert.fail()).path, "data[0][1]")
    assert.deepStrictEqual(pairs([]), [])
  })
})

describe("the row of a symbol", () => {
  const find = (rows: ReadonlyArray<unknown>, symbol: string) => amount(Wire.decodeRowOf(Row, "data")(rows)(symbol))
  const btc = { symbol: "BTCUSDT", size: "1" }
  const eth = { symbol: "ETHUSDT", size: "2" }

  it("is found wherever it stands, whatever the other rows are", () => {
    assert.strictEqual(find([btc], "BTCUSDT"), "1")
    assert.strictEqual(find([null, { symbol: "X" }, eth, btc], "BTCUSDT"), "1")
  })

  it("is a mismatch when it is not there, and the one that is there instead is named", () => {
    assert.strictEqual(find([], "BTCUSDT"), "data: the list is empty")
    assert.strictEqual(find([eth], "BTCUSDT"), "data: no row for BTCUSDT, but one for ETHUSDT")
    assert.strictEqual(find([{ size: "2" }], "BTCUSDT"), "data: no row for BTCUSDT, but one for no symbol")
    assert.strictEqual(find([eth, eth], "BTCUSDT"), "data: no row for BTCUSDT")
    assert.strictEqual(
      find([{ symbol: "btcusdt", size: "1" }], "BTCUSDT"),
      "data: no row for BTCUSDT, but one for btcusdt"
    )
  })

  it("is a mismatch when there are several, even equal ones", () => {
    assert.strictEqual(find([btc, eth, btc], "BTCUSDT"), "data: several rows for BTCUSDT")
  })

  it("is a mismatch at its place when it can't be read", () => {
    assert.match(find([eth, { symbol: "BTCUSDT", size: "" }], "BTCUSDT"), /^data\[1\]\.size: expected a decimal number/)
  })
})
