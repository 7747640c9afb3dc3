import { CoinMClient } from "binance"

const client = new CoinMClient({ baseUrl: process.env.OPEN_INTEREST_BINANCE_BASE_URL })
const { openInterest } = await client.getOpenInterest({ symbol: "BTCUSD_PERP" })
process.stdout.write(`${openInterest}\n`)
