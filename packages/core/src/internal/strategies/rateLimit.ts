import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Exchange from "../../Exchange.ts"
import type { Call, Handlers } from "../../Policy.ts"
import * as Quota from "../../Quota.ts"
import type * as Strategy from "../../Strategy.ts"
import type { Apply } from "../apply.ts"
import * as MemoryPools from "../memoryPools.ts"
import * as CallContext from "../callContext.ts"

export const rateLimit = <E0, E1 extends E0>(
  { limit, window }: Strategy.RateLimit,
  { reject }: Handlers<E0, E1>
): Apply<E0, E1> => {
  // The same bookkeeping as for an exchange, with nobody else to be careful about.
  const pools = MemoryPools.make({ quiet: true })
  const exchange = Exchange.make("own")
  const pool = new Quota.Pool({
    name: "own",
    unit: "calls",
    windows: Data.array([new Quota.Window({ limit, window })]) as Quota.Pool["windows"]
  })
  return <A, E extends E0, R>(effect: Effect.Effect<A, E, R>, call: Call) =>
    Effect.flatMap(CallContext.timeLeft, (waitAtMost) => {
      const weight = call.weight ?? 1
      const costs = [{ pool, weight }]
      const request = { exchange, origin: "", costs, fraction: 1, waitAtMost, cautious: false }
      const rejected = (from: Option.Option<DateTime.Utc>, detail: string) =>
        Effect.fail(reject({ _tag: "RateLimited", from, detail }, call))
      const limits = `${limit} within ${Duration.format(window)}`
      return pools
        .withPermit(request, () => Effect.either(effect))
        .pipe(
          Effect.catchTags({
            // Nobody closes a pool of one's own.
            Closed: Effect.die,
            Full: ({ from }) => rejected(Option.some(from), `no more than ${limits}`),
            TooHeavy: () => rejected(Option.none(), `a weight of ${weight} never fits into ${limits}`)
          }),
          Effect.flatMap(identity)
        )
    })
}
