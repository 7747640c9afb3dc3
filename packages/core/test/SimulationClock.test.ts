import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as SimulationClock from "../src/SimulationClock.ts"
import { thorough } from "./support.ts"

/** Runs on a clock that begins at 0. */
const simulate = <A, E, R>(effect: Effect.Effect<A, E, R>) => SimulationClock.run(effect, SimulationClock.make())

/** Collects what happened and when, in milliseconds with fractions. */
const tracing = () => {
  const trace: Array<readonly [name: string, at: number]> = []
  const note = (name: string) =>
    Effect.map(Clock.currentTimeNanos, (now) => {
      trace.push([name, Number(now) / 1e6])
    })
  return { note, trace }
}

const deadlock = (exit: Exit.Exit<unknown, unknown>): string => {
  assert(Exit.isFailure(exit), "ended well")
  const [defect] = Cause.defects(exit.cause)
  assert(Cause.isRuntimeException(defect), Cause.pretty(exit.cause))
  return defect.message
}

describe("virtual time", () => {
  it.live("stands where it was told to begin, by default at 1970", () =>
    Effect.gen(function* () {
      const start = DateTime.unsafeMake("2026-11-20T08:30:00.250Z")
      for (const given of [start, start.epochMillis, "2026-11-20T08:30:00.250Z"]) {
        const clock = SimulationClock.make({ start: given })
        assert.strictEqual(clock.unsafeCurrentTimeMillis(), start.epochMillis)
        assert.strictEqual(clock.unsafeCurrentTimeNanos(), BigInt(start.epochMillis) * 1_000_000n)
        assert.deepStrictEqual(yield* SimulationClock.run(DateTime.now, clock), start)
      }
      assert.strictEqual(SimulationClock.make().unsafeCurrentTimeNanos(), 0n)
    })
  )

  it.live("jumps by exactly what was slept, to the nanosecond", () =>
    simulate(
      Effect.gen(function* () {
        yield* Effect.sleep("1 hour")
        assert.strictEqual(yield* Clock.currentTimeMillis, 3_600_000)
        yield* Effect.sleep(Duration.nanos(1n))
        assert.strictEqual(yield* Clock.currentTimeNanos, 3_600_000_000_001n)
        yield* Effect.sleep(Duration.millis(0.1))
        assert.strictEqual(yield* Clock.currentTimeNanos, 3_600_000_100_001n)
        assert.strictEqual(yield* Clock.currentTimeMillis, 3_600_000, "milliseconds are whole, as those of a Date")
        yield* Effect.sleep("100 days")
        assert.strictEqual(yield* Clock.currentTimeNanos, 8_643_600_000_100_001n)
      })
    )
  )

  it.live("does not move for computations, however long", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        yield* Effect.fork(Effect.zipRight(Effect.sleep(1), note("awake")))
        yield* Effect.yieldNow()
        yield* Effect.repeatN(Effect.yieldNow(), 100_000)
        yield* note("computed")
        yield* Effect.sleep(1)
        assert.deepStrictEqual(trace, [
          ["computed", 0],
          ["awake", 1]
        ])
      })
    )
  )

  it.live("is read, however far it goes", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make({ start: 8.64e15 })
      const fast = SimulationClock.skewed(clock, { driftPpm: 1e9 })
      yield* SimulationClock.run(Effect.sleep(Duration.millis(8e15)), clock)
      assert.strictEqual(clock.unsafeCurrentTimeNanos(), (8_640_000_000_000_000n + 8_000_000_000_000_000n) * 1_000_000n)
      assert.isAbove(Number(fast.unsafeCurrentTimeNanos()), 1e24)
      for (const tooLong of [Duration.infinity, Duration.millis(Number.MAX_VALUE), Duration.millis(1e15)]) {
        const exit = yield* Effect.exit(SimulationClock.run(Effect.sleep(tooLong), clock))
        assert.include(deadlock(exit), "Deadlock")
      }
    })
  )

  it.live("goes on where it was in the next run on the same clock, and with it those who still slept", () =>
    Effect.gen(function* () {
      const { note, trace } = tracing()
      const clock = SimulationClock.make()
      const daemon = note("daemon").pipe(Effect.delay("10 seconds"), Effect.forever, Effect.forkDaemon)
      yield* SimulationClock.run(Effect.zipRight(daemon, Effect.sleep("15 seconds")), clock)
      yield* Effect.sleep(5)
      assert.strictEqual(clock.unsafeCurrentTimeMillis(), 15_000, "time stands still between runs")
      yield* SimulationClock.run(Effect.sleep("10 seconds"), clock)
      assert.deepStrictEqual(trace, [
        ["daemon", 10_000],
        ["daemon", 20_000]
      ])
    })
  )
})

