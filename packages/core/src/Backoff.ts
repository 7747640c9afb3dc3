/**
 * How long to wait before asking again: longer each time, and not everybody at once.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Positive } from "./internal/durationText.ts"
import { wholeMillis } from "./internal/time.ts"

/**
 * What chance does to a delay: nothing (`none`), anything from no delay to the whole of it (`full`), or anything from
 * the base to three times the delay before (`decorrelated`).
 *
 * @since 0.1.0
 * @category models
 */
export const Jitter = Schema.Literal("none", "full", "decorrelated")

/**
 * What chance does to a delay.
 *
 * @since 0.1.0
 * @category models
 */
export type Jitter = typeof Jitter.Type

/**
 * Delays that begin with `base`, grow by `factor` and end at `cap`. Decorrelated ones grow by chance and know no
 * factor.
 *
 * @since 0.1.0
 * @category models
 */
export class Backoff extends Schema.Class<Backoff>("@open-interest/core/Backoff")({
  base: Positive,
  factor: Schema.Finite.pipe(Schema.greaterThanOrEqualTo(1)),
  cap: Positive,
  jitter: Jitter
}) {}

/**
 * Exponential back-off. Default: doubled each time, at most 10 s, full jitter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exponential = (options: {
  readonly base: Duration.DurationInput
  readonly factor?: number | undefined
  readonly cap?: Duration.DurationInput | undefined
  readonly jitter?: Jitter | undefined
}): Backoff =>
  new Backoff({
    base: Duration.decode(options.base),
    factor: options.factor ?? 2,
    cap: Duration.decode(options.cap ?? "10 seconds"),
    jitter: options.jitter ?? "full"
  })

/**
 * The same delay each time, without jitter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const constant = (delay: Duration.DurationInput): Backoff =>
  exponential({ base: delay, factor: 1, cap: delay, jitter: "none" })

/**
 * The delay before retry number `retry` (from 1), after a delay of `previous`, with `random` from 0 to 1. Whole
 * milliseconds, rounded up.
 *
 * @since 0.1.0
 * @category delays
 */
export const delay = (
  { base, cap, factor, jitter }: Backoff,
  at: { readonly retry: number; readonly previous: Duration.Duration; readonly random: number }
): Duration.Duration => {
  const first = Duration.toMillis(base)
  const grown = Math.min(first * factor ** (at.retry - 1), Duration.toMillis(cap))
  const last = Math.max(first, Duration.toMillis(at.previous))
  const millis = {
    none: grown,
    full: grown * at.random,
    decorrelated: Math.min(first + (3 * last - first) * at.random, Duration.toMillis(cap))
  }
  return Duration.millis(wholeMillis(millis[jitter]))
}

/**
 * The longest that {@link delay} can be before retry number `retry`.
 *
 * @since 0.1.0
 * @category delays
 */
export const longest = (backoff: Backoff, retry: number): Duration.Duration => {
  const previous = retry === 1 ? Duration.zero : longest(backoff, retry - 1)
  return delay(backoff, { retry, previous, random: 1 })
}
