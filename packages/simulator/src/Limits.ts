/**
 * The exchanges' rate limits as the simulated exchanges enforce them: what each does with a request that arrives at a given
 * time, without a server and without a clock.
 *
 * For a test that is about the limits alone, and for simulations of many hours. Each keeps an account of one address, the
 * simulated exchanges that of everybody who calls them. A request costs the same time however many came before it, and the
 * memory is bounded by the limits. A time that is earlier than that of the request before counts as that of the request
 * before.
 *
 * @since 0.1.0
 */
import * as internalBinance from "./internal/binance/limits.ts"
import * as internalBitget from "./internal/bitget/limits.ts"

/**
 * What Binance COIN-M allows.
 *
 * @since 0.1.0
 * @category models
 */
export interface BinanceOptions {
  /**
   * The weight that one UTC minute holds. Default: 2400, which `exchangeInfo` stated on 2026-09-25; some pages say 6000. 0
   * serves nobody.
   */
  readonly weightPerMinute?: number | undefined
  /**
   * How many requests to the history (`/futures/data`) five UTC minutes hold. Default: 1000, as documented since 2023-10-19. 0
   * serves nobody.
   */
  readonly historyPerFiveMinutes?: number | undefined
}

/**
 * What Binance COIN-M does with a request: it serves it (200), refuses it (429), or refuses it because the address is banned
 * (418).
 *
 * @since 0.1.0
 * @category models
 */
export type BinanceVerdict =
  | {
      readonly status: 200
      /** The weight used in this UTC minute, this request included; for the history, the requests of these five minutes. */
      readonly used: number
    }
  | {
      readonly status: 429
      /** The same, this request included: more than the limit. */
      readonly used: number
      /** Whole seconds until the minute is over, rounded up: 1 to 60; for the history until the five minutes are, 1 to 300. */
      readonly retryAfterSeconds: number
    }
  | {
      readonly status: 418
      /** When the ban ends, in ms since the epoch. */
      readonly until: number
      /** Whole seconds until then, rounded up. */
      readonly retryAfterSeconds: number
    }

/**
 * Binance COIN-M's account of one address.
 *
 * @since 0.1.0
 * @category models
 */
export interface BinanceLimits {
  /** The weight that one UTC minute holds. */
  readonly weightPerMinute: number
  /** How many requests to the history five UTC minutes hold. */
  readonly historyPerFiveMinutes: number
  /** Decides on a request of this weight that arrives at `now`, in ms since the epoch, and enters it in the account. */
  readonly request: (now: number, weight: number) => BinanceVerdict
  /** Decides on a request to the history that arrives at `now`, in ms since the epoch, and enters it in that account. */
  readonly requestHistory: (now: number) => BinanceVerdict
}

/**
 * The limits of Binance COIN-M: 2400 weight per UTC minute, which begins anew at the full minute (measured on 2026-10-07).
 *
 * The request that exceeds the limit gets a 429, and so does whatever follows in that minute. Who goes on regardless is
 * banned: 2 minutes at first, twice as long with every new ban, 3 days at most, and a 418 for every request meanwhile.
 *
 * The history has an account of its own, 1000 requests per 5 minutes, and costs no weight. Whoever is banned, for the one or
 * the other, is refused everywhere.
 *
 * Documented are the limits, both statuses, and that bans grow from 2 minutes to 3 days with repeated violation. Not
 * documented, and assumed here:
 *
 * - the five minutes of the history begin at every fifth minute of UTC;
 * - the eleventh request over a limit within one minute, of the history within five, brings the ban;
 * - a refused request costs its weight like any other, so that no lighter one slips through after it;
 * - the length of a ban doubles, and no ban is ever forgotten;
 * - a request during a ban neither prolongs it nor costs anything.
 *
 * @example
 * import { Limits } from "@open-interest/simulator"
 *
 * const limits = Limits.binance({ weightPerMinute: 10 })
 *
 * export const served = limits.request(Date.UTC(2026, 9, 6, 12, 5, 3), 10) // { status: 200, used: 10 }
 * export const refused = limits.request(Date.UTC(2026, 9, 6, 12, 5, 4), 1) // 429, used: 11, retryAfterSeconds: 56
 *
 * @since 0.1.0
 * @category constructors
 */
export const binance = (options: BinanceOptions = {}): BinanceLimits => internalBinance.make(options)

/**
 * What Bitget allows.
 *
 * @since 0.1.0
 * @category models
 */
export interface BitgetOptions {
  /** How many requests an endpoint serves in any second. Default: 20, as documented. 0 serves nobody. */
  readonly perSecond?: number | undefined
  /** How many requests all endpoints together serve in any minute. Default: 6000, as documented. 0 serves nobody. */
  readonly perMinute?: number | undefined
}

/**
 * What Bitget does with a request: it serves it (200) or refuses it (429).
 *
 * @since 0.1.0
 * @category models
 */
export type BitgetVerdict =
  | {
      readonly status: 200
      /** How many more requests this endpoint would serve at this moment, as far as its own limit goes. */
      readonly remaining: number
    }
  | { readonly status: 429 }

/**
 * Bitget's account of one address.
 *
 * @since 0.1.0
 * @category models
 */
export interface BitgetLimits {
  /**
   * Decides on a request to an endpoint that arrives at `now`, in ms, and enters it in the account. Endpoints are told apart
   * by name, and every name is remembered.
   */
  readonly request: (now: number, endpoint: string) => BitgetVerdict
}

/**
 * The limits of Bitget: 20 requests per second and endpoint, and 6000 per minute over all endpoints, both documented.
 *
 * Where a second and a minute begin is not. This is the strictest reading: no second and no minute, wherever it is placed,
 * holds more served requests than the limit. A request at `t` counts until just before `t` + 1 s. Assumed is also that a
 * refused request counts for nothing, and that refusals never lead to a ban.
 *
 * @example
 * import { Limits } from "@open-interest/simulator"
 *
 * const limits = Limits.bitget({ perSecond: 1 })
 *
 * export const served = limits.request(0, "tickers") // { status: 200, remaining: 0 }
 * export const refused = limits.request(999, "tickers") // { status: 429 }
 * export const servedAgain = limits.request(1000, "tickers") // { status: 200, remaining: 0 }
 *
 * @since 0.1.0
 * @category constructors
 */
export const bitget = (options: BitgetOptions = {}): BitgetLimits => internalBitget.make(options)
