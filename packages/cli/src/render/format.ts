import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { csv } from "./csv.ts"
import { json, ndjson } from "./json.ts"
import { type Column, table } from "./table.ts"

/** A record as it is printed: text, yes or no, or unknown. */
export type Flat = Readonly<Record<string, string | boolean | null>>

export const formats = ["table", "json", "ndjson", "csv"] as const

/** How one kind of record is shown: all of its fields to machines, some columns to people. */
export interface Shape<A> {
  readonly fields: ReadonlyArray<string>
  readonly columns: ReadonlyArray<Column<A>>
}

/** Records as text for standard output: a table on a terminal and ndjson elsewhere, unless a format is given. */
export const render = <A extends Flat>(
  format: Option.Option<(typeof formats)[number]>,
  records: ReadonlyArray<A>,
  shape: Shape<A>
): Effect.Effect<string> =>
  Effect.sync(() => {
    switch (Option.getOrElse(format, () => (process.stdout.isTTY ? "table" : "ndjson"))) {
      case "table":
        return table(records, shape.columns)
      case "json":
        return json(records)
      case "ndjson":
        return ndjson(records)
      case "csv":
        return csv(records, shape.fields)
    }
  })
