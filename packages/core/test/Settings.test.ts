import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { allowed as anyDuration } from "../src/internal/durationText.ts"
import * as Policy from "../src/Policy.ts"
import * as Settings from "../src/Settings.ts"
import { getLeft } from "./support.ts"

const prefix = "OPEN_INTEREST_BINANCE"
const keys: Settings.Keys = { prefix, known: ["BASE_URL", ...Settings.policyKeys] }

const loadFrom = (provider: ConfigProvider.ConfigProvider, defaults: Policy.Policy = Policy.standard) =>
  Effect.runSync(
    Effect.either(
      Effect.withConfigProvider(Settings.load(Config.nested(Settings.policy(defaults), prefix), keys), provider)
    )
  )

const withPrefix = (settings: Readonly<Record<string, string>>, delimiter: string) =>
  new Map(Object.entries(settings).map(([key, text]) => [`${prefix}${delimiter}${key}`, text]))

const load = (settings: Readonly<Record<string, string>>, defaults?: Policy.Policy) =>
  loadFrom(ConfigProvider.fromMap(withPrefix(settings, "_"), { pathDelim: "_" }), defaults)

const loaded = (settings: Readonly<Record<string, string>>, defaults?: Policy.Policy) =>
  Either.getOrThrowWith(load(settings, defaults), (error) => new Error(String(error)))

/** Every single error, as `path: message`. */
const errorsOf = (error: ConfigError.ConfigError): ReadonlyArray<string> => {
  if (ConfigError.isAnd(error)) return [...errorsOf(error.left), ...errorsOf(error.right)]
  return ConfigError.isOr(error) ? ["two ways"] : [`${error.path.join("_")}: ${error.message}`]
}

const refusals = (result: Either.Either<unknown, ConfigError.ConfigError>) => errorsOf(getLeft(result))

/** What a policy has for every key. */
const values = (policy: Policy.Policy): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Settings.policySettings.map(({ key, value }) => [key, Option.getOrUndefined(value(policy))]))

const standard = {
  TIMEOUT_TOTAL: "20 seconds",
  TIMEOUT_ATTEMPT: "5 seconds",
  RETRY_TIMES: "4",
  RETRY_BASE: "250 millis",
  RETRY_FACTOR: "2",
  RETRY_CAP: "10 seconds",
  RETRY_JITTER: "full",
  RETRY_BUDGET_FRACTION: "0.2",
  RETRY_BUDGET_RESERVE: "20",
  BREAKER_FAILURES: "10",
  BREAKER_OPEN: "5 seconds",
  BREAKER_OPEN_FACTOR: "2",
  BREAKER_OPEN_MAX: "1 minute",
  BREAKER_PROBES: "1",
  BULKHEAD_CONCURRENCY: "16",
  QUOTA_FRACTION: "0.5"
}

const noDurations = [
  "-1 seconds",
  "0 ms",
  "",
  " ",
  "abc",
  "5",
  "1e3 ms",
  "NaN s",
  "Infinity",
  "1,5 seconds",
  "1s 500ms"
]
const noCounts = ["-1", "1.5", "", " ", " 3", "3 ", "three", "1e1", "0x1", "+1", "03", "NaN", "Infinity", "unlimited"]
const noDecimals = ["-1", "", " 1", "1.", ".5", "1e0", "0x1", "+1", "NaN", "1,5", "half"]

interface Row {
  /** A text that is allowed, and the text for what it gives where that differs. */
  readonly accepts: Readonly<Record<string, string>>
  readonly refuses: ReadonlyArray<string>
  readonly allowed: string
}

const durations: Row = {
  accepts: { "300ms": "300 millis", "300 millis": "300 millis", "0.5s": "500 millis", "2m": "2 minutes" },
  refuses: noDurations,
  allowed: anyDuration
}
const factors: Row = {
  accepts: { "1": "1", "1.5": "1.5", "100": "100", "3.0": "3" },
  refuses: [...noDecimals, "0", "0.99", "100.1", "101"],
  allowed: "a number from 1 to 100"
}
const count = (from: number, to: number): Row => ({
  accepts: Object.fromEntries([from, to, 7].map((each) => [String(each), String(each)])),
  refuses: [...noCounts, String(from - 1), String(to + 1), "99999999999"],
  allowed: `a whole number from ${from} to ${to}`
})

