/**
 * The other clients, pointed at an address, by name and exchange. Only what is asked for is loaded.
 *
 * `list` gives the contracts and `openInterest` the figure of one; `prices` and `tickers` are those of all contracts at once, the
 * latter with the figures.
 */
const productType = "USDT-FUTURES"

const ccxt = {
  binance: async (baseUrl, settings) => {
    const { binancecoinm } = await import("ccxt")
    const client = new binancecoinm(settings)
    client.urls.api.dapiPublic = `${baseUrl}/dapi/v1`
    client.urls.api.dapiData = `${baseUrl}/futures/data`
    return {
      symbol: "BTC/USD:BTC",
      list: async () => Object.keys(await client.loadMarkets()),
      openInterest: async (symbol) => (await client.fetchOpenInterest(symbol)).openInterestAmount,
      prices: () => client.fetchMarkPrices()
    }
  },
  bitget: async (baseUrl, settings) => {
    const { bitget } = await import("ccxt")
    // Without the spot and margin markets and the list of coins, which the simulator does not have.
    const client = new bitget({
      ...settings,
      has: { fetchCurrencies: false },
      options: { fetchMarkets: { types: ["swap"] } }
    })
    for (const api of Object.keys(client.urls.api)) client.urls.api[api] = baseUrl
    return {
      symbol: "BTC/USDT:USDT",
      list: async () =>
        Object.values(await client.loadMarkets())
          .filter(({ linear, quote }) => linear && quote === "USDT")
          .map(({ symbol }) => symbol),
      openInterest: async (symbol) => (await client.fetchOpenInterest(symbol)).openInterestAmount,
      // Its tickers have no field for the figure, but the exchange's own are kept as they came.
      tickers: async () => {
        const tickers = await client.fetchTickers(undefined, { type: "swap", productType })
        return Object.values(tickers).map(({ info }) => info.holdingAmount)
      }
    }
  }
}

export const peers = {
  ccxt,
  binance: {
    binance: async (baseUrl) => {
      const { CoinMClient } = await import("binance")
      const client = new CoinMClient({ baseUrl })
      return {
        symbol: "BTCUSD_PERP",
        list: async () => (await client.getExchangeInfo()).symbols.map(({ symbol }) => symbol),
        openInterest: async (symbol) => (await client.getOpenInterest({ symbol })).openInterest,
        prices: () => client.getMarkPrice()
      }
    }
  },
  "@binance/derivatives-trading-coin-futures": {
    binance: async (baseUrl) => {
      const { DerivativesTradingCoinFutures } = await import("@binance/derivatives-trading-coin-futures")
      const { restAPI } = new DerivativesTradingCoinFutures({ configurationRestAPI: { apiKey: "", basePath: baseUrl } })
      const data = async (response) => (await response).data()
      return {
        symbol: "BTCUSD_PERP",
        list: async () => (await data(restAPI.exchangeInformation())).symbols.map(({ symbol }) => symbol),
        openInterest: async (symbol) => (await data(restAPI.openInterest({ symbol }))).openInterest,
        prices: () => data(restAPI.indexPriceAndMarkPrice())
      }
    }
  },
  "bitget-api": {
    bitget: async (baseUrl) => {
      const { RestClientV2 } = await import("bitget-api")
      const client = new RestClientV2({ baseUrl })
      return {
        symbol: "BTCUSDT",
        list: async () => (await client.getFuturesContractConfig({ productType })).data.map(({ symbol }) => symbol),
        openInterest: async (symbol) =>
          (await client.getFuturesOpenInterest({ symbol, productType })).data.openInterestList[0].size,
        tickers: async () =>
          (await client.getFuturesAllTickers({ productType })).data.map(({ holdingAmount }) => holdingAmount)
      }
    }
  }
}
