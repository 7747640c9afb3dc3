import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as CircuitBreaker from "../../CircuitBreaker.ts"
import type { Call, Handlers, Outcome } from "../../Policy.ts"
import type { Apply } from "../apply.ts"
import { threeDays } from "../time.ts"

/** What an attempt says about the exchange; a caller's own mistake and what was not sent say nothing. */
const toBreaker = (outcome: Outcome, wallTime: number): CircuitBreaker.Outcome => {
  if (outcome._tag === "Ignored" || outcome._tag === "Refused" || outcome._tag === "Closed")
    return CircuitBreaker.ignored
  if (outcome._tag === "Fatal" || Option.isNone(outcome.notBefore)) return CircuitBreaker.failure()
  const wait = outcome.notBefore.value.epochMillis - wallTime
  return CircuitBreaker.failure({ retryAfter: Math.min(Math.max(0, wait), threeDays) })
}

export const circuitBreaker = <E0, E1 extends E0>(
  breaker: CircuitBreaker.CircuitBreaker,
  { classify, name = "", reject }: Handlers<E0, E1>
): Apply<E0, E1> => {
  const key = name
  return <A, E extends E0, R>(effect: Effect.Effect<A, E, R>, call: Call) =>
    Effect.clockWith((clock) =>
      // Errors are kept apart from the breaker's own, which might have the same tag.
      Effect.either(effect).pipe(
        breaker.execute({
          key,
          classify: (exit: Exit.Exit<Either.Either<A, E>>) => {
            if (Exit.isFailure(exit)) return CircuitBreaker.failure()
            return Either.match(exit.value, {
              onLeft: (error) => toBreaker(classify(error), clock.unsafeCurrentTimeMillis()),
              onRight: () => CircuitBreaker.success
            })
          }
        }),
        Effect.mapError((rejection) => {
          const until =
            rejection._tag === "CircuitHalfOpen"
              ? Option.none()
              : Option.some(
                  DateTime.unsafeMake(clock.unsafeCurrentTimeMillis() + Duration.toMillis(rejection.retryAfter))
                )
          return reject({ _tag: "CircuitOpen", until }, call)
        }),
        Effect.flatMap(identity)
      )
    )
}
