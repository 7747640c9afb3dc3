/**
 * The endpoints of Binance COIN-M that this package reads, and what they cost. Sources: docs/exchanges/binance.md.
 */
import * as Quota from "@open-interest/core/Quota"
import * as Data from "effect/Data"
import * as wire from "./wire.ts"

/**
 * 2400 per minute and address, as `exchangeInfo` itself says (recorded 2026-09-25). COIN-M and USDⓈ-M share it since
 * 2026-06-30 (second hand). Counted by the minute of the exchange's clock (measured on fapi).
 */
const weight = new Quota.Pool({
  name: "weight",
  unit: "weight",
  windows: Data.tuple(Quota.window(2400, "1 minute")),
  feed: new Quota.Feed({ header: "x-mbx-used-weight-1m", tells: "used", resets: "aligned" })
})

/** `/futures/data` has a quota of its own since 2023-10-19 (documented), and no header tells of it (measured). */
const futuresData = new Quota.Pool({
  name: "/futures/data",
  unit: "requests",
  windows: Data.tuple(Quota.window(1000, "5 minutes"))
})

/** Everything that is paid from. */
export const pools = [weight, futuresData]

/** Weight 1 (measured on fapi, unverified on dapi). One contract per request: there is no bulk form. */
export const openInterest = (symbol: string) => ({
  path: "/dapi/v1/openInterest",
  query: { symbol },
  costs: [{ pool: weight, weight: 1 }],
  schema: wire.OpenInterest
})

/** Weight 1 (client code). Always the whole list. */
export const exchangeInfo = {
  path: "/dapi/v1/exchangeInfo",
  costs: [{ pool: weight, weight: 1 }],
  schema: wire.ExchangeInfo
}

/** Weight 10 (official SDK). Without parameters every contract at once (inferred: no recording of that form is known). */
export const premiumIndex = {
  path: "/dapi/v1/premiumIndex",
  costs: [{ pool: weight, weight: 10 }],
  schema: wire.PremiumIndex
}

/**
 * One request of a quota of its own, which no header tells of. The page states weight 1 as well: whether that is still
 * counted nobody says, so it is paid too. `startTime` and `endTime` are taken to be included (not documented).
 */
export const openInterestHist = (asked: {
  readonly pair: string
  readonly contractType: string
  readonly period: string
  readonly from: number
  readonly to: number
  readonly limit: number
}) => ({
  path: "/futures/data/openInterestHist",
  query: {
    pair: asked.pair,
    contractType: asked.contractType,
    period: asked.period,
    limit: String(asked.limit),
    startTime: String(asked.from),
    // Safe also where the end is not included.
    endTime: String(asked.to + 1)
  },
  costs: [
    { pool: futuresData, weight: 1 },
    { pool: weight, weight: 1 }
  ],
  schema: wire.OpenInterestHist
})

/** A round of readings: every figure on its own, all prices at once, and the list, where it has to be read again. */
export const costOfReadings = (contracts: number): ReadonlyArray<Quota.Cost> => [
  ...exchangeInfo.costs,
  ...premiumIndex.costs,
  { pool: weight, weight: contracts }
]
