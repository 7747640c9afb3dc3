import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "../src/Decimal.ts"
import * as History from "../src/History.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as OpenInterestRecord from "../src/OpenInterestRecord.ts"
import { Unavailable } from "../src/SourceError.ts"
import * as Valuation from "../src/Valuation.ts"
import { binanceBtc, bitgetBtcUsd, markPrice, quanto, readAt, reading, thorough, time } from "./support.ts"

const schema = OpenInterestRecord.OpenInterestRecord
const encode = Schema.encodeSync(schema)
const decode = Schema.decodeUnknownSync(schema)

const lost = Either.left(new Unavailable({ exchange: binanceBtc.exchange, detail: "connection reset" }))

const binance = OpenInterest.make({
  instrument: binanceBtc,
  amount: "12668208",
  unit: "contracts",
  sides: "one",
  timestamp: readAt,
  timestampKind: "event",
  receivedAt: time("2026-10-06T12:05:03.631Z")
})

const line =
  '{"exchange":"binance","symbol":"BTCUSD_PERP","unifiedSymbol":"BTC/USD:BTC","unit":"contracts","sides":"one","contracts":"12668208","base":"17840.51115295","quote":"1266820800","baseCurrency":"BTC","quoteCurrency":"USD","markPrice":"71008.1","markPriceTimestamp":"2026-10-06T12:05:03.000Z","timestamp":"2026-10-06T12:05:03.512Z","timestampKind":"event","receivedAt":"2026-10-06T12:05:03.631Z"}'

describe("the record of a reading", () => {
  const price = markPrice(binanceBtc, "71008.10000000", time("2026-10-06T12:05:03Z"))

  it("is this line, to the byte", () => {
    const record = OpenInterestRecord.fromValuation(Valuation.make(binance, Either.right(price)))
    assert.strictEqual(JSON.stringify(encode(record)), line)
  })

  it("is read back from that line, and written again as the same", () => {
    const record = decode(JSON.parse(line))
    assert.strictEqual(JSON.stringify(encode(record)), line)
  })

  it("says null where a figure needs the price that could not be had", () => {
    const { base, contracts, markPrice, markPriceTimestamp, quote } = encode(
      OpenInterestRecord.fromValuation(Valuation.make(binance, lost))
    )
    assert.deepStrictEqual(
      { contracts, base, quote, markPrice, markPriceTimestamp },
      { contracts: "12668208", base: null, quote: "1266820800", markPrice: null, markPriceTimestamp: null }
    )
  })

  it("shows a price that is too old, but no figure made with it", () => {
    const old = markPrice(binanceBtc, "71008.1", time("2026-10-06T12:04:53.511Z"))
    const { base, markPrice: shown } = encode(
      OpenInterestRecord.fromValuation(Valuation.make(binance, Either.right(old)))
    )
    assert.deepStrictEqual({ base, shown }, { base: null, shown: "71008.1" })
  })

  it("says null for contracts where the exchange counts in coins", () => {
    const coins = reading(bitgetBtcUsd, "57.7140", "base")
    const withPrice = encode(
      OpenInterestRecord.fromValuation(Valuation.make(coins, Either.right(markPrice(bitgetBtcUsd, "71008.1"))))
    )
    assert.deepStrictEqual(
      [withPrice.unit, withPrice.contracts, withPrice.base, withPrice.quote],
      ["base", null, "57.714", "4098161.4834"]
    )
    const without = encode(OpenInterestRecord.fromValuation(Valuation.make(coins, lost)))
    assert.deepStrictEqual([without.contracts, without.base, without.quote], [null, "57.714", null])
  })

  it("has only the contracts of a quanto contract", () => {
    const { base, contracts, quote } = encode(
      OpenInterestRecord.fromValuation(Valuation.make(reading(quanto, "5"), Either.right(markPrice(quanto, "3000"))))
    )
    assert.deepStrictEqual({ contracts, base, quote }, { contracts: "5", base: null, quote: null })
  })

  it("never writes an exponent, however small the figure", () => {
    const dust = Valuation.make(reading(binanceBtc, "0.00000000000000000001"), Either.right(price))
    const { base, contracts, quote } = encode(OpenInterestRecord.fromValuation(dust))
    assert.deepStrictEqual(
      { contracts, base, quote },
      { contracts: "0.00000000000000000001", base: "0", quote: "0.000000000000000001" }
    )
  })

  it("refuses a figure that is no plain decimal, and a time that is none", () => {
    const row = JSON.parse(line)
    for (const wrong of [
      { base: "1e5" },
      { quote: "-1" },
      { markPrice: "0" },
      { timestamp: "yesterday" },
      { base: 1 }
    ]) {
      assert.throws(() => decode({ ...row, ...wrong }), Object.keys(wrong)[0])
    }
  })

  it.prop(
    "is the same after being written and read, whatever it holds",
    [schema],
    ([record]) => {
      const back = Schema.decodeSync(Schema.parseJson(schema))(Schema.encodeSync(Schema.parseJson(schema))(record))
      for (const key of Object.keys(schema.fields) as ReadonlyArray<keyof typeof record>) {
        assert.isTrue(Equal.equals(back[key], record[key]), `${key}: ${String(back[key])} from ${String(record[key])}`)
      }
    },
    thorough
  )
})

describe("the record of a row of a series", () => {
  const point = (fields: Partial<{ readonly base: string }>) =>
    new History.HistoryPoint({
      openInterest: OpenInterest.make({
        instrument: binanceBtc,
        amount: "2909783",
        unit: "contracts",
        sides: "one",
        timestamp: time("2026-10-06T10:55:00Z"),
        timestampKind: "period",
        receivedAt: readAt
      }),
      period: "5m",
      base: Option.map(Option.fromNullable(fields.base), Decimal.unsafeFrom)
    })

  it("has contracts and coins as reported, money by the contract size, and no price", () => {
    assert.deepInclude(encode(OpenInterestRecord.fromHistoryPoint(point({ base: "3377.42432722" }))), {
      contracts: "2909783",
      base: "3377.42432722",
      quote: "290978300",
      markPrice: null,
      markPriceTimestamp: null,
      timestamp: "2026-10-06T10:55:00.000Z",
      timestampKind: "period"
    })
  })

  it("has its columns in the order of a reading's", () => {
    assert.deepStrictEqual(
      Object.keys(encode(OpenInterestRecord.fromHistoryPoint(point({})))),
      Object.keys(JSON.parse(line))
    )
  })

  it("has no coins where the exchange reports none and a price would be needed", () => {
    assert.isNull(encode(OpenInterestRecord.fromHistoryPoint(point({}))).base)
  })
})