describe("those who sleep to the same instant", () => {
  it.live("wake in the order in which they began to, each when the one before has nothing more to do", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        const sleeper = (name: string, ...naps: ReadonlyArray<number>) =>
          Effect.forEach(naps, (nap) => Effect.sleep(nap)).pipe(
            Effect.zipRight(note(name)),
            Effect.zipRight(Effect.yieldNow()),
            Effect.zipRight(note(`${name}, later`))
          )
        // The third began its last nap after the others.
        yield* Effect.all([sleeper("third", 5, 5), sleeper("first", 10), sleeper("second", 10)], { concurrency: 3 })
        assert.deepStrictEqual(
          trace,
          ["first", "first, later", "second", "second, later", "third", "third, later"].map((name) => [name, 10])
        )
      })
    )
  )

  it.live("come after all that can be done without them, also when they sleep for no time", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        yield* Effect.all(
          [
            Effect.zipRight(Effect.sleep(0), note("slept")),
            Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 10), note("yielded"))
          ],
          { concurrency: 2 }
        )
        assert.deepStrictEqual(trace, [
          ["yielded", 0],
          ["slept", 0]
        ])
      })
    )
  )

  it.effect.prop(
    "as all others wake as a naive list of wake-ups says",
    [
      fc.array(
        fc.record({
          naps: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 }),
          interruptedAt: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined })
        }),
        { maxLength: 12 }
      )
    ],
    ([fibers]) =>
      Effect.gen(function* () {
        // The killers begin first, then the fibers; each has one wake-up ahead at a time.
        const killers = fibers.flatMap(({ interruptedAt }, victim) =>
          interruptedAt === undefined ? [] : [{ victim, at: interruptedAt }]
        )
        let order = 0
        const expected: Array<readonly [string, number]> = []
        const ahead = [
          ...killers.map(({ at, victim }) => ({ at, order: order++, kills: victim, fiber: -1, nap: 0 })),
          ...fibers.map(({ naps }, fiber) => ({ at: naps[0] ?? 0, order: order++, kills: -1, fiber, nap: 0 }))
        ]
        while (ahead.length > 0) {
          ahead.sort((a, b) => a.at - b.at || a.order - b.order)
          const [next] = ahead.splice(0, 1)
          if (next === undefined) break
          const victim = ahead.findIndex(({ fiber }) => fiber === next.kills && fiber >= 0)
          if (victim >= 0) ahead.splice(victim, 1)
          if (next.fiber < 0) continue
          expected.push([`${next.fiber}.${next.nap}`, next.at])
          const nap = fibers[next.fiber]?.naps[next.nap + 1]
          if (nap !== undefined) ahead.push({ ...next, at: next.at + nap, order: order++, nap: next.nap + 1 })
        }

        const { note, trace } = tracing()
        yield* simulate(
          Effect.gen(function* () {
            const victims: Array<Fiber.RuntimeFiber<void>> = []
            const killing = yield* Effect.forEach(killers, ({ at, victim }) =>
              Effect.fork(
                Effect.sleep(at).pipe(
                  Effect.zipRight(Effect.suspend(() => Fiber.interrupt(victims[victim] ?? Fiber.void))),
                  Effect.asVoid
                )
              )
            )
            for (const [fiber, { naps }] of fibers.entries()) {
              victims.push(
                yield* Effect.fork(
                  Effect.forEach(naps, (nap, index) => Effect.zipRight(Effect.sleep(nap), note(`${fiber}.${index}`)), {
                    discard: true
                  })
                )
              )
            }
            yield* Effect.forEach([...killing, ...victims], Fiber.await)
          })
        )
        assert.deepStrictEqual(trace, expected)
      }),
    thorough
  )
})