const rows: Readonly<Record<keyof typeof standard, Row>> = {
  TIMEOUT_TOTAL: durations,
  TIMEOUT_ATTEMPT: durations,
  RETRY_TIMES: count(0, 100),
  RETRY_BASE: durations,
  RETRY_FACTOR: factors,
  RETRY_CAP: durations,
  RETRY_JITTER: {
    accepts: { none: "none", full: "full", decorrelated: "decorrelated" },
    refuses: ["", "None", "some", " none", "toString"],
    allowed: "none, full, decorrelated"
  },
  RETRY_BUDGET_FRACTION: {
    accepts: { "0": "0", "0.1": "0.1", "1": "1", "1.0": "1" },
    refuses: [...noDecimals, "1.01", "2"],
    allowed: "a number from 0 to 1"
  },
  RETRY_BUDGET_RESERVE: count(0, 1_000_000),
  BREAKER_FAILURES: count(1, 1_000_000),
  BREAKER_OPEN: durations,
  BREAKER_OPEN_FACTOR: factors,
  BREAKER_OPEN_MAX: durations,
  BREAKER_PROBES: count(1, 1000),
  BULKHEAD_CONCURRENCY: count(1, 10_000),
  QUOTA_FRACTION: {
    accepts: { "0.25": "0.25", "1": "1", "0.000000001": "1e-9" },
    refuses: [...noDecimals, "0", "0.0", "1.01", "0.0000000001"],
    allowed: "a number above 0, and at most 1"
  }
}

describe("the settings of a policy", () => {
  it("are all of these, each with words for a person", () => {
    assert.deepStrictEqual(
      Settings.policySettings.map(({ key }) => key),
      Object.keys(rows)
    )
    assert.deepStrictEqual(Settings.policyKeys, ["POLICY", ...Object.keys(rows)])
    for (const { description } of Settings.policySettings) assert.isAbove(description.length, 10)
  })

  it("leave the default alone where no key is set", () => {
    assert.isTrue(Equal.equals(loaded({}), Policy.standard))
    assert.isTrue(Equal.equals(loaded({}, Policy.empty), Policy.empty))
    assert.deepStrictEqual(values(Policy.standard), standard)
  })

  for (const [key, { accepts, allowed, refuses }] of Object.entries(rows)) {
    for (const [text, value] of Object.entries(accepts)) {
      it(`take ${JSON.stringify(text)} for ${key}, and leave all others`, () => {
        const policy = loaded({ [key]: text })
        assert.deepStrictEqual(values(policy), { ...standard, [key]: value })
        assert.deepStrictEqual(
          policy.strategies.map(({ _tag }) => _tag),
          Policy.standard.strategies.map(({ _tag }) => _tag)
        )
      })
    }

    it(`have a value for ${key} that gives the same again`, () => {
      const setting = Settings.policySettings.find((each) => each.key === key)
      const text = Option.getOrThrow(setting?.value(Policy.standard) ?? Option.none())
      assert.isTrue(Equal.equals(loaded({ [key]: text }), Policy.standard))
      assert.strictEqual(setting?.allowed, allowed)
    })

    for (const text of refuses) {
      it(`refuse ${JSON.stringify(text)} for ${key}, and say what is allowed`, () => {
        assert.deepStrictEqual(refusals(load({ [key]: text })), [
          `${prefix}_${key}: expected ${allowed}, got ${JSON.stringify(text)}`
        ])
      })
    }

    it(`put ${key} where a policy has nothing of the kind, as far as it can`, () => {
      const [text = "", value] = Object.entries(accepts)[0] ?? []
      const changed = loaded({ [key]: text }, Policy.make(Policy.timeout(1), Policy.timeout(1)))
      assert.strictEqual(values(changed)[key], value)
    })
  }

  const durationTexts: Readonly<Record<string, string>> = {
    "300 millis": "300 millis",
    "300ms": "300 millis",
    "300 ms": "300 millis",
    " 300  millis ": "300 millis",
    "2s": "2 seconds",
    "2 seconds": "2 seconds",
    "1 second": "1 second",
    "1.5 seconds": "1500 millis",
    "0.5s": "500 millis",
    "2m": "2 minutes",
    "2 minutes": "2 minutes",
    "1h": "1 hour",
    "1 day": "1 day"
  }
  for (const [text, value] of Object.entries(durationTexts)) {
    it(`read ${JSON.stringify(text)} as ${value}`, () => {
      assert.strictEqual(values(loaded({ TIMEOUT_TOTAL: text }))["TIMEOUT_TOTAL"], value)
    })
  }

  it("have no value for what a policy has not, but the share that is taken anyway", () => {
    assert.deepStrictEqual(
      Object.entries(values(Policy.empty)).filter(([, value]) => value !== undefined),
      [["QUOTA_FRACTION", "0.5"]]
    )
    const byRate = Policy.withCircuitBreaker(Policy.standard, {
      tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 10, minimumCalls: 5 })
    })
    assert.isUndefined(values(byRate)["BREAKER_FAILURES"])
    assert.strictEqual(values(loaded({ BREAKER_FAILURES: "3" }, byRate))["BREAKER_FAILURES"], "3")
  })

  it("make a budget of one of its numbers", () => {
    const retry = Policy.retry({ times: 1 })
    const budgets = [{ RETRY_BUDGET_FRACTION: "0.3" }, { RETRY_BUDGET_RESERVE: "7" }].map((settings) => {
      const { RETRY_BUDGET_FRACTION, RETRY_BUDGET_RESERVE } = values(loaded(settings, retry))
      return [RETRY_BUDGET_FRACTION, RETRY_BUDGET_RESERVE]
    })
    assert.deepStrictEqual(budgets, [
      ["0.3", "20"],
      ["0.2", "7"]
    ])
  })

  it("apply together", () => {
    const changed = { ...standard, RETRY_TIMES: "0", RETRY_CAP: "1 second", QUOTA_FRACTION: "1", BREAKER_PROBES: "2" }
    assert.deepStrictEqual(values(loaded(changed)), changed)
    assert.isTrue(Equal.equals(loaded(changed, Policy.empty), loaded(changed)))
  })
})

