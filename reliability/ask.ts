/** What our client makes of an exchange: the figure, or the error, and how long it took. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import type * as Policy from "@open-interest/core/Policy"
import * as Pools from "@open-interest/core/Pools"
import type * as SourceError from "@open-interest/core/SourceError"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { Subject } from "./cases.ts"

/** A figure as text, and the time that the exchange gives it, in ms. */
export interface Figure {
  readonly figure: string
  readonly time: number
}

export interface Outcome {
  readonly result: Either.Either<Figure, SourceError.SourceError>
  /** Milliseconds. */
  readonly took: number
}

/** `node:http`, as `oi` has it. */
const httpClient = Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer({ keepAlive: true }))

export interface Options {
  readonly baseUrl: string
  readonly asks?: number | undefined
  readonly isCold?: boolean | undefined
  /** Default: that of the exchange package. */
  readonly policy?: Policy.Policy | undefined
}

/** Knows the contracts already, unless it is cold, asks for one, and takes the last of its answers. */
export const ask = (
  subject: Subject,
  { asks = 1, baseUrl, isCold = false, policy }: Options
): Effect.Effect<Outcome, SourceError.SourceError> =>
  Effect.gen(function* () {
    const source = yield* OpenInterestSource.OpenInterestSource
    if (!isCold) yield* source.instrument(subject.symbol)
    const read =
      subject.figure === "markPrice"
        ? Effect.map(source.markPrice(subject.symbol), ({ price, timestamp }) => ({
            figure: Decimal.format(price),
            time: timestamp.epochMillis
          }))
        : Effect.map(source.openInterest(subject.symbol), ({ amount, timestamp }) => ({
            figure: Decimal.format(amount),
            time: timestamp.epochMillis
          }))
    for (let before = 1; before < asks; before++) yield* Effect.ignore(read)
    const began = performance.now()
    const result = yield* Effect.either(read)
    return { result, took: performance.now() - began }
  }).pipe(
    Effect.provide(
      (subject.exchange === "binance" ? BinanceCoinM : BitgetMix).layer({ baseUrl: BaseUrl.make(baseUrl), policy })
    ),
    Effect.provide([httpClient, Pools.layerMemory])
  )
