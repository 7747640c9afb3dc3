/**
 * A clock for simulations: hours and days of virtual time with millions of sleeps, in seconds.
 *
 * Time stands still while a fiber has something to do and then jumps to the next wake-up, so a program runs to its end
 * on its own, and every time alike. (`TestClock` is for tests that move time by hand.)
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import { dual } from "effect/Function"
import * as Runtime from "effect/Runtime"
import * as Scheduler from "effect/Scheduler"

/**
 * Virtual time, which moves only during {@link run}. Sleeps are exact to the nanosecond for the first 104 days, those
 * of whole milliseconds for 18 years. Who sleeps to the same instant wakes in the order in which the sleeps began.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulationClock extends Clock.Clock {
  /** For fibers that do not descend from the effect of {@link run}, such as those of a `Runtime` made before it. */
  readonly scheduler: Scheduler.Scheduler
}

/**
 * A clock that is off.
 *
 * @since 0.1.0
 * @category models
 */
export interface SkewedClock extends Clock.Clock {
  /** Moves `currentTimeMillis` by so many milliseconds at once; `currentTimeNanos` and sleeps do not notice. */
  readonly step: (millis: number) => Effect.Effect<void>
}

/** Bounds for how long the event loop stands still; a pause takes a millisecond. */
const eventsBetweenPauses = 30_000

/** Before time moves on; reading a body in memory takes up to ten. A pause instead would cost ten times as much. */
const turnsForPromises = 12

/** What a `Date` holds, in nanoseconds. No later wake-up ever comes. */
const endOfTime = 8.64e21

const settled = Promise.resolve()

interface Sleeper {
  at: number
  order: number
  /** Where it stands among the sleepers, -1 while awake. */
  index: number
  wake: (effect: Effect.Effect<void>) => void
}

const nanos = (duration: Duration.Duration) => Math.round(Duration.toMillis(duration) * 1e6)

const isBefore = (a: Sleeper, b: Sleeper) => a.at < b.at || (a.at === b.at && a.order < b.order)

class Simulation implements SimulationClock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly start: number
  /** Nanoseconds since the start; as a bigint it would cost more than all the rest. */
  elapsed = 0
  /** What to tell the runs under way when they can't go on. */
  readonly runs = new Set<() => void>()

  private readonly tasks = new Scheduler.PriorityBuckets()
  /** A binary heap. */
  private readonly sleepers: Array<Sleeper> = []
  // A fiber sleeps at one place at a time. Its sleeper leaves the heap when it sleeps anew or ends, which bounds what
  // interrupted sleeps leave behind; a finalizer around every sleep would do the same at twice the cost.
  private readonly sleeperOf = new WeakMap<Fiber.RuntimeFiber<unknown, unknown>, Sleeper>()
  private order = 0
  private draining = false
  private turns = 0
  private events = 0
  private verdict: ReturnType<typeof setTimeout> | undefined

  constructor(start: number) {
    this.start = start
  }

  readonly scheduler = Scheduler.make((task, priority) => {
    this.tasks.scheduleTask(task, priority)
    if (this.draining) return
    this.draining = true
    clearTimeout(this.verdict)
    void settled.then(this.drain)
  })

  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  unsafeCurrentTimeMillis(): number {
    return this.start + Math.floor(this.elapsed / 1e6)
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.start) * 1_000_000n + BigInt(this.elapsed)
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return this.sleepNanos(nanos(duration))
  }

  sleepNanos(nanos: number): Effect.Effect<void> {
    return Effect.withFiberRuntime((fiber) =>
      Effect.async((wake) => {
        const sleeper = this.sleeperOf.get(fiber) ?? this.join(fiber)
        this.remove(sleeper)
        sleeper.wake = wake
        sleeper.at = this.elapsed + nanos
        sleeper.order = this.order++
        if (sleeper.at < endOfTime) this.rise(sleeper, this.sleepers.length)
      })
    )
  }

  private join(fiber: Fiber.RuntimeFiber<unknown, unknown>): Sleeper {
    const sleeper: Sleeper = { at: 0, order: 0, index: -1, wake: () => {} }
    this.sleeperOf.set(fiber, sleeper)
    fiber.addObserver(() => this.remove(sleeper))
    return sleeper
  }

  private readonly drain = (): void => {
    for (; this.events < eventsBetweenPauses; this.events++) {
      if (this.tasks.buckets.length > 0) {
        this.turns = 0
        const buckets = this.tasks.buckets
        this.tasks.buckets = []
        for (const [, tasks] of buckets) {
          this.events += tasks.length
          for (const task of tasks) task()
        }
      } else if (this.runs.size === 0) {
        this.draining = false
        return
      } else if (this.turns < turnsForPromises) {
        this.turns++
        void settled.then(this.drain)
        return
      } else {
        const next = this.sleepers[0]
        if (next === undefined) {
          this.draining = false
          this.verdict = setTimeout(() => this.runs.forEach((fail) => fail()), 0)
          return
        }
        this.remove(next)
        this.elapsed = next.at
        next.wake(Effect.void)
      }
    }
    this.events = 0
    setTimeout(this.drain, 0)
  }

  private put(sleeper: Sleeper, index: number): void {
    this.sleepers[index] = sleeper
    sleeper.index = index
  }

  private rise(sleeper: Sleeper, from: number): void {
    let index = from
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.sleepers[above] as Sleeper
      if (isBefore(parent, sleeper)) break
      this.put(parent, index)
      index = above
    }
    this.put(sleeper, index)
  }

  private remove(sleeper: Sleeper): void {
    if (sleeper.index === -1) return
    let index = sleeper.index
    sleeper.index = -1
    const last = this.sleepers.pop() as Sleeper
    if (last === sleeper) return
    for (let below = 2 * index + 1; below < this.sleepers.length; below = 2 * index + 1) {
      const left = this.sleepers[below] as Sleeper
      const right = this.sleepers[below + 1]
      const child = right !== undefined && isBefore(right, left) ? right : left
      below = child.index
      this.put(child, index)
      index = below
    }
    // The hole is at the bottom now, where the last one most likely belongs.
    this.rise(last, index)
  }
}

