import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { Limits } from "../src/index.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

/** A full UTC minute. */
const noon = Date.UTC(2026, 9, 6, 12)

/** A fixed seed: a run that fails fails again. */
const thorough = { seed: 20261006, numRuns: 300 }

const times = <A>(n: number, f: (i: number) => A): ReadonlyArray<A> => Array.from({ length: n }, (_, i) => f(i))

const statuses = (verdicts: ReadonlyArray<{ readonly status: number }>) => verdicts.map(({ status }) => status)

describe("the limits of Binance", () => {
  it("serve 2400 weight in a minute to the last, and no more", () => {
    const limits = Limits.binance()
    assert.strictEqual(limits.weightPerMinute, 2400)
    for (let used = 10; used <= 2390; used += 10) {
      assert.deepStrictEqual(limits.request(noon, 10), { status: 200, used })
    }
    assert.deepStrictEqual(limits.request(noon, 9), { status: 200, used: 2399 })
    assert.deepStrictEqual(limits.request(noon, 1), { status: 200, used: 2400 })
    assert.deepStrictEqual(limits.request(noon, 1), { status: 429, used: 2401, retryAfterSeconds: 60 })
  })

  it("refuse a light request after a heavy one that did not fit", () => {
    const limits = Limits.binance({ weightPerMinute: 20 })
    assert.strictEqual(limits.request(noon, 15).status, 200)
    assert.deepStrictEqual(limits.request(noon, 10), { status: 429, used: 25, retryAfterSeconds: 60 })
    assert.deepStrictEqual(limits.request(noon, 1), { status: 429, used: 26, retryAfterSeconds: 60 })
  })

  const waits: ReadonlyArray<readonly [millisIntoTheMinute: number, retryAfterSeconds: number]> = [
    [0, 60],
    [1, 60],
    [999, 60],
    [1_000, 59],
    [3_512, 57],
    [59_000, 1],
    [59_999, 1]
  ]
  for (const [millis, retryAfterSeconds] of waits) {
    it(`ask for ${retryAfterSeconds} s of patience ${millis} ms into a minute, which is enough`, () => {
      const limits = Limits.binance({ weightPerMinute: 0 })
      const now = noon + millis
      assert.deepStrictEqual(limits.request(now, 1), { status: 429, used: 1, retryAfterSeconds })
      assert.isAtLeast(now + retryAfterSeconds * second, noon + minute)
    })
  }

  it("begin anew at the full minute of UTC, however short a time that is after the first request", () => {
    const limits = Limits.binance({ weightPerMinute: 10 })
    assert.deepStrictEqual(limits.request(noon - 1, 10), { status: 200, used: 10 })
    assert.deepStrictEqual(limits.request(noon - 1, 1), { status: 429, used: 11, retryAfterSeconds: 1 })
    assert.deepStrictEqual(limits.request(noon, 10), { status: 200, used: 10 })
    assert.strictEqual(limits.request(noon + minute - 1, 1).status, 429)
    assert.deepStrictEqual(limits.request(noon + minute, 1), { status: 200, used: 1 })
    assert.deepStrictEqual(limits.request(noon + 9 * minute + 1, 2), { status: 200, used: 2 })
  })

  it("ban who is refused ten times in a minute and asks again", () => {
    const limits = Limits.binance({ weightPerMinute: 1 })
    assert.strictEqual(limits.request(noon, 1).status, 200)
    assert.deepStrictEqual<unknown>(
      times(10, () => limits.request(noon + 500, 1)),
      times(10, (i) => ({ status: 429, used: 2 + i, retryAfterSeconds: 60 }))
    )
    const until = noon + 500 + 2 * minute
    assert.deepStrictEqual(limits.request(noon + 500, 1), { status: 418, until, retryAfterSeconds: 120 })
  })

  it("answer every request during a ban with its end, which stays where it is, and serve again from then on", () => {
    const limits = Limits.binance({ weightPerMinute: 1 })
    times(11, () => limits.request(noon, 1))
    const until = noon + 2 * minute
    assert.deepStrictEqual(limits.request(noon, 1), { status: 418, until, retryAfterSeconds: 120 })
    assert.deepStrictEqual(limits.request(noon + 1, 1), { status: 418, until, retryAfterSeconds: 120 })
    assert.deepStrictEqual(limits.request(noon + minute, 1), { status: 418, until, retryAfterSeconds: 60 })
    assert.deepStrictEqual(limits.request(until - 1, 1), { status: 418, until, retryAfterSeconds: 1 })
    assert.deepStrictEqual(limits.request(until, 1), { status: 200, used: 1 })
  })

  it("forgive refusals at the end of the minute", () => {
    const limits = Limits.binance({ weightPerMinute: 0 })
    for (let n = 0; n < 100; n++) {
      assert.deepStrictEqual(
        statuses(times(10, () => limits.request(noon + n * minute, 1))),
        times(10, () => 429)
      )
    }
  })

  it("ban for twice as long every time, up to three days", () => {
    const limits = Limits.binance({ weightPerMinute: 0 })
    const lengths: Array<number> = []
    let now = noon
    for (let ban = 0; ban < 14; ban++) {
      times(10, () => limits.request(now, 1))
      const verdict = limits.request(now, 1)
      assert(verdict.status === 418)
      assert.strictEqual(verdict.retryAfterSeconds * second, verdict.until - now)
      lengths.push((verdict.until - now) / minute)
      // Good conduct in between does not shorten the next one.
      now = verdict.until + 30 * day
    }
    assert.deepStrictEqual(lengths, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4320, 4320])
  })

  it("do not open a minute again for a clock that is set back", () => {
    const limits = Limits.binance({ weightPerMinute: 1 })
    assert.strictEqual(limits.request(noon - 1, 1).status, 200)
    assert.strictEqual(limits.request(noon, 1).status, 200)
    assert.deepStrictEqual(limits.request(noon - 1, 1), { status: 429, used: 2, retryAfterSeconds: 60 })
    assert.deepStrictEqual(limits.request(noon, 1), { status: 429, used: 3, retryAfterSeconds: 60 })
  })

  it("keep an account of the history beside that of the weight, anew with every fifth minute of UTC", () => {
    const limits = Limits.binance({ weightPerMinute: 1, historyPerFiveMinutes: 2 })
    assert.strictEqual(Limits.binance().historyPerFiveMinutes, 1000)
    assert.deepStrictEqual(limits.requestHistory(noon + 1), { status: 200, used: 1 })
    assert.deepStrictEqual(limits.request(noon + 1, 1), { status: 200, used: 1 })
    assert.deepStrictEqual(limits.requestHistory(noon + 5 * minute - 1), { status: 200, used: 2 })
    assert.deepStrictEqual(limits.requestHistory(noon + 5 * minute - 1), { status: 429, used: 3, retryAfterSeconds: 1 })
    assert.deepStrictEqual(limits.request(noon + 5 * minute - 1, 1), { status: 200, used: 1 })
    assert.deepStrictEqual(limits.requestHistory(noon + 5 * minute), { status: 200, used: 1 })
    assert.deepStrictEqual(limits.requestHistory(noon + 5 * minute), { status: 200, used: 2 })
    assert.deepStrictEqual(limits.requestHistory(noon + 5 * minute), { status: 429, used: 3, retryAfterSeconds: 300 })
  })

  it("ban from both for what was asked of one, and count refusals of each by itself", () => {
    const limits = Limits.binance({ weightPerMinute: 0, historyPerFiveMinutes: 0 })
    times(10, () => assert.strictEqual(limits.request(noon, 1).status, 429))
    times(10, () => assert.strictEqual(limits.requestHistory(noon).status, 429))
    const banned = { status: 418, until: noon + 2 * minute, retryAfterSeconds: 120 } as const
    assert.deepStrictEqual(limits.requestHistory(noon), banned)
    assert.deepStrictEqual(limits.request(noon, 1), banned)
    assert.deepStrictEqual(limits.request(noon + 2 * minute, 1), { status: 429, used: 1, retryAfterSeconds: 60 })
  })

  it("serve what fits into the minute, whatever the traffic", () => {
    const traffic = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 20 * second }), weight: fc.constantFrom(1, 2, 5, 10) }),
      { maxLength: 120 }
    )
    fc.assert(
      fc.property(traffic, fc.integer({ min: 0, max: 40 }), (requests, weightPerMinute) => {
        const limits = Limits.binance({ weightPerMinute })
        const asked = new Map<number, number>()
        let now = noon
        let bannedUntil = 0
        for (const { gap, weight } of requests) {
          now += gap
          const verdict = limits.request(now, weight)
          if (now < bannedUntil) {
            assert.strictEqual(verdict.status, 418)
          }
          if (verdict.status === 418) {
            bannedUntil = verdict.until
            continue
          }
          const used = (asked.get(Math.floor(now / minute)) ?? 0) + weight
          asked.set(Math.floor(now / minute), used)
          assert.strictEqual(verdict.used, used)
          assert.strictEqual(verdict.status, used <= weightPerMinute ? 200 : 429)
        }
      }),
      thorough
    )
  })
})

