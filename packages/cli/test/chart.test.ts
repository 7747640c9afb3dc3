import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import * as BigDecimal from "effect/BigDecimal"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"
import * as Chart from "../src/chart/chart.ts"
import * as FigureAxis from "../src/chart/figureAxis.ts"
import * as Series from "../src/chart/series.ts"
import * as Text from "../src/chart/text.ts"
import * as TimeAxis from "../src/chart/timeAxis.ts"
import { begin, chartOf, hour, record, seriesOf } from "./chartSupport.ts"

const style: Text.Style = { width: 48, height: 12, isAscii: false, isColoured: false }

const drawn = (chart: Chart.Chart, changes: Partial<Text.Style> = {}): ReadonlyArray<string> =>
  Text.text(chart, { ...style, ...changes }).split("\n")

const ramp = (contracts: ReadonlyArray<string | null>, markPrice: string | null = null) =>
  contracts.map((each, index) => record({ contracts: each, markPrice, time: begin + index * hour }))

/** Columns of the plot, in order, with the dots of each from the top. */
const dotsOf = (lines: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<number>> => {
  const rows = lines.flatMap((line) => /[│┤](.*?)(?:[│├].*)?$/u.exec(line)?.[1] ?? [])
  const width = Math.max(...rows.map((row) => row.length))
  return Array.from({ length: width * 2 }, (_, across) =>
    rows.flatMap((row, index) => {
      const bits = (row.codePointAt(Math.floor(across / 2)) ?? 0) - 0x2800
      const column = across % 2 === 0 ? [0x01, 0x02, 0x04, 0x40] : [0x08, 0x10, 0x20, 0x80]
      return bits < 0 || bits > 0xff ? [] : column.flatMap((bit, down) => (bits & bit ? [index * 4 + down] : []))
    })
  )
}

const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.integer({ min: 0, max: 18 }))
  .map(([value, scale]) => BigDecimal.make(value, scale))

const decimals = fc.array(decimal, { minLength: 1, maxLength: 20 }) as fc.Arbitrary<
  [BigDecimal.BigDecimal, ...Array<BigDecimal.BigDecimal>]
>

const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2100, 0, 1) })

const times = (series: Series.Series | undefined, figure: "amount" | "price" = "amount") =>
  (series === undefined ? [] : Series.lines(series, figure)).map((line) =>
    line.map(({ time }) => (time - begin) / hour)
  )

describe("a series", () => {
  it("ends a line where a figure is unknown and where a row of history is missing", () => {
    const at = [0, 1, 2, 3, 5, 6]
    const rows = at.map((each) =>
      record({ time: begin + each * hour, contracts: each === 1 ? null : "5", timestampKind: "period" })
    )
    const [series] = seriesOf(rows)
    assert.deepStrictEqual(times(series), [[0], [2, 3], [5, 6]])
    const [sparse] = seriesOf(rows.slice(3, 5), { period: hour })
    assert.deepStrictEqual(times(sparse), [[3], [5]])
  })

  it("joins readings that come now and then, but none across a long silence", () => {
    const at = [0, 1, 2.5, 3, 6, 9.5, 10]
    const [series] = seriesOf(at.map((each) => record({ time: begin + each * hour })))
    assert.deepStrictEqual(times(series), [[0, 1, 2.5, 3, 6, 9.5, 10]])
    const [silent] = seriesOf([0, 1, 2, 3, 6.1].map((each) => record({ time: begin + each * hour })))
    assert.deepStrictEqual(times(silent), [[0, 1, 2, 3], [6.1]])
  })

  it("is in order of time, and takes the later of two records of one time", () => {
    const contracts = ["7", "5", "6"]
    const [series] = seriesOf(
      [2, 1, 2].map((each, index) => record({ time: begin + each * hour, contracts: contracts[index] ?? null }))
    )
    assert.deepStrictEqual(
      series?.rows.map(({ amount, time }) => [(time - begin) / hour, amount?.value]),
      [
        [1, 5n],
        [2, 6n]
      ]
    )
  })

  it("mixes neither contracts, nor units, nor history with readings", () => {
    const found = seriesOf([
      record({ time: begin }),
      record({ time: begin, timestampKind: "period" }),
      record({ time: begin, exchange: "bitget", unit: "base" }),
      record({ time: begin, unit: "base" }),
      record({ time: begin + hour })
    ])
    assert.deepStrictEqual(
      found.map(({ exchange, isHistory, rows, unit }) => [exchange, isHistory, unit, rows.length]),
      [
        ["binance", false, "contracts", 2],
        ["binance", true, "contracts", 1],
        ["bitget", false, "base", 1],
        ["binance", false, "base", 1]
      ]
    )
    assert.deepStrictEqual(
      seriesOf([record({ time: begin }), record({ time: begin + hour, unit: "base" })], { unit: "quote" }).map(
        ({ rows, unit }) => [unit, rows.map(({ amount }) => amount?.value)]
      ),
      [["quote", [290978300n, 290978300n]]]
    )
  })
})

