/**
 * The contracts that the simulated Bitget lists: a believable excerpt of its mix products. Live it had 786 USDT-margined and
 * 49 USDC-margined contracts on 2026-09-15, of which 320 were not crypto; three ids had Chinese characters.
 */
import * as Figures from "../figures.ts"
import { anchorPrice } from "../priceAnchors.ts"

export const productTypes = [
  "USDT-FUTURES",
  "USDC-FUTURES",
  "COIN-FUTURES",
  "SUSDT-FUTURES",
  "SUSDC-FUTURES",
  "SCOIN-FUTURES"
] as const

export type ProductType = (typeof productTypes)[number]

export interface Contract {
  readonly symbol: string
  readonly productType: ProductType
  readonly baseCoin: string
  readonly quoteCoin: string
  readonly marginCoins: ReadonlyArray<string>
  /** What the price follows: the base coin, save for the demo coins. */
  readonly underlying: string
  /** The price around which that of the underlying moves, in USD. */
  readonly anchor: number
  readonly pricePlace: number
  readonly volumePlace: number
  /** The amount of base coin around which open interest moves. */
  readonly openInterest: number
  /** Whether the underlying is a stock, a metal or the like: a "real-world asset". */
  readonly isRwa: boolean
  /** Milliseconds as text, or empty: the wire has both. */
  readonly launchTime: string
  /** Milliseconds; `undefined` for a perpetual. */
  readonly delivery: { readonly start: number; readonly end: number; readonly period: string } | undefined
  /** Whether the figure carries the noise of binary floating point, as was recorded for SNDKUSDT in August 2026. */
  readonly floatNoise: boolean
}

type Row = readonly [
  baseCoin: string,
  pricePlace: number,
  volumePlace: number,
  openInterest: number,
  launchTime?: number | undefined
]

const usdtCrypto: ReadonlyArray<Row> = [
  ["BTC", 1, 4, 28_135.5456],
  ["ETH", 2, 2, 512_408.37],
  ["SOL", 3, 1, 3_482_915.4],
  ["XRP", 4, 0, 148_362_710],
  ["BNB", 2, 2, 104_817.26],
  ["DOGE", 5, 0, 1_204_618_332],
  ["ADA", 4, 0, 96_418_275],
  ["AVAX", 3, 1, 1_816_342.7],
  ["LINK", 3, 1, 1_942_076.5],
  ["DOT", 3, 1, 7_215_884.2],
  ["LTC", 2, 1, 381_264.9],
  ["BCH", 2, 2, 42_617.83],
  ["ETC", 3, 1, 912_508.6],
  ["TRX", 5, 0, 88_143_902],
  ["UNI", 3, 1, 2_647_119.3],
  ["AAVE", 2, 2, 118_936.41],
  ["NEAR", 3, 1, 8_336_470.8],
  ["SUI", 4, 1, 21_784_635.9],
  ["FIL", 3, 1, 5_107_248.6],
  ["XLM", 5, 0, 62_914_387],
  ["APT", 3, 1, 6_318_452.1],
  ["ARB", 4, 1, 34_872_160.4],
  ["OP", 4, 1, 16_293_758.5],
  ["ATOM", 3, 1, 2_196_430.7],
  ["INJ", 3, 1, 1_148_273.2],
  ["TIA", 4, 1, 9_642_817.3],
  ["SEI", 4, 0, 51_203_964],
  ["TON", 3, 1, 7_918_246.5],
  ["HBAR", 5, 0, 118_476_209],
  ["ICP", 3, 1, 1_873_620.8],
  ["ENA", 4, 0, 46_817_352],
  ["ONDO", 4, 1, 22_416_807.6, 1705568400000],
  ["HYPE", 3, 2, 842_316.74, 1733216400000],
  ["PEPE", 10, 0, 4_816_302_771_904],
  ["SHIB", 9, 0, 842_107_664_300],
  ["WIF", 4, 0, 18_264_930],
  ["1000BONK", 5, 0, 884_136_275],
  ["1INCH", 4, 1, 11_307_482.6],
  ["BGB", 3, 1, 1_436_918.2],
  ["LAB", 4, 0, 10_265_697, 1760425200000],
  ["WLD", 4, 0, 13_728_416],
  ["LDO", 4, 0, 6_914_327],
  ["CRV", 4, 0, 17_362_905],
  ["XMR", 2, 2, 31_846.52],
  ["ZEC", 2, 2, 96_274.18],
  ["龙虾", 5, 0, 34_180_526, 1772434800000],
  ["牛来", 6, 0, 126_904_713, 1777446000000],
  ["哈基米", 5, 0, 58_316_240, 1760337000000]
]