describe("the limits of Bitget", () => {
  it("serve an endpoint twenty times in a second, and say how often it may be asked yet", () => {
    const limits = Limits.bitget()
    assert.deepStrictEqual<unknown>(
      times(20, () => limits.request(noon, "tickers")),
      times(20, (i) => ({ status: 200, remaining: 19 - i }))
    )
    assert.deepStrictEqual(limits.request(noon, "tickers"), { status: 429 })
    assert.deepStrictEqual(limits.request(noon, "contracts"), { status: 200, remaining: 19 })
  })

  it("free every request a second after it, and not at the edge of a second", () => {
    const limits = Limits.bitget({ perSecond: 2 })
    assert.deepStrictEqual(limits.request(noon + 100, "tickers"), { status: 200, remaining: 1 })
    assert.deepStrictEqual(limits.request(noon + 900, "tickers"), { status: 200, remaining: 0 })
    assert.deepStrictEqual(limits.request(noon + 1_000, "tickers"), { status: 429 })
    assert.deepStrictEqual(limits.request(noon + 1_099, "tickers"), { status: 429 })
    assert.deepStrictEqual(limits.request(noon + 1_100, "tickers"), { status: 200, remaining: 0 })
    assert.deepStrictEqual(limits.request(noon + 1_899, "tickers"), { status: 429 })
    assert.deepStrictEqual(limits.request(noon + 1_900, "tickers"), { status: 200, remaining: 0 })
    assert.deepStrictEqual(limits.request(noon + 9_000, "tickers"), { status: 200, remaining: 1 })
  })

  it("leave 19 to a reader who asks once a second, as was seen", () => {
    const limits = Limits.bitget()
    for (let n = 0; n < 100; n++) {
      assert.deepStrictEqual(limits.request(noon + n * second, "open-interest"), { status: 200, remaining: 19 })
    }
  })

  it("count 6000 requests in any minute over all endpoints", () => {
    const limits = Limits.bitget()
    // Six endpoints at 20 a second each: full after 50 seconds.
    for (let n = 0; n < 50; n++) {
      for (let endpoint = 0; endpoint < 6; endpoint++) {
        const served = statuses(times(20, () => limits.request(noon + n * second, String(endpoint))))
        assert.isTrue(served.every((status) => status === 200))
      }
    }
    assert.deepStrictEqual(limits.request(noon + 50 * second, "0"), { status: 429 })
    assert.deepStrictEqual(limits.request(noon + minute - 1, "fresh"), { status: 429 })
    assert.deepStrictEqual(limits.request(noon + minute, "fresh"), { status: 200, remaining: 19 })
    // The 120 of the first second are free again, not more.
    let served = 0
    for (let n = 0; n < 200; n++) {
      served += limits.request(noon + minute, `another ${n % 10}`).status === 200 ? 1 : 0
    }
    assert.strictEqual(served, 119)
  })

  it("do not count what they refuse", () => {
    const limits = Limits.bitget({ perSecond: 1, perMinute: 2 })
    assert.strictEqual(limits.request(noon, "tickers").status, 200)
    times(100, () => assert.strictEqual(limits.request(noon + 999, "tickers").status, 429))
    assert.strictEqual(limits.request(noon + 1_000, "tickers").status, 200)
    times(100, () => assert.strictEqual(limits.request(noon + 59_999, "tickers").status, 429))
    assert.strictEqual(limits.request(noon + minute, "tickers").status, 200)
  })

  it("serve nobody where the limit is 0", () => {
    assert.strictEqual(Limits.bitget({ perSecond: 0 }).request(noon, "tickers").status, 429)
    assert.strictEqual(Limits.bitget({ perMinute: 0 }).request(noon, "tickers").status, 429)
  })

  it("do not forget what they served when the clock is set back", () => {
    const limits = Limits.bitget({ perSecond: 1 })
    assert.strictEqual(limits.request(noon, "tickers").status, 200)
    assert.strictEqual(limits.request(noon - minute, "tickers").status, 429)
    assert.strictEqual(limits.request(noon + second, "tickers").status, 200)
  })

  it("decide like a list of everything that was ever served", () => {
    const gap = fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 600 }) },
      { weight: 1, arbitrary: fc.constantFrom(999, 1_000, 1_001, 59_000, 60_000) }
    )
    const traffic = fc.array(fc.record({ gap, endpoint: fc.constantFrom("contracts", "tickers", "open-interest") }), {
      maxLength: 200
    })
    const limit = fc.record({ perSecond: fc.integer({ min: 0, max: 6 }), perMinute: fc.integer({ min: 0, max: 30 }) })
    fc.assert(
      fc.property(traffic, limit, (requests, options) => {
        const limits = Limits.bitget(options)
        const served: Array<{ readonly at: number; readonly endpoint: string }> = []
        let now = noon
        for (const { endpoint, gap } of requests) {
          now += gap
          const inMinute = served.filter(({ at }) => now - at < minute)
          const inSecond = inMinute.filter((one) => one.endpoint === endpoint && now - one.at < second)
          const fits = inSecond.length < options.perSecond && inMinute.length < options.perMinute
          assert.deepStrictEqual(
            limits.request(now, endpoint),
            fits ? { status: 200, remaining: options.perSecond - inSecond.length - 1 } : { status: 429 }
          )
          if (fits) {
            served.push({ at: now, endpoint })
          }
        }
      }),
      thorough
    )
  })

  it("keep up with a million requests", { timeout: 10_000 }, () => {
    const limits = Limits.bitget()
    let served = 0
    for (let n = 0; n < 1_000_000; n++) {
      served += limits.request(noon + n * 10, "tickers").status === 200 ? 1 : 0
    }
    // 100 requests a second, of which 20 are served.
    assert.strictEqual(served, 200_000)
  })
})
