import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Conversion from "../src/Conversion.ts"
import * as Instrument from "../src/Instrument.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as Quantity from "../src/Quantity.ts"
import {
  binanceBtc,
  binanceEth,
  bitgetBtcUsd,
  getLeft,
  getRight,
  reading,
  sameDecimal,
  show,
  thorough
} from "./support.ts"

const contracts = Quantity.make("contracts", "100 USD of BTC", "3")
const base = Quantity.make("base", "BTC", "0.5")
const amount = fc
  .record({ value: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.integer({ min: 0, max: 30 }) })
  .map(({ scale, value }) => BigDecimal.make(value, scale))

describe("a sum", () => {
  it("keeps every digit", () => {
    const total = Quantity.sum(
      Quantity.make("base", "BTC", "0.1"),
      Quantity.make("base", "BTC", "12345678901234567890.2")
    )
    assert.strictEqual(show(total), "12345678901234567890.3 BTC")
  })

  it.prop(
    "is exact and does not depend on the order",
    [amount, amount],
    ([a, b]) => {
      const left = Quantity.make("quote", "USD", a)
      const right = Quantity.make("quote", "USD", b)
      const scale = BigInt(a.scale + b.scale)
      const exact = BigDecimal.make(
        a.value * 10n ** (scale - BigInt(a.scale)) + b.value * 10n ** (scale - BigInt(b.scale)),
        Number(scale)
      )
      sameDecimal(getRight(Quantity.sum(left, right)).amount, exact)
      sameDecimal(getRight(Quantity.sum(right, left)).amount, exact)
    },
    thorough
  )

  it("keeps the unit and the denomination, so that it can be added to", () => {
    const total = pipe(contracts, Quantity.sum(contracts), Either.flatMap(Quantity.sum(contracts)))
    assert.strictEqual(show(total), "9 contracts of 100 USD of BTC")
  })

  it("fails with both operands named where the types know no more than that there is some unit", () => {
    const inContracts = OpenInterest.quantity(reading(binanceBtc, "12668208"))
    const inCoins = OpenInterest.quantity(reading(bitgetBtcUsd, "57.714", "base"))
    const error = getLeft(Quantity.sum(inContracts, inCoins))
    assert.instanceOf(error, Quantity.UnitMismatch)
    assert.strictEqual(error.message, "no common unit: contracts of 100 USD of BTC and BTC")
    assert.deepStrictEqual({ ...error.left }, { unit: "contracts", denomination: "100 USD of BTC" })
    assert.deepStrictEqual({ ...error.right }, { unit: "base", denomination: "BTC" })
  })

  it("fails for coins of two kinds and for monies of two kinds", () => {
    const eth = Quantity.make("base", "ETH", "1")
    assert.strictEqual(getLeft(Quantity.sum(base, eth)).message, "no common unit: BTC and ETH")
    const usd = Quantity.make("quote", "USD", "1")
    const usdt = Quantity.make("quote", "USDT", "1")
    assert.strictEqual(getLeft(Quantity.sum(usd, usdt)).message, "no common unit: USD and USDT")
  })

  it("fails for contracts of the same size on two coins", () => {
    const ada = Quantity.make("contracts", "10 USD of ADA", "1")
    const eth = Quantity.make("contracts", Instrument.denomination(binanceEth, "contracts"), "1")
    assert.strictEqual(
      getLeft(Quantity.sum(ada, eth)).message,
      "no common unit: contracts of 10 USD of ADA and contracts of 10 USD of ETH"
    )
  })

  it("fails for contracts of 100 and of 10 dollars", () => {
    const hundreds = OpenInterest.quantity(reading(binanceBtc, "1"))
    const tens = OpenInterest.quantity(reading(binanceEth, "1"))
    assert.strictEqual(
      getLeft(Quantity.sum(hundreds, tens)).message,
      "no common unit: contracts of 100 USD of BTC and contracts of 10 USD of ETH"
    )
  })

  it("fails for a coin and a currency of one name, and for one contract and its coin", () => {
    assert.strictEqual(
      show(
        Quantity.sum(
          Quantity.make<Quantity.Unit>("base", "USD", "1"),
          Quantity.make<Quantity.Unit>("quote", "USD", "1")
        )
      ),
      "UnitMismatch"
    )
    assert.strictEqual(
      show(
        Quantity.sum(
          Quantity.make<Quantity.Unit>("contracts", "BTC", "1"),
          Quantity.make<Quantity.Unit>("base", "BTC", "1")
        )
      ),
      "UnitMismatch"
    )
  })

  it("fails with an error that survives JSON", () => {
    const error = getLeft(Quantity.sum(base, Quantity.make("base", "ETH", "1")))
    const json = JSON.stringify(Schema.encodeSync(Quantity.UnitMismatch)(error))
    assert.strictEqual(Schema.decodeSync(Schema.parseJson(Quantity.UnitMismatch))(json).message, error.message)
  })
})

/** Each of these lines compiles only because the next one is a type error; what they do at run time comes second. */
describe("units that the types know", () => {
  it("can't be mixed in a sum", () => {
    // @ts-expect-error contracts and coins
    assert.strictEqual(show(Quantity.sum(contracts, base)), "UnitMismatch")
    // @ts-expect-error coins and contracts
    assert.strictEqual(show(Quantity.sum(base, contracts)), "UnitMismatch")
  })

  it("can't be mixed in a pipe", () => {
    // @ts-expect-error contracts and coins
    const total = pipe(contracts, Quantity.sum(base))
    assert.strictEqual(show(total), "UnitMismatch")
  })

  it("can't be mixed through a quantity whose unit is one of two", () => {
    const either: Quantity.Quantity<"contracts"> | Quantity.Quantity<"base"> =
      [contracts, base][contracts.amount.scale] ?? base
    // @ts-expect-error contracts, or coins
    assert.strictEqual(show(Quantity.sum(either, base)), "UnitMismatch")
    // @ts-expect-error a union is not inferred
    assert.strictEqual(show(pipe(either, Quantity.sum(base))), "UnitMismatch")
  })

  it("are not forgotten by an assignment", () => {
    // @ts-expect-error coins are not some unit: as such they could be added to contracts
    const some: Quantity.Quantity<Quantity.Unit> = base
    // @ts-expect-error nor the other way round
    const coins: Quantity.Quantity<"base"> = Quantity.make<Quantity.Unit>("base", "BTC", "1")
    assert.strictEqual(some.unit, coins.unit)
  })

  it("are those of the conversion", () => {
    const coins: Either.Either<Quantity.Quantity<"base">, Conversion.NotConvertible> = Conversion.convert(
      Quantity.make("contracts", "1 BTC", "2"),
      "base",
      { instrument: bitgetBtcUsd }
    )
    // @ts-expect-error coins and contracts
    assert.strictEqual(show(Either.flatMap(coins, (n) => Quantity.sum(n, contracts))), "UnitMismatch")
    assert.strictEqual(show(Either.flatMap(coins, (n) => Quantity.sum(n, base))), "2.5 BTC")
  })
})

describe("the text of a quantity", () => {
  it("names contracts by their size, and coins and money by their currency", () => {
    assert.strictEqual(
      Quantity.format(Quantity.make("contracts", "100 USD of BTC", "12668208")),
      "12668208 contracts of 100 USD of BTC"
    )
    assert.strictEqual(Quantity.format(Quantity.make("base", "BTC", "57.7140")), "57.714 BTC")
    assert.strictEqual(Quantity.format(Quantity.make("quote", "USD", 1266820800n)), "1266820800 USD")
  })
})
