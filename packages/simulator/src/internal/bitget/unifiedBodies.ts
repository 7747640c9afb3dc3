/**
 * The answers of Bitget's market API, version 3, field by field in the order of its documentation (February 2026) and, for
 * the tickers, of a recording (June 2025).
 */
import * as Bodies from "./bodies.ts"
import type { Contract } from "./contracts.ts"

const metals: ReadonlySet<string> = new Set(["XAU", "XAG"])

const assetClass = ({ baseCoin, isRwa }: Contract): string =>
  isRwa ? (metals.has(baseCoin) ? "metal" : "stock") : "crypto"

// Orders of the coin-margined contracts are in whole USD (a client, August 2026), whatever the unit of their open interest.
const orders = (self: Contract) =>
  self.productType === "COIN-FUTURES"
    ? { places: 0, step: "1", largest: "5000000", largestAtMarket: "1000000" }
    : {
        places: self.volumePlace,
        step: (10 ** -self.volumePlace).toFixed(self.volumePlace),
        largest: Bodies.largestOrder(self, 50_000_000),
        largestAtMarket: Bodies.largestOrder(self, 10_000_000)
      }

/**
 * All the ways in which the wire says that it does not know when a contract was launched: "0" as documented for BTCUSDT, null
 * as clients of coin-margined contracts allow for, and no such field for a dated contract.
 */
const launch = ({ delivery, launchTime, productType }: Contract): { readonly launchTime?: string | null } => {
  if (launchTime !== "") return { launchTime }
  if (delivery !== undefined) return {}
  return { launchTime: productType === "COIN-FUTURES" ? null : "0" }
}

/** One row of `instruments`. */
export const instrument = (self: Contract): unknown => {
  const { delivery, pricePlace } = self
  const { largest, largestAtMarket, places, step } = orders(self)
  return {
    symbol: self.symbol,
    category: self.productType,
    baseCoin: self.baseCoin,
    quoteCoin: self.quoteCoin,
    isRwa: self.isRwa ? "YES" : "NO",
    buyLimitPriceRatio: "0.05",
    sellLimitPriceRatio: "0.05",
    feeRateUpRatio: "0.005",
    makerFeeRate: "0.0002",
    takerFeeRate: "0.0006",
    openCostUpRatio: "0.01",
    minOrderQty: step,
    maxOrderQty: largest,
    pricePrecision: String(pricePlace),
    quantityPrecision: String(places),
    quotePrecision: "",
    priceMultiplier: (10 ** -pricePlace).toFixed(pricePlace),
    quantityMultiplier: step,
    type: delivery === undefined ? "perpetual" : "delivery",
    minOrderAmount: "5",
    maxSymbolOrderNum: "",
    maxProductOrderNum: "400",
    maxPositionNum: "200",
    status: "online",
    offTime: "-1",
    limitOpenTime: "-1",
    deliveryTime: delivery === undefined ? "" : String(delivery.end),
    deliveryStartTime: delivery === undefined ? "" : String(delivery.start),
    deliveryPeriod: delivery === undefined ? "" : delivery.period,
    ...launch(self),
    fundInterval: delivery === undefined ? "8" : "",
    minLeverage: "1",
    maxLeverage: self.isRwa ? "25" : "75",
    maintainTime: "",
    symbolType: assetClass(self),
    maxMarketOrderQty: largestAtMarket
  }
}

/** One row of `tickers`. A perpetual has an empty text where a dated contract has its delivery. */
export const ticker = (self: Contract, seed: number, time: number): unknown => {
  const now = Bodies.quote(self, seed, time)
  const { delivery } = self
  return {
    category: self.productType,
    symbol: self.symbol,
    ts: String(time),
    lastPrice: now.last,
    openPrice24h: now.openDayAgo,
    highPrice24h: now.high,
    lowPrice24h: now.low,
    ask1Price: now.ask,
    bid1Price: now.bid,
    bid1Size: now.bidSize,
    ask1Size: now.askSize,
    price24hPcnt: now.changeOfDay,
    volume24h: now.baseVolume,
    turnover24h: now.quoteVolume,
    indexPrice: now.index,
    markPrice: now.mark,
    fundingRate: now.fundingRate,
    openInterest: now.openInterest,
    deliveryStartTime: delivery === undefined ? "" : String(delivery.start),
    deliveryTime: delivery === undefined ? "" : String(delivery.end),
    deliveryStatus: delivery === undefined ? "" : "delivery_normal"
  }
}

/** The data of `open-interest`. */
export const openInterest = (contracts: ReadonlyArray<Contract>, seed: number, time: number): unknown => ({
  list: contracts.map((contract) => ({
    symbol: contract.symbol,
    openInterest: Bodies.size(contract, seed, time)
  })),
  ts: String(time)
})
