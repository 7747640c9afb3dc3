import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Decimal from "../src/Decimal.ts"
import * as Exchange from "../src/Exchange.ts"
import * as Instrument from "../src/Instrument.ts"
import type * as MarkPrice from "../src/MarkPrice.ts"
import * as OpenInterestSource from "../src/OpenInterestSource.ts"
import * as SourceError from "../src/SourceError.ts"
import { binanceBtc, binanceEth, getLeft, getRight, markPrice, reading, show, time } from "./support.ts"

const { OpenInterestSource: Source } = OpenInterestSource
const btc = reading(binanceBtc, "12668208")
const eth = reading(binanceEth, "5")
const price = markPrice(binanceBtc, "71008.1")
const lost = new SourceError.Unavailable({ exchange: binanceBtc.exchange, symbol: "BTCUSD_PERP", detail: "reset" })

const listing = Effect.succeed({ listed: [binanceBtc], failures: [] })
const catalog = {
  instruments: listing,
  matching: () => listing,
  instrument: () => Effect.succeed(binanceBtc),
  instrumentOrArchived: () => Effect.succeed(binanceBtc)
}

describe("a service made of its parts", () => {
  const make = (options: Partial<OpenInterestSource.Parts>) =>
    OpenInterestSource.make({
      exchange: binanceBtc.exchange,
      catalog,
      openInterest: () => Effect.succeed(btc),
      markPrice: () => Effect.succeed(price),
      ...options
    })

  it.effect("reads figure and price at the same time for a valuation", () =>
    Effect.gen(function* () {
      const service = make({
        openInterest: () => Effect.delay(Effect.succeed(btc), "1 second"),
        markPrice: () => Effect.delay(Effect.succeed(price), "1 second")
      })
      const valuation = yield* Effect.fork(service.valuation("BTCUSD_PERP"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(show((yield* Fiber.join(valuation)).base), "17840.51115295 BTC")
    })
  )

  it.effect("gives the reading without the price, and the reason, where the price fails", () =>
    Effect.gen(function* () {
      const valuation = yield* make({ markPrice: () => lost }).valuation("BTCUSD_PERP")
      assert.strictEqual(getLeft(valuation.markPrice), lost)
      assert.strictEqual(show(valuation.quote), "1266820800 USD")
    })
  )

  it.effect("fails where the reading fails, without waiting for the price", () =>
    Effect.gen(function* () {
      const service = make({ openInterest: () => lost, markPrice: () => Effect.never })
      assert.strictEqual(yield* Effect.flip(service.valuation("BTCUSD_PERP")), lost)
    })
  )
})

describe("the mock of fixed readings", () => {
  const provide = Effect.provide(OpenInterestSource.layerReadings("binance", [btc, eth], [price]))

  it.effect("gives the same reading every time, by either symbol", () =>
    Effect.gen(function* () {
      const source = yield* Source
      assert.strictEqual(source.exchange, "binance")
      for (const symbol of ["BTCUSD_PERP", "BTC/USD:BTC", "BTCUSD_PERP"]) {
        assert.strictEqual(yield* source.openInterest(symbol), btc)
        assert.strictEqual(yield* source.markPrice(symbol), price)
        assert.strictEqual(yield* source.instrument(symbol), binanceBtc)
        assert.strictEqual(show((yield* source.valuation(symbol)).base), "17840.51115295 BTC")
      }
    }).pipe(provide)
  )

  it.effect("lists the contracts of its readings, each once", () =>
    Effect.gen(function* () {
      const { failures, listed } = yield* (yield* Source).instruments
      assert.deepStrictEqual(
        listed.map(({ symbol }) => symbol),
        ["BTCUSD_PERP", "ETHUSD_PERP"]
      )
      assert.deepStrictEqual(failures, [])
    }).pipe(Effect.provide(OpenInterestSource.layerReadings("binance", [btc, eth, reading(binanceBtc, "7")])))
  )

  it.effect("gives the last of two readings of one contract", () =>
    Effect.gen(function* () {
      const { amount } = yield* (yield* Source).openInterest("BTCUSD_PERP")
      assert.strictEqual(amount.value, 7n)
    }).pipe(Effect.provide(OpenInterestSource.layerReadings("binance", [btc, reading(binanceBtc, "7")])))
  )

  it.effect("says in the valuation that it was given no price", () =>
    Effect.gen(function* () {
      const valuation = yield* (yield* Source).valuation("ETHUSD_PERP")
      assert.strictEqual(show(valuation.quote), "50 USD")
      assert.strictEqual(getLeft(valuation.markPrice).message, "unavailable: the mock was given no mark price for it")
    }).pipe(provide)
  )

  it.effect("knows no other symbol, whatever is asked, and suggests the nearest", () =>
    Effect.gen(function* () {
      const source = yield* Source
      const asked = [source.instrument, source.openInterest, source.markPrice, source.valuation]
      for (const ask of asked) {
        const error = yield* Effect.flip(Effect.asVoid<unknown, SourceError.SourceError, never>(ask("BTCUSD_PREP")))
        assert.instanceOf(error, SourceError.UnknownSymbol)
        assert.deepStrictEqual(error.suggestions, ["BTCUSD_PERP"])
      }
    }).pipe(provide)
  )

  it.effect("fails for a unified symbol that fits two of its contracts, as the exchange would", () => {
    const deliveryAt = time("2026-12-25T08:00:00Z")
    const listed = ["BTCUSDZ26", "BTCCMZ26"].map((symbol) =>
      Instrument.make({
        exchange: "bitget",
        symbol,
        base: "BTC",
        quote: "USD",
        settle: "BTC",
        contractSize: { amount: "1", unit: "base" },
        deliveryAt
      })
    )
    return Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Source).openInterest("BTC/USD:BTC-261225"))
      assert.instanceOf(error, SourceError.AmbiguousSymbol)
      assert.deepStrictEqual(error.candidates, ["BTCUSDZ26", "BTCCMZ26"])
    }).pipe(
      Effect.provide(
        OpenInterestSource.layerReadings(
          "bitget",
          listed.map((instrument) => reading(instrument, "1", "base"))
        )
      )
    )
  })
})

