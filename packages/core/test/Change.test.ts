import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Change from "../src/Change.ts"
import type { NotConvertible } from "../src/Conversion.ts"
import * as Decimal from "../src/Decimal.ts"
import * as Instrument from "../src/Instrument.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import type * as Quantity from "../src/Quantity.ts"
import { Unavailable } from "../src/SourceError.ts"
import * as Valuation from "../src/Valuation.ts"
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
  thorough,
  time
} from "./support.ts"

const lost = Either.left(new Unavailable({ exchange: binanceBtc.exchange, detail: "connection reset" }))

const start = time("2026-10-06T12:00:00Z")

interface Read extends Partial<Omit<OpenInterest.Options, "instrument" | "amount">> {
  readonly instrument?: Instrument.Instrument
  /** Minutes after the start. */
  readonly at?: number
  /** `undefined` for a price that could not be had. */
  readonly price?: string | undefined
  readonly priceTimestamp?: DateTime.Utc
}

const read = (amount: Decimal.Input, options: Read = {}): Valuation.Valuation => {
  const { at = 0, instrument = binanceBtc, price = "50000", priceTimestamp, ...rest } = options
  const timestamp = DateTime.add(start, { millis: at * 60_000 })
  const has = !("price" in options) || options.price !== undefined
  return Valuation.make(
    OpenInterest.make({ unit: "contracts", timestamp, ...rest, instrument, amount }),
    has ? Either.right(markPrice(instrument, price, priceTimestamp ?? timestamp)) : lost
  )
}

const between = (before: Valuation.Valuation, after: Valuation.Valuation): Change.Change =>
  getRight(Change.between(before, after))

const percent = ({ percentage }: { readonly percentage: Option.Option<BigDecimal.BigDecimal> }): string =>
  Option.match(percentage, { onNone: () => "none", onSome: Decimal.format })

const amount = (quantity: Quantity.Any): string => `${Decimal.format(quantity.amount)} ${quantity.denomination}`

/** Whole, by position, by price, percentage; or the reason why there is none. */
const split = <U extends Quantity.Unit>(result: Either.Either<Change.Split<U>, NotConvertible>) =>
  Either.match(result, {
    onLeft: (error): ReadonlyArray<string> => [error.reason],
    onRight: (each) => [amount(each.difference), amount(each.byPosition), amount(each.byPrice), percent(each)]
  })

const position = ({ position }: Change.Change): ReadonlyArray<string> =>
  Either.match(position, {
    onLeft: (error) => [error.reason],
    onRight: (each) => [each.difference.unit, amount(each.difference), percent(each)]
  })

const quadrant = ({ quadrant }: Change.Change): string =>
  Either.match(quadrant, { onLeft: (error) => error.reason, onRight: Change.describe })

describe("a change of contracts sized in money", () => {
  it("changes in dollars by position alone, and in coins by both", () => {
    // 2 BTC at 50000, then 1.8 BTC at 62500.
    const change = between(read("1000"), read("1125", { price: "62500" }))
    assert.deepStrictEqual(position(change), ["contracts", "125 100 USD of BTC", "12.5"])
    assert.deepStrictEqual(split(change.quote), ["12500 USD", "12500 USD", "0 USD", "12.5"])
    assert.deepStrictEqual(split(change.base), ["-0.2 BTC", "0.225 BTC", "-0.425 BTC", "-10"])
    assert.strictEqual(quadrant(change), "more contracts are open and the price is higher")
  })

  it("has its dollars and its contracts without a price, and the reason where there are no coins", () => {
    for (const [before, after, reason] of [
      [read("1000"), read("1100", { price: undefined }), "NoPrice"],
      [read("1000", { price: undefined }), read("1100"), "NoPrice"],
      [read("1000", { priceTimestamp: time("2026-10-06T11:59:00Z") }), read("1100"), "StalePrice"],
      [read("1000", { price: undefined }), read("1100", { priceTimestamp: time("2026-10-06T11:00:00Z") }), "NoPrice"]
    ] as const) {
      const change = between(before, after)
      assert.deepStrictEqual(position(change), ["contracts", "100 100 USD of BTC", "10"])
      assert.deepStrictEqual(split(change.quote), ["10000 USD", "10000 USD", "0 USD", "10"])
      assert.deepStrictEqual(split(change.base), [reason])
      assert.strictEqual(quadrant(change), reason)
    }
  })

  it("may be reported in dollars as well", () => {
    const change = between(read("100000", { unit: "quote" }), read("112500", { unit: "quote", price: "62500" }))
    assert.deepStrictEqual(position(change), ["quote", "12500 USD", "12.5"])
    assert.deepStrictEqual(split(change.quote), ["12500 USD", "12500 USD", "0 USD", "12.5"])
    assert.deepStrictEqual(split(change.base), ["-0.2 BTC", "0.225 BTC", "-0.425 BTC", "-10"])
  })

  it("is counted in dollars also where the exchange reports coins, which fall when the price rises", () => {
    const coins = (amount: string, price: string | undefined) => read(amount, { unit: "base", price })
    const alone = between(coins("2", "50000"), coins("1", "100000"))
    assert.deepStrictEqual(position(alone), ["quote", "0 USD", "0"])
    assert.deepStrictEqual(split(alone.base), ["-1 BTC", "0 BTC", "-1 BTC", "-50"])
    assert.strictEqual(quadrant(alone), "as many contracts are open as before and the price is higher")
    const unpriced = between(coins("2", "50000"), coins("1", undefined))
    assert.deepStrictEqual([position(unpriced), split(unpriced.base)], [["NoPrice"], ["NoPrice"]])
  })
})

