import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type { Handlers } from "../../Policy.ts"
import type * as Strategy from "../../Strategy.ts"
import type { Apply } from "../apply.ts"
import * as CallContext from "../callContext.ts"
import * as Time from "../time.ts"

export const timeout = <E0, E1 extends E0>(
  { duration }: Strategy.Timeout,
  { reject }: Handlers<E0, E1>
): Apply<E0, E1> => {
  const millis = Duration.toMillis(duration)
  return (effect, call) =>
    Effect.zipWith(FiberRef.get(CallContext.current), Time.now, ({ attempt, deadline, timeouts }, now) => {
      const place = { attempt, timeouts: timeouts + 1, deadline: Math.min(deadline, now + millis) }
      return Effect.timeoutFail(Effect.locally(effect, CallContext.current, place), {
        duration,
        onTimeout: () =>
          reject({ _tag: "TimedOut", timeout: timeouts + attempt === 0 ? "total" : "attempt", after: duration }, call)
      })
    }).pipe(Effect.flatten)
}
