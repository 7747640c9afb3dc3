import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Strategy from "../../Strategy.ts"
import type { Apply } from "../apply.ts"

/** The first copy fails for both where it fails before the second has begun: then it is for a retry to try again. */
export const hedge = ({ after }: Strategy.Hedge): Apply<never, never> => {
  return <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const failed = yield* Deferred.make<never, E>()
      const first = Effect.onExit(effect, (exit) =>
        Exit.isFailure(exit) ? Deferred.failCause(failed, exit.cause) : Effect.void
      )
      const begin = Effect.raceFirst(Effect.sleep(after), Deferred.await(failed))
      // Where both have failed, the causes of both would be told, and those of the first twice.
      return yield* Effect.catchAllCause(Effect.race(first, Effect.zipRight(begin, effect)), () =>
        Deferred.await(failed)
      )
    })
}
