import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { coldReading, type Report, type Scenario, simulate, wholeMarket } from "../binanceScenario.ts"
import { length, print, replay, seed } from "../network.ts"

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const show = (name: string, { minutes }: Scenario, report: Report): void => {
  const { banned, refused, requests, theirWeight, utilisation, weight } = report
  const others = theirWeight === 0 ? "" : `, neighbours ${theirWeight} weight`
  print(
    `${name}: ${minutes} min, ${requests} requests, ${weight} weight (${percent(utilisation)} of the limit)${others}, ` +
      `429: ${refused}, 418: ${banned}; ${replay(name, seed)}`
  )
}

const near = { atLeast: 1, atMost: 100 }
const far = { atLeast: 1, atMost: 2000 }

/** Scenarios with nobody else at the address. */
const alone: Readonly<Record<string, Scenario>> = {
  "a day of readings, 100 ms away, all of the quota": {
    seed,
    minutes: 24 * 60 * length,
    weights: coldReading,
    delay: near,
    fraction: 1,
    callers: 60
  },
  "an hour of whole markets, 2 s away, all of the quota": {
    seed: seed + 1,
    minutes: 60 * length,
    weights: wholeMarket,
    delay: far,
    fraction: 1,
    callers: 150
  },
  "an hour of whole markets, half of the quota, a clock that is slow and runs fast": {
    seed: seed + 2,
    minutes: 60 * length,
    weights: wholeMarket,
    delay: near,
    fraction: 0.5,
    callers: 60,
    skew: { offset: -37_000, driftPpm: 80 }
  },
  "an hour of readings, all of the quota, a clock that is fast and runs slow": {
    seed: seed + 3,
    minutes: 60 * length,
    weights: coldReading,
    delay: far,
    fraction: 1,
    callers: 60,
    skew: { offset: 95_000, driftPpm: -80 }
  }
}

describe("at Binance, alone at the address, no request is refused:", () => {
  for (const [name, scenario] of Object.entries(alone)) {
    it.effect(
      name,
      () =>
        Effect.gen(function* () {
          const report = yield* simulate(scenario)
          show(name, scenario, report)
          assert.deepStrictEqual([report.refused, report.banned, report.pushy], [0, 0, 0])
          assert.isAtLeast(report.utilisation, 0.9 * scenario.fraction)
        }),
      600_000 * length
    )
  }
})

describe("at Binance, with neighbours at the same address,", () => {
  it.effect(
    "theirs and ours never exceed the limit while they keep to their share",
    () =>
      Effect.gen(function* () {
        const name = "theirs and ours never exceed the limit while they keep to their share"
        const scenario: Scenario = {
          seed: seed + 4,
          minutes: 60 * length,
          weights: wholeMarket,
          delay: near,
          fraction: 0.5,
          callers: 60,
          neighbours: (minute) => [0.5, 0.1, 0, 0.45][minute % 4] ?? 0
        }
        const report = yield* simulate(scenario)
        show(name, scenario, report)
        assert.deepStrictEqual([report.refused, report.theirRefused, report.banned], [0, 0, 0])
        assert.isAbove(report.theirWeight, 0)
        // What they leave of their share is not for us.
        assert.isAtLeast(report.utilisation, 0.4)
      }),
    600_000 * length
  )

  for (const [share, fraction, least, most] of [
    ["half", 0.5, 0.25, 0.48],
    ["all", 1, 0.35, 0.8]
  ] as const) {
    const name = `ours give way within one answer when they take more, where we take ${share}`
    it.effect(
      name,
      () =>
        Effect.gen(function* () {
          const scenario: Scenario = {
            seed: seed + 5,
            minutes: 60 * length,
            weights: coldReading,
            delay: { atLeast: 50, atMost: 300 },
            fraction,
            callers: 2,
            neighbours: (minute) => [0.5, 0.7, 0.95, 0.8][minute % 4] ?? 0
          }
          const report = yield* simulate(scenario)
          show(name, scenario, report)
          // They may fill the minute between our last answer and the arrival of what was sent upon it; then the gate closes.
          assert.isAtMost(report.refused, scenario.callers * scenario.minutes)
          assert.deepStrictEqual([report.pushy, report.banned], [0, 0])
          // They stay away for the rest of a minute in which they were refused, and leave that to us.
          assert.isAbove(report.utilisation, least)
          assert.isBelow(report.utilisation, most)
        }),
      600_000 * length
    )
  }
})
