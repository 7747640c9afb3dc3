/**
 * Bybit's account of one address: 600 requests in any 5 seconds, and who sends more is banned.
 */
import * as SlidingWindow from "../slidingWindow.ts"

const perFiveSeconds = 600

/** "At least 10 minutes", says the documentation. */
const banned = 10 * 60_000

export interface Limits {
  /** Whether a request that arrives at `now`, in milliseconds, is served; it is entered in the account. */
  readonly serves: (now: number) => boolean
}

export const make = (): Limits => {
  const window = SlidingWindow.make(5_000)
  let latest = -Infinity
  let until = -Infinity
  return {
    serves: (time) => {
      // A clock that is set back must not make what was served before look as if it were still to come.
      const now = Math.max(time, latest)
      latest = now
      if (now < until) {
        return false
      }
      if (window.count(now) >= perFiveSeconds) {
        until = now + banned
        return false
      }
      window.add(now)
      return true
    }
  }
}
