/**
 * The endpoints of Bitget's v2 mix API that this package reads. Each takes 20 requests per second and address, all
 * together 6000 per minute. Sources: docs/exchanges/bitget.md.
 */
import type { ProductType } from "../ProductType.ts"
import * as wire from "./wire.ts"

/** One contract per request: there is no bulk form. */
export const openInterest = (symbol: string, productType: string) => ({
  path: "/api/v2/mix/market/open-interest",
  query: { symbol, productType },
  schema: wire.OpenInterest
})

/** The whole list of a product type; about 0.6 MB for USDT-FUTURES. */
export const contracts = (productType: ProductType) => ({
  path: "/api/v2/mix/market/contracts",
  query: { productType },
  schema: wire.Contracts
})

/** Every contract of a product type at once; about 0.4 MB for USDT-FUTURES. */
export const tickers = (productType: string) => ({
  path: "/api/v2/mix/market/tickers",
  query: { productType },
  schema: wire.Tickers
})
