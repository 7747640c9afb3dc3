import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Exchange } from "../Exchange.ts"
import { Banned, RateLimited } from "../SourceError.ts"

type Tag = "RateLimited" | "Banned"

/** How long a ban is taken to hold that states no time. */
const unstatedBan = Duration.minutes(2)

/** What a client remembers of refusals that say how long they hold: whoever goes on asking makes them longer. */
export interface Stop {
  /** Remembers a refusal; of several the one that ends last. A rate limit without a time holds for none. */
  readonly hold: (tag: Tag, until: Option.Option<DateTime.Utc>) => Effect.Effect<void>
  /** Fails as the exchange would, without asking it, while a refusal holds. */
  readonly pass: (symbol: string | undefined) => Effect.Effect<void, RateLimited | Banned>
}

export const make = (exchange: Exchange): Stop => {
  let held: { readonly tag: Tag; readonly until: DateTime.Utc; readonly end: bigint } | undefined
  return {
    hold: (tag, stated) =>
      Effect.gen(function* () {
        const now = yield* DateTime.now
        const until = Option.getOrElse(stated, () => (tag === "Banned" ? DateTime.addDuration(now, unstatedBan) : now))
        // Held by the monotonic clock: the other may be set back meanwhile.
        const end = (yield* Clock.currentTimeNanos) + BigInt(DateTime.distance(now, until)) * 1_000_000n
        if (held === undefined || end > held.end) held = { tag, until, end }
      }),
    pass: (symbol) =>
      Effect.flatMap(Clock.currentTimeNanos, (now) => {
        if (held === undefined || now >= held.end) return Effect.void
        const fields = { exchange, symbol, until: Option.some(held.until) }
        return Effect.fail(held.tag === "Banned" ? new Banned(fields) : new RateLimited(fields))
      })
  }
}
