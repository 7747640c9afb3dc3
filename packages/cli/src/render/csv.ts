const cell = (value: string | boolean | null | undefined): string => {
  const text = value === null || value === undefined ? "" : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** RFC 4180 with a header; unknown is an empty cell. */
export const csv = (
  records: ReadonlyArray<Readonly<Record<string, string | boolean | null>>>,
  fields: ReadonlyArray<string>
): string =>
  [fields.map(cell), ...records.map((record) => fields.map((field) => cell(record[field])))]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("")