describe("what Effect builds on time keeps it", () => {
  it.live("a timeout ends at its time and takes what it timed along", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        const slow = Effect.sleep("2 seconds").pipe(Effect.onInterrupt(() => note("interrupted")))
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(slow, "1 second")))
        yield* note("after")
        assert.strictEqual(yield* Effect.timeout(Effect.as(Effect.sleep(999), "in time"), "1 second"), "in time")
        yield* note("in time")
        assert.deepStrictEqual(trace, [
          ["interrupted", 1000],
          ["after", 1000],
          ["in time", 1999]
        ])
      })
    )
  )

  it.live("the faster of two wins a race, at its own time", () =>
    simulate(
      Effect.gen(function* () {
        const slow = Effect.as(Effect.sleep("1 day"), "slow")
        assert.strictEqual(yield* Effect.race(slow, Effect.as(Effect.sleep(3), "fast")), "fast")
        assert.strictEqual(yield* Clock.currentTimeMillis, 3)
      })
    )
  )

  it.live("a schedule retries after the delays it names", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        const down = Effect.zipRight(note("asked"), Effect.fail("down"))
        yield* Effect.flip(Effect.retry(down, Schedule.intersect(Schedule.exponential(100), Schedule.recurs(4))))
        assert.deepStrictEqual(
          trace.map(([, at]) => at),
          [0, 100, 300, 700, 1500]
        )
      })
    )
  )

  it.live("a deferred, a queue and a semaphore hand over without delay", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        const deferred = yield* Deferred.make<void>()
        const queue = yield* Queue.bounded<number>(1)
        const semaphore = yield* Effect.makeSemaphore(2)
        yield* Effect.all(
          [
            Effect.zipRight(Deferred.await(deferred), note("deferred")),
            Effect.zipRight(Effect.sleep(10), Deferred.succeed(deferred, undefined)),
            Effect.repeatN(
              Effect.flatMap(Queue.take(queue), (n) => note(`took ${n}`)),
              2
            ),
            Effect.forEach([1, 2, 3], (n) => Effect.zipRight(Effect.sleep(7), Queue.offer(queue, n))),
            Effect.forEach(
              [1, 2, 3],
              (n) => semaphore.withPermits(1)(Effect.zipRight(Effect.sleep(100), note(`permit ${n}`))),
              { concurrency: 3 }
            )
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(trace, [
          ["took 1", 7],
          ["deferred", 10],
          ["took 2", 14],
          ["took 3", 21],
          ["permit 1", 100],
          ["permit 2", 100],
          ["permit 3", 200]
        ])
      })
    )
  )

  it.live("a fiber that was interrupted while it slept may sleep again in its finalizer", () =>
    simulate(
      Effect.gen(function* () {
        const { note, trace } = tracing()
        const fiber = yield* Effect.sleep("1 hour").pipe(
          Effect.ensuring(Effect.zipRight(Effect.sleep(5), note("cleaned up"))),
          Effect.fork
        )
        yield* Effect.sleep(10)
        yield* Fiber.interrupt(fiber)
        yield* Effect.sleep("2 hours")
        yield* note("end")
        assert.deepStrictEqual(trace, [
          ["cleaned up", 15],
          ["end", 7_200_015]
        ])
      })
    )
  )

  it.live("a body in memory is read in no time, promises and all", () =>
    simulate(
      Effect.gen(function* () {
        yield* Effect.forkDaemon(Effect.forever(Effect.sleep(1)))
        yield* Effect.sleep(1)
        const answer = () => HttpClientResponse.fromWeb(HttpClientRequest.get("/"), new Response('{"figure":"1"}'))
        assert.deepStrictEqual(yield* answer().json, { figure: "1" })
        assert.strictEqual(yield* answer().text, '{"figure":"1"}')
        assert.strictEqual(yield* Effect.promise(() => answer().text.pipe(Effect.runPromise)), '{"figure":"1"}')
        assert.strictEqual(yield* Clock.currentTimeMillis, 1)
      })
    )
  )
})