describe("a whole policy as a setting", () => {
  const policy = Policy.make(Policy.timeout("9 seconds"), Policy.retry({ times: 1 }), Policy.quota({ fraction: 0.1 }))
  const encoded = Schema.encodeSync(Policy.Policy)(policy)
  const json = JSON.stringify(encoded)

  it("takes the place of the default", () => {
    assert.isTrue(Equal.equals(loaded({ POLICY: json }), policy))
    assert.isTrue(Equal.equals(loaded({ POLICY: '{"strategies":[]}' }), Policy.empty))
  })

  it("may be what `oi policy --format json` prints", () => {
    const printed = { exchange: "binance", policy: encoded, requests: 5 }
    for (const text of [printed, [printed]]) {
      assert.isTrue(Equal.equals(loaded({ POLICY: JSON.stringify(text) }), policy))
    }
  })

  it("is changed by the other keys", () => {
    const changed = loaded({ POLICY: json, RETRY_TIMES: "3", TIMEOUT_ATTEMPT: "2s" })
    const expected = Policy.withAttemptTimeout(Policy.withRetry(policy, { times: 3 }), "2 seconds")
    assert.isTrue(Equal.equals(changed, expected))
  })

  const begins = `${prefix}_POLICY: expected a policy as JSON: `
  const wrong: ReadonlyArray<readonly [value: unknown, message: string]> = [
    [{}, "strategies: is missing"],
    [{ strategies: [], fraction: 0 }, "fraction: Expected a positive number, actual 0"],
    [{ strategies: [], fracton: 0.1 }, 'fracton: is unexpected, expected: "strategies" | "fraction"'],
    [
      { strategies: [{ _tag: "Timeout", duration: "-1 s" }] },
      `strategies.0.duration: expected ${anyDuration}, got "-1 s"`
    ],
    [
      { policy: { strategies: [{ _tag: "Timeout", duration: "1 s", after: 1 }] } },
      'policy.strategies.0.after: is unexpected, expected: "duration" | "scope" | "_tag"'
    ],
    [
      [{ policy: { strategies: [{ _tag: "Bulkhead", concurrency: 0 }] } }],
      "0.policy.strategies.0.concurrency: Expected a positive number, actual 0"
    ],
    [
      {
        strategies: [{ _tag: "Retry", times: 1, backoff: { base: "1 s", factor: 1, cap: "1 s", jitter: "some" } }]
      },
      ["none", "full", "decorrelated"]
        .map((each, index) => `${index === 0 ? "strategies.0.backoff.jitter: " : ""}Expected "${each}", actual "some"`)
        .join("; ")
    ]
  ]
  for (const [value, message] of wrong) {
    it(`is not ${JSON.stringify(value)}, and the error says where`, () => {
      assert.deepStrictEqual(refusals(load({ POLICY: JSON.stringify(value) })), [`${begins}${message}`])
    })
  }

  it("is not text that is no JSON, nor JSON that is no object", () => {
    for (const text of ["", "{", "standard", "5", "[]", "null"]) {
      const errors = refusals(load({ POLICY: text }))
      assert.lengthOf(errors, 1)
      assert.match(errors[0] ?? "", /^OPEN_INTEREST_BINANCE_POLICY: expected a policy as JSON: \S/)
    }
  })
})

