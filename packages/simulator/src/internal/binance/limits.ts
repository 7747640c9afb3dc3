/**
 * The accounting behind `Limits.binance`.
 */
import type { BinanceLimits, BinanceOptions } from "../../Limits.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

const shortestBan = 2 * minute
const longestBan = 3 * day

// Not published. Above what a client with a few connections has under way when it is refused for the first time.
const refusalsBeforeBan = 10

const secondsUntil = (until: number, now: number): number => Math.ceil((until - now) / second)

export const make = (options: BinanceOptions): BinanceLimits => {
  const { weightPerMinute = 2400 } = options
  let latest = -Infinity
  let minuteEnd = -Infinity
  let used = 0
  let refusals = 0
  let bans = 0
  let bannedUntil = -Infinity
  return {
    weightPerMinute,
    request: (time, weight) => {
      // A clock that is set back must not open a minute for the second time.
      const now = Math.max(time, latest)
      latest = now
      if (now < bannedUntil) {
        return { status: 418, until: bannedUntil, retryAfterSeconds: secondsUntil(bannedUntil, now) }
      }
      if (now >= minuteEnd) {
        minuteEnd = (Math.floor(now / minute) + 1) * minute
        used = 0
        refusals = 0
      }
      used += weight
      if (used <= weightPerMinute) {
        return { status: 200, used }
      }
      if (refusals < refusalsBeforeBan) {
        refusals++
        return { status: 429, used, retryAfterSeconds: secondsUntil(minuteEnd, now) }
      }
      bannedUntil = now + Math.min(shortestBan * 2 ** bans, longestBan)
      bans++
      return { status: 418, until: bannedUntil, retryAfterSeconds: secondsUntil(bannedUntil, now) }
    }
  }
}
