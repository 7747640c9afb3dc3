/**
 * Settings of an exchange from configuration, under a prefix such as `OPEN_INTEREST_BINANCE`.
 *
 * For authors of an exchange package.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import type * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashSet from "effect/HashSet"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import leven from "leven"
import { Jitter } from "./Backoff.ts"
import * as CircuitBreaker from "./CircuitBreaker.ts"
import * as DurationText from "./internal/durationText.ts"
import * as Policy from "./Policy.ts"

/**
 * One key that changes one number of a policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setting {
  readonly key: string
  /** What it changes, for a person. */
  readonly description: string
  /** What it may be, for a person. */
  readonly allowed: string
  /** The policy with this text for the key, or nothing where the text is not allowed. */
  readonly change: (policy: Policy.Policy, text: string) => Option.Option<Policy.Policy>
  /** The text that gives what the policy has, where it has it. */
  readonly value: (policy: Policy.Policy) => Option.Option<string>
}

const number =
  (pattern: RegExp, from: number, to: number) =>
  (text: string): Option.Option<number> =>
    Option.filter(Option.some(Number(text)), (value) => pattern.test(text) && value >= from && value <= to)

const whole = (from: number, to: number) => number(/^(?:0|[1-9]\d{0,9})$/, from, to)
const decimal = (from: number, to: number) => number(/^\d{1,9}(?:\.\d{1,9})?$/, from, to)
const share = (text: string) => Option.filter(decimal(0, 1)(text), (value) => value > 0)

const wholeAllowed = (from: number, to: number) => `a whole number from ${from} to ${to}`
const shareAllowed = "a number above 0, and at most 1"
const factorAllowed = "a number from 1 to 100"

const find = <T extends Policy.Policy["strategies"][number]["_tag"]>(policy: Policy.Policy, tag: T) =>
  Option.fromNullable(
    policy.strategies.find(
      (strategy): strategy is Extract<Policy.Policy["strategies"][number], { readonly _tag: T }> =>
        strategy._tag === tag
    )
  )

const timeoutOf = (part: "operation" | "attempt") => (policy: Policy.Policy) =>
  Option.map(find(Policy.split(policy)[part], "Timeout"), ({ duration }) => DurationText.format(duration))

const setting = <A>(
  key: string,
  description: string,
  allowed: string,
  read: (text: string) => Option.Option<A>,
  set: (policy: Policy.Policy, value: A) => Policy.Policy,
  value: (policy: Policy.Policy) => Option.Option<string>
): Setting => ({
  key,
  description,
  allowed,
  value,
  change: (policy, text) => Option.map(read(text), (each) => set(policy, each))
})

const consecutiveOf = (policy: Policy.Policy): Option.Option<CircuitBreaker.Consecutive> =>
  Option.filter(
    Option.map(find(policy, "CircuitBreaker"), ({ options }) => options.tripPolicy),
    (trip) => trip._tag === "Consecutive"
  )

/**
 * Every number of a policy that a key can change, in the order in which the keys apply.
 *
 * @since 0.1.0
 * @category models
 */
