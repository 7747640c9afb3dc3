import * as HttpClient from "@effect/platform/HttpClient"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import * as BitgetMix from "../src/BitgetMix.ts"

/** A whole body as it was recorded. */
export const recorded = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")

export const contracts = "/api/v2/mix/market/contracts"
export const openInterest = "/api/v2/mix/market/open-interest"
export const tickers = "/api/v2/mix/market/tickers"

export const v3Instruments = "/api/v3/market/instruments"
export const v3OpenInterest = "/api/v3/market/open-interest"
export const v3Tickers = "/api/v3/market/tickers"

/** A successful answer around `data`. */
export const answer = (data: unknown): Playback.Reply => ({
  body: JSON.stringify({ code: "00000", msg: "success", requestTime: 1790000000000, data })
})

/** A contract as the lists have it, as far as it matters. */
export const row = (symbol: string, fields: Record<string, unknown> = {}) => ({
  symbol,
  baseCoin: symbol.replace(/(USDT|PERP|USD)$/, ""),
  quoteCoin: symbol.endsWith("PERP") ? "USDC" : symbol.endsWith("USD") ? "USD" : "USDT",
  symbolType: "perpetual",
  symbolStatus: "normal",
  deliveryTime: "",
  launchTime: "",
  isRwa: "NO",
  ...fields
})

/** What each product type lists, unless a test says otherwise. */
const lists: Record<string, ReadonlyArray<unknown>> = {
  "USDT-FUTURES": [
    row("BTCUSDT"),
    row("SNDKUSDT", { isRwa: "YES" }),
    row("1000BONKUSDT"),
    row("1INCHUSDT"),
    row("龙虾USDT")
  ],
  "USDC-FUTURES": [row("BTCPERP")],
  "COIN-FUTURES": [
    row("BTCUSD"),
    row("BTCUSDZ26", { baseCoin: "BTC", quoteCoin: "USD", symbolType: "delivery", deliveryTime: "1798185599000" })
  ],
  "SUSDT-FUTURES": [row("SBTCSUSDT", { baseCoin: "SBTC", quoteCoin: "SUSDT" })]
}

const productTypeOf = (url: URL): string => url.searchParams.get("productType") ?? ""

/** A coin-margined contract as the list of API v3 has it, as far as it matters. */
export const v3Row = (symbol: string, fields: Record<string, unknown> = {}) => ({
  symbol,
  category: "COIN-FUTURES",
  baseCoin: symbol.replace(/USD_CM$/, ""),
  quoteCoin: "USD",
  type: "perpetual",
  symbolType: "crypto",
  status: "online",
  launchTime: null,
  deliveryTime: "",
  ...fields
})

const v3List = [
  v3Row("BTCUSD_CM"),
  v3Row("ETHCMZ26", { baseCoin: "ETH", type: "delivery", deliveryTime: "1798185600000", fundInterval: "" })
]

export const listed =
  (changes: Record<string, Playback.Reply> = {}) =>
  (url: URL): Playback.Reply =>
    changes[productTypeOf(url)] ?? answer(lists[productTypeOf(url)] ?? [])

export const size = (symbol: string, digits: string): Playback.Reply =>
  answer({ openInterestList: [{ symbol, size: digits }], ts: "1790000000100" })

/** An exchange on which everything works; a test changes what it is about. */
const workingRoutes: Playback.Routes = {
  [contracts]: listed(),
  [openInterest]: (url) => size(url.searchParams.get("symbol") ?? "", "57.714"),
  [tickers]: (url) =>
    answer(
      (lists[productTypeOf(url)] ?? []).map((each) => ({
        symbol: (each as { symbol: string }).symbol,
        markPrice: "71000.5",
        holdingAmount: "57.714",
        ts: "1790000000050"
      }))
    ),
  [v3Instruments]: answer(v3List),
  [v3OpenInterest]: (url) => {
    const symbol = url.searchParams.get("symbol")
    const asked = v3List.filter((each) => symbol === null || each.symbol === symbol)
    return answer({
      list: asked.map((each) => ({ symbol: each.symbol, openInterest: "12.5" })),
      ts: "1790000000100"
    })
  },
  [v3Tickers]: answer(v3List.map(({ symbol }) => ({ symbol, markPrice: "71000.5" })))
}

/** Runs against the routes, on the test's clock, and gives the requests back beside the result. */
export const play = <A, E>(
  routes: Playback.Routes,
  use: (source: OpenInterestSource.Service) => Effect.Effect<A, E>,
  options?: BitgetMix.Options
): Effect.Effect<{ readonly result: A; readonly received: ReadonlyArray<string> }, E> => {
  const playback = Playback.make({ ...workingRoutes, ...routes })
  return Effect.flatMap(OpenInterestSource.OpenInterestSource, use).pipe(
    Effect.provide(
      Layer.provide(BitgetMix.layer(options), Layer.succeed(HttpClient.HttpClient, Playback.client(playback)))
    ),
    Effect.map((result) => ({ result, received: playback.received.map(({ path }) => path) }))
  )
}
