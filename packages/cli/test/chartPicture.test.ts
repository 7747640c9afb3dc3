import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import type * as Chart from "../src/chart/chart.ts"
import * as Drawing from "../src/chart/drawing.ts"
import { svg } from "../src/chart/svg.ts"
import { begin, chartOf, hour, record } from "./chartSupport.ts"

const size = { width: 600, height: 240 }

const rows = (contracts: ReadonlyArray<string | null>, markPrice: string | null = null) =>
  contracts.map((each, index) => record({ contracts: each, markPrice, time: begin + index * hour }))

const picture = (chart: Chart.Chart) => Drawing.make(chart, size)

type Line = Extract<Drawing.Shape, { kind: "line" }>

/** The curves, which are wider than the axes. */
const curves = ({ shapes }: Drawing.Drawing): ReadonlyArray<Line> =>
  shapes.filter((shape): shape is Line => shape.kind === "line" && shape.width === 2)

const places = (drawing: Drawing.Drawing): ReadonlyArray<Drawing.Place> =>
  drawing.shapes.flatMap((shape) => (shape.kind === "line" ? shape.points : [shape.at]))

/** Tags that are open at the end, or what is not well-formed. */
const openTags = (xml: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  for (const [token, closing, name, attributes, selfClosing] of xml.matchAll(
    /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<&]*")*)(\/?)>|&(?:amp|lt|gt);|[^<&]+|[<&]/g
  )) {
    if (token === "<" || token === "&" || (token.startsWith("<") && name === undefined)) return [`stray ${token}`]
    if (closing === "/") {
      if (open.pop() !== name || attributes !== "") return [`stray ${token}`]
    } else if (name !== undefined && selfClosing === "") open.push(name)
  }
  return open
}

