/**
 * The contracts that the simulated Bybit lists: one or more of each kind that its categories `linear` and `inverse` have. Live
 * there were more than 500 linear ones.
 */
import { anchorPrice } from "../priceAnchors.ts"

export const categories = ["linear", "inverse"] as const

export type Category = (typeof categories)[number]

export interface Contract {
  readonly symbol: string
  readonly category: Category
  readonly baseCoin: string
  readonly quoteCoin: string
  readonly settleCoin: string
  /** What the price follows, and how many of it are one base coin. */
  readonly underlying: string
  readonly multiplier: number
  /** The price around which that of the base coin moves, in USD. */
  readonly anchor: number
  readonly pricePlaces: number
  readonly sizePlaces: number
  /** The amount around which open interest of one side moves: base coins, or US dollars where it is inverse. */
  readonly openInterest: number
  /** What is not crypto has a word for it here. */
  readonly symbolType: string
  /** Milliseconds; `undefined` for a perpetual. */
  readonly delivery: number | undefined
}

type Terms = Pick<Contract, "symbol" | "baseCoin" | "quoteCoin" | "pricePlaces" | "sizePlaces" | "openInterest"> &
  Partial<Contract>

const contract = (terms: Terms): Contract => {
  const underlying = terms.underlying ?? terms.baseCoin
  const multiplier = terms.multiplier ?? 1
  return {
    category: "linear",
    settleCoin: terms.quoteCoin,
    underlying,
    multiplier,
    anchor: anchorPrice(underlying) * multiplier,
    symbolType: "",
    delivery: undefined,
    ...terms
  }
}

/** As Bybit has it for dated contracts: 08:00 UTC. */
const december = Date.UTC(2026, 11, 25, 8)

const inverse = (baseCoin: string, pricePlaces: number, openInterest: number, terms: Partial<Contract> = {}) =>
  contract({
    symbol: `${baseCoin}USD`,
    category: "inverse",
    baseCoin,
    quoteCoin: "USD",
    settleCoin: baseCoin,
    pricePlaces,
    sizePlaces: 0,
    openInterest,
    ...terms
  })

const linear = (
  baseCoin: string,
  pricePlaces: number,
  sizePlaces: number,
  openInterest: number,
  terms: Partial<Contract> = {}
) =>
  contract({ symbol: `${baseCoin}USDT`, baseCoin, quoteCoin: "USDT", pricePlaces, sizePlaces, openInterest, ...terms })

const usdc = { quoteCoin: "USDC", settleCoin: "USDC" }

export const listed: ReadonlyArray<Contract> = [
  linear("1000BONK", 6, 0, 1_204_618_300),
  linear("1000PEPE", 7, 0, 3_816_302_700, { underlying: "PEPE", multiplier: 1000 }),
  linear("1INCH", 4, 1, 9_307_482.6),
  linear("BTC", 2, 3, 26_332.321),
  linear("BTC", 2, 3, 214.806, { symbol: "BTC-25DEC26", ...usdc, delivery: december }),
  linear("BTC", 2, 3, 1_462.317, { symbol: "BTCPERP", ...usdc }),
  linear("BTC", 2, 3, 318.462, { symbol: "BTCUSDT-25DEC26", delivery: december }),
  linear("DOGE", 5, 0, 1_318_204_617),
  linear("ETH", 2, 2, 412_806.37),
  linear("ETH", 2, 2, 18_246.93, { symbol: "ETHPERP", ...usdc }),
  linear("SHIB1000", 6, 0, 418_204_600, { underlying: "SHIB", multiplier: 1000 }),
  linear("SOL", 3, 1, 4_128_317.2),
  linear("TSLA", 2, 2, 31_824.37, { symbolType: "stock" }),
  linear("XRP", 4, 1, 162_318_204.6),
  inverse("BTC", 2, 234_454_252),
  inverse("BTC", 2, 31_820_460, { symbol: "BTCUSDZ26", delivery: december }),
  inverse("ETH", 2, 84_318_204),
  inverse("XRP", 4, 21_462_317)
]
