/**
 * The answers of Binance COIN-M, field by field in the order in which the wire has them.
 */
import * as Figures from "../figures.ts"
import { anchorPrice } from "../priceAnchors.ts"
import type { Contract } from "./contracts.ts"

const exchange = "binance"

const pair = (contract: Contract): string => `${contract.base}USD`

const isPerpetual = (contract: Contract): boolean => contract.contractType === "PERPETUAL"

const filters = (contract: Contract): ReadonlyArray<unknown> => {
  const trades = contract.contractStatus === "TRADING"
  const market = isPerpetual(contract) ? { minQty: "1", maxQty: "60000" } : { minQty: "0", maxQty: "20000" }
  return [
    {
      filterType: "PRICE_FILTER",
      minPrice: contract.minPrice,
      maxPrice: contract.maxPrice,
      tickSize: (10 ** -contract.pricePrecision).toFixed(contract.pricePrecision)
    },
    { filterType: "LOT_SIZE", minQty: "1", maxQty: "1000000", stepSize: "1" },
    ...(trades ? [{ filterType: "MARKET_LOT_SIZE", ...market, stepSize: "1" }] : []),
    { filterType: "MAX_NUM_ORDERS", limit: 200 },
    ...(trades ? [{ filterType: "MAX_NUM_ALGO_ORDERS", limit: 20 }] : []),
    { filterType: "PERCENT_PRICE", multiplierUp: "1.0500", multiplierDown: "0.9500", multiplierDecimal: "4" }
  ]
}

const exchangeInfoRow = (contract: Contract): unknown => ({
  symbol: contract.symbol,
  pair: pair(contract),
  contractType: contract.contractType,
  deliveryDate: contract.deliveryDate,
  onboardDate: contract.onboardDate,
  contractStatus: contract.contractStatus,
  maintMarginPercent: "2.5000",
  requiredMarginPercent: "5.0000",
  baseAsset: contract.base,
  quoteAsset: "USD",
  marginAsset: contract.base,
  pricePrecision: contract.pricePrecision,
  quantityPrecision: 0,
  baseAssetPrecision: 8,
  quotePrecision: 8,
  underlyingType: "COIN",
  underlyingSubType: contract.underlyingSubType,
  triggerProtect: "0.0500",
  liquidationFee: isPerpetual(contract) ? "0.015000" : "0.007500",
  marketTakeBound: "0.05",
  maxMoveOrderLimit: 10000,
  contractSize: contract.contractSize,
  equalQtyPrecision: 4,
  filters: filters(contract),
  // The recorded rows of contracts that do not trade have fewer filters and order types, and no permissionSets.
  ...(contract.contractStatus === "TRADING"
    ? {
        orderTypes: [
          "LIMIT",
          "MARKET",
          "STOP",
          "STOP_MARKET",
          "TAKE_PROFIT",
          "TAKE_PROFIT_MARKET",
          "TRAILING_STOP_MARKET"
        ],
        timeInForce: ["GTC", "IOC", "FOK", "GTX"],
        permissionSets: ["GRID"]
      }
    : { orderTypes: ["LIMIT", "MARKET"], timeInForce: ["GTC", "IOC", "FOK", "GTX"] })
})

/** `GET /dapi/v1/exchangeInfo`. Nobody places orders here, so their limit is the recorded one whatever that of the weight. */
export const exchangeInfo = (contracts: ReadonlyArray<Contract>, now: number, weightPerMinute: number): unknown => ({
  timezone: "UTC",
  serverTime: now,
  rateLimits: [
    { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: weightPerMinute },
    { rateLimitType: "ORDERS", interval: "MINUTE", intervalNum: 1, limit: 1200 }
  ],
  exchangeFilters: [],
  symbols: contracts.map(exchangeInfoRow)
})

// How often dapi refreshes the figure is not published; this keeps `time` at most 0.8 s behind the answer.
const refreshInterval = 800

/** `GET /dapi/v1/openInterest`. `openInterest` counts contracts; `time` is the time of the figure. */
export const openInterest = (contract: Contract, seed: number, now: number): unknown => {
  const { symbol } = contract
  const time = Figures.refreshedAt(Figures.key(seed, exchange, symbol, "refresh"), now, refreshInterval)
  const figure = Figures.openInterest({ seed, exchange, symbol, level: contract.openInterest, time })
  return {
    symbol,
    pair: pair(contract),
    openInterest: figure.toFixed(0),
    contractType: contract.contractType,
    time
  }
}

/** One row of `GET /dapi/v1/premiumIndex`. Prices have eight decimals; dated contracts have no funding. */
export const premiumIndex = (contract: Contract, seed: number, now: number): unknown => {
  const { base, symbol } = contract
  const time = Math.floor(now / 1000) * 1000
  const perpetual = isPerpetual(contract)
  const index = Figures.indexPrice(seed, base, anchorPrice(base), time)
  const deliveryTime = perpetual ? undefined : contract.deliveryDate
  const mark = Figures.markPrice({ seed, exchange, symbol, index, time, deliveryTime })
  const settle = index * (1 + 0.0002 * Figures.wander(Figures.key(seed, exchange, symbol, "settle"), time))
  return {
    symbol,
    pair: pair(contract),
    markPrice: mark.toFixed(8),
    indexPrice: index.toFixed(8),
    estimatedSettlePrice: settle.toFixed(8),
    lastFundingRate: perpetual ? Figures.fundingRate(seed, exchange, symbol, time).toFixed(8) : "",
    interestRate: perpetual ? "0.00010000" : "",
    nextFundingTime: perpetual ? (Math.floor(time / Figures.fundingInterval) + 1) * Figures.fundingInterval : 0,
    time
  }
}