describe("a picture", () => {
  it("keeps everything inside its frame, times in order, and no value lower than a smaller one", () => {
    const figures = fc.array(fc.option(fc.nat(1_000_000).map(String), { freq: 8 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(figures, fc.boolean(), (contracts, hasPrice) => {
        fc.pre(contracts.some((each) => each !== null))
        const drawing = picture(chartOf(rows(contracts, hasPrice ? "71000.5" : null)))
        for (const [across, down] of places(drawing)) {
          assert.isTrue(across >= 0 && across <= size.width && down >= 0 && down <= size.height)
        }
        const known = contracts.flatMap((each, index) => (each === null ? [] : [{ index, value: Number(each) }]))
        const drawn = drawing.shapes
          .filter(({ colour, kind }) => colour === "#1b62a5" && kind !== "text")
          .flatMap((shape) => (shape.kind === "line" ? shape.points : shape.kind === "dot" ? [shape.at] : []))
          .map((place, index) => ({ place, value: known[index]?.value ?? -1 }))
        assert.strictEqual(drawn.length, known.length)
        assert.isTrue(drawn.every(({ place: [across] }, index) => across > (drawn[index - 1]?.place[0] ?? -1)))
        const byValue = drawn.toSorted((one, other) => one.value - other.value)
        assert.isTrue(byValue.every(({ place: [, down] }, index) => down <= (byValue[index - 1]?.place[1] ?? down)))
      })
    )
  })

  it("has no more points of a long series than its columns of pixels can show, and keeps the extremes", () => {
    const contracts = Array.from({ length: 20_000 }, (_, index) => String(index === 7777 ? 999 : 500 + (index % 7)))
    const drawing = picture(chartOf(rows(contracts)))
    const [line] = curves(drawing)
    assert.isAtMost(line?.points.length ?? 0, 4 * size.width)
    const highest = Math.min(...(line?.points.map(([, down]) => down) ?? []))
    const lowest = Math.max(...(line?.points.map(([, down]) => down) ?? []))
    const [top, bottom] = [Drawing.make(chartOf(rows(["500", "999"])), size)].flatMap((each) =>
      (curves(each)[0]?.points ?? []).map(([, down]) => down).toSorted((one, other) => one - other)
    )
    assert.deepStrictEqual([highest, lowest], [top, bottom])
  })

  it("leaves a gap where there is no figure, and has a dot for a point that stands alone", () => {
    const drawing = picture(chartOf(rows(["1", "2", null, "3", null, "4", "5", "6"])))
    assert.deepStrictEqual(
      curves(drawing).map(({ points }) => points.length),
      [2, 3]
    )
    assert.strictEqual(drawing.shapes.filter(({ kind }) => kind === "dot").length, 1)
  })

  it("has as much above as below in a stack, and nothing of one picture in another", () => {
    const one = picture(chartOf(rows(["1", "2"])))
    const stack = Drawing.stacked([one, one])
    assert.strictEqual(stack.height, 480)
    const half = stack.shapes.length / 2
    assert.deepStrictEqual(stack.shapes.slice(0, half), one.shapes)
    assert.isTrue(places({ ...stack, shapes: stack.shapes.slice(half) }).every(([, down]) => down >= 240))
  })
})

describe("SVG", () => {
  it("is written as text", () => {
    assert.deepStrictEqual(svg(picture(chartOf(rows(["1", "2", null, "2"])))).split("\n"), [
      '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="240" viewBox="0 0 600 240" role="img">',
      "<title>binance:BTCUSD_PERP: open interest, 2026-10-06 00:00 to 2026-10-06 03:00 UTC</title>",
      '<rect width="600" height="240" fill="#ffffff"/>',
      '<g fill="none" stroke-linejoin="round" font-family="monospace" font-size="16">',
      '<text x="16" y="40" text-anchor="start" fill="#333333">binance:BTCUSD_PERP</text>',
      '<text x="584" y="64" text-anchor="end" fill="#333333">2026-10-06 00:00 to 2026-10-06 03:00 UTC</text>',
      '<text x="16" y="88" text-anchor="start" fill="#1b62a5">open interest, contracts</text>',
      '<polyline points="60.5,200.5 584.5,200.5" stroke="#e4e4e4" stroke-width="1"/>',
      '<text x="52" y="207" text-anchor="end" fill="#1b62a5">1.0</text>',
      '<polyline points="60.5,156.5 584.5,156.5" stroke="#e4e4e4" stroke-width="1"/>',
      '<text x="52" y="163" text-anchor="end" fill="#1b62a5">1.5</text>',
      '<polyline points="60.5,112.5 584.5,112.5" stroke="#e4e4e4" stroke-width="1"/>',
      '<text x="52" y="119" text-anchor="end" fill="#1b62a5">2.0</text>',
      '<polyline points="60.5,112.5 60.5,200.5" stroke="#888888" stroke-width="1"/>',
      '<polyline points="60.5,200.5 584.5,200.5" stroke="#888888" stroke-width="1"/>',
      '<polyline points="60.5,200.5 60.5,204.5" stroke="#888888" stroke-width="1"/>',
      '<text x="90" y="224" text-anchor="middle" fill="#333333">6 Oct</text>',
      '<polyline points="234.5,200.5 234.5,204.5" stroke="#888888" stroke-width="1"/>',
      '<text x="234.67" y="224" text-anchor="middle" fill="#333333">01:00</text>',
      '<polyline points="409.5,200.5 409.5,204.5" stroke="#888888" stroke-width="1"/>',
      '<text x="409.33" y="224" text-anchor="middle" fill="#333333">02:00</text>',
      '<polyline points="584.5,200.5 584.5,204.5" stroke="#888888" stroke-width="1"/>',
      '<text x="554" y="224" text-anchor="middle" fill="#333333">03:00</text>',
      '<polyline points="60,200 234.67,112" stroke="#1b62a5" stroke-width="2"/>',
      '<circle cx="584" cy="112" r="3" fill="#1b62a5"/>',
      "</g>",
      "</svg>",
      ""
    ])
  })

  it("is well-formed, whatever an exchange calls its contract", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (symbol, currency) => {
        const naughty = `</text>&<"'>\u0000\uFFFF${symbol}\uD800`
        const chart = chartOf([record({ time: begin, symbol: naughty, unit: "base", baseCurrency: `<${currency}` })])
        const xml = svg(picture(chart))
        assert.deepStrictEqual(openTags(xml), [])
        // What XML 1.0 has no place for.
        assert.notMatch(xml, /[^\P{Cc}\n]|[\p{Cs}\uFFFE\uFFFF]/u)
        assert.include(xml, "&lt;/text&gt;&amp;&lt;")
      })
    )
  })
})
