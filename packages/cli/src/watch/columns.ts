import * as Change from "@open-interest/core/Change"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterest from "@open-interest/core/OpenInterest"
import type * as Quantity from "@open-interest/core/Quantity"
import type { Valuation } from "@open-interest/core/Valuation"
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type Digits, figure, grouped, unknown } from "../render/table.ts"
import type { Row } from "./state.ts"

/** Where a figure went since it was read before. */
export type Movement = "up" | "down" | "none"

/** What a column shows of a contract. */
export interface Cell {
  readonly text: string
  readonly movement: Movement
}

/** What a contract is sorted by: first by the group, for figures of different units have no order among them. */
interface Key {
  readonly group: string
  readonly value: BigDecimal.BigDecimal | string
}

/** A column of the live table. */
export interface Column {
  readonly title: string
  readonly align: "left" | "right"
  /** Whether the largest comes first, unless it is reversed. */
  readonly isDescending: boolean
  /** `now` in milliseconds since 1970. */
  readonly cell: (row: Row, now: number, digits: Digits) => Cell
  /** Nothing where it is not known. */
  readonly key: (row: Row) => Key | undefined
}

const nothing: Cell = { text: unknown, movement: "none" }

const movementOf = (before: BigDecimal.BigDecimal, after: BigDecimal.BigDecimal): Movement => {
  const order = BigDecimal.Order(after, before)
  return order === 0 ? "none" : order > 0 ? "up" : "down"
}

/** A mark that is seen without colours too. */
const marks: Record<Movement, string> = { up: " ▲", down: " ▼", none: "  " }

/** Decimals beyond these places are not shown: half-even. */
const rounded = (n: BigDecimal.BigDecimal, scale: number): string =>
  Decimal.format(BigDecimal.round(n, { scale, mode: "half-even" }))

/** `+1.50 %`: two decimals, and the sign also of what is too small for them. */
const signed = (percentage: BigDecimal.BigDecimal, { raw }: Digits): string => {
  const [whole = "", decimals = ""] = rounded(BigDecimal.abs(percentage), 2).split(".")
  const sign = percentage.value === 0n ? "" : percentage.value > 0n ? "+" : "-"
  return `${sign}${raw ? whole : grouped(whole)}.${decimals.padEnd(2, "0")} %`
}

/** A figure that readings may have: its amount, and what it is counted in. */
interface Figure {
  readonly amount: BigDecimal.BigDecimal
  readonly unit: string
  /** Figures of one group have an order. */
  readonly group: string
}

const figureColumn = (
  title: string,
  figureOf: (valuation: Valuation) => Figure | undefined,
  write: (amount: BigDecimal.BigDecimal) => string
): Column => ({
  title,
  align: "right",
  isDescending: true,
  cell: ({ before, isFresh, latest }, _, digits) => {
    const now = figureOf(latest)
    if (now === undefined) return { ...nothing, text: `${unknown}${marks.none}` }
    const then = before === undefined ? undefined : figureOf(before)
    const movement =
      isFresh && then !== undefined && then.group === now.group ? movementOf(then.amount, now.amount) : "none"
    return { text: `${figure(write(now.amount), now.unit, digits)}${marks[movement]}`, movement }
  },
  key: ({ latest }) => {
    const now = figureOf(latest)
    return now === undefined ? undefined : { group: now.group, value: now.amount }
  }
})

/** By how much the position changed, in percent: in what a price does not move. */
const percentageOf = (from: Valuation | undefined, { latest }: Row): Option.Option<BigDecimal.BigDecimal> =>
  from === undefined
    ? Option.none()
    : Change.between(from, latest).pipe(
        Either.flatMap((change): Either.Either<Change.Difference<Quantity.Unit>, unknown> => change.position),
        Either.match({ onLeft: () => Option.none(), onRight: ({ percentage }) => percentage })
      )

const zero = BigDecimal.fromBigInt(0n)

const changeColumn = (title: string, from: (row: Row) => Valuation | undefined): Column => ({
  title,
  align: "right",
  isDescending: true,
  cell: (row, _, digits) =>
    Option.match(percentageOf(from(row), row), {
      onNone: () => nothing,
      onSome: (percentage) => ({ text: signed(percentage, digits), movement: movementOf(zero, percentage) })
    }),
  key: (row) =>
    Option.match(percentageOf(from(row), row), {
      onNone: () => undefined,
      onSome: (value) => ({ group: "", value })
    })
})

