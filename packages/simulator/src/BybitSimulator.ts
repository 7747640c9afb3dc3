/**
 * Bybit's futures, version 5 of its API, as an HTTP application: contracts and tickers in the documented wire format, with
 * figures that move by seed and time.
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
import * as Bodies from "./internal/bybit/bodies.ts"
import * as Contracts from "./internal/bybit/contracts.ts"
import * as Limits from "./internal/bybit/limits.ts"
import { compressed, currentTime, dated, delayed } from "./internal/http.ts"

/**
 * Which figures the simulated exchange shows, and at which time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Which figures to show: the same seed and time give the same bytes. An integer, 0 by default. */
  readonly seed?: number | undefined
  /**
   * A time at which the figures and the stamps of the answers stand still. By default they follow Effect's `Clock`, as the
   * limit always does: five seconds that never end would never open again.
   */
  readonly time?: DateTime.Utc | undefined
  /**
   * Contracts that are listed as if nothing were wrong, and cannot be read, whatever the trouble: no list of tickers has a row
   * of them, and by their symbol they are unknown. By symbol; one that is not listed is passed over. Default: none.
   */
  readonly trouble?: Readonly<Record<string, "delivering" | "vanished">> | undefined
  /**
   * How long after a request has arrived its answer leaves, on Effect's `Clock`: a round trip. Requests do not queue behind
   * one another, and the limit counts at arrival. Default: no time beyond that of the work.
   */
  readonly latency?: Duration.DurationInput | undefined
}

/**
 * The exchange as an application without a server, to be mounted on a socket or called in memory.
 *
 * - `GET /v5/market/instruments-info?category=[&symbol=][&limit=][&cursor=]`: the listing, `limit` contracts a page (500, at
 *   most 1000). Every page with contracts has a cursor behind it, as in the documented example, so that an empty page ends the
 *   list; one that names a symbol has none.
 * - `GET /v5/market/tickers?category=[&symbol=]`: `openInterest` is the sum of both sides, `singleOpenInterest` one side, rounded
 *   half up: base coin in `linear`, US dollars in `inverse`. Prices are in the quote currency. `time` is that of the reply.
 *
 * The categories are `linear` and `inverse`. Refusals come with HTTP 200, an unknown symbol in the recorded words; an unknown
 * category and a bad limit or cursor have the same code, 10001, with words that are assumed. Unknown paths are 404.
 *
 * It enforces the documented limit, 600 requests in any 5 seconds for everybody who calls it together; whoever exceeds it is
 * answered 403 "access too frequent" for 10 minutes.
 *
 * The contracts stay the same at whatever time: a dated one does not disappear when its delivery time passes.
 *
 * Sources: the documentation (bybit-exchange.github.io/docs/v5/market), and numbers and refusals that others recorded between
 * 2026-08-13 and 2026-09-26. No whole answer with figures was found on record.
 *
 * @example
 * import * as HttpApp from "@effect/platform/HttpApp"
 * import { BybitSimulator } from "@open-interest/simulator"
 *
 * const exchange = HttpApp.toWebHandler(BybitSimulator.make({ seed: 7 }))
 *
 * export const response = exchange(new Request("http://localhost/v5/market/tickers?category=linear"))
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): HttpApp.Default => {
  const seed = options.seed ?? 0
  const now = currentTime(options.time)
  const limits = Limits.make()
  const troubled = new Set(Object.keys(options.trouble ?? {}))

  const instruments = Effect.gen(function* () {
    const category = yield* requiredCategory
    const symbol = yield* parameter("symbol")
    const all = yield* named(Contracts.listed, category, symbol)
    const limit = Number((yield* parameter("limit")) ?? "500")
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      return yield* Effect.fail("params error: limit invalid")
    }
    const cursor = yield* parameter("cursor")
    const last = cursor === undefined ? -1 : all.findIndex((contract) => cursorAt(contract) === cursor)
    if (cursor !== undefined && last === -1) {
      return yield* Effect.fail("params error: cursor invalid")
    }
    const page = all.slice(last + 1, last + 1 + limit)
    const end = page.at(-1)
    const nextPageCursor = end === undefined || symbol !== undefined ? "" : cursorAt(end)
    return { category, list: page.map(Bodies.instrument), nextPageCursor }
  })

  const tickers = Effect.gen(function* () {
    const category = yield* requiredCategory
    const symbol = yield* parameter("symbol")
    const readable = Contracts.listed.filter((contract) => !troubled.has(contract.symbol))
    const contracts = yield* named(readable, category, symbol)
    const millis = yield* now
    return { category, list: contracts.map((contract) => Bodies.ticker(contract, seed, millis)) }
  })

  const envelope = (retCode: number, retMsg: string) => (result: unknown) =>
    Effect.map(now, (time) =>
      HttpServerResponse.unsafeJson(
        { retCode, retMsg, result, retExtInfo: {}, time },
        { contentType: "application/json; charset=utf-8" }
      )
    )

  const refused = (retMsg: string) => envelope(10001, retMsg)({ category: "", list: [], nextPageCursor: "" })

  const limited = <R>(app: HttpApp.Default<never, R>): HttpApp.Default<never, R> =>
    Effect.flatMap(Clock.currentTimeMillis, (millis) => (limits.serves(millis) ? app : Effect.succeed(tooFrequent)))

  const answered = <R>(result: Effect.Effect<unknown, string, R>) =>
    Effect.matchEffect(result, { onFailure: refused, onSuccess: envelope(0, "OK") })

  return HttpRouter.empty.pipe(
    HttpRouter.get("/v5/market/instruments-info", answered(instruments)),
    HttpRouter.get("/v5/market/tickers", answered(tickers)),
    Effect.catchTag("RouteNotFound", () => Effect.succeed(HttpServerResponse.empty({ status: 404 }))),
    limited,
    dated(now),
    compressed,
    delayed(options.latency)
  )
}

const tooFrequent = HttpServerResponse.text("403, access too frequent", { status: 403 })

/** Percent-encoded as it stands in the documentation, to be sent back like that. */
const cursorAt = ({ symbol }: Contracts.Contract): string => encodeURIComponent(`first=${symbol}&last=${symbol}`)

const parameter = (name: string): Effect.Effect<string | undefined, never, HttpServerRequest.ParsedSearchParams> =>
  Effect.map(HttpServerRequest.ParsedSearchParams, (parameters) => {
    const value = parameters[name]
    const first = typeof value === "string" ? value : value?.[0]
    return first === "" ? undefined : first
  })

const requiredCategory = Effect.flatMap(parameter("category"), (text) => {
  const category = Contracts.categories.find((known) => known === text)
  return category === undefined ? Effect.fail("params error: category invalid") : Effect.succeed(category)
})

/** The contracts of a category, or the one of this name; symbols are accepted in capitals only. */
const named = (
  contracts: ReadonlyArray<Contracts.Contract>,
  category: Contracts.Category,
  symbol: string | undefined
): Effect.Effect<ReadonlyArray<Contracts.Contract>, string> => {
  const found = contracts.filter(
    (contract) => contract.category === category && (symbol === undefined || contract.symbol === symbol)
  )
  return symbol !== undefined && found.length === 0
    ? Effect.fail("params error: symbol invalid")
    : Effect.succeed(found)
}