describe("an axis of figures", () => {
  it("has round figures from the decimals themselves, with as many decimals each", () => {
    const labels = (...figures: ReadonlyArray<string>) => {
      const [first = "0", ...others] = figures
      const axis = FigureAxis.make([Decimal.unsafeFrom(first), ...others.map(Decimal.unsafeFrom)], 6)
      return [...axis.ticks.map(({ label }) => label), FigureAxis.multiplier(axis)]
    }
    assert.deepStrictEqual(labels("1", "2"), ["1.0", "1.2", "1.4", "1.6", "1.8", "2.0", ""])
    assert.deepStrictEqual(labels("2909783", "3100000"), [
      "2,900,000",
      "2,950,000",
      "3,000,000",
      "3,050,000",
      "3,100,000",
      ""
    ])
    // No number could tell these apart, and no label has room for the difference.
    assert.deepStrictEqual(labels("9007199254740992", "9007199254740993"), ["9.00719925474", "9.00719925476", "10^15 "])
    assert.deepStrictEqual(labels("1000000000000", "1400000000000"), ["1.0", "1.1", "1.2", "1.3", "1.4", "trillion "])
    assert.deepStrictEqual(labels("0.00000000001", "0.00000000003").slice(-2), ["30", "10^-12 "])
    assert.deepStrictEqual(labels("5"), ["4.5", "5.0", "5.5", ""])
    assert.deepStrictEqual(labels("0"), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", ""])
  })

  it("holds every figure, never one above a greater one, and no more ticks than asked for", () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 3, max: 40 }), (figures, most) => {
        const axis = FigureAxis.make(figures, most)
        assert.isAtLeast(axis.ticks.length, 2)
        assert.isAtMost(axis.ticks.length, most)
        assert.isTrue(axis.ticks.every(({ label }) => label.length <= FigureAxis.longestLabel))
        const inOrder = figures.toSorted(BigDecimal.Order).map((figure) => FigureAxis.position(axis, figure))
        assert.isTrue(inOrder.every((each, index) => each >= (inOrder[index - 1] ?? 0) && each <= 1))
        assert.strictEqual(FigureAxis.position(axis, axis.lowest), 0)
        assert.strictEqual(FigureAxis.position(axis, axis.highest), 1)
      })
    )
  })

  it("has labels that stand for their figures", () => {
    fc.assert(
      fc.property(decimals, (figures) => {
        const axis = FigureAxis.make(figures, 8)
        for (const { label, value } of axis.ticks) {
          const read = Decimal.unsafeFrom(label.replaceAll(",", ""))
          assert.isTrue(BigDecimal.equals(BigDecimal.make(read.value, read.scale - axis.power), value), label)
        }
      })
    )
  })
})

