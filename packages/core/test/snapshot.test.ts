import { assert, describe, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as InstrumentArchive from "../src/InstrumentArchive.ts"
import * as Instrument from "../src/Instrument.ts"
import * as InstrumentCatalog from "../src/InstrumentCatalog.ts"
import * as OpenInterestSource from "../src/OpenInterestSource.ts"
import * as OpenInterestSources from "../src/OpenInterestSources.ts"
import type { Readings } from "../src/Readings.ts"
import * as SourceError from "../src/SourceError.ts"
import * as Valuation from "../src/Valuation.ts"
import { binanceBtc, binanceEth, bitgetBtcUsdt, getLeft, markPrice, reading } from "./support.ts"

const { exchange } = binanceBtc
const lost = new SourceError.Unavailable({ exchange, symbol: "ETHUSD_PERP", detail: "reset" })
const delivering = new SourceError.SymbolNotTrading({ exchange, symbol: "ETHUSD_PERP", detail: "delivering" })

const symbols = ({ valuations }: Readings) => valuations.map(({ openInterest }) => openInterest.instrument.symbol)
const missing = ({ failures }: Readings) => failures.map(({ error, missing, name }) => [missing, name, error._tag])

/** A source of the two contracts of Binance, and a count of what it was asked for. */
const make = (parts: Partial<OpenInterestSource.Parts>, listed = [binanceBtc, binanceEth]) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const catalog = yield* InstrumentCatalog.make({
      exchange,
      lists: [
        {
          product: "COIN-M",
          settlesIn: (settle, base) => settle === base,
          read: Effect.succeed({ listed, failures: [] })
        }
      ]
    })
    const openInterest = parts.openInterest ?? ((instrument) => Effect.succeed(reading(instrument, "1")))
    const source = OpenInterestSource.make({
      exchange,
      catalog,
      markPrice: (instrument) => Effect.succeed(markPrice(instrument, "71008.1")),
      ...parts,
      openInterest: (instrument) => {
        asked.push(instrument.symbol)
        return openInterest(instrument)
      }
    })
    return { source, asked }
  }).pipe(Effect.provide(InstrumentArchive.layerMemory))

const failing =
  (error: SourceError.SourceError) =>
  (instrument: Instrument.Instrument): ReturnType<OpenInterestSource.Parts["openInterest"]> =>
    instrument.symbol === "ETHUSD_PERP" ? Effect.fail(error) : Effect.succeed(reading(instrument, "1"))

describe("a snapshot", () => {
  it.scoped("reads every contract, each with its price", () =>
    Effect.gen(function* () {
      const { source } = yield* make({})
      const snapshot = yield* source.snapshot()
      assert.deepStrictEqual(symbols(snapshot), ["BTCUSD_PERP", "ETHUSD_PERP"])
      assert.isTrue(snapshot.valuations.every((valuation) => Either.isRight(valuation.base)))
      assert.deepStrictEqual(snapshot.failures, [])
    })
  )

  it.scoped("asks for nothing that the filter leaves out", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({})
      assert.deepStrictEqual(symbols(yield* source.snapshot({ base: ["ETH"] })), ["ETHUSD_PERP"])
      assert.deepStrictEqual(asked, ["ETHUSD_PERP"])
      assert.deepStrictEqual(yield* source.snapshot({ settle: ["USDT"] }), { valuations: [], failures: [] })
    })
  )

  it.scoped("names what fails beside the rest", () =>
    Effect.gen(function* () {
      const { source } = yield* make({ openInterest: failing(lost) })
      const snapshot = yield* source.snapshot()
      assert.deepStrictEqual(symbols(snapshot), ["BTCUSD_PERP"])
      assert.deepStrictEqual(missing(snapshot), [["contract", "ETHUSD_PERP", "Unavailable"]])
    })
  )

  it.scoped("names a product line once where one error took all of it", () =>
    Effect.gen(function* () {
      const { source } = yield* make({ openInterest: () => Effect.fail(lost) })
      assert.deepStrictEqual(missing(yield* source.snapshot()), [["product", "COIN-M", "Unavailable"]])
    })
  )

  it.scoped("names each contract where each failed for itself", () =>
    Effect.gen(function* () {
      const { source } = yield* make({
        openInterest: ({ symbol }) => new SourceError.Unavailable({ exchange, symbol, detail: "reset" })
      })
      assert.deepStrictEqual(missing(yield* source.snapshot()), [
        ["contract", "BTCUSD_PERP", "Unavailable"],
        ["contract", "ETHUSD_PERP", "Unavailable"]
      ])
    })
  )

  it.scoped("uses the bulk form of an exchange that has one, for the contracts of the filter", () =>
    Effect.gen(function* () {
      const bulk: Array<ReadonlyArray<string>> = []
      const { asked, source } = yield* make({
        bulk: (instruments) => {
          bulk.push(instruments.map(({ symbol }) => symbol))
          return Effect.succeed((each) => Either.right(Valuation.make(reading(each, "1"), Either.left(lost))))
        }
      })
      yield* source.snapshot()
      yield* source.readings(["ETHUSD_PERP"])
      assert.deepStrictEqual(bulk, [["BTCUSD_PERP", "ETHUSD_PERP"], ["ETHUSD_PERP"]])
      assert.deepStrictEqual(asked, [])
    })
  )
})

