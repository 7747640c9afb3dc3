import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Csv from "./csv.ts"
import { json, ndjson } from "./json.ts"
import { type Column, figures, table, unknown } from "./table.ts"

/** A record as it is printed: text, yes or no, or unknown. */
export type Flat = Readonly<Record<string, string | boolean | null>>

export const formats = ["table", "json", "ndjson", "csv"] as const

type Format = (typeof formats)[number]

/** The format that is given, or a table on a terminal and ndjson elsewhere. */
export const formatOf = (given: Option.Option<Format>): Format =>
  Option.getOrElse(given, () => (process.stdout.isTTY ? "table" : "ndjson"))

/** How one kind of record is shown: all of its fields to machines, some columns to people. */
export interface Shape<A> {
  readonly fields: ReadonlyArray<string>
  readonly columns: ReadonlyArray<Column<A>>
  /** The fields that are figures, with their units. */
  readonly figures?: { readonly [Field in keyof A]?: (record: A) => string }
}

/** What a person asks of the output. */
export interface Presentation {
  /** A table on a terminal and ndjson elsewhere, where none is given. */
  readonly format: Option.Option<Format>
  /** These fields, in this order. */
  readonly columns: Option.Option<ReadonlyArray<string>>
  /** Plain digits in tables. */
  readonly raw: boolean
}

const isFormat = (how: Option.Option<Format> | Presentation): how is Option.Option<Format> => Option.isOption(how)

const pick = (record: Flat, fields: ReadonlyArray<string>): Flat =>
  Object.fromEntries(fields.map((field) => [field, record[field] ?? null]))

const column = <A extends Flat>({ figures: units }: Shape<A>, field: string): Column<A> => {
  const text = (record: A) => (record[field] === null ? null : String(record[field]))
  const unit = units?.[field]
  return unit === undefined ? { title: field, cell: (record) => text(record) ?? unknown } : figures(field, text, unit)
}

/** A format that is settled. */
interface Writer<A> {
  readonly header: string
  readonly rows: (records: ReadonlyArray<A>) => string
  /** Rows can't be written before the last one is there. */
  readonly isWhole: boolean
}

const writer = <A extends Flat>(how: Option.Option<Format> | Presentation, shape: Shape<A>): Writer<A> => {
  const { columns, format, raw } = isFormat(how) ? { columns: Option.none(), format: how, raw: false } : how
  const fields = Option.getOrElse(columns, () => shape.fields)
  const picked = (records: ReadonlyArray<A>): ReadonlyArray<Flat> =>
    Option.isSome(columns) ? records.map((record) => pick(record, fields)) : records
  switch (formatOf(format)) {
    case "table": {
      const shown = Option.isSome(columns) ? fields.map((field) => column(shape, field)) : shape.columns
      return { header: "", rows: (records) => table(records, shown, { raw }), isWhole: true }
    }
    case "json":
      return { header: "", rows: (records) => json(picked(records)), isWhole: true }
    case "ndjson":
      return { header: "", rows: (records) => ndjson(picked(records)), isWhole: false }
    case "csv":
      return { header: Csv.header(fields), rows: (records) => Csv.rows(records, fields), isWhole: false }
  }
}

/** Records as text for standard output: a table on a terminal and ndjson elsewhere, unless a format is given. */
export const render = <A extends Flat>(
  how: Option.Option<Format> | Presentation,
  records: ReadonlyArray<A>,
  shape: Shape<A>
): Effect.Effect<string> =>
  Effect.sync(() => {
    const { header, rows } = writer(how, shape)
    return header + rows(records)
  })

/** Records as text while they arrive: `add` gives what can be written at once, `end` what needs all of them. */
export interface Stepwise<A> {
  readonly add: (records: ReadonlyArray<A>) => string
  readonly end: () => string
}

/** As {@link render}, by steps; where no record arrives, there is no text. */
export const stepwise = <A extends Flat>(
  how: Option.Option<Format> | Presentation,
  shape: Shape<A>
): Effect.Effect<Stepwise<A>> =>
  Effect.sync(() => {
    const { header, isWhole, rows } = writer(how, shape)
    const all: Array<A> = []
    let isFirst = true
    return {
      add: (records) => {
        if (records.length === 0) return ""
        if (isWhole) {
          all.push(...records)
          return ""
        }
        const text = (isFirst ? header : "") + rows(records)
        isFirst = false
        return text
      },
      end: () => (all.length === 0 ? "" : rows(all))
    }
  })
