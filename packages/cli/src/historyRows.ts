import * as Options from "@effect/cli/Options"
import * as History from "@open-interest/core/History"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import type * as Target from "@open-interest/core/Target"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { layer, withHistory } from "./exchanges.ts"
import { codes, ExitCode, outcome } from "./exitCode.ts"
import { oneOf } from "./options.ts"
import { during } from "./output.ts"
import * as report from "./report.ts"
import * as TargetArguments from "./targetArguments.ts"
import * as Time from "./time.ts"

const mostRows = 1_000_000

/** Which rows of a series. */
export const options = {
  period: Options.optional(
    oneOf("period", History.Period.literals, "how far apart the rows are; 1h where it is not given")
  ),
  since: Options.text("since").pipe(
    Options.withPseudoName("time"),
    Options.withDescription(`the first row, at the earliest: ${Time.instantAllowed}`),
    Options.optional
  ),
  until: Options.text("until").pipe(
    Options.withPseudoName("time"),
    Options.withDescription("the last row, at the latest; now where it is not given"),
    Options.optional
  ),
  limit: Options.text("limit").pipe(
    Options.withPseudoName("rows"),
    Options.withDescription("so many rows: the newest ones, or after --since the oldest; 30 where neither is given"),
    Options.optional
  )
}

/** What was given for {@link options}. */
export interface Given {
  readonly period: Option.Option<History.Period>
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
  readonly limit: Option.Option<string>
}

const parseLimit = (text: string): Option.Option<number> =>
  Option.filter(Option.some(Number(text)), (limit) => /^\d{1,7}$/.test(text) && limit >= 1 && limit <= mostRows)

/** What an option says, and the mistake in it. */
export const parsed = <A>(
  name: string,
  given: Option.Option<string>,
  parse: (text: string) => Option.Option<A>,
  allowed: string
): { readonly value: A | undefined; readonly mistakes: ReadonlyArray<string> } => {
  const value = Option.getOrUndefined(Option.flatMap(given, parse))
  const mistake = `--${name}: expected ${allowed}, got ${report.quoted(Option.getOrElse(given, () => ""))}`
  return { value, mistakes: Option.isSome(given) && value === undefined ? [mistake] : [] }
}

/** The rows that are asked for. */
export interface Asked {
  readonly target: Target.Target
  readonly request: History.Request
  /** The last row, at the latest. */
  readonly end: DateTime.Utc
}

/** What was asked for. All mistakes are named, those of the command as well, and nothing is done then. */
export const parse = (
  targets: ReadonlyArray<string>,
  given: Given,
  ofCommand: ReadonlyArray<string> = []
): Effect.Effect<Asked, ExitCode> =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    const parseInstant = (text: string) => Time.parseInstant(text, now)
    const [mistakes, [target, ...others]] = TargetArguments.parse(targets)
    const since = parsed("since", given.since, parseInstant, Time.instantAllowed)
    const until = parsed("until", given.until, parseInstant, Time.instantAllowed)
    const limit = parsed("limit", given.limit, parseLimit, `a whole number from 1 to ${mostRows}`)
    const end = until.value ?? now
    yield* report.usage([
      ...mistakes,
      ...others.map((other) => `${report.quoted(String(other))}: the history of one contract at a time`),
      ...since.mistakes,
      ...until.mistakes,
      ...limit.mistakes,
      ...(since.value !== undefined && DateTime.greaterThan(since.value, end)
        ? [`--since: ${DateTime.formatIso(since.value)} is after the end, ${DateTime.formatIso(end)}`]
        : []),
      ...ofCommand
    ])
    return {
      // The mistakes have ended it where there is none.
      target: yield* Effect.orDie(Effect.fromNullable(target)),
      request: {
        symbol: target?.symbol ?? "",
        period: Option.getOrElse(given.period, () => "1h" as const),
        since: since.value,
        until: until.value,
        limit: limit.value
      },
      end
    }
  })

/** Reads the rows, a page at a time, for as long as the pages are wanted; gives what there is to tell of them. */
export const read = (
  asked: Asked,
  settings: { readonly noState: boolean; readonly simulated: boolean },
  use: (page: ReadonlyArray<OpenInterestRecord.OpenInterestRecord>) => Effect.Effect<boolean, ExitCode>
) => {
  const notices: Array<string> = []
  let delivered = 0
  let isWanted = true
  return OpenInterestSources.OpenInterestSources.pipe(
    Effect.flatMap((all) => all.source(asked.target.exchange)),
    Effect.map((source) => source.history(asked.request)),
    Stream.unwrap,
    Stream.chunks,
    Stream.runForEachWhile((page) => {
      const records = Chunk.toReadonlyArray(page).flatMap((element) => {
        if (element._tag === "HistoryPoint") return [OpenInterestRecord.fromHistoryPoint(element)]
        notices.push(element.message)
        return []
      })
      delivered += records.length
      return Effect.tap(use(records), (more) => {
        isWanted = more
      })
    }),
    Effect.provide(layer([asked.target.exchange], settings)),
    during(`reading the history of ${asked.target}`),
    Effect.as([]),
    Effect.catchAll((error) => (error._tag === "ExitCode" ? Effect.fail(error) : Effect.succeed([error]))),
    Effect.map((failed) => ({ delivered, failed, isWanted, notices }))
  )
}

/** Tells which rows there are not and why, and ends with the code for it. */
export const tell = (
  { end, request, target }: Asked,
  { delivered, failed, isWanted, notices }: Effect.Effect.Success<ReturnType<typeof read>>
): Effect.Effect<void, ExitCode> =>
  Effect.gen(function* () {
    const of = String(target)
    if (delivered > 0 && isWanted) {
      yield* report.note(
        "a history is a series of its own: its figures are not those of oi get, and can be far from them"
      )
    }
    yield* Effect.forEach(notices, (notice) => report.note(`${report.quoted(of)}: ${notice}`))
    yield* report.failures(failed.map((failure) => ({ of, failure })))
    if (failed.some(({ _tag }) => _tag === "Unsupported") && !withHistory.includes(target.exchange)) {
      yield* report.hint(`a history is kept by ${withHistory.join(", ")}`)
    }
    if (delivered === 0 && failed.length === 0) {
      const from = request.since === undefined ? "" : ` from ${DateTime.formatIso(request.since)}`
      yield* report.error(
        `${report.quoted(of)}: no rows with --period ${request.period}${from} to ${DateTime.formatIso(end)}`
      )
      yield* new ExitCode({ code: codes.nothing })
    }
    yield* outcome({ delivered, failed: failed.length })
  })
