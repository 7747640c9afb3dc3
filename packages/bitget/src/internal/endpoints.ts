/**
 * The endpoints of Bitget that this package reads, and what they cost. Sources: docs/exchanges/bitget.md.
 */
import * as Quota from "@open-interest/core/Quota"
import * as Data from "effect/Data"
import * as Record from "effect/Record"
import type * as ProductType from "../ProductType.ts"
import * as wire from "./wire.ts"

/** 6000 requests per minute and address over all endpoints (documented). */
const overall = new Quota.Pool({
  name: "all endpoints",
  unit: "requests",
  windows: Data.tuple(Quota.window(6000, "1 minute"))
})

/** 20 requests per second and address for each endpoint (documented), whose header says what remains (recorded). */
const endpoint = (name: string) =>
  new Quota.Pool({
    name,
    unit: "requests",
    windows: Data.tuple(Quota.window(20, "1 second")),
    feed: new Quota.Feed({ header: "x-mbx-used-remain-limit", tells: "remains", resets: "rolling" })
  })

const paths = {
  openInterest: "/api/v2/mix/market/open-interest",
  contracts: "/api/v2/mix/market/contracts",
  tickers: "/api/v2/mix/market/tickers",
  v3OpenInterest: "/api/v3/market/open-interest",
  v3Instruments: "/api/v3/market/instruments",
  v3Tickers: "/api/v3/market/tickers"
}

const costs = Record.map(paths, (path) => [
  { pool: endpoint(path), weight: 1 },
  { pool: overall, weight: 1 }
])

/** Everything that is paid from. */
export const pools = [...Object.values(costs).map(([own]) => own), { pool: overall }].flatMap((cost) =>
  cost === undefined ? [] : [cost.pool]
)

/** One contract per request: there is no bulk form. */
export const openInterest = (symbol: string, productType: ProductType.Classic) => ({
  path: paths.openInterest,
  query: { symbol, productType },
  costs: costs.openInterest,
  schema: wire.OpenInterest
})

/** The whole list of a product type; about 0.6 MB for USDT-FUTURES. */
export const contracts = (productType: ProductType.Classic) => ({
  path: paths.contracts,
  query: { productType },
  costs: costs.contracts,
  schema: wire.Contracts
})

/** Figures and prices of every contract of a product type at once; about 0.4 MB for USDT-FUTURES. */
export const tickers = (productType: ProductType.Classic) => ({
  path: paths.tickers,
  query: { productType },
  costs: costs.tickers,
  schema: wire.Tickers
})

/** What API v3 calls the contracts that we call `UTA-COIN-FUTURES`. */
const category = "COIN-FUTURES"

/** The figure of one contract, or of all where none is named (documented). */
export const v3OpenInterest = (symbol?: string) => ({
  path: paths.v3OpenInterest,
  query: symbol === undefined ? { category } : { category, symbol },
  costs: costs.v3OpenInterest,
  schema: wire.V3OpenInterest
})

/** The whole list. */
export const v3Instruments = {
  path: paths.v3Instruments,
  query: { category },
  costs: costs.v3Instruments,
  schema: wire.V3Instruments
}

/** The prices of all contracts. */
export const v3Tickers = {
  path: paths.v3Tickers,
  query: { category },
  costs: costs.v3Tickers,
  schema: wire.V3Tickers
}

/** A round of readings: figures and prices of all contracts, and the list, where it has to be read again. */
export const costOfReadings = (productType: ProductType.ProductType): ReadonlyArray<Quota.Cost> =>
  productType === "UTA-COIN-FUTURES"
    ? [...costs.v3Instruments, ...costs.v3OpenInterest, ...costs.v3Tickers]
    : [...costs.contracts, ...costs.tickers]
