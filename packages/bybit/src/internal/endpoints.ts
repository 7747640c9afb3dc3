/**
 * The endpoints of Bybit that this package reads, and what they cost. Sources: docs/exchanges/bybit.md.
 */
import * as Quota from "@open-interest/core/Quota"
import * as Data from "effect/Data"
import * as wire from "./wire.ts"

/** 600 requests in any 5 seconds for each address (documented). No header of an answer without a key tells of them. */
const pool = new Quota.Pool({
  name: "all requests",
  unit: "requests",
  windows: Data.tuple(Quota.window(600, "5 seconds"))
})

const costs = [{ pool, weight: 1 }]

/** Everything that is paid from. */
export const pools = [pool]

/** One page of the list of a category, as long as they come: about 1.2 KB for each contract. */
export const instruments = (category: wire.Category, cursor: string) => ({
  path: "/v5/market/instruments-info",
  query: { category, limit: "1000", ...(cursor === "" ? {} : { cursor }) },
  costs,
  schema: wire.instruments(category)
})

/** Figure and price of one contract, or of every contract of the category where none is named. */
export const tickers = (category: wire.Category, symbol?: string) => ({
  path: "/v5/market/tickers",
  query: { category, ...(symbol === undefined ? {} : { symbol }) },
  costs,
  schema: wire.tickers(category)
})

/** More than 500 contracts are linear (documented), and 1000 fit a page; an empty one may end the list. */
export const pagesOfList = 2

/** A round of readings of one category: figures and prices of all contracts, and the list, where it has to be read again. */
export const costOfReadings: ReadonlyArray<Quota.Cost> = [{ pool, weight: pagesOfList + 1 }]
