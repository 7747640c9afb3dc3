import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as MarkPrice from "../src/MarkPrice.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as Quantity from "../src/Quantity.ts"
import { Unavailable } from "../src/SourceError.ts"
import * as Valuation from "../src/Valuation.ts"
import {
  binanceBtc,
  binanceEth,
  bitgetBtcUsd,
  bitgetBtcUsdt,
  getLeft,
  markPrice,
  quanto,
  readAt,
  reading,
  show,
  time
} from "./support.ts"

describe("a reading", () => {
  it("claims nothing that it was not told", () => {
    const { receivedAt, sides, sidesVerified, timestampKind, unitVerified } = reading(binanceBtc, "1")
    assert.deepStrictEqual(
      [sides, timestampKind, unitVerified, sidesVerified, receivedAt],
      ["unknown", "event", false, false, readAt]
    )
  })

  it("keeps what it was told", () => {
    const receivedAt = time("2026-10-06T12:05:04Z")
    const told = OpenInterest.make({
      instrument: bitgetBtcUsdt,
      amount: "0.10",
      unit: "base",
      timestamp: readAt,
      timestampKind: "reply",
      receivedAt,
      sides: "two",
      unitVerified: true
    })
    assert.strictEqual(Quantity.format(OpenInterest.quantity(told)), "0.1 BTC")
    assert.strictEqual(told.sides, "two")
    assert.strictEqual(told.timestampKind, "reply")
    assert.strictEqual(told.receivedAt, receivedAt)
    assert.deepStrictEqual([told.unitVerified, told.sidesVerified], [true, false])
  })

  it("can't be made of a negative amount or of what is no number", () => {
    assert.throws(() => reading(binanceBtc, "-1"), ParseResult.ParseError)
    assert.throws(() => reading(binanceBtc, "N/A"), RangeError)
    assert.strictEqual(show(OpenInterest.toContracts(reading(binanceBtc, "0"))), "0 contracts of 100 USD of BTC")
  })

  it("equals another of the same contract, figure and times", () => {
    assert.isTrue(Equal.equals(reading(binanceBtc, "1.0"), reading(binanceBtc, "1")))
    assert.isFalse(Equal.equals(reading(binanceBtc, "1"), reading(binanceBtc, "2")))
    assert.isTrue(
      Equal.equals(OpenInterest.quantity(reading(binanceBtc, "1")), OpenInterest.quantity(reading(binanceBtc, "1.0")))
    )
  })

  it("survives JSON", () => {
    const json = JSON.stringify(Schema.encodeSync(OpenInterest.OpenInterest)(reading(binanceBtc, "12668208.50")))
    const back = Schema.decodeSync(Schema.parseJson(OpenInterest.OpenInterest))(json)
    assert.strictEqual(Quantity.format(OpenInterest.quantity(back)), "12668208.5 contracts of 100 USD of BTC")
    assert.isTrue(DateTime.Equivalence(back.timestamp, readAt))
    assert.strictEqual(JSON.stringify(Schema.encodeSync(OpenInterest.OpenInterest)(back)), json)
  })
})

describe("a mark price", () => {
  it("can't be made of anything but a number above zero", () => {
    for (const price of ["0", "0.00", "-1"]) {
      assert.throws(() => markPrice(binanceBtc, price), ParseResult.ParseError)
    }
    assert.throws(() => markPrice(binanceBtc, ""), RangeError)
    assert.throws(() => markPrice(binanceBtc, "1e400"), RangeError)
  })
})

describe("a reading in contracts", () => {
  const oi = reading(binanceBtc, "12668208")
  const price = markPrice(binanceBtc, "71008.1")

  it("has all three figures, given its price", () => {
    assert.strictEqual(show(OpenInterest.toContracts(oi)), "12668208 contracts of 100 USD of BTC")
    assert.strictEqual(show(OpenInterest.toBase(oi, price)), "17840.51115295 BTC")
    assert.strictEqual(show(OpenInterest.toQuote(oi, price)), "1266820800 USD")
  })

  it("lacks only the coins without one", () => {
    assert.strictEqual(show(OpenInterest.toContracts(oi)), "12668208 contracts of 100 USD of BTC")
    assert.strictEqual(show(OpenInterest.toBase(oi)), "NoPrice")
    assert.strictEqual(show(OpenInterest.toQuote(oi)), "1266820800 USD")
  })

  it("takes no price of another contract", () => {
    assert.strictEqual(show(OpenInterest.toBase(oi, markPrice(binanceEth, "71008.1"))), "ForeignPrice")
  })
})

describe("a reading in coins", () => {
  it("has no contracts, though the contract has a size", () => {
    const error = getLeft(OpenInterest.toContracts(reading(bitgetBtcUsd, "57.714", "base")))
    assert.strictEqual(error.reason, "NotCountedInContracts")
    assert.strictEqual(
      error.message,
      "no contracts figure for bitget:BTCUSD: the exchange does not count it in contracts"
    )
  })

  for (const instrument of [bitgetBtcUsd, bitgetBtcUsdt]) {
    it(`of the ${instrument.direction} ${instrument.symbol} is its base figure, and needs a price for its worth`, () => {
      const oi = reading(instrument, "57.714", "base")
      assert.strictEqual(show(OpenInterest.toBase(oi)), "57.714 BTC")
      assert.strictEqual(show(OpenInterest.toQuote(oi)), "NoPrice")
      assert.strictEqual(
        show(OpenInterest.toQuote(oi, markPrice(instrument, "71008.1"))),
        `4098161.4834 ${instrument.quote}`
      )
    })
  }
})

