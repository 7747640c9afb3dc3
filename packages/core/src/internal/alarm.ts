import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import { constVoid } from "effect/Function"
import type * as Scheduler from "effect/Scheduler"

const platformClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** What a timer of the platform can hold. What is set for later never rings; `Effect.sleep` never ends then. */
const longestTimer = 2 ** 31 - 1

/**
 * Calls `ring` once so much time has passed, unless it is called off before, with what this returns. Where the clock is
 * that of the platform a timer does it: a fiber takes many times as long to set up.
 */
export const set = (clock: Clock.Clock, millis: number, scheduler: Scheduler.Scheduler, ring: () => void) => {
  if (clock !== platformClock) {
    const sleeper = Effect.runFork(Effect.map(clock.sleep(Duration.millis(millis)), ring), { scheduler })
    return () => sleeper.unsafeInterruptAsFork(FiberId.none)
  }
  if (millis > longestTimer) return constVoid
  const timer = setTimeout(ring, millis)
  return () => clearTimeout(timer)
}