/**
 * A clock that stands at `start` (a number is milliseconds since 1970), by default at 1970-01-01T00:00:00Z.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: { readonly start?: DateTime.DateTime.Input | undefined }): SimulationClock =>
  new Simulation(DateTime.toEpochMillis(DateTime.unsafeMake(options?.start ?? 0)))

/**
 * A second clock in the same simulation. At first `currentTimeMillis` is off by `offset` milliseconds (negative: slow
 * by so much) and `currentTimeNanos` is right; from then on both gain `driftPpm` microseconds per true second, or lose
 * them, and a sleep lasts until this clock has moved on by its duration. Give it with `Effect.withClock` to a part of
 * the effect of {@link run}.
 *
 * Throws a `RangeError` when `driftPpm` is not above -1,000,000: time does not run backwards.
 *
 * @since 0.1.0
 * @category constructors
 */
export const skewed = (
  clock: SimulationClock,
  options: { readonly offset?: number | undefined; readonly driftPpm?: number | undefined }
): SkewedClock => {
  const simulation = clock as Simulation
  const { driftPpm = 0, offset = 0 } = options
  if (!(driftPpm > -1e6 && driftPpm < Infinity)) throw new RangeError(`driftPpm: ${driftPpm}`)
  const since = simulation.elapsed
  let ahead = offset
  // Both this and the length of a sleep are rounded up: so a sleeper does not wake a nanosecond early by its own clock.
  const elapsed = () => simulation.elapsed + Math.ceil(((simulation.elapsed - since) * driftPpm) / 1e6)
  const unsafeCurrentTimeMillis = () => simulation.start + Math.floor(elapsed() / 1e6 + ahead)
  const unsafeCurrentTimeNanos = () => BigInt(simulation.start) * 1_000_000n + BigInt(elapsed())
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis,
    unsafeCurrentTimeNanos,
    currentTimeMillis: Effect.sync(unsafeCurrentTimeMillis),
    currentTimeNanos: Effect.sync(unsafeCurrentTimeNanos),
    sleep: (duration) => simulation.sleepNanos(Math.ceil((nanos(duration) * 1e6) / (1e6 + driftPpm))),
    step: (millis) =>
      Effect.sync(() => {
        ahead += millis
      })
  }
}

/**
 * Runs an effect on a clock from start to end. When it has ended, time stops: daemons stay where they are, until
 * another run on the same clock. An effect that has not ended when all fibers wait and none of them sleeps can't go on
 * any more: it is interrupted, and the run dies with a `Cause.RuntimeException` that says so.
 *
 * Layers and scopes belong inside, where they find this clock and time moves on. Time waits for promises that settle
 * without the world outside, such as those of a body in memory, and not for sockets, timers or threads: these answer at
 * a virtual time that is not the same twice, or are taken for a deadlock if nobody sleeps.
 *
 * @example
 * import * as SimulationClock from "@open-interest/core/SimulationClock"
 * import * as Effect from "effect/Effect"
 * import * as Schedule from "effect/Schedule"
 *
 * const ticks = Effect.repeat(Effect.void, Schedule.spaced("1 second"))
 * const clock = SimulationClock.make({ start: "2026-11-20T00:00:00Z" })
 * // Slow by 1.5 seconds, and gaining 80 µs per second.
 * const client = SimulationClock.skewed(clock, { offset: -1500, driftPpm: 80 })
 *
 * export const day = Effect.race(ticks, Effect.withClock(ticks, client)).pipe(
 *   Effect.timeoutOption("1 day"),
 *   SimulationClock.run(clock)
 * )
 *
 * @since 0.1.0
 * @category running
 */
export const run: {
  (clock: SimulationClock): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, clock: SimulationClock): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, clock: SimulationClock): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.runtime<R>(), (runtime) => {
      const { elapsed, runs, scheduler } = clock as Simulation
      const result = Deferred.unsafeMake<A, E>(FiberId.none)
      let deadlock: Effect.Effect<never> | undefined
      const end = (exit: Effect.Effect<A, E>) => {
        runs.delete(fail)
        Deferred.unsafeDone(result, deadlock ?? exit)
      }
      const fail = () => {
        // What it does to end may get stuck as well.
        if (deadlock !== undefined) return end(deadlock)
        const after = Duration.format(Duration.nanos(BigInt((clock as Simulation).elapsed - elapsed)))
        deadlock = Effect.die(
          new Cause.RuntimeException(`Deadlock after ${after} of virtual time: all fibers wait and none of them sleeps`)
        )
        fiber.unsafeInterruptAsFork(FiberId.none)
      }
      runs.add(fail)
      const fiber = Runtime.runFork(runtime)(Effect.withClock(restore(effect), clock), { scheduler, immediate: false })
      fiber.addObserver(end)
      return Effect.onInterrupt(restore(Deferred.await(result)), () => {
        fiber.unsafeInterruptAsFork(FiberId.none)
        return Effect.exit(Deferred.await(result))
      })
    })
  )
)
