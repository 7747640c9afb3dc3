/**
 * One slow lookup shared by many callers, for what an exchange package needs again and again: the list of contracts,
 * the mark prices of a product.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"

/**
 * What callers share.
 *
 * @since 0.1.0
 * @category models
 */
export interface SharedLookup<A, E> {
  /**
   * A value whose lookup began at most `maxAge` ago, or that of the lookup under way. Callers who find neither share
   * one new lookup; it goes on when one of them is interrupted, and a failure reaches all who wait for it and is then
   * forgotten.
   */
  readonly get: (maxAge: Duration.DurationInput) => Effect.Effect<A, E>
  /** What {@link get} would give at once, without a lookup; `now` is the clock's nanoseconds. */
  readonly peek: (maxAge: Duration.DurationInput, now: bigint) => Option.Option<A>
}

/**
 * The lookup runs in the scope, context and fiber settings of the caller of `make` (a Layer), not in those of whoever
 * asks first: it inherits no deadline and no span of theirs. When the scope closes, a lookup under way is interrupted
 * with those who wait for it, also where `make` ran in an uninterruptible region; a later `get` is interrupted as well.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, E, R>(
  lookup: Effect.Effect<A, E, R>
): Effect.Effect<SharedLookup<A, E>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime<R>()
    const scope = yield* Scope.make()
    // The span around `make` has ended by the time of a lookup; no service that a lookup requires is left out.
    const withoutSpan = (context: Context.Context<R>) => Context.omit(Tracer.ParentSpan)(context) as Context.Context<R>
    const run = Runtime.runFork(Runtime.updateContext(runtime, withoutSpan))
    let latest: { readonly value: A; readonly at: bigint } | undefined
    let pending: Deferred.Deferred<A, E> | undefined
    let closed = false
    yield* Effect.addFinalizer((exit) => {
      closed = true
      return Scope.close(scope, exit)
    })

    const start = (at: bigint) =>
      Effect.suspend(() => {
        if (closed) return Effect.interrupt
        const deferred = Deferred.unsafeMake<A, E>(FiberId.none)
        pending = deferred
        run(Effect.interruptible(lookup), { scope }).addObserver((exit) => {
          pending = undefined
          if (Exit.isSuccess(exit)) latest = { value: exit.value, at }
          Deferred.unsafeDone(deferred, exit)
        })
        return Deferred.await(deferred)
      })

    const fresh = (now: bigint, maxAge: Duration.DurationInput) =>
      latest !== undefined && now - latest.at <= Duration.unsafeToNanos(maxAge) ? latest : undefined

    return {
      peek: (maxAge, now) => Option.fromNullable(fresh(now, maxAge)?.value),
      get: (maxAge) =>
        Effect.flatMap(Clock.currentTimeNanos, (now) => {
          const found = fresh(now, maxAge)
          if (found !== undefined) return Effect.succeed(found.value)
          return pending === undefined ? start(now) : Deferred.await(pending)
        })
    }
  })
