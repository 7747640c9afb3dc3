import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"

const { restAPI } = new DerivativesTradingCoinFutures({
  configurationRestAPI: { apiKey: "", basePath: process.env.OPEN_INTEREST_BINANCE_BASE_URL }
})
const response = await restAPI.openInterest({ symbol: "BTCUSD_PERP" })
const { openInterest } = await response.data()
process.stdout.write(`${openInterest}\n`)
