import { Convention } from "@open-interest/core/Convention"
import * as Exchange from "@open-interest/core/Exchange"
import type * as ProductType from "../ProductType.ts"

export const exchange = Exchange.make("bitget")

const sides = {
  value: "unknown",
  verified: false,
  evidence: 'Bitget says "total positions on the platform" and states no side'
} as const

/** The stamp of the answer: a figure that stands still looks as fresh as one that moves. */
const timestamp = {
  value: "reply",
  verified: true,
  evidence: "recorded 2026-09-15: 73–103 ms old on arrival, one stamp for the whole answer"
} as const

const classic = {
  exchange,
  series: "now",
  field: "/api/v2/mix/market/open-interest size, /api/v2/mix/market/tickers holdingAmount",
  sides,
  timestamp
} as const

const linear = {
  ...classic,
  unit: {
    value: "base",
    verified: true,
    evidence: "documented; recorded 2026-07-11 (open-interest) and 2026-09-25 (tickers), equal in both"
  }
} as const

const inverse = {
  ...classic,
  unit: {
    value: "base",
    verified: true,
    evidence:
      "documented for holdingAmount; recorded for BTCUSDZ24 and in API v1. No live answer of open-interest was found"
  }
} as const

const demo = {
  ...classic,
  unit: { value: "base", verified: false, evidence: "as with real money; nobody has shown it" }
} as const

const uta = {
  exchange,
  series: "now",
  field: "/api/v3/market/open-interest openInterest",
  unit: {
    value: "base",
    verified: false,
    evidence: "two clients take it for coins; orders of these contracts are in USD, and Bitget states no unit"
  },
  sides,
  timestamp: { ...timestamp, verified: false, evidence: "as in API v2; nobody has shown it" }
} as const

/** What the figures of a product type count. */
export const of: Record<ProductType.ProductType, Convention> = {
  "USDT-FUTURES": new Convention({ ...linear, product: "USDT-FUTURES" }),
  "USDC-FUTURES": new Convention({ ...linear, product: "USDC-FUTURES" }),
  "COIN-FUTURES": new Convention({ ...inverse, product: "COIN-FUTURES" }),
  "UTA-COIN-FUTURES": new Convention({ ...uta, product: "UTA-COIN-FUTURES" }),
  "SUSDT-FUTURES": new Convention({ ...demo, product: "SUSDT-FUTURES" }),
  "SUSDC-FUTURES": new Convention({ ...demo, product: "SUSDC-FUTURES" }),
  "SCOIN-FUTURES": new Convention({ ...demo, product: "SCOIN-FUTURES" })
}
