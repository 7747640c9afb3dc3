/**
 * One client of other people as a process of its own, with the settings that it has by default: a job in, an outcome out.
 * What it hands over is read as its callers would.
 */
import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import { CoinMClient } from "binance"
import { RestClientV2 } from "bitget-api"
import { binancecoinm, bitget } from "ccxt"

const productType = "USDT-FUTURES"

const ofSymbol = (rows, symbol) => rows.find((row) => row.symbol === symbol)

/** By name and exchange: what learns of the contracts, what reads open interest, and what reads a mark price. */
const clients = {
  ccxt: {
    binance: (baseUrl) => {
      const client = new binancecoinm()
      client.urls.api.dapiPublic = `${baseUrl}/dapi/v1`
      client.urls.api.dapiData = `${baseUrl}/futures/data`
      const unified = "BTC/USD:BTC"
      return {
        list: () => client.loadMarkets(),
        openInterest: async () => {
          const { openInterestAmount, timestamp } = await client.fetchOpenInterest(unified)
          return { figure: openInterestAmount, time: timestamp }
        },
        markPrice: async () => {
          const { markPrice, timestamp } = (await client.fetchMarkPrices())[unified]
          return { figure: markPrice, time: timestamp }
        }
      }
    },
    bitget: (baseUrl) => {
      // The simulated exchange has neither spot market nor list of coins.
      const client = new bitget({
        has: { fetchCurrencies: false },
        options: { fetchMarkets: { types: ["swap"] } }
      })
      for (const api of Object.keys(client.urls.api)) client.urls.api[api] = baseUrl
      return {
        list: () => client.loadMarkets(),
        openInterest: async () => {
          const { openInterestAmount, timestamp } = await client.fetchOpenInterest("BTC/USDT:USDT")
          return { figure: openInterestAmount, time: timestamp }
        }
      }
    }
  },
  binance: {
    binance: (baseUrl, symbol) => {
      const client = new CoinMClient({ baseUrl })
      return {
        list: () => client.getExchangeInfo(),
        openInterest: async () => {
          const { openInterest, time } = await client.getOpenInterest({ symbol })
          return { figure: openInterest, time }
        },
        markPrice: async () => {
          const { markPrice, time } = ofSymbol(await client.getMarkPrice(), symbol)
          return { figure: markPrice, time }
        }
      }
    }
  },
  "@binance/derivatives-trading-coin-futures": {
    binance: (baseUrl, symbol) => {
      const { restAPI } = new DerivativesTradingCoinFutures({
        configurationRestAPI: { apiKey: "", basePath: baseUrl }
      })
      const data = async (response) => (await response).data()
      return {
        list: () => data(restAPI.exchangeInformation()),
        openInterest: async () => {
          const { openInterest, time } = await data(restAPI.openInterest({ symbol }))
          return { figure: openInterest, time }
        },
        markPrice: async () => {
          const { markPrice, time } = ofSymbol(await data(restAPI.indexPriceAndMarkPrice()), symbol)
          return { figure: markPrice, time }
        }
      }
    }
  },
  "bitget-api": {
    bitget: (baseUrl, symbol) => {
      const client = new RestClientV2({ baseUrl })
      return {
        list: () => client.getFuturesContractConfig({ productType }),
        openInterest: async () => {
          const { data } = await client.getFuturesOpenInterest({ symbol, productType })
          return { figure: data.openInterestList[0].size, time: data.ts }
        }
      }
    }
  }
}

/** What was thrown: two of the clients throw plain objects. */
const described = (thrown) => {
  if (thrown instanceof Error) return { name: thrown.constructor.name, message: thrown.message }
  const { body, code, message, msg } = Object(thrown)
  return {
    name: "a plain object",
    message: typeof thrown === "string" ? thrown : JSON.stringify({ code, message, msg, body })
  }
}

const run = async ({ asks = 1, baseUrl, isCold, patience, subject }) => {
  const { [process.argv[2]]: client } = clients
  const { list, markPrice, openInterest } = client[subject.exchange](baseUrl, subject.symbol)
  const read = subject.figure === "markPrice" ? markPrice : openInterest
  if (!isCold) await list()
  for (let before = 1; before < asks; before += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each answer tells something about the next
    await read().catch(() => undefined)
  }
  const began = performance.now()
  const took = () => performance.now() - began
  let timer
  const waiting = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ took: patience }), patience)
  })
  const reading = read().then(
    (value) => ({ value, took: took() }),
    (thrown) => ({ error: described(thrown), took: took() })
  )
  const outcome = await Promise.race([reading, waiting])
  clearTimeout(timer)
  return outcome
}

process.on("message", async (job) => process.send(await run(job)))
