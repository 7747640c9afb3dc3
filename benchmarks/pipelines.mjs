/**
 * What is measured: every pipeline calls the same no-op, which nothing keeps waiting and which never fails. A call is
 * put together anew each time, as one that has an argument has to be.
 */
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap
} from "cockatiel"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RateLimiter from "effect/RateLimiter"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import pLimit from "p-limit"
import pRetry from "p-retry"
import pThrottle from "p-throttle"
import { openInterest } from "../packages/binance/src/internal/endpoints.ts"
import * as Exchange from "../packages/core/src/Exchange.ts"
import * as CallContext from "../packages/core/src/internal/callContext.ts"
import * as Policy from "../packages/core/src/Policy.ts"
import * as Pools from "../packages/core/src/Pools.ts"
import * as Quota from "../packages/core/src/Quota.ts"

/** They fit into half of Binance's 2400, with one that goes ahead. */
export const callsPerRound = 1000

/** No limiter here may make anybody wait. */
const enormous = 1_000_000_000

const noop = async () => {}
const noopEffect = Effect.promise(noop)

const fromEffect = (make) => () => Effect.runPromise(make())

// Aggressive: as ours, it ends also what doesn't listen to its signal.
const strategy = TimeoutStrategy.Aggressive
const cockatielStack = wrap(
  timeout(20_000, strategy),
  retry(handleAll, { maxAttempts: 4, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 10_000 }) }),
  circuitBreaker(handleAll, { halfOpenAfter: 5000, breaker: new ConsecutiveBreaker(10) }),
  bulkhead(16, Infinity),
  timeout(5000, strategy)
)

const places = pLimit(16)
const throttled = pThrottle({ limit: enormous, interval: 1000 })(noop)
const pStack = () => pRetry(() => places(throttled), { retries: 4 })

const semaphore = await Effect.runPromise(Effect.makeSemaphore(16))
const limiter = await Effect.runPromise(
  RateLimiter.make({ limit: enormous, interval: "1 second", algorithm: "fixed-window" }).pipe(
    // It lasts as long as the process.
    Scope.extend(await Effect.runPromise(Scope.make()))
  )
)
const naiveStack = () =>
  noopEffect.pipe(
    Effect.timeout("5 seconds"),
    limiter,
    semaphore.withPermits(1),
    Effect.retry({ times: 4, schedule: Schedule.jittered(Schedule.exponential("250 millis")) }),
    Effect.timeout("20 seconds")
  )

const exchange = Exchange.make("binance")

/** Nothing waits for it. Of one second, so that what it remembers stays small, as it does in a pool that holds back. */
const unlimited = {
  pool: new Quota.Pool({ name: "unlimited", unit: "weight", windows: Data.tuple(Quota.window(enormous, "1 second")) }),
  weight: 1
}
const symbol = "BTCUSD_PERP"
const [real] = openInterest(symbol).costs

/** As Binance would answer the request after `used` others of this minute. */
const headAfter = (used) => ({
  headers: { "x-mbx-used-weight-1m": String(used + 1) },
  date: Option.some(DateTime.unsafeMake(Math.floor(Date.now() / 1000) * 1000))
})

// Pools are kept apart by origin: at a new one nothing is used up.
let origins = 0

/**
 * What packages/core/src/ExchangeClient.ts puts around sending, without HTTP, spans and its counter of attempts; `cost` is what
 * a request takes from a pool, if anything.
 */
const ours = (policy, cost) => {
  const runner = Policy.runner({ classify: () => ({ _tag: "Fatal" }), reject: (refusal) => refusal })
  const split = Policy.split(policy)
  const usual = {
    fraction: policy.fraction ?? Policy.defaultFraction,
    operation: runner.run(split.operation),
    request: runner.run(split.request),
    attempt: runner.run(split.attempt)
  }
  const parts = Effect.map(Policy.Override, (override) => {
    if (override(policy) !== policy) throw new Error("no policy is overridden here")
    return usual
  })

  const withPermit = ({ costs, fraction, origin }, use) =>
    Effect.gen(function* () {
      const pools = yield* Pools.Pools
      const waitAtMost = yield* CallContext.timeLeft
      const result = yield* pools
        .withPermit({ exchange, origin, costs, fraction, waitAtMost }, (permit) => Effect.either(use(permit)))
        .pipe(Effect.catchTags({ Closed: Effect.fail, Full: Effect.fail, TooHeavy: Effect.fail }))
      return yield* result
    })

  // The client reports the head of an answer, and once more when the body has been read.
  const ask = (permit) =>
    Effect.suspend(() => {
      const head = headAfter(used++)
      return permit.answered(head).pipe(
        Effect.zipRight(noopEffect),
        Effect.tap(() => permit.answered(head))
      )
    })

  const costs = [cost]
  let origin = ""
  let used = 0
  const send = (call) =>
    Effect.flatMap(parts, ({ attempt, fraction, request }) =>
      request(
        cost === undefined
          ? attempt(noopEffect, call)
          : withPermit({ costs, fraction, origin }, (permit) => attempt(ask(permit), call)),
        call
      )
    )
  const call = fromEffect(() => Effect.flatMap(parts, ({ operation }) => operation(send({ symbol }), { symbol })))

  return {
    call,
    // One call goes ahead: until a pool's first answer, one goes at a time.
    prepare: () => {
      origin = `https://${origins++}.example`
      used = 0
      return call()
    }
  }
}

/** By name. The ratios are to `cockatiel` and `naive`. */
export const compared = {
  raw: { label: "raw `await`", call: noop },
  p: { label: "p-retry > p-limit > p-throttle (no timeout, no breaker)", call: pStack },
  cockatiel: {
    label: "cockatiel: timeout > retry > breaker > bulkhead > timeout (no quota)",
    call: () => cockatielStack.execute(noop)
  },
  effect: { label: "Effect, nothing around: `runPromise`", call: fromEffect(() => noopEffect) },
  naive: {
    label: "Effect put together: timeout > retry > semaphore > RateLimiter > timeout (no breaker)",
    call: fromEffect(naiveStack)
  },
  ours: { label: "ours: `Policy.standard` with gate and quota", ...ours(Policy.standard, unlimited) },
  oursReal: { label: "ours: the same with Binance's pool of 2400, and its header", ...ours(Policy.standard, real) }
}

const tags = ["Timeout", "Retry", "CircuitBreaker", "Bulkhead"]
const allBut = (...left) => left.reduce((policy, tag) => Policy.without(policy, tag), Policy.standard)
const compareWithout = (label, tag) => ({
  label,
  alone: ours(allBut(...tags.filter((other) => other !== tag))),
  without: ours(allBut(tag), unlimited)
})

/** The pieces of ours, each alone, and all the others without it. */
export const pieces = [
  { label: "nothing", alone: ours(Policy.empty), without: ours(Policy.standard, unlimited) },
  compareWithout("both timeouts", "Timeout"),
  compareWithout("retry", "Retry"),
  compareWithout("circuit breaker", "CircuitBreaker"),
  compareWithout("bulkhead", "Bulkhead"),
  { label: "gate and quota", alone: ours(Policy.empty, unlimited), without: ours(Policy.standard) }
]
