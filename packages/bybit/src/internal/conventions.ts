import { Convention } from "@open-interest/core/Convention"
import * as Exchange from "@open-interest/core/Exchange"
import type { Category } from "./wire.ts"

export const exchange = Exchange.make("bybit")

const one = (evidence: string) =>
  ({
    field: "/v5/market/tickers singleOpenInterest",
    sides: { value: "one", verified: true, evidence: `documented since 2026-06-11; ${evidence}` }
  }) as const

const two = (evidence: string) =>
  ({
    field: "/v5/market/tickers openInterest",
    sides: {
      value: "two",
      verified: true,
      evidence: `documented as the sum of both sides; ${evidence}. Read only where singleOpenInterest is missing`
    }
  }) as const

const shared = {
  exchange,
  series: "now",
  timestamp: {
    value: "reply",
    verified: true,
    evidence: "recorded 2026-09-26: refusals without any figure have it too. How old a figure is, nobody says"
  }
} as const

const linear = {
  ...shared,
  product: "linear",
  unit: {
    value: "base",
    verified: true,
    evidence: "documented; recorded for BTCUSDT 2026-08-13: figure × mark price = openInterestValue, to the cent"
  }
} as const

const inverse = {
  ...shared,
  product: "inverse",
  unit: {
    value: "quote",
    verified: true,
    evidence:
      "documented; figure ÷ mark price = openInterestValue in the documented ticker (2022) and in a client's test of October 2026"
  }
} as const

const linearPairs = "recorded 2026-08-13 and 2026-09-15: 59972.256 and 29986.128, 52664.642 and 26332.321"

const inversePairs = "in a client's test of October 2026: 468908504 and 234454252"

/** What the figures of a category count: those of one side, and those that stand in for them. */
export const of: Record<Category, { readonly one: Convention; readonly two: Convention }> = {
  linear: {
    one: new Convention({ ...linear, ...one(linearPairs) }),
    two: new Convention({ ...linear, ...two(linearPairs) })
  },
  inverse: {
    one: new Convention({ ...inverse, ...one(inversePairs) }),
    two: new Convention({ ...inverse, ...two(inversePairs) })
  }
}
