/**
 * The accounting behind `Limits.binance`.
 */
import type { BinanceLimits, BinanceOptions, BinanceVerdict } from "../../Limits.ts"

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

const shortestBan = 2 * minute
const longestBan = 3 * day

// Not published. Above what a client with a few connections has under way when it is refused for the first time.
const refusalsBeforeBan = 10

const secondsUntil = (until: number, now: number): number => Math.ceil((until - now) / second)

interface Account {
  /** The verdict on a request, or `undefined` where it brings a ban. */
  readonly enter: (now: number, cost: number) => BinanceVerdict | undefined
}

/** An account that begins anew at every full `window` of UTC. */
const account = (window: number, limit: number): Account => {
  let end = -Infinity
  let used = 0
  let refusals = 0
  return {
    enter: (now, cost) => {
      if (now >= end) {
        end = (Math.floor(now / window) + 1) * window
        used = 0
        refusals = 0
      }
      used += cost
      if (used <= limit) {
        return { status: 200, used }
      }
      if (refusals < refusalsBeforeBan) {
        refusals++
        return { status: 429, used, retryAfterSeconds: secondsUntil(end, now) }
      }
      return undefined
    }
  }
}

export const make = (options: BinanceOptions): BinanceLimits => {
  const { historyPerFiveMinutes = 1000, weightPerMinute = 2400 } = options
  const weight = account(minute, weightPerMinute)
  const history = account(5 * minute, historyPerFiveMinutes)
  let latest = -Infinity
  let bans = 0
  let bannedUntil = -Infinity

  const decide = (time: number, payer: Account, cost: number): BinanceVerdict => {
    // A clock that is set back must not open a window for the second time.
    const now = Math.max(time, latest)
    latest = now
    if (now >= bannedUntil) {
      const verdict = payer.enter(now, cost)
      if (verdict !== undefined) {
        return verdict
      }
      bannedUntil = now + Math.min(shortestBan * 2 ** bans, longestBan)
      bans++
    }
    return { status: 418, until: bannedUntil, retryAfterSeconds: secondsUntil(bannedUntil, now) }
  }

  return {
    weightPerMinute,
    historyPerFiveMinutes,
    request: (now, cost) => decide(now, weight, cost),
    requestHistory: (now) => decide(now, history, 1)
  }
}
