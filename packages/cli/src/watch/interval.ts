import * as Quota from "@open-interest/core/Quota"
import * as Duration from "effect/Duration"

/** No round begins sooner after the one before, whatever the quota. */
const least = 1

/**
 * The shortest time between rounds of this cost, in whole seconds, at which they do not take more than our share of any
 * window. A share of less than one request never lets anything through, and is for the requests to report.
 */
export const shortest = (costs: ReadonlyArray<Quota.Cost>, fraction: number): Duration.Duration => {
  const pools = new Map<string, Quota.Cost>()
  for (const { pool, weight } of costs) {
    pools.set(pool.name, { pool, weight: (pools.get(pool.name)?.weight ?? 0) + weight })
  }
  const seconds = [...pools.values()].flatMap(({ pool, weight }) =>
    pool.windows.flatMap(({ limit, window }) => {
      const share = Quota.share(limit, fraction)
      return share === 0 ? [] : [Math.ceil((Duration.toSeconds(window) * weight) / share)]
    })
  )
  return Duration.seconds(Math.max(least, ...seconds))
}
