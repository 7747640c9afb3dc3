import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import { pipe } from "effect/Function"
import * as Hash from "effect/Hash"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Backoff from "../src/Backoff.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import * as Policy from "../src/Policy.ts"
import * as SimulationClock from "../src/SimulationClock.ts"
import { Failure, handlers, transient } from "./policyHandlers.ts"
import { thorough } from "./support.ts"

const upTo = (max: number, min = 1) => fc.integer({ min, max })

const backoff = fc
  .record({ base: upTo(20), factor: upTo(3), cap: upTo(40), jitter: fc.constantFrom(...Backoff.Jitter.literals) })
  .map(Backoff.exponential)

const budget = fc.option(fc.record({ fraction: fc.constantFrom(0, 0.25, 0.5, 1), reserve: upTo(3, 0) }), {
  nil: undefined
})

const tripPolicy: fc.Arbitrary<CircuitBreaker.TripPolicy> = fc.oneof(
  upTo(3).map(CircuitBreaker.consecutive),
  fc
    .record({ threshold: fc.constantFrom(0.5, 1), size: upTo(4), minimumCalls: upTo(4) })
    .map(({ minimumCalls, size, threshold }) =>
      CircuitBreaker.rate({ threshold, size, minimumCalls: Math.min(minimumCalls, size) })
    )
)

/** A policy of one piece, with numbers so small that the pieces get into each other's way. */
const piece: fc.Arbitrary<Policy.Policy> = fc.oneof(
  upTo(60).map((millis) => Policy.timeout(millis)),
  fc.record({ times: upTo(3, 0), backoff, budget }).map(Policy.retry),
  fc
    .record({
      tripPolicy,
      openDuration: upTo(40),
      openDurationFactor: upTo(2),
      maxOpenDuration: upTo(60),
      probes: upTo(2)
    })
    .map(Policy.circuitBreaker),
  upTo(2).map((concurrency) => Policy.bulkhead({ concurrency })),
  upTo(20).map((after) => Policy.hedge({ after })),
  fc.record({ limit: upTo(3), window: upTo(40) }).map(Policy.rateLimit),
  fc.constantFrom(0.25, 0.5, 1).map((fraction) => Policy.quota({ fraction }))
)

const policies = fc.array(piece, { maxLength: 4 }).map((pieces) => Policy.make(...pieces))

/** What one attempt does. The times are milliseconds. */
interface Step {
  readonly does: "succeeds" | "fails" | "hints" | "ends" | "ignores" | "hangs" | "dies"
  readonly takes: number
  readonly hint: number
}

const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.record({
    does: fc.constantFrom("succeeds", "fails", "fails", "hints", "ends", "ignores", "hangs", "dies"),
    takes: upTo(50, 0),
    hint: upTo(80, -10)
  }),
  { minLength: 1, maxLength: 12 }
)

/** One call: when it begins, what it weighs, and when it is given up. */
interface Arrival {
  readonly at: number
  readonly weight: number
  readonly endsAfter: number
}

const arrivals: fc.Arbitrary<ReadonlyArray<Arrival>> = fc.array(
  fc.record({ at: upTo(60, 0), weight: fc.constantFrom(1, 1, 1, 2, 4), endsAfter: fc.constantFrom(5, 30, 400, 400) }),
  { minLength: 1, maxLength: 5 }
)

const shown = (exit: Exit.Exit<number, Failure>): string =>
  Exit.match(exit, {
    onSuccess: (attempt) => `attempt ${attempt} succeeded`,
    onFailure: (cause) =>
      Cause.isInterruptedOnly(cause)
        ? "interrupted"
        : Either.match(Cause.failureOrCause(cause), { onLeft: ({ text }) => text, onRight: () => "died" })
  })

/** All that can be seen from outside: when each attempt begins and ends, and when each call ends and how. */
const traceOf = (
  run: Policy.Run<Failure, Failure>,
  script: ReadonlyArray<Step>,
  calls: ReadonlyArray<Arrival>
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function* () {
    const trace: Array<string> = []
    let attempts = 0
    const note = (text: string) => Effect.map(Clock.currentTimeMillis, (now) => void trace.push(`${now} ${text}`))
    const attempt = (symbol: string): Effect.Effect<number, Failure> =>
      Effect.suspend(() => {
        const number = attempts++
        const { does, hint, takes } = script[number % script.length] as Step
        const end = (outcome: Policy.Outcome) => new Failure({ text: `failure ${number}`, outcome })
        const act: Effect.Effect<number, Failure> = Effect.flatMap(DateTime.now, (now) => {
          switch (does) {
            case "succeeds":
              return Effect.succeed(number)
            case "fails":
              return end(transient())
            case "hints":
              return end(transient(now.epochMillis + hint))
            case "ends":
              return end({ _tag: "Fatal" })
            case "ignores":
              return end({ _tag: "Ignored" })
            case "hangs":
              return Effect.never
            case "dies":
              return Effect.dieMessage("a bug")
          }
        })
        return note(`${symbol}: attempt ${number}`).pipe(
          Effect.zipRight(Effect.sleep(takes)),
          Effect.zipRight(act),
          Effect.onExit((exit) => note(`${symbol}: attempt ${number} ended: ${shown(exit)}`))
        )
      })
    const callers = yield* Effect.forEach(calls, ({ at, endsAfter, weight }, index) =>
      Effect.gen(function* () {
        const symbol = `call ${index}`
        yield* Effect.sleep(at)
        const fiber = yield* Effect.fork(run(attempt(symbol), { symbol, weight }))
        yield* Effect.fork(Effect.zipRight(Effect.sleep(endsAfter), Fiber.interruptFork(fiber)))
        yield* note(`${symbol}: ${shown(yield* Fiber.await(fiber))}`)
      }).pipe(Effect.fork)
    )
    yield* Fiber.joinAll(callers)
    return trace
  }).pipe(Effect.withRandom(Random.make("the same on both sides")), (effect) =>
    SimulationClock.run(effect, SimulationClock.make())
  )

