import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { oi } from "./support.ts"

const summary = (stdout: string): ReadonlyArray<string> =>
  stdout.split("\n").filter((line) => /^(?:\w+$|Longest|Most requests)/.test(line))

describe("oi policy", () => {
  it.live("prints all defaults in words, with the exchanges' own limits", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(["policy"])
      assert.deepStrictEqual([code, stderr], [0, []])
      assert.deepStrictEqual(summary(stdout), [
        "binance",
        "Longest: 20s.",
        "Most requests: 5 for each request that an operation needs; a reading with its price needs up to 3, so 15.",
        "bitget",
        "Longest: 20s.",
        "Most requests: 5 for each request that an operation needs; a reading with its price needs up to 6, so 30.",
        "bybit",
        "Longest: 20s.",
        "Most requests: 5 for each request that an operation needs; a reading with its price needs up to 6, so 30."
      ])
      assert.include(stdout, "weight: 1200 of 2400 weight within any minute")
      assert.include(stdout, "/futures/data: 500 of 1000 requests within any 5 minutes")
      assert.include(stdout, "/api/v2/mix/market/open-interest: 10 of 20 requests within any second")
      assert.include(stdout, "all endpoints: 3000 of 6000 requests within any minute")
      assert.include(stdout, "all requests: 300 of 600 requests within any 5 seconds")
    })
  )

  it.live("prints what the settings make of it", () =>
    Effect.gen(function* () {
      const { stdout } = yield* oi(["policy", "binance"], {
        env: {
          OPEN_INTEREST_BINANCE_RETRY_TIMES: "1",
          OPEN_INTEREST_BINANCE_TIMEOUT_TOTAL: "90s",
          OPEN_INTEREST_BINANCE_QUOTA_FRACTION: "0.01"
        }
      })
      assert.include(stdout, "is sent again once: after 250 millis")
      assert.include(stdout, "weight: 24 of 2400 weight within any minute")
      assert.include(stdout, "Longest: 1m 30s.")
    })
  )

  it.live("prints the value as JSON, which gives the same policy when it is fed back", () =>
    Effect.gen(function* () {
      const env = { OPEN_INTEREST_BINANCE_RETRY_TIMES: "3", OPEN_INTEREST_BINANCE_BREAKER_OPEN: "7s" }
      for (const format of ["json", "ndjson"]) {
        const first = yield* oi(["policy", "binance", "--format", format], { env })
        const [printed] = [JSON.parse(first.stdout)].flat()
        assert.strictEqual(printed.exchange, "binance")
        assert.strictEqual(printed.policy.strategies[1].times, 3)
        assert.strictEqual(printed.policy.strategies[2].options.openDuration, "7 seconds")
        assert.deepStrictEqual(printed.limits[0], {
          name: "weight",
          unit: "weight",
          windows: [{ limit: 2400, window: "1 minute" }],
          feed: { header: "x-mbx-used-weight-1m", tells: "used", resets: "aligned" }
        })
        for (const text of [first.stdout, JSON.stringify(printed.policy)]) {
          const again = yield* oi(["policy", "binance", "--format", format], {
            env: { OPEN_INTEREST_BINANCE_POLICY: text }
          })
          assert.deepStrictEqual([again.code, again.stdout], [0, first.stdout])
        }
      }
    })
  )

  it.live("prints the settings, their values and what they may be, in every format where columns are given", () =>
    Effect.gen(function* () {
      const csv = yield* oi(["policy", "bitget", "--format", "csv"])
      const lines = csv.stdout.trimEnd().split("\r\n")
      assert.strictEqual(lines[0], "setting,value,allowed,description")
      assert.include(
        lines,
        "OPEN_INTEREST_BITGET_RETRY_TIMES,4,a whole number from 0 to 100,how often a request that failed for a passing reason is sent again"
      )
      const table = yield* oi(["policy", "bitget", "--format", "table"])
      assert.match(table.stdout, /^SETTING +VALUE +ALLOWED +DESCRIPTION\n/)
      assert.lengthOf(table.stdout.trimEnd().split("\n"), lines.length)
      const columns = yield* oi(["policy", "bitget", "--columns", "value,setting"])
      assert.include(columns.stdout.split("\n"), '{"value":"4","setting":"OPEN_INTEREST_BITGET_RETRY_TIMES"}')
      assert.lengthOf(columns.stdout.trimEnd().split("\n"), lines.length - 1)
    })
  )

  it.live("names each wrong and each unknown setting, and prints the policy of the other exchange", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(["policy", "binance", "bitget", "--format", "ndjson"], {
        env: { OPEN_INTEREST_BINANCE_RETRY_TIMES: "-1", OPEN_INTEREST_BINANCE_RETRY_TIME: "3" }
      })
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(stderr, [
        'error: binance: wrong setting: OPEN_INTEREST_BINANCE_RETRY_TIMES: expected a whole number from 0 to 100, got "-1"; OPEN_INTEREST_BINANCE_RETRY_TIME: unknown setting ("3"), did you mean RETRY_TIMES?'
      ])
      assert.strictEqual(JSON.parse(stdout).exchange, "bitget")
    })
  )

  it.live("refuses a policy that is none, and says where", () =>
    Effect.gen(function* () {
      for (const [text, where] of [
        ["{", "expected a policy as JSON: "],
        ['{"strategies":[{"_tag":"Timeout","duration":"-1 seconds"}]}', "strategies.0.duration"]
      ] as const) {
        const { code, stderr } = yield* oi(["policy", "binance"], { env: { OPEN_INTEREST_BINANCE_POLICY: text } })
        assert.deepStrictEqual([code, stderr.length], [1, 1])
        assert.include(stderr[0], `error: binance: wrong setting: OPEN_INTEREST_BINANCE_POLICY: `)
        assert.include(stderr[0], where)
      }
    })
  )

  it.live("refuses an exchange that it does not know", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* oi(["policy", "kraken"])
      assert.deepStrictEqual([code, stderr[0]], [2, "error: unknown exchange kraken, known are binance, bitget, bybit"])
    })
  )
})
