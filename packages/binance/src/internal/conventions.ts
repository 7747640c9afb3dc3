import { Convention } from "@open-interest/core/Convention"
import * as Exchange from "@open-interest/core/Exchange"

export const exchange = Exchange.make("binance")

const product = "COIN-M"

/** Every aggregator that was looked at reads it so; Binance itself states nothing. */
const sides = {
  value: "one",
  verified: false,
  evidence: "every aggregator reads it so; Binance states nothing"
} as const

/** What an answer of `openInterest` says. */
export const now = new Convention({
  exchange,
  product,
  series: "now",
  field: "/dapi/v1/openInterest openInterest",
  unit: {
    value: "contracts",
    verified: true,
    evidence: "recorded 2022-06-04 and 2026-10-06: whole numbers, of the size that contracts of 100 USD give"
  },
  sides,
  timestamp: {
    value: "event",
    verified: false,
    evidence: "documented as the time of the figure; how often it is renewed is not"
  }
})

/** What a row of `openInterestHist` says. */
export const history = new Convention({
  exchange,
  product,
  series: "history",
  field: "/futures/data/openInterestHist sumOpenInterest",
  unit: {
    value: "contracts",
    verified: true,
    evidence:
      "documented, and recorded: count × contract size ÷ sumOpenInterestValue (base coin) is the price of its minute in eight points from 2020 to 2026"
  },
  sides,
  timestamp: {
    value: "period",
    verified: false,
    evidence: "recorded on the grid of its period; which end of the period it is, nobody says"
  }
})