const usdtRealWorld: ReadonlyArray<Row> = [
  ["SNDK", 2, 3, 46_975.254, 1768381200000],
  ["TSLA", 2, 2, 61_824.37, 1756807200000],
  ["NVDA", 2, 2, 88_416.05, 1756807200000],
  ["AAPL", 2, 2, 24_173.62, 1756807200000],
  ["AMZN", 2, 2, 17_306.48, 1756807200000],
  ["MSFT", 2, 2, 9_814.73, 1757412000000],
  ["GOOGL", 2, 2, 21_638.19, 1757412000000],
  ["META", 2, 2, 12_407.56, 1757412000000],
  ["COIN", 2, 2, 33_182.94, 1756807200000],
  ["MSTR", 2, 2, 48_260.37, 1756807200000],
  ["HOOD", 2, 2, 26_915.08, 1757412000000],
  ["CRCL", 2, 2, 52_743.61, 1756807200000],
  ["XAU", 2, 3, 8_416.372, 1757584800000],
  ["XAG", 3, 2, 214_738.16, 1757584800000]
]

const usdc: ReadonlyArray<Row> = [
  ["BTC", 1, 4, 1_264.3185],
  ["ETH", 2, 2, 21_846.93],
  ["SOL", 3, 1, 84_316.2],
  ["XRP", 4, 0, 2_918_437],
  ["BNB", 2, 2, 1_483.57],
  ["DOGE", 5, 0, 14_327_608],
  ["ADA", 4, 0, 1_862_094],
  ["AVAX", 3, 1, 26_418.3],
  ["LINK", 3, 1, 31_704.9],
  ["LTC", 2, 1, 5_926.4],
  ["SUI", 4, 1, 318_462.7],
  ["HYPE", 3, 2, 12_835.46, 1748944800000]
]

const contract = (
  row: Row,
  about: Pick<Contract, "symbol" | "productType" | "quoteCoin" | "marginCoins"> & Partial<Contract>
): Contract => {
  const [baseCoin, pricePlace, volumePlace, openInterest, launchTime] = row
  const underlying = about.underlying ?? baseCoin
  return {
    baseCoin,
    underlying,
    anchor: about.anchor ?? anchorPrice(underlying),
    pricePlace,
    volumePlace,
    openInterest,
    isRwa: false,
    launchTime: launchTime === undefined ? "" : String(launchTime),
    delivery: undefined,
    floatNoise: false,
    ...about
  }
}

const usdtMargined = (row: Row, about: Partial<Contract>): Contract =>
  contract(row, {
    symbol: `${row[0]}USDT`,
    productType: "USDT-FUTURES",
    quoteCoin: "USDT",
    marginCoins: ["USDT"],
    floatNoise: row[0] === "SNDK",
    ...about
  })

const magnitudes = [0.0127, 0.1841, 2.463, 31.72] as const

/** The contract of a coin that does not exist, to make the listing as long as the live one: T0001USDT and on. */
const invented = (n: number): Contract => {
  const baseCoin = `T${String(n).padStart(4, "0")}`
  const key = Figures.key(0, "invented", baseCoin)
  const anchor = (magnitudes[n % magnitudes.length] ?? 1) * (1 + Figures.fraction(key, 1))
  const openInterest = Math.round((200_000 + 8_000_000 * Figures.fraction(key, 2)) / anchor)
  return usdtMargined([baseCoin, 5, 0, openInterest], { anchor })
}

const usdcMargined = (row: Row): Contract =>
  contract(row, { symbol: `${row[0]}PERP`, productType: "USDC-FUTURES", quoteCoin: "USDC", marginCoins: ["USDC"] })

/**
 * What is left of the coin-margined products since the perpetuals (BTCUSD and eight others) were retired on 2026-09-17: the
 * dated contracts, named by CME's month letter. They are delivered one second before 08:00 UTC, as recorded for U26.
 */
const coinMargined = (row: Row): Contract =>
  contract(row, {
    symbol: `${row[0]}USDZ26`,
    productType: "COIN-FUTURES",
    quoteCoin: "USD",
    marginCoins: ["BTC", "ETH", "XRP", "USDC"],
    delivery: { start: Date.UTC(2026, 5, 26, 8), end: Date.UTC(2026, 11, 25, 7, 59, 59), period: "this_quarter" }
  })

const demo = (
  row: Row,
  productType: ProductType,
  suffix: string,
  quoteCoin: string,
  marginCoins: ReadonlyArray<string>
) =>
  contract(row, {
    symbol: `S${row[0]}${suffix}`,
    productType,
    baseCoin: `S${row[0]}`,
    quoteCoin,
    marginCoins,
    underlying: row[0]
  })