describe("an axis of times", () => {
  const texts = (first: string, last: string, length = 60) =>
    TimeAxis.labels(
      { first: Date.parse(first), last: Date.parse(last) },
      { length, gap: 2, widthOf: (text) => text.length }
    ).map(({ text }) => text)

  it("is written in round times of UTC, with the date where a day begins", () => {
    assert.deepStrictEqual(texts("2026-10-06T20:10Z", "2026-10-07T05:00Z", 65), [
      "21:00",
      "22:00",
      "23:00",
      "7 Oct",
      "01:00",
      "02:00",
      "03:00",
      "04:00"
    ])
    assert.deepStrictEqual(texts("2026-10-06T12:00:00Z", "2026-10-06T12:00:40Z", 40), [
      "12:00:00",
      "12:00:15",
      "12:00:30"
    ])
    assert.deepStrictEqual(texts("2026-10-06T12:00:00Z", "2026-10-06T12:00:01Z", 40), [
      "12:00:00.000",
      "12:00:00.500",
      "12:00:01.000"
    ])
    assert.deepStrictEqual(texts("2026-10-06T12:00Z", "2026-11-10T12:00Z", 40), [
      "12 Oct",
      "19 Oct",
      "26 Oct",
      "2 Nov",
      "9 Nov"
    ])
    assert.deepStrictEqual(texts("2026-10-06T12:00Z", "2027-05-10T12:00Z", 30), ["Jan 2027", "Apr 2027"])
    assert.deepStrictEqual(texts("2019-10-06T12:00Z", "2027-05-10T12:00Z", 30), ["2020", "2022", "2024", "2026"])
  })

  it("has one time where there is no other, and where no other has room", () => {
    assert.deepStrictEqual(texts("2026-10-06T12:05Z", "2026-10-06T12:05Z"), ["12:05"])
    assert.deepStrictEqual(texts("2026-10-06T12:05:03.512Z", "2026-10-06T12:05:03.512Z"), ["12:05:03.512"])
    assert.deepStrictEqual(texts("2026-10-06T12:05Z", "2026-10-06T12:55Z", 6), ["12:30"])
    assert.deepStrictEqual(texts("2026-10-06T12:31Z", "2026-10-06T12:55Z", 6), ["12:40"])
  })

  it("never has labels that overlap or leave it, and places times in order", () => {
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: 12, max: 200 }), (one, other, length) => {
        const axis = { first: Math.min(one, other), last: Math.max(one, other) }
        const labels = TimeAxis.labels(axis, { length, gap: 2, widthOf: (text) => text.length })
        assert.isAtLeast(labels.length, 1)
        let end = -2
        let before = -1
        for (const { position, start, text } of labels) {
          assert.isAtLeast(start, end + 2)
          assert.isAbove(position, before)
          end = start + text.length
          before = position
        }
        assert.isAtMost(end, length)
        assert.isAtMost(before, 1)
      })
    )
  })
})

