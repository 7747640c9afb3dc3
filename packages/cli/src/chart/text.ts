import * as Option from "effect/Option"
import stringWidth from "string-width"
import * as Chart from "./chart.ts"
import * as FigureAxis from "./figureAxis.ts"
import * as TimeAxis from "./timeAxis.ts"

/** How a chart is drawn with characters. */
export interface Style {
  /** Columns; 48 at least. */
  readonly width: number
  /** Lines in all; 10 at least. */
  readonly height: number
  /** Only characters of ASCII. */
  readonly isAscii: boolean
  readonly isColoured: boolean
}

/** What is drawn with: the two curves, a point that stands alone, and the axes. */
interface Pen {
  /** Dots of a character, across and down. */
  readonly dots: readonly [across: number, down: number]
  /** The character of some dots, each a bit, row by row. */
  readonly character: (bits: number) => string
  readonly alone: string
  /** What the line of amounts looks like. */
  readonly amount: string
  readonly price: string
  readonly axis: Readonly<
    Record<"left" | "leftTick" | "right" | "rightTick" | "corner" | "end" | "bottom" | "bottomTick", string>
  >
}

const ascii: Pen = {
  dots: [1, 1],
  character: () => "*",
  alone: "*",
  amount: "*",
  price: ".",
  axis: {
    left: "|",
    leftTick: "+",
    right: "|",
    rightTick: "+",
    corner: "+",
    end: "+",
    bottom: "-",
    bottomTick: "+"
  }
}

/** Where Unicode has the dots of a Braille character, row by row. */
const brailleBits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

const braille: Pen = {
  dots: [2, 4],
  character: (bits) =>
    String.fromCodePoint(0x2800 + brailleBits.reduce((sum, bit, index) => sum + (bits & (1 << index) ? bit : 0), 0)),
  alone: "•",
  amount: "⠤⠒",
  price: "·",
  axis: {
    left: "│",
    leftTick: "┤",
    right: "│",
    rightTick: "├",
    corner: "└",
    end: "┘",
    bottom: "─",
    bottomTick: "┬"
  }
}

const colours = { amounts: "\u001b[36m", prices: "\u001b[33m", none: "\u001b[0m" }

type Colour = keyof typeof colours

/** A character, and what it belongs to. */
interface Cell {
  readonly character: string
  readonly colour: Colour
}

const empty: Cell = { character: " ", colour: "none" }

const cells = (text: string, colour: Colour = "none"): ReadonlyArray<Cell> =>
  Array.from(text, (character) => ({ character, colour }))

const line = (row: ReadonlyArray<Cell>, isColoured: boolean): string => {
  const last = row.findLastIndex(({ character }) => character !== " ")
  let colour: Colour = "none"
  let text = ""
  for (const cell of row.slice(0, last + 1)) {
    if (isColoured && cell.colour !== colour) text += colours[cell.colour]
    colour = cell.colour
    text += cell.character
  }
  return `${text}${isColoured && colour !== "none" ? colours.none : ""}\n`
}

/** Two texts at the two ends of a line, or of a line each where there is no room for both. */
const apart = (left: string, right: string, width: number): ReadonlyArray<readonly [left: string, right: string]> =>
  stringWidth(left) + stringWidth(right) + 2 > width && right !== ""
    ? [
        [Chart.fitting(left, width), ""],
        ["", Chart.fitting(right, width)]
      ]
    : [[Chart.fitting(left, width), right]]

/** The line of a text at the left and one at the right. */
const ends = (
  [left, right]: readonly [left: string, right: string],
  width: number,
  [leftColour, rightColour]: readonly [Colour, Colour] = ["none", "none"]
): ReadonlyArray<Cell> => [
  ...cells(left, leftColour),
  ...cells(" ".repeat(Math.max(0, width - stringWidth(left) - stringWidth(right)))),
  ...cells(right, rightColour)
]

/** How many dots from the top, of so many, a figure is. */
const downTo = (axis: FigureAxis.FigureAxis, value: FigureAxis.Tick["value"], height: number): number =>
  Math.round((1 - FigureAxis.position(axis, value)) * (height - 1))

/** Draws a curve with dots, from each point to the next one of its line. */
const draw = (
  { lines }: Chart.Curve,
  time: TimeAxis.TimeAxis,
  axis: FigureAxis.FigureAxis,
  [width, height]: readonly [number, number],
  dot: (across: number, down: number, isAlone: boolean) => void
): void => {
  for (const points of lines) {
    let before: readonly [across: number, down: number] | undefined
    for (const point of points) {
      const across = Math.round(TimeAxis.position(time, point.time) * (width - 1))
      const down = downTo(axis, point.value, height)
      const [fromAcross, fromDown] = before ?? [across, down]
      const steps = Math.max(Math.abs(across - fromAcross), Math.abs(down - fromDown), 1)
      for (let step = 0; step <= steps; step++) {
        const part = step / steps
        dot(
          Math.round(fromAcross + (across - fromAcross) * part),
          Math.round(fromDown + (down - fromDown) * part),
          points.length === 1
        )
      }
      before = [across, down]
    }
  }
}

