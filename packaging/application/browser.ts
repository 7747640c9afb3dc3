// The application for a browser: the same layer, over fetch.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { notional } from "./notional.js"

export const read = (symbol: string, baseUrl: string = BinanceCoinM.defaults.baseUrl): Promise<string> => {
  const source = BinanceCoinM.layer({ baseUrl: BaseUrl.make(baseUrl) })
  return Effect.runPromise(Effect.provide(notional(symbol), Layer.provide(source, FetchHttpClient.layer)))
}
