import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Milliseconds of the monotonic clock: what durations are measured by, for the other clock may be set. Rounded to the
 * 1024th, since a virtual clock that is set to a date is off by some nanoseconds, and so that a time plus whole
 * milliseconds is exactly what the clock shows by then.
 */
export const monotonic = (clock: Clock.Clock): number =>
  Number((clock.unsafeCurrentTimeNanos() * 1024n + 500_000n) / 1_000_000n) / 1024

/** As {@link monotonic}, of the clock in use. */
export const now: Effect.Effect<number> = Effect.clockWith((clock) => Effect.sync(() => monotonic(clock)))

/** Timers know no fractions of a millisecond, and a virtual clock can't show them. */
export const wholeMillis = (millis: number): number => Math.max(0, Math.ceil(millis))

/** Milliseconds. No ban lasts longer, and nobody is made to wait longer. */
export const threeDays = 3 * 24 * 60 * 60 * 1000
