import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { CurrentManner } from "./manner.ts"
import { cut, line } from "./render/text.ts"

/** What a terminal has to offer; `process.stderr` on one is such. */
export interface Terminal {
  readonly columns: number
  readonly write: (text: string) => unknown
}

/** One line on a terminal that says what is under way. */
export interface Progress {
  /** Takes the line away, where there is one, so that something else can be written. */
  readonly erase: () => void
  /** Shows the line after a second, and how many seconds it has been, until the work has ended; not to who wants quiet. */
  readonly during: (what: string) => <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Where there is no terminal, nothing is ever shown. */
export const none: Progress = { erase: () => {}, during: () => (work) => work }

/** The progress line of a terminal that knows control codes. */
export const make = (terminal: Terminal): Progress => {
  let isShown = false
  const erase = () => {
    if (isShown) terminal.write("\r\u001b[K")
    isShown = false
  }
  return {
    erase,
    during: (what) => (work) =>
      Effect.gen(function* () {
        const { quiet } = yield* CurrentManner
        if (quiet) return yield* work
        const began = yield* Clock.currentTimeMillis
        const show = Effect.map(Clock.currentTimeMillis, (now) => {
          erase()
          // A line that is wider than the terminal could not be erased.
          terminal.write(cut(line(`${what} … ${Math.round((now - began) / 1000)} s`), (terminal.columns || 80) - 1))
          isShown = true
        })
        return yield* Effect.raceFirst(work, Effect.forever(Effect.delay(show, "1 second"))).pipe(
          Effect.ensuring(Effect.sync(erase))
        )
      })
  }
}
