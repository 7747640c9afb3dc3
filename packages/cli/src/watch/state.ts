import * as Change from "@open-interest/core/Change"
import type { Misconfigured, UnknownExchange } from "@open-interest/core/OpenInterestSources"
import type * as Poll from "@open-interest/core/Poll"
import type { ReadingFailure } from "@open-interest/core/Readings"
import type { Valuation } from "@open-interest/core/Valuation"
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"

/** A round of an exchange, and when all of it was there; that of a market says who left. */
export interface Round extends Poll.Round, Partial<Pick<Poll.MarketRound, "joined" | "left">> {
  readonly readAt: DateTime.Utc
}

/** A contract: its first reading, the newest one, and the one before that, where there were two. */
export interface Row {
  readonly first: Valuation
  readonly before: Valuation | undefined
  readonly latest: Valuation
  /** Whether it was read in the newest round of its exchange; otherwise that failed. */
  readonly isFresh: boolean
}

/** What is known of the rounds of an exchange. */
export interface Asked {
  readonly due: DateTime.Utc
  readonly startedAt: DateTime.Utc
  readonly readAt: DateTime.Utc
  readonly closedUntil: Option.Option<DateTime.Utc>
  /** How many rounds were left out so far, for being late or while the exchange was closed. */
  readonly skipped: number
}

/** An exchange, by its contracts. What failed is that of the newest round. */
export interface Watched {
  readonly exchange: string
  /** The newest round; none was read yet where it is missing. */
  readonly asked: Asked | undefined
  readonly rows: ReadonlyMap<string, Row>
  readonly failures: ReadonlyArray<ReadingFailure>
  /** Why it can't be asked at all. */
  readonly broken: Misconfigured | UnknownExchange | undefined
}

/** The exchanges that are watched, in the order in which they were named. */
export type State = ReadonlyMap<string, Watched>

/** An exchange of which nothing was read yet. */
export const unread = (exchange: string, broken?: Misconfigured | UnknownExchange): Watched => ({
  exchange,
  asked: undefined,
  rows: new Map(),
  failures: [],
  broken
})

/** Nothing was read yet. */
export const make = (watched: ReadonlyArray<Watched>): State => new Map(watched.map((each) => [each.exchange, each]))

/** The contract of a reading, among those of its exchange. */
export const nameOf = ({ openInterest: { instrument } }: Valuation): string => instrument.symbol

/** Whether a change from one to the other makes sense; a figure that went back in time is still of the same contract. */
const isSameFigure = (first: Valuation, latest: Valuation): boolean =>
  Either.match(Change.between(first, latest), { onLeft: ({ reason }) => reason === "WrongOrder", onRight: () => true })

/** A contract with its newest reading. Another contract under its name, or another unit, begins anew. */
const read = (row: Row | undefined, latest: Valuation): Row =>
  row === undefined || !isSameFigure(row.first, latest)
    ? { first: latest, before: undefined, latest, isFresh: true }
    : { first: row.first, before: row.latest, latest, isFresh: true }

const rowsAfter = (rows: Watched["rows"], { left = [], valuations }: Round): Watched["rows"] => {
  const gone = new Set(left.map(({ symbol }) => symbol))
  const next = new Map<string, Row>()
  for (const [name, row] of rows) if (!gone.has(name)) next.set(name, { ...row, isFresh: false })
  for (const valuation of valuations) next.set(nameOf(valuation), read(rows.get(nameOf(valuation)), valuation))
  return next
}

const skippedIn = ({ skipped: { closed, late } }: Round): number => closed + late

/** An exchange after one more round: it holds three readings of each contract, however many rounds there were. */
export const after = (watched: Watched, round: Round): Watched => ({
  ...watched,
  asked: {
    due: round.due,
    startedAt: round.startedAt,
    readAt: round.readAt,
    closedUntil: round.closedUntil,
    skipped: (watched.asked?.skipped ?? 0) + skippedIn(round)
  },
  rows: rowsAfter(watched.rows, round),
  failures: round.failures
})

/** The exchanges after one more round of one of them. */
export const add = (state: State, exchange: string, round: Round): State =>
  new Map(state).set(exchange, after(state.get(exchange) ?? unread(exchange), round))