describe("a change of contracts sized in coins", () => {
  const coins = (amount: string, options: Read = {}) =>
    read(amount, { instrument: bitgetBtcUsd, unit: "base", ...options })

  it("changes in coins by position alone, and in dollars by both", () => {
    const change = between(coins("100", { price: "70000" }), coins("110", { price: "71000" }))
    assert.deepStrictEqual(position(change), ["base", "10 BTC", "10"])
    assert.deepStrictEqual(split(change.base), ["10 BTC", "10 BTC", "0 BTC", "10"])
    assert.deepStrictEqual(split(change.quote), ["810000 USD", "705000 USD", "105000 USD", "11.57142857"])
    assert.strictEqual(quadrant(change), "more contracts are open and the price is higher")
  })

  it("has its coins without a price, and the reason where there are no dollars", () => {
    const change = between(coins("100"), coins("110", { price: undefined }))
    assert.deepStrictEqual(position(change), ["base", "10 BTC", "10"])
    assert.deepStrictEqual(split(change.base), ["10 BTC", "10 BTC", "0 BTC", "10"])
    assert.deepStrictEqual(split(change.quote), ["NoPrice"])
    assert.strictEqual(quadrant(change), "NoPrice")
  })

  it("may be reported in contracts as well", () => {
    const instrument = Instrument.make({
      exchange: "okx",
      symbol: "BTC-USDT-SWAP",
      base: "BTC",
      quote: "USDT",
      settle: "USDT",
      contractSize: { amount: "0.01", unit: "base" }
    })
    const change = between(read("10000", { instrument, price: "70000" }), read("9000", { instrument, price: "70000" }))
    assert.deepStrictEqual(position(change), ["contracts", "-1000 0.01 BTC", "-10"])
    assert.deepStrictEqual(split(change.base), ["-10 BTC", "-10 BTC", "0 BTC", "-10"])
    assert.deepStrictEqual(split(change.quote), ["-700000 USDT", "-700000 USDT", "0 USDT", "-10"])
    assert.strictEqual(quadrant(change), "fewer contracts are open and the price is unchanged")
  })

  it("is counted in coins also where the exchange reports dollars, which rise with the price", () => {
    const change = between(
      coins("100000", { unit: "quote", price: "50000" }),
      coins("120000", { unit: "quote", price: "60000" })
    )
    assert.deepStrictEqual(position(change), ["base", "0 BTC", "0"])
    assert.deepStrictEqual(split(change.quote), ["20000 USD", "0 USD", "20000 USD", "20"])
    assert.strictEqual(quadrant(change), "as many contracts are open as before and the price is higher")
  })
})

describe("a change of quanto contracts", () => {
  it("has its contracts and nothing else", () => {
    const change = between(read("5", { instrument: quanto }), read("6", { instrument: quanto }))
    assert.deepStrictEqual(position(change), ["contracts", "1 0.000001 XBT of ETH", "20"])
    assert.deepStrictEqual([split(change.base), split(change.quote)], [["SettleSized"], ["SettleSized"]])
    assert.strictEqual(quadrant(change), "SettleSized")
  })

  it("has nothing where the exchange does not count in contracts", () => {
    const coins = (amount: string) => read(amount, { instrument: quanto, unit: "base" })
    const change = between(coins("5"), coins("6"))
    assert.deepStrictEqual(position(change), ["NotCountedInContracts"])
    assert.deepStrictEqual([split(change.base), split(change.quote)], [["SettleSized"], ["SettleSized"]])
  })
})

