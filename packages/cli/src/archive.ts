import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as InstrumentArchive from "@open-interest/core/InstrumentArchive"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as State from "./state.ts"

/** The next run still knows the contracts that were delivered; where nothing can be kept, only this one. */
const onDisk = Layer.unwrapEffect(
  Effect.map(State.place("instruments", "delivered contracts"), ({ quietly, store, tellOnce }) =>
    Layer.effect(
      InstrumentArchive.InstrumentArchive,
      Effect.map(InstrumentArchive.InstrumentArchive, ({ find, keep }) => ({
        find: (exchange) => quietly(find(exchange)),
        keep: (listed) => quietly(keep(listed))
      }))
    ).pipe(
      Layer.provide(InstrumentArchive.layerKeyValueStore),
      Layer.provide(store),
      Layer.catchAll((error) => Layer.merge(InstrumentArchive.layerMemory, Layer.effectDiscard(tellOnce([error]))))
    )
  )
)

/**
 * Where a source keeps the contracts that it lists: on disk those of a live exchange, in memory those of a simulated
 * one. Wrong settings are the source's own to report.
 */
export const layer = (config: Config.Config<{ readonly baseUrl?: BaseUrl.BaseUrl | undefined }>): Layer.Layer<never> =>
  config.pipe(
    Effect.map(({ baseUrl }) => baseUrl === undefined || BaseUrl.isLoopback(baseUrl)),
    Effect.orElseSucceed(() => true),
    Effect.map((isLocal) => (isLocal ? InstrumentArchive.layerMemory : onDisk)),
    Layer.unwrapEffect
  )
