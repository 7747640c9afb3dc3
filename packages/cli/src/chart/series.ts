import type { OpenInterestRecord } from "@open-interest/core/OpenInterestRecord"
import type { Unit } from "@open-interest/core/Quantity"
import * as Array from "effect/Array"
import type * as BigDecimal from "effect/BigDecimal"

/** One record of a contract; `null` is unknown. */
export interface Row {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly amount: BigDecimal.BigDecimal | null
  /** The mark price that came with the amount. */
  readonly price: BigDecimal.BigDecimal | null
}

/** The records of one contract in one unit. Rows of history and readings of now are series of their own. */
export interface Series {
  readonly exchange: string
  readonly symbol: string
  readonly isHistory: boolean
  readonly unit: Unit
  readonly baseCurrency: string
  readonly quoteCurrency: string
  /** The oldest first; no time stands twice. */
  readonly rows: ReadonlyArray<Row>
  /** Rows that are further apart, in milliseconds, have a gap between them. */
  readonly longestStep: number
}

/** A figure at a time. */
export interface Point {
  readonly time: number
  readonly value: BigDecimal.BigDecimal
}

/**
 * How far apart neighbours may be. A series of history has a row for each period; readings come as often as somebody
 * asks for them, more or less.
 */
const longestStep = (rows: ReadonlyArray<Row>, isHistory: boolean): number => {
  const steps = rows
    .slice(1)
    .map(({ time }, index) => time - (rows[index]?.time ?? time))
    .toSorted((one, other) => one - other)
  return isHistory ? 1.5 * (steps[0] ?? 0) : 3 * (steps[Math.floor(steps.length / 2)] ?? 0)
}

/**
 * The series in these records, in the order in which they begin: in the unit that each exchange reports, or in the one
 * that is asked for. Of two records of one time the later one counts. `period` is how far apart the rows of history are,
 * in milliseconds; without it, it is the shortest step between two of them.
 */
export const fromRecords = (
  records: ReadonlyArray<OpenInterestRecord>,
  asked: { readonly unit?: Unit | undefined; readonly period?: number | undefined } = {}
): ReadonlyArray<Series> => {
  const isHistory = ({ timestampKind }: OpenInterestRecord) => timestampKind === "period"
  const unitOf = ({ unit }: OpenInterestRecord) => asked.unit ?? unit
  const groups = Array.groupBy(records, (record) =>
    JSON.stringify([record.exchange, record.symbol, isHistory(record), unitOf(record)])
  )
  return Object.values(groups).map((same) => {
    const [first] = same
    const unit = unitOf(first)
    const rows = new Map(
      same.map((record): [number, Row] => {
        const time = record.timestamp.epochMillis
        return [time, { time, amount: record[unit], price: record.markPrice }]
      })
    )
    const inOrder = [...rows.values()].toSorted((one, other) => one.time - other.time)
    return {
      exchange: first.exchange,
      symbol: first.symbol,
      isHistory: isHistory(first),
      unit,
      baseCurrency: first.baseCurrency,
      quoteCurrency: first.quoteCurrency,
      rows: inOrder,
      longestStep: asked.period === undefined ? longestStep(inOrder, isHistory(first)) : 1.5 * asked.period
    }
  })
}

/** The points that belong together: a line ends where a figure is unknown, and where rows are missing. */
export const lines = (
  { longestStep, rows }: Series,
  figure: "amount" | "price"
): ReadonlyArray<Array.NonEmptyReadonlyArray<Point>> => {
  const all: Array<Array.NonEmptyArray<Point>> = []
  let previous: Row | undefined
  for (const row of rows) {
    const value = row[figure]
    const line = all.at(-1)
    if (value !== null) {
      const isJoined = previous !== undefined && previous[figure] !== null && row.time - previous.time <= longestStep
      if (line !== undefined && isJoined) line.push({ time: row.time, value })
      else all.push([{ time: row.time, value }])
    }
    previous = row
  }
  return all
}