describe("a change", () => {
  it("has no percentage of nothing", () => {
    const change = between(read("0"), read("10"))
    assert.deepStrictEqual(position(change), ["contracts", "10 100 USD of BTC", "none"])
    assert.deepStrictEqual(split(change.base), ["0.02 BTC", "0.02 BTC", "0 BTC", "none"])
    assert.strictEqual(percent(getRight(between(read("0"), read("0")).position)), "none")
  })

  it("is nothing between a reading and itself", () => {
    const change = between(read("1000"), read("1000"))
    assert.deepStrictEqual(split(change.base), ["0 BTC", "0 BTC", "0 BTC", "0"])
    assert.strictEqual(quadrant(change), "as many contracts are open as before and the price is unchanged")
  })

  it("equals another of the same readings, and so do its figures", () => {
    const make = () => between(read("1000"), read("1100", { at: 5, price: "51000" }))
    assert.isTrue(Equal.equals(make(), make()))
    assert.strictEqual(Hash.hash(make()), Hash.hash(make()))
    assert.isTrue(Equal.equals(make().base, make().base))
    assert.isTrue(Equal.equals(make().position, make().position))
    assert.isTrue(Equal.equals(make().quadrant, make().quadrant))
    assert.isFalse(Equal.equals(make(), between(read("1000"), read("1101", { at: 5, price: "51000" }))))
  })

  it("survives JSON, which can't bring together what can't be compared", () => {
    const schema = Schema.parseJson(Change.Change)
    const change = between(read("1000"), read("1100", { at: 5, price: undefined }))
    const json = Schema.encodeSync(schema)(change)
    const back = Schema.decodeSync(schema)(json)
    assert.deepStrictEqual([position(back), split(back.base)], [position(change), split(change.base)])
    assert.throws(
      () => Schema.decodeSync(schema)(json.replace("12:00:00", "12:06:00")),
      "no change of binance:BTCUSD_PERP: the first reading is later than the second"
    )
    assert.throws(() => new Change.Change({ before: change.after, after: change.before }), ParseResult.ParseError)
  })

  it("is described in words, all nine of them", () => {
    const movements = Change.Movement.literals
    const sentences = movements.flatMap((openInterest) =>
      movements.map((price) => Change.describe({ openInterest, price }))
    )
    assert.deepStrictEqual(sentences, [
      "more contracts are open and the price is higher",
      "more contracts are open and the price is lower",
      "more contracts are open and the price is unchanged",
      "fewer contracts are open and the price is higher",
      "fewer contracts are open and the price is lower",
      "fewer contracts are open and the price is unchanged",
      "as many contracts are open as before and the price is higher",
      "as many contracts are open as before and the price is lower",
      "as many contracts are open as before and the price is unchanged"
    ])
  })
})

describe("readings that can't be compared", () => {
  const relisted = (listedAt: string | undefined, more: Partial<Instrument.Options> = {}) =>
    Instrument.make({
      exchange: "bitget",
      symbol: "XUSDT",
      base: "X",
      quote: "USDT",
      settle: "USDT",
      contractSize: { amount: "1", unit: "base" },
      listedAt: listedAt === undefined ? undefined : time(listedAt),
      ...more
    })
  const old = relisted("2025-01-01T00:00:00Z")
  const of = (instrument: Instrument.Instrument, unit: Quantity.Unit = "contracts") => read("1", { instrument, unit })

  const cases: ReadonlyArray<
    readonly [string, Valuation.Valuation, Valuation.Valuation, reason: Change.Reason, message: string]
  > = [
    [
      "of two contracts",
      of(binanceBtc),
      of(binanceEth),
      "DifferentContracts",
      "no change of binance:ETHUSD_PERP: the readings are of two contracts, binance:BTCUSD_PERP and binance:ETHUSD_PERP"
    ],
    [
      "of a symbol that came back",
      of(old),
      of(relisted("2026-01-01T00:00:00Z")),
      "DifferentContracts",
      "no change of bitget:XUSDT: the readings are of two contracts, bitget:XUSDT listed at 2025-01-01T00:00:00.000Z and bitget:XUSDT listed at 2026-01-01T00:00:00.000Z"
    ],
    [
      "of contracts and of coins",
      of(bitgetBtcUsdt),
      of(bitgetBtcUsdt, "base"),
      "DifferentUnits",
      "no change of bitget:BTCUSDT: the readings differ in unit, contracts and base"
    ],
    [
      "of a contract whose size was changed",
      of(relisted(undefined)),
      of(relisted(undefined, { contractSize: { amount: "10", unit: "base" } })),
      "DifferentUnits",
      "no change of bitget:XUSDT: the readings differ in unit, 1 X and 10 X"
    ],
    [
      "of a contract whose base was renamed",
      of(relisted(undefined), "quote"),
      of(relisted(undefined, { base: "Y" }), "quote"),
      "DifferentUnits",
      "no change of bitget:XUSDT: the readings differ in unit, X and Y"
    ],
    [
      "of a contract whose quote currency was changed",
      of(relisted(undefined), "base"),
      of(relisted(undefined, { quote: "USDC", settle: "USDC" }), "base"),
      "DifferentUnits",
      "no change of bitget:XUSDT: the readings differ in unit, USDT and USDC"
    ],
    [
      "of coins, of a contract that is now sized in money",
      of(relisted(undefined), "base"),
      of(relisted(undefined, { contractSize: { amount: "1", unit: "quote" } }), "base"),
      "DifferentUnits",
      "no change of bitget:XUSDT: the readings differ in unit, contracts sized in base and contracts sized in quote"
    ],
    [
      "of one side and of both",
      read("1", { sides: "one" }),
      read("2", { sides: "two" }),
      "DifferentSides",
      "no change of binance:BTCUSD_PERP: the readings count different sides, one and two"
    ],
    [
      "of a history and of the moment",
      read("1", { timestampKind: "period" }),
      read("1", { timestampKind: "reply" }),
      "DifferentMetrics",
      "no change of binance:BTCUSD_PERP: a row of a history and a reading of the moment are different metrics"
    ],
    [
      "of the moment and of a history",
      read("1", { timestampKind: "event" }),
      read("1", { timestampKind: "period" }),
      "DifferentMetrics",
      "no change of binance:BTCUSD_PERP: a row of a history and a reading of the moment are different metrics"
    ],
    [
      "in the wrong order",
      read("1", { at: 1 }),
      read("1"),
      "WrongOrder",
      "no change of binance:BTCUSD_PERP: the first reading is later than the second, 2026-10-06T12:01:00.000Z and 2026-10-06T12:00:00.000Z"
    ]
  ]
  for (const [title, before, after, reason, message] of cases) {
    it(`are those ${title}`, () => {
      const error = getLeft(Change.between(before, after))
      assert.deepStrictEqual([error.reason, error.message], [reason, message])
      const json = JSON.stringify(Schema.encodeSync(Change.NotComparable)(error))
      assert.strictEqual(Schema.decodeSync(Schema.parseJson(Change.NotComparable))(json).message, message)
    })
  }

  it("are not those of a moment whose times mean an event and a reply, or two periods", () => {
    for (const kinds of [["event", "reply"] as const, ["period", "period"] as const]) {
      const [before, after] = kinds.map((timestampKind) => read("1", { timestampKind }))
      assert.isTrue(Either.isRight(Change.between(before ?? read("1"), after ?? read("1"))))
    }
  })
})

