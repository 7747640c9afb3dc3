/**
 * Open interest again and again: rounds of readings on a steady grid of times, as a stream.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Predicate } from "effect/Predicate"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as Instrument from "./Instrument.ts"
import type { InstrumentFilter } from "./InstrumentFilter.ts"
import * as Time from "./internal/time.ts"
import type { OpenInterest } from "./OpenInterest.ts"
import type * as OpenInterestSource from "./OpenInterestSource.ts"
import type { Readings } from "./Readings.ts"
import type { SourceError } from "./SourceError.ts"
import type { Valuation } from "./Valuation.ts"

/**
 * When to ask, and what to leave out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** From one round to the next: a positive, whole number of milliseconds. */
  readonly interval: Duration.DurationInput
  /**
   * How long after each multiple of the interval since 1970-01-01T00:00:00Z a round is due: whole milliseconds, less
   * than the interval. Streams with the same interval and phase agree on their times, in whatever process they run.
   *
   * Default: chosen by `Random` for each run of the stream, from a tenth to nine tenths of the interval, or of a minute
   * where the interval is longer. So not everybody asks as the minute begins, and one seed gives one phase.
   */
  readonly phase?: Duration.DurationInput | undefined
  /**
   * Whether to leave out a valuation whose reading is the one that was given last for the same contract: same time of
   * the exchange, same amount and unit, whatever the price. Another amount with the same time is given. Only stamps of
   * the kind `event` can tell: those of the kind `reply` (Bitget) differ in every answer, so that nothing is left out.
   *
   * Default: `false`.
   */
  readonly distinct?: boolean | undefined
}

/**
 * Rounds that were due since the one before and have not been asked: `late`, because that one was still being read or
 * worked on, the machine was suspended, or the clock was set forward; `closed`, because the exchange wanted nothing
 * until a later time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Skipped {
  readonly late: number
  readonly closed: number
}

/**
 * One time of asking. A read that fails as a whole is one failure: the product line named as the exchange is missing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Round extends Readings {
  /** The time on the grid. */
  readonly due: DateTime.Utc
  /** When it was asked: at `due`, or later, by less than the interval, where the wake-up came late. */
  readonly startedAt: DateTime.Utc
  readonly skipped: Skipped
  /** What the exchange has said about the next rounds: those due before this time will be skipped. */
  readonly closedUntil: Option.Option<DateTime.Utc>
}

/**
 * One look at a market, and who has come and gone since the last complete one. A look is complete where no list of a
 * product line failed: up to the first complete one nobody joins, and in one that is not complete nobody leaves. A
 * contract joins with its first reading, and one that failed has not left. Where a symbol came back for another
 * contract, the one before has left and the new one joined.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarketRound extends Round {
  readonly joined: ReadonlyArray<Instrument.Instrument>
  readonly left: ReadonlyArray<Instrument.Instrument>
}

/** Milliseconds of the UTC clock. */
interface Grid {
  readonly interval: number
  readonly phase: number
}

/** Where a stream stands: the number of its last round, and when the exchange opens, by the UTC and the monotonic clock. */
interface Position {
  readonly last: number | undefined
  readonly closedUntil: number
  readonly opensAt: number
}

const start: Position = { last: undefined, closedUntil: -Infinity, opensAt: -Infinity }

/** Timers stand still while the machine is suspended, and know nothing of a clock that is set: so it is looked at again. */
const longestSleep = 10_000

const minute = 60_000

const wholeMillis = (name: string, input: Duration.DurationInput, isAllowed: Predicate<number>, allowed: string) => {
  const duration = Duration.decode(input)
  const millis = Duration.toMillis(duration)
  if (Number.isSafeInteger(millis) && isAllowed(millis)) return millis
  throw new RangeError(`${name}: expected ${allowed}, in whole milliseconds, got ${Duration.format(duration)}`)
}

