import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "../src/Decimal.ts"
import { getLeft, getRight, nearestEven, thorough } from "./support.ts"

const decode = Schema.decodeUnknownEither(Decimal.Decimal)

const refused = [
  "",
  " ",
  "N/A",
  "null",
  "NaN",
  "Infinity",
  "-Infinity",
  "1e400",
  "1e3",
  "1E-3",
  "0x10",
  " 1",
  "1 ",
  "1\n",
  "+1",
  "--1",
  "-",
  ".",
  ".5",
  "-.5",
  "5.",
  "1.2.3",
  "1,000",
  "1_000",
  "1n",
  "00",
  "01",
  "-01.5",
  "１２",
  "١٢",
  "9".repeat(101),
  `0.${"0".repeat(98)}1`
]

const integerText = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String), fc.constant("0"))
const fractionText = fc.stringMatching(/^\d{1,30}$/)
const decimalText = fc
  .record({
    sign: fc.constantFrom("", "-"),
    integer: integerText,
    fraction: fc.option(fractionText, { nil: undefined })
  })
  .map(({ fraction, integer, sign }) => sign + integer + (fraction === undefined ? "" : `.${fraction}`))

/** What the text says, without what says nothing: zeros at the end of a fraction, a point with nothing after it, -0. */
const withoutTrailingZeros = (text: string): string => {
  const short = text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text
  return short === "-0" ? "0" : short
}

const decimal = fc
  .record({ value: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), scale: fc.integer({ min: 0, max: 20 }) })
  .map(({ scale, value }) => BigDecimal.make(value, scale))
const divisor = decimal.filter((n) => n.value !== 0n)

