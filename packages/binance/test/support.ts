import * as HttpClient from "@effect/platform/HttpClient"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import * as BinanceCoinM from "../src/BinanceCoinM.ts"

/** A whole body as it was recorded. */
export const recorded = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")

export const exchangeInfo = "/dapi/v1/exchangeInfo"
export const openInterest = "/dapi/v1/openInterest"
export const premiumIndex = "/dapi/v1/premiumIndex"

/** An exchange on which everything works, as it was recorded; a test changes what it is about. */
export const recordedRoutes: Playback.Routes = {
  [exchangeInfo]: { body: recorded("binance-dapi-exchangeInfo.json") },
  [openInterest]: { body: recorded("binance-dapi-openInterest.perp-2026-10-06.json") },
  [premiumIndex]: { body: recorded("binance-dapi-premiumIndex.2026-09-24.json") }
}

/** Runs against the routes, on the test's clock, and gives the requests back beside the result. */
export const play = <A, E>(
  routes: Playback.Routes,
  use: (source: OpenInterestSource.Service) => Effect.Effect<A, E>,
  options?: BinanceCoinM.Options
): Effect.Effect<{ readonly result: A; readonly received: ReadonlyArray<Playback.Received> }, E> => {
  const playback = Playback.make({ ...recordedRoutes, ...routes })
  return Effect.flatMap(OpenInterestSource.OpenInterestSource, use).pipe(
    Effect.provide(
      Layer.provide(BinanceCoinM.layer(options), Layer.succeed(HttpClient.HttpClient, Playback.client(playback)))
    ),
    Effect.map((result) => ({ result, received: playback.received }))
  )
}