const gridOf = (options: Options): Effect.Effect<Grid> => {
  const interval = wholeMillis("interval", options.interval, (millis) => millis > 0, "a positive duration")
  if (options.phase === undefined) {
    return Effect.map(Random.next, (random) => ({
      interval,
      phase: Math.floor(Math.min(interval, minute) * (0.1 + 0.8 * random))
    }))
  }
  const phase = wholeMillis("phase", options.phase, (millis) => millis < interval, "less than the interval")
  return Effect.succeed({ interval, phase })
}

const dueAt = ({ interval, phase }: Grid, round: number): number => phase + round * interval

const firstFrom = ({ interval, phase }: Grid, time: number): number => Math.ceil((time - phase) / interval)

/** The first round from `time` on that has not been yet; after a clock that was set back too far, one that has been. */
const choose = (grid: Grid, last: number | undefined, time: number): number => {
  const first = firstFrom(grid, time)
  const next = last === undefined ? first : Math.max(first, last + 1)
  return dueAt(grid, next) - time > 2 * grid.interval ? first : next
}

/** How many of the rounds between two were due while the exchange was closed, and how many not. */
const skippedBetween = (grid: Grid, last: number | undefined, round: number, closedUntil: number): Skipped => {
  if (last === undefined || round <= last) return { late: 0, closed: 0 }
  const closed = Math.min(Math.max(firstFrom(grid, closedUntil) - last - 1, 0), round - last - 1)
  return { late: round - last - 1 - closed, closed }
}

/** Waits for the next round that can be asked. */
const nextRound = (grid: Grid, { last, ...closure }: Position) =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const look = () => {
      const now = clock.unsafeCurrentTimeMillis()
      // Whichever comes first: one clock may have been set back, the other have stood still while the machine did.
      const closedUntil = Math.min(closure.closedUntil, Math.ceil(now + closure.opensAt - Time.monotonic(clock)))
      return { now, closedUntil, time: Math.max(now, closedUntil) }
    }
    let at = look()
    let round = choose(grid, last, at.time)
    while (dueAt(grid, round) > at.now) {
      yield* clock.sleep(Duration.millis(Math.min(dueAt(grid, round) - at.now, longestSleep)))
      at = look()
      const isDue = dueAt(grid, round) <= at.now && at.now < dueAt(grid, round + 1) && at.closedUntil <= at.now
      if (!isDue) round = choose(grid, last, at.time)
    }
    return { round, skipped: skippedBetween(grid, last, round, at.closedUntil) }
  })

/** Until when the exchange wants nothing because of this. Our own quota lets others through meanwhile. */
const closedBy = (error: SourceError): Option.Option<DateTime.Utc> => {
  switch (error._tag) {
    case "RateLimited":
      return error.by === "quota" ? Option.none() : error.until
    case "Banned":
    case "Forbidden":
    case "Unavailable":
    case "CircuitOpen":
      return error.until
    default:
      return Option.none()
  }
}

/** The latest of these times, in milliseconds since 1970; one that is over by `now` says nothing any more. */
const closedUntilOf = ({ failures, valuations }: Readings, now: number): number => {
  let latest = now
  const note = (error: SourceError) => {
    const until = closedBy(error)
    if (Option.isSome(until)) latest = Math.max(latest, until.value.epochMillis)
  }
  for (const { error } of failures) note(error)
  for (const { markPrice } of valuations) if (Either.isLeft(markPrice)) note(markPrice.left)
  return latest > now ? latest : -Infinity
}

const nothingRead = (error: SourceError): Readings => ({
  valuations: [],
  failures: [{ exchange: error.exchange, missing: "product", name: error.exchange, error }]
})