describe("a run", () => {
  class Name extends Context.Tag("@open-interest/core/test/Name")<Name, string>() {}

  it.live("gives what its effect gives, and has its context", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make()
      assert.strictEqual(yield* Name.pipe(SimulationClock.run(clock), Effect.provideService(Name, "given")), "given")
      assert.strictEqual(yield* Effect.flip(simulate(Effect.fail("down"))), "down")
      const died = yield* Effect.exit(simulate(Effect.dieMessage("a bug")))
      assert.include(deadlock(died), "a bug")
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(simulate(Effect.interrupt))))
    })
  )

  it.effect("works under a TestClock, which it leaves alone", () =>
    Effect.gen(function* () {
      yield* simulate(Effect.sleep("1 day"))
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    })
  )

  it.live("does not wait for daemons, which are free to be interrupted afterwards", () =>
    Effect.gen(function* () {
      const daemon = yield* simulate(
        Effect.tap(Effect.forkDaemon(Effect.forever(Effect.sleep(1))), Effect.sleep("1 second"))
      )
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(daemon)))
    })
  )

  it.live("that is interrupted ends when the finalizers inside have, in virtual time", () =>
    Effect.gen(function* () {
      const { note, trace } = tracing()
      const running = yield* Effect.sleep(1).pipe(
        Effect.forever,
        Effect.ensuring(Effect.zipRight(Effect.sleep("1 day"), note("cleaned up"))),
        simulate,
        Effect.fork
      )
      yield* Effect.sleep(20)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(running)))
      assert.deepStrictEqual(
        trace.map(([name]) => name),
        ["cleaned up"]
      )
    })
  )

  it.live("without end lets the event loop turn", () =>
    Effect.gen(function* () {
      for (const endless of [
        Effect.forever(Effect.sleep(1)),
        Effect.forever(Effect.sleep(0)),
        Effect.forever(Effect.void)
      ]) {
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(simulate(endless), 20)))
      }
    })
  )

  it.live("goes the same way every time", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const { note, trace } = tracing()
        const random = yield* Ref.make(1)
        const next = Ref.updateAndGet(random, (n) => (n * 48_271) % 2_147_483_647)
        const semaphore = yield* Effect.makeSemaphore(3)
        yield* Effect.forEach(
          Array.from({ length: 20 }, (_, index) => index),
          (index) =>
            Effect.flatMap(next, (n) =>
              Effect.sleep(Duration.nanos(BigInt(n))).pipe(
                semaphore.withPermits(1),
                Effect.zipRight(Effect.promise(() => Promise.resolve())),
                Effect.timeoutOption(1500),
                Effect.flatMap((done) => note(`${index} ${done._tag}`))
              )
            ).pipe(Effect.repeatN(20)),
          { concurrency: "unbounded" }
        )
        return trace
      })
      const once = yield* simulate(program)
      assert.lengthOf(once, 420)
      assert.deepStrictEqual(yield* simulate(program), once)
    })
  )
})

