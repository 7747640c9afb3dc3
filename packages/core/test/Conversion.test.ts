import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Conversion from "../src/Conversion.ts"
import * as Instrument from "../src/Instrument.ts"
import * as Quantity from "../src/Quantity.ts"
import {
  binanceBtc,
  binanceEth,
  bitgetBtcUsd,
  bitgetBtcUsdt,
  getLeft,
  getRight,
  markPrice,
  nearestEven,
  quanto,
  sameDecimal,
  show,
  thorough,
  time
} from "./support.ts"

type SizeUnit = Instrument.ContractSize["unit"]

const terms = { exchange: "binance", symbol: "BTCUSD", base: "BTC", quote: "USD" }
const sized = (amount: string | BigDecimal.BigDecimal, unit: SizeUnit, settle = "BTC") =>
  Instrument.make({ ...terms, settle, contractSize: { amount, unit } })

const units = ["contracts", "base", "quote"] as const

const decimal = (max: bigint, maxScale: number) =>
  fc
    .record({ value: fc.bigInt({ min: 1n, max }), scale: fc.integer({ min: 0, max: maxScale }) })
    .map(({ scale, value }) => BigDecimal.make(value, scale))
const size = decimal(10n ** 12n, 12)
const price = decimal(10n ** 15n, 12)
const contracts = decimal(10n ** 18n, 8)

describe("a conversion, at 50000 USD per BTC,", () => {
  /** One position in all units. */
  const positions = {
    quote: { size: "100", contracts: "1000", base: "2", quote: "100000", needsPrice: ["base"] },
    base: { size: "0.01", contracts: "200", base: "2", quote: "100000", needsPrice: ["quote"] }
  } as const

  for (const sizeUnit of ["quote", "base"] as const) {
    const position = positions[sizeUnit]
    // Linear and inverse alike: the direction decides nothing.
    for (const settle of ["USD", "BTC", "EUR"]) {
      const instrument = sized(position.size, sizeUnit, settle)
      const at = markPrice(instrument, "50000")
      for (const from of units) {
        for (const to of units) {
          const given = Quantity.make(from, Instrument.denomination(instrument, from), position[from])
          const expected = Quantity.format(Quantity.make(to, Instrument.denomination(instrument, to), position[to]))
          const title = `from ${from} to ${to} of ${instrument.direction} contracts sized in ${sizeUnit}`
          // Exactly one of the two sides of the price is the unit that the contract is sized in.
          const [priced] = position.needsPrice
          const crosses = (from === priced) !== (to === priced)

          it(`${title} gives ${expected}`, () => {
            assert.strictEqual(show(Conversion.convert(given, to, { instrument, markPrice: at })), expected)
          })
          it(`${title} ${crosses ? "needs" : "does not need"} a price`, () => {
            assert.strictEqual(show(Conversion.convert(given, to, { instrument })), crosses ? "NoPrice" : expected)
          })
          it(`${title} ${crosses ? "refuses" : "does not look at"} the price of another contract`, () => {
            assert.strictEqual(
              show(Conversion.convert(given, to, { instrument, markPrice: markPrice(binanceEth, "50000") })),
              crosses ? "ForeignPrice" : expected
            )
          })
        }
      }
    }
  }

  for (const from of units) {
    for (const to of units) {
      const given = Quantity.make(from, Instrument.denomination(quanto, from), "5")
      it(`from ${from} to ${to} of quanto contracts ${from === to ? "changes nothing" : "is refused"}`, () => {
        const expected = from === to ? Quantity.format(given) : "SettleSized"
        assert.strictEqual(show(Conversion.convert(given, to, { instrument: quanto })), expected)
        const at = markPrice(quanto, "50000")
        assert.strictEqual(show(Conversion.convert(given, to, { instrument: quanto, markPrice: at })), expected)
      })
    }
  }
})

describe("contracts as listed", () => {
  it("of 100 USD: 12668208 of them at 71008.1 are 17840.51115295 BTC and 1266820800 USD", () => {
    const given = Quantity.make("contracts", "100 USD of BTC", "12668208")
    const options = { instrument: binanceBtc, markPrice: markPrice(binanceBtc, "71008.1") }
    assert.strictEqual(show(Conversion.convert(given, "base", options)), "17840.51115295 BTC")
    assert.strictEqual(show(Conversion.convert(given, "quote", options)), "1266820800 USD")
  })

  it("of 1 BTC, though inverse: 57.714 of them are 57.714 BTC, and their worth needs a price", () => {
    const given = Quantity.make("contracts", "1 BTC", "57.714")
    assert.strictEqual(bitgetBtcUsd.direction, "inverse")
    assert.strictEqual(show(Conversion.convert(given, "base", { instrument: bitgetBtcUsd })), "57.714 BTC")
    assert.strictEqual(show(Conversion.convert(given, "quote", { instrument: bitgetBtcUsd })), "NoPrice")
    assert.strictEqual(
      show(
        Conversion.convert(given, "quote", { instrument: bitgetBtcUsd, markPrice: markPrice(bitgetBtcUsd, "71008.1") })
      ),
      "4098161.4834 USD"
    )
  })
})

