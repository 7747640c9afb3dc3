import * as Instrument from "@open-interest/core/Instrument"
import * as Option from "effect/Option"
import * as ProductType from "../ProductType.ts"
import { exchange } from "./conventions.ts"
import { type ContractRow, time, type V3InstrumentRow } from "./wire.ts"

const statuses = new Map([
  ["listed", "pending"],
  ["normal", "trading"],
  ["limit_open", "restricted"],
  ["restrictedAPI", "restricted"],
  ["maintain", "halted"],
  ["off", "closed"],
  // The words of API v3 for the same.
  ["online", "trading"],
  ["limit_close", "restricted"],
  ["offline", "closed"]
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

/** What Bitget marks as a "real-world asset" is no crypto; API v3 also says what it is, and has called stocks crypto. */
const assetClass = (isRwa: string | null | undefined, kind?: string | null): Instrument.AssetClass => {
  switch (isRwa) {
    case "NO":
      return "crypto"
    case "YES":
      return assetClasses.get(kind ?? "") ?? "real-world"
    default:
      return kind === "crypto" ? "crypto" : (assetClasses.get(kind ?? "") ?? "unknown")
  }
}

const assetClasses = new Map<string, Instrument.AssetClass>([
  ["metal", "metal"],
  ["stock", "stock"],
  ["commodity", "commodity"]
])

/** What both versions of the API say of a contract. Sized 1 base coin everywhere, also where it is margined in coins. */
const make = (
  productType: ProductType.ProductType,
  row: Pick<typeof ContractRow.Type, "symbol" | "baseCoin" | "quoteCoin" | "launchTime" | "deliveryTime">,
  terms: { readonly type: string; readonly status: string; readonly assetClass: Instrument.AssetClass }
): Instrument.Instrument =>
  Instrument.unsafeMake({
    exchange,
    symbol: row.symbol,
    product: productType,
    demo: ProductType.isDemo(productType),
    base: row.baseCoin,
    quote: row.quoteCoin,
    settle: ProductType.settle(productType, row.baseCoin),
    contractSize: { amount: 1n, unit: "base" },
    scaled: scaledCoins.get(row.baseCoin),
    assetClass: terms.assetClass,
    status: statuses.get(terms.status) ?? terms.status,
    listedAt: Option.getOrUndefined(time(row.launchTime)),
    deliveryAt: terms.type === "perpetual" ? undefined : Option.getOrUndefined(time(row.deliveryTime))
  })

/** One contract of a product type of API v2. */
export const toInstrument =
  (productType: ProductType.Classic) =>
  (row: typeof ContractRow.Type): Instrument.Instrument =>
    make(productType, row, { type: row.symbolType, status: row.symbolStatus, assetClass: assetClass(row.isRwa) })

/** One coin-margined contract of API v3. */
export const toV3Instrument = (row: typeof V3InstrumentRow.Type): Instrument.Instrument =>
  make("UTA-COIN-FUTURES", row, {
    type: row.type,
    status: row.status,
    assetClass: assetClass(row.isRwa, row.symbolType)
  })
