import * as Convention from "@open-interest/core/Convention"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import * as History from "@open-interest/core/History"
import type * as Instrument from "@open-interest/core/Instrument"
import type * as InstrumentCatalog from "@open-interest/core/InstrumentCatalog"
import { type HistoryError, Unsupported } from "@open-interest/core/SourceError"
import * as Wire from "@open-interest/core/Wire"
import * as BigDecimal from "effect/BigDecimal"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as conventions from "./conventions.ts"
import * as endpoints from "./endpoints.ts"
import * as HistoryPlan from "./historyPlan.ts"
import { slotsOf } from "./slots.ts"
import * as wire from "./wire.ts"

/** Rows where neither since nor a limit says how many. */
const defaultLimit = 30

/** Milliseconds. How long after the end of its period a row may still be on its way. */
const grace = 5 * 60_000

const decodeRows = Wire.decodeRows(wire.OpenInterestHistRow, "")

type Row = typeof wire.OpenInterestHistRow.Type

const isSameFigure = (self: Row, that: Row): boolean =>
  BigDecimal.equals(self.sumOpenInterest, that.sumOpenInterest) &&
  BigDecimal.equals(self.sumOpenInterestValue, that.sumOpenInterestValue)

/** The rows of a page by their stamps, the oldest first, each once; or what is wrong with them. */
const rowsOf = (
  body: ReadonlyArray<unknown>,
  asked: { readonly pair: string; readonly contractType: string; readonly from: number; readonly to: number }
): Either.Either<ReadonlyArray<Row>, Wire.Mismatch> =>
  Either.gen(function* () {
    const byStamp = new Map<number, Row>()
    for (const [index, each] of decodeRows(body).entries()) {
      const row = yield* each.row
      for (const key of ["pair", "contractType"] as const) {
        if (row[key] !== asked[key]) {
          const detail = `asked for ${JSON.stringify(asked[key])}, answered for ${JSON.stringify(row[key])}`
          return yield* Either.left({ path: `[${index}].${key}`, detail })
        }
      }
      const stamp = row.timestamp.epochMillis
      if (stamp < asked.from || stamp > asked.to) continue
      const twin = byStamp.get(stamp)
      if (twin !== undefined && !isSameFigure(row, twin)) {
        return yield* Either.left({ path: `[${index}]`, detail: "two rows of one time with different figures" })
      }
      byStamp.set(stamp, row)
    }
    return [...byStamp.values()].toSorted((left, right) => left.timestamp.epochMillis - right.timestamp.epochMillis)
  })

/** Puts a notice wherever rows are missing between the first stamp and the last. */
const withGaps = (
  points: ReadonlyArray<History.HistoryPoint>,
  grid: { readonly from: number; readonly to: number; readonly period: number }
): ReadonlyArray<History.Element> => {
  const elements: Array<History.Element> = []
  let next = grid.from
  const missing = (to: number) => {
    if (next > to) return
    elements.push(
      new History.HistoryNotice({
        reason: "Missing",
        from: DateTime.unsafeMake(next),
        to: DateTime.unsafeMake(to)
      })
    )
  }
  for (const point of points) {
    const stamp = Math.floor(point.openInterest.timestamp.epochMillis / grid.period) * grid.period
    missing(stamp - grid.period)
    elements.push(point)
    next = stamp + grid.period
  }
  missing(grid.to)
  return elements
}

/** Ends after so many rows; notices do not count. */
const takePoints =
  (limit: number) =>
  <E, R>(series: Stream.Stream<History.Element, E, R>): Stream.Stream<History.Element, E, R> =>
    limit === Infinity
      ? series
      : series.pipe(
          Stream.mapAccum(0, (taken, element) => {
            const count = element._tag === "HistoryPoint" ? taken + 1 : taken
            return [count, { count, element }] as const
          }),
          Stream.takeUntil(({ count }) => count >= limit),
          Stream.map(({ element }) => element)
        )

/** The history of a contract over the requests of a client. */
export const make =
  (client: ExchangeClient.ExchangeClient, catalog: InstrumentCatalog.InstrumentCatalog) =>
  (request: History.Request): Stream.Stream<History.Element, HistoryError> => {
    const limit = request.limit ?? (request.since === undefined ? defaultLimit : Infinity)
    // As `Stream.take` has it.
    if (request.limit !== undefined && !Number.isInteger(limit)) {
      return Stream.die(new Cause.IllegalArgumentException(`a limit of ${limit} is no whole number`))
    }
    if (limit <= 0) return Stream.empty
    const operation = client.operation({ name: "history", symbol: request.symbol })
    const period = Duration.toMillis(History.toDuration(request.period))

    const read = (instrument: Instrument.Instrument, { contractType, from, to }: HistoryPlan.Page) =>
      Effect.gen(function* () {
        const pair = `${instrument.base}${instrument.quote}`
        const limit = (to - from) / period + 1
        const asked = { pair, contractType, from, to }
        const answer = yield* operation(
          client.getSymbol(instrument.symbol, endpoints.openInterestHist({ ...asked, period: request.period, limit }))
        )
        const rows = yield* Either.mapLeft(rowsOf(answer.value, asked), answer.unexpected)
        const points = rows.map(
          ({ sumOpenInterest, sumOpenInterestValue, timestamp }) =>
            new History.HistoryPoint(
              {
                openInterest: Convention.reading(conventions.history, {
                  instrument,
                  amount: sumOpenInterest,
                  timestamp,
                  receivedAt: answer.receivedAt
                }),
                period: request.period,
                base: Option.some(sumOpenInterestValue)
              },
              true
            )
        )
        const published = answer.receivedAt.epochMillis - period - grace
        return withGaps(points, { from, to: Math.min(to, Math.floor(published / period) * period), period })
      })

    return Stream.unwrap(
      Effect.gen(function* () {
        const instrument = yield* operation(catalog.instrumentOrArchived(request.symbol))
        const { symbol } = instrument
        const slots = yield* Effect.mapError(
          slotsOf(instrument),
          () =>
            new Unsupported({
              exchange: conventions.exchange,
              symbol,
              detail: `no history: ${symbol} is not delivered on the last Friday of a quarter, so its place in the series is not known`
            })
        )
        const now = yield* Clock.currentTimeMillis
        const until = Math.min(now, request.until?.epochMillis ?? slots.at(-1)?.to ?? now)
        const newest = Math.floor(until / period) * period
        const since = request.since?.epochMillis ?? Math.max(0, newest - (limit - 1) * period)
        const listedAt = Option.match(instrument.listedAt, { onNone: () => 0, onSome: (at) => at.epochMillis })
        // Planned anew before each page, and one at a time: nothing is asked that nobody takes, and while rows are
        // being taken, what was kept at first may be kept no more.
        return Stream.unfoldEffect(since, (next) =>
          Effect.map(Clock.currentTimeMillis, (now) =>
            Option.map(
              Option.fromNullable(HistoryPlan.plan({ slots, listedAt, period, since: next, until, now })[0]),
              (step) => [step, HistoryPlan.endOf(step) + period] as const
            )
          )
        ).pipe(
          Stream.flatMap((step) =>
            step._tag === "Page" ? Stream.fromIterableEffect(read(instrument, step)) : Stream.make(step)
          ),
          takePoints(limit)
        )
      })
    )
  }
