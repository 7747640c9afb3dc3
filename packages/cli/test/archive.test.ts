import * as HttpClient from "@effect/platform/HttpClient"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as History from "@open-interest/core/History"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Pools from "@open-interest/core/Pools"
import * as Playback from "@open-interest/simulator/Playback"
import * as Chunk from "effect/Chunk"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Archive from "../src/archive.ts"
import { binance, recorded, temporaryFolder, watchStandardError } from "./support.ts"

const listed = recorded("binance-dapi-exchangeInfo.json")
const { symbols, ...rest } = JSON.parse(listed)
const isQuarterly = ({ symbol }: { readonly symbol: string }) => symbol === "BTCUSD_261225"
const withoutQuarterly = JSON.stringify({ ...rest, symbols: symbols.filter((row: never) => !isQuarterly(row)) })

const delivery = Date.UTC(2026, 11, 25, 8)

const row = (timestamp: number) => ({
  pair: "BTCUSD",
  contractType: "CURRENT_QUARTER",
  sumOpenInterest: "2909783.00000000",
  sumOpenInterestValue: "4097.81720000",
  timestamp
})

/** Asks a source of its own, as a run of the program does, for the last row of the contract before its delivery. */
const run = (state: string, exchangeInfo: string, baseUrl = "https://dapi.binance.com") => {
  const stamp = delivery - 3 * 3_600_000
  const playback = Playback.make({
    ...binance,
    "/dapi/v1/exchangeInfo": { body: exchangeInfo },
    "/futures/data/openInterestHist": { body: JSON.stringify([row(stamp)]) }
  })
  const settings = { XDG_STATE_HOME: state, OPEN_INTEREST_BINANCE_BASE_URL: baseUrl }
  const source = Layer.provide(BinanceCoinM.layerConfig(), Archive.layer(BinanceCoinM.config)).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, Playback.client(playback))),
    Layer.provide(
      Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings)), { pathDelim: "_" }))
    )
  )
  return Effect.flatMap(OpenInterestSource.OpenInterestSource, ({ history }) => {
    const at = DateTime.unsafeMake(stamp)
    return Stream.runCollect(History.points(history({ symbol: "BTCUSD_261225", period: "1h", since: at, until: at })))
  }).pipe(
    Effect.provide(source),
    Effect.provide(Pools.layerMemory),
    Effect.map(Chunk.size),
    Effect.either,
    Effect.map(Either.mapLeft(({ message }) => message))
  )
}

const beforeDelivery = TestClock.setTime(delivery - 3_600_000)
const afterDelivery = TestClock.setTime(delivery + 86_400_000)

afterEach(() => void vi.restoreAllMocks())

describe("contracts of a live exchange", () => {
  it.scoped("are known to the next run when they have been delivered", () =>
    Effect.gen(function* () {
      const state = yield* temporaryFolder
      yield* beforeDelivery
      assert.deepStrictEqual(yield* run(state, listed), Either.right(1))
      assert.deepStrictEqual(readdirSync(join(state, "open-interest", "instruments")), ["binance"])
      yield* afterDelivery
      assert.deepStrictEqual(yield* run(state, withoutQuarterly), Either.right(1))
      // Another state knows nothing of it.
      assert.isTrue(Either.isLeft(yield* run(yield* temporaryFolder, withoutQuarterly)))
    })
  )

  it.scoped("are kept on disk for no exchange on this machine, which is a simulated one", () =>
    Effect.gen(function* () {
      const state = yield* temporaryFolder
      yield* beforeDelivery
      assert.deepStrictEqual(yield* run(state, listed, "http://127.0.0.1:1"), Either.right(1))
      assert.isFalse(existsSync(join(state, "open-interest")))
    })
  )

  it.scoped("are read all the same where nothing can be kept, and one line says so", () =>
    Effect.gen(function* () {
      yield* beforeDelivery
      for (const [prepare, line] of [
        [
          (state: string) => writeFileSync(join(state, "open-interest"), ""),
          (path: string) => `${path}: ENOTDIR: not a directory, access '${path}'`
        ],
        [
          (state: string) => mkdirSync(join(state, "open-interest", "instruments", "binance"), { recursive: true }),
          (path: string) =>
            `${path}: the archive of binance stays as it was: EISDIR: illegal operation on a directory, read`
        ]
      ] as const) {
        const state = yield* temporaryFolder
        prepare(state)
        const written = watchStandardError()
        assert.deepStrictEqual(yield* run(state, listed), Either.right(1))
        // Here it looks into the archive twice.
        assert.isTrue(Either.isLeft(yield* run(state, withoutQuarterly)))
        const path = join(state, "open-interest", "instruments")
        const warning = `warning: delivered contracts are not remembered in ${line(path)}\n`
        assert.deepStrictEqual(written, [warning, warning])
        vi.restoreAllMocks()
      }
    })
  )

  it.scoped("are kept again after what was kept has become unreadable", () =>
    Effect.gen(function* () {
      const state = yield* temporaryFolder
      const folder = join(state, "open-interest", "instruments")
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, "binance"), '[{"symbol":')
      yield* beforeDelivery
      const written = watchStandardError()
      yield* run(state, listed)
      assert.deepStrictEqual(written, [
        `warning: delivered contracts are not remembered in ${folder}: the archive of binance cannot be read\n`
      ])
      yield* afterDelivery
      assert.deepStrictEqual(yield* run(state, withoutQuarterly), Either.right(1))
      assert.strictEqual(written.length, 1)
    })
  )
})
