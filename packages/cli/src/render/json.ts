import { escaped } from "./text.ts"

/** One array. */
export const json = (records: ReadonlyArray<unknown>): string => `${escaped(JSON.stringify(records, null, 2))}\n`

/** One object per line. */
export const ndjson = (records: ReadonlyArray<unknown>): string =>
  records.map((record) => `${escaped(JSON.stringify(record))}\n`).join("")
