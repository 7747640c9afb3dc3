import type { PoolState, WindowState } from "@open-interest/core/Pools"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import stringWidth from "string-width"
import { type Digits, grouped } from "../render/table.ts"
import * as Text from "../render/text.ts"
import * as report from "../report.ts"
import * as UnverifiedUnit from "../unverifiedUnit.ts"
import { type Cell, type Column, columns, describe, duration, sort, type Sorting } from "./columns.ts"
import * as Failures from "./failures.ts"
import { cut, pad, paint, type Style } from "./line.ts"
import type { Row, State, Watched } from "./state.ts"

/** How large the window is, in characters; `Infinity` where there is no end. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** What the lines depend on beside what was read. */
export interface Look extends Digits {
  readonly size: Size
  readonly hasColour: boolean
  readonly now: DateTime.Utc
  readonly interval: Duration.Duration
  readonly pools: ReadonlyArray<PoolState>
  readonly sorting: Sorting
  /** Whether keys can be pressed. */
  readonly hasKeys: boolean
}

interface Piece {
  readonly text: string
  readonly style: Style
}

/** One line, never wider than the window. */
const line = ({ hasColour, size }: Look, text: string, style: Style = "plain"): string => {
  const short = cut(Text.line(text), size.columns)
  return hasColour ? paint(short, style) : short
}

const gap = 2

/** As many columns as fit, from the left; the first one in any case, cut. */
const fitting = (widths: ReadonlyArray<number>, room: number): number => {
  let used = -gap
  const tooMany = widths.findIndex((width) => (used += width + gap) > room)
  return tooMany === -1 ? widths.length : Math.max(1, tooMany)
}

const titleOf = (column: Column, sorting: Sorting): Piece =>
  column === sorting.column ? { text: describe(sorting), style: "strong" } : { text: column.title, style: "plain" }

const styleOf = ({ movement }: Cell, { isFresh }: Row): Style => {
  if (!isFresh) return "dim"
  return movement === "none" ? "plain" : movement
}

/** Contracts under the titles of their columns, at most so many lines; those that have no place are counted. */
const tableLines = (rows: ReadonlyArray<Row>, look: Look, height: number): ReadonlyArray<string> => {
  const shown = rows.length + 1 <= height ? rows : rows.slice(0, Math.max(0, height - 2))
  const cells = [
    columns.map((column) => titleOf(column, look.sorting)),
    ...shown.map((row) =>
      columns.map((column): Piece => {
        const cell = column.cell(row, look.now.epochMillis, look)
        return { text: Text.cell(cell.text), style: styleOf(cell, row) }
      })
    )
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((pieces) => stringWidth(pieces[index]?.text ?? ""))))
  const fit = fitting(widths, look.size.columns)
  const lines = cells.map((pieces) =>
    pieces
      .slice(0, fit)
      .map(({ text, style }, index) => {
        const width = Math.min(widths[index] ?? 0, look.size.columns)
        const padded = pad(cut(text, width), width, columns[index]?.align ?? "left")
        return look.hasColour ? paint(padded, style) : padded
      })
      .join(" ".repeat(gap))
      .trimEnd()
  )
  const more = rows.length - shown.length
  return more === 0 ? lines : [...lines, line(look, `… ${more} more`, "dim")]
}

const timeOfDay = (time: DateTime.Utc): string => DateTime.formatIso(time).slice(11, 19)

/** The time, with its day where that is not today. */
const timeFrom = (now: DateTime.Utc, time: DateTime.Utc): string =>
  DateTime.formatIsoDateUtc(now) === DateTime.formatIsoDateUtc(time)
    ? timeOfDay(time)
    : `${DateTime.formatIsoDateUtc(time)} ${timeOfDay(time)}`

/** When the next round is due: the first time of the grid since the last one was there, and the exchange is open. */
const nextDue = ({ closedUntil, due, readAt }: NonNullable<Watched["asked"]>, interval: number): number => {
  const opens = Option.match(closedUntil, { onNone: () => -Infinity, onSome: ({ epochMillis }) => epochMillis })
  const since = Math.max(readAt.epochMillis, opens) - due.epochMillis
  return due.epochMillis + Math.max(1, Math.ceil(since / interval)) * interval
}

const roundText = ({ asked }: Watched, { interval, now }: Look): string => {
  if (asked === undefined) return "reading"
  const wait = nextDue(asked, Duration.toMillis(interval)) - now.epochMillis
  return wait > 0 ? `next in ${Math.ceil(wait / 1000)} s` : "reading"
}

const usedOf = ({ limit, others, used }: WindowState): number => (used + others) / limit

