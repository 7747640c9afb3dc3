/** One address that sends to Binance for a while: ours, with its pool, and neighbours who count at the same account. */
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as Exchange from "@open-interest/core/Exchange"
import * as Pools from "@open-interest/core/Pools"
import * as SimulationClock from "@open-interest/core/SimulationClock"
import * as Limits from "@open-interest/simulator/Limits"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Delay, oneWay, random } from "./network.ts"

const minute = 60_000

/** The weights of what one reading with its price sends when nothing is known yet: the list, the figure, the prices. */
export const coldReading = [1, 1, 10]

/** A whole market: prices once, and thirty contracts. */
export const wholeMarket = [10, ...Array.from({ length: 30 }, () => 1)]

export interface Scenario {
  readonly seed: number
  readonly minutes: number
  /** The weights of the requests, in their order, again and again. */
  readonly weights: ReadonlyArray<number>
  readonly delay: Delay
  readonly fraction: number
  /** How many ask at the same time, each for the next as soon as it has its answer. */
  readonly callers: number
  /** How far the clock here is from that of the exchange, and how much faster it runs. */
  readonly skew?: { readonly offset: number; readonly driftPpm: number } | undefined
  /** What neighbours use in a minute, from 0 to 1 of the limit. */
  readonly neighbours?: ((minute: number) => number) | undefined
}

export interface Report {
  readonly requests: number
  readonly weight: number
  /** Ours that were refused, by 429 and by 418. */
  readonly refused: number
  readonly banned: number
  /** Of the neighbours. */
  readonly theirWeight: number
  readonly theirRefused: number
  /** Our weight, as a share of all that the exchange allows in the time. */
  readonly utilisation: number
  /** Requests that were sent although the answer before had shown that they do not fit any more. */
  readonly pushy: number
}

/** Sends as fast as the pools let it, and counts what the exchange does with that. */
export const simulate = (scenario: Scenario): Effect.Effect<Report> =>
  Effect.suspend(() => {
    const { callers, delay, fraction, minutes, neighbours, skew, weights } = scenario
    const chance = random(scenario.seed)
    const clock = SimulationClock.make({ start: Date.UTC(2026, 10, 20) + Math.floor(chance() * minute) })
    const local = SimulationClock.skewed(clock, skew ?? {})
    const account = Limits.binance()
    const limit = account.weightPerMinute
    const end = clock.unsafeCurrentTimeMillis() + minutes * minute
    const count = { requests: 0, weight: 0, refused: 0, banned: 0, theirWeight: 0, theirRefused: 0, pushy: 0 }

    const [pool] = BinanceCoinM.limits().pools
    if (pool === undefined) return Effect.dieMessage("Binance has no pool")
    const store = Pools.makeMemory()
    const exchange = Exchange.make("binance")
    const origin = "https://dapi.binance.com"
    const requests = new Map(
      weights.map((weight) => [weight, { exchange, origin, costs: [{ pool, weight }], fraction, waitAtMost: Infinity }])
    )
    const travel = Effect.suspend(() => clock.sleep(Duration.millis(oneWay(delay, chance))))

    /** What the last answer has shown of the minute in which it was counted. */
    let shown = { minute: 0, used: 0 }
    const minuteOf = (now: number) => Math.floor(now / minute)

    const ask = (weight: number, permit: Pools.Permit) => {
      const sentAt = clock.unsafeCurrentTimeMillis()
      if (shown.minute === minuteOf(sentAt) && shown.used + weight > limit) count.pushy += 1
      return Effect.flatMap(travel, () => {
        const now = clock.unsafeCurrentTimeMillis()
        const verdict = account.request(now, weight)
        count.requests += 1
        if (verdict.status === 200) count.weight += weight
        if (verdict.status === 429) count.refused += 1
        if (verdict.status === 418) count.banned += 1
        const used = verdict.status === 418 ? undefined : verdict.used
        return Effect.flatMap(travel, () => {
          if (used !== undefined) shown = { minute: minuteOf(now), used }
          const answered = {
            headers: { "x-mbx-used-weight-1m": used === undefined ? undefined : String(used) },
            // To the second, as the header has it.
            date: Option.some(DateTime.unsafeMake(Math.floor(now / 1000) * 1000))
          }
          if (verdict.status === 200) return permit.answered(answered)
          const refusal = verdict.status === 429 ? "RateLimited" : "Banned"
          const millis = verdict.retryAfterSeconds * 1000
          const until = DateTime.unsafeMake(local.unsafeCurrentTimeMillis() + millis)
          return Effect.zipRight(
            permit.answered({ ...answered, refusal }),
            permit.refused(refusal, Option.some({ until, millis }))
          )
        })
      })
    }

    let turn = 0
    const next = Effect.suspend(() => {
      const weight = weights[turn++ % weights.length] ?? 1
      const request = requests.get(weight)
      return request === undefined ? Effect.void : store.withPermit(request, (permit) => ask(weight, permit))
    })
    const isOver = () => clock.unsafeCurrentTimeMillis() >= end
    const caller = Effect.orDie(Effect.repeat(next, { until: isOver }))

    /** Spread over the minute by chance, without delay; who is refused comes back in the next minute. */
    const crowd = Effect.gen(function* () {
      while (!isOver()) {
        const began = clock.unsafeCurrentTimeMillis()
        const untilNext = minute - (began % minute)
        const share = neighbours?.(minuteOf(began)) ?? 0
        const visits = Array.from({ length: 200 }, () => Math.floor(chance() * untilNext)).toSorted((a, b) => a - b)
        for (const at of visits) {
          yield* Effect.sleep(Math.max(0, began + at - clock.unsafeCurrentTimeMillis()))
          const weight = Math.floor((limit * share) / visits.length)
          if (account.request(clock.unsafeCurrentTimeMillis(), weight).status !== 200) {
            count.theirRefused += 1
            break
          }
          count.theirWeight += weight
        }
        yield* Effect.sleep(untilNext - (clock.unsafeCurrentTimeMillis() - began))
      }
    })

    const ours = Effect.withClock(
      Effect.forEach(Array.from({ length: callers }), () => caller, { concurrency: "unbounded", discard: true }),
      local
    )
    const theirs = neighbours === undefined ? Effect.void : crowd
    return Effect.map(
      SimulationClock.run(Effect.all([ours, theirs], { concurrency: "unbounded", discard: true }), clock),
      () => ({ ...count, utilisation: count.weight / (limit * minutes) })
    )
  })