const decimal = (min: bigint, max: bigint, maxScale: number) =>
  fc
    .record({ value: fc.bigInt({ min, max }), scale: fc.integer({ min: 0, max: maxScale }) })
    .map(({ scale, value }) => BigDecimal.make(value, scale))

/** Coarse figures as well as fine ones, so that equal ones and zero come often. */
const figure = fc.oneof(decimal(0n, 3n, 0), decimal(0n, 10n ** 18n, 10))
const aPrice = fc.oneof(decimal(1n, 3n, 0), decimal(1n, 10n ** 12n, 10))

/** What an exchange may report of what contract; the last two report what the price moves. */
const counted = [
  ["quote", "contracts"],
  ["quote", "quote"],
  ["base", "contracts"],
  ["base", "base"],
  ["quote", "base"],
  ["base", "quote"]
] as const

const pair = (kinds: ReadonlyArray<(typeof counted)[number]>) =>
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      size: aPrice,
      amounts: fc.tuple(figure, figure),
      prices: fc.tuple(aPrice, aPrice)
    })
    .map(({ amounts, kind: [sizedIn, unit], prices, size }) => {
      const instrument = Instrument.make({
        exchange: "binance",
        symbol: "BTCUSD",
        base: "BTC",
        quote: "USD",
        settle: "BTC",
        contractSize: { amount: size, unit: sizedIn }
      })
      const of = (amount: BigDecimal.BigDecimal, price: BigDecimal.BigDecimal, at: number) =>
        read(amount, { instrument, unit, price: Decimal.format(price), at })
      return { sizedIn, unit, amounts, prices, of }
    })

/** Reports what is counted, which the price does not move. */
const faithful = counted.slice(0, 4)
const units = ["base", "quote"] as const

/** Of whichever unit. */
interface AnySplit extends Record<"difference" | "byPosition" | "byPrice", Quantity.Any> {
  readonly percentage: Option.Option<BigDecimal.BigDecimal>
}
const splitIn = (change: Change.Change, unit: (typeof units)[number]): AnySplit => {
  const split: Either.Either<AnySplit, NotConvertible> = change[unit]
  return getRight(split)
}
const figureIn = (reading: Valuation.Valuation, unit: (typeof units)[number]): BigDecimal.BigDecimal => {
  const figure: Either.Either<Quantity.Any, NotConvertible> = reading[unit]
  return getRight(figure).amount
}

const zero = BigDecimal.make(0n, 0)
const double = (n: BigDecimal.BigDecimal) => BigDecimal.sum(n, n)
const ticks = (n: bigint) => BigDecimal.make(n, 8)

