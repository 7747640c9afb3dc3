import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import type { InstrumentFilter } from "@open-interest/core/InstrumentFilter"
import * as Array from "effect/Array"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type ExchangeName, exchangesNamed, isExchange } from "../exchangeArguments.ts"
import { layer } from "../exchanges.ts"
import { codes, ExitCode, outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import { CurrentManner } from "../manner.ts"
import * as Market from "../market.ts"
import { columns, oneOf, options, toFilter } from "../options.ts"
import { during } from "../output.ts"
import { formatOf, formats } from "../render/format.ts"
import { fields } from "../render/openInterest.ts"
import * as report from "../report.ts"
import * as Style from "../style.ts"
import * as TargetArguments from "../targetArguments.ts"
import * as Time from "../time.ts"
import * as Failures from "../watch/failures.ts"
import * as Follow from "../watch/follow.ts"
import * as Live from "../watch/live.ts"
import * as Prepare from "../watch/prepare.ts"
import * as Rounds from "../watch/rounds.ts"
import * as State from "../watch/state.ts"
import * as Terminal from "../watch/terminal.ts"

const defaultInterval = "30s"

const mostRounds = 1_000_000

const parseRounds = (text: string): Option.Option<number> =>
  Option.filter(Option.some(Number(text)), (count) => /^\d{1,7}$/.test(text) && count >= 1 && count <= mostRounds)

/** Targets where an argument is one, and otherwise exchanges with the filter; mistakes end it. */
const askedFor = (names: ReadonlyArray<string>, filter: InstrumentFilter) =>
  Effect.gen(function* () {
    if (!names.some((name) => name.includes(":"))) {
      const asked = yield* exchangesNamed(names)
      return asked.map((exchange): Prepare.Asked => ({ exchange, of: { filter } }))
    }
    const [whole, others] = Array.partition(names, (name) => !isExchange(name))
    const [mistakes, targets] = TargetArguments.parse(others)
    yield* report.usage([
      ...whole.map((name) => `${name}: exchanges and contracts can't be watched together`),
      ...mistakes,
      ...Object.keys(filter).map((name) => `--${name}: only with exchanges, not with <exchange>:<symbol>`)
    ])
    return Object.entries(Array.groupBy(targets, ({ exchange }) => exchange)).map(([exchange, all]): Prepare.Asked => ({
      exchange: exchange as ExchangeName,
      of: { symbols: Array.dedupe(all.map(({ symbol }) => symbol)) }
    }))
  })

/** Ends it where nothing can come, as the commands do that look once. */
const endIfInVain = (prepared: ReadonlyArray<Prepare.Prepared>, filter: InstrumentFilter) =>
  Effect.gen(function* () {
    if (!prepared.every(Prepare.isInVain)) return
    const mistaken = prepared.flatMap(({ exchange, mistakes }) =>
      mistakes.map(({ error, symbol }) => ({ of: `${exchange}:${symbol}`, failure: error }))
    )
    yield* report.failures(mistaken)
    const listing = prepared.filter(({ of, source }) => Either.isRight(source) && "filter" in of)
    if (listing.length > 0) {
      yield* Market.tellNothingListed({ exchanges: listing.map(({ exchange }) => exchange), filter })
    }
    yield* new ExitCode({ code: codes.nothing })
  })

/** Counts what came of the rounds, for the exit code. */
const counting = (rounds: Stream.Stream<Rounds.Event>, failed: number) => {
  const count = { delivered: 0, failed }
  const counted = Stream.tap(rounds, ({ round }) =>
    Effect.sync(() => {
      count.delivered += round.valuations.length
      count.failed += round.failures.length
    })
  )
  return { count, counted }
}

/** Draws over a terminal in place; where all rounds were read, the last ones stay there to be looked at. */
const onTerminal = (
  rounds: Stream.Stream<Rounds.Event>,
  state: State.State,
  shown: { readonly interval: Duration.Duration; readonly raw: boolean }
) =>
  Effect.gen(function* () {
    const look = { ...shown, hasColour: Style.isColored(process.stdout, process.env) }
    const { end, state: last } = yield* Effect.scoped(
      Effect.flatMap(Terminal.make(process.stdin, process.stdout), (terminal) =>
        Live.run({ terminal, rounds, state, look })
      )
    )
    if (end === "interrupt") yield* new ExitCode({ code: codes.interrupted })
    if (end === "ended") {
      const read = [...last.values()].filter(({ broken }) => broken === undefined)
      yield* Effect.forEach(read, (watched) => Follow.table(watched, shown))
      const latest = read.flatMap(({ rows }) => Array.fromIterable(rows.values())).map((row) => row.latest)
      yield* Market.tellMissingPrices(latest)
      yield* Market.tellUnverifiedUnits(latest)
      yield* Effect.forEach(Failures.lines(read.flatMap(({ failures }) => failures)), report.error)
    }
    return end
  })

const keys =
  "On a terminal the table is drawn over in place: q quits, the arrows choose the column that it is sorted by, r turns the " +
  "order around. With TERM=dumb or --verbose, and with --format table off a terminal, every round is a table " +
  "below the last one."

export const watch = Command.make(
  "watch",
  {
    format: Options.optional(
      oneOf(
        "format",
        formats,
        "table (default on a terminal), json (with --rounds), ndjson (default elsewhere) or csv: a table shows every round, the others new readings"
      )
    ),
    columns: columns(fields),
    raw: options.raw,
    simulated: options.simulated,
    noState: options.noState,
    interval: Options.text("interval").pipe(
      Options.withPseudoName("duration"),
      Options.withDescription(`from one round of readings to the next; ${defaultInterval} where it is not given`),
      Options.withDefault(defaultInterval)
    ),
    rounds: Options.text("rounds").pipe(
      Options.withPseudoName("count"),
      Options.withDescription("end after so many rounds"),
      Options.optional
    ),
    ...options.filter,
    names: Args.text({ name: "target" }).pipe(
      Args.withDescription(`${TargetArguments.description}, or exchanges; all of them where none is given`),
      Args.repeated
    )
  },
  ({ columns, format, interval: intervalText, names, noState, raw, rounds: roundsText, simulated, ...given }) =>
    Effect.gen(function* () {
      const shown = formatOf(format)
      const interval = Time.parseDuration(intervalText)
      const most = Option.flatMap(roundsText, parseRounds)
      const filter = toFilter(given)
      yield* report.usage([
        ...(Option.isSome(interval)
          ? []
          : [`--interval: expected ${Time.durationAllowed}, got ${report.quoted(intervalText)}`]),
        ...(Option.isSome(roundsText) && Option.isNone(most)
          ? [`--rounds: expected a whole number from 1 to ${mostRounds}, got ${report.quoted(roundsText.value)}`]
          : []),
        ...(shown === "table" && Option.isSome(columns) ? ["--columns: only with --format json, ndjson or csv"] : []),
        ...(shown === "json" && Option.isNone(roundsText)
          ? ["--format json: only with --rounds, for one array has to end; ndjson does without"]
          : [])
      ])
      // The mistakes have ended it where there is none.
      const every = yield* Effect.orDie(interval)
      const asked = yield* askedFor(names, filter)
      const exchanges = asked.map(({ exchange }) => exchange)
      // Lines between would not stay where a table is drawn over.
      const { verbose } = yield* CurrentManner
      yield* Effect.gen(function* () {
        const prepared = yield* Effect.forEach(asked, Prepare.prepare, { concurrency: "unbounded" }).pipe(
          during(`listing the contracts of ${exchanges.join(", ")}`)
        )
        const broken = prepared.flatMap(({ exchange, source }) =>
          Either.isLeft(source) ? [{ of: exchange, failure: source.left }] : []
        )
        yield* report.failures(broken)
        yield* endIfInVain(prepared, filter)
        yield* report.usage((yield* Effect.forEach(prepared, (each) => Prepare.tooShort(each, every))).flat())
        const subjects = prepared.flatMap(({ exchange, of, source }) =>
          Either.isRight(source) ? [{ exchange, of, source: source.right }] : []
        )
        const begin = State.make(
          prepared.map(({ exchange, source }) => State.unread(exchange, Option.getOrUndefined(Either.getLeft(source))))
        )
        const distinct = shown !== "table"
        const { count, counted } = counting(
          Rounds.make(subjects, { interval: every, count: most, distinct }),
          broken.length
        )
        if (shown !== "table") yield* Follow.records(counted, { format: Option.some(shown), columns, raw })
        else if (verbose || !Style.isTerminal(process.stdout, process.env))
          yield* Follow.tables(counted, { interval: every, raw })
        else if ((yield* onTerminal(counted, begin, { interval: every, raw })) === "quit") return
        yield* outcome(count)
      }).pipe(Effect.provide(layer(exchanges, { noState, simulated })))
    })
).pipe(Command.withDescription(HelpDoc.blocks([describe("watch"), HelpDoc.p(keys)])))
