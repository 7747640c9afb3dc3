/**
 * Binance COIN-M futures (dapi) as an HTTP application: the listing, open interest and mark prices of the contracts recorded
 * on 2026-10-11, in the recorded wire format, with figures that move by seed and time.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Bodies from "./internal/binance/bodies.ts"
import * as Contracts from "./internal/binance/contracts.ts"
import * as Errors from "./internal/binance/errors.ts"
import { compressed, currentTime, dated, json } from "./internal/http.ts"

/**
 * Which figures the simulated exchange shows, at which time, and what it lists.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Which figures to show: the same seed and time give the same bytes. An integer, 0 by default. */
  readonly seed?: number | undefined
  /** A time at which the exchange stands still. By default it follows Effect's `Clock`. */
  readonly time?: DateTime.Utc | undefined
  /**
   * Whether to list, beside the thirty contracts that trade, one in delivery (`BTCUSD_260626`) and one that has not opened
   * yet (`EGLDUSD_PERP`). Both were recorded on the testnet; the live exchange had none. Default: `false`.
   */
  readonly listNonTrading?: boolean | undefined
}

/**
 * The exchange as an application without a server, to be mounted on a socket or called in memory.
 *
 * - `GET /dapi/v1/exchangeInfo`: contract sizes in USD (100 for BTC, 10 otherwise), times in ms.
 * - `GET /dapi/v1/openInterest?symbol=`: the number of contracts as integer text, and the time of the figure in ms, up to
 *   0.8 s ago.
 * - `GET /dapi/v1/premiumIndex[?symbol=|?pair=]`: always an array; prices in USD with eight decimals.
 *
 * It answers 400 with `-1121` for an unknown symbol, `-4108` for one that is listed and does not trade, `-1102` for a missing
 * one and `-1101` for one that is sent twice; 403 with CloudFront's page for a doubled slash in the path; 404 with a page for
 * an unknown path. Symbols are accepted in any letter case and echoed in upper case.
 *
 * The contracts stay those of 2026-10-11 at whatever time: a quarterly does not disappear when its delivery date passes.
 *
 * Sources: the COIN-M documentation (developers.binance.com/docs/derivatives/coin-margined-futures), and bodies recorded on
 * dapi and fapi between 2026-06-30 and 2026-10-11; where they disagree, the recording.
 *
 * @example
 * import * as HttpApp from "@effect/platform/HttpApp"
 * import { BinanceSimulator } from "@open-interest/simulator"
 *
 * const exchange = HttpApp.toWebHandler(BinanceSimulator.make({ seed: 7 }))
 *
 * export const response = exchange(new Request("http://localhost/dapi/v1/exchangeInfo"))
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): HttpApp.Default => {
  const seed = options.seed ?? 0
  const now = currentTime(options.time)
  const listed = options.listNonTrading === true ? [...Contracts.trading, ...Contracts.nonTrading] : Contracts.trading
  const bySymbol = new Map(listed.map((contract) => [contract.symbol, contract]))

  const trading = (symbol: string): Effect.Effect<Contracts.Contract, HttpServerResponse.HttpServerResponse> => {
    const contract = bySymbol.get(symbol)
    if (contract === undefined) {
      return Effect.fail(Errors.invalidSymbol)
    }
    return contract.contractStatus === "TRADING" ? Effect.succeed(contract) : Effect.fail(Errors.notTrading)
  }

  const exchangeInfo = Effect.map(now, (millis) => json(Bodies.exchangeInfo(listed, millis)))

  const openInterest = Effect.gen(function* () {
    const symbol = yield* parameter("symbol")
    if (symbol === undefined) {
      return yield* Effect.fail(Errors.missingParameter("symbol"))
    }
    const contract = yield* trading(symbol)
    return json(Bodies.openInterest(contract, seed, yield* now))
  })

  const premiumIndex = Effect.gen(function* () {
    const symbol = yield* parameter("symbol")
    const pair = yield* parameter("pair")
    const named = symbol === undefined ? Contracts.trading : [yield* trading(symbol)]
    const matching = pair === undefined ? named : named.filter((contract) => `${contract.base}USD` === pair)
    if (matching.length === 0) {
      return yield* Effect.fail(Errors.invalidPair)
    }
    const millis = yield* now
    return json(matching.map((contract) => Bodies.premiumIndex(contract, seed, millis)))
  })

  return HttpRouter.empty.pipe(
    HttpRouter.get("/dapi/v1/exchangeInfo", exchangeInfo),
    HttpRouter.get("/dapi/v1/openInterest", openInterest),
    HttpRouter.get("/dapi/v1/premiumIndex", premiumIndex),
    Effect.catchTag("RouteNotFound", () => Effect.succeed(Errors.pageNotFound)),
    Effect.merge,
    behindFirewall,
    dated(now),
    compressed
  )
}

// Lower case was measured on fapi (2026-10-07): `symbol=btcusdt` is served and echoed as BTCUSDT.
const parameter = (
  name: string
): Effect.Effect<string | undefined, HttpServerResponse.HttpServerResponse, HttpServerRequest.ParsedSearchParams> =>
  Effect.flatMap(HttpServerRequest.ParsedSearchParams, (parameters) => {
    const value = parameters[name]
    if (value === undefined || value === "") {
      return Effect.succeed(undefined)
    }
    return typeof value === "string" ? Effect.succeed(value.toUpperCase()) : Effect.fail(Errors.duplicateParameter)
  })

const behindFirewall = <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    /^[^?]*\/\//.test(request.url) ? Effect.succeed(Errors.requestBlocked) : app
  )