const fullName = ({ latest: { openInterest } }: Row): string =>
  `${openInterest.instrument.exchange}:${openInterest.instrument.symbol}`

const timeOf = ({ latest }: Row): number => latest.openInterest.timestamp.epochMillis

const units = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"]
] as const

/** Whole numbers of the largest unit that fits: `12 s`, `3 min`. */
export const duration = (millis: number): string => {
  const seconds = Math.trunc(millis / 1000)
  const [size, unit] = units.find(([each]) => Math.abs(seconds) >= each) ?? [1, "s"]
  return `${Math.trunc(seconds / size)} ${unit}`
}

const value = figureColumn(
  "VALUE",
  (valuation) =>
    Either.match(valuation.quote, {
      onLeft: () => undefined,
      onRight: ({ amount, denomination }) => ({ amount, unit: denomination, group: denomination })
    }),
  (amount) => rounded(amount, 2)
)

/** In the order of what may be missing last, where the window is narrow. */
export const columns: ReadonlyArray<Column> = [
  {
    title: "CONTRACT",
    align: "left",
    isDescending: false,
    cell: (row) => ({ text: fullName(row), movement: "none" }),
    key: (row) => ({ group: "", value: fullName(row) })
  },
  figureColumn(
    "OPEN INTEREST",
    ({ openInterest }) => {
      const { amount, denomination, unit } = OpenInterest.quantity(openInterest)
      return { amount, unit: unit === "contracts" ? unit : denomination, group: `${unit} ${denomination}` }
    },
    Decimal.format
  ),
  changeColumn("SINCE LAST", ({ before }) => before),
  changeColumn("SINCE START", ({ before, first }) => (before === undefined ? undefined : first)),
  {
    title: "AGE",
    align: "right",
    isDescending: true,
    // The stamp of a reply says how old the figure is at least.
    cell: (row, now) => {
      const isReply = row.latest.openInterest.timestampKind === "reply"
      return { text: `${isReply ? "≥ " : ""}${duration(now - timeOf(row))}`, movement: "none" }
    },
    key: (row) => ({ group: "", value: BigDecimal.fromBigInt(BigInt(-timeOf(row))) })
  },
  value,
  figureColumn(
    "MARK PRICE",
    ({ markPrice }) =>
      Either.match(markPrice, {
        onLeft: () => undefined,
        onRight: ({ instrument, price }) => ({
          amount: price,
          unit: instrument.quote,
          group: `${instrument.quote} per ${instrument.base}`
        })
      }),
    Decimal.format
  )
]

/** The column that contracts are sorted by, and whether the other way around than its own. */
export interface Sorting {
  readonly column: Column
  readonly isReversed: boolean
}

/** The largest value first. */
export const bySize: Sorting = { column: value, isReversed: false }

/** Sorted by the column so many places further on, around the end. */
export const moved = ({ column }: Sorting, by: number): Sorting => ({
  column: columns.at((columns.indexOf(column) + by) % columns.length) ?? column,
  isReversed: false
})

/** The same column, the other way around. */
export const reversed = ({ column, isReversed }: Sorting): Sorting => ({ column, isReversed: !isReversed })

/** The title of the column, and whether its figures fall or rise from line to line. */
export const describe = ({ column, isReversed }: Sorting): string =>
  `${column.title} ${column.isDescending === isReversed ? "↑" : "↓"}`

const compare = (self: string, that: string): number => (self < that ? -1 : self > that ? 1 : 0)

const compareValues = (self: Key["value"], that: Key["value"]): number =>
  typeof self === "string" || typeof that === "string"
    ? compare(String(self), String(that))
    : BigDecimal.Order(self, that)

/** Contracts in order: what is not known comes last either way, and what is equal by name. */
export const sort = (rows: Iterable<Row>, { column, isReversed }: Sorting): ReadonlyArray<Row> => {
  const direction = column.isDescending === isReversed ? 1 : -1
  return Array.from(rows, (row) => ({ row, name: fullName(row), key: column.key(row) }))
    .toSorted((self, that) => {
      if (self.key === undefined || that.key === undefined) {
        return Number(self.key === undefined) - Number(that.key === undefined) || compare(self.name, that.name)
      }
      return (
        compare(self.key.group, that.key.group) ||
        direction * compareValues(self.key.value, that.key.value) ||
        compare(self.name, that.name)
      )
    })
    .map(({ row }) => row)
}
