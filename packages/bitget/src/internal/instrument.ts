import * as Instrument from "@open-interest/core/Instrument"
import * as Option from "effect/Option"
import * as ProductType from "../ProductType.ts"
import type { ContractRow } from "./wire.ts"

const statuses = new Map([
  ["listed", "pending"],
  ["normal", "trading"],
  ["limit_open", "restricted"],
  ["restrictedAPI", "restricted"],
  ["maintain", "halted"],
  ["off", "closed"]
])

/**
 * Base coins whose name includes a factor. Never derived from the digits: 1INCH is a coin. Recorded on Bitget is
 * 1000BONK; the others are names in use on several exchanges, not verified here.
 */
const scaledCoins = new Map([
  ["1000BONK", { underlying: "BONK", multiplier: "1000" }],
  ["1000CAT", { underlying: "CAT", multiplier: "1000" }],
  ["1000RATS", { underlying: "RATS", multiplier: "1000" }],
  ["1000SATS", { underlying: "SATS", multiplier: "1000" }],
  ["1000XEC", { underlying: "XEC", multiplier: "1000" }],
  ["1MBABYDOGE", { underlying: "BABYDOGE", multiplier: "1000000" }]
])

/** Bitget marks what is no crypto ("real-world assets"), without saying which of them it is. */
const assetClasses = new Map<string, Instrument.AssetClass>([
  ["NO", "crypto"],
  ["YES", "real-world"]
])

/** One contract of a product type: sized 1 base coin everywhere, also where it is margined in coins. */
export const toInstrument =
  (productType: ProductType.ProductType) =>
  (row: typeof ContractRow.Type): Instrument.Instrument =>
    Instrument.make({
      exchange: "bitget",
      symbol: row.symbol,
      product: productType,
      demo: ProductType.isDemo(productType),
      base: row.baseCoin,
      quote: row.quoteCoin,
      settle: ProductType.settle(productType, row.baseCoin),
      contractSize: { amount: 1n, unit: "base" },
      scaled: scaledCoins.get(row.baseCoin),
      assetClass: assetClasses.get(row.isRwa ?? "") ?? "unknown",
      status: statuses.get(row.symbolStatus) ?? row.symbolStatus,
      listedAt: Option.getOrUndefined(row.launchTime),
      deliveryAt: row.symbolType === "perpetual" ? undefined : Option.getOrUndefined(row.deliveryTime)
    })
