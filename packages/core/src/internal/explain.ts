import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Backoff from "../Backoff.ts"
import type { Policy, WorstCase } from "../Policy.ts"
import * as Quota from "../Quota.ts"
import type * as Strategy from "../Strategy.ts"
import { format } from "./durationText.ts"
import * as Time from "./time.ts"

interface Bound {
  /** `Infinity` where nothing bounds it. */
  readonly millis: number
  /** What it waits for that nothing bounds. */
  readonly why: string
}

const retriesOf = ({ times }: Strategy.Retry): ReadonlyArray<number> => Array.from({ length: times }, (_, n) => n + 1)

/** How long a strategy takes at most around something that takes `inner` at most. */
const around = (strategy: Strategy.Strategy, inner: Bound): Bound => {
  switch (strategy._tag) {
    case "Timeout": {
      const millis = Duration.toMillis(strategy.duration)
      return millis < inner.millis ? { millis, why: "" } : inner
    }
    case "Retry": {
      // Each pause may be as long as the longest that an exchange is obeyed in.
      const pauses = retriesOf(strategy).map((retry) =>
        Math.max(Duration.toMillis(Backoff.longest(strategy.backoff, retry)), Time.threeDays)
      )
      return { ...inner, millis: pauses.reduce((sum, pause) => sum + pause + inner.millis, inner.millis) }
    }
    case "CircuitBreaker":
      return inner
    case "Bulkhead":
      return { millis: Infinity, why: "nothing bounds the wait for a place in the bulkhead" }
    case "Hedge": {
      const after = Duration.toMillis(strategy.after)
      return inner.millis <= after ? inner : { ...inner, millis: after + inner.millis }
    }
    case "RateLimit":
      return { millis: Infinity, why: "nothing bounds the wait for the rate limit" }
  }
}

const copies = (strategy: Strategy.Strategy): number => {
  if (strategy._tag === "Retry") return strategy.times + 1
  return strategy._tag === "Hedge" ? 2 : 1
}

/** The strategies of the three parts of a policy, and between the last two what the exchange imposes. */
interface Parts {
  readonly operation: Policy
  readonly request: Policy
  readonly attempt: Policy
}

export const worstCase = ({ attempt, operation, request }: Parts, limits: Quota.Limits | undefined): WorstCase => {
  const unbounded: Bound = { millis: Infinity, why: "nothing bounds the request itself" }
  const within = (policy: Policy, inner: Bound) =>
    policy.strategies.reduceRight((bound, strategy) => around(strategy, bound), inner)
  const sent = within(attempt, unbounded)
  const waited =
    limits === undefined
      ? sent
      : { millis: Infinity, why: "nothing bounds the wait for the exchange's quota, or for the end of a ban" }
  const { millis, why } = within(operation, within(request, waited))
  const requests = request.strategies.reduce((product, strategy) => product * copies(strategy), 1)
  return {
    duration: millis === Infinity ? Option.none() : Option.some(Duration.millis(millis)),
    unboundedBecause: millis === Infinity ? why : "",
    requests
  }
}

/** A stretch of time that moves: `any minute`, `any 5 minutes`. */
const any = (duration: Duration.Duration): string => `any ${format(duration).replace(/^1 /, "")}`

const percent = (share: number): string => `${Number((share * 100).toFixed(4))} %`

const times = (count: number): string => (count === 1 ? "once" : `up to ${count} times`)

const jitters = {
  none: "",
  full: ", or any part of that, by chance",
  decorrelated: ", or by chance anything between the first delay and three times the last one"
} as const

const delays = ({ backoff, times }: Strategy.Retry): string => {
  const longest = retriesOf({ times: Math.min(times, 6) } as Strategy.Retry).map((retry) =>
    format(Backoff.longest(backoff, retry))
  )
  const shown = [...new Set(longest)]
  const more = times > 6 ? " and so on" : ""
  const list = shown.length === 1 ? `${shown[0]} each time` : `${shown.join(", ")}${more}`
  return `${list}${jitters[backoff.jitter]}`
}

