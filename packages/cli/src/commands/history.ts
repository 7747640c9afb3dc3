import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as History from "@open-interest/core/History"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { layer, withHistory } from "../exchanges.ts"
import { codes, ExitCode, outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import { oneOf, options, presentation } from "../options.ts"
import { during, print } from "../output.ts"
import { stepwise } from "../render/format.ts"
import { encode, fields, series } from "../render/openInterest.ts"
import * as report from "../report.ts"
import * as TargetArguments from "../targetArguments.ts"
import * as Time from "../time.ts"

const mostRows = 1_000_000

const parseLimit = (text: string): Option.Option<number> =>
  Option.filter(Option.some(Number(text)), (limit) => /^\d{1,7}$/.test(text) && limit >= 1 && limit <= mostRows)

/** What an option says, and the mistake in it. */
const read = <A>(
  name: string,
  given: Option.Option<string>,
  parse: (text: string) => Option.Option<A>,
  allowed: string
): { readonly value: A | undefined; readonly mistakes: ReadonlyArray<string> } => {
  const value = Option.getOrUndefined(Option.flatMap(given, parse))
  const mistake = `--${name}: expected ${allowed}, got ${report.quoted(Option.getOrElse(given, () => ""))}`
  return { value, mistakes: Option.isSome(given) && value === undefined ? [mistake] : [] }
}

export const history = Command.make(
  "history",
  {
    output: presentation(fields),
    simulated: options.simulated,
    noState: options.noState,
    period: oneOf("period", History.Period.literals, "how far apart the rows are; 1h where it is not given").pipe(
      Options.withDefault("1h" as const)
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
    ),
    targets: Args.text({ name: "target" }).pipe(Args.withDescription(TargetArguments.description), Args.atLeast(1))
  },
  ({ noState, output, period, simulated, targets, ...given }) =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const parseInstant = (text: string) => Time.parseInstant(text, now)
      const [mistakes, [target, ...others]] = TargetArguments.parse(targets)
      const since = read("since", given.since, parseInstant, Time.instantAllowed)
      const until = read("until", given.until, parseInstant, Time.instantAllowed)
      const limit = read("limit", given.limit, parseLimit, `a whole number from 1 to ${mostRows}`)
      const end = until.value ?? now
      yield* report.usage([
        ...mistakes,
        ...others.map((other) => `${report.quoted(String(other))}: the history of one contract at a time`),
        ...since.mistakes,
        ...until.mistakes,
        ...limit.mistakes,
        ...(since.value !== undefined && DateTime.greaterThan(since.value, end)
          ? [`--since: ${DateTime.formatIso(since.value)} is after the end, ${DateTime.formatIso(end)}`]
          : [])
      ])
      // The mistakes have ended it where there is none.
      const { exchange, symbol } = yield* Effect.orDie(Effect.fromNullable(target))
      const of = `${exchange}:${symbol}`
      const request = { symbol, period, since: since.value, until: until.value, limit: limit.value }

      const { add, end: rest } = yield* stepwise(output, series)
      const notices: Array<string> = []
      let delivered = 0
      const failed = yield* OpenInterestSources.OpenInterestSources.pipe(
        Effect.flatMap((all) => all.source(exchange)),
        Effect.map((source) => source.history(request)),
        Stream.unwrap,
        Stream.chunks,
        Stream.runForEachWhile((page) => {
          const records = Chunk.toReadonlyArray(page).flatMap((element) => {
            if (element._tag === "HistoryPoint") return [encode(OpenInterestRecord.fromHistoryPoint(element))]
            notices.push(element.message)
            return []
          })
          delivered += records.length
          return print(add(records))
        }),
        Effect.provide(layer({ noState, simulated })),
        during(`reading the history of ${of}`),
        Effect.as([]),
        Effect.catchAll((error) => (error._tag === "ExitCode" ? Effect.fail(error) : Effect.succeed([error])))
      )
      yield* print(rest())
      yield* Effect.forEach(notices, (notice) => report.note(`${report.quoted(of)}: ${notice}`))
      yield* report.failures(failed.map((failure) => ({ of, failure })))
      if (failed.some(({ _tag }) => _tag === "Unsupported") && !withHistory.includes(exchange)) {
        yield* report.hint(`a history is kept by ${withHistory.join(", ")}`)
      }
      if (delivered === 0 && failed.length === 0) {
        const from = since.value === undefined ? "" : ` from ${DateTime.formatIso(since.value)}`
        yield* report.error(
          `${report.quoted(of)}: no rows with --period ${period}${from} to ${DateTime.formatIso(end)}`
        )
        yield* new ExitCode({ code: codes.nothing })
      }
      yield* outcome({ delivered, failed: failed.length })
    })
).pipe(Command.withDescription(describe("history")))