const quarterlies = (
  [
    ["BTC", 1, 3, 57.714],
    ["ETH", 2, 2, 1_213.48]
  ] satisfies ReadonlyArray<Row>
).map(coinMargined)

/**
 * The coin-margined contracts of API version 3, a listing of their own: ids of version 2 are unknown there, and the other way
 * round. Twenty perpetuals were counted on 2026-09-15; the ids of thirteen of them, and the launch times that are given, were
 * published by others.
 */
const coinMarginedUnified: ReadonlyArray<Contract> = (
  [
    ["BTC", 1, 4, 1_846.2137, 1768997340000],
    ["ETH", 2, 3, 24_317.682, 1769688000000],
    ["SOL", 3, 2, 118_462.37, 1769688000000],
    ["XRP", 4, 1, 9_416_283.5, 1770292800000],
    ["DOGE", 5, 0, 64_208_317, 1769688000000],
    ["ADA", 4, 1, 6_127_406.8, 1773316800000],
    ["AVAX", 3, 2, 84_317.26, 1773316800000],
    ["LINK", 3, 2, 112_764.19, 1770292800000],
    ["NEAR", 3, 2, 418_263.51, 1773835200000],
    ["SUI", 4, 1, 812_470.6],
    ["HYPE", 3, 2, 31_846.72],
    ["AAVE", 2, 3, 4_217.386],
    ["APT", 3, 2, 186_304.92],
    ["LTC", 2, 3, 14_238.417],
    ["BCH", 2, 3, 2_316.824],
    ["DOT", 3, 2, 264_817.43],
    ["UNI", 3, 2, 96_413.28],
    ["BNB", 2, 3, 3_618.257],
    ["TRX", 5, 0, 3_816_204],
    ["XLM", 5, 0, 2_461_738]
  ] satisfies ReadonlyArray<Row>
).map((row) =>
  contract(row, {
    symbol: `${row[0]}USD_CM`,
    productType: "COIN-FUTURES",
    quoteCoin: "USD",
    marginCoins: [row[0]]
  })
)

const coinMarginedUnifiedQuarterlies: ReadonlyArray<Contract> = (
  [
    ["BTC", 1, 4, 213.4682],
    ["ETH", 2, 3, 3_814.927]
  ] satisfies ReadonlyArray<Row>
).map((row) => contract(row, { ...coinMargined(row), symbol: `${row[0]}CMZ26`, marginCoins: [row[0]] }))

const usdtPerpetuals: ReadonlyArray<Contract> = [
  ...usdtCrypto.map((row) => usdtMargined(row, {})),
  ...usdtRealWorld.map((row) => usdtMargined(row, { isRwa: true }))
]

const otherPerpetuals: ReadonlyArray<Contract> = [
  ...usdc.map(usdcMargined),
  demo(["BTC", 1, 3, 104_318.226], "SUSDT-FUTURES", "SUSDT", "SUSDT", ["SUSDT"]),
  demo(["ETH", 2, 2, 1_618_402.37], "SUSDT-FUTURES", "SUSDT", "SUSDT", ["SUSDT"]),
  demo(["BTC", 1, 3, 318.462], "SUSDC-FUTURES", "SPERP", "SUSDC", ["SUSDC"]),
  demo(["BTC", 1, 3, 2_046.815], "SCOIN-FUTURES", "SUSD", "SUSD", ["SBTC", "SETH"])
]

/** The first `count` contracts of USDT-FUTURES; where there are fewer, invented ones follow. */
const usdtListing = (count: number): ReadonlyArray<Contract> => [
  ...usdtPerpetuals.slice(0, count),
  ...Array.from({ length: Math.max(0, count - usdtPerpetuals.length) }, (_, i) => invented(i + 1))
]

export interface Listing {
  readonly usdtFutures: number | undefined
  readonly coinFutures: "quarterlies" | "none" | undefined
}

/** Every contract of version 2; without `quarterlies`, COIN-FUTURES is a product type that lists nothing. */
export const classic = ({ coinFutures, usdtFutures }: Listing): ReadonlyArray<Contract> => [
  ...usdtListing(usdtFutures ?? usdtPerpetuals.length),
  ...otherPerpetuals,
  ...(coinFutures === "none" ? [] : quarterlies)
]

/** What version 3 knows in place of product types. Spot and margin list nothing here. */
export const categories = ["SPOT", "MARGIN", "USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"] as const

/** Every contract of version 3, given those of version 2. */
export const unified = (classic: ReadonlyArray<Contract>): ReadonlyArray<Contract> => [
  ...classic.filter(({ productType }) => productType === "USDT-FUTURES" || productType === "USDC-FUTURES"),
  ...coinMarginedUnified,
  ...coinMarginedUnifiedQuarterlies
]
