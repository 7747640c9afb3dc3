import { Pools } from "@open-interest/core/Pools"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Columns from "./columns.ts"
import type * as Rounds from "./rounds.ts"
import * as State from "./state.ts"
import type * as Terminal from "./terminal.ts"
import * as View from "./view.ts"

/** How a live table ended: by a key, by Ctrl-C, or because all rounds were read. */
export type End = "quit" | "interrupt" | "ended"

/** What is shown, and how it ended where it did. */
interface Shown {
  readonly state: State.State
  readonly sorting: Columns.Sorting
  readonly end: End | undefined
}

type Happened = (shown: Shown) => Shown

const onRound =
  ({ exchange, round }: Rounds.Event): Happened =>
  (shown) => ({ ...shown, state: State.add(shown.state, exchange, round) })

const onEvent =
  (event: Terminal.Event): Happened =>
  (shown) => {
    switch (event) {
      case "next":
        return { ...shown, sorting: Columns.moved(shown.sorting, 1) }
      case "previous":
        return { ...shown, sorting: Columns.moved(shown.sorting, -1) }
      case "reverse":
        return { ...shown, sorting: Columns.reversed(shown.sorting) }
      case "resize":
        return shown
      default:
        return { ...shown, end: event }
    }
  }

const ended: Happened = (shown) => ({ ...shown, end: "ended" })

/** Draws a live table, anew each second and whenever something happens, until it ends. */
export const run = (options: {
  readonly terminal: Terminal.Terminal
  readonly rounds: Stream.Stream<Rounds.Event>
  readonly state: State.State
  readonly look: Pick<View.Look, "hasColour" | "interval" | "raw">
}): Effect.Effect<{ readonly state: State.State; readonly end: End }> => {
  const { look, rounds, terminal } = options
  const happenings: Stream.Stream<Happened> = Stream.mergeAll(
    [
      Stream.concat(Stream.map(rounds, onRound), Stream.make(ended)),
      Stream.map(terminal.events, onEvent),
      // Ages and what is left of a wait.
      Stream.as(Stream.tick("1 second"), (shown: Shown) => shown)
    ],
    { concurrency: "unbounded", bufferSize: 1 }
  )
  const draw = ({ sorting, state }: Shown) =>
    Effect.gen(function* () {
      const size = yield* terminal.size
      const now = yield* DateTime.now
      const pools = yield* Effect.flatMap(Pools, (store) => store.state)
      return yield* terminal.draw(View.screen(state, { ...look, size, now, pools, sorting, hasKeys: terminal.hasKeys }))
    })
  const begin: Shown = { state: options.state, sorting: Columns.bySize, end: undefined }
  return happenings.pipe(
    Stream.runFoldWhileEffect(
      begin,
      ({ end }) => end === undefined,
      (shown, happened) => {
        const next = happened(shown)
        // Nobody looks at a terminal that is gone.
        return Effect.map(draw(next), (isThere): Shown => (isThere ? next : { ...next, end: next.end ?? "quit" }))
      }
    ),
    Effect.map(({ end = "ended", state }) => ({ state, end }))
  )
}
