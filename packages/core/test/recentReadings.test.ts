import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Instrument from "../src/Instrument.ts"
import * as RecentReadings from "../src/internal/recentReadings.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import type { Valuation } from "../src/Valuation.ts"
import * as Valuations from "../src/Valuation.ts"
import { binanceBtc, binanceEth, bitgetBtcUsd, markPrice, thorough } from "./support.ts"

const read = (timestamp: number, instrument = binanceBtc, receivedAt = timestamp): Valuation => {
  const at = DateTime.unsafeMake(timestamp)
  return Valuations.make(
    OpenInterest.make({
      instrument,
      amount: "1",
      unit: "contracts",
      timestamp: at,
      receivedAt: DateTime.unsafeMake(receivedAt)
    }),
    Either.right(markPrice(instrument, "50000", at))
  )
}

const times = (readings: ReadonlyArray<Valuation>) => readings.map(RecentReadings.timeOf)

const size = ({ series }: RecentReadings.RecentReadings): number =>
  [...series.values()].reduce((sum, { readings }) => sum + readings.length, 0)

describe("recent readings", () => {
  it("are those of the last stretch of time, its beginning included", () => {
    const recent = RecentReadings.make(100)
    for (const at of [0, 1, 50]) RecentReadings.add(recent, read(at))
    assert.deepStrictEqual(times(RecentReadings.add(recent, read(101))), [1, 50, 101])
    assert.deepStrictEqual(times(RecentReadings.add(recent, read(102))), [50, 101, 102])
  })

  it("stand in the order of time, in whatever order they came", () => {
    const recent = RecentReadings.make(100)
    for (const at of [50, 10, 30]) RecentReadings.add(recent, read(at))
    assert.deepStrictEqual(times(RecentReadings.add(recent, read(20))), [10, 20, 30, 50])
  })

  it("are one where the time stands still: that which arrived last", () => {
    const recent = RecentReadings.make(100)
    const relisted = Instrument.make({
      exchange: "binance",
      symbol: binanceBtc.symbol,
      base: "BTC",
      quote: "USD",
      settle: "BTC",
      contractSize: { amount: "100", unit: "quote" },
      listedAt: DateTime.unsafeMake(0)
    })
    for (const receivedAt of [5, 7, 9, 8]) RecentReadings.add(recent, read(1, binanceBtc, receivedAt))
    const kept = RecentReadings.add(recent, read(1, relisted, 6))
    assert.deepStrictEqual(
      kept.map(({ openInterest }) => DateTime.toEpochMillis(openInterest.receivedAt)),
      [6, 9]
    )
  })

  it("begin anew with one that is older than all that are kept may be", () => {
    const recent = RecentReadings.make(100)
    RecentReadings.add(recent, read(1000))
    assert.deepStrictEqual(times(RecentReadings.add(recent, read(900))), [900, 1000])
    assert.deepStrictEqual(times(RecentReadings.add(recent, read(899))), [899])
  })

  it("of a contract that nothing is heard of are forgotten, by the times of arrival", () => {
    const recent = RecentReadings.make(100)
    RecentReadings.add(recent, read(5, binanceEth, 1000))
    RecentReadings.add(recent, read(900, binanceBtc, 1100))
    assert.strictEqual(recent.series.size, 2)
    RecentReadings.add(recent, read(901, binanceBtc, 1101))
    assert.deepStrictEqual(
      [...recent.series.values()].map(({ readings }) => times(readings)),
      [[900, 901]]
    )
  })

  it("of the contract that was silent longest are forgotten first, whichever came first", () => {
    const recent = RecentReadings.make(100)
    RecentReadings.add(recent, read(0, binanceBtc))
    RecentReadings.add(recent, read(10, binanceEth))
    RecentReadings.add(recent, read(100, binanceBtc))
    RecentReadings.add(recent, read(111, bitgetBtcUsd))
    assert.deepStrictEqual(
      [...recent.series.values()].map(({ readings }) => times(readings)),
      [[0, 100], [111]]
    )
  })

  it("of a contract are kept when our clock is set back", () => {
    const recent = RecentReadings.make(100)
    RecentReadings.add(recent, read(1000, binanceBtc, 9000))
    RecentReadings.add(recent, read(1000, binanceEth, 1000))
    RecentReadings.add(recent, read(1001, binanceBtc, 9001))
    assert.strictEqual(recent.series.size, 2)
  })

  it("of two exchanges stand apart though the symbol is one", () => {
    const recent = RecentReadings.make(100)
    const elsewhere = Instrument.make({
      exchange: "bitget",
      symbol: binanceBtc.symbol,
      base: "BTC",
      quote: "USD",
      settle: "BTC",
      contractSize: { amount: "1", unit: "base" }
    })
    RecentReadings.add(recent, read(0, binanceBtc))
    assert.deepStrictEqual(times(RecentReadings.add(recent, read(1, elsewhere))), [1])
  })

  it("take no more memory after a day than after a minute, though contracts come and go", () => {
    const recent = RecentReadings.make(1000)
    const sizes = new Set<number>()
    for (let minute = 0; minute < 1440; minute += 10) {
      const instrument = Instrument.make({
        exchange: "bitget",
        symbol: `X${minute}USDT`,
        base: "X",
        quote: "USDT",
        settle: "USDT",
        contractSize: { amount: "1", unit: "base" }
      })
      for (let at = minute * 60_000; at < (minute + 1) * 60_000; at += 10_000) {
        for (const late of [0, 100]) RecentReadings.add(recent, read(at - late, instrument, at))
      }
      sizes.add(size(recent))
      assert.strictEqual(recent.series.size, 1)
    }
    assert.deepStrictEqual([...sizes], [2])
  })

  it.prop(
    "are never more than arrived of the stretch before the newest one",
    [fc.array(fc.integer({ min: -150, max: 150 }), { minLength: 1, maxLength: 60 })],
    ([steps]) => {
      const recent = RecentReadings.make(100)
      const arrived: Array<number> = []
      let at = 10_000
      for (const step of steps) {
        at += step
        arrived.push(at)
        const kept = times(RecentReadings.add(recent, read(at)))
        const newest = Math.max(...kept)
        assert.include(kept, at)
        assert.deepStrictEqual(
          kept,
          kept.toSorted((one, two) => one - two)
        )
        assert.isTrue(kept.every((each) => each >= newest - 100))
        assert.isAtMost(kept.length, arrived.filter((each) => each >= newest - 100 && each <= newest).length)
      }
      assert.strictEqual(size(recent), times(recent.series.values().next().value?.readings ?? []).length)
    },
    thorough
  )
})