describe("a reading in money", () => {
  it("is its quote figure, and needs a price for its coins", () => {
    const oi = reading(binanceBtc, "1266820800", "quote")
    assert.strictEqual(show(OpenInterest.toQuote(oi)), "1266820800 USD")
    assert.strictEqual(show(OpenInterest.toBase(oi)), "NoPrice")
    assert.strictEqual(show(OpenInterest.toBase(oi, markPrice(binanceBtc, "71008.1"))), "17840.51115295 BTC")
    assert.strictEqual(show(OpenInterest.toContracts(oi)), "NotCountedInContracts")
  })
})

describe("a reading of quanto contracts", () => {
  it("has its contracts and nothing else", () => {
    const oi = reading(quanto, "5")
    const price = markPrice(quanto, "3000")
    assert.strictEqual(show(OpenInterest.toContracts(oi)), "5 contracts of 0.000001 XBT of ETH")
    assert.strictEqual(show(OpenInterest.toBase(oi, price)), "SettleSized")
    assert.strictEqual(show(OpenInterest.toQuote(oi, price)), "SettleSized")
  })
})

describe("a mark price of another moment", () => {
  const contracts = reading(binanceBtc, "12668208")
  const coins = reading(bitgetBtcUsd, "57.714", "base")
  const figures = (millis: number) => {
    const at = DateTime.add(readAt, { millis })
    return [
      show(OpenInterest.toBase(contracts, markPrice(binanceBtc, "71008.1", at))),
      show(OpenInterest.toQuote(coins, markPrice(bitgetBtcUsd, "71008.1", at)))
    ]
  }
  const both = ["17840.51115295 BTC", "4098161.4834 USD"]

  it("serves when it is exactly 10 seconds older than the reading", () => {
    assert.deepStrictEqual(figures(-10_000), both)
  })

  it("is refused a millisecond earlier", () => {
    assert.deepStrictEqual(figures(-10_001), ["StalePrice", "StalePrice"])
    const error = getLeft(OpenInterest.toBase(contracts, markPrice(binanceBtc, "1", time("2026-10-06T12:00:00Z"))))
    assert.strictEqual(
      error.message,
      "no base figure for binance:BTCUSD_PERP: the mark price is more than 10 seconds older than the reading"
    )
  })

  it("serves when it is newer", () => {
    assert.deepStrictEqual(figures(1), both)
    assert.deepStrictEqual(figures(10_001), both)
  })

  it("takes nothing away where no price is needed", () => {
    const old = time("2026-10-06T00:00:00Z")
    assert.strictEqual(show(OpenInterest.toQuote(contracts, markPrice(binanceBtc, "1", old))), "1266820800 USD")
    assert.strictEqual(show(OpenInterest.toBase(coins, markPrice(bitgetBtcUsd, "1", old))), "57.714 BTC")
    assert.strictEqual(show(OpenInterest.toBase(reading(quanto, "5"), markPrice(quanto, "1", old))), "SettleSized")
  })
})

describe("a valuation", () => {
  const lost = new Unavailable({ exchange: binanceBtc.exchange, symbol: "BTCUSD_PERP", detail: "connection reset" })

  it("has the figures of its reading at its price", () => {
    const valuation = Valuation.make(reading(binanceBtc, "12668208"), Either.right(markPrice(binanceBtc, "71008.1")))
    assert.strictEqual(show(valuation.contracts), "12668208 contracts of 100 USD of BTC")
    assert.strictEqual(show(valuation.base), "17840.51115295 BTC")
    assert.strictEqual(show(valuation.quote), "1266820800 USD")
  })

  it("keeps the reading, and the reason, where the price could not be had", () => {
    const valuation = Valuation.make(reading(binanceBtc, "12668208"), Either.left(lost))
    assert.strictEqual(show(valuation.contracts), "12668208 contracts of 100 USD of BTC")
    assert.strictEqual(show(valuation.base), "NoPrice")
    assert.strictEqual(show(valuation.quote), "1266820800 USD")
    assert.strictEqual(getLeft(valuation.markPrice), lost)
  })

  it("survives JSON, with its price and with the reason why there is none", () => {
    const schema = Schema.parseJson(Valuation.Valuation)
    for (const price of [Either.right(markPrice(binanceBtc, "71008.1")), Either.left(lost)]) {
      const valuation = Valuation.make(reading(binanceBtc, "12668208"), price)
      const back = Schema.decodeSync(schema)(Schema.encodeSync(schema)(valuation))
      assert.strictEqual(show(back.base), show(valuation.base))
      assert.strictEqual(
        Either.match(back.markPrice, { onLeft: String, onRight: ({ price }) => price.toString() }),
        Either.match(price, { onLeft: String, onRight: ({ price }: MarkPrice.MarkPrice) => price.toString() })
      )
    }
  })
})
