import { RestClientV2 } from "bitget-api"

const client = new RestClientV2({ baseUrl: process.env.OPEN_INTEREST_BITGET_BASE_URL })
const { data } = await client.getFuturesOpenInterest({ symbol: "BTCUSDT", productType: "USDT-FUTURES" })
process.stdout.write(`${data.openInterestList[0].size}\n`)