/** The labels of an axis by the lines in which they stand. */
const byLine = (axis: FigureAxis.FigureAxis, dots: number, down: number): ReadonlyMap<number, string> =>
  new Map(axis.ticks.map(({ label, value }) => [Math.floor(downTo(axis, value, dots * down) / down), label]))

const widthOf = (axis: FigureAxis.FigureAxis): number => Math.max(...axis.ticks.map(({ label }) => label.length))

/** A chart as lines of text: what it is of, the two curves on their axes, and the times below them. */
export const text = (chart: Chart.Chart, { height, isAscii, isColoured, width }: Style): string => {
  const pen = isAscii ? ascii : braille
  const [across, down] = pen.dots
  const head = apart(chart.name, chart.range, width)
  // At most four lines stand above the curves, and two below them.
  const mostTicks = Math.floor((height - 6) / 2)
  const amounts = { curve: chart.amounts, axis: Chart.axisOf(chart.amounts, mostTicks) }
  const prices = Option.map(chart.prices, (curve) => ({ curve, axis: Chart.axisOf(curve, mostTicks) }))
  const legend = apart(
    `${pen.amount} ${Chart.titleOf(amounts.curve, amounts.axis)}`,
    Option.match(prices, {
      onNone: () => "",
      onSome: ({ axis, curve }) => `${Chart.titleOf(curve, axis)} ${pen.price}`
    }),
    width
  )
  const rows = height - head.length - legend.length - 2
  const left = widthOf(amounts.axis)
  const right = Option.match(prices, { onNone: () => 0, onSome: ({ axis }) => widthOf(axis) + 2 })
  const columns = width - left - 2 - right

  const plot = Array.from({ length: rows }, () => Array.from({ length: columns }, () => empty))
  const put = (row: number, column: number, cell: Cell) => plot[row]?.splice(column, 1, cell)
  Option.map(prices, ({ axis, curve }) =>
    draw(curve, chart.time, axis, [columns, rows], (column, row) =>
      put(row, column, { character: pen.price, colour: "prices" })
    )
  )
  const bits = new Map<number, number>()
  draw(amounts.curve, chart.time, amounts.axis, [columns * across, rows * down], (x, y, isAlone) => {
    const [column, row] = [Math.floor(x / across), Math.floor(y / down)]
    const cell = row * columns + column
    const isJoined = bits.has(cell) || !isAlone
    if (isJoined) bits.set(cell, (bits.get(cell) ?? 0) | (1 << ((y % down) * across + (x % across))))
    put(row, column, { character: isJoined ? pen.character(bits.get(cell) ?? 0) : pen.alone, colour: "amounts" })
  })

  const leftLabels = byLine(amounts.axis, rows, down)
  const rightLabels = Option.map(prices, ({ axis }) => byLine(axis, rows, 1))
  const body = plot.map((row, index) => {
    const label = leftLabels.get(index)
    const price = Option.map(rightLabels, (labels) => labels.get(index))
    return [
      ...cells(`${(label ?? "").padStart(left)} ${label === undefined ? pen.axis.left : pen.axis.leftTick}`),
      ...row,
      ...cells(
        Option.match(price, {
          onNone: () => "",
          onSome: (text) => (text === undefined ? pen.axis.right : `${pen.axis.rightTick} ${text}`)
        })
      )
    ]
  })

  const times = TimeAxis.labels(chart.time, { length: columns, gap: 2, widthOf: stringWidth })
  const ticks = new Set(times.map(({ position }) => Math.floor(Math.round(position * (columns * across - 1)) / across)))
  const bottom = Array.from({ length: columns }, (_, column) =>
    ticks.has(column) ? pen.axis.bottomTick : pen.axis.bottom
  ).join("")
  const below = times.reduce((text, time) => text.padEnd(left + 2 + Math.round(time.start)) + time.text, "")
  return [
    ...head.map((texts) => ends(texts, width)),
    ...legend.map((texts) => ends(texts, width, ["amounts", "prices"])),
    ...body,
    cells(" ".repeat(left + 1) + pen.axis.corner + bottom + (Option.isSome(prices) ? pen.axis.end : "")),
    cells(below)
  ]
    .map((row) => line(row, isColoured))
    .join("")
}
