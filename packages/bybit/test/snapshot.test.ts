import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import type { Readings } from "@open-interest/core/Readings"
import * as Total from "@open-interest/core/Total"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { categoryOf, instruments, listed, play, row, ticker, tickers, tickersOf } from "./support.ts"

const symbols = ({ valuations }: Readings) => valuations.map((each) => each.openInterest.instrument.symbol)

const missing = ({ failures }: Readings) => failures.map(({ error, missing, name }) => [missing, name, error._tag])

describe("a snapshot", () => {
  it.effect("takes two requests per category, however many contracts there are", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.snapshot())
      assert.sameMembers(
        [...received],
        ["linear", "inverse"].flatMap((category) => [
          `${instruments}?category=${category}&limit=1000`,
          `${tickers}?category=${category}`
        ])
      )
      assert.lengthOf(symbols(result), 8)
      assert.deepStrictEqual(result.failures, [])
    })
  )

  it.effect("shares its figures with whoever asks within half a second", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) =>
        Effect.gen(function* () {
          yield* source.readings(["BTCUSD"])
          yield* TestClock.adjust("500 millis")
          yield* source.readings(["BTCUSDZ26"])
          yield* TestClock.adjust("1 millis")
          yield* source.readings(["BTCUSD"])
        })
      )
      assert.lengthOf(
        received.filter((path) => path === `${tickers}?category=inverse`),
        2
      )
    })
  )

  it.effect("has figures of its own in every round of a poll, also where one comes late and the next does not", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) =>
        Effect.gen(function* () {
          for (const wait of [1010, 990, 1000, 1000]) {
            yield* source.readings(["BTCUSD"])
            yield* TestClock.adjust(wait)
          }
        })
      )
      assert.lengthOf(
        received.filter((path) => path === `${tickers}?category=inverse`),
        4
      )
    })
  )

  it.effect("reads only the category that may hold what the filter names", () =>
    Effect.gen(function* () {
      for (const [settle, category, found] of [
        ["USDC", "linear", ["BTCPERP", "BTC-25DEC26"]],
        ["BTC", "inverse", ["BTCUSD", "BTCUSDZ26"]]
      ] as const) {
        const { received, result } = yield* play({}, (source) => source.snapshot({ settle: [settle] }))
        assert.deepStrictEqual(symbols(result), [...found])
        assert.deepStrictEqual(received, [
          `${instruments}?category=${category}&limit=1000`,
          `${tickers}?category=${category}`
        ])
      }
    })
  )

  it.effect("names a category whose figures fail once, and gives the rest", () =>
    Effect.gen(function* () {
      const failing = (url: URL) =>
        categoryOf(url) === "linear"
          ? { status: 400, body: "{}" }
          : tickersOf(ticker("BTCUSD"), ticker("BTCUSDZ26"))(url)
      const { result } = yield* play({ [tickers]: failing }, (source) => source.snapshot())
      assert.deepStrictEqual(missing(result), [["product", "linear", "UnexpectedResponse"]])
      assert.deepStrictEqual(symbols(result), ["BTCUSD", "BTCUSDZ26"])
    })
  )

  it.effect("names a contract without a row, by its state where that says why", () =>
    Effect.gen(function* () {
      const lists = listed({ inverse: [[row("BTCUSD"), row("ETHUSD"), row("XRPUSD", { status: "Delivering" })]] })
      const { result } = yield* play({ [instruments]: lists, [tickers]: tickersOf(ticker("BTCUSD")) }, (source) =>
        source.readings(["BTCUSD", "ETHUSD", "XRPUSD"])
      )
      assert.deepStrictEqual(symbols(result), ["BTCUSD"])
      assert.deepStrictEqual(missing(result), [
        ["contract", "ETHUSD", "UnexpectedResponse"],
        ["contract", "XRPUSD", "SymbolNotTrading"]
      ])
    })
  )

  it.effect(
    "calls a figure that makes no sense by its name, whatever the state of the contract, and gives the others",
    () =>
      Effect.gen(function* () {
        const lists = listed({ inverse: [[row("BTCUSD"), row("XRPUSD", { status: "Delivering" })]] })
        const rows = tickersOf(ticker("BTCUSD"), ticker("XRPUSD", { singleOpenInterest: "1e400" }))
        const { result } = yield* play({ [instruments]: lists, [tickers]: rows }, (source) =>
          source.readings(["BTCUSD", "XRPUSD"])
        )
        assert.deepStrictEqual(symbols(result), ["BTCUSD"])
        assert.deepStrictEqual(missing(result), [["contract", "XRPUSD", "UnexpectedResponse"]])
      })
  )

  it.effect("keeps a figure whose price can't be read, with the reason", () =>
    Effect.gen(function* () {
      const lists = listed({ inverse: [[row("BTCUSD")]] })
      const rows = tickersOf(ticker("BTCUSD", { markPrice: "0" }))
      const { result } = yield* play({ [instruments]: lists, [tickers]: rows }, (source) => source.readings(["BTCUSD"]))
      const { markPrice, openInterest } = result.valuations[0] ?? assert.fail()
      assert.strictEqual(Decimal.format(openInterest.amount), "29986.128")
      assert.include(Either.getOrThrow(Either.flip(markPrice)).message, "result.list[0].markPrice")
    })
  )
})

describe("a sum", () => {
  it.effect("takes a figure of one side as it is and halves one of both, with a word on it", () =>
    Effect.gen(function* () {
      const lists = listed({ linear: [[row("BTCUSDT"), row("BTCPERP")]], inverse: [[]] })
      const rows = tickersOf(
        ticker("BTCUSDT", { singleOpenInterest: "100", openInterest: "200" }),
        ticker("BTCPERP", { singleOpenInterest: undefined, openInterest: "7" })
      )
      const { result } = yield* play({ [instruments]: lists, [tickers]: rows }, (source) => source.snapshot())
      const { assumptions, doubts, groups, halved } = Total.make({ ...result, now: DateTime.unsafeMake(1790000000100) })
      assert.deepStrictEqual(
        groups.map(({ coin, name }) => [name, Option.map(coin, ({ total }) => Decimal.format(total.amount))]),
        [["BTC", Option.some("103.5")]]
      )
      assert.deepStrictEqual(
        halved.map(({ contracts }) => contracts),
        [1]
      )
      assert.deepStrictEqual(assumptions, [])
      assert.deepStrictEqual(
        doubts.map(({ _tag }) => _tag),
        ["AgeUnknown"]
      )
    })
  )
})
