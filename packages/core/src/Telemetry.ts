/**
 * What clients, policies and pools tell: metrics and spans.
 *
 * Every metric carries the tag `exchange`; for a policy that is run outside a client it is the name given to it.
 *
 * Each operation has a span `open_interest.<operation>`: a method (`openInterest`, `markPrice`, `instruments`,
 * `history`), or what several readings share (`markPrices`, `tickers`, `openInterests`); and within it each request one
 * of the name `open_interest.attempt`, once more for each retry; `HttpClient` adds none of its own. Attributes of both are `open_interest.exchange` and, where there is one, `open_interest.symbol`; of an attempt
 * also `open_interest.waited_ms` (for its turn, before the span begins) and, as OpenTelemetry names them,
 * `http.request.method`, `http.request.resend_count` (of a retry), `http.response.status_code` (once it is there),
 * `server.address`, `url.path`, and `error.type`, the tag of the error, of one that failed.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Refusal } from "./Pools.ts"

/**
 * Requests that were sent, by `outcome`: `ok`, the tag of the error, or `interrupted`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const attempts = Metric.counter("open_interest_attempts", {
  description: "requests sent to exchanges",
  incremental: true
})

/**
 * Requests that were sent again.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries = Metric.counter("open_interest_retries", {
  description: "requests sent again after a failure that may pass",
  incremental: true
})

/**
 * Milliseconds that requests waited for their turn, behind the quota or a closed pool.
 *
 * @since 0.1.0
 * @category metrics
 */
export const waits = Metric.histogram(
  "open_interest_wait_milliseconds",
  MetricBoundaries.fromIterable([1, 10, 100, 1000, 10_000, 60_000]),
  "how long requests waited for quota"
)

/**
 * Weight in a window that is used up, by us and by others, by `pool` and `window`, at the time of the last answer.
 *
 * @since 0.1.0
 * @category metrics
 */
export const weightUsed = Metric.gauge("open_interest_weight_used", {
  description: "weight that is held in a window, ours and what headers tell of others"
})

/**
 * What is left in a window of the exchange's limit, by `pool` and `window`, at the time of the last answer.
 *
 * @since 0.1.0
 * @category metrics
 */
export const weightLeft = Metric.gauge("open_interest_weight_left", {
  description: "weight that is left of the limit of a window"
})

/**
 * The circuit breaker: 0 closed, 1 half-open, 2 open.
 *
 * @since 0.1.0
 * @category metrics
 */
export const breakerState = Metric.gauge("open_interest_breaker_state", {
  description: "0 closed, 1 half-open, 2 open"
})

/**
 * Changes of the circuit breaker, by the state `to` which it went.
 *
 * @since 0.1.0
 * @category metrics
 */
export const breakerTransitions = Metric.counter("open_interest_breaker_transitions", {
  description: "changes of the circuit breaker",
  incremental: true
})

/**
 * Refusals that closed a pool or an exchange, by `refusal`: `RateLimited`, `Banned`, `Forbidden`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const refusals = Metric.counter("open_interest_refusals", {
  description: "refusals that closed a pool or an exchange",
  incremental: true
})

/** Sets or counts without an effect; a metric knows the same array of labels again sooner than equal ones. */
const byTags = <Type, In, Out>(metric: Metric.Metric<Type, In, Out>) => {
  const made = new Map<string, ReadonlyArray<MetricLabel.MetricLabel>>()
  return (value: In, tags: Readonly<Record<string, string>>): void => {
    const key = Object.values(tags).join("\n")
    let labels = made.get(key)
    if (labels === undefined) {
      made.set(key, (labels = Object.entries(tags).map(([name, text]) => MetricLabel.make(name, text))))
    }
    metric.unsafeUpdate(value, labels)
  }
}

const countAttempt = byTags(attempts)
const countRetry = byTags(retries)
const measureWait = byTags(waits)
const countRefusal = byTags(refusals)
const countTransition = byTags(breakerTransitions)
const setState = byTags(breakerState)
const setUsed = byTags(weightUsed)
const setLeft = byTags(weightLeft)

const states = { Closed: 0, HalfOpen: 1, Open: 2 } as const

/** How an attempt ended: its error by its tag. */
const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  const failure = Cause.failureOption(exit.cause)
  if (Option.isSome(failure)) return failure.value._tag
  return Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "defect"
}

interface Subject {
  readonly exchange: string
  readonly symbol: string | undefined
}

const subject = ({ exchange, symbol }: Subject) => ({
  "open_interest.exchange": exchange,
  ...(symbol === undefined ? {} : { "open_interest.symbol": symbol })
})

/** @internal */
export const withOperation =
  (operation: Subject & { readonly name: string }) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withSpan(effect, `open_interest.${operation.name}`, {
      attributes: subject(operation),
      captureStackTrace: false
    })

/** @internal */
export const withAttempt = <A, E extends { readonly _tag: string }, R>(
  attempt: Subject & {
    /** The host of the exchange. */
    readonly server: string
    readonly path: string
    /** Of a retry, from 1; 0 without one. */
    readonly number: number
    /** Milliseconds. */
    readonly waited: number
  },
  use: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.useSpan(
    "open_interest.attempt",
    {
      attributes: {
        ...subject(attempt),
        "open_interest.waited_ms": attempt.waited,
        "http.request.method": "GET",
        "server.address": attempt.server,
        "url.path": attempt.path,
        ...(attempt.number > 1 ? { "http.request.resend_count": attempt.number - 1 } : {})
      },
      kind: "client",
      captureStackTrace: false
    },
    (span) =>
      Effect.onExit(use(span), (exit) => {
        const outcome = outcomeOf(exit)
        countAttempt(1, { exchange: attempt.exchange, outcome })
        if (outcome !== "ok") span.attribute("error.type", outcome)
        return Effect.void
      })
  )

/** @internal */
export const retried = (exchange: string): void => countRetry(1, { exchange })

/** @internal */
export const waited = (exchange: string, millis: number): void => measureWait(millis, { exchange })

/** @internal */
export const refused = (exchange: string, refusal: Refusal): void => countRefusal(1, { exchange, refusal })

/** @internal */
export const transition = (exchange: string, to: keyof typeof states): void => {
  countTransition(1, { exchange, to })
  setState(states[to], { exchange })
}

const windows = new Map<number, string>()

const windowOf = (millis: number): string => {
  const found = windows.get(millis) ?? Duration.format(Duration.millis(millis))
  windows.set(millis, found)
  return found
}

/** @internal */
export const weighed = (
  exchange: string,
  pool: string,
  { length, limit, used }: { readonly length: number; readonly limit: number; readonly used: number }
): void => {
  const tags = { exchange, pool, window: windowOf(length) }
  setUsed(used, tags)
  setLeft(Math.max(0, limit - used), tags)
}
