const cell = (value: string | boolean | null | undefined): string => {
  const text = value === null || value === undefined ? "" : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const line = (values: ReadonlyArray<string | boolean | null | undefined>): string => `${values.map(cell).join(",")}\r\n`

/** The first line of {@link csv}. */
export const header: (fields: ReadonlyArray<string>) => string = line

/** The other lines of {@link csv}. */
export const rows = (
  records: ReadonlyArray<Readonly<Record<string, string | boolean | null>>>,
  fields: ReadonlyArray<string>
): string => records.map((record) => line(fields.map((field) => record[field]))).join("")

/** RFC 4180 with a header; unknown is an empty cell. */
export const csv = (
  records: ReadonlyArray<Readonly<Record<string, string | boolean | null>>>,
  fields: ReadonlyArray<string>
): string => header(fields) + rows(records, fields)