describe("the prices of a snapshot that come with one lookup", () => {
  const priceOf = (instrument: Instrument.Instrument) => Either.right(markPrice(instrument, "71008.1"))
  const own = { markPrice: () => Effect.dieMessage("the price of one contract was asked for") }

  it.scoped("are looked up once, beside the readings", () =>
    Effect.gen(function* () {
      let lookups = 0
      const { source } = yield* make({
        ...own,
        openInterest: (instrument) => Effect.delay(Effect.succeed(reading(instrument, "1")), "1 second"),
        markPrices: Effect.delay(
          Effect.sync(() => {
            lookups += 1
            return priceOf
          }),
          "1 second"
        )
      })
      const snapshot = yield* Effect.fork(source.snapshot())
      yield* TestClock.adjust("1 second")
      const { failures, valuations } = yield* Fiber.join(snapshot)
      assert.isTrue(valuations.length === 2 && valuations.every((valuation) => Either.isRight(valuation.base)))
      assert.deepStrictEqual([lookups, failures.length], [1, 0])
    })
  )

  it.scoped("are not looked up where there is nothing to be read", () =>
    Effect.gen(function* () {
      let lookups = 0
      const { source } = yield* make({
        ...own,
        openInterest: failing(delivering),
        markPrices: Effect.sync(() => {
          lookups += 1
          return priceOf
        })
      })
      yield* source.readings([])
      yield* source.readings(["NOPE"])
      yield* source.snapshot({ base: ["NOPE"] })
      yield* Effect.yieldNow()
      assert.strictEqual(lookups, 0)
      yield* source.snapshot({ base: ["ETH"] })
      yield* Effect.yieldNow()
      assert.strictEqual(lookups, 1)
      yield* source.snapshot({ base: ["ETH"] })
      yield* Effect.yieldNow()
      assert.strictEqual(lookups, 1, "it was not asked for its figure either")
    })
  )

  it.scoped("are waited for five seconds after a reading, and no longer", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const { source } = yield* make({
        ...own,
        openInterest: (instrument) => Effect.delay(Effect.succeed(reading(instrument, "1")), "2 seconds"),
        markPrices: Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      })
      const snapshot = yield* Effect.fork(Effect.timed(source.snapshot()))
      yield* TestClock.adjust("10 seconds")
      const [took, { valuations }] = yield* Fiber.join(snapshot)
      assert.strictEqual(Duration.toMillis(took), 7000)
      assert.deepStrictEqual(
        valuations.map((valuation) => {
          const error = getLeft(valuation.markPrice)
          return [error._tag, error.symbol]
        }),
        [
          ["TimedOut", "BTCUSD_PERP"],
          ["TimedOut", "ETHUSD_PERP"]
        ]
      )
      assert.strictEqual(interrupted, 1)
    })
  )

  it.scoped("are an operation of their own, which the policy of the caller bounds", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const late = new SourceError.TimedOut({ exchange, timeout: "total", after: Duration.seconds(1) })
      const { source } = yield* make({
        ...own,
        operation:
          ({ name }) =>
          (effect) => {
            names.push(name)
            return Effect.timeoutFail(effect, { duration: "1 second", onTimeout: () => late })
          },
        markPrices: Effect.never
      })
      const snapshot = yield* Effect.fork(Effect.timed(source.snapshot()))
      yield* TestClock.adjust("10 seconds")
      const [took, { valuations }] = yield* Fiber.join(snapshot)
      assert.strictEqual(Duration.toMillis(took), 1000)
      assert.deepStrictEqual(
        valuations.map((valuation) => getLeft(valuation.markPrice)._tag),
        ["TimedOut", "TimedOut"]
      )
      assert.deepStrictEqual(names.toSorted(), ["markPrice", "openInterest", "openInterest"])
    })
  )

  it.scoped("leave the readings as they are where they fail, all of them or one", () =>
    Effect.gen(function* () {
      const errors = (markPrices: NonNullable<OpenInterestSource.Parts["markPrices"]>) =>
        Effect.gen(function* () {
          const { source } = yield* make({ ...own, markPrices })
          const { failures, valuations } = yield* source.snapshot()
          assert.deepStrictEqual(failures, [])
          return valuations.map((valuation) =>
            Either.match(valuation.markPrice, { onLeft: ({ message }) => message, onRight: () => "" })
          )
        })
      const ofOne = (left: () => Either.Either<never, SourceError.ExchangeError>) =>
        Effect.succeed((instrument: Instrument.Instrument) =>
          instrument.symbol === "ETHUSD_PERP" ? left() : priceOf(instrument)
        )
      const bug = (): never => {
        throw new Error("a bug")
      }
      const { message } = lost
      assert.deepStrictEqual(yield* errors(Effect.fail(lost)), [message, message])
      assert.deepStrictEqual(yield* errors(ofOne(() => Either.left(lost))), ["", message])
      const [none, defect] = yield* errors(ofOne(bug))
      assert.strictEqual(none, "")
      assert.include(defect, "a bug")
      for (const text of yield* errors(Effect.dieMessage("a bug"))) assert.include(text, "a bug")
    })
  )
})

