import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as SharedLookup from "../src/SharedLookup.ts"

/** A lookup that takes a second and gives how many there have been, itself included. */
const counting = Effect.gen(function* () {
  let lookups = 0
  const shared = yield* SharedLookup.make(
    Effect.suspend(() => {
      const mine = ++lookups
      return Effect.as(Effect.sleep("1 second"), mine)
    })
  )
  return { ...shared, lookups: () => lookups }
})

/** A lookup that gives, one after the other, what it is told. */
const scripted = (outcomes: ReadonlyArray<Effect.Effect<string, string>>) => {
  const remaining = [...outcomes]
  return SharedLookup.make(Effect.suspend(() => remaining.shift() ?? Effect.dieMessage("one lookup too many")))
}

describe("a shared lookup", () => {
  it.scoped("does not begin before somebody asks", () =>
    Effect.gen(function* () {
      const { lookups } = yield* counting
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(lookups(), 0)
    })
  )

  it.scoped("is one for all who ask while it is under way", () =>
    Effect.gen(function* () {
      const { get, lookups } = yield* counting
      const first = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 50 }, () => get("1 minute")),
          { concurrency: 50 }
        )
      )
      yield* TestClock.adjust("500 millis")
      const later = yield* Effect.fork(get(0))
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(
        yield* Fiber.join(first),
        Array.from({ length: 50 }, () => 1)
      )
      assert.strictEqual(yield* Fiber.join(later), 1)
      assert.strictEqual(lookups(), 1)
    })
  )

  it.scoped("serves until it is older than the caller accepts, counted from its beginning", () =>
    Effect.gen(function* () {
      const { get, lookups } = yield* counting
      yield* Effect.fork(get("1 minute"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* get("1 minute"), 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* get("5 minutes"), 1)
      assert.strictEqual(lookups(), 1)

      const renewed = yield* Effect.fork(get("1 minute"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(renewed), 2)
      assert.strictEqual(lookups(), 2)
    })
  )

  it.scoped("that answers at once works like any other", () =>
    Effect.gen(function* () {
      const { get } = yield* scripted([Effect.succeed("first"), Effect.succeed("second")])
      assert.strictEqual(yield* get("1 minute"), "first")
      assert.strictEqual(yield* get("1 minute"), "first")
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(yield* get("1 minute"), "second")
    })
  )
})

describe("an interrupted caller", () => {
  it.scoped("takes nobody along, not even when it was the first", () =>
    Effect.gen(function* () {
      const { get, lookups } = yield* counting
      const first = yield* Effect.fork(get("1 minute"))
      yield* TestClock.adjust("100 millis")
      const second = yield* Effect.fork(get("1 minute"))
      yield* TestClock.adjust("100 millis")
      const ended = yield* Fiber.interrupt(first)
      assert.isTrue(Exit.isInterrupted(ended))
      yield* TestClock.adjust("800 millis")
      assert.strictEqual(yield* Fiber.join(second), 1)
      assert.strictEqual(lookups(), 1)
    })
  )

  it.scoped("does not wait for the lookup, and leaves its answer to those who come later", () =>
    Effect.gen(function* () {
      const { get, lookups } = yield* counting
      const gaveUp = yield* Effect.fork(Effect.timeout(get("1 minute"), "10 millis"))
      yield* TestClock.adjust("10 millis")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(gaveUp)))
      yield* TestClock.adjust("990 millis")
      assert.strictEqual(yield* get("1 minute"), 1)
      assert.strictEqual(lookups(), 1)
    })
  )
})

describe("a failure", () => {
  it.scoped("reaches all who wait for it and is not kept", () =>
    Effect.gen(function* () {
      const { get } = yield* scripted([
        Effect.zipRight(Effect.sleep("1 second"), Effect.fail("down")),
        Effect.succeed("up")
      ])
      const waiting = yield* Effect.fork(
        Effect.all([Effect.flip(get("1 minute")), Effect.flip(get("1 minute"))], { concurrency: 2 })
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(waiting), ["down", "down"])
      assert.strictEqual(yield* get("1 minute"), "up")
    })
  )

  it.scoped("does not bring back a value that is too old, and does not drop one that is not", () =>
    Effect.gen(function* () {
      const { get } = yield* scripted([Effect.succeed("old"), Effect.fail("down"), Effect.succeed("new")])
      assert.strictEqual(yield* get("1 minute"), "old")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* Effect.flip(get("1 minute")), "down")
      assert.strictEqual(yield* get("5 minutes"), "old")
      assert.strictEqual(yield* get("1 minute"), "new")
    })
  )

  it.scoped("that is a defect reaches all who wait as such, and is not kept either", () =>
    Effect.gen(function* () {
      const { get } = yield* scripted([
        Effect.zipRight(Effect.sleep("1 second"), Effect.dieMessage("a bug")),
        Effect.succeed("up")
      ])
      const waiting = yield* Effect.fork(
        Effect.all([Effect.sandbox(get("1 minute")), Effect.sandbox(get("1 minute"))].map(Effect.flip), {
          concurrency: 2
        })
      )
      yield* TestClock.adjust("1 second")
      for (const cause of yield* Fiber.join(waiting)) assert.include(Cause.pretty(cause), "a bug")
      assert.strictEqual(yield* get("1 minute"), "up")
    })
  )
})

