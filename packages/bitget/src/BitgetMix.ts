/**
 * Open interest of Bitget mix futures (API v2, and v3 for the coin-margined contracts that only it has).
 *
 * Bitget counts coins of the base currency for every product type, coin-margined ones included; for those of API v3 that
 * is unverified, and their readings say so. The quote value needs a mark price. Its time stamp is that of the reply and
 * says nothing about the age of the figure, and it does not say whether one side or both are counted. Sources and
 * doubts: docs/exchanges/bitget.md.
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
import * as Array from "effect/Array"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as V2 from "./internal/v2.ts"
import * as Conventions from "./internal/conventions.ts"
import * as endpoints from "./internal/endpoints.ts"
import type { ProductReader } from "./internal/productReader.ts"
import { refusal } from "./internal/refusal.ts"
import * as V3 from "./internal/v3.ts"
import * as ProductType from "./ProductType.ts"

/**
 * What may be chosen: base URL, policy, changes to the HTTP client, and the product types; each has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends ExchangeClient.Settings {
  /** Default: the four with real money. The demo ones are listed and read only when they are named here. */
  readonly productTypes?: Array.NonEmptyReadonlyArray<ProductType.ProductType> | undefined
}

/**
 * `https://api.bitget.com`, and the standard policy.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults = { baseUrl: BaseUrl.make("https://api.bitget.com"), policy: Policy.standard }

/**
 * What Bitget lets one address send: 20 requests per second to each endpoint, and 6000 per minute to all (documented).
 *
 * @since 0.1.0
 * @category limits
 */
export const limits = (options: Options = {}): Quota.Limits => ({
  pools: endpoints.pools,
  // The list of each product type, the figure, and the prices.
  requestsPerReading: Array.dedupe(options.productTypes ?? ProductType.real).length + 2
})

/**
 * What it takes at most to read so many contracts at once with their prices, retries left out: per product type one
 * request, or two with API v3, however many contracts there are, and now and then one for the list.
 *
 * @since 0.1.0
 * @category limits
 */
export const costOfReadings = (_contracts: number, options: Options = {}): ReadonlyArray<Quota.Cost> =>
  Array.dedupe(options.productTypes ?? ProductType.real).flatMap(endpoints.costOfReadings)

/**
 * What its figures count by product type, and on what evidence.
 *
 * @since 0.1.0
 * @category conventions
 */
export const conventions: ReadonlyArray<Convention> = Object.values(Conventions.of)

const { exchange } = Conventions

/** What there is for the product type of a contract; its contracts come from the lists of these product types only. */
const ofProduct = <A>(all: ReadonlyMap<string, A>, { product }: Instrument.Instrument): A =>
  Option.getOrThrow(Option.fromNullable(all.get(product)))

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
    const productTypes = Array.dedupe(options.productTypes ?? ProductType.real)
    const client = yield* ExchangeClient.make({
      exchange,
      defaults,
      settings: options,
      refusal
    })
    const products = new Map<string, ProductReader>(
      yield* Effect.forEach(productTypes, (productType) =>
        Effect.map(
          productType === "UTA-COIN-FUTURES" ? V3.make(client) : V2.make(client, productType),
          (product) => [productType, product] as const
        )
      )
    )
    const catalog = yield* InstrumentCatalog.make({
      exchange,
      lists: [...products.values()].map(({ list }) => list)
    })

    return OpenInterestSource.make({
      exchange,
      catalog,
      operation: client.operation,
      openInterest: (instrument) => Effect.suspend(() => ofProduct(products, instrument).openInterest(instrument)),
      markPrice: (instrument) => Effect.suspend(() => ofProduct(products, instrument).markPrice(instrument)),
      bulk: (instruments) =>
        Effect.gen(function* () {
          const named = new Set(instruments.map(({ product }) => product))
          const answers = new Map(
            yield* Effect.forEach(
              [...products].filter(([name]) => named.has(name)),
              ([name, { valuations }]) => Effect.map(Effect.either(valuations), (answer) => [name, answer] as const),
              { concurrency: "unbounded" }
            )
          )
          return (instrument) =>
            Either.flatMap(ofProduct(answers, instrument), (valuationOf) => valuationOf(instrument))
        })
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
 * The keys under `OPEN_INTEREST_BITGET_`: `BASE_URL`, `PRODUCT_TYPES` (separated by commas), `POLICY` with a whole policy
 * as JSON, and one for each number of the policy.
 *
 * @since 0.1.0
 * @category config
 */
export const settings: Settings.Keys = {
  prefix: "OPEN_INTEREST_BITGET",
  known: ["BASE_URL", "PRODUCT_TYPES", ...Settings.policyKeys]
}

/**
 * The options from the keys of {@link settings}, each with its default: `OPEN_INTEREST_BITGET_BASE_URL`,
 * `…_PRODUCT_TYPES`, `…_RETRY_TIMES`, `…_TIMEOUT_TOTAL`, `…_QUOTA_FRACTION`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Options> = Config.nested(
  Config.all({
    baseUrl: Config.withDefault(BaseUrl.config("BASE_URL"), defaults.baseUrl),
    policy: Settings.policy(defaults.policy),
    productTypes: Config.withDefault(ProductType.config("PRODUCT_TYPES"), ProductType.real)
  }),
  settings.prefix
)

/**
 * The source with options from configuration: by default those of {@link config}, which may be mapped to others. A key
 * under the prefix that nobody knows is an error, like a wrong value.
 *
 * @example
 * import { BitgetMix } from "@open-interest/bitget"
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as Config from "effect/Config"
 *
 * const transformClient = HttpClient.mapRequest(HttpClientRequest.setHeader("via", "1.1 proxy"))
 *
 * export const layer = BitgetMix.layerConfig(Config.map(BitgetMix.config, (options) => ({ ...options, transformClient })))
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<OpenInterestSource.OpenInterestSource, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(OpenInterestSource.OpenInterestSource, Effect.flatMap(Settings.load(options, settings), make))
