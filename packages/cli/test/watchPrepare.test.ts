import { assert, describe, it } from "@effect/vitest"
import type { Instrument } from "@open-interest/core/Instrument"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as SourceError from "@open-interest/core/SourceError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Prepare from "../src/watch/prepare.ts"
import { binance, lost } from "./watchSupport.ts"

const btc = binance("BTCUSD_PERP")
const eth = binance("ETHUSD_PERP")

type Source = Partial<Pick<OpenInterestSource.Service, "instrument" | "instruments">>

const prepare = (of: Prepare.Asked["of"], source: Source) =>
  Prepare.prepare({ exchange: "binance", of }).pipe(
    Effect.provide(
      OpenInterestSources.layer({ binance: OpenInterestSource.layerMock({ exchange: btc.exchange, ...source }) })
    )
  )

const listing = (listed: ReadonlyArray<Instrument>, failed = false): Source => ({
  instruments: Effect.succeed({
    listed,
    failures: failed ? [{ product: "COIN-M", missing: "list", symbol: undefined, error: lost }] : []
  })
})

const unknown = (symbol: string) => new SourceError.UnknownSymbol({ exchange: btc.exchange, symbol })

/** Where every symbol but these is unknown. */
const knowing = (symbols: Record<string, Instrument | SourceError.LookupError>): Source => ({
  instrument: (symbol) => {
    const found = symbols[symbol] ?? unknown(symbol)
    return "_tag" in found ? Effect.fail(found) : Effect.succeed(found)
  }
})

describe("what is found out before the first round", () => {
  it.effect("is how many contracts of a market there are to read, and whether there can be any", () =>
    Effect.gen(function* () {
      const some = yield* prepare({ filter: { base: ["ETH"] } }, listing([btc, eth]))
      assert.deepStrictEqual(some.contracts, Option.some(1))
      assert.isFalse(Prepare.isInVain(some))
      assert.isTrue(Prepare.isInVain(yield* prepare({ filter: { base: ["SOL"] } }, listing([btc, eth]))))
    })
  )

  it.effect("is nothing where a list is missing, or takes too long", () =>
    Effect.gen(function* () {
      const partial = yield* prepare({ filter: { base: ["SOL"] } }, listing([btc], true))
      assert.deepStrictEqual([partial.contracts, Prepare.isInVain(partial)], [Option.none(), false])
      const failing = yield* prepare({ filter: {} }, { instruments: Effect.fail(lost) })
      assert.deepStrictEqual([failing.contracts, Prepare.isInVain(failing)], [Option.none(), false])
      const waiting = yield* Effect.fork(prepare({ filter: {} }, { instruments: Effect.never }))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual((yield* Fiber.join(waiting)).contracts, Option.none())
    })
  )

  it.effect("is which symbols lead to no contract, and that others may only have failed", () =>
    Effect.gen(function* () {
      const some = yield* prepare({ symbols: ["A", "B", "C"] }, knowing({ A: btc, B: lost }))
      assert.deepStrictEqual(
        some.mistakes.map(({ symbol }) => symbol),
        ["C"]
      )
      assert.deepStrictEqual([some.contracts, Prepare.isInVain(some)], [Option.some(2), false])
      assert.isTrue(Prepare.isInVain(yield* prepare({ symbols: ["X", "Y"] }, knowing({}))))
    })
  )

  it.effect("is that an exchange can't be asked at all", () =>
    Effect.gen(function* () {
      const broken = yield* Prepare.prepare({ exchange: "binance", of: { filter: {} } }).pipe(
        Effect.provide(OpenInterestSources.layer({ binance: Layer.fail("no") }))
      )
      assert.isTrue(Either.isLeft(broken.source))
      assert.isTrue(Prepare.isInVain(broken))
    })
  )
})

describe("an interval", () => {
  const mistakes = (contracts: Option.Option<number>, seconds: number, fraction?: string) => {
    const settings = fraction === undefined ? [] : [["OPEN_INTEREST_BINANCE_QUOTA_FRACTION", fraction] as const]
    return Prepare.tooShort({ exchange: "binance", contracts }, Duration.seconds(seconds)).pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(settings), { pathDelim: "_" }))
    )
  }

  it.effect("is too short where the quota does not bear it, as the settings have it", () =>
    Effect.gen(function* () {
      const expected = (text: string) => [`--interval: expected ${text}`]
      assert.deepStrictEqual(
        yield* mistakes(Option.some(30), 2),
        expected("3s or longer for 30 contracts of binance, got 2s")
      )
      assert.deepStrictEqual(yield* mistakes(Option.some(30), 3), [])
      assert.deepStrictEqual(yield* mistakes(Option.some(1), 30, "0.01"), [])
      assert.deepStrictEqual(
        yield* mistakes(Option.some(1), 29, "0.01"),
        expected("30s or longer for 1 contract of binance, got 29s")
      )
    })
  )

  it.effect("is not judged where nobody knows how many contracts there are, or what is set is wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* mistakes(Option.none(), 1), [])
      assert.deepStrictEqual(yield* mistakes(Option.some(1000), 1, "7"), [])
    })
  )
})
