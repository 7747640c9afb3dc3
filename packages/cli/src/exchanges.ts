import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as BybitV5 from "@open-interest/bybit/BybitV5"
import * as InstrumentArchive from "@open-interest/core/InstrumentArchive"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Simulator from "@open-interest/simulator/Simulator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Archive from "./archive.ts"
import * as report from "./report.ts"
import * as SettingSources from "./settingSources.ts"
import * as State from "./state.ts"

/** Every exchange that `oi` knows, by the name that a target begins with. A new one is one line here. */
export const exchanges = {
  binance: BinanceCoinM,
  bitget: BitgetMix,
  bybit: BybitV5
}

/** `node:http`, which adds no client of its own to the bundle, with connections kept alive. */
export const httpClient = Layer.provide(
  NodeHttpClient.layerWithoutAgent,
  NodeHttpClient.makeAgentLayer({ keepAlive: true })
)

/** The sources of these exchanges, each with the archive that it is given. */
const sources = (names: ReadonlyArray<string>, archive: typeof Archive.layer) =>
  Layer.provide(
    OpenInterestSources.layer(
      Record.map(
        Record.filter(exchanges, (_, name) => names.includes(name)),
        ({ config, layerConfig }) =>
          layerConfig().pipe(
            Layer.catchAll((error) => Layer.unwrapEffect(Effect.map(SettingSources.locate(error), Layer.fail))),
            Layer.provide(archive(config))
          )
      )
    ),
    httpClient
  )

const withState = (names: ReadonlyArray<string>) => Layer.provideMerge(sources(names, Archive.layer), State.pools)

const withoutState = (names: ReadonlyArray<string>) => sources(names, () => InstrumentArchive.layerMemory)

/** Settings that point at simulated exchanges in this process, whichever there are; all others stay. */
export const simulation: Layer.Layer<never> = Layer.unwrapScoped(
  Effect.gen(function* () {
    const simulator = yield* Simulator.Simulator
    yield* report.note("the exchanges are simulated, these figures are made up")
    const baseUrls = Record.toEntries(exchanges).map(
      ([name, { settings }]) => [`${settings.prefix}_BASE_URL`, simulator[name].baseUrl] as const
    )
    return SettingSources.fromFlag("--simulated", new Map(baseUrls))
  })
).pipe(Layer.provide(Layer.orDie(Simulator.layer())))

/** Where the commands get the figures of these exchanges from, and whether what a run learns is kept for the next. */
export const layer = (
  names: ReadonlyArray<string>,
  { noState, simulated }: { readonly noState: boolean; readonly simulated: boolean }
) => {
  if (simulated) return Layer.provide(withoutState(names), simulation)
  return noState ? withoutState(names) : withState(names)
}

/** The exchanges that keep a history, by the conventions that they state. */
export const withHistory: ReadonlyArray<string> = Object.entries(exchanges).flatMap(([name, { conventions }]) =>
  conventions.some(({ series }) => series === "history") ? [name] : []
)
