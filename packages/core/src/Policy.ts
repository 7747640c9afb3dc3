/**
 * How patiently and how fast an exchange is asked, as a value: time limits, retries, a circuit breaker, a bulkhead,
 * rate limits of one's own.
 *
 * Every constructor gives a policy, and policies combine: `make(a, b)` is `a` around `b`, so that the order is the
 * meaning. What an exchange imposes, its quota and its bans, is not in it and can't be left out: the client of the
 * exchange puts it around each attempt, inside everything else. The share of the quota is chosen here.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Option from "effect/Option"
import * as Pipeable from "effect/Pipeable"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Backoff from "./Backoff.ts"
import * as CircuitBreaker from "./CircuitBreaker.ts"
import * as internalExplain from "./internal/explain.ts"
import * as internal from "./internal/run.ts"
import type * as Quota from "./Quota.ts"
import * as Strategy from "./Strategy.ts"

/**
 * Strategies, the outermost first, and the share of the exchange's quota. As JSON its durations are text.
 *
 * @since 0.1.0
 * @category models
 */
export class Policy extends Pipeable.Class(
  Schema.Class<Policy>("@open-interest/core/Policy")({
    strategies: Schema.Data(Schema.Array(Strategy.Strategy)),
    /** The share of every window of the exchange's quota, above 0 and at most 1; {@link defaultFraction} where absent. */
    fraction: Schema.optionalWith(Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1)), {
      exact: true
    })
  })
) {}

/**
 * Half of the quota: bots and other programs live behind the same address. For an address of one's own, 1.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultFraction = 0.5

/** Of pieces that have been checked as they were made, and of a share that has. */
const withFields = (strategies: ReadonlyArray<Strategy.Strategy>, fraction: number | undefined): Policy =>
  new Policy({ strategies: Data.array([...strategies]), ...(fraction === undefined ? {} : { fraction }) }, true)

const of = (...strategies: ReadonlyArray<Strategy.Strategy>): Policy => withFields(strategies, undefined)

/**
 * The policy that does nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Policy = of()

/**
 * Ends what takes longer than `duration`. As the outermost piece it bounds a whole operation, however many requests
 * that needs; as the innermost, each attempt from connecting to the end of the body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const timeout = (duration: Duration.DurationInput): Policy =>
  of(new Strategy.Timeout({ duration: Duration.decode(duration) }))

/**
 * The default back-off: 250 ms, doubled each time, at most 10 s, full jitter.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultBackoff: Backoff.Backoff = Backoff.exponential({ base: "250 millis" })

/**
 * The default budget: 20 retries, and one more with each five calls.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultBudget = { fraction: 0.2, reserve: 20 }

/**
 * Tries again, up to `times`, what failed for a reason that may pass; never before the exchange wants it, and not at
 * all where that lies beyond the time left. Without a `budget` there is no bound over all calls together.
 *
 * @since 0.1.0
 * @category constructors
 */
export const retry = (options: {
  readonly times: number
  readonly backoff?: Backoff.Backoff | undefined
  readonly budget?: { readonly fraction: number; readonly reserve: number } | undefined
}): Policy =>
  of(
    new Strategy.Retry({
      times: options.times,
      backoff: options.backoff ?? defaultBackoff,
      ...(options.budget === undefined ? {} : { budget: new Strategy.RetryBudget(options.budget) })
    })
  )

/**
 * The default circuit breaker: opens after 10 failures in a row, for 5 s, doubled up to a minute, with one probe.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultBreaker: CircuitBreaker.Options = CircuitBreaker.options({
  tripPolicy: CircuitBreaker.consecutive(10),
  openDuration: "5 seconds",
  openDurationFactor: 2,
  maxOpenDuration: "1 minute"
})

/**
 * Sends nothing for a while after too many failures, then probes. A rejection is no failure, and a caller's own
 * mistake counts as nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const circuitBreaker = (options: Parameters<typeof CircuitBreaker.options>[0]): Policy =>
  of(new Strategy.CircuitBreaker({ options: CircuitBreaker.options(options) }))

/**
 * At most `concurrency` calls at the same time; the others wait, first come, first served.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bulkhead = (options: { readonly concurrency: number }): Policy => of(new Strategy.Bulkhead(options))

/**
 * Sends a second copy of a call that has not ended after `after`. The first to succeed counts, and the other is
 * interrupted. A copy pays for the exchange's quota like any request.
 *
 * @since 0.1.0
 * @category constructors
 */
