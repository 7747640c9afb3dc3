import stringWidth from "string-width"
import * as Text from "./text.ts"

/** Digits with their unit; `null` is unknown. */
export interface Figure {
  readonly digits: string | null
  readonly unit: string
}

export interface Column<Record> {
  readonly title: string
  /** Figures stand at the right of their column. */
  readonly align?: "right"
  readonly cell: (record: Record) => string
  /** Of a column of figures: they are aligned by their point, and a unit that all have stands in the title. */
  readonly figure?: (record: Record) => Figure
}

/** How figures are written. */
export interface Digits {
  /** Without a comma between thousands, as other programs read them. */
  readonly raw: boolean
}

/** Stands where nothing is known. */
export const unknown = "–"

/** `1266820800.5` as `1,266,820,800.5`; the decimals stay as they are. */
export const grouped = (digits: string): string => {
  const [whole = "", decimals] = digits.split(".")
  const groups = whole.replace(/\B(?=(?:\d{3})+$)/g, ",")
  return decimals === undefined ? groups : `${groups}.${decimals}`
}

/** A figure with its unit, or a dash where it is unknown. */
export const figure = (digits: string | null, unit: string, { raw }: Digits = { raw: false }): string =>
  digits === null ? unknown : `${raw ? digits : grouped(digits)} ${unit}`.trimEnd()

/** A column of figures. */
export const figures = <Record>(
  title: string,
  digits: (record: Record) => string | null,
  unit: (record: Record) => string
): Column<Record> => ({
  title,
  align: "right",
  cell: (record) => figure(digits(record), unit(record)),
  figure: (record) => ({ digits: digits(record), unit: unit(record) })
})

const padding = (text: string, width: number): string => " ".repeat(Math.max(0, width - stringWidth(text)))

const widest = (texts: ReadonlyArray<string>): number =>
  texts.reduce((width, text) => Math.max(width, stringWidth(text)), 0)

/** The title and the cells of a column of figures. */
const ofFigures = (title: string, figures: ReadonlyArray<Figure>, { raw }: Digits): ReadonlyArray<string> => {
  const units = new Set(figures.flatMap(({ digits, unit }) => (digits === null ? [] : [unit])))
  const [only = ""] = units.size === 1 ? units : []
  const parts = figures.map(({ digits, unit }) => {
    if (digits === null) return { whole: unknown, decimals: "", unit: "" }
    const [whole = "", decimals] = (raw ? digits : grouped(digits)).split(".")
    return {
      whole,
      decimals: decimals === undefined ? "" : `.${decimals}`,
      unit: units.size === 1 ? "" : Text.cell(unit)
    }
  })
  const decimalsWidth = widest(parts.map(({ decimals }) => decimals))
  const unitWidth = widest(parts.map(({ unit }) => unit))
  const cells = parts.map(({ decimals, unit, whole }) => {
    const digits = `${whole}${decimals}${padding(decimals, decimalsWidth)}`
    return unitWidth === 0 ? digits : `${digits} ${unit}${padding(unit, unitWidth)}`
  })
  const isPlain = only === "" || only.toUpperCase() === title.toUpperCase()
  return [isPlain ? title : `${title} (${Text.cell(only)})`, ...cells]
}

/** Columns two spaces apart, by the width that characters have on a terminal. */
export const table = <Record>(
  records: ReadonlyArray<Record>,
  columns: ReadonlyArray<Column<Record>>,
  digits: Digits = { raw: false }
): string => {
  const blocks = columns.map(({ align, cell, figure, title }) => {
    const texts =
      figure === undefined
        ? [title, ...records.map((record) => Text.cell(cell(record)))]
        : ofFigures(title, records.map(figure), digits)
    const width = widest(texts)
    return texts.map((text) => (align === "right" ? padding(text, width) + text : text + padding(text, width)))
  })
  const lines = Array.from({ length: records.length + 1 }, (_, row) =>
    blocks
      .map((texts) => texts[row] ?? "")
      .join("  ")
      .trimEnd()
  )
  return lines.map((line) => `${line}\n`).join("")
}
