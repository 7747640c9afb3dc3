import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { CurrentManner } from "../src/manner.ts"
import * as Progress from "../src/progress.ts"

const terminal = (columns = 80) => {
  const written: Array<string> = []
  return { columns, written, write: (text: string) => written.push(text) }
}

const erased = "\r\u001b[K"

describe("the progress line", () => {
  it.effect("is not there while work takes less than a second", () =>
    Effect.gen(function* () {
      const screen = terminal()
      const fiber = yield* Effect.fork(Progress.make(screen).during("reading")(Effect.sleep("999 millis")))
      yield* TestClock.adjust("999 millis")
      yield* Fiber.join(fiber)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(screen.written, [])
    })
  )

  it.effect("counts the seconds, and is gone when the work has ended, however it did", () =>
    Effect.gen(function* () {
      for (const end of [Effect.void, Effect.fail("no"), Effect.interrupt]) {
        const screen = terminal()
        const work = Effect.zipRight(Effect.sleep("2500 millis"), end)
        const fiber = yield* Effect.fork(Progress.make(screen).during("reading binance")(work))
        yield* TestClock.adjust("3 seconds")
        yield* Fiber.await(fiber)
        assert.deepStrictEqual(screen.written, ["reading binance … 1 s", erased, "reading binance … 2 s", erased])
      }
    })
  )

  it.effect("makes room for what else is written, once, and comes back", () =>
    Effect.gen(function* () {
      const screen = terminal()
      const progress = Progress.make(screen)
      yield* Effect.fork(progress.during("reading")(Effect.never))
      yield* TestClock.adjust("1 second")
      progress.erase()
      progress.erase()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(screen.written, ["reading … 1 s", erased, "reading … 2 s"])
    })
  )

  it.effect("fits into the line of the terminal", () =>
    Effect.gen(function* () {
      const screen = terminal(10)
      yield* Effect.fork(Progress.make(screen).during("reading binance")(Effect.never))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(screen.written, ["reading b"])
      const wide = terminal(12)
      yield* Effect.fork(Progress.make(wide).during("a\u001b龙虾龙虾龙虾")(Effect.never))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(wide.written, ["a 龙虾龙虾"])
    })
  )

  it.effect("is not there for who wants quiet", () =>
    Effect.gen(function* () {
      const screen = terminal()
      const work = Progress.make(screen).during("reading")(Effect.never)
      const manner = { ...(yield* CurrentManner), quiet: true }
      yield* Effect.fork(Effect.provideService(work, CurrentManner, manner))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(screen.written, [])
    })
  )

  it.effect("leaves the result of the work as it is", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Progress.make(terminal()).during("reading")(Effect.succeed(7)), 7)
      assert.strictEqual(yield* Progress.none.during("reading")(Effect.succeed(7)), 7)
    })
  )
})