describe("the scope of a shared lookup", () => {
  /** A lookup under way that never ends by itself, and whether it was interrupted. */
  const stuck = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const started = yield* Deferred.make<void>()
    let interrupted = false
    const lookup = Deferred.succeed(started, undefined).pipe(
      Effect.zipRight(Effect.never),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          interrupted = true
        })
      )
    )
    return { scope, lookup, started, interrupted: () => interrupted }
  })

  it.effect("interrupts, when it closes, the lookup and all who wait for it", () =>
    Effect.gen(function* () {
      const { interrupted, lookup, scope, started } = yield* stuck
      const { get } = yield* Scope.extend(SharedLookup.make(lookup), scope)
      const waiting = [yield* Effect.fork(get("1 minute")), yield* Effect.fork(get("1 minute"))]
      yield* Deferred.await(started)
      assert.isFalse(interrupted())
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(interrupted())
      for (const fiber of waiting) assert.isTrue(Exit.isInterrupted(yield* Fiber.await(fiber)))
    })
  )

  it.effect("lets no lookup begin while it closes, or later", () =>
    Effect.gen(function* () {
      const { lookup, scope, started } = yield* stuck
      const { get } = yield* Scope.extend(SharedLookup.make(lookup), scope)
      const whileClosing = yield* Deferred.make<Exit.Exit<unknown, unknown>>()
      // Runs after the lookup's own finalizer would, had it been added later.
      yield* Scope.addFinalizer(
        scope,
        Effect.gen(function* () {
          const asking = yield* Effect.forkDaemon(get("1 minute"))
          yield* Deferred.complete(
            whileClosing,
            Effect.exit(Fiber.join(asking)).pipe(Effect.timeout("1 hour"), Effect.orDie)
          )
        }).pipe(Effect.forkDaemon)
      )
      yield* Scope.close(scope, Exit.void)
      const later = yield* Effect.fork(get("1 minute"))
      yield* TestClock.adjust("2 hours")
      assert.isTrue(Exit.isInterrupted(yield* Deferred.await(whileClosing)))
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(later)))
      assert.isFalse(yield* Deferred.isDone(started))
    })
  )

  it.effect("does so also where the scope was made ready in an uninterruptible region", () =>
    Effect.gen(function* () {
      const { interrupted, lookup, scope, started } = yield* stuck
      const { get } = yield* Effect.uninterruptible(Scope.extend(SharedLookup.make(lookup), scope))
      const waiting = yield* Effect.fork(get("1 minute"))
      yield* Deferred.await(started)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      assert.isTrue(interrupted(), "the lookup goes on")
      yield* Fiber.join(closing)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(waiting)))
    })
  )
})

describe("the lookup runs", () => {
  const setting = FiberRef.unsafeMake("default")
  class Caller extends Context.Tag("@open-interest/core/test/Caller")<Caller, string>() {}

  it.scoped("with the fiber settings of whoever made it, not of whoever asks first", () =>
    Effect.gen(function* () {
      const { get } = yield* Effect.locally(SharedLookup.make(FiberRef.get(setting)), setting, "the layer's")
      assert.strictEqual(yield* Effect.locally(get("1 minute"), setting, "the caller's"), "the layer's")
    })
  )

  it.scoped("in the context of whoever made it", () =>
    Effect.gen(function* () {
      const { get } = yield* SharedLookup.make(Caller).pipe(Effect.provideService(Caller, "the layer"))
      assert.strictEqual(yield* get("1 minute").pipe(Effect.provideService(Caller, "the caller")), "the layer")
    })
  )

  it.scoped("under no span, neither of whoever asks first nor of whoever made it", () =>
    Effect.gen(function* () {
      const { get } = yield* SharedLookup.make(Effect.option(Effect.currentSpan)).pipe(Effect.withSpan("the layer's"))
      const span = yield* get("1 minute").pipe(Effect.withSpan("the caller's"))
      assert.strictEqual(span._tag, "None")
    })
  )

  it.scoped("interruptibly, even for a caller who is not", () =>
    Effect.gen(function* () {
      const { get } = yield* SharedLookup.make(Effect.timeoutOption(Effect.never, "1 second"))
      const answer = yield* Effect.fork(Effect.uninterruptible(get("1 minute")))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(answer))._tag, "None")
    })
  )
})