describe("reading", () => {
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.length > 20 ? `${text.slice(0, 8)}… (${text.length} characters)` : text)}`, () => {
      assert.deepStrictEqual(Decimal.parse(text), Option.none())
      assert.include(String(getLeft(decode(text))), "expected a decimal number, got")
      assert.throws(() => Decimal.unsafeFrom(text), RangeError)
    })
  }

  it("refuses what is no text, above all a JSON number, whose digits may be lost", () => {
    for (const body of [12, 12.5, null, undefined, true, {}, ["1"]]) {
      assert.isTrue(Either.isLeft(decode(body)), `accepted ${JSON.stringify(body)}`)
    }
  })

  it("keeps the message short however long the text is", () => {
    assert.isBelow(String(getLeft(decode("x".repeat(1_000_000)))).length, 300)
  })

  it("accepts 100 characters", () => {
    const text = `${"9".repeat(50)}.${"9".repeat(49)}`
    assert.strictEqual(Decimal.format(getRight(decode(text))), text)
  })

  it("keeps negative numbers out of amounts, and zero too out of prices and sizes", () => {
    const nonNegative = Schema.decodeUnknownEither(Decimal.NonNegative)
    const positive = Schema.decodeUnknownEither(Decimal.Positive)
    assert.include(String(getLeft(nonNegative("-0.1"))), "not negative, got -0.1")
    assert.isTrue(Either.isRight(nonNegative("0.00")))
    assert.isTrue(Either.isRight(nonNegative("-0")))
    assert.include(String(getLeft(positive("-1"))), "above zero, got -1")
    assert.include(String(getLeft(positive("0.000"))), "above zero, got 0")
    assert.isTrue(Either.isRight(positive("0.00000000000000000001")))
  })

  it("takes a BigDecimal, a bigint or text for an input", () => {
    const n = BigDecimal.make(15n, 1)
    assert.strictEqual(Decimal.unsafeFrom(n), n)
    assert.strictEqual(Decimal.format(Decimal.unsafeFrom(-7n)), "-7")
    assert.strictEqual(Decimal.format(Decimal.unsafeFrom("1.50")), "1.5")
  })
})

describe("printing", () => {
  const cases: ReadonlyArray<readonly [bigint, number, string]> = [
    [0n, 0, "0"],
    [0n, 12, "0"],
    [0n, -12, "0"],
    [7n, 0, "7"],
    [100n, 0, "100"],
    [5n, -3, "5000"],
    [-5n, -3, "-5000"],
    [120n, 1, "12"],
    [1200n, 2, "12"],
    [15n, 1, "1.5"],
    [-15n, 1, "-1.5"],
    [5n, 1, "0.5"],
    [-5n, 4, "-0.0005"],
    [1n, 16, "0.0000000000000001"],
    [-1n, 18, "-0.000000000000000001"],
    [1n, 40, `0.${"0".repeat(39)}1`],
    [10n ** 40n, 0, `1${"0".repeat(40)}`],
    [1784051115295n, 8, "17840.51115295"]
  ]
  for (const [value, scale, text] of cases) {
    it(`writes ${value} at scale ${scale} as ${text}`, () => {
      assert.strictEqual(Decimal.format(BigDecimal.make(value, scale)), text)
      assert.strictEqual(Schema.encodeSync(Decimal.Decimal)(BigDecimal.make(value, scale)), text)
    })
  }

  it.prop(
    "gives back the digits that were read, up to trailing zeros",
    [decimalText],
    ([text]) => {
      assert.strictEqual(Decimal.format(getRight(decode(text))), withoutTrailingZeros(text))
    },
    thorough
  )

  it.prop(
    "writes only what can be read again as the same number",
    { value: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.integer({ min: -20, max: 40 }) },
    ({ scale, value }) => {
      const n = BigDecimal.make(value, scale)
      assert.isTrue(BigDecimal.equals(getRight(decode(Decimal.format(n))), n))
    },
    thorough
  )
})

describe("a quotient", () => {
  const quotient = (dividend: BigDecimal.BigDecimal, by: BigDecimal.BigDecimal): string =>
    Option.match(Decimal.divide(dividend, by), { onNone: () => "none", onSome: Decimal.format })
  const divide = (dividend: string, by: string) => quotient(Decimal.unsafeFrom(dividend), Decimal.unsafeFrom(by))
  const fromTicks = (ticks: bigint) => Decimal.format(BigDecimal.make(ticks, 8))

  it("is none when the divisor is zero, however it is written", () => {
    assert.strictEqual(divide("1", "0"), "none")
    assert.strictEqual(divide("0", "0.000"), "none")
  })

  it("is rounded at 8 decimals, a half to the even neighbour, also below zero", () => {
    assert.strictEqual(divide("1", "3"), "0.33333333")
    assert.strictEqual(divide("2", "3"), "0.66666667")
    assert.strictEqual(divide("-2", "3"), "-0.66666667")
    assert.strictEqual(divide("3", "-1"), "-3")
    assert.strictEqual(divide("-0.3", "-0.00000001"), "30000000")
    assert.strictEqual(divide("0.000000005", "1"), "0")
    assert.strictEqual(divide("0.000000015", "1"), "0.00000002")
    assert.strictEqual(divide("0.000000025", "1"), "0.00000002")
    assert.strictEqual(divide("-0.000000015", "1"), "-0.00000002")
    assert.strictEqual(divide("0.000000025", "-1"), "-0.00000002")
    assert.strictEqual(divide("0.0000000250000000000000000001", "1"), "0.00000003")
  })

  it.prop(
    "is the nearest multiple of 1e-8",
    [decimal, divisor],
    ([dividend, by]) => {
      assert.strictEqual(quotient(dividend, by), fromTicks(nearestEven(dividend, by)))
    },
    thorough
  )

  it.prop(
    "goes to the even neighbour at every exact tie, whatever the scales and the signs",
    {
      ticks: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      by: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).filter((n) => n !== 0n),
      scale: fc.integer({ min: 0, max: 12 }),
      more: fc.integer({ min: 0, max: 12 })
    },
    ({ by, more, scale, ticks }) => {
      // (ticks + 1/2) × 1e-8, times the divisor, is an exact dividend at one decimal more.
      const dividend = BigDecimal.make((2n * ticks + 1n) * 5n * by * 10n ** BigInt(more), 9 + scale + more)
      assert.strictEqual(
        quotient(dividend, BigDecimal.make(by, scale)),
        fromTicks(ticks % 2n === 0n ? ticks : ticks + 1n)
      )
    },
    thorough
  )

  it.prop(
    "does not depend on how many zeros the operands carry",
    { dividend: decimal, by: divisor, zeros: fc.integer({ min: 0, max: 30 }) },
    ({ by, dividend, zeros }) => {
      const longer = (n: BigDecimal.BigDecimal) => BigDecimal.make(n.value * 10n ** BigInt(zeros), n.scale + zeros)
      assert.strictEqual(quotient(longer(dividend), by), quotient(dividend, by))
      assert.strictEqual(quotient(dividend, longer(by)), quotient(dividend, by))
    },
    thorough
  )
})
