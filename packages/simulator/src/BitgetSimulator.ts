/**
 * Bitget's futures as an HTTP application, in the classic API ("mix", version 2) and in that of the unified account (version
 * 3): contracts, tickers and open interest in the recorded wire format, with figures that move by seed and time.
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
import * as Bodies from "./internal/bitget/bodies.ts"
import * as Contracts from "./internal/bitget/contracts.ts"
import * as Envelope from "./internal/bitget/envelope.ts"
import * as Rows from "./internal/bitget/rows.ts"
import * as UnifiedBodies from "./internal/bitget/unifiedBodies.ts"
import { compressed, currentTime, dated, delayed } from "./internal/http.ts"
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
   * Contracts that are listed as if nothing were wrong, and cannot be read:
   *
   * - `"delivering"`: open interest answers `40309`, and no list of tickers or of open interest has a row of it;
   * - `"vanished"`: the same with the code of an unknown symbol: `40034` in version 2, `25100` in version 3.
   *
   * By symbol, in the exchange's own spelling; a symbol that is not listed is passed over. Default: none.
   */
  readonly trouble?: Readonly<Record<string, "delivering" | "vanished">> | undefined
  /**
   * How many contracts USDT-FUTURES lists: an integer up to 2000, 786 for a market as long as the live one was on 2026-09-15.
   * After 62 contracts that exist, coins that do not follow: `T0001USDT`, `T0002USDT` and on. Default: the 62.
   */
  readonly usdtFutures?: number | undefined
  /**
   * What COIN-FUTURES lists in version 2: the dated contracts that outlived the retirement of the perpetuals on 2026-09-17, or nothing.
   * Both were reported of the live exchange afterwards. Default: `"quarterlies"`.
   */
  readonly coinFutures?: "quarterlies" | "none" | undefined
  /**
   * The limits to enforce: lower ones to be refused after few requests, higher ones for a client that heeds none. Default: the
   * exchange's own.
   */
  readonly limits?: Limits.BitgetOptions | undefined
  /**
   * How long after a request has arrived its answer leaves, on Effect's `Clock`: a round trip. Requests do not queue behind
   * one another, and the limits count at arrival. Default: no time beyond that of the work.
   */
  readonly latency?: Duration.DurationInput | undefined
}

