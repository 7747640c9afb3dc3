import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as CircuitBreaker from "../CircuitBreaker.ts"
import type { Call, Handlers, Policy, Run, Runner } from "../Policy.ts"
import type * as Strategy from "../Strategy.ts"
import * as Telemetry from "../Telemetry.ts"
import type { Apply } from "./apply.ts"
import { bulkhead } from "./strategies/bulkhead.ts"
import { circuitBreaker } from "./strategies/circuitBreaker.ts"
import { hedge } from "./strategies/hedge.ts"
import { rateLimit } from "./strategies/rateLimit.ts"
import { retry } from "./strategies/retry.ts"
import { timeout } from "./strategies/timeout.ts"

/** An equal piece is the same piece, but for its place among its like: `compose(a, a)` has two circuits. */
interface Key {
  readonly strategy: Strategy.Strategy
  readonly index: number
}

export const runner = <E0, E1 extends E0>(handlers: Handlers<E0, E1>): Runner<E0, E1> => {
  const made = MutableHashMap.empty<Key, Apply<E0, E1>>()
  const compiled = new WeakMap<Policy, Run<E0, E1>>()
  const listeners = new Set<(transition: CircuitBreaker.Transition) => void>()

  const make = (strategy: Strategy.Strategy): Apply<E0, E1> => {
    switch (strategy._tag) {
      case "Timeout":
        return timeout(strategy, handlers)
      case "Retry":
        return retry(strategy, handlers)
      case "CircuitBreaker":
        return circuitBreaker(
          CircuitBreaker.unsafeMake(strategy.options, (transition) => {
            Telemetry.transition(handlers.name ?? "", transition.to)
            for (const listen of listeners) listen(transition)
          }),
          handlers
        )
      case "Bulkhead":
        return bulkhead(strategy)
      case "Hedge":
        return hedge(strategy)
      case "RateLimit":
        return rateLimit(strategy, handlers)
    }
  }

  const stateful = (strategy: Strategy.Strategy, index: number): Apply<E0, E1> => {
    if (strategy._tag === "Timeout" || strategy._tag === "Hedge") return make(strategy)
    const key = Data.struct({ strategy, index })
    return Option.getOrElse(MutableHashMap.get(made, key), () => {
      const apply = make(strategy)
      MutableHashMap.set(made, key, apply)
      return apply
    })
  }

  const compile = ({ strategies }: Policy): Run<E0, E1> => {
    const pieces = strategies.map((strategy, at) => {
      const index = strategies.slice(0, at).filter((before) => Equal.equals(before, strategy)).length
      return stateful(strategy, index)
    })
    return <A, E extends E0, R>(effect: Effect.Effect<A, E, R>, call: Call = {}) =>
      pieces.reduceRight<Effect.Effect<A, E | E1, R>>((inner, apply) => apply(inner, call), effect)
  }

  return {
    run: (policy) => {
      const found = compiled.get(policy)
      if (found !== undefined) return found
      const run = compile(policy)
      compiled.set(policy, run)
      return run
    },
    transitions: Stream.asyncPush((emit) => {
      const listen = (transition: CircuitBreaker.Transition) => void emit.single(transition)
      return Effect.acquireRelease(
        Effect.sync(() => listeners.add(listen)),
        () => Effect.sync(() => listeners.delete(listen))
      )
    })
  }
}
