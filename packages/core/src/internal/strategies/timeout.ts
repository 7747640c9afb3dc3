import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import type { Call, Handlers } from "../../Policy.ts"
import type * as Strategy from "../../Strategy.ts"
import * as Alarm from "../alarm.ts"
import type { Apply } from "../apply.ts"
import * as CallContext from "../callContext.ts"
import * as Time from "../time.ts"

/**
 * As `Effect.timeoutFail` does it, but that what ends in the very moment of the timeout has ended in time; and in fewer
 * steps, for each request goes through two of these.
 */
export const timeout = <E0, E1 extends E0>(
  { duration }: Strategy.Timeout,
  { reject }: Handlers<E0, E1>
): Apply<E0, E1> => {
  const millis = Duration.toMillis(duration)
  return <A, E extends E0, R>(effect: Effect.Effect<A, E, R>, call: Call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiberRuntime<A, E | E1, R>((parent) => {
        const { attempt, deadline, timeouts } = parent.getFiberRef(CallContext.current)
        const clock = Context.get(parent.getFiberRef(DefaultServices.currentServices), Clock.Clock)
        const place = { attempt, timeouts: timeouts + 1, deadline: Math.min(deadline, Time.monotonic(clock) + millis) }
        // It runs in a fiber of its own, with which the setting ends. As an exit, that is no failure of the fiber, which
        // would be logged.
        const begin = Effect.fork(
          Effect.exit(restore(Effect.zipRight(FiberRef.set(CallContext.current, place), effect)))
        )
        return Effect.flatMap(begin, (fiber) => {
          let isLate = false
          const callOff = Alarm.set(clock, millis, parent.currentScheduler, () => {
            isLate = true
            fiber.unsafeInterruptAsFork(parent.id())
          })
          fiber.addObserver(callOff)
          return Effect.flatMap(
            // Only an interruption of the caller cuts the wait short. What goes wrong as the fiber then ends is told as well.
            Effect.catchAllCause(restore(Fiber.await(fiber)), () => Fiber.interrupt(fiber)),
            (ended): Effect.Effect<A, E | E1> => {
              if (isLate) {
                const timeout = timeouts + attempt === 0 ? "total" : "attempt"
                return restore(Effect.fail(reject({ _tag: "TimedOut", timeout, after: duration }, call)))
              }
              const exit = Exit.flatten(ended)
              return Exit.isSuccess(exit) ? Effect.zipRight(Fiber.inheritAll(fiber), exit) : exit
            }
          )
        })
      })
    )
}
