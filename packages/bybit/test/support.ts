import * as HttpClient from "@effect/platform/HttpClient"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import * as BybitV5 from "../src/BybitV5.ts"

/** A whole body as it was recorded or documented. */
export const recorded = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")

export const instruments = "/v5/market/instruments-info"
export const tickers = "/v5/market/tickers"

export type Body = Exclude<Playback.Reply, "reset">

/** A successful answer around `result`. */
export const answer = (result: unknown): Body => ({
  body: JSON.stringify({ retCode: 0, retMsg: "OK", result, retExtInfo: {}, time: 1790000000100 })
})

/** A refusal as Bybit words it. */
export const refused = (retCode: unknown, retMsg: string): Body => ({
  body: JSON.stringify({ retCode, retMsg, result: {}, retExtInfo: {}, time: 1790000000100 })
})

/** A contract as the lists have it, as far as it matters. */
export const row = (symbol: string, fields: Record<string, unknown> = {}) => ({
  symbol,
  contractType: symbol.endsWith("USD") ? "InversePerpetual" : "LinearPerpetual",
  status: "Trading",
  baseCoin: symbol.replace(/(USDT|PERP|USD)$/, ""),
  quoteCoin: symbol.endsWith("PERP") ? "USDC" : symbol.endsWith("USD") ? "USD" : "USDT",
  settleCoin: symbol.endsWith("PERP") ? "USDC" : symbol.endsWith("USD") ? symbol.slice(0, -3) : "USDT",
  launchTime: "1585526400000",
  deliveryTime: "0",
  symbolType: "",
  ...fields
})

/** One page of a list. */
export const page = (category: string, list: ReadonlyArray<unknown>, nextPageCursor = "") =>
  answer({ category, list, nextPageCursor })

const delivery = { deliveryTime: "1798185600000" }

const inverse = [
  row("BTCUSD"),
  row("BTCUSDZ26", {
    ...delivery,
    baseCoin: "BTC",
    quoteCoin: "USD",
    settleCoin: "BTC",
    contractType: "InverseFutures"
  })
]

const linear = [
  row("BTCUSDT"),
  row("BTCPERP"),
  row("1000PEPEUSDT"),
  row("SHIB1000USDT"),
  row("1INCHUSDT"),
  row("BTC-25DEC26", {
    ...delivery,
    baseCoin: "BTC",
    quoteCoin: "USDC",
    settleCoin: "USDC",
    contractType: "LinearFutures"
  })
]

const symbolsOf = (url: URL): ReadonlyArray<string> => {
  const symbol = url.searchParams.get("symbol")
  const all = (url.searchParams.get("category") === "linear" ? linear : inverse).map((each) => each.symbol)
  return symbol === null ? all : [symbol]
}

export const categoryOf = (url: URL): string => url.searchParams.get("category") ?? ""

/** One contract of an answer with figures, as far as it matters. */
export const ticker = (symbol: string, fields: Record<string, unknown> = {}) => ({
  symbol,
  markPrice: "71000.5",
  openInterest: "59972.256",
  singleOpenInterest: "29986.128",
  basisRate: "",
  ...fields
})

/** The answer of `tickers` with these rows, whichever category is asked for. */
export const tickersOf =
  (...rows: ReadonlyArray<unknown>) =>
  (url: URL): Body =>
    answer({ category: categoryOf(url), list: rows })

/** The list of a category, a page for each array of rows; a cursor leads to the next. */
export const listed =
  (changes: Partial<Record<"linear" | "inverse", ReadonlyArray<ReadonlyArray<unknown>>>> = {}) =>
  (url: URL): Body => {
    const pages = { linear: [linear], inverse: [inverse], ...changes }[categoryOf(url)] ?? []
    const index = Number(url.searchParams.get("cursor")?.replace("page=", "") ?? "0")
    return page(categoryOf(url), pages[index] ?? [], index + 1 < pages.length ? `page=${index + 1}` : "")
  }

/** An exchange on which everything works; a test changes what it is about. */
const workingRoutes: Playback.Routes = {
  [instruments]: listed(),
  [tickers]: (url) => tickersOf(...symbolsOf(url).map((symbol) => ticker(symbol)))(url)
}

/** Runs against the routes, on the test's clock, and gives the requests back beside the result. */
export const play = <A, E>(
  routes: Playback.Routes,
  use: (source: OpenInterestSource.Service) => Effect.Effect<A, E>,
  options?: BybitV5.Options
): Effect.Effect<{ readonly result: A; readonly received: ReadonlyArray<string> }, E> => {
  const playback = Playback.make({ ...workingRoutes, ...routes })
  return Effect.flatMap(OpenInterestSource.OpenInterestSource, use).pipe(
    Effect.provide(
      Layer.provide(BybitV5.layer(options), Layer.succeed(HttpClient.HttpClient, Playback.client(playback)))
    ),
    Effect.map((result) => ({ result, received: playback.received.map(({ path }) => path) }))
  )
}