describe("the mock of a script", () => {
  const layer = OpenInterestSource.layerScript(
    "binance",
    [
      {
        instrument: binanceBtc,
        outcomes: [btc, lost, Effect.delay(Effect.succeed(reading(binanceBtc, "3")), "1 minute")]
      },
      { instrument: binanceEth, outcomes: [eth] }
    ],
    [price]
  )

  it.effect("plays the outcomes of each contract in order", () =>
    Effect.gen(function* () {
      const source = yield* Source
      assert.strictEqual(yield* source.openInterest("BTCUSD_PERP"), btc)
      assert.strictEqual(yield* Effect.flip(source.valuation("BTC/USD:BTC")), lost)
      assert.strictEqual(yield* source.openInterest("ETHUSD_PERP"), eth)
      const slow = yield* Effect.fork(source.valuation("BTCUSD_PERP"))
      yield* TestClock.adjust("59 seconds")
      assert.isNull(slow.unsafePoll())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(show((yield* Fiber.join(slow)).contracts), "3 contracts of 100 USD of BTC")
    }).pipe(Effect.provide(layer))
  )

  it.effect("dies, naming the contract, when it is asked once too often", () =>
    Effect.gen(function* () {
      const source = yield* Source
      yield* source.openInterest("ETHUSD_PERP")
      const exit = yield* Effect.exit(source.openInterest("ETHUSD_PERP"))
      assert(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      assert.include(Cause.pretty(exit.cause), "the script for binance:ETHUSD_PERP has no more outcomes")
    }).pipe(Effect.provide(layer))
  )

  it.effect("begins anew with every build", () =>
    Effect.gen(function* () {
      const first = Effect.flatMap(Source, (source) => source.openInterest("ETHUSD_PERP"))
      assert.strictEqual(yield* Effect.provide(first, layer), eth)
      assert.strictEqual(yield* Effect.provide(first, layer), eth)
    })
  )

  it.effect("lists its contracts, gives their prices and knows no other symbol", () =>
    Effect.gen(function* () {
      const source = yield* Source
      const { listed } = yield* source.instruments
      assert.deepStrictEqual(listed, [binanceBtc, binanceEth])
      assert.strictEqual(yield* source.markPrice("BTCUSD_PERP"), price)
      assert.strictEqual((yield* Effect.flip(source.openInterest("DOGEUSD_PERP")))._tag, "UnknownSymbol")
    }).pipe(Effect.provide(layer))
  )
})

describe("the mock of some members", () => {
  const layer = OpenInterestSource.layerMock({
    exchange: Exchange.make("binance"),
    openInterest: (symbol) => (symbol === "BTCUSD_PERP" ? Effect.succeed(btc) : lost)
  })

  it.effect("does what it was given", () =>
    Effect.gen(function* () {
      const source = yield* Source
      assert.strictEqual(source.exchange, "binance")
      assert.strictEqual(getRight(yield* Effect.either(source.openInterest("BTCUSD_PERP"))), btc)
      assert.isTrue(Either.isLeft(yield* Effect.either(source.openInterest("other"))))
    }).pipe(Effect.provide(layer))
  )

  it.effect("dies, naming the member, of what it was not given", () =>
    Effect.gen(function* () {
      const source = yield* Source
      const uses = {
        instruments: Effect.asVoid(source.instruments),
        markPrice: Effect.asVoid(source.markPrice("BTCUSD_PERP")),
        valuation: Effect.asVoid(source.valuation("BTCUSD_PERP")),
        readings: Effect.asVoid(source.readings(["BTCUSD_PERP"])),
        snapshot: Effect.asVoid(source.snapshot()),
        history: Effect.orDie(Stream.runDrain(source.history({ symbol: "BTCUSD_PERP", period: "1h" })))
      }
      for (const [member, use] of Object.entries(uses)) {
        const exit = yield* Effect.exit(Effect.asVoid<unknown, SourceError.SourceError, never>(use))
        assert(Exit.isFailure(exit) && Cause.isDie(exit.cause), `${member} does not die`)
        assert.include(Cause.pretty(exit.cause), member)
      }
    }).pipe(Effect.provide(layer))
  )
})

describe("a valuation", () => {
  const slow = (price: Effect.Effect<MarkPrice.MarkPrice>) =>
    OpenInterestSource.make({
      exchange: binanceBtc.exchange,
      catalog,
      openInterest: () => Effect.delay(Effect.succeed(reading(binanceBtc, "100")), "2 seconds"),
      markPrice: () => price
    }).valuation("BTCUSD_PERP")

  it.effect("waits five seconds for its price, and no longer", () =>
    Effect.gen(function* () {
      const price = markPrice(binanceBtc, "71008.1")
      const inTime = yield* Effect.fork(slow(Effect.delay(Effect.succeed(price), "6999 millis")))
      const tooLate = yield* Effect.fork(Effect.timed(slow(Effect.never)))
      yield* TestClock.adjust("7 seconds")
      assert.isTrue(Either.isRight((yield* Fiber.join(inTime)).base))
      const [took, valuation] = yield* Fiber.join(tooLate)
      assert.strictEqual(Duration.toMillis(took), 7000)
      assert.strictEqual(Either.getOrThrow(Either.flip(valuation.markPrice))._tag, "TimedOut")
    })
  )

  it.effect("leaves no price behind that goes on without it", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const price = Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      const late = yield* Effect.fork(slow(price))
      const givenUp = yield* Effect.fork(slow(price))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(givenUp)
      yield* Effect.yieldNow()
      assert.strictEqual(interrupted, 1)
      yield* TestClock.adjust("6 seconds")
      yield* Fiber.join(late)
      yield* Effect.yieldNow()
      assert.strictEqual(interrupted, 2)
    })
  )

  it.effect("is not held up by a price that can't be interrupted, and survives one that is a defect", () =>
    Effect.gen(function* () {
      const stubborn = yield* Effect.fork(slow(Effect.uninterruptible(Effect.never)))
      const defective = yield* Effect.fork(slow(Effect.dieMessage("a bug")))
      yield* TestClock.adjust("7 seconds")
      assert.strictEqual(getLeft((yield* Fiber.join(stubborn)).markPrice)._tag, "TimedOut")
      assert.include(getLeft((yield* Fiber.join(defective)).markPrice).message, "a bug")
    })
  )
})