describe("a refusal", () => {
  it("meets a quantity that is not one of the contract: another coin, currency or contract size", () => {
    const foreign = [
      Conversion.convert(Quantity.make("base", "ETH", "1"), "quote", { instrument: binanceBtc }),
      Conversion.convert(Quantity.make("quote", "USDT", "1"), "contracts", { instrument: binanceBtc }),
      Conversion.convert(Quantity.make("contracts", "10 USD of BTC", "1"), "quote", { instrument: binanceBtc }),
      Conversion.convert(Quantity.make("base", "ETH", "1"), "base", { instrument: binanceBtc })
    ]
    assert.deepStrictEqual(
      foreign.map(show),
      Array.from({ length: 4 }, () => "ForeignQuantity")
    )
  })

  it("meets the price of a contract that had the same symbol before", () => {
    const listed = (at: string) =>
      Instrument.make({ ...terms, settle: "BTC", contractSize: { amount: "100", unit: "quote" }, listedAt: time(at) })
    const now = listed("2026-01-01T00:00:00Z")
    const before = listed("2020-01-01T00:00:00Z")
    const given = Quantity.make("contracts", "100 USD of BTC", "1")
    const convert = (instrument: Instrument.Instrument) =>
      show(Conversion.convert(given, "base", { instrument, markPrice: markPrice(now, "50000") }))
    assert.strictEqual(convert(before), "ForeignPrice")
    assert.strictEqual(convert(now), "0.002 BTC")
  })

  it("says what was asked for and why there is none, and survives JSON", () => {
    const error = getLeft(Conversion.convert(Quantity.make("base", "BTC", "1"), "quote", { instrument: bitgetBtcUsdt }))
    assert.strictEqual(error.message, "no quote figure for bitget:BTCUSDT: it needs a mark price")
    const json = JSON.stringify(Schema.encodeSync(Conversion.NotConvertible)(error))
    assert.strictEqual(Schema.decodeSync(Schema.parseJson(Conversion.NotConvertible))(json).message, error.message)
  })
})

describe("arithmetic", () => {
  it.prop(
    "contracts to quote and back is the identity, for contracts sized in quote currency",
    [contracts, size],
    ([n, of]) => {
      const instrument = sized(of, "quote")
      const given = Quantity.make("contracts", Instrument.denomination(instrument, "contracts"), n)
      const back = pipe(
        Conversion.convert(given, "quote", { instrument }),
        Either.flatMap((quote) => Conversion.convert(quote, "contracts", { instrument }))
      )
      assert.strictEqual(show(back), Quantity.format(given))
    },
    thorough
  )

  it.prop(
    "contracts to base or quote and back is the identity, for contracts sized in base coin",
    [contracts, size, price],
    ([n, of, at]) => {
      const instrument = sized(of, "base")
      const options = { instrument, markPrice: markPrice(instrument, BigDecimal.format(at)) }
      const given = Quantity.make("contracts", Instrument.denomination(instrument, "contracts"), n)
      for (const through of ["base", "quote"] as const) {
        const back = pipe(
          Conversion.convert(given, through, options),
          Either.flatMap((there) => Conversion.convert(there, "contracts", options))
        )
        assert.strictEqual(show(back), Quantity.format(given))
      }
    },
    thorough
  )

  it.prop(
    "keeps every digit of a product",
    [contracts, size, price],
    ([n, of, at]) => {
      const product = (...factors: ReadonlyArray<BigDecimal.BigDecimal>) =>
        BigDecimal.make(
          factors.reduce((value, factor) => value * factor.value, 1n),
          factors.reduce((scale, factor) => scale + factor.scale, 0)
        )
      const inQuote = sized(of, "quote")
      const inBase = sized(of, "base")
      const hundreds = Quantity.make("contracts", Instrument.denomination(inQuote, "contracts"), n)
      const coins = Quantity.make("contracts", Instrument.denomination(inBase, "contracts"), n)
      const options = { instrument: inBase, markPrice: markPrice(inBase, BigDecimal.format(at)) }
      sameDecimal(getRight(Conversion.convert(hundreds, "quote", { instrument: inQuote })).amount, product(n, of))
      sameDecimal(getRight(Conversion.convert(coins, "base", options)).amount, product(n, of))
      sameDecimal(getRight(Conversion.convert(coins, "quote", options)).amount, product(n, of, at))
      sameDecimal(
        getRight(Conversion.convert(Quantity.make("base", "BTC", n), "quote", options)).amount,
        product(n, at)
      )
    },
    thorough
  )

  it.prop(
    "rounds a quotient once, however many factors it has",
    [contracts, size, price],
    ([n, of, at]) => {
      const rounded = (result: Either.Either<{ readonly amount: BigDecimal.BigDecimal }, unknown>, ticks: bigint) =>
        sameDecimal(getRight(result).amount, BigDecimal.make(ticks, 8))
      const inQuote = sized(of, "quote")
      const inBase = sized(of, "base")
      const text = BigDecimal.format(at)
      const quoteSized = { instrument: inQuote, markPrice: markPrice(inQuote, text) }
      const baseSized = { instrument: inBase, markPrice: markPrice(inBase, text) }
      const given = Quantity.make("contracts", Instrument.denomination(inQuote, "contracts"), n)
      const money = Quantity.make("quote", "USD", n)
      const coins = Quantity.make("base", "BTC", n)
      const one = BigDecimal.make(1n, 0)
      // A divisor of exactly 1 leaves nothing to round.
      fc.pre(!BigDecimal.equals(at, one) && !BigDecimal.equals(of, one))
      fc.pre(!BigDecimal.equals(BigDecimal.multiply(at, of), one))
      rounded(Conversion.convert(given, "base", quoteSized), nearestEven(BigDecimal.multiply(n, of), at))
      rounded(Conversion.convert(coins, "contracts", quoteSized), nearestEven(BigDecimal.multiply(n, at), of))
      rounded(Conversion.convert(money, "contracts", baseSized), nearestEven(n, BigDecimal.multiply(at, of)))
      rounded(Conversion.convert(money, "base", baseSized), nearestEven(n, at))
    },
    thorough
  )
})