export const policySettings: ReadonlyArray<Setting> = [
  setting(
    "TIMEOUT_TOTAL",
    "bounds a whole operation, its waits and retries included",
    DurationText.allowed,
    DurationText.parse,
    Policy.withTotalTimeout,
    timeoutOf("operation")
  ),
  setting(
    "TIMEOUT_ATTEMPT",
    "bounds each request, from connecting to the end of the body",
    DurationText.allowed,
    DurationText.parse,
    Policy.withAttemptTimeout,
    timeoutOf("attempt")
  ),
  setting(
    "RETRY_TIMES",
    "how often a request that failed for a passing reason is sent again",
    wholeAllowed(0, 100),
    whole(0, 100),
    (policy, times) => Policy.withRetry(policy, { times }),
    (policy) => Option.map(find(policy, "Retry"), ({ times }) => String(times))
  ),
  setting(
    "RETRY_BASE",
    "the first delay before a retry",
    DurationText.allowed,
    DurationText.parse,
    (policy, base) => Policy.withRetry(policy, { backoff: { base } }),
    (policy) => Option.map(find(policy, "Retry"), ({ backoff }) => DurationText.format(backoff.base))
  ),
  setting(
    "RETRY_FACTOR",
    "how much longer each further delay is",
    factorAllowed,
    decimal(1, 100),
    (policy, factor) => Policy.withRetry(policy, { backoff: { factor } }),
    (policy) => Option.map(find(policy, "Retry"), ({ backoff }) => String(backoff.factor))
  ),
  setting(
    "RETRY_CAP",
    "the longest delay before a retry",
    DurationText.allowed,
    DurationText.parse,
    (policy, cap) => Policy.withRetry(policy, { backoff: { cap } }),
    (policy) => Option.map(find(policy, "Retry"), ({ backoff }) => DurationText.format(backoff.cap))
  ),
  setting(
    "RETRY_JITTER",
    "what chance does to the delays",
    Jitter.literals.join(", "),
    Schema.decodeUnknownOption(Jitter),
    (policy, jitter) => Policy.withRetry(policy, { backoff: { jitter } }),
    (policy) => Option.map(find(policy, "Retry"), ({ backoff }) => backoff.jitter)
  ),
  setting(
    "RETRY_BUDGET_FRACTION",
    "how many retries each call earns for all calls together",
    "a number from 0 to 1",
    decimal(0, 1),
    (policy, fraction) => Policy.withRetry(policy, { budget: { fraction } }),
    (policy) => Option.map(Option.fromNullable(budgetOf(policy)), ({ fraction }) => String(fraction))
  ),
  setting(
    "RETRY_BUDGET_RESERVE",
    "how many retries may be made before any is earned, and how many are kept",
    wholeAllowed(0, 1_000_000),
    whole(0, 1_000_000),
    (policy, reserve) => Policy.withRetry(policy, { budget: { reserve } }),
    (policy) => Option.map(Option.fromNullable(budgetOf(policy)), ({ reserve }) => String(reserve))
  ),
  setting(
    "BREAKER_FAILURES",
    "after how many failures in a row the circuit opens",
    wholeAllowed(1, 1_000_000),
    whole(1, 1_000_000),
    (policy, failures) => Policy.withCircuitBreaker(policy, { tripPolicy: CircuitBreaker.consecutive(failures) }),
    (policy) => Option.map(consecutiveOf(policy), ({ failures }) => String(failures))
  ),
  setting(
    "BREAKER_OPEN",
    "how long it stays open the first time",
    DurationText.allowed,
    DurationText.parse,
    (policy, openDuration) => Policy.withCircuitBreaker(policy, { openDuration }),
    (policy) => Option.map(find(policy, "CircuitBreaker"), ({ options }) => DurationText.format(options.openDuration))
  ),
  setting(
    "BREAKER_OPEN_FACTOR",
    "how much longer it stays open each further time in a row",
    factorAllowed,
    decimal(1, 100),
    (policy, openDurationFactor) => Policy.withCircuitBreaker(policy, { openDurationFactor }),
    (policy) => Option.map(find(policy, "CircuitBreaker"), ({ options }) => String(options.openDurationFactor))
  ),
  setting(
    "BREAKER_OPEN_MAX",
    "how long it stays open at most",
    DurationText.allowed,
    DurationText.parse,
    (policy, maxOpenDuration) => Policy.withCircuitBreaker(policy, { maxOpenDuration }),
    (policy) =>
      Option.map(find(policy, "CircuitBreaker"), ({ options }) => DurationText.format(options.maxOpenDuration))
  ),
  setting(
    "BREAKER_PROBES",
    "how many requests must succeed to close it again",
    wholeAllowed(1, 1000),
    whole(1, 1000),
    (policy, probes) => Policy.withCircuitBreaker(policy, { probes }),
    (policy) => Option.map(find(policy, "CircuitBreaker"), ({ options }) => String(options.probes))
  ),
  setting(
    "BULKHEAD_CONCURRENCY",
    "how many requests are under way at the same time",
    wholeAllowed(1, 10_000),
    whole(1, 10_000),
    (policy, concurrency) => Policy.withBulkhead(policy, { concurrency }),
    (policy) => Option.map(find(policy, "Bulkhead"), ({ concurrency }) => String(concurrency))
  ),
  setting(
    "QUOTA_FRACTION",
    "the share that we take of what the exchange allows one address",
    shareAllowed,
    share,
    (policy, fraction) => Policy.withQuota(policy, { fraction }),
    (policy) => Option.some(String(policy.fraction ?? Policy.defaultFraction))
  )
]

const budgetOf = (policy: Policy.Policy) =>
  Option.getOrUndefined(Option.flatMap(find(policy, "Retry"), ({ budget }) => Option.fromNullable(budget)))

/**
 * The key whose value is a whole policy as JSON, in place of the default; the other keys change it.
 *
 * @since 0.1.0
 * @category models
 */
export const wholePolicyKey = "POLICY"

/**
 * Every key of {@link policy}.
 *
 * @since 0.1.0
 * @category models
 */
export const policyKeys: ReadonlyArray<string> = [wholePolicyKey, ...policySettings.map(({ key }) => key)]

const wrong = (allowed: string, text: string) =>
  ConfigError.InvalidData([], `expected ${allowed}, got ${JSON.stringify(text)}`)

/** A policy in which nothing is overlooked: a misspelt `fraction` would leave the default. */
const Strict = Policy.Policy.annotations({ parseOptions: { onExcessProperty: "error" } })