describe("a defect in a source", () => {
  it.scoped("costs the contract that met it", () =>
    Effect.gen(function* () {
      const { source } = yield* make({
        openInterest: (instrument) =>
          instrument.symbol === "ETHUSD_PERP" ? Effect.dieMessage("a bug") : Effect.succeed(reading(instrument, "1"))
      })
      const snapshot = yield* source.snapshot()
      assert.deepStrictEqual(symbols(snapshot), ["BTCUSD_PERP"])
      assert.deepStrictEqual(missing(snapshot), [["contract", "ETHUSD_PERP", "Unavailable"]])
    })
  )

  it.scoped("in its bulk form costs the product line", () =>
    Effect.gen(function* () {
      const { source } = yield* make({ bulk: () => Effect.dieMessage("a bug") })
      assert.deepStrictEqual(missing(yield* source.snapshot()), [["product", "COIN-M", "Unavailable"]])
    })
  )
})

describe("a contract before its first trade", () => {
  it.scoped("is no part of a snapshot, and can be asked for by name", () =>
    Effect.gen(function* () {
      const pending = Instrument.make({
        exchange: "binance",
        symbol: "EGLDUSD_PERP",
        base: "EGLD",
        quote: "USD",
        settle: "EGLD",
        contractSize: { amount: "10", unit: "quote" },
        status: "pending"
      })
      const { asked, source } = yield* make({}, [pending, binanceBtc])
      const snapshot = yield* source.snapshot()
      assert.deepStrictEqual(symbols(snapshot), ["BTCUSD_PERP"])
      assert.deepStrictEqual(snapshot.failures, [])
      yield* source.readings(["EGLDUSD_PERP"])
      assert.deepStrictEqual(asked, ["BTCUSD_PERP", "EGLDUSD_PERP"])
    })
  )
})

