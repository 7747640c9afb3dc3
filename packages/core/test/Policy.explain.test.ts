import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Backoff from "../src/Backoff.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import * as Policy from "../src/Policy.ts"
import * as Quota from "../src/Quota.ts"
import * as SimulationClock from "../src/SimulationClock.ts"

const limits: Quota.Limits = {
  pools: [
    new Quota.Pool({
      name: "weight",
      unit: "weight",
      windows: Data.tuple(Quota.window(2400, "1 minute"), Quota.window(9, "5 minutes"))
    })
  ],
  requestsPerReading: 3
}

describe("a policy in words", () => {
  it("has a line for each piece, the outermost first, and the worst case", () => {
    assert.strictEqual(
      Policy.explain(
        Policy.make(
          Policy.timeout("20 seconds"),
          Policy.retry({ times: 2, backoff: Backoff.constant("1 second"), budget: { fraction: 0.2, reserve: 20 } }),
          Policy.circuitBreaker({ tripPolicy: CircuitBreaker.consecutive(3), openDuration: "5 seconds" }),
          Policy.bulkhead({ concurrency: 16 }),
          Policy.hedge({ after: "500 millis" }),
          Policy.rateLimit({ limit: 5, window: "1 second" }),
          Policy.timeout("5 seconds")
        )
      ),
      [
        "1. An operation ends after 20 seconds at the latest.",
        "2. What failed for a reason that may pass is sent again up to 2 times: after 1 second each time. Never before the exchange wants it, and not at all where that is too late. All calls together may retry 20 times, and 0.2 times more for each call; what is not used is kept, up to 20.",
        "3. After 3 failures in a row nothing is sent for 5 seconds; then one request tries.",
        "4. At most 16 requests are under way at the same time; the others wait.",
        "5. A request without an answer after 500 millis is sent a second time; the first success counts.",
        "6. At most 5 within any second; the others wait.",
        "7. An attempt, from connecting to the end of the body, ends after 5 seconds at the latest.",
        "Longest: 20s.",
        "Most requests: 6 for each request that an operation needs."
      ].join("\n")
    )
  })

  it("names the exchange's own limits, and our share of them", () => {
    assert.strictEqual(
      Policy.explain(
        Policy.make(
          Policy.timeout("20 seconds"),
          Policy.retry({ times: 0 }),
          Policy.circuitBreaker({
            tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 20, minimumCalls: 10 }),
            openDuration: "5 seconds",
            openDurationFactor: 2,
            maxOpenDuration: "1 minute",
            probes: 2
          }),
          Policy.quota({ fraction: 0.25 })
        ),
        limits
      ),
      [
        "1. An operation ends after 20 seconds at the latest.",
        "2. Nothing is sent again.",
        "3. After 50 % failures among the last 20 attempts (at least 10) nothing is sent for 5 seconds, each further time in a row 2 times as long, at most 1 minute; then 2 requests try.",
        "4. Imposed by the exchange: after a 429 nothing is sent from the same pool, after a 418 or 403 nothing at all, until the time that it states, or by its rules where it states none.",
        "5. Imposed by the exchange, of which we take 25 %: weight: 600 of 2400 weight within any minute; weight: 2 of 9 weight within any 5 minutes.",
        "Longest: 20s.",
        "Most requests: 1 for each request that an operation needs; a reading with its price needs up to 3, so 3."
      ].join("\n")
    )
  })

  for (const [policy, why] of [
    [Policy.empty, "nothing bounds the request itself"],
    [Policy.retry({ times: 1 }), "nothing bounds the request itself"],
    [
      Policy.make(Policy.bulkhead({ concurrency: 1 }), Policy.timeout("1 second")),
      "nothing bounds the wait for a place in the bulkhead"
    ],
    [
      Policy.make(Policy.rateLimit({ limit: 1, window: "1 second" }), Policy.timeout("1 second")),
      "nothing bounds the wait for the rate limit"
    ]
  ] as const) {
    it(`says why it is unbounded: ${why}`, () => {
      assert.include(Policy.explain(policy), `Longest: unbounded: ${why}.`)
    })
  }

  it("is unbounded at an exchange where nothing ends the operation", () => {
    const policy = Policy.make(Policy.retry({ times: 1 }), Policy.timeout("1 second"))
    assert.isTrue(Option.isSome(Policy.worstCase(policy).duration))
    assert.strictEqual(
      Policy.worstCase(policy, limits).unboundedBecause,
      "nothing bounds the wait for the exchange's quota, or for the end of a ban"
    )
  })

  it("calls what is neither the outermost nor the innermost piece by no other name", () => {
    const policy = Policy.make(
      Policy.retry({ times: 1 }),
      Policy.timeout("3 seconds"),
      Policy.hedge({ after: "1 second" })
    )
    assert.strictEqual(
      Policy.explain(policy),
      [
        "1. What failed for a reason that may pass is sent again once: after 250 millis each time, or any part of that, by chance. Never before the exchange wants it, and not at all where that is too late.",
        "2. This ends after 3 seconds at the latest.",
        "3. A request without an answer after 1 second is sent a second time; the first success counts.",
        "Longest: 3d 6s.",
        "Most requests: 4 for each request that an operation needs."
      ].join("\n")
    )
  })

  for (const [times, expected] of [
    [6, "10 seconds, or any part of that, by chance."],
    [7, "10 seconds and so on, or any part of that, by chance."]
  ] as const) {
    it(`shows up to six delays: ${times}`, () => {
      const backoff = Backoff.exponential({ base: "1 second" })
      assert.include(Policy.explain(Policy.retry({ times, backoff })), expected)
    })
  }

  it("says how long a window is", () => {
    const words = (window: Duration.DurationInput) => Policy.explain(Policy.rateLimit({ limit: 3, window }))
    assert.include(words("1 hour"), "At most 3 within any hour;")
    assert.include(words("11 minutes"), "At most 3 within any 11 minutes;")
  })

  it("keeps one retry of a budget without a reserve", () => {
    const budget = { fraction: 0.1, reserve: 0 }
    assert.include(
      Policy.explain(Policy.retry({ times: 1, budget })),
      "All calls together may retry 0 times, and 0.1 times more for each call; what is not used is kept, up to 1."
    )
  })

  for (const jitter of Backoff.Jitter.literals) {
    it(`says what chance does to the delays: ${jitter}`, () => {
      const text = Policy.explain(
        Policy.retry({ times: 8, backoff: Backoff.exponential({ base: "1 second", jitter }) })
      )
      const expected = {
        none: "after 1 second, 2 seconds, 4 seconds, 8 seconds, 10 seconds and so on.",
        full: "after 1 second, 2 seconds, 4 seconds, 8 seconds, 10 seconds and so on, or any part of that, by chance.",
        decorrelated:
          "after 3 seconds, 9 seconds, 10 seconds and so on, or by chance anything between the first delay and three times the last one."
      }
      assert.include(text, expected[jitter])
    })
  }
})