/** The window of an exchange that is nearest to its limit. */
const quotaText = (exchange: string, pools: ReadonlyArray<PoolState>): string | undefined => {
  const [fullest] = pools
    .filter((pool) => pool.exchange === exchange)
    .flatMap(({ name, windows }) => windows.map((window) => ({ name, window })))
    .toSorted((self, that) => usedOf(that.window) - usedOf(self.window))
  if (fullest === undefined) return undefined
  const { limit, others, used, window } = fullest.window
  const elsewhere = others === 0 ? "" : ` and ${grouped(String(others))} by others`
  const of = `of ${grouped(String(limit))} in ${duration(Duration.toMillis(window))}`
  return `quota ${grouped(String(used))}${elsewhere} ${of} (${fullest.name})`
}

/** How an exchange stands, in a line. */
const statusOf = (watched: Watched, look: Look): Piece => {
  const { asked, broken, exchange, failures, rows } = watched
  if (broken !== undefined) return { text: `${exchange}: ${broken.message}`, style: "warning" }
  const isClosed = asked !== undefined && Option.exists(asked.closedUntil, DateTime.greaterThan(look.now))
  const parts = [
    rows.size === 1 ? "1 contract" : `${rows.size} contracts`,
    failures.length === 0 ? [] : `${failures.length} failed`,
    isClosed ? `closed until ${timeFrom(look.now, Option.getOrThrow(asked.closedUntil))}` : [],
    roundText(watched, look),
    quotaText(exchange, look.pools) ?? [],
    asked === undefined ? [] : `asked at ${timeFrom(look.now, asked.startedAt)}`,
    asked === undefined || asked.skipped === 0 ? [] : `${asked.skipped} rounds skipped`
  ].flat()
  return { text: `${exchange}: ${parts.join(", ")}`, style: isClosed ? "warning" : "plain" }
}

/** As many of these lines as a window has room for beside its table; those that have no place are counted. */
const remarkLines = (all: ReadonlyArray<string>, look: Look, what: string): ReadonlyArray<string> => {
  const room = Math.max(1, Math.min(6, Math.floor(look.size.rows / 4)))
  const shown = all.length <= room ? all : all.slice(0, room - 1)
  const more = all.length - shown.length
  return [
    ...shown.map((text) => line(look, text, "warning")),
    ...(more === 0 ? [] : [line(look, `… ${more} more ${what}`, "warning")])
  ]
}

/** What failed in the newest rounds. */
const failureLines = (state: State, look: Look): ReadonlyArray<string> =>
  remarkLines(Failures.lines([...state.values()].flatMap(({ failures }) => failures)), look, "failures")

/** The contracts whose unit nobody has shown. */
const unitLines = (state: State, look: Look): ReadonlyArray<string> => {
  const latest = [...state.values()].flatMap(({ rows }) => Array.from(rows.values(), (row) => row.latest))
  return remarkLines(report.together(report.remarks(latest, UnverifiedUnit.reasons)), look, "warnings")
}

/** Lines for the whole window: how the exchanges stand, the contracts, what failed, and the keys. */
export const screen = (state: State, look: Look): ReadonlyArray<string> => {
  const rows = sort(
    [...state.values()].flatMap((watched) => [...watched.rows.values()]),
    look.sorting
  )
  const statuses = [...state.values()].map((watched) => {
    const { style, text } = statusOf(watched, look)
    return line(look, text, style)
  })
  const failures = failureLines(state, look)
  const units = unitLines(state, look)
  const keys = look.hasKeys ? "q quit   ← → sorted by" : "Ctrl-C quits   sorted by"
  const reverse = look.hasKeys ? "   r reverse" : ""
  const footer = line(look, `${timeOfDay(look.now)} UTC   ${keys} ${describe(look.sorting)}${reverse}`, "dim")
  const blank = ""
  // Where the window is too short for all of it, the table comes first.
  const frames = [
    { above: [...statuses, blank], below: [blank, ...failures, ...units, footer] },
    { above: statuses, below: [...failures, ...units, footer] },
    { above: statuses, below: [...failures, footer] },
    { above: statuses, below: failures },
    { above: statuses, below: [] },
    { above: [], below: [] }
  ]
  const spaceIn = ({ above, below }: (typeof frames)[number]) => look.size.rows - above.length - below.length
  const enough = Math.min(rows.length + 1, 4)
  const frame = frames.find((each) => spaceIn(each) >= enough) ?? { above: [], below: [] }
  return [...frame.above, ...tableLines(rows, look, spaceIn(frame)), ...frame.below].slice(
    0,
    Math.max(0, look.size.rows)
  )
}

/** Lines about one round, for where nothing is ever drawn over. */
export const round = (watched: Watched, look: Look): ReadonlyArray<string> => [
  line(look, statusOf(watched, look).text),
  ...tableLines(sort(watched.rows.values(), look.sorting), look, Infinity)
]
