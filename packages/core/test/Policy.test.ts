import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as ParseResult from "effect/ParseResult"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Policy from "../src/Policy.ts"

const policy = (options: Partial<ConstructorParameters<typeof Policy.Policy>[0]> = {}) =>
  new Policy.Policy({
    totalTimeout: Duration.seconds(60),
    attemptTimeout: Duration.seconds(5),
    retryTimes: 3,
    ...options
  })

class Failure extends Data.TaggedError("Failure")<{ readonly outcome: Policy.Outcome; readonly text: string }> {}

/** Timeouts are passing failures here, as they are for an exchange. */
const run = (of: Policy.Policy) =>
  Policy.run<Failure, Failure>(of, {
    classify: ({ outcome }) => outcome,
    reject: ({ after, timeout }, symbol) =>
      new Failure({ outcome: "Transient", text: `${timeout} ${Duration.format(after)} ${symbol ?? "no symbol"}` })
  })

const failure = (outcome: Policy.Outcome) => new Failure({ outcome, text: outcome })

/** An attempt that notes when it begins. */
const noting = <A, E>(attempt: (n: number) => Effect.Effect<A, E>) => {
  const times: Array<number> = []
  const effect = Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(times.push(now)))
  return { effect, times }
}

/** Jitter that takes the whole of each delay. */
const longest = Effect.withRandom(Random.fixed([1]))

describe("a request", () => {
  it.effect("that succeeds is made once", () =>
    Effect.gen(function* () {
      const { effect, times } = noting(() => Effect.succeed("done"))
      assert.strictEqual(yield* run(policy()).request(effect), "done")
      assert.lengthOf(times, 1)
    })
  )

  for (const outcome of ["Fatal", "Ignored"] as const) {
    it.effect(`that fails as ${outcome} is made once`, () =>
      Effect.gen(function* () {
        const { effect, times } = noting(() => failure(outcome))
        const error = yield* Effect.flip(run(policy()).request(effect))
        assert.strictEqual(error.text, outcome)
        assert.lengthOf(times, 1)
      })
    )
  }

  for (const retryTimes of [0, 1, 3]) {
    it.effect(`that keeps failing as Transient is made 1 + ${retryTimes} times, and the last failure reported`, () =>
      Effect.gen(function* () {
        const { effect, times } = noting((n) => new Failure({ outcome: "Transient", text: `failure ${n}` }))
        const fiber = yield* Effect.fork(Effect.flip(run(policy({ retryTimes })).request(effect)))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber)).text, `failure ${1 + retryTimes}`)
        assert.lengthOf(times, 1 + retryTimes)
      })
    )
  }

  it.effect("is not made again after the first success, or the first failure that will not pass", () =>
    Effect.gen(function* () {
      for (const [last, expected] of [
        [Effect.succeed("done"), "done"],
        [failure("Fatal"), "Fatal"]
      ] as const) {
        const { effect, times } = noting((n) => (n < 3 ? failure("Transient") : last))
        const fiber = yield* Effect.fork(Effect.either(run(policy({ retryTimes: 9 })).request(effect)))
        yield* TestClock.adjust("1 minute")
        const result = yield* Fiber.join(fiber)
        assert.strictEqual(result._tag === "Right" ? result.right : result.left.text, expected)
        assert.lengthOf(times, 3)
      }
    })
  )

  it.effect("that is a defect is made once", () =>
    Effect.gen(function* () {
      const { effect, times } = noting(() => Effect.dieMessage("a bug"))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(run(policy()).request(effect))))
      assert.lengthOf(times, 1)
    })
  )

  it.effect("is made again after 250 ms, doubling up to 10 s, at the longest", () =>
    Effect.gen(function* () {
      const { effect, times } = noting(() => failure("Transient"))
      const fiber = yield* Effect.fork(Effect.flip(longest(run(policy({ retryTimes: 8 })).request(effect))))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const delays = times.slice(1).map((time, n) => time - (times[n] ?? 0))
      assert.deepStrictEqual(delays, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    })
  )

  it.effect("is made again at once, at the shortest: the whole delay is jitter", () =>
    Effect.gen(function* () {
      const { effect, times } = noting(() => failure("Transient"))
      yield* Effect.flip(Effect.withRandom(run(policy()).request(effect), Random.fixed([0])))
      assert.deepStrictEqual(times, [0, 0, 0, 0])
    })
  )

  it.effect("gives each attempt its own time, and makes another when that is over", () =>
    Effect.gen(function* () {
      const { effect, times } = noting((n) => (n === 1 ? Effect.never : Effect.delay(Effect.succeed(n), "4999 millis")))
      const fiber = yield* Effect.fork(longest(run(policy()).request(effect, "BTCUSD_PERP")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(fiber), 2)
      assert.deepStrictEqual(times, [0, 5250])
    })
  )

  it.effect("that never ends fails with the attempt's time and the symbol", () =>
    Effect.gen(function* () {
      const { effect, times } = noting(() => Effect.never)
      const fiber = yield* Effect.fork(Effect.flip(run(policy()).request(effect, "BTCUSD_PERP")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).text, "attempt 5s BTCUSD_PERP")
      assert.lengthOf(times, 4)
    })
  )

  it.effect("is interrupted when its time is over", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const attempt = Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
      const fiber = yield* Effect.fork(Effect.flip(run(policy({ retryTimes: 0 })).request(attempt)))
      yield* TestClock.adjust("5 seconds")
      yield* Deferred.await(interrupted)
      assert.strictEqual((yield* Fiber.join(fiber)).text, "attempt 5s no symbol")
    })
  )
})

