import { SystemError } from "@effect/platform/Error"
import * as NodeKeyValueStore from "@effect/platform-node/NodeKeyValueStore"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as InstrumentArchive from "@open-interest/core/InstrumentArchive"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import * as report from "./report.ts"

/** Where a program keeps what it would be a pity to lose; a relative path does not count (XDG base directories). */
const folder = Config.string("XDG_STATE_HOME").pipe(
  Config.validate({ message: "expected an absolute path", validation: isAbsolute }),
  Effect.orElseSucceed(() => join(homedir(), ".local", "state")),
  Effect.map((state) => join(state, "open-interest", "instruments"))
)

/** The words of the file system, where it is to blame. */
const wordsOf = (part: unknown): ReadonlyArray<string> => {
  if (typeof part === "string") return [part]
  return part instanceof SystemError ? [part.description ?? part.message] : []
}

/** The next run still knows the contracts that were delivered. Where nothing can be kept, one line says so. */
const onDisk = Layer.unwrapEffect(
  Effect.map(folder, (path) => {
    let isTold = false
    const tellOnce = (parts: ReadonlyArray<unknown>) =>
      Effect.suspend(() => {
        if (isTold) return Effect.void
        isTold = true
        const reason = parts.flatMap(wordsOf).join(": ")
        return report.warning(`delivered contracts are not remembered in ${path}: ${reason}`)
      })

    /** What the archive logs is that line, or nothing. */
    const quietly = <A>(use: Effect.Effect<A>): Effect.Effect<A> =>
      Effect.suspend(() => {
        const logged: Array<ReadonlyArray<unknown>> = []
        const logger = Logger.make<unknown, void>(({ message }) => logged.push([message].flat()))
        return use.pipe(
          Effect.locally(FiberRef.currentLoggers, HashSet.make(logger)),
          Effect.zipLeft(Effect.suspend(() => (logged[0] === undefined ? Effect.void : tellOnce(logged[0]))))
        )
      })

    return Layer.effect(
      InstrumentArchive.InstrumentArchive,
      Effect.map(InstrumentArchive.InstrumentArchive, ({ find, keep }) => ({
        find: (exchange) => quietly(find(exchange)),
        keep: (listed) => quietly(keep(listed))
      }))
    ).pipe(
      Layer.provide(InstrumentArchive.layerKeyValueStore),
      Layer.provide(NodeKeyValueStore.layerFileSystem(path)),
      Layer.catchAll((error) => Layer.merge(InstrumentArchive.layerMemory, Layer.effectDiscard(tellOnce([error]))))
    )
  })
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
