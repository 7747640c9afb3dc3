/**
 * The contracts that Binance COIN-M lists: the thirty recorded live on 2026-10-11, in the recorded order, and the two
 * non-trading ones recorded on its testnet on 2026-09-25.
 *
 * The sizes and rows of BTCUSD_PERP, ETHUSD_PERP, BTCUSD_261225, BTCUSD_260626 and EGLDUSD_PERP are the recorded ones. The
 * other contracts were recorded by name only: their price filters, onboard dates and levels of open interest are believable
 * and their contract size follows the rule that held in two full recordings (2021 and 2025): 100 USD for BTC, 10 USD
 * otherwise.
 */

export type ContractType = "PERPETUAL" | "CURRENT_QUARTER" | "NEXT_QUARTER" | "CURRENT_QUARTER DELIVERING"

export interface Contract {
  readonly symbol: string
  readonly base: string
  readonly contractType: ContractType
  readonly contractStatus: "TRADING" | "DELIVERING" | "PENDING_TRADING"
  /** Milliseconds. */
  readonly deliveryDate: number
  /** Milliseconds. */
  readonly onboardDate: number
  readonly underlyingSubType: ReadonlyArray<string>
  readonly pricePrecision: number
  readonly minPrice: string
  readonly maxPrice: string
  /** USD per contract. */
  readonly contractSize: number
  /** The number of contracts around which open interest moves. */
  readonly openInterest: number
}

// 2100-12-25T08:00:00Z: what the wire says of a contract that is never delivered.
const never = 4133404800000

const contractSize = (base: string): number => (base === "BTC" ? 100 : 10)

type PerpetualRow = readonly [
  base: string,
  subTypes: ReadonlyArray<string>,
  pricePrecision: number,
  minPrice: string,
  maxPrice: string,
  onboardDate: number,
  openInterest: number
]

const perpetuals: ReadonlyArray<PerpetualRow> = [
  ["BTC", ["PoW"], 1, "1000", "4520958", 1597042800000, 12_668_208],
  ["AAVE", ["DeFi"], 2, "2.50", "10812", 1658304000000, 604_180],
  ["ADA", ["Layer-1"], 5, "0.00640", "26", 1597906800000, 7_418_362],
  ["AVAX", ["Layer-1"], 3, "0.220", "912", 1639468800000, 1_804_517],
  ["BCH", ["PoW"], 2, "7.60", "32278", 1598338800000, 1_126_904],
  ["BNB", ["Layer-1"], 2, "12.60", "53311", 1597734000000, 6_203_771],
  ["DOGE", ["Meme"], 5, "0.00210", "8.65", 1621411200000, 9_871_246],
  ["DOT", ["Layer-1"], 3, "0.036", "152", 1598511600000, 2_297_403],
  ["ETC", ["PoW"], 3, "0.220", "934", 1598252400000, 1_312_675],
  ["ETH", ["Layer-1"], 2, "50", "306177", 1597042800000, 26_613_524],
  ["FIL", ["Storage"], 3, "0.025", "105", 1603350000000, 1_743_928],
  ["LINK", ["Infrastructure"], 3, "0.200", "858", 1597042800000, 4_026_189],
  ["LTC", ["PoW"], 2, "1.25", "5303", 1598338800000, 2_518_046],
  ["NEAR", ["Layer-1"], 3, "0.028", "121", 1646294400000, 886_325],
  ["SOL", ["Layer-1"], 3, "1.770", "7461", 1631865600000, 8_934_610],
  ["SUI", ["Layer-1"], 4, "0.0258", "108", 1687334400000, 1_972_853],
  ["TRX", ["Layer-1"], 5, "0.00430", "18.2", 1598511600000, 1_207_744],
  ["UNI", ["DeFi"], 3, "0.087", "367", 1620806400000, 1_058_291],
  ["XLM", ["Payment"], 5, "0.00370", "15.6", 1615795200000, 741_530],
  ["XRP", ["Payment"], 4, "0.0280", "118", 1598252400000, 17_320_495]
]

type QuarterlyRow = readonly [
  base: string,
  pricePrecision: number,
  minPrice: string,
  maxPrice: string,
  currentQuarter: number,
  nextQuarter: number
]

const quarterlies = {
  BNB: ["BNB", 2, "25.10", "41887", 318_205, 61_740],
  BTC: ["BTC", 1, "2109.4", "3515698.4", 2_470_927, 412_386],
  ETH: ["ETH", 2, "63.81", "106343.32", 4_906_318, 903_417],
  SOL: ["SOL", 3, "3.510", "5862", 402_663, 87_925],
  XRP: ["XRP", 4, "0.0556", "92", 1_118_904, 204_571]
} satisfies Record<string, QuarterlyRow>

const perpetual = (row: PerpetualRow): Contract => {
  const [base, underlyingSubType, pricePrecision, minPrice, maxPrice, onboardDate, openInterest] = row
  return {
    symbol: `${base}USD_PERP`,
    base,
    contractType: "PERPETUAL",
    contractStatus: "TRADING",
    deliveryDate: never,
    onboardDate,
    underlyingSubType,
    pricePrecision,
    minPrice,
    maxPrice,
    contractSize: contractSize(base),
    openInterest
  }
}

const quarterly = (row: QuarterlyRow, contractType: "CURRENT_QUARTER" | "NEXT_QUARTER"): Contract => {
  const [base, pricePrecision, minPrice, maxPrice, currentQuarter, nextQuarter] = row
  const current = contractType === "CURRENT_QUARTER"
  return {
    symbol: `${base}USD_${current ? "261225" : "270326"}`,
    base,
    contractType,
    contractStatus: "TRADING",
    deliveryDate: current ? Date.UTC(2026, 11, 25, 8) : Date.UTC(2027, 2, 26, 8),
    onboardDate: current ? 1766563200000 : Date.UTC(2026, 2, 25, 8),
    underlyingSubType: [],
    pricePrecision,
    minPrice,
    maxPrice,
    contractSize: contractSize(base),
    openInterest: current ? currentQuarter : nextQuarter
  }
}

const { BNB, BTC, ETH, SOL, XRP } = quarterlies

/** Every contract that was listed and trading on 2026-10-11. */
export const trading: ReadonlyArray<Contract> = [
  ...perpetuals.map(perpetual),
  ...[BNB, BTC, ETH, SOL, XRP].map((row) => quarterly(row, "CURRENT_QUARTER")),
  ...[BTC, ETH, XRP, BNB, SOL].map((row) => quarterly(row, "NEXT_QUARTER"))
]

/**
 * A contract in delivery, whose `contractType` has a space where the documentation prints an underscore, and one that is
 * announced but not open yet.
 */
export const nonTrading: ReadonlyArray<Contract> = [
  {
    ...quarterly(BTC, "CURRENT_QUARTER"),
    symbol: "BTCUSD_260626",
    contractType: "CURRENT_QUARTER DELIVERING",
    contractStatus: "DELIVERING",
    deliveryDate: 1782460800000
  },
  {
    ...perpetual(["EGLD", [], 3, "0.5", "10000", 1766563200000, 0]),
    contractStatus: "PENDING_TRADING"
  }
]