describe("a key under the prefix", () => {
  const known = `known are ${keys.known.join(", ")}`
  const settings = {
    RETRY_TIME: "3",
    RETRY_BASE: "soon",
    TIMEOUT: "3s",
    QUOTA_FRACTIONS: "",
    BREAKER_OPEN_FOR_HOW_LONG: "1s",
    BASE_URL: "x"
  }
  const expected = [
    `${prefix}_RETRY_BASE: expected ${anyDuration}, got "soon"`,
    `${prefix}_RETRY_TIME: unknown setting ("3"), did you mean RETRY_TIMES?`,
    `${prefix}_TIMEOUT: unknown setting ("3s"), ${known}`,
    `${prefix}_QUOTA_FRACTIONS: unknown setting (""), did you mean QUOTA_FRACTION?`,
    `${prefix}_BREAKER_OPEN_FOR_HOW_LONG: unknown setting ("1s"), ${known}`
  ]
  const others = {
    [prefix]: "x",
    [`${prefix}S_FOO`]: "x",
    OPEN_INTEREST_BITGET_FOO: "x",
    OPEN_INTEREST: "x",
    FOO: "x",
    BINANCE_FOO: "x"
  }
  const providers: Readonly<
    Record<string, (settings: Readonly<Record<string, string>>) => ConfigProvider.ConfigProvider>
  > = {
    "names in one piece": (given) =>
      ConfigProvider.fromMap(new Map([...withPrefix(given, "."), ...Object.entries(others)])),
    "names broken at underscores": (given) =>
      ConfigProvider.fromMap(new Map([...withPrefix(given, "_"), ...Object.entries(others)]), { pathDelim: "_" }),
    JSON: (given) => ConfigProvider.fromJson({ ...others, [prefix]: given }),
    "the environment": (given) => {
      for (const [key, text] of [...withPrefix(given, "_"), ...Object.entries(others)]) vi.stubEnv(key, text)
      return ConfigProvider.fromEnv()
    },
    "another provider behind the first": (given) =>
      ConfigProvider.orElse(ConfigProvider.fromMap(new Map()), () => ConfigProvider.fromMap(withPrefix(given, ".")))
  }
  afterEach(() => vi.unstubAllEnvs())

  for (const [name, provider] of Object.entries(providers)) {
    it(`that nobody knows is an error, told with all others, from ${name}`, () => {
      assert.deepStrictEqual(refusals(loadFrom(provider(settings))).toSorted(), expected.toSorted())
    })

    it(`that is known is none, nor is one under another prefix, from ${name}`, () => {
      const policy = loadFrom(provider({ BASE_URL: "x", RETRY_TIMES: "0" }))
      assert.strictEqual(values(Either.getOrThrow(policy))["RETRY_TIMES"], "0")
    })
  }

  it("may be a number in JSON", () => {
    const policy = loadFrom(ConfigProvider.fromJson({ [prefix]: { RETRY_TIMES: 0, QUOTA_FRACTION: 0.25 } }))
    assert.deepStrictEqual(values(Either.getOrThrow(policy)), {
      ...standard,
      RETRY_TIMES: "0",
      QUOTA_FRACTION: "0.25"
    })
  })

  it("is not overlooked as a list or an object in JSON", () => {
    const json = { RETRY_TIMES: [1, 2], TIMEOUT: { TOTAL: "1s", TOTALS: "2s" } }
    assert.deepStrictEqual(
      refusals(loadFrom(ConfigProvider.fromJson({ [prefix]: json })))
        .map((error) => error.split(",")[0])
        .toSorted(),
      [
        `${prefix}_RETRY_TIMES_[0]: unknown setting ("1")`,
        `${prefix}_RETRY_TIMES_[1]: unknown setting ("2")`,
        `${prefix}_TIMEOUT_TOTALS: unknown setting ("2s")`
      ]
    )
  })

  it("that nobody knows is one error however it is found, and comes after those of wrong values", () => {
    const provider = ConfigProvider.fromMap(
      new Map([
        ["ONE.FOO", "1"],
        ["ONE.BAR", "2"]
      ])
    )
    const config = Config.nested(Config.integer("NUMBER"), "ONE")
    const error = getLeft(
      Effect.runSync(
        Effect.either(Effect.withConfigProvider(Settings.load(config, { prefix: "ONE", known: ["NUMBER"] }), provider))
      )
    )
    const [first, ...rest] = errorsOf(error)
    assert.match(first ?? "", /^ONE_NUMBER: Expected ONE.NUMBER to exist/)
    assert.deepStrictEqual(rest.toSorted(), [
      'ONE_BAR: unknown setting ("2"), known are NUMBER',
      'ONE_FOO: unknown setting ("1"), known are NUMBER'
    ])
  })
})