/**
 * The exchange as an application without a server, to be mounted on a socket or called in memory.
 *
 * - `GET /api/v2/mix/market/contracts?productType=[&symbol=]`: the listing. A contract is one base coin.
 * - `GET /api/v2/mix/market/tickers?productType=`: every contract of a product type; `holdingAmount` is its open interest in
 *   base coin, prices are in the quote currency.
 * - `GET /api/v2/mix/market/open-interest?symbol=&productType=`: one contract's open interest in base coin, for every product
 *   type. `ts` is the stamp of the reply, in ms as text, and says nothing of the age of the figure.
 * - `GET /api/v3/market/instruments?category=[&symbol=]`: the listing of version 3, with other names for many fields: `type` is
 *   "perpetual" or "delivery", and `symbolType` tells "crypto", "stock" and "metal" apart. `launchTime` is ms as text, "0",
 *   `null` or missing, and `fundInterval` is empty in the row of a dated contract.
 * - `GET /api/v3/market/tickers?category=[&symbol=]`: `openInterest` in base coin.
 * - `GET /api/v3/market/open-interest?category=[&symbol=]`: the open interest of one contract or of all, in base coin.
 *
 * The categories USDT-FUTURES and USDC-FUTURES list the same contracts as version 2, with the same figures. COIN-FUTURES lists
 * others: twenty perpetuals such as `BTCUSD_CM`, and the dated `BTCCMZ26` and `ETHCMZ26`. SPOT and MARGIN list nothing here.
 * That open interest of those contracts is in base coin is what the clients of others take it for; their orders are in USD.
 *
 * It answers 400 with `40034` for an unknown symbol and `40019` for a missing parameter or an unknown product type, and 404
 * with `40404` for an unknown path, always in the envelope `{code, msg, requestTime, data}`. Product types are accepted in any
 * letter case. `open-interest` serves a real symbol under the wrong product type, as Bitget's order book was seen to do. In
 * version 3 an unknown symbol is `25100`, also where another category has it (assumed), and an unknown category `40034`;
 * categories are accepted in capitals only.
 *
 * It enforces {@link Limits.bitget}, one account for everybody who calls it; all unknown paths count as one endpoint. Every
 * answer states how many requests its endpoint has left in `x-mbx-used-remain-limit`, save for the refusal over the limit: 429
 * with code `429`, without `retry-after`.
 *
 * The contracts stay the same at whatever time: a dated one does not disappear when its delivery time passes.
 *
 * Sources: the documentation (www.bitget.com/api-doc/contract/market and /uta/public), and bodies recorded between 2026-07-11
 * and 2026-09-15.
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
  const listed = Contracts.classic({ coinFutures: options.coinFutures, usdtFutures: options.usdtFutures })
  const unified = Contracts.unified(listed)
  const limits = Limits.bitget(options.limits)
  const rows = Rows.make()
  const bySymbol = new Map(listed.map((contract) => [contract.symbol, contract]))

  const troubleOf = new Map(Object.entries(options.trouble ?? {}))
  const isReadable = ({ symbol }: Contracts.Contract): boolean => !troubleOf.has(symbol)

  const named = (symbol: string): Effect.Effect<Contracts.Contract, Envelope.Refusal> => {
    const contract = bySymbol.get(symbol)
    if (contract === undefined || troubleOf.get(symbol) === "vanished") {
      return Effect.fail(Envelope.unknownSymbol(symbol))
    }
    return isReadable(contract) ? Effect.succeed(contract) : Effect.fail(Envelope.removed)
  }

  const contracts = Effect.gen(function* () {
    const productType = yield* requiredProductType
    const symbol = yield* parameter("symbol")
    const ofType = listed.filter((contract) => contract.productType === productType)
    const matching = symbol === undefined ? ofType : ofType.filter((contract) => contract.symbol === symbol)
    if (symbol !== undefined && matching.length === 0) {
      return yield* Effect.fail(Envelope.unknownSymbol(symbol))
    }
    const data = rows.at(`contracts ${productType} ${symbol}`, 0, () => matching.map(Bodies.contract))
    return Envelope.success(data, yield* now)
  })

  const tickers = Effect.gen(function* () {
    const productType = yield* requiredProductType
    const millis = yield* now
    const time = Bodies.stamp(seed, millis)
    const data = rows.at(`tickers ${productType}`, time, () =>
      listed
        .filter((contract) => contract.productType === productType && isReadable(contract))
        .map((contract) => Bodies.ticker(contract, seed, time))
    )
    return Envelope.success(data, millis)
  })

  const openInterest = Effect.gen(function* () {
    const symbol = yield* required("symbol")
    yield* requiredProductType
    const contract = yield* named(symbol)
    const millis = yield* now
    const data = Envelope.encode(Bodies.openInterest(contract, seed, Bodies.stamp(seed, millis)))
    return Envelope.success(data, millis)
  })

  const unifiedNamed = Effect.gen(function* () {
    const category = yield* requiredCategory
    const symbol = yield* parameter("symbol")
    const ofCategory = unified.filter((contract) => contract.productType === category)
    const matching = symbol === undefined ? ofCategory : ofCategory.filter((contract) => contract.symbol === symbol)
    return symbol !== undefined && matching.length === 0
      ? yield* Effect.fail(Envelope.unknownPair(symbol))
      : { matching, name: `${category} ${symbol}` }
  })

  const unifiedReadable = Effect.gen(function* () {
    const { matching, name } = yield* unifiedNamed
    const readable = matching.filter(isReadable)
    const symbol = yield* parameter("symbol")
    if (symbol !== undefined && readable.length === 0) {
      const vanished = troubleOf.get(symbol) === "vanished"
      return yield* Effect.fail(vanished ? Envelope.unknownPair(symbol) : Envelope.removed)
    }
    return { matching: readable, name }
  })

  const instruments = Effect.zipWith(unifiedNamed, now, ({ matching, name }, millis) =>
    Envelope.success(
      rows.at(`instruments ${name}`, 0, () => matching.map(UnifiedBodies.instrument)),
      millis
    )
  )

  const unifiedTickers = Effect.zipWith(unifiedReadable, now, ({ matching, name }, millis) => {
    const time = Bodies.stamp(seed, millis)
    return Envelope.success(
      rows.at(`v3 tickers ${name}`, time, () => matching.map((contract) => UnifiedBodies.ticker(contract, seed, time))),
      millis
    )
  })

  const unifiedOpenInterest = Effect.zipWith(unifiedReadable, now, ({ matching, name }, millis) => {
    const time = Bodies.stamp(seed, millis)
    return Envelope.success(
      rows.at(`v3 open-interest ${name}`, time, () => UnifiedBodies.openInterest(matching, seed, time)),
      millis
    )
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
    HttpRouter.get("/api/v3/market/instruments", limited("v3 instruments", instruments)),
    HttpRouter.get("/api/v3/market/tickers", limited("v3 tickers", unifiedTickers)),
    HttpRouter.get("/api/v3/market/open-interest", limited("v3 open-interest", unifiedOpenInterest)),
    Effect.catchTag("RouteNotFound", () => limited("unknown", Effect.fail(Envelope.unknownPath))),
    dated(now),
    compressed,
    delayed(options.latency)
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

const requiredCategory = Effect.flatMap(required("category"), (text) => {
  const category = Contracts.categories.find((known) => known === text)
  return category === undefined ? Effect.fail(Envelope.unknownCategory(text)) : Effect.succeed(category)
})
