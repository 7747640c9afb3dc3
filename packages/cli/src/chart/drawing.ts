import * as Array from "effect/Array"
import * as Option from "effect/Option"
import stringWidth from "string-width"
import * as Chart from "./chart.ts"
import * as FigureAxis from "./figureAxis.ts"
import * as TimeAxis from "./timeAxis.ts"

/** In pixels from the top left. */
export type Place = readonly [across: number, down: number]

/** A colour as `#rrggbb`. */
export type Colour = `#${string}`

/** What a picture is made of. */
export type Shape =
  | {
      readonly kind: "line"
      readonly points: Array.NonEmptyReadonlyArray<Place>
      readonly width: number
      readonly colour: Colour
    }
  | { readonly kind: "dot"; readonly at: Place; readonly radius: number; readonly colour: Colour }
  | {
      readonly kind: "text"
      /** The base line of the text: where it begins, its middle, or where it ends. */
      readonly at: Place
      readonly anchor: "start" | "middle" | "end"
      readonly text: string
      readonly colour: Colour
    }

/** A picture on white ground, whatever file it goes into. Later shapes lie above earlier ones. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly title: string
  readonly shapes: ReadonlyArray<Shape>
}

/** What a character takes of a line, in pixels. A font may be narrower. */
export const characterWidth = 12

const colours = { text: "#333333", axis: "#888888", grid: "#e4e4e4", amounts: "#1b62a5", prices: "#c05a00" } as const

const margin = 16
const lineHeight = 24
/** Between an axis and its labels. */
const space = 8

const widthOf = (text: string): number => stringWidth(text) * characterWidth

const fitting = (text: string, width: number): string => Chart.fitting(text, Math.floor(width / characterWidth))

/** The points that can be told apart: of those in one column of pixels the first, the highest, the lowest and the last. */
const distinct = (points: Array.NonEmptyReadonlyArray<Place>): Array.NonEmptyReadonlyArray<Place> =>
  Array.flatMap(
    Array.groupWith(points, ([one], [other]) => Math.floor(one) === Math.floor(other)),
    (column) => {
      const highest = column.reduce((best, each) => (each[1] < best[1] ? each : best))
      const lowest = column.reduce((best, each) => (each[1] > best[1] ? each : best))
      const kept = new Set([column[0], highest, lowest, Array.lastNonEmpty(column)])
      return Array.isNonEmptyArray(column) ? (column.filter((each) => kept.has(each)) as typeof column) : column
    }
  )

/** A picture of a chart, in pixels; 600 by 240 at least. */
export const make = (chart: Chart.Chart, { height, width }: Pick<Drawing, "width" | "height">): Drawing => {
  const inner = width - 2 * margin
  // At most four lines of text stand above the curves, and one below them.
  const mostTicks = 1 + Math.floor((height - 2 * margin - 6 * lineHeight) / 32)
  const amounts = { curve: chart.amounts, axis: Chart.axisOf(chart.amounts, mostTicks), colour: colours.amounts }
  const prices = Option.map(chart.prices, (curve) => ({
    curve,
    axis: Chart.axisOf(curve, mostTicks),
    colour: colours.prices
  }))
  const labelsWidth = ({ ticks }: FigureAxis.FigureAxis) =>
    Math.max(...ticks.map(({ label }) => widthOf(label))) + space

  let line = margin
  const shapes: Array<Shape> = []
  /** Texts at the two ends of a line, or of a line each where there is no room for both. */
  const write = (left: string, leftColour: Colour, right: string, rightColour: Colour) => {
    line += lineHeight
    shapes.push({ kind: "text", at: [margin, line], anchor: "start", text: fitting(left, inner), colour: leftColour })
    if (right === "") return
    if (widthOf(left) + widthOf(right) + 2 * characterWidth > inner) line += lineHeight
    shapes.push({
      kind: "text",
      at: [width - margin, line],
      anchor: "end",
      text: fitting(right, inner),
      colour: rightColour
    })
  }
  write(chart.name, colours.text, chart.range, colours.text)
  write(
    Chart.titleOf(amounts.curve, amounts.axis),
    amounts.colour,
    Option.match(prices, { onNone: () => "", onSome: ({ axis, curve }) => Chart.titleOf(curve, axis) }),
    colours.prices
  )

  const top = line + lineHeight
  const bottom = height - margin - lineHeight
  const left = margin + labelsWidth(amounts.axis)
  const right = width - margin - Option.match(prices, { onNone: () => 0, onSome: ({ axis }) => labelsWidth(axis) })
  const across = (position: number) => left + position * (right - left)
  const down = (axis: FigureAxis.FigureAxis, value: FigureAxis.Tick["value"]) =>
    bottom - FigureAxis.position(axis, value) * (bottom - top)

  // In the middle of its pixels a line of one pixel is sharp.
  const sharp = ([across, down]: Place): Place => [Math.floor(across) + 0.5, Math.floor(down) + 0.5]
  const straight = (from: Place, to: Place, colour: Colour) =>
    shapes.push({ kind: "line", points: [sharp(from), sharp(to)], width: 1, colour })
  const label = (at: Place, anchor: "start" | "middle" | "end", text: string, colour: Colour) =>
    shapes.push({ kind: "text", at, anchor, text, colour })
  // The middle of a digit stands at the height of its tick.
  const toMiddle = 7

  for (const { label: text, value } of amounts.axis.ticks) {
    const height = down(amounts.axis, value)
    straight([left, height], [right, height], colours.grid)
    label([left - space, height + toMiddle], "end", text, amounts.colour)
  }
  for (const { axis, colour } of Option.toArray(prices)) {
    for (const { label: text, value } of axis.ticks) {
      const height = down(axis, value)
      straight([right, height], [right + space / 2, height], colours.axis)
      label([right + space, height + toMiddle], "start", text, colour)
    }
    straight([right, top], [right, bottom], colours.axis)
  }
  straight([left, top], [left, bottom], colours.axis)
  straight([left, bottom], [right, bottom], colours.axis)
  for (const { position, start, text } of TimeAxis.labels(chart.time, {
    length: right - left,
    gap: 2 * characterWidth,
    widthOf
  })) {
    straight([across(position), bottom], [across(position), bottom + space / 2], colours.axis)
    label([left + start + widthOf(text) / 2, height - margin], "middle", text, colours.text)
  }

  for (const { axis, colour, curve } of [...Option.toArray(prices), amounts]) {
    for (const points of curve.lines) {
      const places = Array.map(points, ({ time, value }): Place => [
        across(TimeAxis.position(chart.time, time)),
        down(axis, value)
      ])
      shapes.push(
        places.length === 1
          ? { kind: "dot", at: places[0], radius: 3, colour }
          : { kind: "line", points: distinct(places), width: 2, colour }
      )
    }
  }
  return { width, height, title: `${chart.name}: ${amounts.curve.what}, ${chart.range}`, shapes }
}

const moved = (shape: Shape, by: number): Shape => {
  const move = ([across, down]: Place): Place => [across, down + by]
  return shape.kind === "line" ? { ...shape, points: Array.map(shape.points, move) } : { ...shape, at: move(shape.at) }
}

/** Pictures below each other, in one. */
export const stacked = (drawings: Array.NonEmptyReadonlyArray<Drawing>): Drawing =>
  drawings.slice(1).reduce(
    (above, below) => ({
      width: Math.max(above.width, below.width),
      height: above.height + below.height,
      title: `${above.title}; ${below.title}`,
      shapes: [...above.shapes, ...below.shapes.map((shape) => moved(shape, above.height))]
    }),
    drawings[0]
  )