describe("a mock", () => {
  it.effect("is not given readings of another exchange", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Layer.launch(OpenInterestSource.layerReadings("bitget", [reading(binanceBtc, "1")]))
      )
      assert.include(String(exit), "a mock of bitget was given binance:BTCUSD_PERP")
    })
  )

  it.effect("counts the last of several readings and prices, and plays scripts of one contract in turn", () =>
    Effect.gen(function* () {
      const readings = OpenInterestSource.layerReadings(
        "binance",
        [reading(binanceBtc, "1"), reading(binanceBtc, "2")],
        [markPrice(binanceBtc, "10"), markPrice(binanceBtc, "20")]
      )
      const scripts = OpenInterestSource.layerScript("binance", [
        { instrument: binanceBtc, outcomes: [reading(binanceBtc, "1")] },
        { instrument: binanceBtc, outcomes: [reading(binanceBtc, "2")] }
      ])
      const figures = Effect.gen(function* () {
        const source = yield* OpenInterestSource.OpenInterestSource
        const first = yield* source.openInterest("BTCUSD_PERP")
        const second = yield* source.openInterest("BTCUSD_PERP")
        return [first, second].map(({ amount }) => Decimal.format(amount))
      })
      const price = Effect.flatMap(OpenInterestSource.OpenInterestSource, ({ markPrice }) => markPrice("BTCUSD_PERP"))
      assert.deepStrictEqual(yield* Effect.provide(figures, readings), ["2", "2"])
      assert.strictEqual(Decimal.format((yield* Effect.provide(price, readings)).price), "20")
      assert.deepStrictEqual(yield* Effect.provide(figures, scripts), ["1", "2"])
    })
  )
})