export const hedge = (options: { readonly after: Duration.DurationInput }): Policy =>
  of(new Strategy.Hedge({ after: Duration.decode(options.after) }))

/**
 * At most `limit` within any stretch of `window`, counted as an exchange would see it: from sending until one window
 * after the answer. A request counts 1.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rateLimit = (options: { readonly limit: number; readonly window: Duration.DurationInput }): Policy =>
  of(new Strategy.RateLimit({ limit: options.limit, window: Duration.decode(options.window) }))

/**
 * The share of the exchange's quota that we take. Of several that are combined the smallest counts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const quota = (options: { readonly fraction: number }): Policy =>
  new Policy({ strategies: Data.array([]), fraction: options.fraction })

/**
 * The pieces of `outer` around those of `inner`: `run(compose(outer, inner))` is `run(outer)` around `run(inner)`.
 *
 * @since 0.1.0
 * @category combining
 */
export const compose: {
  (inner: Policy): (outer: Policy) => Policy
  (outer: Policy, inner: Policy): Policy
} = dual(2, (outer: Policy, inner: Policy): Policy => {
  const fractions = [outer.fraction, inner.fraction].filter((each) => each !== undefined)
  return withFields(
    [...outer.strategies, ...inner.strategies],
    fractions.length === 0 ? undefined : Math.min(...fractions)
  )
})

/**
 * All of them, the outermost first.
 *
 * @example
 * import { Backoff, Policy } from "@open-interest/core"
 *
 * export const policy = Policy.make(
 *   Policy.timeout("20 seconds"),
 *   Policy.retry({ times: 4, backoff: Backoff.exponential({ base: "250 millis", cap: "10 seconds", jitter: "full" }) }),
 *   Policy.bulkhead({ concurrency: 16 }),
 *   Policy.quota({ fraction: 0.25 }),
 *   Policy.timeout("5 seconds")
 * )
 *
 * @since 0.1.0
 * @category combining
 */
export const make = (...policies: ReadonlyArray<Policy>): Policy =>
  policies.reduce((outer, inner) => compose(outer, inner), empty)

/**
 * The policy that the exchange packages begin with: 20 s for an operation, 5 s for an attempt, up to 4 retries within a
 * budget, a circuit breaker, 16 requests at the same time, and half of the exchange's quota.
 *
 * @since 0.1.0
 * @category constants
 */
export const standard: Policy = make(
  timeout("20 seconds"),
  retry({ times: 4, backoff: defaultBackoff, budget: defaultBudget }),
  circuitBreaker(defaultBreaker),
  bulkhead({ concurrency: 16 }),
  quota({ fraction: defaultFraction }),
  timeout("5 seconds")
)

type Tag = Strategy.Strategy["_tag"]

/** Where a piece goes that a policy does not have yet: the order of the defaults. */
const order: ReadonlyArray<Tag> = ["Retry", "CircuitBreaker", "Bulkhead", "Hedge", "RateLimit"]

const scopeAt = (policy: Policy, index: number): "operation" | "attempt" | undefined => {
  const strategy = policy.strategies[index]
  if (strategy?._tag !== "Timeout") return undefined
  if (index === 0 && strategy.scope !== "attempt") return "operation"
  return index === policy.strategies.length - 1 ? "attempt" : undefined
}

const isTotal = (policy: Policy, index: number): boolean => scopeAt(policy, index) === "operation"

const isAttempt = (policy: Policy, index: number): boolean => scopeAt(policy, index) === "attempt"

/** A time limit of an attempt that has nothing around it, where a plain one would bound the operation. */
const loneAttempt = (duration: Duration.DurationInput): Policy =>
  of(new Strategy.Timeout({ duration: Duration.decode(duration), scope: "attempt" }))

