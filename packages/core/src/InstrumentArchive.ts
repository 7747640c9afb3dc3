/**
 * Contracts that were listed once: what is needed to read the history of one that has been delivered since.
 *
 * @since 0.1.0
 */
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Exchange } from "./Exchange.ts"
import { Instrument } from "./Instrument.ts"

/**
 * Keeps dated contracts for 31 days after their delivery, a day longer than any exchange that we know keeps history.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Takes note of what is listed now. Contracts without a delivery time are passed over. */
  readonly keep: (listed: ReadonlyArray<Instrument>) => Effect.Effect<void>
  /** The contracts kept of an exchange, the newest listing of a symbol only. */
  readonly find: (exchange: Exchange) => Effect.Effect<ReadonlyArray<Instrument>>
}

const unreadable = (exchange: Exchange): string => `the archive of ${exchange} cannot be read`

const keptFor = Duration.toMillis("31 days")

const isDue = (instrument: Instrument, now: number): boolean =>
  Option.exists(instrument.deliveryAt, (at) => at.epochMillis + keptFor >= now)

/** What is to be kept after a look at a list; the same array where nothing is new. */
const merge = (kept: ReadonlyArray<Instrument>, listed: ReadonlyArray<Instrument>, now: number) => {
  const fresh = listed.filter((instrument) => isDue(instrument, now) && !kept.some(Equal.equals(instrument)))
  if (fresh.length === 0) return kept
  const replaced = new Set(fresh.map((instrument) => instrument.symbol))
  return [...kept.filter((each) => isDue(each, now) && !replaced.has(each.symbol)), ...fresh]
}

/**
 * An archive over a place that holds one list per exchange. One look at a list at a time: it is read, then written, and
 * not written where it could not be read, or what it holds would be lost.
 */
const make = <E>(place: {
  readonly read: (exchange: Exchange) => Effect.Effect<ReadonlyArray<Instrument>, E>
  readonly write: (exchange: Exchange, kept: ReadonlyArray<Instrument>) => Effect.Effect<void, E>
}): Service => {
  const turn = Effect.unsafeMakeSemaphore(1)
  return {
    keep: (listed) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        for (const ofExchange of Object.values(Array.groupBy(listed, (instrument) => instrument.exchange))) {
          const { exchange } = ofExchange[0]
          yield* Effect.flatMap(place.read(exchange), (kept) => {
            const merged = merge(kept, ofExchange, now)
            return merged === kept ? Effect.void : place.write(exchange, merged)
          }).pipe(Effect.catchAll((error) => Effect.logWarning(`the archive of ${exchange} stays as it was`, error)))
        }
      }).pipe(turn.withPermits(1)),
    find: (exchange) =>
      Effect.catchAll(place.read(exchange), (error) => Effect.as(Effect.logWarning(unreadable(exchange), error), []))
  }
}

/**
 * An archive in memory, empty at first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory = (): Service => {
  const lists = new Map<Exchange, ReadonlyArray<Instrument>>()
  return make({
    read: (exchange) => Effect.sync(() => lists.get(exchange) ?? []),
    write: (exchange, kept) => Effect.sync(() => lists.set(exchange, kept))
  })
}

/**
 * The archive in use: by default one in memory for the whole process.
 *
 * @since 0.1.0
 * @category references
 */
export class InstrumentArchive extends Context.Reference<InstrumentArchive>()("@open-interest/core/InstrumentArchive", {
  defaultValue: makeMemory
}) {}

/**
 * An archive of one's own in memory, for tests.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<never> = Layer.sync(InstrumentArchive, makeMemory)

const Kept = Schema.Array(Instrument)

/**
 * An archive that outlives the process, with one entry per exchange in the store. What can't be read or written there
 * is logged as a warning; no reading fails over it. An entry that is no archive is written anew.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerKeyValueStore: Layer.Layer<never, never, KeyValueStore.KeyValueStore> = Layer.effect(
  InstrumentArchive,
  Effect.map(KeyValueStore.KeyValueStore, (keyValueStore) => {
    const store = keyValueStore.forSchema(Kept)
    return make({
      read: (exchange) =>
        store.get(exchange).pipe(
          Effect.map(Option.getOrElse((): ReadonlyArray<Instrument> => [])),
          Effect.catchTag("ParseError", (error) => Effect.as(Effect.logWarning(unreadable(exchange), error), []))
        ),
      write: store.set
    })
  })
)
