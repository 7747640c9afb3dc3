/**
 * The answers of Bybit's market endpoints, version 5, field by field in the order of its documentation; what was added to the
 * tickers later stands behind.
 */
import * as Figures from "../figures.ts"
import type { Contract } from "./contracts.ts"

const exchange = "bybit"

const hour = 3_600_000
const day = 24 * hour

const isInverse = ({ category }: Contract): boolean => category === "inverse"

/** One row of `instruments-info`. Figures are text; `deliveryTime` of a perpetual is "0". */
export const instrument = (self: Contract): unknown => {
  const tick = (10 ** -self.pricePlaces).toFixed(self.pricePlaces)
  const step = (10 ** -self.sizePlaces).toFixed(self.sizePlaces)
  const kind = self.delivery === undefined ? "Perpetual" : "Futures"
  const largest = (self.openInterest / 20).toFixed(self.sizePlaces)
  return {
    symbol: self.symbol,
    symbolId: Figures.key(0, exchange, self.symbol) % 10_000,
    contractType: `${isInverse(self) ? "Inverse" : "Linear"}${kind}`,
    status: "Trading",
    baseCoin: self.baseCoin,
    quoteCoin: self.quoteCoin,
    launchTime: "1585526400000",
    deliveryTime: String(self.delivery ?? 0),
    deliveryFeeRate: self.delivery === undefined ? "" : "0.0005",
    priceScale: String(self.pricePlaces),
    leverageFilter: { minLeverage: "1", maxLeverage: "100.00", leverageStep: "0.01" },
    priceFilter: { minPrice: tick, maxPrice: (self.anchor * 20).toFixed(self.pricePlaces), tickSize: tick },
    lotSizeFilter: {
      maxOrderQty: largest,
      minOrderQty: step,
      qtyStep: step,
      postOnlyMaxOrderQty: largest,
      maxMktOrderQty: largest,
      minNotionalValue: "5"
    },
    unifiedMarginTrade: true,
    fundingInterval: self.delivery === undefined ? 480 : 0,
    settleCoin: self.settleCoin,
    copyTrading: "none",
    upperFundingRate: "0.00375",
    lowerFundingRate: "-0.00375",
    isPreListing: false,
    preListingInfo: null,
    riskParameters: { priceLimitRatioX: "0.01", priceLimitRatioY: "0.02" },
    symbolType: self.symbolType
  }
}

/** Both figures: the sum of the sides, and one side, rounded half up to a step, as every published pair is. */
const openInterest = (self: Contract, seed: number, time: number) => {
  const { openInterest: level, sizePlaces, symbol } = self
  const steps = 10 ** sizePlaces
  const both = Math.round(2 * steps * Figures.openInterest({ seed, exchange, symbol, level, time }))
  return { both: both / steps, one: Math.round(both / 2) / steps }
}

/** One row of `tickers`. The value of a figure is money where it counts coins, and coins where it counts money. */
export const ticker = (self: Contract, seed: number, time: number): unknown => {
  const { delivery, multiplier, pricePlaces, sizePlaces, symbol, underlying } = self
  const indexAt = (at: number) => Figures.indexPrice(seed, underlying, self.anchor / multiplier, at) * multiplier
  const markAt = (at: number) =>
    Figures.markPrice({ seed, exchange, symbol, index: indexAt(at), time: at, deliveryTime: delivery })
  const price = (value: number) => value.toFixed(pricePlaces)
  const size = (value: number) => value.toFixed(sizePlaces)

  const mark = price(markAt(time))
  const dayAgo = markAt(time - day)
  const figures = openInterest(self, seed, time)
  const value = (figure: number) => (isInverse(self) ? figure / Number(mark) : figure * Number(mark)).toFixed(2)
  const next = Math.floor(time / Figures.fundingInterval + 1) * Figures.fundingInterval
  return {
    symbol,
    lastPrice: mark,
    indexPrice: price(indexAt(time)),
    markPrice: mark,
    prevPrice24h: price(dayAgo),
    price24hPcnt: (Number(mark) / dayAgo - 1).toFixed(6),
    highPrice24h: price(Math.max(Number(mark), dayAgo) * 1.004),
    lowPrice24h: price(Math.min(Number(mark), dayAgo) * 0.996),
    prevPrice1h: price(markAt(time - hour)),
    openInterest: size(figures.both),
    openInterestValue: value(figures.both),
    turnover24h: value(figures.one * 1.8),
    volume24h: size(figures.one * 1.8),
    fundingRate: delivery === undefined ? Figures.fundingRate(seed, exchange, symbol, time).toFixed(8) : "",
    nextFundingTime: delivery === undefined ? String(next) : "0",
    predictedDeliveryPrice: "",
    basisRate: "",
    deliveryFeeRate: delivery === undefined ? "" : "0.0005",
    deliveryTime: String(delivery ?? 0),
    ask1Size: size(figures.one * 0.0002),
    bid1Price: mark,
    ask1Price: price(Number(mark) + 10 ** -pricePlaces),
    bid1Size: size(figures.one * 0.0001),
    singleOpenInterest: size(figures.one),
    singleOpenInterestValue: value(figures.one)
  }
}

/** What it says to a key that asks too much; documented, and never seen without a key. */
export const tooManyVisits = (time: number): unknown => ({
  retCode: 10006,
  retMsg: "Too many visits!",
  result: {},
  retExtInfo: {},
  time
})
