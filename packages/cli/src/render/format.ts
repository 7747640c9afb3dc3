import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Csv from "./csv.ts"
import { json, ndjson } from "./json.ts"
import { type Column, table } from "./table.ts"

/** A record as it is printed: text, yes or no, or unknown. */
export type Flat = Readonly<Record<string, string | boolean | null>>

export const formats = ["table", "json", "ndjson", "csv"] as const

type Format = (typeof formats)[number]

/** How one kind of record is shown: all of its fields to machines, some columns to people. */
export interface Shape<A> {
  readonly fields: ReadonlyArray<string>
  readonly columns: ReadonlyArray<Column<A>>
}

const orDefault = (format: Option.Option<Format>): Effect.Effect<Format> =>
  Effect.sync(() => Option.getOrElse(format, () => (process.stdout.isTTY ? "table" : "ndjson")))

const toText = <A extends Flat>(format: Format, records: ReadonlyArray<A>, shape: Shape<A>): string => {
  switch (format) {
    case "table":
      return table(records, shape.columns)
    case "json":
      return json(records)
    case "ndjson":
      return ndjson(records)
    case "csv":
      return Csv.csv(records, shape.fields)
  }
}

/** Records as text for standard output: a table on a terminal and ndjson elsewhere, unless a format is given. */
export const render = <A extends Flat>(
  format: Option.Option<Format>,
  records: ReadonlyArray<A>,
  shape: Shape<A>
): Effect.Effect<string> => Effect.map(orDefault(format), (chosen) => toText(chosen, records, shape))

/** Records as text while they arrive: `add` gives what can be written at once, `end` what needs all of them. */
export interface Stepwise<A> {
  readonly add: (records: ReadonlyArray<A>) => string
  readonly end: () => string
}

/** As {@link render}, by steps; where no record arrives, there is no text. */
export const stepwise = <A extends Flat>(format: Option.Option<Format>, shape: Shape<A>): Effect.Effect<Stepwise<A>> =>
  Effect.map(orDefault(format), (chosen) => {
    const all: Array<A> = []
    let isFirst = true
    switch (chosen) {
      case "ndjson":
        return { add: ndjson, end: () => "" }
      case "csv":
        return {
          add: (records) => {
            if (records.length === 0) return ""
            const header = isFirst ? Csv.header(shape.fields) : ""
            isFirst = false
            return header + Csv.rows(records, shape.fields)
          },
          end: () => ""
        }
      default:
        return {
          add: (records) => {
            all.push(...records)
            return ""
          },
          end: () => (all.length === 0 ? "" : toText(chosen, all, shape))
        }
    }
  })
