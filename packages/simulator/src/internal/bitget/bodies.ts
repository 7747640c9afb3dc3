/**
 * The answers of Bitget's mix market, version 2, field by field in the order of its documentation.
 */
import * as Figures from "../figures.ts"
import type { Contract } from "./contracts.ts"

const exchange = "bitget"

// The wire states the largest orders in whole units of base coin, as round numbers.
export const largestOrder = (contract: Contract, usd: number): string => {
  const amount = usd / contract.anchor
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(amount)))
  return String(Math.max(1, Math.round(amount / magnitude) * magnitude))
}

/** One row of `contracts`. Every figure is text; `sizeMultiplier` is the step of an order and not the size of a contract. */
export const contract = (self: Contract): unknown => {
  const { delivery, volumePlace } = self
  const step = (10 ** -volumePlace).toFixed(volumePlace)
  return {
    symbol: self.symbol,
    baseCoin: self.baseCoin,
    quoteCoin: self.quoteCoin,
    buyLimitPriceRatio: "0.05",
    sellLimitPriceRatio: "0.05",
    feeRateUpRatio: "0.005",
    makerFeeRate: "0.0002",
    takerFeeRate: "0.0006",
    openCostUpRatio: "0.01",
    supportMarginCoins: self.marginCoins,
    minTradeNum: step,
    priceEndStep: "1",
    volumePlace: String(volumePlace),
    pricePlace: String(self.pricePlace),
    sizeMultiplier: step,
    symbolType: delivery === undefined ? "perpetual" : "delivery",
    minTradeUSDT: "5",
    maxSymbolOrderNum: "200",
    maxProductOrderNum: "1000",
    maxPositionNum: "150",
    symbolStatus: "normal",
    offTime: "-1",
    limitOpenTime: "-1",
    deliveryTime: delivery === undefined ? "" : String(delivery.end),
    deliveryStartTime: delivery === undefined ? "" : String(delivery.start),
    deliveryPeriod: delivery === undefined ? "" : delivery.period,
    launchTime: self.launchTime,
    fundInterval: delivery === undefined ? "8" : "",
    minLever: "1",
    maxLever: self.isRwa ? "25" : "75",
    posLimit: "0.1",
    maintainTime: "",
    openTime: "",
    maxMarketOrderQty: largestOrder(self, 10_000_000),
    maxOrderQty: largestOrder(self, 50_000_000),
    isRwa: self.isRwa ? "YES" : "NO"
  }
}

/** When the figures of an answer given at `now` were collected: up to 0.1 s earlier, as measured on 2026-09-15. */
export const stamp = (seed: number, now: number): number =>
  Figures.refreshedAt(Figures.key(seed, exchange, "stamp"), now, 100)

// The digits behind "46975.254000000053" (SNDKUSDT, 2026-08-16): a decimal figure summed up in binary floating point.
const withFloatNoise = (size: string, noise: number): string =>
  `${size}${String(Math.floor(11 + 88 * noise)).padStart(9, "0")}`

/** Open interest in base coin, whatever the product type. */
export const size = (self: Contract, seed: number, time: number): string => {
  const { symbol, volumePlace } = self
  const figure = Figures.openInterest({ seed, exchange, symbol, level: self.openInterest, time })
  return self.floatNoise
    ? withFloatNoise(figure.toFixed(volumePlace), Figures.fraction(Figures.key(seed, symbol), Math.floor(time / 1000)))
    : Figures.decimal(figure, volumePlace)
}

const day = 86_400_000

/** What a contract does at a time, as text, before a version of the API gives names to it. */
export const quote = (self: Contract, seed: number, time: number) => {
  const { delivery, pricePlace, symbol, volumePlace } = self
  const indexAt = (at: number) => Figures.indexPrice(seed, self.underlying, self.anchor, at)
  const markAt = (at: number, index = indexAt(at)) =>
    Figures.markPrice({ seed, exchange, symbol, index, time: at, deliveryTime: delivery?.end })
  const price = (value: number) => Figures.decimal(value, pricePlace)
  const amount = (value: number) => Figures.decimal(value, volumePlace)
  const change = (from: number) => Figures.decimal(mark / from - 1, 5)

  const index = indexAt(time)
  const mark = markAt(time, index)
  const last = price(mark)
  const dayAgo = markAt(time - day)
  const midnight = markAt(Math.floor(time / day) * day)
  const tick = 10 ** -pricePlace
  const turnover = Figures.fraction(Figures.key(seed, exchange, symbol, "turnover"), Math.floor(time / 1000))
  const depth = Figures.fraction(Figures.key(seed, exchange, symbol, "depth"), Math.floor(time / 1000))
  const volume = self.openInterest * (1.4 + 0.01 * turnover)
  return {
    last,
    ask: price(mark + tick),
    bid: last,
    bidSize: amount(self.openInterest * 0.0002 * (1 + depth)),
    askSize: amount(self.openInterest * 0.0002 * (2 - depth)),
    high: price(Math.max(mark, dayAgo, midnight) * 1.004),
    low: price(Math.min(mark, dayAgo, midnight) * 0.996),
    changeOfDay: change(dayAgo),
    baseVolume: amount(volume),
    quoteVolume: Figures.decimal(volume * mark, 4),
    openAtMidnight: price(midnight),
    changeSinceMidnight: change(midnight),
    index: Figures.decimal(index, pricePlace + 2),
    fundingRate: delivery === undefined ? Figures.decimal(Figures.fundingRate(seed, exchange, symbol, time), 6) : "0",
    openInterest: size(self, seed, time),
    openDayAgo: price(dayAgo),
    mark: last
  }
}

/** One row of `tickers`. A perpetual has `null` where a dated contract has its delivery time. */
export const ticker = (self: Contract, seed: number, time: number): unknown => {
  const now = quote(self, seed, time)
  const { delivery } = self
  return {
    symbol: self.symbol,
    lastPr: now.last,
    askPr: now.ask,
    bidPr: now.bid,
    bidSz: now.bidSize,
    askSz: now.askSize,
    high24h: now.high,
    low24h: now.low,
    ts: String(time),
    change24h: now.changeOfDay,
    baseVolume: now.baseVolume,
    quoteVolume: now.quoteVolume,
    usdtVolume: now.quoteVolume,
    openUtc: now.openAtMidnight,
    changeUtc24h: now.changeSinceMidnight,
    indexPrice: now.index,
    fundingRate: now.fundingRate,
    holdingAmount: now.openInterest,
    deliveryStartTime: delivery === undefined ? null : String(delivery.start),
    deliveryTime: delivery === undefined ? null : String(delivery.end),
    deliveryStatus: "delivery_normal",
    open24h: now.openDayAgo,
    markPrice: now.mark
  }
}

/** The data of `open-interest`. */
export const openInterest = (self: Contract, seed: number, time: number): unknown => ({
  openInterestList: [{ symbol: self.symbol, size: size(self, seed, time) }],
  ts: String(time)
})