describe("a contract that does not trade", () => {
  it.scoped("is named each time, and asked for again after five minutes", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({ openInterest: failing(delivering) })
      const eth = () => asked.filter((symbol) => symbol === "ETHUSD_PERP").length
      for (const [wait, times] of [
        ["0 seconds", 1],
        ["2 minutes", 1],
        ["179999 millis", 1],
        ["1 millis", 2],
        ["299999 millis", 2],
        ["1 millis", 3]
      ] as const) {
        yield* TestClock.adjust(wait)
        assert.deepStrictEqual(missing(yield* source.snapshot()), [["contract", "ETHUSD_PERP", "SymbolNotTrading"]])
        assert.strictEqual(eth(), times)
      }
    })
  )

  it.scoped("is left alone by readings of several as well, and still asked for by one that names it alone", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({ openInterest: failing(delivering) })
      yield* source.snapshot()
      yield* source.readings(["ETHUSD_PERP", "BTCUSD_PERP"])
      assert.deepStrictEqual(asked, ["BTCUSD_PERP", "ETHUSD_PERP", "BTCUSD_PERP"])
      yield* Effect.flip(source.openInterest("ETHUSD_PERP"))
      assert.lengthOf(asked, 4)
    })
  )

  it.scoped("is asked for again in time, though the clock of the machine was set back", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({ openInterest: failing(delivering) })
      yield* TestClock.setTime(86_400_000)
      yield* source.snapshot()
      yield* TestClock.adjust("5 minutes")
      const clock = yield* Effect.clock
      const setBack: Clock.Clock = Object.assign(Object.create(clock), { currentTimeMillis: Effect.succeed(0) })
      yield* Effect.withClock(source.snapshot(), setBack)
      assert.lengthOf(asked, 4)
    })
  )

  it.scoped("that failed for another reason is asked for again at once", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({ openInterest: failing(lost) })
      yield* source.snapshot()
      yield* source.snapshot()
      assert.lengthOf(asked, 4)
    })
  )
})

describe("readings of several contracts", () => {
  it.scoped("are asked for once each, and fail by the name that was given", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({ openInterest: failing(lost) })
      const result = yield* source.readings(["BTCUSD_PERP", "BTCUSD_PERP", "ETH/USD:ETH", "DOGEUSD_PERP"])
      assert.deepStrictEqual(symbols(result), ["BTCUSD_PERP"])
      assert.sameDeepMembers(missing(result), [
        ["contract", "ETH/USD:ETH", "Unavailable"],
        ["contract", "DOGEUSD_PERP", "UnknownSymbol"]
      ])
      assert.deepStrictEqual(asked, ["BTCUSD_PERP", "ETHUSD_PERP"])
    })
  )
})

describe("a contract that is asked for by two names", () => {
  const names = ["ETH/USD:ETH", "BTCUSD_PERP", "ETHUSD_PERP"]

  it.scoped("is read once, and stands there once", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({})
      assert.deepStrictEqual(symbols(yield* source.readings(names)), ["ETHUSD_PERP", "BTCUSD_PERP"])
      assert.deepStrictEqual(asked, ["ETHUSD_PERP", "BTCUSD_PERP"])
    })
  )

  it.scoped("fails by both", () =>
    Effect.gen(function* () {
      const { asked, source } = yield* make({ openInterest: failing(lost) })
      assert.sameDeepMembers(missing(yield* source.readings(names)), [
        ["contract", "ETH/USD:ETH", "Unavailable"],
        ["contract", "ETHUSD_PERP", "Unavailable"]
      ])
      assert.lengthOf(asked, 2)
    })
  )
})

describe("snapshots of several exchanges", () => {
  const sources = OpenInterestSources.layer({
    binance: OpenInterestSource.layerReadings("binance", [reading(binanceBtc, "1")]),
    bitget: OpenInterestSource.layerReadings("bitget", [reading(bitgetBtcUsdt, "2", "base")]),
    down: Layer.fail("no such setting")
  })

  it.effect("stand side by side, also where one source could not be set up", () =>
    Effect.gen(function* () {
      const all = yield* OpenInterestSources.OpenInterestSources
      const outcomes = yield* all.snapshots()
      assert.deepStrictEqual(
        outcomes.map(({ of, result }) => [of, Either.match(result, { onLeft: ({ _tag }) => _tag, onRight: symbols })]),
        [
          ["binance", ["BTCUSD_PERP"]],
          ["bitget", ["BTCUSDT"]],
          ["down", "Misconfigured"]
        ]
      )
      const some = yield* all.snapshots({ quote: ["USD"] }, ["bitget", "nowhere"])
      assert.deepStrictEqual(
        some.map(({ of, result }) => [of, Either.match(result, { onLeft: ({ _tag }) => _tag, onRight: symbols })]),
        [
          ["bitget", []],
          ["nowhere", "UnknownExchange"]
        ]
      )
    }).pipe(Effect.provide(sources), Effect.provide(InstrumentArchive.layerMemory))
  )
})
