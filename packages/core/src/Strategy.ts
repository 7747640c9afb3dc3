/**
 * The pieces of a policy, as data. {@link Policy} makes, combines and runs them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Backoff } from "./Backoff.ts"
import { Options } from "./CircuitBreaker.ts"
import { Positive } from "./internal/durationText.ts"

const Count = Schema.Int.pipe(Schema.positive())

/**
 * An end for what takes too long.
 *
 * @since 0.1.0
 * @category models
 */
export class Timeout extends Schema.TaggedClass<Timeout>("@open-interest/core/Strategy/Timeout")("Timeout", {
  duration: Positive,
  /** Where it bounds an attempt though it is the outermost piece; else its place says what it bounds. */
  scope: Schema.optionalWith(Schema.Literal("attempt"), { exact: true })
}) {}

/**
 * How many retries all calls together may make: `reserve` at the start, and `fraction` of one more with each call;
 * what is not used is kept, up to `reserve`.
 *
 * @since 0.1.0
 * @category models
 */
export class RetryBudget extends Schema.Class<RetryBudget>("@open-interest/core/Strategy/RetryBudget")({
  fraction: Schema.Number.pipe(Schema.between(0, 1)),
  reserve: Schema.Int.pipe(Schema.between(0, 1_000_000))
}) {}

/**
 * Another attempt after a failure that may pass.
 *
 * @since 0.1.0
 * @category models
 */
export class Retry extends Schema.TaggedClass<Retry>("@open-interest/core/Strategy/Retry")("Retry", {
  /** How often at most: 0 never. */
  times: Schema.Int.pipe(Schema.between(0, 100)),
  backoff: Backoff,
  budget: Schema.optionalWith(RetryBudget, { exact: true })
}) {}

/**
 * No more calls for a while after too many failures.
 *
 * @since 0.1.0
 * @category models
 */
export class CircuitBreaker extends Schema.TaggedClass<CircuitBreaker>("@open-interest/core/Strategy/CircuitBreaker")(
  "CircuitBreaker",
  { options: Options }
) {}

/**
 * So many calls at the same time; the others wait.
 *
 * @since 0.1.0
 * @category models
 */
export class Bulkhead extends Schema.TaggedClass<Bulkhead>("@open-interest/core/Strategy/Bulkhead")("Bulkhead", {
  concurrency: Count
}) {}

/**
 * A second copy of a call that takes long; the first to succeed counts. For reads only: both are sent.
 *
 * @since 0.1.0
 * @category models
 */
export class Hedge extends Schema.TaggedClass<Hedge>("@open-interest/core/Strategy/Hedge")("Hedge", {
  after: Positive
}) {}

/**
 * So much weight within any stretch of the window; the others wait.
 *
 * @since 0.1.0
 * @category models
 */
export class RateLimit extends Schema.TaggedClass<RateLimit>("@open-interest/core/Strategy/RateLimit")("RateLimit", {
  limit: Count,
  window: Positive
}) {}

/**
 * Any piece of a policy.
 *
 * @since 0.1.0
 * @category models
 */
export const Strategy = Schema.Union(Timeout, Retry, CircuitBreaker, Bulkhead, Hedge, RateLimit)

/**
 * Any piece of a policy.
 *
 * @since 0.1.0
 * @category models
 */
export type Strategy = typeof Strategy.Type