/** Changes the pieces of a kind where there are some, or puts a new one into its place. */
const change = <S extends Strategy.Strategy>(
  policy: Policy,
  is: (strategy: Strategy.Strategy) => strategy is S,
  update: (current: S | undefined) => Strategy.Strategy
): Policy => {
  if (policy.strategies.some(is)) {
    return withFields(
      policy.strategies.map((strategy) => (is(strategy) ? update(strategy) : strategy)),
      policy.fraction
    )
  }
  const added = update(undefined)
  const rank = order.indexOf(added._tag)
  const found = policy.strategies.findIndex(
    (strategy, index) => isAttempt(policy, index) || order.indexOf(strategy._tag) > rank
  )
  const at = found === -1 ? policy.strategies.length : found
  return withFields(policy.strategies.toSpliced(at, 0, added), policy.fraction)
}

const is =
  <T extends Tag>(tag: T) =>
  (strategy: Strategy.Strategy): strategy is Extract<Strategy.Strategy, { readonly _tag: T }> =>
    strategy._tag === tag

/**
 * With this time limit for the whole operation, the rest unchanged.
 *
 * @since 0.1.0
 * @category changing
 */
export const withTotalTimeout: {
  (duration: Duration.DurationInput): (policy: Policy) => Policy
  (policy: Policy, duration: Duration.DurationInput): Policy
} = dual(2, (policy: Policy, duration: Duration.DurationInput): Policy => {
  const rest = policy.strategies.slice(isTotal(policy, 0) ? 1 : 0)
  return compose(timeout(duration), withFields(rest, policy.fraction))
})

/**
 * With this time limit for each attempt, the rest unchanged.
 *
 * @since 0.1.0
 * @category changing
 */
export const withAttemptTimeout: {
  (duration: Duration.DurationInput): (policy: Policy) => Policy
  (policy: Policy, duration: Duration.DurationInput): Policy
} = dual(2, (policy: Policy, duration: Duration.DurationInput): Policy => {
  const last = policy.strategies.length - 1
  const rest = policy.strategies.slice(0, isAttempt(policy, last) ? last : undefined)
  return compose(withFields(rest, policy.fraction), rest.length === 0 ? loneAttempt(duration) : timeout(duration))
})

interface RetryChange extends Partial<Omit<Parameters<typeof retry>[0], "backoff" | "budget">> {
  readonly backoff?: Partial<Parameters<typeof Backoff.exponential>[0]> | undefined
  /** `null` takes the budget away. */
  readonly budget?: Partial<Strategy.RetryBudget> | null | undefined
}

/**
 * With these retries; what is not given stays as it is. A policy without any gets them, by default with 2 `times`.
 *
 * @since 0.1.0
 * @category changing
 */
export const withRetry: {
  (options: RetryChange): (policy: Policy) => Policy
  (policy: Policy, options: RetryChange): Policy
} = dual(2, (policy: Policy, options: RetryChange): Policy =>
  change(policy, is("Retry"), (current) => {
    const budget = options.budget === null ? undefined : { ...current?.budget, ...options.budget }
    return new Strategy.Retry({
      times: options.times ?? current?.times ?? 2,
      backoff: Backoff.exponential({ ...(current?.backoff ?? defaultBackoff), ...options.backoff }),
      ...(budget === undefined || Object.keys(budget).length === 0
        ? {}
        : { budget: new Strategy.RetryBudget({ ...defaultBudget, ...budget }) })
    })
  })
)

/**
 * With this circuit breaker; what is not given stays as it is. A policy without one gets it.
 *
 * @since 0.1.0
 * @category changing
 */
export const withCircuitBreaker: {
  (options: Partial<Parameters<typeof circuitBreaker>[0]>): (policy: Policy) => Policy
  (policy: Policy, options: Partial<Parameters<typeof circuitBreaker>[0]>): Policy
} = dual(2, (policy: Policy, options: Partial<Parameters<typeof circuitBreaker>[0]>): Policy =>
  change(
    policy,
    is("CircuitBreaker"),
    (current) =>
      new Strategy.CircuitBreaker({
        options: CircuitBreaker.options({ ...(current?.options ?? defaultBreaker), ...options })
      })
  )
)

/**
 * With a bulkhead of this size.
 *
 * @since 0.1.0
 * @category changing
 */