describe("an operation", () => {
  it.effect("fails when its total time is over, waits and retries included, with that time and the symbol", () =>
    Effect.gen(function* () {
      const { operation, request } = run(policy({ retryTimes: 100, totalTimeout: Duration.seconds(12) }))
      const { effect, times } = noting(() => Effect.never)
      const fiber = yield* Effect.fork(Effect.flip(longest(operation(request(effect), "BTCUSD_PERP"))))
      yield* TestClock.adjust("11999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).text, "total 12s BTCUSD_PERP")
      assert.deepStrictEqual(times, [0, 5250, 10_750])
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(times, 3)
    })
  )

  it.effect("of several requests has one total time for all", () =>
    Effect.gen(function* () {
      const { operation, request } = run(policy({ totalTimeout: Duration.seconds(7) }))
      const slow = request(Effect.sleep("4 seconds"))
      const two = yield* Effect.fork(Effect.flip(operation(Effect.zip(slow, slow))))
      const one = yield* Effect.fork(operation(slow))
      yield* TestClock.adjust("8 seconds")
      assert.strictEqual((yield* Fiber.join(two)).text, "total 7s no symbol")
      yield* Fiber.join(one)
    })
  )

  it.effect("lets every result and every failure of its own through, and makes nothing again", () =>
    Effect.gen(function* () {
      const { operation } = run(policy())
      assert.strictEqual(yield* operation(Effect.succeed(1)), 1)
      const { effect, times } = noting(() => failure("Transient"))
      assert.strictEqual((yield* Effect.flip(operation(effect))).text, "Transient")
      assert.lengthOf(times, 1)
    })
  )
})

describe("a policy", () => {
  it("equals another of the same pieces, and survives JSON", () => {
    assert.isTrue(Equal.equals(policy(), policy({ attemptTimeout: Duration.millis(5000) })))
    assert.isFalse(Equal.equals(policy(), policy({ retryTimes: 4 })))
    const schema = Schema.parseJson(Policy.Policy)
    assert.isTrue(Equal.equals(Schema.decodeSync(schema)(Schema.encodeSync(schema)(policy())), policy()))
  })

  it("is made again 0 to 100 times, a whole number", () => {
    for (const retryTimes of [-1, 1.5, 101, Number.NaN]) {
      assert.throws(() => policy({ retryTimes }), ParseResult.ParseError)
    }
    for (const retryTimes of [0, 100]) assert.strictEqual(policy({ retryTimes }).retryTimes, retryTimes)
  })
})

describe("a policy that can never work", () => {
  for (const [what, limit] of [
    ["no time", Duration.zero],
    ["endless time", Duration.infinity]
  ] as const) {
    it(`is not one: ${what}`, () => {
      const fields = { totalTimeout: Duration.seconds(1), attemptTimeout: Duration.seconds(1), retryTimes: 0 }
      assert.throws(() => new Policy.Policy({ ...fields, totalTimeout: limit }), /positive and finite/)
      assert.throws(() => new Policy.Policy({ ...fields, attemptTimeout: limit }), /positive and finite/)
    })
  }
})