describe("the longest that a policy takes", () => {
  const seconds = Duration.seconds
  for (const [what, policy, longest] of [
    ["the outer of two time limits where it is shorter", [Policy.timeout("3 seconds"), Policy.timeout("5 seconds")], 3],
    ["the inner of two where that is", [Policy.timeout("5 seconds"), Policy.timeout("3 seconds")], 3],
    [
      "that of the attempt, behind a breaker",
      [Policy.circuitBreaker(Policy.defaultBreaker), Policy.timeout("5 seconds")],
      5
    ],
    ["that of a second copy that begins later", [Policy.hedge({ after: "2 seconds" }), Policy.timeout("5 seconds")], 7],
    [
      "that of the first copy where it ends before",
      [Policy.hedge({ after: "5 seconds" }), Policy.timeout("5 seconds")],
      5
    ],
    [
      "that of two second copies",
      [Policy.hedge({ after: "2 seconds" }), Policy.hedge({ after: "1 second" }), Policy.timeout("5 seconds")],
      8
    ]
  ] as const) {
    it(`is ${what}`, () => {
      const { duration, unboundedBecause } = Policy.worstCase(Policy.make(...policy))
      assert.deepStrictEqual([duration, unboundedBecause], [Option.some(seconds(longest)), ""])
    })
  }

  it("has no reason to be unbounded where the outermost piece ends it", () => {
    const policy = Policy.make(Policy.timeout("5 seconds"), Policy.bulkhead({ concurrency: 1 }))
    assert.strictEqual(Policy.worstCase(policy, limits).unboundedBecause, "")
  })
})

/** What an attempt comes to, and after how many milliseconds. */
interface Step {
  readonly after: number
  readonly hint: number | undefined
}

const threeDays = 3 * 24 * 60 * 60 * 1000

