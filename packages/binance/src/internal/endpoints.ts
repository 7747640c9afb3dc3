/**
 * The endpoints of Binance COIN-M that this package reads. Each costs weight out of 2400 per minute and address,
 * which Binance shares between COIN-M and USDⓈ-M since 2026-06-30. Sources: docs/exchanges/binance.md.
 */
import * as wire from "./wire.ts"

/** Weight 1. One contract per request: there is no bulk form. */
export const openInterest = (symbol: string) => ({
  path: "/dapi/v1/openInterest",
  query: { symbol },
  schema: wire.OpenInterest
})

/** Weight 1. Always the whole list. */
export const exchangeInfo = { path: "/dapi/v1/exchangeInfo", schema: wire.ExchangeInfo }

/** Weight 10. Without parameters every contract at once (inferred: no recording of that form is known). */
export const premiumIndex = { path: "/dapi/v1/premiumIndex", schema: wire.PremiumIndex }
