/**
 * Binance COIN-M futures (dapi) as an HTTP application: the listing, open interest, its history and mark prices of the
 * contracts recorded on 2026-10-11, in the recorded wire format, with figures that move by seed and time.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Bodies from "./internal/binance/bodies.ts"
import * as Contracts from "./internal/binance/contracts.ts"
import * as Errors from "./internal/binance/errors.ts"
import * as History from "./internal/binance/history.ts"
import { compressed, currentTime, dated, delayed, json } from "./internal/http.ts"
import * as Limits from "./Limits.ts"

/**
 * Which figures the simulated exchange shows, at which time, what it lists and how much it allows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Which figures to show: the same seed and time give the same bytes. An integer, 0 by default. */
  readonly seed?: number | undefined
  /**
   * A time at which the figures and the `date` header stand still. By default they follow Effect's `Clock`, as the limits
   * always do: a minute that never ends would never open again.
   */
  readonly time?: DateTime.Utc | undefined
  /**
   * Whether to list, beside the thirty contracts that trade, one in delivery (`BTCUSD_260626`) and one that has not opened
   * yet (`EGLDUSD_PERP`). Both were recorded on the testnet; the live exchange had none. Default: `false`.
   */
  readonly listNonTrading?: boolean | undefined
  /**
   * Contracts that are listed as if nothing were wrong, and cannot be read:
   *
   * - `"delivering"`: open interest answers `-4108`, as for BTCUSD_PERP on 2026-06-30; the mark price goes on;
   * - `"vanished"`: open interest and mark price answer `-1121`, and the list of all mark prices has no row of it.
   *
   * By symbol, in the exchange's own spelling; a symbol that is not listed is passed over. Default: none.
   */
  readonly trouble?: Readonly<Record<string, "delivering" | "vanished">> | undefined
  /**
   * In which order the rows of the history come. The documentation promises the oldest first; a recording of the USDⓈ-M twin
   * has the newest first. Default: `"oldest first"`.
   */
  readonly historyOrder?: "oldest first" | "newest first" | undefined
  /**
   * The limits to enforce, which `exchangeInfo` states: lower ones to be refused after few requests, higher ones for a client
   * that heeds none. Default: the exchange's own.
   */
  readonly limits?: Limits.BinanceOptions | undefined
  /**
   * How long after a request has arrived its answer leaves, on Effect's `Clock`: a round trip. Requests do not queue behind
   * one another, and the limits count at arrival. Default: no time beyond that of the work.
   */
  readonly latency?: Duration.DurationInput | undefined
}