describe("policies", () => {
  it.effect.prop(
    "run composed as they run one around the other: run(compose(a, b)) = run(a) ∘ run(b)",
    [policies, policies, steps, arrivals],
    ([outer, inner, script, calls]) =>
      Effect.gen(function* () {
        const together = yield* traceOf(Policy.run(Policy.compose(outer, inner), handlers), script, calls)
        const around = Policy.run(outer, handlers)
        const within = Policy.run(inner, handlers)
        const apart = yield* traceOf((effect, call) => around(within(effect, call), call), script, calls)
        assert.deepStrictEqual(together, apart)
      }),
    thorough
  )

  it.effect.prop(
    "run alike twice, and the empty one runs what it is given",
    [policies, steps, arrivals],
    ([policy, script, calls]) =>
      Effect.gen(function* () {
        const trace = yield* traceOf(Policy.run(policy, handlers), script, calls)
        assert.deepStrictEqual(yield* traceOf(Policy.run(policy, handlers), script, calls), trace)
        assert.deepStrictEqual(
          yield* traceOf(Policy.run(Policy.empty, handlers), script, calls),
          yield* traceOf((effect) => effect, script, calls)
        )
      }),
    { fastCheck: { numRuns: 50 } }
  )

  it.effect.prop(
    "run in the three parts of their split as in one, where one runner shares what is equal",
    [policies, steps, arrivals],
    ([policy, script, calls]) =>
      Effect.gen(function* () {
        const { attempt, operation, request } = Policy.split(policy)
        const { run } = Policy.runner(handlers)
        const parts = yield* traceOf(
          (effect, call) => run(operation)(run(request)(run(attempt)(effect, call), call), call),
          script,
          calls
        )
        assert.deepStrictEqual(parts, yield* traceOf(Policy.run(policy, handlers), script, calls))
      }),
    { fastCheck: { numRuns: 50 } }
  )

  it.prop(
    "combine in any grouping to the same, and with the empty one to themselves",
    [policies, policies, policies],
    ([a, b, c]) => {
      const { compose, empty, make } = Policy
      const all = compose(a, compose(b, c))
      for (const same of [compose(compose(a, b), c), make(a, b, c), make(make(a, b), make(), make(c))]) {
        assert.isTrue(Equal.equals(same, all))
        assert.strictEqual(Hash.hash(same), Hash.hash(all))
      }
      for (const same of [compose(a, empty), compose(empty, a), make(a), pipe(a, compose(empty))]) {
        assert.isTrue(Equal.equals(same, a))
      }
      assert.isTrue(Equal.equals(pipe(a, compose(b)), compose(a, b)))
      assert.deepStrictEqual([...all.strategies], [...a.strategies, ...b.strategies, ...c.strategies])
      const fractions = [a, b, c].flatMap(({ fraction }) => fraction ?? [])
      assert.strictEqual(all.fraction, fractions.length === 0 ? undefined : Math.min(...fractions))
    },
    thorough
  )

  it.prop(
    "are split into three that compose to them",
    [policies],
    ([policy]) => {
      const { attempt, operation, request } = Policy.split(policy)
      assert.isTrue(Equal.equals(Policy.make(operation, request, attempt), policy))
      for (const bound of [operation, attempt]) {
        assert.include(["", "Timeout"], bound.strategies.map(({ _tag }) => _tag).join())
      }
      const tags = policy.strategies.map(({ _tag }) => _tag)
      assert.strictEqual(operation.strategies.length, tags[0] === "Timeout" ? 1 : 0)
      assert.strictEqual(attempt.strategies.length, tags.length > 1 && tags.at(-1) === "Timeout" ? 1 : 0)
      assert.strictEqual(request.fraction, policy.fraction)
    },
    thorough
  )

  const nanos = fc.bigInt({ min: 1n, max: 10n ** 30n }).map((value) => Duration.nanos(value))
  const anyDuration = fc.oneof(nanos, fc.double({ min: 1e-6, max: 1e15, noNaN: true }).map(Duration.millis))
  const exact = fc.oneof(
    policies,
    anyDuration.map((duration) => Policy.timeout(duration)),
    anyDuration.map((base) => Policy.retry({ times: 1, backoff: Backoff.exponential({ base }) })),
    fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }).map((fraction) => Policy.quota({ fraction }))
  )
  const json = Schema.parseJson(Policy.Policy)

  it.prop(
    "survive JSON, as equals with equal hashes",
    [fc.array(exact, { maxLength: 3 })],
    ([parts]) => {
      const policy = Policy.make(...parts)
      const again = Schema.decodeSync(json)(Schema.encodeSync(json)(policy))
      assert.isTrue(Equal.equals(again, policy))
      assert.strictEqual(Hash.hash(again), Hash.hash(policy))
    },
    thorough
  )

  it.prop(
    "are equal exactly where their JSON is",
    [policies, policies],
    ([a, b]) => {
      const encode = Schema.encodeSync(json)
      assert.strictEqual(Equal.equals(a, b), encode(a) === encode(b))
    },
    thorough
  )
})