describe("arithmetic", () => {
  it.prop(
    "the parts add up to the whole, which is the difference of the two figures",
    [pair(counted)],
    ([{ amounts, of, prices }]) => {
      const before = of(amounts[0], prices[0], 0)
      const after = of(amounts[1], prices[1], 5)
      const change = between(before, after)
      for (const unit of units) {
        const { byPosition, byPrice, difference } = splitIn(change, unit)
        sameDecimal(BigDecimal.sum(byPosition.amount, byPrice.amount), difference.amount)
        sameDecimal(BigDecimal.sum(figureIn(before, unit), difference.amount), figureIn(after, unit))
        const denomination = unit === "base" ? "BTC" : "USD"
        for (const each of [byPosition, byPrice, difference]) {
          assert.deepStrictEqual([each.unit, each.denomination], [unit, denomination])
        }
      }
    },
    thorough
  )

  it.prop(
    "the other way round every difference and every part is the opposite",
    [pair(counted)],
    ([{ amounts, of, prices }]) => {
      const there = between(of(amounts[0], prices[0], 0), of(amounts[1], prices[1], 5))
      const back = between(of(amounts[1], prices[1], 0), of(amounts[0], prices[0], 5))
      const opposite = (one: Quantity.Any, two: Quantity.Any) => sameDecimal(one.amount, BigDecimal.negate(two.amount))
      opposite(getRight(there.position).difference, getRight(back.position).difference)
      for (const unit of units) {
        const one = splitIn(there, unit)
        const two = splitIn(back, unit)
        opposite(one.difference, two.difference)
        opposite(one.byPosition, two.byPosition)
        opposite(one.byPrice, two.byPrice)
      }
    },
    thorough
  )

  it.prop(
    "a price that changes alone leaves the position as it was, in every unit",
    [pair(faithful)],
    ([{ amounts, of, prices }]) => {
      const change = between(of(amounts[0], prices[0], 0), of(amounts[0], prices[1], 5))
      sameDecimal(getRight(change.position).difference.amount, zero)
      for (const unit of units) sameDecimal(splitIn(change, unit).byPosition.amount, zero)
      const sign = BigDecimal.Order(prices[1], prices[0])
      assert.deepStrictEqual(
        { ...getRight(change.quadrant) },
        { openInterest: "unchanged", price: sign > 0 ? "up" : sign < 0 ? "down" : "unchanged" }
      )
    },
    thorough
  )

  it.prop(
    "a position that changes alone leaves nothing to the price, in every unit",
    [pair(counted)],
    ([{ amounts, of, prices }]) => {
      const change = between(of(amounts[0], prices[0], 0), of(amounts[1], prices[0], 5))
      for (const unit of units) sameDecimal(splitIn(change, unit).byPrice.amount, zero)
      assert.strictEqual(getRight(change.quadrant).price, "unchanged")
    },
    thorough
  )

  it.prop(
    "open interest is up or down as the reported figure is",
    [pair(faithful)],
    ([{ amounts, of, prices }]) => {
      const change = between(of(amounts[0], prices[0], 0), of(amounts[1], prices[1], 5))
      sameDecimal(getRight(change.position).difference.amount, BigDecimal.subtract(amounts[1], amounts[0]))
      const sign = BigDecimal.Order(amounts[1], amounts[0])
      const expected = sign > 0 ? "up" : sign < 0 ? "down" : "unchanged"
      assert.strictEqual(getRight(change.quadrant).openInterest, expected)
    },
    thorough
  )

  it.prop(
    "dollars of coins are split at the mean price and the mean position, to the last digit",
    [
      pair([
        ["base", "contracts"],
        ["base", "base"]
      ])
    ],
    ([{ amounts, of, prices }]) => {
      const before = of(amounts[0], prices[0], 0)
      const after = of(amounts[1], prices[1], 5)
      const { byPosition, byPrice } = getRight(between(before, after).quote)
      const coins = [getRight(before.base).amount, getRight(after.base).amount] as const
      const sum = (pair: readonly [BigDecimal.BigDecimal, BigDecimal.BigDecimal]) => BigDecimal.sum(...pair)
      const rise = ([from, to]: readonly [BigDecimal.BigDecimal, BigDecimal.BigDecimal]) =>
        BigDecimal.subtract(to, from)
      sameDecimal(double(byPosition.amount), BigDecimal.multiply(rise(coins), sum(prices)))
      sameDecimal(double(byPrice.amount), BigDecimal.multiply(sum(coins), rise(prices)))
    },
    thorough
  )

  it.prop(
    "coins of dollars are split at the mean of what a dollar buys, rounded once",
    [
      pair([
        ["quote", "contracts"],
        ["quote", "quote"]
      ])
    ],
    ([
      {
        amounts,
        of,
        prices: [first, last]
      }
    ]) => {
      fc.pre(!BigDecimal.equals(first, last))
      const change = between(of(amounts[0], first, 0), of(amounts[1], last, 5))
      const dollars = getRight(change.quote).difference.amount
      const expected = nearestEven(
        BigDecimal.multiply(dollars, BigDecimal.sum(first, last)),
        double(BigDecimal.multiply(first, last))
      )
      sameDecimal(getRight(change.base).byPosition.amount, ticks(expected))
    },
    thorough
  )

  it.prop(
    "a percentage is of the earlier figure, rounded once, and none where that is zero",
    [pair(counted)],
    ([{ amounts, of, prices }]) => {
      const before = of(amounts[0], prices[0], 0)
      const change = between(before, of(amounts[1], prices[1], 5))
      for (const unit of units) {
        const { difference, percentage } = splitIn(change, unit)
        const from = figureIn(before, unit)
        if (BigDecimal.isZero(from)) assert.isTrue(Option.isNone(percentage))
        else {
          const expected = nearestEven(BigDecimal.multiply(difference.amount, BigDecimal.make(100n, 0)), from)
          sameDecimal(Option.getOrThrow(percentage), ticks(expected))
        }
      }
    },
    thorough
  )
})

