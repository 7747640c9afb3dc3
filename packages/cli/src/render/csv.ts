const figure = /^-?\d+(?:\.\d+)?$/

/** A spreadsheet would take text that begins so for a formula, and run it; full-width signs too (OWASP, CSV injection). */
const formula = /^[=+\-@＝＋－＠\t\r\n]/

const cell = (value: string | boolean | null | undefined): string => {
  if (value === null || value === undefined) return ""
  const text = String(value)
  const harmless = formula.test(text) && !figure.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

const line = (values: ReadonlyArray<string | boolean | null | undefined>): string => `${values.map(cell).join(",")}\r\n`

/** The first line of {@link csv}. */
export const header: (fields: ReadonlyArray<string>) => string = line

/** The other lines of {@link csv}. */
export const rows = (
  records: ReadonlyArray<Readonly<Record<string, string | boolean | null>>>,
  fields: ReadonlyArray<string>
): string => records.map((record) => line(fields.map((field) => record[field]))).join("")

/** RFC 4180 with a header; unknown is an empty cell, and text that looks like a formula has an apostrophe before it. */
export const csv = (
  records: ReadonlyArray<Readonly<Record<string, string | boolean | null>>>,
  fields: ReadonlyArray<string>
): string => header(fields) + rows(records, fields)
