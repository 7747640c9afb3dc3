import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Strategy from "../../Strategy.ts"
import type { Apply } from "../apply.ts"

/** A place is handed on to who has waited longest; a semaphore gives it to whoever asks first once it is free. */
export const bulkhead = ({ concurrency }: Strategy.Bulkhead): Apply<never, never> => {
  let free = concurrency
  const line = new Set<Deferred.Deferred<void>>()
  const leave = Effect.suspend(() => {
    const [next] = line
    if (next === undefined) {
      free += 1
      return Effect.void
    }
    line.delete(next)
    return Deferred.succeed(next, undefined)
  })
  return (effect) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        if (free > 0) {
          free -= 1
          return Effect.ensuring(restore(effect), leave)
        }
        const turn = Deferred.unsafeMake<void>(FiberId.none)
        line.add(turn)
        return Effect.ensuring(
          restore(Effect.zipRight(Deferred.await(turn), effect)),
          Effect.suspend(() => (line.delete(turn) ? Effect.void : leave))
        )
      })
    )
}
