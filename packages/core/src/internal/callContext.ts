import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import * as Time from "./time.ts"

/** Where in a policy something runs. */
export interface CallContext {
  /** When the operation has to be over, in milliseconds of the monotonic clock; `Infinity` where nothing ends it. */
  readonly deadline: number
  /** How many timeouts are around it. */
  readonly timeouts: number
  /** Which attempt of a retry it is, from 1; 0 where no retry is around it. */
  readonly attempt: number
}

/** What a fiber sets ends with it, also for whoever joins it. */
export const current: FiberRef.FiberRef<CallContext> = globalValue("@open-interest/core/internal/callContext", () =>
  FiberRef.unsafeMake<CallContext>({ deadline: Infinity, timeouts: 0, attempt: 0 }, { join: identity })
)

/** Milliseconds until the operation has to be over. */
export const timeLeft: Effect.Effect<number> = Effect.flatMap(FiberRef.get(current), ({ deadline }) =>
  deadline === Infinity ? Effect.succeed(Infinity) : Effect.map(Time.now, (now) => Math.max(0, deadline - now))
)

/** Outside of all timeouts and retries, but for the deadline that they set. */
export const anew = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(FiberRef.get(current), ({ attempt, deadline, timeouts }) =>
    attempt + timeouts === 0 ? effect : Effect.locally(effect, current, { deadline, timeouts: 0, attempt: 0 })
  )