describe("a deadlock", () => {
  it.live("is reported with the virtual time that has passed, and what waits is interrupted", () =>
    Effect.gen(function* () {
      let interrupted = false
      const exit = yield* Effect.sleep("90 minutes").pipe(
        Effect.zipRight(Effect.never),
        Effect.onInterrupt(() =>
          Effect.map(Effect.sleep("1 minute"), () => {
            interrupted = true
          })
        ),
        simulate,
        Effect.exit
      )
      assert.strictEqual(
        deadlock(exit),
        "Deadlock after 1h 30m of virtual time: all fibers wait and none of them sleeps"
      )
      assert.isTrue(interrupted)
    })
  )

  it.live("counts from the beginning of its run", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make()
      yield* SimulationClock.run(Effect.sleep("1 hour"), clock)
      const stuck = Effect.zipRight(Effect.sleep("2 minutes"), Effect.never)
      assert.include(deadlock(yield* Effect.exit(SimulationClock.run(stuck, clock))), "Deadlock after 2m of")
    })
  )

  it.live("is reported also where the effect can't be interrupted, or its finalizer is stuck as well", () =>
    Effect.gen(function* () {
      for (const stuck of [Effect.uninterruptible(Effect.never), Effect.ensuring(Effect.never, Effect.never)]) {
        assert.include(deadlock(yield* Effect.exit(simulate(stuck))), "Deadlock after 0 of virtual time")
      }
      const asked = yield* Effect.fork(simulate(Effect.uninterruptible(Effect.never)))
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isFailure(yield* Fiber.interrupt(asked)))
    })
  )

  it.live("is none while a promise arrives within a turn of the event loop, again and again", () =>
    Effect.gen(function* () {
      const turn = Effect.async<void>((resume) => {
        queueMicrotask(() => resume(Effect.void))
      })
      assert.strictEqual(yield* simulate(Effect.as(Effect.repeatN(turn, 1000), "arrived")), "arrived")
    })
  )

  it.live("is reported also where only a sleep without end is left", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(simulate(Effect.race(Effect.sleep(Duration.infinity), Effect.never)))
      assert.include(deadlock(exit), "Deadlock after 0")
    })
  )
})

