import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Exchange from "../src/Exchange.ts"
import * as Instrument from "../src/Instrument.ts"
import * as InstrumentRecord from "../src/InstrumentRecord.ts"
import { binanceBtc, bitgetBtcUsd, bitgetBtcUsdt, quanto, time } from "./support.ts"

const terms = {
  exchange: "binance",
  symbol: "BTCUSD_PERP",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "100", unit: "quote" }
} as const

describe("an exchange", () => {
  it("is named by lower-case letters, digits and hyphens", () => {
    for (const id of ["binance", "gate-io", "okx2"]) assert.strictEqual(Exchange.make(id), id)
    for (const id of ["", "Binance", "2okx", "-a", "a b", "a:b", "a_b", "bínance", "binance\n"]) {
      assert.throws(() => Exchange.make(id), ParseResult.ParseError, "expected an exchange", JSON.stringify(id))
    }
  })
})

describe("an instrument made from its terms", () => {
  it("is perpetual unless it has a delivery time", () => {
    assert.strictEqual(binanceBtc.kind, "perpetual")
    assert.strictEqual(binanceBtc.unifiedSymbol, "BTC/USD:BTC")
    assert.isTrue(Option.isNone(binanceBtc.deliveryAt))
    const delivery = Instrument.make({ ...terms, symbol: "BTCUSD_261225", deliveryAt: time("2026-12-25T08:00:00Z") })
    assert.strictEqual(delivery.kind, "delivery")
    assert.strictEqual(delivery.unifiedSymbol, "BTC/USD:BTC-261225")
  })

  it("has the delivery date of UTC in its unified symbol, with leading zeros", () => {
    const unified = (deliveryAt: string) => Instrument.make({ ...terms, deliveryAt: time(deliveryAt) }).unifiedSymbol
    assert.strictEqual(unified("2027-01-01T23:59:59.999Z"), "BTC/USD:BTC-270101")
    assert.strictEqual(unified("2027-01-01T00:00:00+08:00"), "BTC/USD:BTC-261231")
    assert.strictEqual(unified("2109-03-05T08:00:00Z"), "BTC/USD:BTC-090305")
  })

  it("is linear, inverse or quanto by what it settles in, whatever unit it is sized in", () => {
    assert.strictEqual(binanceBtc.direction, "inverse")
    assert.strictEqual(bitgetBtcUsd.direction, "inverse")
    assert.strictEqual(bitgetBtcUsdt.direction, "linear")
    assert.strictEqual(bitgetBtcUsdt.unifiedSymbol, "BTC/USDT:USDT")
    assert.strictEqual(quanto.direction, "quanto")
    assert.strictEqual(quanto.unifiedSymbol, "ETH/USD:XBT")
  })

  it("takes a scaled coin only from its terms, never from the digits of its name", () => {
    const of = (base: string, scaled?: Instrument.Options["scaled"]) => {
      const { multiplier, underlying, unifiedSymbol } = Instrument.make({ ...terms, base, scaled })
      return [underlying, BigDecimal.format(multiplier), unifiedSymbol]
    }
    assert.deepStrictEqual(of("1000BONK", { underlying: "BONK", multiplier: 1000n }), [
      "BONK",
      "1000",
      "1000BONK/USD:BTC"
    ])
    assert.deepStrictEqual(of("1INCH"), ["1INCH", "1", "1INCH/USD:BTC"])
    assert.deepStrictEqual(of("1000BONK"), ["1000BONK", "1", "1000BONK/USD:BTC"])
  })

  it("has plain defaults, and keeps a status that we do not know", () => {
    const plain = Instrument.make(terms)
    assert.deepStrictEqual(
      [plain.product, plain.demo, plain.assetClass, plain.status, Option.isNone(plain.listedAt)],
      ["binance", false, "crypto", "trading", true]
    )
    assert.strictEqual(Instrument.make({ ...terms, status: "hibernating" }).status, "hibernating")
  })

  it("can't have terms that no contract has", () => {
    const sized = (amount: string) => () => Instrument.make({ ...terms, contractSize: { amount, unit: "quote" } })
    assert.throws(sized("0"), ParseResult.ParseError)
    assert.throws(sized("-100"), ParseResult.ParseError)
    assert.throws(sized(""), RangeError)
    for (const field of ["symbol", "base", "quote", "settle", "exchange"] as const) {
      assert.throws(() => Instrument.make({ ...terms, [field]: "" }), ParseResult.ParseError, undefined, field)
    }
    assert.throws(
      () => Instrument.make({ ...terms, scaled: { underlying: "BONK", multiplier: "0" } }),
      ParseResult.ParseError
    )
  })

  it("is the same where its terms need no check", () => {
    const dated = { ...terms, deliveryAt: time("2026-12-25T08:00:00Z"), listedAt: time("2026-06-26T08:00:00Z") }
    const scaled = { ...terms, scaled: { underlying: "BONK", multiplier: "1000" }, status: "halted", demo: true }
    for (const each of [terms, dated, scaled, { ...terms, kind: "delivery" } as const]) {
      assert.isTrue(Equal.equals(Instrument.unsafeMake(each), Instrument.make(each)))
    }
    assert.throws(() => Instrument.unsafeMake({ ...terms, contractSize: { amount: "1e3", unit: "quote" } }), RangeError)
  })

  it("equals another of the same terms, and survives JSON", () => {
    const full = { ...terms, listedAt: time("2020-08-10T08:00:00Z"), deliveryAt: time("2026-12-25T08:00:00Z") }
    const instrument = Instrument.make(full)
    assert.isTrue(
      Equal.equals(instrument, Instrument.make({ ...full, contractSize: { amount: "100.0", unit: "quote" } }))
    )
    const json = Schema.encodeSync(Schema.parseJson(Instrument.Instrument))(instrument)
    assert.isTrue(Equal.equals(Schema.decodeSync(Schema.parseJson(Instrument.Instrument))(json), instrument))
  })
})

