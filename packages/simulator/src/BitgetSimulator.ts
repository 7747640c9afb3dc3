/**
 * Bitget's futures ("mix", API version 2) as an HTTP application: contracts, tickers and open interest in the recorded wire
 * format, with figures that move by seed and time.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Bodies from "./internal/bitget/bodies.ts"
import * as Contracts from "./internal/bitget/contracts.ts"
import * as Envelope from "./internal/bitget/envelope.ts"
import { compressed, currentTime, dated } from "./internal/http.ts"
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
   * A time at which the figures and the stamps of the answers stand still. By default they follow Effect's `Clock`, as the
   * limits always do: a second that never ends would never open again.
   */
  readonly time?: DateTime.Utc | undefined
  /**
   * What COIN-FUTURES lists: the dated contracts that outlived the retirement of the perpetuals on 2026-09-17, or nothing.
   * Both were reported of the live exchange afterwards. Default: `"quarterlies"`.
   */
  readonly coinFutures?: "quarterlies" | "none" | undefined
  /**
   * The limits to enforce: lower ones to be refused after few requests, higher ones for a client that heeds none. Default: the
   * exchange's own.
   */
  readonly limits?: Limits.BitgetOptions | undefined
}

/**
 * The exchange as an application without a server, to be mounted on a socket or called in memory.
 *
 * - `GET /api/v2/mix/market/contracts?productType=[&symbol=]`: the listing. A contract is one base coin.
 * - `GET /api/v2/mix/market/tickers?productType=`: every contract of a product type; `holdingAmount` is its open interest in
 *   base coin, prices are in the quote currency.
 * - `GET /api/v2/mix/market/open-interest?symbol=&productType=`: one contract's open interest in base coin, for every product
 *   type. `ts` is the stamp of the reply, in ms as text, and says nothing of the age of the figure.
 *
 * It answers 400 with `40034` for an unknown symbol and `40019` for a missing parameter or an unknown product type, and 404
 * with `40404` for an unknown path, always in the envelope `{code, msg, requestTime, data}`. Product types are accepted in any
 * letter case. `open-interest` serves a real symbol under the wrong product type, as Bitget's order book was seen to do.
 *
 * It enforces {@link Limits.bitget}, one account for everybody who calls it; all unknown paths count as one endpoint. Every
 * answer states how many requests its endpoint has left in `x-mbx-used-remain-limit`, save for the refusal over the limit: 429
 * with code `429`, without `retry-after`.
 *
 * The contracts stay the same at whatever time: a dated one does not disappear when its delivery time passes.
 *
 * Sources: the documentation (www.bitget.com/api-doc/contract/market), and bodies recorded between 2026-07-11 and 2026-09-15.
 *
 * @example
 * import * as HttpApp from "@effect/platform/HttpApp"
 * import { BitgetSimulator } from "@open-interest/simulator"
 *
 * const exchange = HttpApp.toWebHandler(BitgetSimulator.make({ seed: 7 }))
 *
 * export const response = exchange(new Request("http://localhost/api/v2/mix/market/tickers?productType=USDT-FUTURES"))
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): HttpApp.Default => {
  const seed = options.seed ?? 0
  const now = currentTime(options.time)
  const listed = Contracts.listed(options.coinFutures ?? "quarterlies")
  const limits = Limits.bitget(options.limits)
  const bySymbol = new Map(listed.map((contract) => [contract.symbol, contract]))

  const named = (symbol: string): Effect.Effect<Contracts.Contract, Envelope.Refusal> => {
    const contract = bySymbol.get(symbol)
    return contract === undefined ? Effect.fail(Envelope.unknownSymbol(symbol)) : Effect.succeed(contract)
  }

  const contracts = Effect.gen(function* () {
    const productType = yield* requiredProductType
    const symbol = yield* parameter("symbol")
    const ofType = listed.filter((contract) => contract.productType === productType)
    const matching = symbol === undefined ? ofType : ofType.filter((contract) => contract.symbol === symbol)
    if (symbol !== undefined && matching.length === 0) {
      return yield* Effect.fail(Envelope.unknownSymbol(symbol))
    }
    return Envelope.success(matching.map(Bodies.contract), yield* now)
  })

  const tickers = Effect.gen(function* () {
    const productType = yield* requiredProductType
    const millis = yield* now
    const time = Bodies.stamp(seed, millis)
    const ofType = listed.filter((contract) => contract.productType === productType)
    return Envelope.success(
      ofType.map((contract) => Bodies.ticker(contract, seed, time)),
      millis
    )
  })

  const openInterest = Effect.gen(function* () {
    const symbol = yield* required("symbol")
    yield* requiredProductType
    const contract = yield* named(symbol)
    const millis = yield* now
    return Envelope.success(Bodies.openInterest(contract, seed, Bodies.stamp(seed, millis)), millis)
  })

  const refused = (refusal: Envelope.Refusal) => Effect.map(now, (millis) => Envelope.refused(refusal, millis))

  const limited = <R>(endpoint: string, app: HttpApp.Default<Envelope.Refusal, R>): HttpApp.Default<never, R> =>
    Effect.flatMap(Clock.currentTimeMillis, (millis) => {
      const verdict = limits.request(millis, endpoint)
      return verdict.status === 429
        ? refused(Envelope.tooManyRequests)
        : Effect.map(
            Effect.catchAll(app, refused),
            HttpServerResponse.setHeader("x-mbx-used-remain-limit", String(verdict.remaining))
          )
    })

  return HttpRouter.empty.pipe(
    HttpRouter.get("/api/v2/mix/market/contracts", limited("contracts", contracts)),
    HttpRouter.get("/api/v2/mix/market/tickers", limited("tickers", tickers)),
    HttpRouter.get("/api/v2/mix/market/open-interest", limited("open-interest", openInterest)),
    Effect.catchTag("RouteNotFound", () => limited("unknown", Effect.fail(Envelope.unknownPath))),
    dated(now),
    compressed
  )
}

const parameter = (name: string): Effect.Effect<string | undefined, never, HttpServerRequest.ParsedSearchParams> =>
  Effect.map(HttpServerRequest.ParsedSearchParams, (parameters) => {
    const value = parameters[name]
    const first = typeof value === "string" ? value : value?.[0]
    return first === "" ? undefined : first
  })

const required = (name: string): Effect.Effect<string, Envelope.Refusal, HttpServerRequest.ParsedSearchParams> =>
  Effect.flatMap(parameter(name), (value) =>
    value === undefined ? Effect.fail(Envelope.emptyParameter(name)) : Effect.succeed(value)
  )

const requiredProductType = Effect.flatMap(required("productType"), (text) => {
  const productType = Contracts.productTypes.find((known) => known === text.toUpperCase())
  return productType === undefined ? Effect.fail(Envelope.emptyParameter(text)) : Effect.succeed(productType)
})
