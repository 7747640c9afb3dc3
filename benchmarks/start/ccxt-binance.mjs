import { binancecoinm } from "ccxt"

const client = new binancecoinm()
client.urls.api.dapiPublic = `${process.env.OPEN_INTEREST_BINANCE_BASE_URL}/dapi/v1`
const { info } = await client.fetchOpenInterest("BTC/USD:BTC")
process.stdout.write(`${info.openInterest}\n`)
