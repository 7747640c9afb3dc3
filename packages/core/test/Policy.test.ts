import { assert, describe, it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import { pipe } from "effect/Function"
import * as Hash from "effect/Hash"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import * as Backoff from "../src/Backoff.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import * as Policy from "../src/Policy.ts"
import * as Strategy from "../src/Strategy.ts"

const retry = (times: number) => Policy.retry({ times, backoff: Backoff.exponential({ base: 100, jitter: "none" }) })

const tags = (policy: Policy.Policy) => policy.strategies.map(({ _tag }) => _tag)

/** By `Equal`; what differs shows better in an encoded policy. */
const isSame = (actual: Policy.Policy, expected: Policy.Policy): boolean => {
  const encode = Schema.encodeSync(Policy.Policy)
  assert.deepStrictEqual(encode(actual), encode(expected))
  return Equal.equals(actual, expected)
}

describe("a change to a policy", () => {
  const { standard } = Policy
  const bulk = Policy.bulkhead({ concurrency: 16 })
  const parts = {
    total: Policy.timeout("20 seconds"),
    retry: Policy.retry({
      times: 4,
      backoff: Backoff.exponential({ base: "250 millis", factor: 2, cap: "10 seconds", jitter: "full" }),
      budget: { fraction: 0.2, reserve: 20 }
    }),
    breaker: Policy.circuitBreaker({
      tripPolicy: CircuitBreaker.consecutive(10),
      openDuration: "5 seconds",
      openDurationFactor: 2,
      maxOpenDuration: "1 minute",
      probes: 1
    }),
    bulkhead: bulk,
    attempt: Policy.timeout("5 seconds"),
    quota: Policy.quota({ fraction: 0.5 })
  }
  const but = (changed: Partial<typeof parts>) => Policy.make(...Object.values({ ...parts, ...changed }))

  const options = { times: 4, backoff: Policy.defaultBackoff, budget: { fraction: 0.2, reserve: 20 } }
  const changes: Readonly<Record<string, () => readonly [Policy.Policy, Policy.Policy]>> = {
    "that is none leaves the standard one": () => [standard, but({})],
    "of the total timeout": () => [
      Policy.withTotalTimeout(standard, "1 minute"),
      but({ total: Policy.timeout("1 minute") })
    ],
    "of the attempt timeout": () => [
      pipe(standard, Policy.withAttemptTimeout("300 millis")),
      but({ attempt: Policy.timeout("300 millis") })
    ],
    "of how often to retry": () => [
      Policy.withRetry(standard, { times: 0 }),
      but({ retry: Policy.retry({ ...options, times: 0 }) })
    ],
    "of one number of the back-off": () => [
      pipe(standard, Policy.withRetry({ backoff: { cap: Duration.seconds(1) } })),
      but({
        retry: Policy.retry({ ...options, backoff: Backoff.exponential({ base: "250 millis", cap: "1 second" }) })
      })
    ],
    "of the retry budget": () => [
      Policy.withRetry(standard, { budget: { fraction: 0.1, reserve: 1 } }),
      but({ retry: Policy.retry({ ...options, budget: { fraction: 0.1, reserve: 1 } }) })
    ],
    "of one number of the breaker": () => [
      Policy.withCircuitBreaker(standard, { probes: 3 }),
      but({
        breaker: Policy.circuitBreaker({
          tripPolicy: CircuitBreaker.consecutive(10),
          openDuration: "5 seconds",
          openDurationFactor: 2,
          maxOpenDuration: "1 minute",
          probes: 3
        })
      })
    ],
    "of one number of a breaker that is not the default one": () => [
      Policy.withCircuitBreaker(
        Policy.circuitBreaker({ tripPolicy: CircuitBreaker.consecutive(3), openDuration: "1 second" }),
        { probes: 2 }
      ),
      Policy.circuitBreaker({ tripPolicy: CircuitBreaker.consecutive(3), openDuration: "1 second", probes: 2 })
    ],
    "of the bulkhead": () => [
      Policy.withBulkhead(standard, { concurrency: 1 }),
      but({ bulkhead: Policy.bulkhead({ concurrency: 1 }) })
    ],
    "of the quota, up as well as down": () => [
      pipe(standard, Policy.withQuota({ fraction: 1 })),
      but({ quota: Policy.quota({ fraction: 1 }) })
    ],
    "of every piece of a kind": () => [
      Policy.withBulkhead(Policy.make(bulk, retry(1), bulk), { concurrency: 2 }),
      Policy.make(Policy.bulkhead({ concurrency: 2 }), retry(1), Policy.bulkhead({ concurrency: 2 }))
    ],
    "of a hedge": () => [
      Policy.withHedge(Policy.make(Policy.hedge({ after: 1 }), Policy.timeout(5)), { after: 2 }),
      Policy.make(Policy.hedge({ after: 2 }), Policy.timeout(5))
    ]
  }
  for (const [name, change] of Object.entries(changes)) {
    it(`${name} leaves the rest`, () => assert.isTrue(isSame(...change())))
  }

  it("takes a kind of piece out, and the total timeout with that of the attempts", () => {
    assert.deepStrictEqual(tags(Policy.without(standard, "Retry")), [
      "Timeout",
      "CircuitBreaker",
      "Bulkhead",
      "Timeout"
    ])
    assert.deepStrictEqual(tags(pipe(standard, Policy.without("Timeout"))), ["Retry", "CircuitBreaker", "Bulkhead"])
    assert.isTrue(isSame(Policy.without(standard, "Hedge"), standard))
    assert.strictEqual(Policy.without(standard, "Bulkhead").fraction, 0.5)
    assert.strictEqual(Policy.withBulkhead(standard, { concurrency: 1 }).fraction, 0.5)
    assert.strictEqual(Policy.withTotalTimeout(standard, 1).fraction, 0.5)
    assert.strictEqual(Policy.withAttemptTimeout(standard, 1).fraction, 0.5)
  })

  const order = ["Retry", "CircuitBreaker", "Bulkhead", "Hedge"] as const
  const add = {
    Retry: Policy.withRetry({}),
    CircuitBreaker: Policy.withCircuitBreaker({}),
    Bulkhead: Policy.withBulkhead({ concurrency: 16 }),
    Hedge: Policy.withHedge({ after: 1 })
  }
  for (const [name, begin, end] of [
    ["with both timeouts", [Policy.timeout(20)], [Policy.timeout(5)]],
    ["with a total timeout alone", [Policy.timeout(20)], []],
    ["without timeouts", [], []]
  ] as const) {
    it(`puts each missing piece into its place, in a policy ${name}`, () => {
      const full = Policy.make(
        ...begin,
        Policy.retry({ times: 2 }),
        Policy.circuitBreaker(Policy.defaultBreaker),
        Policy.bulkhead({ concurrency: 16 }),
        Policy.hedge({ after: 1 }),
        Policy.rateLimit({ limit: 1, window: 1 }),
        ...end
      )
      for (const tag of order) assert.isTrue(isSame(add[tag](Policy.without(full, tag)), full))
      const empty = order.reduce((policy: Policy.Policy, tag) => Policy.without(policy, tag), full)
      // In whatever order they are added.
      const orders: ReadonlyArray<ReadonlyArray<(typeof order)[number]>> = [
        order,
        order.toReversed(),
        ["Bulkhead", "Retry", "Hedge", "CircuitBreaker"]
      ]
      for (const each of orders) {
        assert.isTrue(
          isSame(
            each.reduce((policy: Policy.Policy, tag) => add[tag](policy), empty),
            full
          )
        )
      }
    })
  }

  it("puts a piece last where nothing comes after it, and takes only the innermost time limit for that of an attempt", () => {
    const hedge = Policy.hedge({ after: 1 })
    assert.isTrue(isSame(Policy.withHedge(bulk, { after: 1 }), Policy.make(bulk, hedge)))
    const inside = Policy.make(retry(1), Policy.timeout(5), bulk)
    assert.isTrue(isSame(Policy.withHedge(inside, { after: 1 }), Policy.make(inside, hedge)))
  })

  it("takes out the only piece", () => {
    assert.isTrue(isSame(Policy.without(bulk, "Bulkhead"), Policy.empty))
  })

  it("puts missing timeouts outermost and innermost, and takes a lone one for the total", () => {
    const bare = Policy.make(retry(1), bulk)
    assert.isTrue(isSame(Policy.withTotalTimeout(bare, 20), Policy.make(Policy.timeout(20), bare)))
    assert.isTrue(isSame(Policy.withAttemptTimeout(bare, 5), Policy.make(bare, Policy.timeout(5))))
    assert.isTrue(
      isSame(Policy.withAttemptTimeout(Policy.timeout(20), 5), Policy.make(Policy.timeout(20), Policy.timeout(5)))
    )
    assert.isTrue(isSame(Policy.withTotalTimeout(Policy.timeout(20), 5), Policy.timeout(5)))
    assert.isTrue(isSame(Policy.withTotalTimeout(Policy.empty, 5), Policy.timeout(5)))
  })

  it("adds retries without a budget, which stay without one", () => {
    const added = Policy.withRetry(Policy.empty, { backoff: { jitter: "none" } })
    assert.isTrue(
      isSame(added, Policy.retry({ times: 2, backoff: Backoff.exponential({ base: 250, jitter: "none" }) }))
    )
    assert.notProperty(Policy.withRetry(added, { times: 3 }).strategies[0], "budget")
  })

  it("takes the smallest share of several, and the last that is set", () => {
    const { quota } = Policy
    assert.strictEqual(Policy.make(quota({ fraction: 0.5 }), bulk, quota({ fraction: 0.25 })).fraction, 0.25)
    assert.isUndefined(Policy.make(bulk, retry(1)).fraction)
    assert.isFalse("fraction" in Policy.make(bulk))
    assert.strictEqual(Policy.withQuota(quota({ fraction: 0.25 }), { fraction: 0.5 }).fraction, 0.5)
  })

  it.effect("of a call is none by default", () =>
    Effect.gen(function* () {
      const override = yield* Policy.Override
      assert.strictEqual(override(standard), standard)
    })
  )
})

describe("a policy", () => {
  const json = Schema.parseJson(Policy.Policy, { space: 1 })

  it("equals another of the same pieces in the same order, with the same hash", () => {
    const one = Policy.make(Policy.timeout("5 seconds"), retry(1))
    const other = Policy.make(Policy.timeout(Duration.millis(5000)), retry(1))
    assert.isTrue(Equal.equals(one, other))
    assert.strictEqual(Hash.hash(one), Hash.hash(other))
    for (const different of [
      Policy.make(retry(1), Policy.timeout("5 seconds")),
      Policy.make(Policy.timeout("5 seconds"), retry(2)),
      Policy.make(one, Policy.quota({ fraction: 0.5 }))
    ]) {
      assert.isFalse(Equal.equals(one, different))
    }
  })

  it("reads well as JSON", () => {
    assert.deepStrictEqual(
      Schema.encodeSync(Policy.Policy)(
        Policy.make(Policy.standard, Policy.hedge({ after: 1500 }), Policy.rateLimit({ limit: 10, window: "1 second" }))
      ),
      {
        strategies: [
          { _tag: "Timeout", duration: "20 seconds" },
          {
            _tag: "Retry",
            times: 4,
            backoff: { base: "250 millis", factor: 2, cap: "10 seconds", jitter: "full" },
            budget: { fraction: 0.2, reserve: 20 }
          },
          {
            _tag: "CircuitBreaker",
            options: {
              tripPolicy: { _tag: "Consecutive", failures: 10 },
              openDuration: "5 seconds",
              openDurationFactor: 2,
              maxOpenDuration: "1 minute",
              probes: 1
            }
          },
          { _tag: "Bulkhead", concurrency: 16 },
          { _tag: "Timeout", duration: "5 seconds" },
          { _tag: "Hedge", after: "1500 millis" },
          { _tag: "RateLimit", limit: 10, window: "1 second" }
        ],
        fraction: 0.5
      }
    )
  })

  const backoff = { base: "1 second", factor: 2, cap: "1 second", jitter: "none" }
  const options = Schema.encodeSync(CircuitBreaker.Options)(Policy.defaultBreaker)
  const refusedJson: ReadonlyArray<readonly [where: string, value: unknown]> = [
    ["strategies", {}],
    ["fraction", { strategies: [], fraction: 0 }],
    ["fraction", { strategies: [], fraction: 1.01 }],
    ["fraction", { strategies: [], fraction: "1" }],
    ["strategies.0._tag", { strategies: [{ _tag: "Wait" }] }],
    ["strategies.0.duration", { strategies: [{ _tag: "Timeout", duration: "-1 seconds" }] }],
    ["strategies.0.duration", { strategies: [{ _tag: "Timeout", duration: 5 }] }],
    ["strategies.0.times", { strategies: [{ _tag: "Retry", times: 101, backoff }] }],
    ["strategies.0.times", { strategies: [{ _tag: "Retry", times: -1, backoff }] }],
    ["strategies.0.times", { strategies: [{ _tag: "Retry", times: 0.5, backoff }] }],
    ["strategies.0.backoff.base", { strategies: [{ _tag: "Retry", times: 1, backoff: { ...backoff, base: "soon" } }] }],
    [
      "strategies.0.backoff.factor",
      { strategies: [{ _tag: "Retry", times: 1, backoff: { ...backoff, factor: 0.9 } }] }
    ],
    [
      "strategies.0.backoff.jitter",
      { strategies: [{ _tag: "Retry", times: 1, backoff: { ...backoff, jitter: "some" } }] }
    ],
    [
      "strategies.0.budget.fraction",
      { strategies: [{ _tag: "Retry", times: 1, backoff, budget: { fraction: 1.1, reserve: 1 } }] }
    ],
    [
      "strategies.0.budget.reserve",
      { strategies: [{ _tag: "Retry", times: 1, backoff, budget: { fraction: 1, reserve: 1.5 } }] }
    ],
    ["strategies.0.options.probes", { strategies: [{ _tag: "CircuitBreaker", options: { ...options, probes: 0 } }] }],
    [
      "strategies.1.concurrency",
      {
        strategies: [
          { _tag: "Timeout", duration: "1s" },
          { _tag: "Bulkhead", concurrency: 0 }
        ]
      }
    ],
    ["strategies.0.after", { strategies: [{ _tag: "Hedge", after: "0 ms" }] }],
    ["strategies.0.limit", { strategies: [{ _tag: "RateLimit", limit: 1.5, window: "1s" }] }],
    ["strategies.0.window", { strategies: [{ _tag: "RateLimit", limit: 1, window: "" }] }]
  ]
  for (const [where, value] of refusedJson) {
    it(`is not ${JSON.stringify(value)}, and the error names ${where}`, () => {
      const error = Either.flip(Schema.decodeUnknownEither(json)(JSON.stringify(value)))
      const issues = ParseResult.ArrayFormatter.formatErrorSync(Either.getOrThrow(error))
      assert.deepStrictEqual([...new Set(issues.map(({ path }) => path.join(".")))], [where])
    })
  }

  it("can't be made of numbers that could never work", () => {
    for (const make of [
      () => Policy.timeout(0),
      () => Policy.timeout(Duration.infinity),
      () => Policy.retry({ times: -1 }),
      () => Policy.retry({ times: 101 }),
      () => Policy.retry({ times: NaN }),
      () => Policy.retry({ times: 1, budget: { fraction: -0.1, reserve: 1 } }),
      () => Policy.bulkhead({ concurrency: 0 }),
      () => Policy.hedge({ after: 0 }),
      () => Policy.rateLimit({ limit: 0, window: "1 second" }),
      () => Policy.rateLimit({ limit: 1, window: 0 }),
      () => Policy.quota({ fraction: 0 }),
      () => Policy.quota({ fraction: 1.5 }),
      () => Policy.withQuota(Policy.empty, { fraction: NaN })
    ]) {
      assert.throws(make, ParseResult.ParseError)
    }
    for (const times of [0, 100]) assert.propertyVal(Policy.retry({ times }).strategies[0], "times", times)
    assert.strictEqual(Policy.quota({ fraction: 1 }).fraction, 1)
  })
})

describe("the types of a policy at work", () => {
  interface Thrown {
    readonly _tag: "Thrown"
  }
  interface Refusal {
    readonly _tag: "Refusal"
  }
  interface Other {
    readonly _tag: "Other"
  }
  interface Service {
    readonly service: Context.Tag<Service, Service>
  }
  const holds = <T extends true>(value: T): boolean => value
  const reject = (): Refusal => ({ _tag: "Refusal" })
  const run = Policy.run<Thrown | Refusal, Refusal>(Policy.standard, {
    classify: () => ({ _tag: "Fatal" }),
    reject
  })

  it("add what `reject` gives to the errors, and nothing to the requirements", () => {
    const effect = Effect.succeed(1) as Effect.Effect<number, Thrown, Service>
    const wrapped = run(effect)
    assert.isTrue(holds<Types.Equals<typeof wrapped, Effect.Effect<number, Thrown | Refusal, Service>>>(true))
    const never = run(Effect.succeed("a" as const))
    assert.isTrue(holds<Types.Equals<typeof never, Effect.Effect<"a", Refusal>>>(true))
    const nested = run(run(effect))
    assert.isTrue(holds<Types.Equals<typeof nested, typeof wrapped>>(true))
  })

  it("let no error through that `classify` does not know, and no refusal", () => {
    const other = Effect.succeed(1) as Effect.Effect<number, Other>
    // @ts-expect-error Other is none of the errors that are classified.
    assert.isDefined(run(other))
    // @ts-expect-error What is rejected with has to be classified.
    assert.isDefined(Policy.run<Thrown, Refusal>(Policy.empty, { classify: () => ({ _tag: "Fatal" }), reject }))
  })
})

describe("a strategy", () => {
  it("is made by a constructor of its own as well", () => {
    assert.isTrue(
      isSame(Policy.timeout("1 second"), new Policy.Policy({ strategies: Policy.timeout(1000).strategies }))
    )
    assert.isTrue(
      Equal.equals(Policy.timeout(1000).strategies[0], new Strategy.Timeout({ duration: Duration.seconds(1) }))
    )
  })
})

describe("a time limit", () => {
  const pieces = (policy: Policy.Policy) => {
    const { attempt, operation, request } = Policy.split(policy)
    return [operation, request, attempt].map(({ strategies }) =>
      strategies.map((each) => (each._tag === "Timeout" ? Duration.format(each.duration) : each._tag))
    )
  }

  it("of an attempt stays one where nothing is around it", () => {
    const lone = Policy.empty.pipe(Policy.withAttemptTimeout("5 seconds"))
    assert.deepStrictEqual(pieces(lone), [[], [], ["5s"]])
    assert.deepStrictEqual(pieces(Policy.withTotalTimeout(lone, "20 seconds")), [["20s"], [], ["5s"]])
    const retrying = Policy.make(Policy.retry({ times: 2 }), Policy.timeout("5 seconds"))
    assert.deepStrictEqual(pieces(Policy.without(retrying, "Retry")), [[], [], ["5s"]])
  })

  it("of an operation stays one as well", () => {
    const policy = Policy.make(Policy.timeout("20 seconds"), Policy.retry({ times: 2 }))
    assert.deepStrictEqual(pieces(Policy.without(policy, "Retry")), [["20s"], [], []])
    assert.deepStrictEqual(pieces(Policy.withAttemptTimeout(policy, "5 seconds")), [["20s"], ["Retry"], ["5s"]])
  })
})

describe("a change of a default", () => {
  it("puts a rate limit of one's own inside everything but the attempt", () => {
    const policy = Policy.standard.pipe(Policy.withRateLimit({ limit: 5, window: "1 second" }))
    assert.deepStrictEqual(
      policy.strategies.map(({ _tag }) => _tag),
      ["Timeout", "Retry", "CircuitBreaker", "Bulkhead", "RateLimit", "Timeout"]
    )
    const changed = Policy.withRateLimit(policy, { limit: 6, window: "1 second" })
    assert.lengthOf(changed.strategies, 6)
  })

  it("takes durations as text, and takes a budget away", () => {
    const policy = Policy.standard.pipe(
      Policy.withRetry({ backoff: { base: "1 second" }, budget: null }),
      Policy.withCircuitBreaker({ openDuration: "30 seconds" })
    )
    const words = Policy.explain(policy)
    assert.include(words, "after 1 second, 2 seconds, 4 seconds, 8 seconds,")
    assert.notInclude(words, "All calls together")
    assert.include(words, "nothing is sent for 30 seconds")
  })

  it("that opens a circuit for longer than it allows says how long it will be", () => {
    const words = Policy.explain(Policy.withCircuitBreaker(Policy.standard, { openDuration: "5 minutes" }))
    assert.include(words, "nothing is sent for 1 minute")
  })
})
