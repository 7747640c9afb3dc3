/**
 * Open interest of Bybit's linear and inverse contracts (API v5).
 *
 * Bybit counts coins of the base currency where a contract is margined in USDT or USDC, and money of the quote currency
 * where it is margined in the coin. Figures are of one side, as Bybit has sent them since 2026-06-11; of a contract
 * without such a figure the sum of both sides is read, and the reading says so. The time stamp is that of the reply and
 * says nothing about the age of the figure. Sources and doubts: docs/exchanges/bybit.md.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import type { Convention } from "@open-interest/core/Convention"
import * as ExchangeClient from "@open-interest/core/ExchangeClient"
import type * as Instrument from "@open-interest/core/Instrument"
import * as InstrumentCatalog from "@open-interest/core/InstrumentCatalog"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import type * as Quota from "@open-interest/core/Quota"
import * as Settings from "@open-interest/core/Settings"
import { Unsupported } from "@open-interest/core/SourceError"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CategoryReader from "./internal/categoryReader.ts"
import * as Conventions from "./internal/conventions.ts"
import * as endpoints from "./internal/endpoints.ts"
import { refusal } from "./internal/refusal.ts"

/**
 * What may be chosen: base URL, policy, and changes to the HTTP client; each has a default, see {@link defaults}.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = ExchangeClient.Settings

/**
 * `https://api.bybit.com`, and the standard policy.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults = { baseUrl: BaseUrl.make("https://api.bybit.com"), policy: Policy.standard }

/**
 * What Bybit lets one address send: 600 requests in any 5 seconds (documented).
 *
 * @since 0.1.0
 * @category limits
 */
export const limits = (_options: Options = {}): Quota.Limits => ({
  pools: endpoints.pools,
  // The lists of both categories, the figure, and the price.
  requestsPerReading: 2 * endpoints.pagesOfList + 2
})

/**
 * What it takes at most to read so many contracts at once with their prices, retries left out: per category one request
 * for all figures and prices, however many contracts there are, and now and then two for the list.
 *
 * @since 0.1.0
 * @category limits
 */
export const costOfReadings = (_contracts: number, _options: Options = {}): ReadonlyArray<Quota.Cost> => [
  ...endpoints.costOfReadings,
  ...endpoints.costOfReadings
]

/**
 * What its figures count by category, and on what evidence.
 *
 * @since 0.1.0
 * @category conventions
 */
export const conventions: ReadonlyArray<Convention> = Object.values(Conventions.of).flatMap(({ one, two }) => [
  one,
  two
])

const { exchange } = Conventions

/** A 403 "access too frequent" is a ban: no request is wanted for 10 minutes at least (documented). */
const unstatedBan = "10 minutes"

/**
 * The source over HTTP. Its caches live in the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<OpenInterestSource.Service, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* ExchangeClient.make({ exchange, defaults, settings: options, refusal, unstatedBan })
    const linear = yield* CategoryReader.make(client, "linear")
    const inverse = yield* CategoryReader.make(client, "inverse")
    const catalog = yield* InstrumentCatalog.make({ exchange, lists: [linear.list, inverse.list] })

    const readerOf = ({ product }: Instrument.Instrument) => (product === "linear" ? linear : inverse)

    return OpenInterestSource.make({
      exchange,
      catalog,
      operation: client.operation,
      openInterest: (instrument) => Effect.suspend(() => readerOf(instrument).openInterest(instrument)),
      markPrice: (instrument) => Effect.suspend(() => readerOf(instrument).markPrice(instrument)),
      bulk: (instruments) =>
        Effect.gen(function* () {
          const named = new Set(instruments.map(readerOf))
          const answers = new Map(
            yield* Effect.forEach(
              named,
              (reader) => Effect.map(Effect.either(reader.valuations), (answer) => [reader, answer] as const),
              { concurrency: "unbounded" }
            )
          )
          return (instrument) =>
            Either.flatMap(Option.getOrThrow(Option.fromNullable(answers.get(readerOf(instrument)))), (valuationOf) =>
              valuationOf(instrument)
            )
        }),
      history: ({ symbol }) =>
        Stream.fail(new Unsupported({ exchange, symbol, detail: "no history: that of bybit is not read" }))
    })
  })

/**
 * The source with the given options, over whichever `HttpClient` there is.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<OpenInterestSource.OpenInterestSource, never, HttpClient.HttpClient> =>
  Layer.scoped(OpenInterestSource.OpenInterestSource, make(options))

/**
 * The keys under `OPEN_INTEREST_BYBIT_`: `BASE_URL`, `POLICY` with a whole policy as JSON, and one for each number of
 * the policy.
 *
 * @since 0.1.0
 * @category config
 */
export const settings: Settings.Keys = {
  prefix: "OPEN_INTEREST_BYBIT",
  known: ["BASE_URL", ...Settings.policyKeys]
}

/**
 * The options from the keys of {@link settings}, each with its default: `OPEN_INTEREST_BYBIT_BASE_URL`,
 * `…_RETRY_TIMES`, `…_TIMEOUT_TOTAL`, `…_QUOTA_FRACTION`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Options> = Config.nested(
  Config.all({
    baseUrl: Config.withDefault(BaseUrl.config("BASE_URL"), defaults.baseUrl),
    policy: Settings.policy(defaults.policy)
  }),
  settings.prefix
)

/**
 * The source with options from configuration: by default those of {@link config}, which may be mapped to others. A key
 * under the prefix that nobody knows is an error, like a wrong value.
 *
 * @example
 * import { BybitV5 } from "@open-interest/bybit"
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as Config from "effect/Config"
 *
 * const transformClient = HttpClient.mapRequest(HttpClientRequest.setHeader("via", "1.1 proxy"))
 *
 * export const layer = BybitV5.layerConfig(Config.map(BybitV5.config, (options) => ({ ...options, transformClient })))
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<OpenInterestSource.OpenInterestSource, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(OpenInterestSource.OpenInterestSource, Effect.flatMap(Settings.load(options, settings), make))
