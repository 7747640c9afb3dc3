import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Backoff from "../../Backoff.ts"
import type { Handlers } from "../../Policy.ts"
import type * as Strategy from "../../Strategy.ts"
import * as Telemetry from "../../Telemetry.ts"
import type { Apply } from "../apply.ts"
import * as CallContext from "../callContext.ts"
import * as Time from "../time.ts"

/** Retries that may still be made, in all. */
const makeBudget = (budget: Strategy.RetryBudget | undefined) => {
  let left = budget?.reserve ?? Infinity
  return {
    deposit: (): void => {
      if (budget !== undefined) left = Math.min(left + budget.fraction, Math.max(budget.reserve, 1))
    },
    withdraw: (): boolean => {
      // Ten deposits of a tenth are one, whatever floats make of them.
      if (left < 1 - 1e-9) return false
      left -= 1
      return true
    }
  }
}

export const retry = <E0, E1 extends E0>(
  { backoff, budget: declared, times }: Strategy.Retry,
  { classify, name = "" }: Handlers<E0, E1>
): Apply<E0, E1> => {
  const budget = makeBudget(declared)
  return <A, E extends E0, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      budget.deposit()
      let failure: E | undefined
      const attempt = (number: number, previous: Duration.Duration): Effect.Effect<A, E, R> =>
        Effect.flatMap(FiberRef.get(CallContext.current), (place) =>
          effect.pipe(
            Effect.locally(CallContext.current, { ...place, attempt: number }),
            Effect.catchAll((error) => {
              const outcome = classify(error)
              if (outcome._tag === "Ignored" || outcome._tag === "Fatal") return Effect.fail(error)
              const wasSent = outcome._tag === "Transient"
              if (wasSent) failure = error
              // What the exchange said last tells more than that our circuit is open.
              const giveUp = Effect.fail(outcome._tag === "Refused" ? (failure ?? error) : error)
              if (number > times) return giveUp
              return Effect.gen(function* () {
                const random = backoff.jitter === "none" ? 0 : yield* Random.next
                const delay = Backoff.delay(backoff, { retry: number, previous, random })
                const floor = Option.match(outcome.notBefore, {
                  onNone: () => 0,
                  onSome: ({ epochMillis }) => epochMillis
                })
                const wait = Math.max(Duration.toMillis(delay), floor - (yield* DateTime.now).epochMillis)
                if (wait > Time.threeDays || wait >= (yield* CallContext.timeLeft)) return yield* giveUp
                // Asked last, for what the budget gives is gone; and only where this sends again what was sent.
                if (wasSent && !budget.withdraw()) return yield* giveUp
                if (wasSent) Telemetry.retried(name)
                yield* Effect.sleep(Duration.millis(Time.wholeMillis(wait)))
                return yield* attempt(number + 1, delay)
              })
            })
          )
        )
      return attempt(1, Duration.zero)
    })
}
