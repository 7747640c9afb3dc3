/**
 * How patiently an exchange is asked: time limits and retries, as a value.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

const PositiveDuration = Schema.DurationFromMillis.pipe(
  Schema.filter(
    (duration) =>
      (Duration.isFinite(duration) && Duration.greaterThan(duration, Duration.zero)) ||
      "expected a time limit that is positive and finite"
  )
)

/**
 * Time limits and retries. Durations are milliseconds in JSON.
 *
 * @since 0.1.0
 * @category models
 */
export class Policy extends Schema.Class<Policy>("@open-interest/core/Policy")({
  /** Bounds the whole operation, its waits and retries included. */
  totalTimeout: PositiveDuration,
  /** Bounds each request, from connecting to the end of the body. */
  attemptTimeout: PositiveDuration,
  /** How often a request that failed for a passing reason is sent again: 0 never. */
  retryTimes: Schema.Int.pipe(Schema.between(0, 100))
}) {}

/**
 * What an error says about asking again: `Ignored` is the caller's own mistake, `Fatal` will not pass by itself,
 * `Transient` may.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = "Ignored" | "Fatal" | "Transient"

/**
 * A time limit that was reached: of one request, or of the whole operation.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timeout {
  readonly timeout: "attempt" | "total"
  readonly after: Duration.Duration
}

/**
 * A policy at work.
 *
 * @since 0.1.0
 * @category models
 */
export interface Run<E0, E1> {
  /** Around a whole operation of however many requests: the total timeout. */
  readonly operation: <A, E, R>(effect: Effect.Effect<A, E, R>, symbol?: string) => Effect.Effect<A, E | E1, R>
  /** Around one request with its body: the retries, and each attempt's timeout. */
  readonly request: <A, E extends E0, R>(effect: Effect.Effect<A, E, R>, symbol?: string) => Effect.Effect<A, E | E1, R>
}

const backoff = Schedule.exponential("250 millis", 2).pipe(
  Schedule.modifyDelay((_, delay) => Duration.min(delay, Duration.seconds(10))),
  Schedule.jitteredWith({ min: 0, max: 1 }),
  // Timers know no fractions of a millisecond, and a virtual clock can't show them.
  Schedule.modifyDelay((_, delay) => Duration.millis(Math.ceil(Duration.toMillis(delay))))
)

/**
 * Compiles a policy. `classify` says what an error means, `reject` turns the policy's own refusals into the errors of
 * the exchange, so that nothing else gets into an error type. Between attempts lies an exponential back-off from 250
 * ms, at most 10 s, with full jitter.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <E0, E1 extends E0>(
  policy: Policy,
  options: {
    readonly classify: (error: E0) => Outcome
    readonly reject: (timeout: Timeout, symbol: string | undefined) => E1
  }
): Run<E0, E1> => ({
  operation: (effect, symbol) =>
    Effect.timeoutFail(effect, {
      duration: policy.totalTimeout,
      onTimeout: () => options.reject({ timeout: "total", after: policy.totalTimeout }, symbol)
    }),
  request: (effect, symbol) =>
    effect.pipe(
      Effect.timeoutFail({
        duration: policy.attemptTimeout,
        onTimeout: () => options.reject({ timeout: "attempt", after: policy.attemptTimeout }, symbol)
      }),
      Effect.retry({
        schedule: backoff,
        times: policy.retryTimes,
        while: (error) => options.classify(error) === "Transient"
      })
    )
})

const allowedDuration = 'a positive duration such as "300 millis", "300ms", "2 seconds" or "2s"'

const units: Record<string, Duration.Unit> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

/** What Effect reads, and the short forms; Effect alone would read "-1 seconds" as zero. */
const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  const [, value = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/.exec(text) ?? []
  return Duration.decodeUnknown(`${value} ${units[unit] ?? unit}`).pipe(
    Option.filter((duration) => Duration.isFinite(duration) && Duration.greaterThan(duration, Duration.zero))
  )
}

const duration = (name: string): Config.Config<Duration.Duration> =>
  Config.mapOrFail(Config.string(name), (text) =>
    Either.fromOption(parseDuration(text), () =>
      ConfigError.InvalidData([], `expected ${allowedDuration}, got ${JSON.stringify(text)}`)
    )
  )

const times = (name: string): Config.Config<number> =>
  Config.mapOrFail(Config.string(name), (text) =>
    /^(?:100|[1-9]?\d)$/.test(text)
      ? Either.right(Number(text))
      : Either.left(ConfigError.InvalidData([], `expected a whole number from 0 to 100, got ${JSON.stringify(text)}`))
  )

/**
 * A policy from the keys `RETRY_TIMES`, `TIMEOUT_ATTEMPT` and `TIMEOUT_TOTAL`, each falling back to `defaults`. An
 * exchange package nests it under its prefix: `OPEN_INTEREST_BINANCE_RETRY_TIMES`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (defaults: Policy): Config.Config<Policy> =>
  Config.map(
    Config.all({
      retryTimes: Config.withDefault(times("RETRY_TIMES"), defaults.retryTimes),
      attemptTimeout: Config.withDefault(duration("TIMEOUT_ATTEMPT"), defaults.attemptTimeout),
      totalTimeout: Config.withDefault(duration("TIMEOUT_TOTAL"), defaults.totalTimeout)
    }),
    (fields) => new Policy(fields)
  )
