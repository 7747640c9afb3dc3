import * as Instrument from "@open-interest/core/Instrument"
import type { ContractRow } from "./wire.ts"

/** Where other contracts have their delivery date, a perpetual has this one: 2100-12-25. */
const never = Date.UTC(2100, 11, 25, 8)

/** The type is an open set (`PERPETUAL DELIVERING` with a space was recorded), so the date has a say too. */
const isPerpetual = (row: typeof ContractRow.Type): boolean =>
  row.contractType.includes("PERPETUAL") || row.deliveryDate.epochMillis === never

const statuses = new Map([
  ["PENDING_TRADING", "pending"],
  ["TRADING", "trading"],
  ["TRADING_CANCEL_ONLY", "restricted"],
  ["TRADING_HALT", "halted"],
  ["PRE_DELIVERING", "delivering"],
  ["DELIVERING", "delivering"],
  ["DELIVERED", "delivered"],
  ["PRE_SETTLE", "settling"],
  ["SETTLING", "settling"],
  ["CLOSE", "closed"]
])

/** One COIN-M contract: sized in quote currency, settled in its base coin. */
export const toInstrument = (row: typeof ContractRow.Type): Instrument.Instrument =>
  Instrument.unsafeMake({
    exchange: "binance",
    symbol: row.symbol,
    product: "COIN-M",
    base: row.baseAsset,
    quote: row.quoteAsset,
    settle: row.marginAsset,
    contractSize: { amount: row.contractSize, unit: "quote" },
    assetClass: row.underlyingType === "COIN" ? "crypto" : "unknown",
    status: statuses.get(row.contractStatus.replaceAll(" ", "_")) ?? row.contractStatus,
    listedAt: row.onboardDate,
    kind: isPerpetual(row) ? "perpetual" : "delivery",
    deliveryAt: row.deliveryDate.epochMillis === never ? undefined : row.deliveryDate
  })
