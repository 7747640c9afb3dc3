/**
 * Open interest of Bitget mix futures (API v2).
 *
 * Bitget counts coins of the base currency for every product type, coin-margined ones included; the quote value needs
 * a mark price. Its time stamp is that of the reply and says nothing about the age of the figure, and it does not say
 * whether one side or both are counted. Sources and doubts: docs/exchanges/bitget.md.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as Exchange from "@open-interest/core/Exchange"
import * as ExchangeClient from "@open-interest/core/ExchangeClient"
import type * as Instrument from "@open-interest/core/Instrument"
import * as InstrumentCatalog from "@open-interest/core/InstrumentCatalog"
import * as Listing from "@open-interest/core/Listing"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import * as OpenInterest from "@open-interest/core/OpenInterest"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import type * as Quota from "@open-interest/core/Quota"
import * as Settings from "@open-interest/core/Settings"
import * as SharedLookup from "@open-interest/core/SharedLookup"
import type { ExchangeError } from "@open-interest/core/SourceError"
import * as Wire from "@open-interest/core/Wire"
import * as Array from "effect/Array"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as endpoints from "./internal/endpoints.ts"
import { toInstrument } from "./internal/instrument.ts"
import { refusal } from "./internal/refusal.ts"
import * as wire from "./internal/wire.ts"
import * as ProductType from "./ProductType.ts"

/**
 * What may be chosen: base URL, policy, changes to the HTTP client, and the product types; each has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends ExchangeClient.Settings {
  /** Default: the three with real money. The demo ones are listed and read only when they are named here. */
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

const exchange = Exchange.make("bitget")

/** What the figure counts: base coins (recorded); of which sides, Bitget does not say. */
const convention = {
  unit: "base",
  sides: "unknown",
  timestampKind: "reply",
  unitVerified: true,
  sidesVerified: false
} as const

const openInterestRowOf = Wire.decodeRowOf(wire.OpenInterestRow, "data.openInterestList")

const tickerRowOf = Wire.decodeRowOf(wire.TickerRow, "data")

/** One request gives the mark prices of a product type, so readings of the same moment share it. */
const markPricesFreshFor = "1 second"

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
    const catalog = yield* InstrumentCatalog.make({
      exchange,
      lists: productTypes.map((productType) => {
        const toInstruments = Listing.fromRows({
          product: productType,
          schema: wire.ContractRow,
          path: "data",
          toInstrument: toInstrument(productType)
        })
        return {
          product: productType,
          settlesIn: (settle: string, base: string) => settle === ProductType.settle(productType, base),
          read: client.get(endpoints.contracts(productType)).pipe(
            Effect.map((answer) => toInstruments(answer, answer.value.data)),
            client.operation({ name: "instruments" })
          )
        }
      })
    })
    const tickers = new Map<
      string,
      SharedLookup.SharedLookup<ExchangeClient.Answer<typeof wire.Tickers.Type>, ExchangeError>
    >(
      yield* Effect.forEach(productTypes, (productType) =>
        Effect.map(
          SharedLookup.make(client.get(endpoints.tickers(productType)).pipe(client.operation({ name: "markPrices" }))),
          (lookup) => [productType, lookup] as const
        )
      )
    )

    const openInterest = (instrument: Instrument.Instrument) =>
      Effect.gen(function* () {
        const answer = yield* client.getSymbol(
          instrument.symbol,
          endpoints.openInterest(instrument.symbol, instrument.product)
        )
        const { openInterestList, ts } = answer.value.data
        // Bitget serves a symbol also under another product type, so the row must name it.
        const row = yield* Either.mapLeft(openInterestRowOf(openInterestList, instrument.symbol), answer.unexpected)
        return new OpenInterest.OpenInterest({
          instrument,
          amount: row.size,
          ...convention,
          timestamp: ts,
          receivedAt: answer.receivedAt
        })
      })

    const markPrice = (instrument: Instrument.Instrument) =>
      Effect.gen(function* () {
        const lookup = yield* Effect.orDie(Effect.fromNullable(tickers.get(instrument.product)))
        const answer = yield* lookup.get(markPricesFreshFor)
        const row = yield* Either.mapLeft(tickerRowOf(answer.value.data, instrument.symbol), answer.unexpected)
        return new MarkPrice.MarkPrice({ instrument, price: row.markPrice, timestamp: row.ts })
      })

    return OpenInterestSource.make({ exchange, catalog, operation: client.operation, openInterest, markPrice })
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
