import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import * as Policy from "../src/Policy.ts"
import { thorough } from "./support.ts"

const policy = (options: Partial<ConstructorParameters<typeof Policy.Policy>[0]> = {}) =>
  new Policy.Policy({
    totalTimeout: Duration.seconds(60),
    attemptTimeout: Duration.seconds(5),
    retryTimes: 3,
    ...options
  })

describe("a policy from the configuration", () => {
  const prefix = "OPEN_INTEREST_BINANCE"
  const load = (settings: Readonly<Record<string, string>>) =>
    Effect.withConfigProvider(
      Config.nested(Policy.config(policy()), prefix),
      ConfigProvider.fromMap(new Map(Object.entries(settings).map(([key, value]) => [`${prefix}.${key}`, value])))
    )

  it.effect("is the default where no key is set", () =>
    Effect.gen(function* () {
      assert.isTrue(Equal.equals(yield* load({}), policy()))
    })
  )

  it.effect("takes from each key its own piece, and the rest from the default", () =>
    Effect.gen(function* () {
      const retryTimes = 0
      const attemptTimeout = Duration.millis(300)
      const totalTimeout = Duration.minutes(2)
      assert.deepStrictEqual(yield* load({ RETRY_TIMES: "0" }), policy({ retryTimes }))
      assert.deepStrictEqual(yield* load({ TIMEOUT_ATTEMPT: "300ms" }), policy({ attemptTimeout }))
      assert.deepStrictEqual(yield* load({ TIMEOUT_TOTAL: "2m" }), policy({ totalTimeout }))
    })
  )

  const durations: Readonly<Record<string, number>> = {
    "300 millis": 300,
    "300ms": 300,
    "300 ms": 300,
    " 300  millis ": 300,
    "2s": 2000,
    "2 seconds": 2000,
    "1 second": 1000,
    "1.5 seconds": 1500,
    "0.5s": 500,
    "2m": 120_000,
    "2 minutes": 120_000,
    "1h": 3_600_000,
    "1 day": 86_400_000
  }
  for (const [text, millis] of Object.entries(durations)) {
    it.effect(`reads ${JSON.stringify(text)} as ${millis} ms`, () =>
      Effect.gen(function* () {
        const { totalTimeout } = yield* load({ TIMEOUT_TOTAL: text })
        assert.strictEqual(Duration.toMillis(totalTimeout), millis)
      })
    )
  }

  const refused: Readonly<Record<string, ReadonlyArray<string>>> = {
    TIMEOUT_TOTAL: [
      "-1 seconds",
      "-1s",
      "0 ms",
      "0s",
      "0.0 seconds",
      "",
      " ",
      "abc",
      "Infinity",
      "NaN s",
      "5",
      "1e3 ms"
    ],
    TIMEOUT_ATTEMPT: ["-1 seconds", "1,5 seconds", ".5s", "1.s", "2 fortnights", "2 constructor", "1s 500ms", "- 1s"],
    RETRY_TIMES: [
      "-1",
      "1.5",
      "101",
      "",
      " 3",
      "three",
      "1e1",
      "0x1",
      "+1",
      "03",
      "1000",
      "NaN",
      "Infinity",
      "unlimited"
    ]
  }
  const allowed: Readonly<Record<string, string>> = {
    TIMEOUT_TOTAL: 'a positive duration such as "300 millis", "300ms", "2 seconds" or "2s"',
    TIMEOUT_ATTEMPT: 'a positive duration such as "300 millis", "300ms", "2 seconds" or "2s"',
    RETRY_TIMES: "a whole number from 0 to 100"
  }
  for (const [key, texts] of Object.entries(refused)) {
    for (const text of texts) {
      it.effect(`refuses ${JSON.stringify(text)} for ${key}, and says what is allowed`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(load({ [key]: text }))
          assert(ConfigError.isInvalidData(error))
          assert.deepStrictEqual(error.path, [prefix, key])
          assert.strictEqual(error.message, `expected ${allowed[key]}, got ${JSON.stringify(text)}`)
        })
      )
    }
  }

  it.effect("refuses a duration with so many digits that it has no end", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load({ TIMEOUT_TOTAL: `${"9".repeat(400)} ms` }))
      assert.isTrue(ConfigError.isInvalidData(error))
    })
  )

  it.effect("refuses every wrong key at once", () =>
    Effect.gen(function* () {
      const text = String(yield* Effect.flip(load({ RETRY_TIMES: "many", TIMEOUT_TOTAL: "soon" })))
      assert.include(text, `${prefix}.RETRY_TIMES`)
      assert.include(text, `${prefix}.TIMEOUT_TOTAL`)
    })
  )

  it.prop(
    "never reads a text as zero, as negative or as endless",
    [
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^-?\d{0,20}(\.\d{0,20})? ?(ms|s|m|h|millis|seconds|nanos|micros|weeks)$/)
      )
    ],
    ([text]) => {
      const result = Effect.runSync(Effect.either(load({ TIMEOUT_TOTAL: text })))
      if (result._tag === "Left") return
      assert.isAbove(Duration.toMillis(result.right.totalTimeout), 0)
      assert.isTrue(Duration.isFinite(result.right.totalTimeout))
    },
    thorough
  )
})