describe("two listings", () => {
  const listed = (options: Partial<Instrument.Options>) =>
    Instrument.make({ ...terms, listedAt: time("2020-08-10T08:00:00Z"), ...options })
  const one = listed({})

  it("are the same contract when exchange, symbol and listing time agree, whatever else has changed", () => {
    assert.isTrue(Instrument.isSame(one, listed({})))
    assert.isTrue(Instrument.isSame(one, listed({ status: "halted", product: "COIN-M" })))
    assert.isTrue(Instrument.isSame(binanceBtc, Instrument.make(terms)))
  })

  it("are two when the ticker came back, or the symbol or the exchange is another", () => {
    assert.isFalse(Instrument.isSame(one, listed({ listedAt: time("2024-08-10T08:00:00Z") })))
    assert.isFalse(Instrument.isSame(one, listed({ listedAt: undefined })))
    assert.isFalse(Instrument.isSame(one, listed({ symbol: "BTCUSD_261225" })))
    assert.isFalse(Instrument.isSame(one, listed({ exchange: "bitget" })))
  })
})

describe("the record of a contract", () => {
  const schema = InstrumentRecord.InstrumentRecord
  const bonk = Instrument.make({
    exchange: "bitget",
    symbol: "1000BONKUSDT",
    product: "USDT-FUTURES",
    base: "1000BONK",
    quote: "USDT",
    settle: "USDT",
    scaled: { underlying: "BONK", multiplier: "1000" },
    contractSize: { amount: "1.0", unit: "base" },
    listedAt: time("2023-12-01T10:00:00Z")
  })
  const line =
    '{"exchange":"bitget","symbol":"1000BONKUSDT","unifiedSymbol":"1000BONK/USDT:USDT","product":"USDT-FUTURES","demo":false,"baseCurrency":"1000BONK","quoteCurrency":"USDT","settleCurrency":"USDT","underlying":"BONK","multiplier":"1000","assetClass":"crypto","kind":"perpetual","direction":"linear","contractSize":"1","contractSizeUnit":"base","status":"trading","listedAt":"2023-12-01T10:00:00.000Z","deliveryAt":null}'

  it("is this line, to the byte, and is read back from it", () => {
    assert.strictEqual(JSON.stringify(Schema.encodeSync(schema)(InstrumentRecord.fromInstrument(bonk))), line)
    const back = Schema.decodeSync(Schema.parseJson(schema))(line)
    assert.strictEqual(JSON.stringify(Schema.encodeSync(schema)(back)), line)
  })

  it("has the same columns in the same order for every contract", () => {
    for (const instrument of [binanceBtc, bitgetBtcUsd, quanto]) {
      const record = Schema.encodeSync(schema)(InstrumentRecord.fromInstrument(instrument))
      assert.deepStrictEqual(Object.keys(record), Object.keys(JSON.parse(line)))
    }
  })
})
