import type * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Exchange } from "../Exchange.ts"
import type { Refusal } from "../Pools.ts"
import * as Time from "./time.ts"

/** What is closed: a pool of an exchange at an origin. The pool without a name is everything there. */
export interface Place {
  readonly exchange: Exchange
  readonly origin: string
  readonly pool: string
}

/** A refusal, and until when it holds, on the wall clock: no other outlives a process. */
export interface Closure {
  readonly refusal: Refusal
  readonly until: number
}

/** Closures that outlive the process. What goes wrong with them is logged as a warning, and stops nobody. */
export interface Closures {
  /** The closure that was kept, where it still holds. */
  readonly recall: (place: Place) => Effect.Effect<Option.Option<Closure>>
  /** Keeps a closure, unless one is kept that ends later. */
  readonly keep: (place: Place, closure: Closure) => Effect.Effect<void>
}

const Kept = Schema.Struct({
  refusal: Schema.Literal("RateLimited", "Banned", "Forbidden"),
  until: Schema.DateTimeUtc,
  writtenAt: Schema.DateTimeUtc
}).pipe(
  Schema.filter(
    ({ until, writtenAt }) =>
      until.epochMillis - writtenAt.epochMillis <= Time.threeDays || "a closure lasts three days at most"
  )
)

/** Milliseconds. What ends within them has ended by the time that another process asks. */
const shortest = 1000

/** A store that takes longer is done without. */
const patience = "1 second"

/** When a closure ends by a clock that may have been set back since: it lasts no longer than when it was written. */
const endOf = ({ until, writtenAt }: typeof Kept.Type, now: number): number =>
  Math.min(until.epochMillis, now + until.epochMillis - writtenAt.epochMillis)

const keyOf = ({ exchange, origin, pool }: Place): string => [exchange, origin, pool].join(" ").trimEnd()

/** Also in an uninterruptible region, which would wait for a store that hangs. */
const withPatience = <A, E>(effect: Effect.Effect<A, E>) =>
  effect.pipe(Effect.disconnect, Effect.interruptible, Effect.timeout(patience))

/** One entry per place, so that processes do not write over what others know of another pool. */
export const make = (keyValueStore: KeyValueStore.KeyValueStore): Closures => {
  const store = keyValueStore.forSchema(Kept)
  const read = (place: Place) => withPatience(store.get(keyOf(place)))

  const write = (place: Place, { refusal, until }: Closure, now: number): Effect.Effect<void> =>
    store.set(keyOf(place), { refusal, until: DateTime.unsafeMake(until), writtenAt: DateTime.unsafeMake(now) }).pipe(
      withPatience,
      Effect.catchAll((error) =>
        Effect.logWarning(`what ${place.exchange} refuses at ${place.origin} cannot be kept`, error)
      )
    )

  return {
    recall: (place) =>
      Effect.gen(function* () {
        const kept = yield* read(place)
        const now = yield* Clock.currentTimeMillis
        if (Option.isNone(kept)) return Option.none()
        const { refusal, writtenAt } = kept.value
        const closure = { refusal, until: endOf(kept.value, now) }
        if (closure.until <= now) return Option.none()
        // As it was written, it would begin anew with every process until the clock is there again.
        if (writtenAt.epochMillis > now) yield* write(place, closure, now)
        return Option.some(closure)
      }).pipe(
        Effect.catchAll((error) =>
          Effect.as(
            Effect.logWarning(`what ${place.exchange} has refused at ${place.origin} cannot be read`, error),
            Option.none()
          )
        )
      ),
    keep: (place, closure) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (closure.until - now <= shortest) return
        const kept = yield* Effect.orElseSucceed(read(place), Option.none)
        if (Option.exists(kept, (each) => endOf(each, now) >= closure.until)) return
        yield* write(place, closure, now)
      })
  }
}