/** From where to where, by the amounts, or the error. */
const ends = (change: Either.Either<Change.Change, { readonly reason: string }>): string =>
  Either.match(change, {
    onLeft: ({ reason }) => reason,
    onRight: ({ after, before }) =>
      `${Decimal.format(before.openInterest.amount)} → ${Decimal.format(after.openInterest.amount)}`
  })

describe("over a series", () => {
  const overAll = (...args: Parameters<typeof Change.over>) =>
    Change.over(...args).map(({ change, horizon }) => `${Duration.format(horizon)}: ${ends(change)}`)

  it("the change begins with the latest reading of that time or before", () => {
    const day = [0, 1200, 1380, 1425, 1435, 1440].map((at) => read(`${at}`, { at }))
    assert.deepStrictEqual(overAll(day), [
      "5m: 1435 → 1440",
      "15m: 1425 → 1440",
      "1h: 1380 → 1440",
      "4h: 1200 → 1440",
      "1d: 0 → 1440"
    ])
    assert.deepStrictEqual(
      overAll(
        [7, 9, 10, 10.001].map((at) => read(`${at}`, { at })),
        ["1 minute", "3 minutes"]
      ),
      ["1m: 9 → 10.001", "3m: 7 → 10.001"]
    )
  })

  it("the one that it begins with may be older by a fifth of the horizon, and by no more", () => {
    const two = (at: number) => overAll([read("1", { at }), read("2", { at: 60 })], ["15 minutes"])
    assert.deepStrictEqual(two(45), ["15m: 1 → 2"])
    assert.deepStrictEqual(two(45 + 1 / 60_000), ["15m: BeginsLater"])
    assert.deepStrictEqual(two(42), ["15m: 1 → 2"])
    assert.deepStrictEqual(two(42 - 1 / 60_000), ["15m: Gap"])
  })

  it("says what is missing", () => {
    const message = (series: Iterable<Valuation.Valuation>) =>
      Change.over(series, ["4 hours"]).map(({ change }) => getLeft(change).message)
    assert.deepStrictEqual(message([]), ["no change over 4 hours: there are no readings"])
    assert.deepStrictEqual(message([read("1")]), [
      "no change of binance:BTCUSD_PERP over 4 hours: the readings begin later than that"
    ])
    assert.deepStrictEqual(message([read("1"), read("2", { at: 500 })]), [
      "no change of binance:BTCUSD_PERP over 4 hours: the reading before that is older by more than a fifth of it"
    ])
    const [{ change } = assert.fail()] = Change.over([], ["4 hours"])
    const error = getLeft(change)
    assert.instanceOf(error, Change.NoEarlierReading)
    const json = JSON.stringify(Schema.encodeSync(Change.NoEarlierReading)(error))
    assert.strictEqual(Schema.decodeSync(Schema.parseJson(Change.NoEarlierReading))(json).message, error.message)
  })

  it("a reading that can't be compared is passed over, or is the reason where it is alone", () => {
    const row = read("1", { at: 10, timestampKind: "period" })
    const newest = read("3", { at: 25 })
    assert.deepStrictEqual(overAll([row, newest], ["15 minutes"]), ["15m: DifferentMetrics"])
    assert.deepStrictEqual(overAll([row, read("2", { at: 8 }), newest], ["15 minutes"]), ["15m: 2 → 3"])
    assert.deepStrictEqual(overAll([read("1", { instrument: binanceEth, at: 10 }), newest], ["15 minutes"]), [
      "15m: DifferentContracts"
    ])
  })

  it("of two readings with one time that which arrived later counts", () => {
    const arrived = (amount: string, at: number, after: number) =>
      read(amount, { at, receivedAt: DateTime.add(start, { minutes: at, millis: after }) })
    const series = [arrived("1", 0, 20), arrived("2", 0, 10), arrived("3", 5, 20), arrived("4", 5, 10)]
    assert.deepStrictEqual(overAll(series, ["5 minutes"]), ["5m: 1 → 3"])
  })

  it("refuses horizons that are no length of time", () => {
    for (const horizon of [0, -1, Infinity, "-1 minutes"] as ReadonlyArray<Duration.DurationInput>) {
      assert.throws(() => Change.over([], [horizon]), ParseResult.ParseError)
      assert.throws(() => Change.within(Stream.empty, horizon), ParseResult.ParseError)
    }
  })

  /** Few times, so that equal ones and the ends of the horizons come often. */
  const series = fc.array(
    fc
      .record({
        at: fc.constantFrom(0, 20, 45, 55, 59, 60),
        delay: fc.integer({ min: 0, max: 1 }),
        amount: fc.bigInt({ min: 0n, max: 3n }),
        price: fc.option(fc.constantFrom("1", "2"), { nil: undefined }),
        priceDelay: fc.integer({ min: 0, max: 1 }),
        kind: fc.constantFrom("event" as const, "period" as const)
      })
      .map(({ amount, at, delay, kind, price, priceDelay }) =>
        read(amount, {
          at,
          price,
          timestampKind: kind,
          receivedAt: DateTime.add(start, { minutes: at, seconds: delay }),
          priceTimestamp: DateTime.add(start, { minutes: at, seconds: priceDelay })
        })
      ),
    { maxLength: 30 }
  )

  it.prop(
    "the order in which the readings come never matters",
    [
      series.chain((readings) =>
        fc.tuple(fc.constant(readings), fc.shuffledSubarray(readings, { minLength: readings.length }))
      )
    ],
    ([[readings, shuffled]]) => {
      const show = (series: Iterable<Valuation.Valuation>) =>
        Change.over(series, ["1 minute", "5 minutes", "15 minutes", "40 minutes"]).map(({ change }) =>
          Either.match(change, { onLeft: String, onRight: Schema.encodeSync(Schema.parseJson(Change.Change)) })
        )
      assert.deepStrictEqual(show(shuffled), show(readings))
    },
    thorough
  )
})

