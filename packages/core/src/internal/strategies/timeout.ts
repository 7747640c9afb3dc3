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
    Effect.flatMap(FiberRef.get(CallContext.current), ({ attempt, deadline, timeouts }) =>
      Effect.clockWith((clock) => {
        const place = { attempt, timeouts: timeouts + 1, deadline: Math.min(deadline, Time.monotonic(clock) + millis) }
        // It runs in a fiber of its own, with which the setting ends.
        return Effect.timeoutFail(Effect.zipRight(FiberRef.set(CallContext.current, place), effect), {
          duration,
          onTimeout: () =>
            reject({ _tag: "TimedOut", timeout: timeouts + attempt === 0 ? "total" : "attempt", after: duration }, call)
        })
      })
    )
}
