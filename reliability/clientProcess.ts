/** Our client as a process of its own, with the settings that it has by default: a job in, an outcome out. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Case, Subject } from "./cases.ts"
import { ask } from "./ask.ts"

interface Job extends Pick<Case, "asks" | "isCold"> {
  readonly subject: Subject
  readonly baseUrl: string
  /** Milliseconds after which nobody waits any longer. */
  readonly patience: number
}

process.on("message", ({ subject, patience, ...options }: Job) => {
  const outcome = Effect.map(ask(subject, options), ({ result, took }) =>
    Either.isRight(result)
      ? { value: result.right, took }
      : { error: { name: result.left._tag, message: result.left.message }, took }
  )
  void Effect.runPromise(
    Effect.timeoutTo(outcome, { duration: patience, onSuccess: (each) => each, onTimeout: () => ({ took: patience }) })
  ).then((each) => process.send?.(each))
})
