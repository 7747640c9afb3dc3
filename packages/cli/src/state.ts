import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Pools from "@open-interest/core/Pools"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { randomUUID } from "node:crypto"
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import * as report from "./report.ts"

/** Where a program keeps what it would be a pity to lose; a relative path does not count (XDG base directories). */
export const folder = Config.string("XDG_STATE_HOME").pipe(
  Config.validate({ message: "expected an absolute path", validation: isAbsolute }),
  Effect.orElseSucceed(() => join(homedir(), ".local", "state")),
  Effect.map((state) => join(state, "open-interest"))
)

/** Another process reads the whole of a file, as it was or as it is. */
const wholeFiles = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (files) => ({
    ...files,
    writeFileString: (path: string, text: string) => {
      const draft = `${path}.${randomUUID()}`
      return files.writeFileString(draft, text).pipe(
        Effect.zipRight(files.rename(draft, path)),
        Effect.onError(() => Effect.ignore(files.remove(draft)))
      )
    }
  }))
)

/** The words of the file system, where it is to blame. */
const wordsOf = (part: unknown): ReadonlyArray<string> => {
  if (typeof part === "string") return [part]
  return part instanceof SystemError ? [part.description ?? part.message] : []
}

/** What is kept in a folder of the user's state folder. */
export interface Place {
  readonly store: Layer.Layer<KeyValueStore.KeyValueStore, PlatformError>
  /** Says that nothing can be kept there, and why; no more than once. */
  readonly tellOnce: (why: ReadonlyArray<unknown>) => Effect.Effect<void>
  /** What would be logged is told by {@link Place.tellOnce}. */
  readonly quietly: <A, E, R>(use: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The folder of this name; `what` is there. */
export const place = (name: string, what: string): Effect.Effect<Place> =>
  Effect.map(folder, (state) => {
    const path = join(state, name)
    let isTold = false
    const tellOnce: Place["tellOnce"] = (why) =>
      Effect.suspend(() => {
        if (isTold) return Effect.void
        isTold = true
        return report.warning(`${what} are not remembered in ${path}: ${why.flatMap(wordsOf).join(": ")}`)
      })
    return {
      store: KeyValueStore.layerFileSystem(path).pipe(
        Layer.provide(Layer.merge(wholeFiles, NodePath.layer)),
        Layer.provide(NodeFileSystem.layer)
      ),
      tellOnce,
      quietly: (use) =>
        Effect.suspend(() => {
          const logged: Array<ReadonlyArray<unknown>> = []
          const logger = Logger.make<unknown, void>(({ message }) => logged.push([message].flat()))
          return use.pipe(
            Effect.locally(FiberRef.currentLoggers, HashSet.make(logger)),
            Effect.ensuring(Effect.suspend(() => (logged[0] === undefined ? Effect.void : tellOnce(logged[0]))))
          )
        })
    }
  })

/** What one run learns of a ban holds for the next. */
export const pools: Layer.Layer<never> = Layer.unwrapEffect(
  Effect.map(place("bans", "bans"), ({ quietly, store, tellOnce }) =>
    Layer.effect(
      Pools.Pools,
      Effect.map(Pools.Pools, ({ state, withPermit }) => ({
        state,
        withPermit: (request, use) =>
          Effect.flatMap(FiberRef.get(FiberRef.currentLoggers), (loggers) =>
            quietly(withPermit(request, (permit) => Effect.locally(use(permit), FiberRef.currentLoggers, loggers)))
          )
      }))
    ).pipe(
      Layer.provide(Pools.layerKeyValueStore),
      Layer.provide(store),
      Layer.catchAll((error) => Layer.merge(Pools.layerMemory, Layer.effectDiscard(tellOnce([error]))))
    )
  )
)