export const withBulkhead: {
  (options: { readonly concurrency: number }): (policy: Policy) => Policy
  (policy: Policy, options: { readonly concurrency: number }): Policy
} = dual(2, (policy: Policy, options: { readonly concurrency: number }): Policy =>
  change(policy, is("Bulkhead"), () => new Strategy.Bulkhead(options))
)

/**
 * With a second copy of what takes longer than `after`.
 *
 * @since 0.1.0
 * @category changing
 */
export const withHedge: {
  (options: { readonly after: Duration.DurationInput }): (policy: Policy) => Policy
  (policy: Policy, options: { readonly after: Duration.DurationInput }): Policy
} = dual(2, (policy: Policy, options: { readonly after: Duration.DurationInput }): Policy =>
  change(policy, is("Hedge"), () => new Strategy.Hedge({ after: Duration.decode(options.after) }))
)

/**
 * With a rate limit of one's own.
 *
 * @since 0.1.0
 * @category changing
 */
export const withRateLimit: {
  (options: Parameters<typeof rateLimit>[0]): (policy: Policy) => Policy
  (policy: Policy, options: Parameters<typeof rateLimit>[0]): Policy
} = dual(2, (policy: Policy, { limit, window }: Parameters<typeof rateLimit>[0]): Policy =>
  change(policy, is("RateLimit"), () => new Strategy.RateLimit({ limit, window: Duration.decode(window) }))
)

/**
 * With this share of the exchange's quota.
 *
 * @since 0.1.0
 * @category changing
 */
export const withQuota: {
  (options: { readonly fraction: number }): (policy: Policy) => Policy
  (policy: Policy, options: { readonly fraction: number }): Policy
} = dual(
  2,
  ({ strategies }: Policy, { fraction }: { readonly fraction: number }): Policy => new Policy({ strategies, fraction })
)

/**
 * Without any piece of this kind.
 *
 * @since 0.1.0
 * @category changing
 */
export const without: {
  (tag: Tag): (policy: Policy) => Policy
  (policy: Policy, tag: Tag): Policy
} = dual(2, (policy: Policy, tag: Tag): Policy => {
  const rest = policy.strategies.filter((strategy) => strategy._tag !== tag)
  const [first] = rest
  // The innermost comes first only where nothing else is left.
  const kept =
    first?._tag === "Timeout" && isAttempt(policy, policy.strategies.indexOf(first))
      ? loneAttempt(first.duration).strategies
      : rest
  return withFields(kept, policy.fraction)
})

/**
 * A policy in three, each around the next: what bounds a whole `operation` (the outermost piece, where it is a
 * timeout), what each `request` goes through, and what bounds each `attempt` (the innermost piece, where it is a timeout).
 * The exchange's own limits stand between the last two.
 *
 * @since 0.1.0
 * @category combining
 */
export const split = (
  policy: Policy
): { readonly operation: Policy; readonly request: Policy; readonly attempt: Policy } => {
  const last = policy.strategies.length - 1
  const begin = isTotal(policy, 0) ? 1 : 0
  const end = isAttempt(policy, last) ? last : last + 1
  return {
    operation: withFields(policy.strategies.slice(0, begin), undefined),
    request: withFields(policy.strategies.slice(begin, end), policy.fraction),
    attempt: withFields(policy.strategies.slice(end), undefined)
  }
}

/**
 * A change to the policy of every call within: `Effect.provideService(effect, Policy.Override, Policy.withRetry({ times: 0 }))`.
 * It does not reach what callers share, such as the list of contracts: that is read with the policy of the Layer, and
 * with an override only where the Layer is built inside one. Each changed piece is kept with its state as long as the
 * client lives, so override with a few policies, not with a new one for each call.
 *
 * @since 0.1.0
 * @category references
 */
export class Override extends Context.Reference<Override>()("@open-interest/core/Policy/Override", {
  defaultValue: (): ((policy: Policy) => Policy) => (policy) => policy
}) {}