const breaker = ({ options }: Strategy.CircuitBreaker): string => {
  const { maxOpenDuration, openDuration, openDurationFactor, probes, tripPolicy } = options
  const trip =
    tripPolicy._tag === "Consecutive"
      ? `${tripPolicy.failures} failures in a row`
      : `${percent(tripPolicy.threshold)} failures among the last ${tripPolicy.size} attempts (at least ${tripPolicy.minimumCalls})`
  const longer =
    openDurationFactor === 1
      ? ""
      : `, each further time in a row ${openDurationFactor} times as long, at most ${format(maxOpenDuration)}`
  const trial = probes === 1 ? "one request tries" : `${probes} requests try`
  return `After ${trip} nothing is sent for ${format(Duration.min(openDuration, maxOpenDuration))}${longer}; then ${trial}.`
}

const sentence = (strategy: Strategy.Strategy, isWhole: boolean, isAttempt: boolean): string => {
  switch (strategy._tag) {
    case "Timeout": {
      const what = isWhole ? "An operation" : isAttempt ? "An attempt, from connecting to the end of the body," : "This"
      return `${what} ends after ${format(strategy.duration)} at the latest.`
    }
    case "Retry": {
      const budget =
        strategy.budget === undefined
          ? ""
          : ` All calls together may retry ${strategy.budget.reserve} times, and ${strategy.budget.fraction} times more for each call; what is not used is kept, up to ${Math.max(strategy.budget.reserve, 1)}.`
      return strategy.times === 0
        ? "Nothing is sent again."
        : `What failed for a reason that may pass is sent again ${times(strategy.times)}: after ${delays(strategy)}. Never before the exchange wants it, and not at all where that is too late.${budget}`
    }
    case "CircuitBreaker":
      return breaker(strategy)
    case "Bulkhead":
      return `At most ${strategy.concurrency} requests are under way at the same time; the others wait.`
    case "Hedge":
      return `A request without an answer after ${format(strategy.after)} is sent a second time; the first success counts.`
    case "RateLimit":
      return `At most ${strategy.limit} within ${any(strategy.window)}; the others wait.`
  }
}

const imposed = (limits: Quota.Limits, fraction: number): ReadonlyArray<string> => {
  const windows = limits.pools.flatMap(({ name, unit, windows }) =>
    windows.map(
      ({ limit, window }) => `${name}: ${Quota.share(limit, fraction)} of ${limit} ${unit} within ${any(window)}`
    )
  )
  return [
    "Imposed by the exchange: after a 429 nothing is sent from the same pool, after a 418 or 403 nothing at all, until the time that it states, or by its rules where it states none.",
    `Imposed by the exchange, of which we take ${percent(fraction)}: ${windows.join("; ")}.`
  ]
}

export const explain = (parts: Parts, fraction: number, limits: Quota.Limits | undefined): string => {
  const { attempt, operation, request } = parts
  const sentences = [
    ...operation.strategies.map((strategy) => sentence(strategy, true, false)),
    ...request.strategies.map((strategy) => sentence(strategy, false, false)),
    ...(limits === undefined ? [] : imposed(limits, fraction)),
    ...attempt.strategies.map((strategy) => sentence(strategy, false, true))
  ]
  const { duration, requests, unboundedBecause } = worstCase(parts, limits)
  const longest = Option.match(duration, {
    onNone: () => `unbounded: ${unboundedBecause}`,
    onSome: Duration.format
  })
  const perRequest = `${requests} for each request that an operation needs`
  const perReading =
    limits === undefined
      ? ""
      : `; a reading with its price needs up to ${limits.requestsPerReading}, so ${requests * limits.requestsPerReading}`
  return [
    ...sentences.map((text, index) => `${index + 1}. ${text}`),
    `Longest: ${longest}.`,
    `Most requests: ${perRequest}${perReading}.`
  ].join("\n")
}