describe("a skewed clock", () => {
  const day = 86_400_000

  it.live("is off from the beginning, drifts from there and can be stepped", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make({ start: day })
      const client = SimulationClock.skewed(clock, { offset: -1500, driftPpm: 50 })
      assert.strictEqual(client.unsafeCurrentTimeMillis(), day - 1500)
      assert.strictEqual(client.unsafeCurrentTimeNanos(), clock.unsafeCurrentTimeNanos())
      yield* SimulationClock.run(Effect.sleep("1 day"), clock)
      assert.strictEqual(client.unsafeCurrentTimeMillis(), day + day - 1500 + 4320)
      assert.strictEqual(client.unsafeCurrentTimeNanos(), BigInt(day + day + 4320) * 1_000_000n)
      yield* client.step(1500 - 4320)
      assert.strictEqual(yield* client.currentTimeMillis, day + day)
      assert.strictEqual(yield* client.currentTimeNanos, BigInt(day + day + 4320) * 1_000_000n)
      assert.strictEqual(clock.unsafeCurrentTimeMillis(), day + day)
    })
  )

  it.live("without settings is right", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make({ start: 5 })
      const right = SimulationClock.skewed(clock, {})
      yield* SimulationClock.run(Effect.withClock(Effect.sleep(Duration.millis(0.123457)), right), clock)
      assert.strictEqual(clock.unsafeCurrentTimeNanos(), 5_123_457n)
      assert.strictEqual(right.unsafeCurrentTimeNanos(), 5_123_457n)
      assert.strictEqual(right.unsafeCurrentTimeMillis(), 5)
    })
  )

  it.live("begins to drift when it is made", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make()
      yield* SimulationClock.run(Effect.sleep("1 day"), clock)
      const client = SimulationClock.skewed(clock, { driftPpm: -100 })
      assert.strictEqual(client.unsafeCurrentTimeMillis(), day)
      yield* SimulationClock.run(Effect.sleep("10 seconds"), clock)
      assert.strictEqual(client.unsafeCurrentTimeMillis(), day + 9999)
    })
  )

  it.live("lets its part of a simulation sleep longer or shorter than the rest, steps or not", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make()
      const { note, trace } = tracing()
      const trueTime = (name: string) => Effect.withClock(note(name), clock)
      const fast = SimulationClock.skewed(clock, { driftPpm: 250_000 })
      const slow = SimulationClock.skewed(clock, { driftPpm: -500_000 })
      yield* Effect.all(
        [
          Effect.zipRight(Effect.sleep("1 second"), trueTime("true")),
          Effect.withClock(Effect.zipRight(Effect.sleep("1 second"), trueTime("fast")), fast),
          Effect.withClock(Effect.zipRight(Effect.sleep("1 second"), trueTime("slow")), slow),
          Effect.zipRight(Effect.sleep(500), slow.step(10_000))
        ],
        { concurrency: "unbounded" }
      ).pipe(SimulationClock.run(clock))
      assert.deepStrictEqual(trace, [
        ["fast", 800],
        ["true", 1000],
        ["slow", 2000]
      ])
    })
  )

  it.effect.prop(
    "never wakes a sleeper early by its own time, and not two nanoseconds late",
    [
      fc.integer({ min: -500_000, max: 500_000 }),
      fc.array(
        fc.oneof(
          fc.bigInt(0n, 10n ** 14n),
          fc.bigInt(0n, 100_000n).map((n) => n * 1_000_000n)
        ),
        {
          minLength: 1,
          maxLength: 20
        }
      )
    ],
    ([driftPpm, naps]) =>
      Effect.gen(function* () {
        const clock = SimulationClock.make()
        const client = SimulationClock.skewed(clock, { driftPpm })
        for (const nap of naps) {
          const before = client.unsafeCurrentTimeNanos()
          yield* SimulationClock.run(Effect.withClock(Effect.sleep(Duration.nanos(nap)), client), clock)
          const slept = client.unsafeCurrentTimeNanos() - before
          assert.isTrue(slept >= nap && slept <= nap + 2n, `${slept} for ${nap}`)
        }
      }),
    thorough
  )

  it("refuses to stand still or run backwards", () => {
    const clock = SimulationClock.make()
    for (const driftPpm of [-1e6, -2e6, Number.NaN, Infinity]) {
      assert.throws(() => SimulationClock.skewed(clock, { driftPpm }), RangeError)
    }
  })
})

describe("a million sleeps", () => {
  it.live(
    "over a day take a few seconds",
    () =>
      Effect.gen(function* () {
        let woken = 0
        let seed = 1
        const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
        const looping = Effect.suspend(() => {
          woken++
          return Effect.sleep(random() * 172_800)
        }).pipe(Effect.forever)
        const clock = SimulationClock.make()
        yield* Effect.forEach(
          Array.from({ length: 1000 }, () => looping),
          (loop) => loop,
          { concurrency: "unbounded", discard: true }
        ).pipe(Effect.timeoutOption("1 day"), SimulationClock.run(clock))
        assert.strictEqual(clock.unsafeCurrentTimeMillis(), 86_400_000)
        assert.isAbove(woken, 990_000)
      }),
    // Three seconds where nothing else runs.
    60_000
  )

  it.live("that are interrupted long before they end leave nothing behind", () =>
    Effect.gen(function* () {
      const clock = SimulationClock.make()
      const call = Effect.timeout(Effect.sleep(1), "365 days")
      // No public name tells how many are kept, and a heap snapshot takes seconds.
      const size = () => Object.values(clock).flatMap((part) => (Array.isArray(part) ? [part.length] : []))
      yield* SimulationClock.run(Effect.repeatN(call, 20_000), clock)
      assert.deepStrictEqual(size(), [0])
    })
  )
})