/**
 * What an error says about asking again: it was the caller's own mistake (`Ignored`); it will not pass by itself
 * (`Fatal`); it may pass, not before the given time (`Transient`); or nothing was sent, because of the
 * policy (`Refused`: what failed before tells more) or because the exchange wants it so (`Closed`: that is the news).
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | { readonly _tag: "Ignored" }
  | { readonly _tag: "Fatal" }
  | { readonly _tag: "Transient"; readonly notBefore: Option.Option<DateTime.Utc> }
  | { readonly _tag: "Refused"; readonly notBefore: Option.Option<DateTime.Utc> }
  | { readonly _tag: "Closed"; readonly notBefore: Option.Option<DateTime.Utc> }

/**
 * What a policy itself rejects: a time limit was reached, of the whole or of one attempt; the circuit is open; or a
 * rate limit of one's own would let the call go too late, or never where `from` is absent.
 *
 * @since 0.1.0
 * @category models
 */
export type Rejection =
  | { readonly _tag: "TimedOut"; readonly timeout: "total" | "attempt"; readonly after: Duration.Duration }
  | { readonly _tag: "CircuitOpen"; readonly until: Option.Option<DateTime.Utc> }
  | { readonly _tag: "RateLimited"; readonly from: Option.Option<DateTime.Utc>; readonly detail: string }

/**
 * What a policy may know of the call that it runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** What it is about, for errors. */
  readonly symbol?: string | undefined
  /** What it takes from a {@link rateLimit}. Default: 1. */
  readonly weight?: number | undefined
}

/**
 * How a policy deals with errors: `classify` says what one means, `reject` turns the policy's own rejections into errors
 * of the caller's, so that nothing else gets into an error type.
 *
 * @since 0.1.0
 * @category models
 */
export interface Handlers<E0, E1 extends E0> {
  readonly classify: (error: E0) => Outcome
  readonly reject: (rejection: Rejection, call: Call) => E1
  /** Tells one policy from another in metrics. Default: none. */
  readonly name?: string | undefined
}

/**
 * A policy at work: runs a call, with its retries, within its limits.
 *
 * @since 0.1.0
 * @category models
 */
export type Run<E0, E1> = <A, E extends E0, R>(
  effect: Effect.Effect<A, E, R>,
  call?: Call
) => Effect.Effect<A, E | E1, R>

/**
 * Policies at work that share what they have in common: two with the same circuit breaker have one circuit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Runner<E0, E1> {
  readonly run: (policy: Policy) => Run<E0, E1>
  /** Every change of a circuit breaker. */
  readonly transitions: Stream.Stream<CircuitBreaker.Transition>
}

/**
 * Runs policies that share the state of equal pieces, for a policy that is changed from call to call.
 *
 * @since 0.1.0
 * @category running
 */
export const runner: <E0, E1 extends E0>(handlers: Handlers<E0, E1>) => Runner<E0, E1> = internal.runner

/**
 * Puts a policy to work. Its breaker, bulkhead, budget and rate limits begin anew with each `run`.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <E0, E1 extends E0>(policy: Policy, handlers: Handlers<E0, E1>): Run<E0, E1> =>
  internal.runner(handlers).run(policy)

/**
 * The worst that can happen.
 *
 * @since 0.1.0
 * @category explaining
 */
export interface WorstCase {
  /** The longest that an operation can take; nothing where that is unbounded. */
  readonly duration: Option.Option<Duration.Duration>
  /** Why it is unbounded; empty where it is not. */
  readonly unboundedBecause: string
  /** The most requests that are sent for each request that an operation needs. */
  readonly requests: number
}

/**
 * The longest that a policy can take, and the most that it can send; with the `limits` of an exchange as its client
 * runs it, without them as {@link run} does.
 *
 * @since 0.1.0
 * @category explaining
 */
export const worstCase = (policy: Policy, limits?: Quota.Limits): WorstCase =>
  internalExplain.worstCase(split(policy), limits)

/**
 * What a policy does, in words for a person: a numbered line for each piece, the outermost first, then the worst case.
 *
 * @example
 * import { Policy } from "@open-interest/core"
 *
 * export const words = Policy.explain(Policy.make(Policy.retry({ times: 2 }), Policy.timeout("5 seconds")))
 *
 * @since 0.1.0
 * @category explaining
 */
export const explain = (policy: Policy, limits?: Quota.Limits): string =>
  internalExplain.explain(split(policy), policy.fraction ?? defaultFraction, limits)
