import * as Instrument from "@open-interest/core/Instrument"
import * as Option from "effect/Option"
import { exchange } from "./conventions.ts"
import * as wire from "./wire.ts"

/** `PreLaunch` is not among them: a pre-market contract may trade already, so its word is kept. */
const statuses = new Map([
  ["Trading", "trading"],
  ["Delivering", "delivering"],
  ["Closed", "closed"]
])

const scaled = (multiplier: string, ...coins: ReadonlyArray<readonly [name: string, underlying: string]>) =>
  coins.map(([name, underlying]) => [name, { underlying, multiplier }] as const)

/**
 * Base coins whose name includes a factor, before the coin or behind it. Never derived from the digits: 1INCH is a coin,
 * and so is HPOS10I. The names are in lists of Bybit's symbols that clients keep; that the digits are the factor is
 * unverified.
 */
const scaledCoins = new Map([
  ...scaled(
    "1000",
    ["1000APU", "APU"],
    ["1000BEER", "BEER"],
    ["1000BONK", "BONK"],
    ["1000BTT", "BTT"],
    ["1000FLOKI", "FLOKI"],
    ["1000LUNC", "LUNC"],
    ["1000PEPE", "PEPE"],
    ["1000RATS", "RATS"],
    ["1000XEC", "XEC"],
    ["SHIB1000", "SHIB"]
  ),
  ...scaled(
    "10000",
    ["10000ELON", "ELON"],
    ["10000LADYS", "LADYS"],
    ["10000NFT", "NFT"],
    ["10000QUBIC", "QUBIC"],
    ["10000SATS", "SATS"],
    ["10000STARL", "STARL"]
  ),
  ...scaled("1000000", ["1000000CHEEMS", "CHEEMS"], ["1000000MOG", "MOG"], ["1000000VINU", "VINU"]),
  ...scaled("10000000", ["10000000AIDOGE", "AIDOGE"])
])

/** What Bybit calls `symbolType`: the zone of a crypto coin, or what else it is a contract on. */
const assetClasses = new Map<string, Instrument.AssetClass>([
  ["", "crypto"],
  ["innovation", "crypto"],
  ["adventure", "crypto"],
  ["stock", "stock"],
  ["commodity", "commodity"],
  ["forex", "currency"]
])

const assetClass = ({ baseCoin, settleCoin, symbolType }: typeof wire.InstrumentRow.Type): Instrument.AssetClass =>
  // What is paid out in its own base coin is on a coin.
  settleCoin === baseCoin ? "crypto" : (assetClasses.get(symbolType ?? "unknown") ?? "unknown")

/** One contract of a category: linear ones are sized 1 base coin, inverse ones 1 unit of the quote currency. */
export const toInstrument =
  (category: wire.Category) =>
  (row: typeof wire.InstrumentRow.Type): Instrument.Instrument =>
    Instrument.unsafeMake({
      exchange,
      symbol: row.symbol,
      product: category,
      base: row.baseCoin,
      quote: row.quoteCoin,
      settle: row.settleCoin,
      contractSize: { amount: 1n, unit: category === "linear" ? "base" : "quote" },
      scaled: scaledCoins.get(row.baseCoin),
      assetClass: assetClass(row),
      status: statuses.get(row.status) ?? row.status,
      listedAt: Option.getOrUndefined(wire.time(row.launchTime)),
      // That of a perpetual is when it is delisted.
      deliveryAt: Option.getOrUndefined(wire.time(row.deliveryTime)),
      kind: wire.isPerpetual(row.contractType) ? "perpetual" : "delivery"
    })
