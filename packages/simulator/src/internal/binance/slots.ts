/**
 * Which contract holds a slot at a time. The history is addressed by pair and contract type, and CURRENT_QUARTER is another
 * contract after every delivery.
 */
import { trading } from "./contracts.ts"

export const slots = ["PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER"] as const

export type Slot = (typeof slots)[number]

export interface Holder {
  readonly symbol: string
  /** USD per contract. */
  readonly contractSize: number
  /** The number of contracts around which open interest moves. */
  readonly openInterest: number
  /** Milliseconds; `undefined` for a perpetual. */
  readonly deliveryTime: number | undefined
}

const day = 86_400_000

/** The last Friday of a quarter, 08:00 UTC. Quarters count from 0; 4 is the first of the next year. */
const delivery = (year: number, quarter: number): number => {
  const lastDay = new Date(Date.UTC(year, 3 * quarter + 3, 0, 8))
  return lastDay.getTime() - ((lastDay.getUTCDay() + 2) % 7) * day
}

/** When the current and the next quarterly are delivered, seen from `time`. At its own delivery a contract is gone. */
const deliveriesAfter = (time: number): readonly [current: number, next: number] => {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  const quarter = Math.floor(date.getUTCMonth() / 3)
  const current = delivery(year, quarter) > time ? quarter : quarter + 1
  return [delivery(year, current), delivery(year, current + 1)]
}

const bySymbol = new Map(trading.map((contract) => [contract.symbol, contract]))

// No level is recorded of contracts that are not listed any more, or not yet. These are further apart than figures move.
const levelByMonth: Readonly<Record<string, number>> = { "03": 0.62, "06": 0.8, "09": 1.3, "12": 1.03 }

const quarterly = (base: string, deliveryTime: number): Holder | undefined => {
  const date = new Date(deliveryTime).toISOString().slice(2, 10).replaceAll("-", "")
  const symbol = `${base}USD_${date}`
  const listed = bySymbol.get(symbol)
  const like = listed ?? bySymbol.get(`${base}USD_261225`)
  return (
    like && {
      symbol,
      contractSize: like.contractSize,
      openInterest: listed?.openInterest ?? like.openInterest * (levelByMonth[date.slice(2, 4)] ?? 1),
      deliveryTime
    }
  )
}

/** The contract that held a slot at `time`; `undefined` for a coin that has no quarterlies. */
export const holder = (base: string, slot: Slot, time: number): Holder | undefined => {
  if (slot === "PERPETUAL") {
    const perpetual = bySymbol.get(`${base}USD_PERP`)
    return perpetual && { ...perpetual, deliveryTime: undefined }
  }
  const [current, next] = deliveriesAfter(time)
  return quarterly(base, slot === "CURRENT_QUARTER" ? current : next)
}
