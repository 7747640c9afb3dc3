import stringWidth from "string-width"
import * as Text from "./text.ts"

export interface Column<Record> {
  readonly title: string
  /** Figures stand at the right of their column. */
  readonly align?: "right"
  readonly cell: (record: Record) => string
}

/** Columns two spaces apart, by the width that characters have on a terminal. */
export const table = <Record>(records: ReadonlyArray<Record>, columns: ReadonlyArray<Column<Record>>): string => {
  const rows = [
    columns.map((column) => column.title),
    ...records.map((record) => columns.map((column) => Text.cell(column.cell(record))))
  ]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => stringWidth(row[index] ?? ""))))
  const line = (row: ReadonlyArray<string>): string =>
    row
      .map((text, index) => {
        const padding = " ".repeat((widths[index] ?? 0) - stringWidth(text))
        return columns[index]?.align === "right" ? padding + text : text + padding
      })
      .join("  ")
      .trimEnd()
  return rows.map((row) => `${line(row)}\n`).join("")
}

/** `1266820800.5` as `1,266,820,800.5`; the decimals stay as they are. */
export const grouped = (digits: string): string => {
  const [whole = "", decimals] = digits.split(".")
  const groups = whole.replace(/\B(?=(?:\d{3})+$)/g, ",")
  return decimals === undefined ? groups : `${groups}.${decimals}`
}

/** A figure with its unit, or a dash where it is unknown. */
export const figure = (digits: string | null, unit: string): string =>
  digits === null ? "–" : `${grouped(digits)} ${unit}`