/**
 * The exchange as an application without a server, to be mounted on a socket or called in memory.
 *
 * - `GET /dapi/v1/exchangeInfo`: contract sizes in USD (100 for BTC, 10 otherwise), times in ms.
 * - `GET /dapi/v1/openInterest?symbol=`: the number of contracts as integer text, and the time of the figure in ms, up to
 *   0.8 s ago.
 * - `GET /dapi/v1/premiumIndex[?symbol=|?pair=]`: always an array; prices in USD with eight decimals.
 * - `GET /futures/data/openInterestHist?pair=&contractType=&period=[&limit=][&startTime=][&endTime=]`: the history of a slot,
 *   `sumOpenInterest` in contracts and `sumOpenInterestValue` in base coin, both with eight decimals.
 *
 * A row of the history shows the contract that held its slot at the time of the row: CURRENT_QUARTER is the one delivered
 * next (last Friday of the quarter, 08:00 UTC), NEXT_QUARTER the one after, so a series jumps at the roll. Coins without
 * quarterlies answer those two with an empty array; `ALL` is the sum of the three. The rows lie on the grid of the period, up
 * to 6 s ago, and reach back 30 days; where the range holds more than `limit` (30, at most 500), the newest are given. The
 * history of a perpetual is at 0.2297 times the level of `openInterest`, as on 2026-10-06; that of a quarterly is at the same.
 *
 * It answers 400 with `-1121` for an unknown symbol, `-4108` for one that is listed and does not trade, `-1102` for a missing
 * one and `-1101` for one that is sent twice; 403 with CloudFront's page for a doubled slash in the path; 404 with a page for
 * an unknown path. Symbols are accepted in any letter case and echoed in upper case. The history answers `-4087` for an
 * unknown pair, `-4104` for an unknown contract type, `-1023` for a start after the end, and `-1130` for any other bad
 * parameter and for a time over 30 days ago, with `msg` before `code`.
 *
 * It enforces the weight of {@link Limits.binance}, one account for everybody who calls it: `openInterest` and `exchangeInfo`
 * cost 1, `premiumIndex` 10, with or without a symbol, an unknown path 1, and a 400 what its path costs. Every answer states
 * the weight used in this UTC minute in `x-mbx-used-weight-1m`. Over the limit it answers 429, and 418 to an address that is
 * banned, both with `-1003` and `retry-after` in seconds; the 418 names the end of the ban in ms and states no weight. The
 * 403 comes from the edge: it costs nothing and states nothing. The history pays into an account of its own, and none of its
 * answers states what was used.
 *
 * The contracts stay those of 2026-10-11 at whatever time: a quarterly does not disappear when its delivery date passes.
 *
 * Sources: the COIN-M documentation (developers.binance.com/docs/derivatives/coin-margined-futures), and bodies recorded on
 * dapi and fapi between 2026-06-30 and 2026-10-11; where they disagree, the recording. Assumed of the history, which is
 * documented and recorded less well: what `ALL` adds up, which rows a full range leaves out, that a limit over 500 is refused,
 * and the order in which parameters are checked.
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
  const historyOrder = options.historyOrder ?? "oldest first"
  const limits = Limits.binance(options.limits)
  const bySymbol = new Map(listed.map((contract) => [contract.symbol, contract]))

  const troubleOf = new Map(Object.entries(options.trouble ?? {}))
  const priced = Contracts.trading.filter(({ symbol }) => troubleOf.get(symbol) !== "vanished")

  const trading = (symbol: string): Effect.Effect<Contracts.Contract, HttpServerResponse.HttpServerResponse> => {
    const contract = bySymbol.get(symbol)
    if (contract === undefined || troubleOf.get(symbol) === "vanished") {
      return Effect.fail(Errors.invalidSymbol)
    }
    return contract.contractStatus === "TRADING" ? Effect.succeed(contract) : Effect.fail(Errors.notTrading)
  }

  const exchangeInfo = Effect.map(now, (millis) => json(Bodies.exchangeInfo(listed, millis, limits.weightPerMinute)))

  const openInterest = Effect.gen(function* () {
    const symbol = yield* parameter("symbol")
    if (symbol === undefined) {
      return yield* Effect.fail(Errors.missingParameter("symbol"))
    }
    const contract = yield* trading(symbol)
    if (troubleOf.get(symbol) === "delivering") {
      return yield* Effect.fail(Errors.notTrading)
    }
    return json(Bodies.openInterest(contract, seed, yield* now))
  })

  const premiumIndex = Effect.gen(function* () {
    const symbol = yield* parameter("symbol")
    const pair = yield* parameter("pair")
    const named = symbol === undefined ? priced : [yield* trading(symbol)]
    const matching = pair === undefined ? named : named.filter((contract) => `${contract.base}USD` === pair)
    if (matching.length === 0) {
      return yield* Effect.fail(Errors.invalidPair)
    }
    const millis = yield* now
    return json(matching.map((contract) => Bodies.premiumIndex(contract, seed, millis)))
  })

  const openInterestHistory = Effect.gen(function* () {
    const parameters = yield* HttpServerRequest.ParsedSearchParams
    const query = yield* History.parse(parameters, yield* now)
    return json(History.rows(query, seed, historyOrder))
  })

  const weighing = <R>(
    weight: number,
    app: HttpApp.Default<HttpServerResponse.HttpServerResponse, R>
  ): HttpApp.Default<never, R> =>
    Effect.flatMap(Clock.currentTimeMillis, (millis) => {
      const verdict = limits.request(millis, weight)
      switch (verdict.status) {
        case 200:
          return Effect.map(Effect.merge(app), usedWeight(verdict.used))
        case 429:
          return Effect.succeed(usedWeight(verdict.used)(Errors.tooMuchWeight(limits.weightPerMinute, verdict)))
        case 418:
          return Effect.succeed(Errors.banned(verdict))
      }
    })

  const countingHistory = <R>(
    app: HttpApp.Default<HttpServerResponse.HttpServerResponse, R>
  ): HttpApp.Default<never, R> =>
    Effect.flatMap(Clock.currentTimeMillis, (millis) => {
      const verdict = limits.requestHistory(millis)
      switch (verdict.status) {
        case 200:
          return Effect.merge(app)
        case 429:
          return Effect.succeed(Errors.tooManyHistoryRequests(limits.historyPerFiveMinutes, verdict))
        case 418:
          return Effect.succeed(Errors.banned(verdict))
      }
    })

  return HttpRouter.empty.pipe(
    HttpRouter.get("/dapi/v1/exchangeInfo", weighing(1, exchangeInfo)),
    HttpRouter.get("/dapi/v1/openInterest", weighing(1, openInterest)),
    HttpRouter.get("/dapi/v1/premiumIndex", weighing(10, premiumIndex)),
    HttpRouter.get("/futures/data/openInterestHist", countingHistory(openInterestHistory)),
    Effect.catchTag("RouteNotFound", () => weighing(1, Effect.succeed(Errors.pageNotFound))),
    behindFirewall,
    dated(now),
    compressed,
    delayed(options.latency)
  )
}

const usedWeight = (used: number) => HttpServerResponse.setHeader("x-mbx-used-weight-1m", String(used))

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