const roundsOf = <R>(
  read: Effect.Effect<Readings, SourceError, R>,
  options: Options
): Stream.Stream<Round, never, R> => {
  const readings = Effect.catchAll(read, (error) => Effect.succeed(nothingRead(error)))
  return Stream.unwrap(
    Effect.map(gridOf(options), (grid) =>
      Stream.unfoldEffect(start, (position) =>
        Effect.gen(function* () {
          const clock = yield* Effect.clock
          const { round, skipped } = yield* nextRound(grid, position)
          const startedAt = yield* DateTime.now
          const { failures, valuations } = yield* readings
          const now = clock.unsafeCurrentTimeMillis()
          const closedUntil = closedUntilOf({ valuations, failures }, now)
          return Option.some([
            {
              due: DateTime.unsafeMake(dueAt(grid, round)),
              startedAt,
              skipped,
              closedUntil: closedUntil > now ? Option.some(DateTime.unsafeMake(closedUntil)) : Option.none(),
              valuations,
              failures
            },
            { last: round, closedUntil, opensAt: Time.monotonic(clock) + closedUntil - now }
          ])
        })
      )
    )
  )
}

const keyOf = (exchange: string, name: string): string => `${exchange}:${name}`

const keyOfContract = ({ exchange, symbol }: Instrument.Instrument): string => keyOf(exchange, symbol)

const isComplete = ({ failures }: Readings): boolean => !failures.some(({ missing }) => missing === "product")

/** By all the names that a failure may have: a row without a readable symbol is named by its product line. */
const keysOf = ({ exchange, product, symbol, unifiedSymbol }: Instrument.Instrument): ReadonlyArray<string> =>
  [symbol, unifiedSymbol, product].map((name) => keyOf(exchange, name))

/** Whether a contract that was not read may only have failed, by its keys: otherwise it is not there any more. */
const mayHaveFailed = (readings: Readings): Predicate<ReadonlyArray<string>> => {
  if (!isComplete(readings)) return () => true
  const failed = new Set(readings.failures.map(({ exchange, name }) => keyOf(exchange, name)))
  return (keys) => keys.some((key) => failed.has(key))
}

const isSameReading = (self: OpenInterest, that: OpenInterest): boolean =>
  Instrument.isSame(self.instrument, that.instrument) &&
  DateTime.Equivalence(self.timestamp, that.timestamp) &&
  self.unit === that.unit &&
  BigDecimal.equals(self.amount, that.amount)

/** What was given last of each contract that is still there. */
type Given = ReadonlyMap<string, OpenInterest>

const withoutRepeated = <A extends Round>(given: Given, round: A): readonly [Given, A] => {
  const mayBeThere = mayHaveFailed(round)
  const next = new Map([...given].filter(([, { instrument }]) => mayBeThere(keysOf(instrument))))
  const valuations = round.valuations.filter(({ openInterest }) => {
    const key = keyOfContract(openInterest.instrument)
    const last = next.get(key) ?? given.get(key)
    next.set(key, openInterest)
    return last === undefined || !isSameReading(last, openInterest)
  })
  return [next, { ...round, valuations }]
}

const distinctIf =
  ({ distinct = false }: Options) =>
  <A extends Round, R>(rounds: Stream.Stream<A, never, R>): Stream.Stream<A, never, R> =>
    distinct ? Stream.mapAccum(rounds, new Map() as Given, withoutRepeated<A>) : rounds

/** The contracts of a market; of those that have only failed so far there is a name and no more. */
type Known = ReadonlyMap<string, Instrument.Instrument | undefined>

const withChanges = (known: Known | undefined, round: Round): readonly [Known | undefined, MarketRound] => {
  const { failures, valuations } = round
  const read = new Map(valuations.map(({ openInterest: { instrument } }) => [keyOfContract(instrument), instrument]))
  if (known === undefined) {
    const failed = failures.map(({ exchange, name }) => [keyOf(exchange, name), undefined] as const)
    return [isComplete(round) ? new Map([...failed, ...read]) : undefined, { ...round, joined: [], left: [] }]
  }
  const mayBeThere = mayHaveFailed(round)
  const joined = [...read].flatMap(([key, instrument]) => {
    const before = known.get(key)
    const isKnown = before === undefined ? known.has(key) : Instrument.isSame(before, instrument)
    return isKnown ? [] : [instrument]
  })
  const left: Array<Instrument.Instrument> = []
  const next = new Map<string, Instrument.Instrument | undefined>(read)
  for (const [key, before] of known) {
    const instrument = read.get(key)
    if (instrument !== undefined) {
      if (before !== undefined && !Instrument.isSame(before, instrument)) left.push(before)
    } else if (mayBeThere(before === undefined ? [key] : keysOf(before))) {
      next.set(key, before)
    } else if (before !== undefined) {
      left.push(before)
    }
  }
  return [next, { ...round, joined, left }]
}

