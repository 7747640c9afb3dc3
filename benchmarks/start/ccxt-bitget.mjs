import { bitget } from "ccxt"

// The simulated exchange has neither spot market nor list of coins.
const client = new bitget({ has: { fetchCurrencies: false }, options: { fetchMarkets: { types: ["swap"] } } })
for (const api of Object.keys(client.urls.api)) client.urls.api[api] = process.env.OPEN_INTEREST_BITGET_BASE_URL
const { info } = await client.fetchOpenInterest("BTC/USDT:USDT")
process.stdout.write(`${info.openInterestList[0].size}\n`)
