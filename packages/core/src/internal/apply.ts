import type * as Effect from "effect/Effect"
import type { Call } from "../Policy.ts"

/** A strategy at work: what it makes of a call. */
export type Apply<E0, E1> = <A, E extends E0, R>(
  effect: Effect.Effect<A, E, R>,
  call: Call
) => Effect.Effect<A, E | E1, R>
