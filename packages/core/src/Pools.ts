/**
 * What has been sent to each exchange, and what it has said about that: the store behind rate limits and bans.
 *
 * One process, one store: however many clients there are of an exchange, they share one quota, and what one of them
 * learns of a ban holds for all. Two virtual clocks have two.
 *
 * A permit is held from sending until one window after the answer, or the abort, so that wherever the exchange places
 * its window, it never holds more than the limit, whatever the latency. Permits are given first come, first served,
 * whatever the weight. Until the first answer of a pool has come, and after each time that it was closed, one request
 * goes at a time.
 *
 * @since 0.1.0
 */
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type { Exchange } from "./Exchange.ts"
import * as Closures from "./internal/closures.ts"
import * as internal from "./internal/memoryPools.ts"
import type * as Quota from "./Quota.ts"

/**
 * A request that asks for its turn.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly exchange: Exchange
  /** Scheme, host and port: what happens at one origin says nothing about another. */
  readonly origin: string
  readonly costs: ReadonlyArray<Quota.Cost>
  /** The share of every window that we take, above 0 and at most 1. */
  readonly fraction: number
  /**
   * Milliseconds; `Infinity` waits as long as it takes. What can't go within them fails at once. Who waits in hope is not
   * ended when they are over: that is up to the timeout that they come from.
   */
  readonly waitAtMost: number
  /** Whether one request goes at a time until the first answer has come. Default: true. */
  readonly cautious?: boolean | undefined
}

/**
 * How an exchange refuses: for this pool for now (429), or everything from this address (418, 403 of a firewall).
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal = "RateLimited" | "Banned" | "Forbidden"

/**
 * A pool is closed beyond the time that there is: nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class Closed extends Data.TaggedError("Closed")<{
  readonly refusal: Refusal
  readonly until: DateTime.Utc
}> {}

/**
 * The quota lets the request go only beyond the time that there is: nothing was sent. Not before `from`.
 *
 * @since 0.1.0
 * @category errors
 */
export class Full extends Data.TaggedError("Full")<{ readonly from: DateTime.Utc }> {}

/**
 * The request weighs more than the whole share: it could never be sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooHeavy extends Data.TaggedError("TooHeavy")<{
  readonly pool: string
  readonly weight: number
  readonly share: number
}> {}

/**
 * When the exchange wants no request before: the time that it named, and how many milliseconds that is from now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hint {
  readonly until: DateTime.Utc
  readonly millis: number
}

/**
 * The leave to send one request, and the way to report what came of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Permit {
  /** Milliseconds that the request has waited for its turn. */
  readonly waited: number
  /**
   * The head of the answer has arrived. `headers` (names in lower case) and `date`, the exchange's time, feed the
   * pools; with a `refusal` nothing more goes until {@link Permit.refused} has said for how long.
   */
  readonly answered: (answer: {
    readonly headers: Readonly<Record<string, string | undefined>>
    readonly date: Option.Option<DateTime.Utc>
    readonly refusal?: Refusal | undefined
    /** The exchange failed (5xx): no reason to let more than one go at a time. Default: false. */
    readonly isFailure?: boolean | undefined
    /** What the head says of when the refusal ends: holds if nobody gets to call {@link Permit.refused}. */
    readonly hint?: Option.Option<Hint> | undefined
  }) => Effect.Effect<void>
  /**
   * The exchange refuses, until the given time, or for the given milliseconds if that is longer. Without both: a rate limit
   * for the shortest window of the request, a ban or a firewall for two minutes, doubled each time that it comes again.
   * Returns until when.
   */
  readonly refused: (refusal: Refusal, hint: Option.Option<Hint>) => Effect.Effect<DateTime.Utc>
}

/**
 * One window of a pool as it stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface WindowState {
  readonly limit: number
  readonly window: Duration.Duration
  /** What we hold: sent and unanswered, or answered less than one window ago. */
  readonly used: number
  /** What others at this address have used at least, as far as headers tell. */
  readonly others: number
}

/**
 * A pool as it stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface PoolState {
  readonly exchange: Exchange
  readonly origin: string
  readonly name: string
  readonly windows: ReadonlyArray<WindowState>
  readonly closed: Option.Option<{ readonly refusal: Refusal; readonly until: DateTime.Utc }>
}

/**
 * The store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Runs `use` with a permit, when it is this request's turn. What is not sent costs nothing; what is sent does. */
  readonly withPermit: <A, E, R>(
    request: Request,
    use: (permit: Permit) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | Closed | Full | TooHeavy, R>
  readonly state: Effect.Effect<ReadonlyArray<PoolState>>
}

/**
 * A store in memory with nothing in it yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory = (): Service => internal.make()

/**
 * The store in use: by default one for the whole process.
 *
 * @since 0.1.0
 * @category references
 */
export class Pools extends Context.Reference<Pools>()("@open-interest/core/Pools", {
  defaultValue: (): Service => globalValue("@open-interest/core/Pools", makeMemory)
}) {}

/**
 * A store of its own, for tests on a real clock.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<never> = Layer.effect(Pools, Effect.sync(makeMemory))

/**
 * A store in memory whose closures outlive the process: a ban that one has met, the next does not walk into. Build it
 * once, for all clients of the process, since each build has counts of its own.
 *
 * What closes is kept until it ends, one entry per exchange, origin and pool; what ends within a second is not. It is
 * read when a request first asks for the pool. A closure never lasts longer than was stated when it was kept, however
 * the clock has been set since. What can't be read or written, or takes longer than a second, is logged as a warning:
 * no request fails over it.
 *
 * @example
 * import * as KeyValueStore from "@effect/platform/KeyValueStore"
 * import { NodeContext } from "@effect/platform-node"
 * import { Pools } from "@open-interest/core"
 * import * as Layer from "effect/Layer"
 *
 * export const pools = Pools.layerKeyValueStore.pipe(
 *   Layer.provide(KeyValueStore.layerFileSystem("/var/lib/my-application/closures")),
 *   Layer.provide(NodeContext.layer)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layerKeyValueStore: Layer.Layer<never, never, KeyValueStore.KeyValueStore> = Layer.effect(
  Pools,
  Effect.map(KeyValueStore.KeyValueStore, (store) => internal.make({ closures: Closures.make(store) }))
)
