/**
 * Open interest of Binance COIN-M futures.
 *
 * Binance counts contracts of 100 USD (BTC) or 10 USD (all others ever recorded); the size is read per contract. The
 * quote value is exact, the coin amount needs a mark price. One side is counted, as every aggregator reads it; Binance
 * itself does not say. Sources and doubts: docs/exchanges/binance.md.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as Convention from "@open-interest/core/Convention"
import * as ExchangeClient from "@open-interest/core/ExchangeClient"
import type * as Instrument from "@open-interest/core/Instrument"
import * as InstrumentCatalog from "@open-interest/core/InstrumentCatalog"
import * as Listing from "@open-interest/core/Listing"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import type * as Quota from "@open-interest/core/Quota"
import * as Settings from "@open-interest/core/Settings"
import * as SharedLookup from "@open-interest/core/SharedLookup"
import * as Wire from "@open-interest/core/Wire"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Conventions from "./internal/conventions.ts"
import * as endpoints from "./internal/endpoints.ts"
import * as History from "./internal/history.ts"
import { toInstrument } from "./internal/instrument.ts"
import { refusal } from "./internal/refusal.ts"
import * as wire from "./internal/wire.ts"

/**
 * What may be chosen: base URL, policy, and changes to the HTTP client; each has a default, see {@link defaults}.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = ExchangeClient.Settings

/**
 * `https://dapi.binance.com`, and the standard policy.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults = { baseUrl: BaseUrl.make("https://dapi.binance.com"), policy: Policy.standard }

/**
 * What Binance lets one address send: 2400 weight per minute, shared with USDⓈ-M futures (second hand), and of
 * `/futures/data`, the history, 1000 requests in 5 minutes (documented).
 *
 * @since 0.1.0
 * @category limits
 */
export const limits = (_options: Options = {}): Quota.Limits => ({
  pools: endpoints.pools,
  // The list, the figure, and the prices.
  requestsPerReading: 3
})

/**
 * What it takes at most to read so many contracts at once with their prices, retries left out: one request for each
 * contract, one for all prices, and now and then one for the list.
 *
 * @since 0.1.0
 * @category limits
 */
export const costOfReadings = (contracts: number, _options: Options = {}): ReadonlyArray<Quota.Cost> =>
  endpoints.costOfReadings(contracts)

/**
 * What its figures count, and on what evidence.
 *
 * @since 0.1.0
 * @category conventions
 */
export const conventions: ReadonlyArray<Convention.Convention> = [Conventions.now, Conventions.history]

const { exchange } = Conventions

const toInstruments = Listing.fromRows({
  product: "COIN-M",
  schema: wire.ContractRow,
  path: "symbols",
  toInstrument
})

const premiumIndexRowOf = Wire.decodeRowOf(wire.PremiumIndexRow, "")

/** One request gives the mark prices of all contracts, so readings of the same moment share it. */
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
    const client = yield* ExchangeClient.make({
      exchange,
      defaults,
      settings: options,
      refusal
    })
    const catalog = yield* InstrumentCatalog.make({
      exchange,
      lists: [
        {
          product: "COIN-M",
          settlesIn: (settle, base) => settle === base,
          read: client.get(endpoints.exchangeInfo).pipe(
            Effect.map((answer) => toInstruments(answer, answer.value.symbols)),
            client.operation({ name: "instruments" })
          )
        }
      ]
    })
    const premiumIndex = yield* SharedLookup.make(
      client.get(endpoints.premiumIndex).pipe(
        Effect.map((answer) => ({ answer, rowOf: premiumIndexRowOf(answer.value) })),
        client.operation({ name: "markPrices" })
      )
    )

    const openInterest = (instrument: Instrument.Instrument) =>
      Effect.flatMap(client.getSymbol(instrument.symbol, endpoints.openInterest(instrument.symbol)), (answer) => {
        const { openInterest: amount, symbol: answered, time: timestamp } = answer.value
        const { receivedAt } = answer
        return answered === instrument.symbol
          ? Effect.succeed(Convention.reading(Conventions.now, { instrument, amount, timestamp, receivedAt }))
          : answer.unexpected({
              path: "symbol",
              detail: `asked for ${JSON.stringify(instrument.symbol)}, answered for ${JSON.stringify(answered)}`
            })
      })

    const markPrices = Effect.map(
      premiumIndex.get(markPricesFreshFor),
      ({ answer, rowOf }) =>
        (instrument: Instrument.Instrument) =>
          Either.mapBoth(rowOf(instrument.symbol), {
            onLeft: answer.unexpected,
            onRight: (row) => new MarkPrice.MarkPrice({ instrument, price: row.markPrice, timestamp: row.time }, true)
          })
    )

    return OpenInterestSource.make({
      exchange,
      catalog,
      operation: client.operation,
      openInterest,
      markPrice: (instrument) => Effect.flatMap(markPrices, (priceOf) => priceOf(instrument)),
      markPrices,
      history: History.make(client, catalog)
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
 * The keys under `OPEN_INTEREST_BINANCE_`: `BASE_URL`, `POLICY` with a whole policy as JSON, and one for each number of
 * the policy.
 *
 * @since 0.1.0
 * @category config
 */
export const settings: Settings.Keys = {
  prefix: "OPEN_INTEREST_BINANCE",
  known: ["BASE_URL", ...Settings.policyKeys]
}

/**
 * The options from the keys of {@link settings}, each with its default: `OPEN_INTEREST_BINANCE_BASE_URL`,
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
 * import { BinanceCoinM } from "@open-interest/binance"
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as Config from "effect/Config"
 *
 * const transformClient = HttpClient.mapRequest(HttpClientRequest.setHeader("via", "1.1 proxy"))
 *
 * export const layer = BinanceCoinM.layerConfig(Config.map(BinanceCoinM.config, (options) => ({ ...options, transformClient })))
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config<Options> = config
): Layer.Layer<OpenInterestSource.OpenInterestSource, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(OpenInterestSource.OpenInterestSource, Effect.flatMap(Settings.load(options, settings), make))
