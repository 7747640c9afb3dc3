import { assert, describe, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Alarm from "../src/internal/alarm.ts"

/** Sets an alarm on the clock in use; `rung` says how often it rang. */
const set = (millis: number, onRing = () => {}) =>
  Effect.clockWith((clock) =>
    Effect.withFiberRuntime<{ readonly callOff: () => void; readonly rung: () => number }>(({ currentScheduler }) => {
      let times = 0
      const callOff = Alarm.set(clock, millis, currentScheduler, () => {
        times += 1
        onRing()
      })
      return Effect.succeed({ callOff, rung: () => times })
    })
  )

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length

describe("an alarm on the clock of the platform", () => {
  it.live("rings once, in its time", () =>
    Effect.gen(function* () {
      const { rung } = yield* set(10)
      assert.strictEqual(rung(), 0)
      yield* Effect.sleep("50 millis")
      assert.strictEqual(rung(), 1)
    })
  )

  it.live("that is called off does not ring, and keeps no program from ending", () =>
    Effect.gen(function* () {
      const before = timers()
      const { callOff, rung } = yield* set(10)
      assert.strictEqual(timers(), before + 1)
      callOff()
      assert.strictEqual(timers(), before)
      yield* Effect.sleep("30 millis")
      assert.strictEqual(rung(), 0)
    })
  )

  it.live("never rings where it is set for later than a timer can hold, rather than at once", () =>
    Effect.gen(function* () {
      for (const millis of [2 ** 31, Infinity]) {
        const { callOff, rung } = yield* set(millis)
        yield* Effect.sleep("10 millis")
        callOff()
        assert.strictEqual(rung(), 0)
      }
    })
  )
})

describe("an alarm on another clock", () => {
  it.effect("rings once, when that clock says so", () =>
    Effect.gen(function* () {
      const { rung } = yield* set(20_000)
      yield* TestClock.adjust(19_999)
      assert.strictEqual(rung(), 0)
      yield* TestClock.adjust(60_000)
      assert.strictEqual(rung(), 1)
    })
  )

  it.effect("that is called off does not ring", () =>
    Effect.gen(function* () {
      const { callOff, rung } = yield* set(20_000)
      callOff()
      yield* TestClock.adjust(60_000)
      assert.strictEqual(rung(), 0)
    })
  )

  it.effect("does not ring when it is called off in the moment in which its clock has woken it", () =>
    Effect.gen(function* () {
      const due = yield* Deferred.make<void>()
      const clock = yield* Effect.clock
      // Wakes all at once, where the one for tests waits for each.
      const waking: Clock.Clock = Object.create(clock, { sleep: { value: () => Deferred.await(due) } })
      let callOffNext = () => {}
      const first = yield* Effect.withClock(
        set(20_000, () => callOffNext()),
        waking
      )
      const second = yield* Effect.withClock(
        set(20_000, () => first.callOff()),
        waking
      )
      callOffNext = second.callOff
      yield* Effect.yieldNow()
      yield* Deferred.succeed(due, undefined)
      yield* Effect.yieldNow()
      yield* Effect.yieldNow()
      assert.strictEqual(first.rung() + second.rung(), 1)
    })
  )
})