describe("a chart of text", () => {
  it("shows the figures on their axis, the unit, and the times in UTC", () => {
    assert.deepStrictEqual(drawn(chartOf(ramp(["1000000", "1250000", "1500000", "2000000"]))), [
      "binance:BTCUSD_PERP",
      "        2026-10-06 00:00 to 2026-10-06 03:00 UTC",
      "⠤⠒ open interest, contracts",
      "2,000,000 ┤                                  ⡠⠔⠊",
      "          │                              ⢀⠤⠒⠉",
      "          │                           ⣀⠔⠊⠁",
      "1,500,000 ┤                     ⢀⣀⡠⠤⠒⠉",
      "          │             ⢀⣀⡠⠤⠔⠒⠊⠉⠁",
      "          │      ⢀⣀⠤⠔⠒⠊⠉⠁",
      "1,000,000 ┤⣀⠤⠤⠒⠊⠉⠁",
      "          └┬───────────┬───────────┬───────────┬",
      "           6 Oct     01:00       02:00     03:00",
      ""
    ])
  })

  it("leaves gaps where there is no figure, and marks a point that stands alone", () => {
    assert.deepStrictEqual(drawn(chartOf(ramp(["1", "1", null, "2", null, "1", "1"])), { width: 40 }).slice(3, -1), [
      "2.0 ┤                 •",
      "    │",
      "    │",
      "1.5 ┤",
      "    │",
      "    │",
      "1.0 ┤⣀⣀⣀⣀⣀⣀⡀                      ⣀⣀⣀⣀⣀⣀",
      "    └┬──────────┬───────────┬──────────┬",
      "     6 Oct    02:00       04:00    06:00"
    ])
  })

  it("has the mark price on an axis of its own", () => {
    const rows = ramp(["1", "2", "3"]).map((each, index) => ({
      ...each,
      markPrice: ["72000", null, "71000"][index] ?? null
    }))
    assert.deepStrictEqual(drawn(chartOf(rows), { width: 60 }).slice(1, -1), [
      "                    2026-10-06 00:00 to 2026-10-06 02:00 UTC",
      "⠤⠒ open interest, contracts                mark price, USD ·",
      "3 ┤·                                          ⣀⡠⠤⠒⠒⠉├ 72,000",
      "  │                                    ⣀⡠⠤⠔⠒⠉⠉      │",
      "  │                             ⣀⣀⠤⠔⠒⠉⠉             │",
      "2 ┤                      ⣀⣀⠤⠔⠒⠊⠉                    ├ 71,500",
      "  │              ⢀⣀⡠⠤⠒⠒⠉⠉                           │",
      "  │       ⣀⡠⠤⠔⠒⠊⠉⠁                                  │",
      "1 ┤⣀⠤⠤⠒⠒⠉⠉                                         ·├ 71,000",
      "  └┬───────────┬───────────┬───────────┬───────────┬┘",
      "   6 Oct     00:30       01:00       01:30     02:00"
    ])
  })

  it("shows a constant series in the middle, and one point at its time", () => {
    assert.deepStrictEqual(drawn(chartOf(ramp(["5", "5"])), { width: 40, height: 11 }).slice(3, -1), [
      "5.5 ┤",
      "    │",
      "    │",
      "5.0 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉",
      "    │",
      "4.5 ┤",
      "    └┬────────────────┬────────────────┬",
      "     6 Oct          00:30          01:00"
    ])
    assert.deepStrictEqual(drawn(chartOf(ramp(["5"])), { width: 40, height: 11 }).slice(0, -1), [
      "binance:BTCUSD_PERP",
      "                    2026-10-06 00:00 UTC",
      "⠤⠒ open interest, contracts",
      "5.5 ┤",
      "    │",
      "    │",
      "5.0 ┤                 •",
      "    │",
      "4.5 ┤",
      "    └─────────────────┬─────────────────",
      "                    00:00"
    ])
  })

  it("has nothing but ASCII for a terminal that knows no more", () => {
    assert.deepStrictEqual(drawn(chartOf(ramp(["1", "3", null, "2"], "7")), { width: 40, isAscii: true }).slice(2), [
      "* open interest, contracts",
      "                       mark price, USD .",
      "3 +          **                      + 8",
      "  |        **                        |",
      "  |      **                          |",
      "2 +....**...........................*+ 7",
      "  |  **                              |",
      "1 +**                                + 6",
      "  ++----------+----------+----------++",
      "   6 Oct    01:00      02:00    03:00",
      ""
    ])
  })

  it("is the same with colours, but for the colours", () => {
    const chart = chartOf(ramp(["1", "3", null, "2"], "7"))
    const coloured = Text.text(chart, { ...style, isColoured: true })
    assert.include(coloured, "\u001b[36m")
    assert.include(coloured, "\u001b[33m")
    assert.strictEqual(stripVTControlCharacters(coloured), Text.text(chart, style))
  })

  it("names a contract, whatever its exchange calls it, in one line of the width", () => {
    const [series] = seriesOf([
      record({ time: begin, symbol: `龙虾\u001b[2J\n${"X".repeat(200)}`, unit: "base", baseCurrency: "龙\u202E虾" })
    ])
    const [name, , legend] = drawn(Option.getOrThrow(Chart.make(Option.getOrThrow(Option.fromNullable(series)))))
    assert.match(name ?? "", /^binance:龙虾\uFFFD\[2J\uFFFDX+…$/)
    assert.strictEqual(stringWidth(name ?? ""), 48)
    assert.strictEqual(legend, "⠤⠒ open interest, 龙\uFFFD虾")
  })

  it("has the size that is asked for, and every row of time in it", () => {
    const figures = fc.array(fc.option(fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String)), {
      minLength: 1,
      maxLength: 30
    })
    fc.assert(
      fc.property(
        figures,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 40, max: 160 }),
        fc.integer({ min: 10, max: 60 }),
        (contracts, isAscii, hasPrice, width, height) => {
          fc.pre(contracts.some((each) => each !== null))
          const chart = chartOf(ramp(contracts, hasPrice ? "71000.5" : null))
          const lines = drawn(chart, { width, height, isAscii })
          assert.strictEqual(lines.length, height + 1)
          assert.isTrue(lines.every((line) => stringWidth(line) <= width && line === line.trimEnd()))
        }
      )
    )
  })

  it("draws no value lower than a smaller one before it", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 40 }), (values) => {
        const rising = values.toSorted((one, other) => one - other).map(String)
        const columns = dotsOf(drawn(chartOf(ramp(rising))))
        assert.isTrue(columns.every((dots) => dots.length > 0))
        const tops = columns.map((dots) => Math.min(...dots))
        assert.isTrue(tops.every((top, index) => top <= (tops[index - 1] ?? top)))
      })
    )
  })
})
