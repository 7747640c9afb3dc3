import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import * as Exchange from "../src/Exchange.ts"
import * as Instrument from "../src/Instrument.ts"
import * as InstrumentArchive from "../src/InstrumentArchive.ts"
import { binanceBtc, time } from "./support.ts"

const dated = (symbol: string, listedAt: string, deliveryAt: string, exchange = "binance") =>
  Instrument.make({
    exchange,
    symbol,
    base: "BTC",
    quote: "USD",
    settle: "BTC",
    contractSize: { amount: "100", unit: "quote" },
    listedAt: time(listedAt),
    deliveryAt: time(deliveryAt)
  })

const september = dated("BTCUSD_260925", "2026-03-27T08:00:00Z", "2026-09-25T08:00:00Z")
const december = dated("BTCUSD_261225", "2026-06-26T08:00:00Z", "2026-12-25T08:00:00Z")
const elsewhere = dated("BTCUSDZ26", "2026-06-26T08:00:00Z", "2026-12-25T08:00:00Z", "bitget")

const binance = Exchange.make("binance")
const found = Effect.flatMap(InstrumentArchive.InstrumentArchive, (archive) => archive.find(binance))
const keep = (...listed: ReadonlyArray<Instrument.Instrument>) =>
  Effect.flatMap(InstrumentArchive.InstrumentArchive, (archive) => archive.keep(listed))
const assertSame = (actual: ReadonlyArray<Instrument.Instrument>, expected: ReadonlyArray<Instrument.Instrument>) =>
  assert.isTrue(Equal.equals(Data.array(actual), Data.array(expected)), actual.map(({ symbol }) => symbol).join(", "))
const setTime = (text: string) => TestClock.setTime(time(text).epochMillis)

const stored = InstrumentArchive.layerKeyValueStore.pipe(Layer.provideMerge(KeyValueStore.layerMemory))

for (const [where, layer] of [
  ["in memory", InstrumentArchive.layerMemory],
  ["in a store", stored]
] as const) {
  describe(`an archive ${where}`, () => {
    it.effect("keeps the dated contracts of each exchange, also when they are listed no more", () =>
      Effect.gen(function* () {
        yield* setTime("2026-09-20T00:00:00Z")
        yield* keep(binanceBtc, september, elsewhere)
        yield* keep(binanceBtc, december)
        assertSame(yield* found, [september, december])
      }).pipe(Effect.provide(layer))
    )

    it.effect("lets a contract go a month after its delivery", () =>
      Effect.gen(function* () {
        yield* setTime("2026-09-20T00:00:00Z")
        yield* keep(september)
        yield* setTime("2026-10-26T07:59:59Z")
        yield* keep(december)
        assertSame(yield* found, [september, december])
        yield* setTime("2026-10-26T08:00:01Z")
        yield* keep(dated("BTCUSD_270326", "2026-09-25T08:00:00Z", "2027-03-26T08:00:00Z"))
        assert.deepStrictEqual(
          (yield* found).map(({ symbol }) => symbol),
          ["BTCUSD_261225", "BTCUSD_270326"]
        )
      }).pipe(Effect.provide(layer))
    )

    it.effect("does not take up a contract that was delivered long ago", () =>
      Effect.gen(function* () {
        yield* setTime("2026-11-20T00:00:00Z")
        yield* keep(september)
        assertSame(yield* found, [])
      }).pipe(Effect.provide(layer))
    )

    it.effect("takes note when a contract is to be delivered at another time", () =>
      Effect.gen(function* () {
        yield* setTime("2026-09-20T00:00:00Z")
        const earlier = dated("BTCUSD_260925", "2026-03-27T08:00:00Z", "2026-09-24T08:00:00Z")
        yield* keep(earlier)
        yield* keep(september, december)
        assertSame(yield* found, [september, december])
      }).pipe(Effect.provide(layer))
    )

    it.effect("replaces a contract by a new one of the same name", () =>
      Effect.gen(function* () {
        yield* setTime("2026-09-20T00:00:00Z")
        const again = dated("BTCUSD_260925", "2026-07-01T08:00:00Z", "2026-09-25T08:00:00Z")
        yield* keep(september)
        yield* keep(again)
        assertSame(yield* found, [again])
      }).pipe(Effect.provide(layer))
    )
  })
}

describe("an archive in a store", () => {
  it.effect("outlives the process", () =>
    Effect.gen(function* () {
      yield* setTime("2026-09-20T00:00:00Z")
      yield* keep(september).pipe(Effect.provide(InstrumentArchive.layerKeyValueStore))
      const later = yield* found.pipe(Effect.provide(InstrumentArchive.layerKeyValueStore))
      assertSame(later, [september])
    }).pipe(Effect.provide(KeyValueStore.layerMemory))
  )

  it.effect("that is broken is empty, is written anew, and says so in the log", () => {
    const log: Array<unknown> = []
    return Effect.gen(function* () {
      const store = yield* KeyValueStore.KeyValueStore
      yield* store.set("binance", "[{")
      yield* setTime("2026-09-20T00:00:00Z")
      assertSame(yield* found, [])
      yield* keep(september)
      assertSame(yield* found, [september])
      assert.include(String(log[0]), "the archive of binance cannot be read")
    }).pipe(
      Effect.provide(stored),
      Effect.provide(
        Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ message }) => log.push(message))
        )
      )
    )
  })

  it.effect("that can't be read for once is not written over", () =>
    Effect.gen(function* () {
      yield* setTime("2026-09-20T00:00:00Z")
      const store = yield* KeyValueStore.KeyValueStore
      yield* keep(september).pipe(Effect.provide(InstrumentArchive.layerKeyValueStore))
      const busy = KeyValueStore.make({ ...store, get: () => Effect.fail({ _tag: "SystemError" } as never) })
      yield* keep(december).pipe(
        Effect.zipRight(found),
        Effect.tap((nothing) => assertSame(nothing, [])),
        Effect.provide(InstrumentArchive.layerKeyValueStore),
        Effect.provideService(KeyValueStore.KeyValueStore, busy)
      )
      assertSame(yield* found.pipe(Effect.provide(InstrumentArchive.layerKeyValueStore)), [september])
    }).pipe(Effect.provide(KeyValueStore.layerMemory), Effect.provide(Logger.remove(Logger.defaultLogger)))
  )

  it.effect("that can't be written stops nobody", () =>
    Effect.gen(function* () {
      yield* setTime("2026-09-20T00:00:00Z")
      yield* keep(september)
      assertSame(yield* found, [])
    }).pipe(
      Effect.provide(InstrumentArchive.layerKeyValueStore),
      Effect.provide(Logger.remove(Logger.defaultLogger)),
      Effect.provideService(
        KeyValueStore.KeyValueStore,
        KeyValueStore.makeStringOnly({
          get: () => Effect.succeedNone,
          set: () => Effect.fail({ _tag: "SystemError" } as never),
          remove: () => Effect.void,
          clear: Effect.void,
          size: Effect.succeed(0)
        })
      )
    )
  )
})
