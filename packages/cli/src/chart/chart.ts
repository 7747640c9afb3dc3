import * as Array from "effect/Array"
import * as Option from "effect/Option"
import stringWidth from "string-width"
import { printable } from "../render/text.ts"
import * as FigureAxis from "./figureAxis.ts"
import * as Series from "./series.ts"
import * as TimeAxis from "./timeAxis.ts"

/** Figures over time, of one unit. */
export interface Curve {
  readonly what: string
  /** What one of the figures is: `contracts`, `BTC`, `USD`. */
  readonly unit: string
  readonly lines: Array.NonEmptyReadonlyArray<Array.NonEmptyReadonlyArray<Series.Point>>
}

/** What is drawn of a contract, whatever it is drawn with. */
export interface Chart {
  readonly name: string
  readonly time: TimeAxis.TimeAxis
  /** The time axis in words. */
  readonly range: string
  readonly amounts: Curve
  /** On an axis of its own, where there are any. */
  readonly prices: Option.Option<Curve>
}

const unitOf = ({ baseCurrency, quoteCurrency, unit }: Series.Series): string =>
  unit === "contracts" ? unit : printable(unit === "base" ? baseCurrency : quoteCurrency)

const curve = (series: Series.Series, figure: "amount" | "price", what: string, unit: string): Option.Option<Curve> => {
  const lines = Series.lines(series, figure)
  return Array.isNonEmptyReadonlyArray(lines) ? Option.some({ what, unit, lines }) : Option.none()
}

/** The chart of a series, unless not one of its amounts is known. */
export const make = (series: Series.Series): Option.Option<Chart> => {
  const what = series.isHistory ? "open interest history" : "open interest"
  return Option.map(curve(series, "amount", what, unitOf(series)), (amounts) => {
    const first = series.rows.at(0)?.time ?? 0
    const last = series.rows.at(-1)?.time ?? 0
    const range = first === last ? TimeAxis.format(first) : `${TimeAxis.format(first)} to ${TimeAxis.format(last)}`
    return {
      name: printable(`${series.exchange}:${series.symbol}`),
      time: { first, last },
      range: `${range} UTC`,
      amounts,
      prices: curve(series, "price", "mark price", printable(series.quoteCurrency))
    }
  })
}

/** The axis of a curve, with at most so many ticks. */
export const axisOf = ({ lines }: Curve, mostTicks: number): FigureAxis.FigureAxis =>
  FigureAxis.make(
    Array.map(Array.flatten(lines), ({ value }) => value),
    mostTicks
  )

/** What a curve is of, and what its labels count. */
export const titleOf = ({ unit, what }: Curve, axis: FigureAxis.FigureAxis): string =>
  `${what}, ${FigureAxis.multiplier(axis)}${unit}`

/** As much of a text as so many columns of a terminal have room for. */
export const fitting = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  const characters = Array.fromIterable(text).slice(0, width)
  while (stringWidth(characters.join("")) >= width) characters.pop()
  return `${characters.join("")}…`
}
