import * as HttpClient from "@effect/platform/HttpClient"
import type * as BitgetMix from "@open-interest/bitget/BitgetMix"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import * as Policy from "@open-interest/core/Policy"
import type { ExchangeError } from "@open-interest/core/SourceError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExchangeName } from "../exchangeArguments.ts"
import { exchanges } from "../exchanges.ts"
import { patience } from "./network.ts"

/** The head of an answer, with the times of sending and receipt in Unix milliseconds. */
export interface Head {
  readonly sentAt: number
  readonly receivedAt: number
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** What came of one request: the head where one came, whatever it said, and the error where figures can't be had. */
export interface Asked {
  readonly head: Option.Option<Head>
  readonly error: Option.Option<ExchangeError>
}

/** What makes one short list of the lists of an exchange; Bybit has two, and no choice of them. */
const shortest = {
  binance: {},
  bitget: { productTypes: ["COIN-FUTURES"] },
  bybit: {}
} as const satisfies Record<ExchangeName, BitgetMix.Options>

/**
 * Sends a request for a list of contracts, as every request is sent: it waits for its turn, is paid, and does not go
 * where the exchange has closed.
 */
export const ask = (
  exchange: ExchangeName,
  options: ExchangeClient.Settings
): Effect.Effect<Asked, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    let head = Option.none<Head>()
    const observed = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
      HttpClient.transform(client, (send) =>
        Effect.gen(function* () {
          const sentAt = yield* Clock.currentTimeMillis
          const response = yield* send
          const receivedAt = yield* Clock.currentTimeMillis
          head = Option.some({ sentAt, receivedAt, status: response.status, headers: response.headers })
          return response
        })
      )
    const { fraction = Policy.defaultFraction } = options.policy ?? exchanges[exchange].defaults.policy
    const policy = Policy.make(Policy.timeout(patience), Policy.quota({ fraction }))
    const source = yield* exchanges[exchange].make({
      ...options,
      ...shortest[exchange],
      policy,
      transformClient: observed
    })
    const listing = yield* Effect.either(source.instruments)
    const error =
      listing._tag === "Left"
        ? Option.some(listing.left)
        : Option.fromNullable(listing.right.failures.find(({ missing }) => missing === "list")?.error)
    return { head, error }
  }).pipe(Effect.scoped)