/** A policy, or one record of what `oi policy --format json` prints, alone or in its array. */
const Printed = Schema.Struct({ policy: Strict })
const PolicyText = Schema.parseJson(Schema.Union(Strict, Printed, Schema.Tuple(Printed)))

const wholePolicy = Config.mapOrFail(Config.string(wholePolicyKey), (text) =>
  Either.mapBoth(Schema.decodeUnknownEither(PolicyText)(text), {
    onLeft: (error) => {
      const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
      // Of the shapes it may have, it fits the one furthest that it was meant for.
      const [furthest] = issues.toSorted((left, right) => right.path.length - left.path.length)
      const where = furthest?.path.join(".") ?? ""
      const there = issues.filter(({ path }) => where !== "" && path.join(".") === where)
      const what = there.length === 0 ? furthest?.message : there.map(({ message }) => message).join("; ")
      return ConfigError.InvalidData([], `expected a policy as JSON: ${where === "" ? "" : `${where}: `}${what}`)
    },
    onRight: (given) => ("policy" in given ? given.policy : "strategies" in given ? given : given[0].policy)
  })
)

/**
 * A policy from the keys of {@link policySettings}, each of which changes one number of `defaults`. An exchange
 * package nests it under its prefix: `OPEN_INTEREST_BINANCE_RETRY_TIMES`.
 *
 * @since 0.1.0
 * @category config
 */
export const policy = (defaults: Policy.Policy): Config.Config<Policy.Policy> => {
  const changes = policySettings.map(({ allowed, change, key }) =>
    Config.withDefault(
      Config.mapOrFail(Config.string(key), (text) =>
        Option.isNone(change(defaults, text))
          ? Either.left(wrong(allowed, text))
          : Either.right((policy: Policy.Policy) => Option.getOrElse(change(policy, text), () => policy))
      ),
      (policy: Policy.Policy) => policy
    )
  )
  return Config.map(Config.all([Config.withDefault(wholePolicy, defaults), ...changes]), ([base, ...all]) =>
    (all as ReadonlyArray<(policy: Policy.Policy) => Policy.Policy>).reduce(
      (changed, change) => change(changed),
      base as Policy.Policy
    )
  )
}

const textAt = (
  provider: ConfigProvider.ConfigProvider,
  path: ReadonlyArray<string>
): Effect.Effect<Option.Option<string>> =>
  provider
    .load(path.slice(0, -1).reduceRight((config, name) => Config.nested(config, name), Config.string(path.at(-1))))
    .pipe(Effect.option)

/** All keys with a text below a path, broken at the underscores or in one piece, as the provider sees fit. */
const textsBelow = (
  provider: ConfigProvider.ConfigProvider,
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<readonly [key: string, text: string]>> =>
  Effect.gen(function* () {
    const children = yield* Effect.orElseSucceed(provider.flattened.enumerateChildren(path), () =>
      HashSet.empty<string>()
    )
    const found: Array<readonly [string, string]> = []
    for (const child of HashSet.toValues(children)) {
      const text = yield* textAt(provider, [...path, child])
      if (Option.isSome(text)) found.push([child, text.value])
      // A provider of flat names may call a name the child of itself.
      if (path.length > 12) continue
      for (const [key, value] of yield* textsBelow(provider, [...path, child])) found.push([`${child}_${key}`, value])
    }
    return found
  })

/**
 * The keys of an exchange package, without their prefix.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly prefix: string
  readonly known: ReadonlyArray<string>
}

/**
 * Loads a configuration of keys under the prefix, and fails for a key under the prefix that is not among `known`: it
 * was meant for something.
 *
 * @since 0.1.0
 * @category config
 */
export const load = <A>(config: Config.Config<A>, { known, prefix }: Keys): Effect.Effect<A, ConfigError.ConfigError> =>
  Effect.configProviderWith((provider) =>
    Effect.gen(function* () {
      const texts = [...(yield* textsBelow(provider, [prefix])), ...(yield* textsBelow(provider, prefix.split("_")))]
      const strangers = new Map(texts.filter(([key]) => !known.includes(key)))
      const errors = Array.from(strangers, ([key, text]) => {
        const [near] = known.toSorted((left, right) => leven(left, key) - leven(right, key))
        const hint =
          near !== undefined && leven(near, key) <= 3 ? `did you mean ${near}?` : `known are ${known.join(", ")}`
        return ConfigError.Unsupported([prefix, key], `unknown setting (${JSON.stringify(text)}), ${hint}`)
      })
      const loaded = yield* Effect.either(config)
      if (Either.isLeft(loaded)) errors.unshift(loaded.left)
      if (errors.length > 0) return yield* Effect.fail(errors.reduce((left, right) => ConfigError.And(left, right)))
      return yield* loaded
    })
  )