/** Runs the policy against a script, and gives how long that took and how many attempts there were. */
const provoke = (policy: Policy.Policy, script: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    let attempts = 0
    const run = Policy.run<Policy.Outcome, Policy.Outcome>(policy, {
      classify: (outcome) => outcome,
      reject: (refusal) =>
        refusal._tag === "TimedOut"
          ? { _tag: "Transient", notBefore: Option.none() }
          : { _tag: "Refused", notBefore: refusal._tag === "CircuitOpen" ? refusal.until : Option.none() }
    })
    const attempt = Effect.gen(function* () {
      const { after, hint } = script[attempts++ % script.length] ?? { after: 0, hint: undefined }
      yield* Effect.sleep(after)
      const now = yield* DateTime.now
      const notBefore = Option.map(Option.fromNullable(hint), (millis) => DateTime.add(now, { millis }))
      return yield* Effect.fail<Policy.Outcome>({ _tag: "Transient", notBefore })
    })
    const began = yield* Clock.currentTimeMillis
    yield* Effect.either(run(attempt))
    return { took: (yield* Clock.currentTimeMillis) - began, attempts }
  })

const simulate = (policy: Policy.Policy, script: ReadonlyArray<Step>) =>
  SimulationClock.run(provoke(policy, script), SimulationClock.make())

describe("the worst case", () => {
  const millis = fc.integer({ min: 1, max: 5000 })
  const piece: fc.Arbitrary<Policy.Policy> = fc.oneof(
    millis.map((each) => Policy.timeout(each)),
    fc
      .record({
        times: fc.integer({ min: 0, max: 4 }),
        base: millis,
        jitter: fc.constantFrom(...Backoff.Jitter.literals)
      })
      .map(({ base, jitter, times }) => Policy.retry({ times, backoff: Backoff.exponential({ base, jitter }) })),
    fc
      .record({ failures: fc.integer({ min: 1, max: 4 }), open: millis })
      .map(({ failures, open }) =>
        Policy.circuitBreaker({ tripPolicy: CircuitBreaker.consecutive(failures), openDuration: open })
      ),
    millis.map((after) => Policy.hedge({ after }))
  )
  const policies = fc
    .tuple(fc.array(piece, { maxLength: 5 }), millis)
    .map(([pieces, innermost]) => Policy.make(...pieces, Policy.timeout(innermost)))
  const scripts = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 10_000 }),
      hint: fc.option(fc.oneof(millis, fc.constant(threeDays), fc.constant(threeDays + 1)), { nil: undefined })
    }),
    { minLength: 1, maxLength: 6 }
  )

  it.effect.prop(
    "is never exceeded, whatever an exchange does",
    [policies, scripts],
    ([policy, script]) =>
      Effect.gen(function* () {
        const { duration, requests } = Policy.worstCase(policy)
        const { attempts, took } = yield* simulate(policy, script)
        assert.isAtMost(took, Option.match(duration, { onNone: () => Infinity, onSome: Duration.toMillis }))
        assert.isAtMost(attempts, requests)
      }),
    { fastCheck: { numRuns: 300 } }
  )

  it.effect("is reached exactly by an exchange that lets every attempt time out", () =>
    Effect.gen(function* () {
      const policy = Policy.make(
        Policy.timeout("1 minute"),
        Policy.retry({ times: 3, backoff: Backoff.exponential({ base: "1 second", jitter: "none" }) }),
        Policy.timeout("5 seconds")
      )
      const silent = [{ after: 10_000, hint: undefined }]
      assert.deepStrictEqual(yield* simulate(policy, silent), { took: 27_000, attempts: 4 })
      const tight = Policy.withTotalTimeout(policy, "24 seconds")
      assert.deepStrictEqual(Policy.worstCase(tight).duration, Option.some(Duration.seconds(24)))
      assert.strictEqual((yield* simulate(tight, silent)).took, 24_000)
    })
  )

  it.effect("is reached exactly by one that asks for the longest pause each time", () =>
    Effect.gen(function* () {
      const policy = Policy.make(Policy.retry({ times: 2 }), Policy.timeout("5 seconds"))
      const slowest = [{ after: 5000 - 1, hint: threeDays }]
      const { attempts, took } = yield* simulate(policy, slowest)
      assert.deepStrictEqual(
        [Option.map(Policy.worstCase(policy).duration, Duration.toMillis), attempts],
        [Option.some(took + 3), Policy.worstCase(policy).requests]
      )
    })
  )
})