/**
 * Reads again and again. Rounds are due at `phase + k × interval` of the UTC clock, however long a round takes, and the
 * stream never ends by itself: what fails is part of a round, and only a defect ends it.
 *
 * - The next round is not asked before the last has been taken. What is due meanwhile is skipped and counted, and so
 *   is what is due while the machine is suspended or when the clock is set forward: nothing is made up for.
 * - When the clock is set back, the next round waits until the clock shows its time, unless that is more than two
 *   intervals away: then the rounds go on at the times that the clock shows now, so that some times come again.
 * - Where a round says that the exchange wants nothing until some time, by any of its errors (`RateLimited` not by our
 *   own quota, `Banned`, `Forbidden`, `Unavailable`, `CircuitOpen`), those due before it are not asked. The next one
 *   is the first on the grid from then on.
 *
 * How long a single round may take is up to the policy of what is read. Throws a `RangeError` for an interval or a
 * phase that {@link Options} does not allow.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R>(
  read: Effect.Effect<Readings, SourceError, R>,
  options: Options
): Stream.Stream<Round, never, R> => distinctIf(options)(roundsOf(read, options))

/**
 * Reads the same contracts again and again, as {@link make} does. A symbol is the exchange's own or the unified one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const targets = (
  source: OpenInterestSource.Service,
  symbols: ReadonlyArray<string>,
  options: Options
): Stream.Stream<Round> => make(source.readings(symbols), options)

/**
 * Reads a whole market again and again, or those contracts of it that the filter names, as {@link make} does. New
 * listings join and delivered contracts leave, as soon as the source has read its lists again: five minutes at most.
 *
 * Several exchanges are streams of their own, so that the ban of one holds nobody else up. Once merged, each is at most
 * two rounds ahead of who takes them, where `bufferSize` is 1; by default it would be more.
 *
 * @example
 * import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
 * import * as Poll from "@open-interest/core/Poll"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const bitcoin = Effect.gen(function* () {
 *   const { exchanges, source } = yield* OpenInterestSources.OpenInterestSources
 *   const sources = yield* Effect.forEach(exchanges, source)
 *   const streams = sources.map((each) =>
 *     Poll.market(each, { base: ["BTC"] }, { interval: "1 minute" }).pipe(
 *       Stream.map((round) => ({ exchange: each.exchange, round }))
 *     )
 *   )
 *   return Stream.mergeAll(streams, { concurrency: "unbounded", bufferSize: 1 })
 * })
 *
 * export const program = Stream.unwrap(bitcoin).pipe(
 *   Stream.runForEach(({ exchange, round }) =>
 *     Effect.log(`${exchange}: ${round.valuations.length} read, ${round.failures.length} failed`)
 *   )
 * )
 *
 * @since 0.1.0
 * @category constructors
 */
export const market = (
  source: OpenInterestSource.Service,
  filter: InstrumentFilter,
  options: Options
): Stream.Stream<MarketRound> =>
  distinctIf(options)(
    Stream.mapAccum(roundsOf(source.snapshot(filter), options), undefined as Known | undefined, withChanges)
  )

/**
 * Only the valuations, one by one.
 *
 * @since 0.1.0
 * @category combinators
 */
export const valuations = <E, R>(rounds: Stream.Stream<Round, E, R>): Stream.Stream<Valuation, E, R> =>
  Stream.mapConcatChunk(rounds, (round) => Chunk.fromIterable(round.valuations))
