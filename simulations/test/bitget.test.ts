import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as Policy from "@open-interest/core/Policy"
import * as Pools from "@open-interest/core/Pools"
import * as SimulationClock from "@open-interest/core/SimulationClock"
import * as Limits from "@open-interest/simulator/Limits"
import * as Effect from "effect/Effect"
import { client, dateHeader, type Delay, length, print, random, replay, seed } from "../network.ts"

interface Scenario {
  readonly seed: number
  readonly minutes: number
  readonly delay: Delay
  readonly fraction: number
  readonly callers: number
}

const contract = {
  symbol: "BTCUSDT",
  baseCoin: "BTC",
  quoteCoin: "USDT",
  symbolType: "perpetual",
  symbolStatus: "normal",
  deliveryTime: "",
  launchTime: "",
  isRwa: "NO"
}

const figures: Readonly<Record<string, (url: URL, now: number) => unknown>> = {
  "/api/v2/mix/market/contracts": (url) => (url.searchParams.get("productType") === "USDT-FUTURES" ? [contract] : []),
  "/api/v2/mix/market/open-interest": (url, now) => ({
    openInterestList: [{ symbol: url.searchParams.get("symbol"), size: "29499.4212" }],
    ts: String(now)
  })
}

/** Reads one contract again and again through the whole client, over a network of virtual time. */
const simulate = (scenario: Scenario) =>
  Effect.gen(function* () {
    const clock = SimulationClock.make({ start: Date.UTC(2026, 10, 20) })
    const account = Limits.bitget()
    const chance = random(scenario.seed)
    const count = { requests: 0, refused: 0, trips: 0, travelled: 0, failed: 0 }
    const network = client({
      clock,
      delay: scenario.delay,
      random: () => {
        const drawn = chance()
        count.trips += 1
        count.travelled += drawn
        return drawn
      },
      reply: (url, now) => {
        const verdict = account.request(now, url.pathname)
        const headers = { date: dateHeader(now), "content-type": "application/json" }
        if (verdict.status === 429) {
          count.refused += 1
          const body = JSON.stringify({ code: "429", msg: "Too Many Requests", requestTime: now, data: null })
          return { status: 429, headers, body }
        }
        count.requests += 1
        const data = figures[url.pathname]?.(url, now)
        const body = JSON.stringify({ code: "00000", msg: "success", requestTime: now, data })
        return { status: 200, headers: { ...headers, "x-mbx-used-remain-limit": String(verdict.remaining) }, body }
      }
    })
    const policy = BitgetMix.defaults.policy.pipe(
      Policy.without("Bulkhead"),
      Policy.withTotalTimeout("5 minutes"),
      Policy.withQuota({ fraction: scenario.fraction })
    )
    const program = Effect.gen(function* () {
      const source = yield* BitgetMix.make({ policy })
      const isOver = () => clock.unsafeCurrentTimeMillis() >= Date.UTC(2026, 10, 20) + scenario.minutes * 60_000
      const reading = Effect.catchAll(source.openInterest("BTCUSDT"), () => Effect.sync(() => (count.failed += 1)))
      yield* Effect.replicateEffect(Effect.repeat(reading, { until: isOver }), scenario.callers, {
        concurrency: "unbounded",
        discard: true
      })
    }).pipe(
      Effect.scoped,
      Effect.provideService(HttpClient.HttpClient, network),
      Effect.provideService(Pools.Pools, Pools.makeMemory())
    )
    yield* SimulationClock.run(program, clock)
    const { atLeast, atMost } = scenario.delay
    const meanRoundTrip = 2 * (atLeast + ((atMost - atLeast) * count.travelled) / count.trips)
    return { ...count, meanRoundTrip, perSecond: count.requests / (scenario.minutes * 60) }
  })

const scenarios: Readonly<Record<string, Scenario>> = {
  "ten minutes, 100 ms away, all of the quota": {
    seed,
    minutes: 10 * length,
    delay: { atLeast: 1, atMost: 100 },
    fraction: 1,
    callers: 40
  },
  "two minutes, 2 s away, all of the quota": {
    seed: seed + 1,
    minutes: 2 * length,
    delay: { atLeast: 1, atMost: 2000 },
    fraction: 1,
    callers: 80
  },
  "two minutes, 100 ms away, half of the quota": {
    seed: seed + 2,
    minutes: 2 * length,
    delay: { atLeast: 1, atMost: 100 },
    fraction: 0.5,
    callers: 40
  }
}

describe("at Bitget, no request is refused, and the quota is used:", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it.effect(
      name,
      () =>
        Effect.gen(function* () {
          const { failed, meanRoundTrip, perSecond, refused, requests } = yield* simulate(scenario)
          const best = (20 * scenario.fraction * 1000) / (1000 + meanRoundTrip)
          print(
            `${name}: ${requests} requests, ${perSecond.toFixed(2)}/s, ${(perSecond / best).toFixed(3)} of what a window ` +
              `that ends one second after the answer lets through, 429: ${refused}; ${replay(name, seed)}`
          )
          assert.deepStrictEqual([refused, failed], [0, 0])
          assert.isAtLeast(perSecond, 0.95 * best)
        }),
      600_000 * length
    )
  }
})
