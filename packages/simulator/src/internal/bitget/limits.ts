/**
 * The accounting behind `Limits.bitget`.
 */
import type { BitgetLimits, BitgetOptions } from "../../Limits.ts"
import * as SlidingWindow from "../slidingWindow.ts"

const second = 1_000
const minute = 60 * second

export const make = (options: BitgetOptions): BitgetLimits => {
  const { perMinute = 6000, perSecond = 20 } = options
  const overall = SlidingWindow.make(minute)
  const endpoints = new Map<string, SlidingWindow.SlidingWindow>()
  let latest = -Infinity

  const windowOf = (endpoint: string): SlidingWindow.SlidingWindow => {
    const known = endpoints.get(endpoint)
    if (known !== undefined) {
      return known
    }
    const fresh = SlidingWindow.make(second)
    endpoints.set(endpoint, fresh)
    return fresh
  }

  return {
    request: (time, endpoint) => {
      // A clock that is set back must not make what was served before look as if it were still to come.
      const now = Math.max(time, latest)
      latest = now
      const own = windowOf(endpoint)
      const remaining = perSecond - own.count(now)
      if (remaining < 1 || overall.count(now) >= perMinute) {
        return { status: 429 }
      }
      own.add(now)
      overall.add(now)
      return { status: 200, remaining: remaining - 1 }
    }
  }
}
