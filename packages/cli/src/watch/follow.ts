import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import { Pools } from "@open-interest/core/Pools"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ExitCode } from "../exitCode.ts"
import { print } from "../output.ts"
import { type Presentation, stepwise } from "../render/format.ts"
import { encode, readings } from "../render/openInterest.ts"
import * as report from "../report.ts"
import * as Columns from "./columns.ts"
import type * as Rounds from "./rounds.ts"
import * as State from "./state.ts"
import * as Troubles from "./troubles.ts"
import * as View from "./view.ts"

/** Says what is new of one round; what may be done about it only at the first one of its exchange. */
const tell = ({ errors, failures, notes, warnings }: Troubles.News, isFirst: boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.forEach(errors, report.error)
    if (isFirst) yield* report.hints(failures.map(({ error }) => error))
    yield* Effect.forEach(warnings, report.warning)
    yield* Effect.forEach(notes, report.note)
  })

/** Prints something for each round, and says what is new of it, until the reader has closed the pipe. */
const follow = (
  rounds: Stream.Stream<Rounds.Event>,
  text: (event: Rounds.Event) => Effect.Effect<string>
): Effect.Effect<void, ExitCode> =>
  Effect.suspend(() => {
    const said = new Map<string, Troubles.Troubles>()
    return Stream.runForEachWhile(rounds, (event) =>
      Effect.gen(function* () {
        const before = said.get(event.exchange)
        const [troubles, news] = Troubles.after(before ?? Troubles.none, event.round)
        said.set(event.exchange, troubles)
        const isRead = yield* print(yield* text(event))
        yield* tell(news, before === undefined)
        return isRead
      })
    )
  })

/** Prints the records of the readings of each round, or all of them at the end where the format wants that. */
export const records = (rounds: Stream.Stream<Rounds.Event>, output: Presentation): Effect.Effect<void, ExitCode> =>
  Effect.flatMap(stepwise(output, readings), ({ add, end }) =>
    follow(rounds, ({ round }) =>
      Effect.sync(() => add(round.valuations.map((each) => encode(OpenInterestRecord.fromValuation(each)))))
    ).pipe(Effect.zipRight(Effect.suspend(() => print(end()))))
  )

/** What a table of rounds depends on beside them. */
type TableLook = Pick<View.Look, "interval" | "raw">

/** The table of an exchange as lines that stay, as wide as it takes, or as a terminal is. */
const toText = (watched: State.Watched, look: TableLook): Effect.Effect<string> =>
  Effect.gen(function* () {
    const lines = View.round(watched, {
      ...look,
      size: { columns: process.stdout.columns || Infinity, rows: Infinity },
      hasColour: false,
      hasKeys: false,
      now: yield* DateTime.now,
      pools: yield* Effect.flatMap(Pools, (store) => store.state),
      sorting: Columns.bySize
    })
    return `${lines.join("\n")}\n\n`
  })

/** Prints the table of an exchange as it was last. */
export const table = (watched: State.Watched, look: TableLook): Effect.Effect<boolean, ExitCode> =>
  Effect.flatMap(toText(watched, look), print)

/** Prints a table of the exchange for each round. */
export const tables = (rounds: Stream.Stream<Rounds.Event>, look: TableLook): Effect.Effect<void, ExitCode> =>
  Effect.suspend(() => {
    const watched = new Map<string, State.Watched>()
    return follow(rounds, ({ exchange, round }) =>
      Effect.suspend(() => {
        const next = State.after(watched.get(exchange) ?? State.unread(exchange), round)
        watched.set(exchange, next)
        return toText(next, look)
      })
    )
  })