describe("within a stream", () => {
  const run = (readings: Iterable<Valuation.Valuation>, horizon: Duration.DurationInput = "5 minutes") =>
    Stream.fromIterable(readings).pipe(
      Change.within(horizon),
      Stream.map((change) => ends(Either.right(change))),
      Stream.runCollect,
      Effect.map(Chunk.toReadonlyArray)
    )

  it.effect("there is a change for every reading with one so long before, of each contract its own", () =>
    Effect.gen(function* () {
      const minutes = [0, 1, 2, 3, 4, 5, 6, 7]
      const interleaved = minutes.flatMap((at) => [
        read(`${at}`, { at }),
        read(`${100 + at}`, { at, instrument: binanceEth })
      ])
      assert.deepStrictEqual(yield* run(interleaved), [
        "0 → 5",
        "100 → 105",
        "1 → 6",
        "101 → 106",
        "2 → 7",
        "102 → 107"
      ])
    })
  )

  it.effect("each run begins with nothing", () =>
    Effect.gen(function* () {
      const changes = Change.within(Stream.make(read("2", { at: 5 }), read("1")), "5 minutes")
      for (const _ of [1, 2]) assert.isTrue(Chunk.isEmpty(yield* Stream.runCollect(changes)))
    })
  )

  it.effect("an error of the readings is an error of the changes, after those that came before it", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const failed = yield* Stream.make(read("1"), read("2", { at: 5 })).pipe(
        Stream.concat(Stream.fail("lost" as const)),
        Change.within("5 minutes"),
        Stream.runForEach((change) => Effect.sync(() => seen.push(ends(Either.right(change))))),
        Effect.flip
      )
      assert.deepStrictEqual([failed, seen], ["lost", ["1 → 2"]])
    })
  )

  it.effect("history and readings of the moment are never mixed, and do not push each other out", () =>
    Effect.gen(function* () {
      const row = (amount: string, at: number) =>
        read(amount, { at: at - 1000, timestampKind: "period", receivedAt: DateTime.add(start, { minutes: at }) })
      const mixed = [row("1", 0), read("10", { at: 0 }), row("2", 5), read("20", { at: 5 })]
      assert.deepStrictEqual(yield* run(mixed), ["1 → 2", "10 → 20"])
    })
  )

  it.effect("times of an event and of a reply are compared", () =>
    Effect.gen(function* () {
      const readings = [read("1", { timestampKind: "event" }), read("2", { at: 5, timestampKind: "reply" })]
      assert.deepStrictEqual(yield* run(readings), ["1 → 2"])
    })
  )

  it.effect("a symbol that came back begins anew", () =>
    Effect.gen(function* () {
      const listed = (listedAt: string) => Instrument.make({ ...relistedTerms, listedAt: time(listedAt) })
      const old = listed("2025-01-01T00:00:00Z")
      const back = listed("2026-10-06T12:04:00Z")
      const readings = [
        read("1", { instrument: old }),
        read("2", { instrument: back, at: 5 }),
        read("3", { instrument: back, at: 10 })
      ]
      assert.deepStrictEqual(yield* run(readings), ["2 → 3"])
    })
  )

  it.effect(
    "there is a change for every reading where they come each fifth of the horizon, and perhaps none where not",
    () =>
      Effect.gen(function* () {
        const changes = (every: number) =>
          Stream.range(0, 20).pipe(
            Stream.map((n) => read("1", { at: n * every })),
            Change.within("5 minutes"),
            Stream.runCount
          )
        assert.deepStrictEqual([yield* changes(1), yield* changes(4)], [16, 0])
      })
  )

  it.effect("a reading is found without looking at all that are kept", () =>
    Effect.gen(function* () {
      let looks = 0
      const watched = (at: number) => {
        const { markPrice, openInterest } = read("1", { at })
        const get = (target: OpenInterest.OpenInterest, key: string | symbol) => {
          if (key === "timestamp") looks++
          return Reflect.get(target, key)
        }
        return Valuation.make(new Proxy(openInterest, { get }), markPrice)
      }
      const found = yield* Stream.range(0, 2000).pipe(Stream.map(watched), Change.within("24 hours"), Stream.runCount)
      assert.strictEqual(found, 2001 - 24 * 60)
      assert.isBelow(looks / 2001, 100)
    })
  )

  it.effect("after a reading from the future there are changes again one horizon later", () =>
    Effect.gen(function* () {
      const readings = [0, 5, 6, 1_000_000, 7, 12, 13].map((at) => read(`${at}`, { at }))
      assert.deepStrictEqual(yield* run(readings), ["0 → 5", "0 → 6", "7 → 12", "7 → 13"])
    })
  )

  const relistedTerms: Instrument.Options = {
    exchange: "bitget",
    symbol: "XUSDT",
    base: "X",
    quote: "USDT",
    settle: "USDT",
    contractSize: { amount: "1", unit: "base" }
  }

  const contracts = [binanceBtc, binanceEth, bitgetBtcUsdt, Instrument.make(relistedTerms)].concat(
    Instrument.make({ ...relistedTerms, listedAt: start })
  )

  /** In half minutes; mostly onwards, at times late, far ahead or far behind. */
  const schedule = fc.array(
    fc.record({
      contract: fc.nat(contracts.length - 1),
      period: fc.constantFrom(false, false, false, true),
      step: fc.oneof(
        { weight: 12, arbitrary: fc.integer({ min: 0, max: 2 }) },
        { weight: 1, arbitrary: fc.integer({ min: 9, max: 14 }) }
      ),
      skew: fc.oneof(
        { weight: 12, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.integer({ min: -14, max: 0 }) },
        { weight: 1, arbitrary: fc.constantFrom(-1000, 1000) }
      )
    }),
    { maxLength: 120 }
  )

  it.effect.prop(
    "there are the changes of a naive model, whatever comes when",
    { steps: schedule, chunk: fc.integer({ min: 1, max: 16 }) },
    ({ chunk, steps }) =>
      Effect.gen(function* () {
        const horizon = 10
        const span = 12
        let now = 0
        const arrivals = steps.map(({ contract, period, skew, step }, index) => {
          now += step
          const series = `${(contracts[contract] ?? binanceBtc).symbol} ${period}`
          return { index, contract, period, series, at: now + skew, arrivedAt: now * 30_000 + index }
        })

        let kept: typeof arrivals = []
        const heard = new Map<string, number>()
        const expected: Array<string> = []
        for (const arrival of arrivals) {
          const newest = () => Math.max(...kept.filter((each) => each.series === arrival.series).map((each) => each.at))
          if (newest() - arrival.at > span) kept = kept.filter((each) => each.series !== arrival.series)
          kept.push(arrival)
          const oldest = newest() - span
          kept = kept.filter((each) => each.series !== arrival.series || each.at >= oldest)
          heard.set(arrival.series, arrival.arrivedAt)
          kept = kept.filter((each) => (heard.get(each.series) ?? 0) >= arrival.arrivedAt - span * 30_000)
          const [before] = kept
            .filter((each) => each.contract === arrival.contract && each.period === arrival.period)
            .filter((each) => each.at <= arrival.at - horizon && each.at >= arrival.at - span)
            .toSorted((one, two) => two.at - one.at || two.index - one.index)
          if (before !== undefined) expected.push(`${before.index} → ${arrival.index}`)
        }

        const readings = arrivals.map(({ arrivedAt, at, contract, index, period }) =>
          read(`${index}`, {
            instrument: contracts[contract] ?? binanceBtc,
            at: at / 2,
            timestampKind: period ? "period" : "event",
            receivedAt: DateTime.add(start, { millis: arrivedAt })
          })
        )
        const actual = yield* Stream.fromIterable(readings).pipe(
          Stream.rechunk(chunk),
          Change.within("5 minutes"),
          Stream.map((change) => ends(Either.right(change))),
          Stream.runCollect
        )
        assert.deepStrictEqual([...actual], expected)
      }),
    thorough
  )
})
