import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Decimal from "../src/Decimal.ts"
import * as Instrument from "../src/Instrument.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as Quantity from "../src/Quantity.ts"
import type { ReadingFailure } from "../src/Readings.ts"
import { Unavailable } from "../src/SourceError.ts"
import * as Total from "../src/Total.ts"
import * as Valuation from "../src/Valuation.ts"
import {
  binanceBtc,
  binanceEth,
  bitgetBtcUsd,
  bitgetBtcUsdt,
  markPrice,
  nearestEven,
  quanto,
  readAt,
  sameDecimal,
  thorough,
  time
} from "./support.ts"

const lost = new Unavailable({ exchange: binanceBtc.exchange, detail: "connection reset" })

const now = readAt

/** A reading that nothing is wrong with, unless a test says otherwise; without a price where there is none. */
const value = (
  instrument: Instrument.Instrument,
  amount: string,
  options: Partial<OpenInterest.Options> & { readonly price?: string | undefined } = {}
): Valuation.Valuation => {
  const { price, ...rest } = options
  const openInterest = OpenInterest.make({
    instrument,
    amount,
    unit: instrument.contractSize.unit === "quote" ? "contracts" : "base",
    timestamp: now,
    sides: "one",
    unitVerified: true,
    sidesVerified: true,
    ...rest
  })
  return Valuation.make(
    openInterest,
    price === undefined ? Either.left(lost) : Either.right(markPrice(instrument, price, openInterest.timestamp))
  )
}

const total = (valuations: ReadonlyArray<Valuation.Valuation>, options: Partial<Total.Options> = {}): Total.Total =>
  Total.make({ valuations, failures: [], now, by: "underlying", ...options })

const money = (of: { readonly money: ReadonlyArray<Total.Sum<"quote">> }): ReadonlyArray<string> =>
  of.money.map((sum) => Quantity.format(sum.total))

const coin = (of: Total.Part): string =>
  Option.match(of.coin, { onNone: () => "no coins", onSome: (sum) => Quantity.format(sum.total) })

const coins = (of: Total.Total): ReadonlyArray<string> => of.groups.map(coin)

const leftOut = (of: Total.Total): ReadonlyArray<string> =>
  of.leftOut.map(({ reason, valuation }) => `${valuation.openInterest.instrument.symbol} ${reason}`)

const percent = (figure: Option.Option<BigDecimal.BigDecimal>): string | undefined =>
  Option.getOrUndefined(Option.map(figure, Decimal.format))

const minutes = (n: number): DateTime.Utc => DateTime.add(now, { minutes: n })

/** Inverse, 1 USD in size. */
const bybitBtc = Instrument.make({
  exchange: "bybit",
  symbol: "BTCUSD",
  product: "inverse",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "1", unit: "quote" }
})

/** Linear, in a third kind of dollar. */
const bitgetBtcUsdc = Instrument.make({
  exchange: "bitget",
  symbol: "BTCPERP",
  product: "USDC-FUTURES",
  base: "BTC",
  quote: "USDC",
  settle: "USDC",
  contractSize: { amount: "1", unit: "base" }
})

const bonk = (exchange: string, scaled: boolean): Instrument.Instrument =>
  Instrument.make({
    exchange,
    symbol: scaled ? "1000BONKUSDT" : "BONKUSDT",
    base: scaled ? "1000BONK" : "BONK",
    quote: "USDT",
    settle: "USDT",
    contractSize: { amount: "1", unit: "base" },
    ...(scaled ? { scaled: { underlying: "BONK", multiplier: "1000" } } : {})
  })

const quarterly = (deliveryAt: DateTime.Utc): Instrument.Instrument =>
  Instrument.make({
    exchange: "binance",
    symbol: "BTCUSD_261225",
    product: "COIN-M",
    base: "BTC",
    quote: "USD",
    settle: "BTC",
    contractSize: { amount: "100", unit: "quote" },
    deliveryAt
  })

describe("a sum", () => {
  it("adds what exchanges count in contracts, in coins, and on both sides; their raw figures add up to nothing", () => {
    const result = total([
      value(binanceBtc, "5827897", { price: "29800" }),
      value(bitgetBtcUsd, "5030.748", { price: "29800" }),
      value(bybitBtc, "1000000001", { price: "29800", sides: "two" })
    ])
    assert.deepStrictEqual(money(result), ["1232705990.9 USD"])
    // 19556.70134228 + 5030.748 + 33557.04701342 / 2
    assert.deepStrictEqual(coins(result), ["41365.97284899 BTC"])
    assert.deepStrictEqual(
      result.halved.map((each) => each.message),
      ["1 contract of bybit inverse: halved, since the exchange publishes the sum of both sides"]
    )
  })

  it("halves exactly, an odd last digit too", () => {
    const result = total([value(bitgetBtcUsdt, "0.00000001", { price: "0.1", sides: "two" })])
    assert.deepStrictEqual([...coins(result), ...money(result)], ["0.000000005 BTC", "0.0000000005 USDT"])
  })

  it("counts 1000BONK as a thousand BONK, and its money as it is", () => {
    const result = total([
      value(bonk("bitget", true), "7", { price: "0.02" }),
      value(bonk("bybit", false), "500", { price: "0.00002" })
    ])
    assert.deepStrictEqual([...coins(result), ...money(result)], ["7500 BONK", "0.15 USDT"])
  })

  it("never adds coins of different underlyings, nor money of different currencies", () => {
    const result = total([
      value(binanceBtc, "710", { price: "71000" }),
      value(binanceEth, "300", { price: "3000" }),
      value(bitgetBtcUsdt, "2", { price: "71000" }),
      value(bitgetBtcUsdc, "1", { price: "71000" })
    ])
    assert.deepStrictEqual(coins(result), ["4 BTC", "1 ETH"])
    assert.deepStrictEqual(result.groups.map(money), [["71000 USD", "71000 USDC", "142000 USDT"], ["3000 USD"]])
    assert.deepStrictEqual(money(result), ["74000 USD", "71000 USDC", "142000 USDT"])
  })

  it("never adds a coin and a stock of the same name", () => {
    const cat = (exchange: string, assetClass: Instrument.AssetClass) =>
      Instrument.make({
        exchange,
        symbol: "CATUSDT",
        base: "CAT",
        quote: "USDT",
        settle: "USDT",
        contractSize: { amount: "1", unit: "base" },
        assetClass
      })
    const result = total([value(cat("bybit", "crypto"), "10"), value(cat("bitget", "stock"), "3")], {
      assetClasses: "all"
    })
    assert.deepStrictEqual(
      result.groups.map((group) => [group.assetClass, coin(group)]),
      [
        ["crypto", "10 CAT"],
        ["stock", "3 CAT"]
      ]
    )
  })

  it("says how many contracts and exchanges are in it, and from when to when its readings are", () => {
    const [group] = total([
      value(binanceBtc, "710", { timestamp: minutes(-4), price: "71000" }),
      value(bitgetBtcUsd, "1", { timestamp: minutes(-1), price: "71000" }),
      value(bitgetBtcUsdt, "1", { timestamp: minutes(1), price: "71000" })
    ]).groups
    const of = (
      sum: Pick<Total.Part, "contracts" | "exchanges" | "oldest" | "newest"> | undefined
    ): ReadonlyArray<unknown> => [sum?.contracts, sum?.exchanges, sum?.oldest, sum?.newest]
    assert.deepStrictEqual(of(group), [3, ["binance", "bitget"], minutes(-4), minutes(1)])
    assert.deepStrictEqual(of(group?.money[0]), [2, ["binance", "bitget"], minutes(-4), minutes(-1)])
    assert.deepStrictEqual(of(group?.money[1]), [1, ["bitget"], minutes(1), minutes(1)])
  })

  it("of nothing has no groups and no money, rather than 0", () => {
    assert.deepStrictEqual([total([]).groups, total([]).money, total([]).failedExchanges], [[], [], []])
  })

  it("is a quantity of its unit, in coins of the underlying and in money, also that of what it rests on", () => {
    const { assumptions, groups, money } = total([value(bitgetBtcUsdt, "2", { price: "71000", sides: "unknown" })])
    const [assumption] = assumptions
    assert(groups[0] !== undefined && assumption?._tag === "UnknownSides")
    assert.deepStrictEqual(groups[0].parts, [])
    const units = [...assumption.coins, ...assumption.money, ...money.map((sum) => sum.total)].map(({ unit }) => unit)
    assert.deepStrictEqual(units, ["base", "quote", "quote"])
    assert.strictEqual(Option.getOrThrow(groups[0].coin).total.unit, "base")
    assert.deepStrictEqual(
      groups[0].money.map((sum) => sum.total.unit),
      ["quote"]
    )
  })

  it("of zeros is 0, and has no shares", () => {
    const [group] = total([value(bitgetBtcUsdt, "0", { price: "71000" })]).groups
    assert.deepStrictEqual(
      [group?.money[0]?.total.amount, group?.money[0]?.share, group?.money[0]?.concentration].map(String),
      [BigDecimal.make(0n, 0), Option.none(), Option.none()].map(String)
    )
  })
})

describe("money of equivalent currencies", () => {
  const readings = [
    value(binanceBtc, "710", { price: "71000" }),
    value(bitgetBtcUsdt, "2", { price: "71000" }),
    value(bitgetBtcUsdc, "1", { price: "71000" })
  ]

  it("is one sum, which bears all their names, and an assumption of the caller", () => {
    const result = total(readings, { equivalences: [["USD", "USDT", "USDC"]] })
    assert.deepStrictEqual(money(result), ["284000 USD=USDT=USDC"])
    assert.deepStrictEqual(coins(result), ["4 BTC"])
    assert.deepStrictEqual(
      result.assumptions.map((each) => [each.message, each.money.map(Quantity.format)]),
      [["USD, USDT, and USDC are added one to one, as the caller says", ["71000 USD", "71000 USDC", "142000 USDT"]]]
    )
  })

  it("leaves the others apart", () => {
    const result = total(readings, { equivalences: [["USDC", "USDT"]] })
    assert.deepStrictEqual(money(result), ["71000 USD", "213000 USDC=USDT"])
  })

  it("is one sum where sets overlap: what equals the same is equal", () => {
    const result = total(readings, {
      equivalences: [
        ["USD", "USDT"],
        ["EUR", "EURC"],
        ["USDT", "USDC"]
      ]
    })
    assert.deepStrictEqual(money(result), ["284000 USD=USDT=USDC"])
    assert.strictEqual(result.assumptions.length, 1)
  })

  it("is no assumption of a currency with itself", () => {
    const result = total(readings, { equivalences: [["USD", "USD"], ["USDT"]] })
    assert.deepStrictEqual(money(result), ["71000 USD", "71000 USDC", "142000 USDT"])
    assert.deepStrictEqual(result.assumptions, [])
  })
})

describe("sides", () => {
  const unknown = value(bitgetBtcUsdt, "2", { price: "71000", sides: "unknown", sidesVerified: false })
  const known = value(binanceBtc, "710", { price: "71000" })

  it("that are unknown count as one, and the part of the sum that rests on that is named", () => {
    const result = total([unknown, known])
    const sum = Option.getOrThrow(result.groups[0]?.coin ?? Option.none())
    assert.deepStrictEqual([sum.total, sum.assumed].map(Quantity.format), ["3 BTC", "2 BTC"])
    assert.deepStrictEqual(
      result.money.map((each) => Quantity.format(each.assumed)),
      ["0 USD", "142000 USDT"]
    )
    const [assumption] = result.assumptions
    assert(assumption?._tag === "UnknownSides")
    assert.strictEqual(
      assumption.message,
      "1 contract of bitget USDT-FUTURES: counted as one side, but the exchange does not say which sides it counts"
    )
    assert.deepStrictEqual(
      [...assumption.coins, ...assumption.money].map((each) => Quantity.format(each)),
      ["2 BTC", "142000 USDT"]
    )
    assert.deepStrictEqual(result.doubts, [])
  })

  it("that are unknown are left out of a strict sum, and listed", () => {
    const result = total([unknown, known], { strict: true })
    assert.deepStrictEqual([...coins(result), ...money(result)], ["1 BTC", "71000 USD"])
    assert.deepStrictEqual(leftOut(result), ["BTCUSDT UnknownSides"])
    assert.deepStrictEqual(result.assumptions, [])
  })

  it("that are not verified stay in a strict sum, and are named as a doubt", () => {
    const believed = [
      value(binanceBtc, "710", { price: "71000", sidesVerified: false }),
      value(bybitBtc, "71000", { price: "71000", sides: "two", sidesVerified: false })
    ]
    const result = total(believed, { strict: true })
    assert.deepStrictEqual(money(result), ["106500 USD"])
    assert.deepStrictEqual(
      result.doubts.map((each) => [
        each._tag,
        each.exchange,
        each.product,
        each.contracts,
        each.money.map(Quantity.format)
      ]),
      [
        ["SidesNotVerified", "binance", "COIN-M", 1, ["71000 USD"]],
        ["SidesNotVerified", "bybit", "inverse", 1, ["35500 USD"]]
      ]
    )
  })

  it("are named for each product line of each exchange, over all its underlyings", () => {
    const other = new Instrument.Instrument({ ...bybitBtc, product: "COIN-M" })
    const result = total(
      [binanceBtc, binanceEth, bitgetBtcUsd, bitgetBtcUsdt, other].map((each) => value(each, "1", { sides: "unknown" }))
    )
    assert.deepStrictEqual(
      result.assumptions.map(
        (each) =>
          each._tag === "UnknownSides" && [each.exchange, each.product, each.contracts, each.money.map(Quantity.format)]
      ),
      [
        ["binance", "COIN-M", 2, ["110 USD"]],
        ["bitget", "COIN-FUTURES", 1, []],
        ["bitget", "USDT-FUTURES", 1, []],
        ["bybit", "COIN-M", 1, ["1 USD"]]
      ]
    )
  })
})

describe("the age of a figure", () => {
  it("is in doubt where the time is that of the answer, and only there", () => {
    const result = total([
      value(bitgetBtcUsdt, "2", { timestampKind: "reply" }),
      value(binanceBtc, "710", { timestampKind: "event" }),
      value(bybitBtc, "1", { timestampKind: "period" })
    ])
    assert.deepStrictEqual(
      result.doubts.map((each) => each.message),
      ["1 contract of bitget USDT-FUTURES: the exchange dates its answer, and the figures may be older"]
    )
  })
})

describe("why a reading is left out", () => {
  const reading = value(bitgetBtcUsdt, "1", { timestamp: minutes(-1) })
  const reasons: Record<Total.Reason, string> = {
    Demo: "it is a practice contract",
    OtherAssetClass: "its asset class is crypto",
    HistoryRow: "it is a row of history, which is another series",
    UnitNotVerified: "there is no evidence for the unit that the exchange counts in",
    Delivered: "it has been delivered",
    Stale: "the reading is too old, from 2026-10-06T12:04:03.512Z",
    InFuture: "the reading bears a time in the future, 2026-10-06T12:04:03.512Z",
    AmbiguousIdentity: "several contracts, or readings that contradict each other, bear its name",
    Superseded: "there is a newer reading of it, or the same once more",
    UnknownSides: "the exchange does not say which sides it counts",
    NotConvertible: "it converts neither to coins nor to money"
  }
  for (const reason of Total.Reason.literals) {
    it(`(${reason}) is said in words`, () => {
      const leftOut = new Total.LeftOut({ valuation: reading, reason })
      assert.strictEqual(leftOut.why, reasons[reason])
      assert.strictEqual(leftOut.message, `bitget:BTCUSDT is left out: ${reasons[reason]}`)
    })
  }
})

describe("what a sum rests on", () => {
  const basis = (contracts: number) => ({
    exchange: bybitBtc.exchange,
    product: bybitBtc.product,
    contracts,
    coins: [],
    money: []
  })

  it("is said in words, of one contract or several", () => {
    assert.deepStrictEqual(
      [Total.UnknownSides, Total.SidesNotVerified, Total.AgeUnknown, Total.Halved].map(
        (Note, index) => new Note(basis(index + 1)).message
      ),
      [
        "1 contract of bybit inverse: counted as one side, but the exchange does not say which sides it counts",
        "2 contracts of bybit inverse: which sides the exchange counts is believed, not verified",
        "3 contracts of bybit inverse: the exchange dates its answer, and the figures may be older",
        "4 contracts of bybit inverse: halved, since the exchange publishes the sum of both sides"
      ]
    )
    const currencies = new Total.Equivalence({ currencies: ["USD", "USDC", "USDT"], money: [] })
    assert.strictEqual(currencies.message, "USD, USDC, and USDT are added one to one, as the caller says")
  })
})

describe("left out of every sum is", () => {
  const kept = value(binanceEth, "300", { price: "3000" })

  const cases: ReadonlyArray<
    readonly [title: string, reason: Total.Reason, reading: Valuation.Valuation, options?: Partial<Total.Options>]
  > = [
    ["a stale reading", "Stale", value(bitgetBtcUsdt, "1", { timestamp: time("2026-10-06T12:00:03.511Z") })],
    [
      "a reading older than the caller allows",
      "Stale",
      value(bitgetBtcUsdt, "1", { timestamp: minutes(-1) }),
      { staleAfter: "59 seconds" }
    ],
    ["a reading of the future", "InFuture", value(bitgetBtcUsdt, "1", { timestamp: time("2026-10-06T12:10:03.513Z") })],
    ["a row of history", "HistoryRow", value(bitgetBtcUsdt, "1", { timestampKind: "period" })],
    ["a reading whose unit is not verified", "UnitNotVerified", value(bitgetBtcUsdt, "1", { unitVerified: false })],
    ["a practice contract", "Demo", value(new Instrument.Instrument({ ...bitgetBtcUsdt, demo: true }), "1")],
    [
      "a future on anything but crypto",
      "OtherAssetClass",
      value(new Instrument.Instrument({ ...bitgetBtcUsdt, assetClass: "stock" }), "1")
    ],
    [
      "a future on something unknown",
      "OtherAssetClass",
      value(new Instrument.Instrument({ ...bitgetBtcUsdt, assetClass: "unknown" }), "1")
    ],
    ["a contract that has been delivered", "Delivered", value(quarterly(now), "1")],
    [
      "a contract that has been delivered since it was read",
      "Delivered",
      value(quarterly(minutes(-1)), "1", { timestamp: minutes(-2) })
    ],
    [
      "a contract that had been delivered by the exchange's time",
      "Delivered",
      value(quarterly(minutes(1)), "1", { timestamp: minutes(1) })
    ],
    [
      "a contract sized in its settle currency",
      "NotConvertible",
      value(quanto, "1", { unit: "contracts", price: "3000" })
    ]
  ]
  for (const [title, reason, reading, options] of cases) {
    it(`${title}, and it is named beside them`, () => {
      const result = total([reading, kept], options)
      assert.deepStrictEqual(leftOut(result), [`${reading.openInterest.instrument.symbol} ${reason}`])
      assert.deepStrictEqual(result.counted, [kept])
      assert.deepStrictEqual([...coins(result), ...money(result)], ["1 ETH", "3000 USD"])
    })
  }

  it("nothing that is just not too old or too early, and nothing that is delivered in a moment", () => {
    const result = total([
      value(bitgetBtcUsdt, "1", { timestamp: minutes(-5) }),
      value(bitgetBtcUsd, "1", { timestamp: minutes(5) }),
      value(quarterly(DateTime.add(now, { millis: 1 })), "1")
    ])
    assert.deepStrictEqual(leftOut(result), [])
  })

  it("what the caller did not ask for: another asset class counts once it is asked for, crypto then does not", () => {
    const stock = value(new Instrument.Instrument({ ...bitgetBtcUsdt, underlying: "TSLA", assetClass: "stock" }), "1")
    assert.deepStrictEqual(coins(total([stock, kept], { assetClasses: ["stock"] })), ["1 TSLA"])
    assert.deepStrictEqual(coins(total([stock, kept], { assetClasses: ["stock", "crypto"] })), ["1 ETH", "1 TSLA"])
    assert.deepStrictEqual(coins(total([stock, kept], { assetClasses: "all" })), ["1 ETH", "1 TSLA"])
  })

  it("listed in the order of exchanges and symbols, whatever the reason", () => {
    const result = total(
      [
        value(quanto, "1", { unit: "contracts" }),
        value(bitgetBtcUsdt, "1", { timestamp: minutes(-6) }),
        value(bitgetBtcUsd, "1", { sides: "unknown" }),
        value(bybitBtc, "1", { unitVerified: false })
      ],
      { strict: true }
    )
    assert.deepStrictEqual(leftOut(result), [
      "BTCUSD UnknownSides",
      "BTCUSDT Stale",
      "ETHUSD NotConvertible",
      "BTCUSD UnitNotVerified"
    ])
  })

  it("data that survives JSON", () => {
    const [first] = total([value(bitgetBtcUsdt, "1", { timestamp: minutes(-6) })]).leftOut
    assert(first !== undefined)
    const json = JSON.stringify(Schema.encodeSync(Total.LeftOut)(first))
    assert.strictEqual(Schema.decodeSync(Schema.parseJson(Total.LeftOut))(json).message, first.message)
  })
})

describe("of several readings under one symbol", () => {
  const received = (seconds: number) => DateTime.add(now, { seconds })
  const listed = (at: string | undefined) =>
    Instrument.make({
      exchange: "bitget",
      symbol: "LUNAUSDT",
      base: "LUNA",
      quote: "USDT",
      settle: "USDT",
      contractSize: { amount: "1", unit: "base" },
      listedAt: at === undefined ? undefined : time(at)
    })

  it("the newest counts, by the exchange's time, and the older is listed", () => {
    const older = value(bitgetBtcUsdt, "5", { timestamp: minutes(-1), receivedAt: received(9) })
    const newer = value(bitgetBtcUsdt, "3", { receivedAt: received(1) })
    for (const readings of [
      [older, newer],
      [newer, older]
    ]) {
      const result = total(readings)
      assert.deepStrictEqual(coins(result), ["3 BTC"])
      assert.deepStrictEqual(
        result.leftOut.map(({ reason, valuation }) => [reason, valuation]),
        [["Superseded", older]]
      )
    }
  })

  it("the one received last counts where the exchange's times are the same", () => {
    const older = value(bitgetBtcUsdt, "5", { receivedAt: received(1) })
    const newer = value(bitgetBtcUsdt, "3", { receivedAt: received(2) })
    assert.deepStrictEqual(coins(total([newer, older])), ["3 BTC"])
  })

  it("one counts where the same was given twice", () => {
    const once = value(bitgetBtcUsdt, "5")
    assert.deepStrictEqual(coins(total([once, once])), ["5 BTC"])
    const result = total([once, once, value(bitgetBtcUsdt, "5")])
    assert.deepStrictEqual(coins(result), ["5 BTC"])
    assert.deepStrictEqual(leftOut(result), ["BTCUSDT Superseded", "BTCUSDT Superseded"])
  })

  it("the one with a price counts where the same was read with and without", () => {
    const without = value(bitgetBtcUsdt, "5")
    const priced = value(bitgetBtcUsdt, "5", { price: "71000" })
    assert.deepStrictEqual(money(total([without, priced])), ["355000 USDT"])
    assert.deepStrictEqual(money(total([priced, without])), ["355000 USDT"])
  })

  it("none counts where the newest contradict each other", () => {
    const result = total([
      value(bitgetBtcUsdt, "5"),
      value(bitgetBtcUsdt, "3"),
      value(bitgetBtcUsdt, "4", { timestamp: minutes(-1) })
    ])
    assert.deepStrictEqual(result.groups, [])
    assert.deepStrictEqual(leftOut(result), [
      "BTCUSDT Superseded",
      "BTCUSDT AmbiguousIdentity",
      "BTCUSDT AmbiguousIdentity"
    ])
  })

  it("those that contradict each other only in what they count are listed in one order, whatever the input", () => {
    const readings = [
      value(bitgetBtcUsdt, "3"),
      value(bitgetBtcUsdt, "3", { unit: "quote" }),
      value(bitgetBtcUsdt, "3", { sides: "two" }),
      value(bitgetBtcUsdt, "3", { timestampKind: "reply" })
    ]
    const result = total(readings)
    assert.deepStrictEqual(leftOut(result), Array(4).fill("BTCUSDT AmbiguousIdentity"))
    assert.deepStrictEqual(total(readings.toReversed()).leftOut, result.leftOut)
  })

  it("none counts where two contracts have had the symbol, and it is not told which is meant", () => {
    const first = value(listed("2020-01-01T00:00:00Z"), "1")
    for (const second of [listed("2022-05-31T00:00:00Z"), listed(undefined)]) {
      const result = total([first, value(second, "2", { timestamp: minutes(-1) })])
      assert.deepStrictEqual(result.groups, [])
      assert.deepStrictEqual(leftOut(result), ["LUNAUSDT AmbiguousIdentity", "LUNAUSDT AmbiguousIdentity"])
    }
  })

  it("the fresh one counts where that of the other contract is stale", () => {
    const result = total([
      value(listed("2020-01-01T00:00:00Z"), "1", { timestamp: minutes(-6) }),
      value(listed("2022-05-31T00:00:00Z"), "2")
    ])
    assert.deepStrictEqual(coins(result), ["2 LUNA"])
    assert.deepStrictEqual(leftOut(result), ["LUNAUSDT Stale"])
  })

  it("each counts where they are of different exchanges", () => {
    assert.deepStrictEqual(coins(total([value(bitgetBtcUsd, "1"), value(bybitBtc, "71000", { price: "71000" })])), [
      "2 BTC"
    ])
  })
})

describe("without a price", () => {
  it("a contract counts in the unit that needs none, and the figure that is missing is named", () => {
    const result = total([
      value(binanceBtc, "710"),
      value(bitgetBtcUsdt, "2"),
      value(bitgetBtcUsd, "1", { price: "71000" })
    ])
    assert.deepStrictEqual([...coins(result), ...money(result)], ["3 BTC", "142000 USD"])
    assert.strictEqual(result.counted.length, 3)
    assert.deepStrictEqual(
      result.missing.map(({ currency, error, instrument, unit }) => [instrument.symbol, unit, currency, error.reason]),
      [
        ["BTCUSD_PERP", "base", "BTC", "NoPrice"],
        ["BTCUSDT", "quote", "USDT", "NoPrice"]
      ]
    )
  })

  it("a figure is missing in the sum of its equivalent currencies", () => {
    const result = total([value(bitgetBtcUsdt, "2")], { equivalences: [["USD", "USDT"]] })
    assert.deepStrictEqual(
      result.missing.map(({ currency }) => currency),
      ["USD=USDT"]
    )
    assert.deepStrictEqual(result.assumptions, [])
  })

  it("a sum in coins may not be there at all", () => {
    const [group] = total([value(binanceBtc, "710")]).groups
    assert.deepStrictEqual(group && [coin(group), ...money(group)], ["no coins", "71000 USD"])
  })
})

describe("split by exchange", () => {
  const readings = [
    value(binanceBtc, "1420", { price: "71000" }),
    value(bitgetBtcUsd, "1", { price: "71000" }),
    value(bitgetBtcUsdt, "2.5", { price: "71000" }),
    value(bybitBtc, "35500", { price: "71000" }),
    value(binanceEth, "300", { price: "3000" })
  ]

  it("each has its share of the underlying's sum in the same unit and currency", () => {
    const [btc] = total(readings, { by: "exchange" }).groups
    const shares = btc?.parts.map((part) => [
      part.name,
      coin(part),
      percent(Option.flatMap(part.coin, (sum) => sum.share)),
      ...part.money.map((sum) => `${Quantity.format(sum.total)} ${percent(sum.share)}`)
    ])
    assert.deepStrictEqual(shares, [
      ["binance", "2 BTC", "33.33333333", "142000 USD 57.14285714"],
      ["bitget", "3.5 BTC", "58.33333333", "71000 USD 28.57142857", "177500 USDT 100"],
      ["bybit", "0.5 BTC", "8.33333333", "35500 USD 14.28571429"]
    ])
  })

  it("the concentration is the sum of the squares of the percentages, rounded once", () => {
    const [btc] = total(readings).groups
    const sum = Option.getOrThrow(btc?.coin ?? Option.none())
    assert.deepStrictEqual(
      sum.shares.map((share) => [share.exchange, Quantity.format(share.total), percent(share.percent)]),
      [
        ["bitget", "3.5 BTC", "58.33333333"],
        ["binance", "2 BTC", "33.33333333"],
        ["bybit", "0.5 BTC", "8.33333333"]
      ]
    )
    // (3.5² + 2² + 0.5²) ÷ 6² × 10000
    assert.strictEqual(percent(sum.concentration), "4583.33333333")
    assert.strictEqual(percent(sum.share), "100")
  })

  it("one exchange alone is a concentration of 10000", () => {
    const eth = total(readings).groups[1]
    assert.strictEqual(percent(eth?.money[0]?.concentration ?? Option.none()), "10000")
  })
})

describe("split by settle currency", () => {
  it("coin-margined contracts stand against those margined in each stablecoin, per underlying", () => {
    const result = total(
      [
        value(binanceBtc, "710", { price: "71000" }),
        value(bitgetBtcUsd, "1", { price: "71000" }),
        value(bitgetBtcUsdt, "5", { price: "71000" }),
        value(bitgetBtcUsdc, "1", { price: "71000" }),
        value(binanceEth, "300", { price: "3000" })
      ],
      { by: "settle" }
    )
    assert.deepStrictEqual(
      result.groups.map((group) =>
        group.parts.map((part) => [part.name, coin(part), percent(Option.flatMap(part.coin, (sum) => sum.share))])
      ),
      [
        [
          ["USDC", "1 BTC", "12.5"],
          ["USDT", "5 BTC", "62.5"],
          ["coin", "2 BTC", "25"]
        ],
        [["coin", "1 ETH", "100"]]
      ]
    )
  })
})

describe("since the last look", () => {
  const gone = quarterly(minutes(-1))
  const perpetual = value(bitgetBtcUsdt, "1")

  it("a contract that is gone after its delivery is named as expired", () => {
    const result = total([perpetual], { previous: [gone, perpetual] })
    assert.deepStrictEqual([result.expired, result.vanished], [[gone], []])
  })

  it("a contract that is gone before its delivery, or has none, is named as vanished", () => {
    const early = quarterly(minutes(1))
    const result = total([perpetual], { previous: [bitgetBtcUsd, value(binanceBtc, "1"), early, binanceBtc] })
    assert.deepStrictEqual([result.expired, result.vanished], [[], [early, binanceBtc, bitgetBtcUsd]])
  })

  it("a contract that is there is neither, though it be left out", () => {
    const result = total([value(gone, "1"), value(binanceBtc, "1", { unitVerified: false })], {
      previous: [gone, binanceBtc]
    })
    assert.deepStrictEqual([result.expired, result.vanished], [[], []])
  })

  it("a contract whose symbol is another contract's now is gone", () => {
    const relisted = new Instrument.Instrument({ ...bitgetBtcUsdt, listedAt: Option.some(minutes(-9)) })
    assert.deepStrictEqual(total([value(relisted, "1")], { previous: [bitgetBtcUsdt] }).vanished, [bitgetBtcUsdt])
  })

  it("a contract that could not be read has not vanished", () => {
    const failure = (
      missing: "contract" | "product",
      name: string,
      exchange = binanceBtc.exchange
    ): ReadingFailure => ({
      exchange,
      missing,
      name,
      error: lost
    })
    const vanished = (options: Partial<Total.Options>) => total([], { ...options, previous: [binanceBtc] }).vanished
    for (const failed of [
      failure("contract", "BTCUSD_PERP"),
      failure("contract", "BTC/USD:BTC"),
      // A row without a readable symbol bears the name of its product line, which may be anybody's.
      failure("contract", "COIN-M"),
      failure("product", "COIN-M"),
      // A round of a poll that failed as a whole.
      failure("product", "binance")
    ]) {
      assert.deepStrictEqual(vanished({ failures: [failed] }), [])
    }
    assert.deepStrictEqual(vanished({ failedExchanges: [{ exchange: "binance", error: lost }] }), [])
    for (const foreign of [
      failure("contract", "ETHUSD_PERP"),
      failure("product", "BTCUSD_PERP"),
      failure("product", "binance", bitgetBtcUsd.exchange),
      failure("contract", "binance"),
      failure("contract", "BTCUSD_PERP", bitgetBtcUsd.exchange)
    ]) {
      assert.deepStrictEqual(vanished({ failures: [foreign] }), [binanceBtc])
    }
    assert.deepStrictEqual(vanished({ failedExchanges: [{ exchange: "bitget", error: lost }] }), [binanceBtc])
  })

  it("a contract that could not be read, and has been delivered, has expired", () => {
    const failures = [{ exchange: gone.exchange, missing: "contract" as const, name: gone.symbol, error: lost }]
    assert.deepStrictEqual(total([], { failures, previous: [gone] }).expired, [gone])
  })
})

/** What may be particular about a contract of a symbol. */
const particulars: ReadonlyArray<Partial<Instrument.Options>> = [
  { assetClass: "stock" },
  { demo: true },
  { listedAt: time("2024-01-01T00:00:00Z") },
  { deliveryAt: minutes(-1) },
  { deliveryAt: minutes(1) },
  { settle: "XAU", contractSize: { amount: "1", unit: "settle" } }
]

/** On each exchange each coin with each margin, plain and with one particular: made once, for that takes longest. */
const contracts = ["binance", "bitget", "bybit"]
  .flatMap((exchange) =>
    [
      { base: "BTC" },
      { base: "ETH" },
      { base: "BONK" },
      { base: "1000BONK", scaled: { underlying: "BONK", multiplier: "1000" } }
    ].map((coin) => ({ ...coin, exchange }))
  )
  .flatMap((terms) => ["coin", "USDT", "USDC", "USD"].map((margin) => ({ ...terms, margin })))
  .flatMap(({ margin, ...terms }, index) => {
    const plain: Instrument.Options = {
      ...terms,
      symbol: `${terms.base}:${margin}`,
      product: `${margin}-FUTURES`,
      quote: margin === "coin" ? "USD" : margin,
      settle: margin === "coin" ? terms.base : margin,
      contractSize: index % 3 === 0 ? { amount: "1", unit: "base" } : { amount: "100", unit: "quote" }
    }
    return [plain, { ...plain, ...particulars[index % particulars.length] }].map(Instrument.make)
  })

const amount = fc
  .record({ value: fc.bigInt({ min: 0n, max: 10n ** 15n }), scale: fc.integer({ min: 0, max: 8 }) })
  .map(({ scale, value }) => Decimal.format(BigDecimal.make(value, scale)))

const reading = fc
  .record({
    contract: fc.constantFrom(...contracts),
    amount,
    unit: fc.constantFrom("contracts" as const, "base" as const, "quote" as const),
    sides: fc.constantFrom("one" as const, "two" as const, "unknown" as const),
    unitVerified: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    sidesVerified: fc.boolean(),
    timestamp: fc.integer({ min: -6, max: 6 }).map(minutes),
    price: fc.option(fc.constantFrom("71008.1", "0.3", "7"), { nil: undefined })
  })
  .map(({ amount, contract, ...options }) => value(contract, amount, options))

const readings = fc.array(reading, { maxLength: 12 })

const bys: ReadonlyArray<Total.By> = Total.By.literals

const parts = (of: Total.Total): ReadonlyArray<Total.Part> =>
  of.by === "underlying" ? of.groups : of.groups.flatMap((group) => group.parts)

const addUp = (amounts: ReadonlyArray<BigDecimal.BigDecimal>): BigDecimal.BigDecimal => amounts.reduce(BigDecimal.sum)

/** Sums by currency, as text. */
const perCurrency = (sums: ReadonlyArray<Pick<Total.Sum<"quote">, "total">>): Readonly<Record<string, string>> => {
  const all = new Map<string, BigDecimal.BigDecimal>()
  for (const { total } of sums) {
    const before = all.get(total.denomination)
    all.set(total.denomination, before === undefined ? total.amount : BigDecimal.sum(before, total.amount))
  }
  return Object.fromEntries([...all].toSorted().map(([currency, sum]) => [currency, Decimal.format(sum)]))
}

const perUnderlying = (of: Total.Total): Readonly<Record<string, Total.Group>> =>
  Object.fromEntries(of.groups.map((group) => [`${group.underlying} ${group.assetClass}`, group]))

/** All that a total says, as text. */
const picture = (of: Total.Total): string =>
  JSON.stringify(of, (_, value: unknown) => {
    if (BigDecimal.isBigDecimal(value)) return Decimal.format(value)
    return value
  })

const sumsOf = ({ by, groups, money }: Total.Total): string => picture({ ...total([], { by }), groups, money })

describe("whatever the readings", () => {
  it.prop(
    "what counts and what is left out are exactly what was given",
    [readings, fc.boolean()],
    ([readings, strict]) => {
      const result = total(readings, { strict })
      const out = [...result.counted, ...result.leftOut.map(({ valuation }) => valuation)]
      assert.strictEqual(out.length, readings.length)
      for (const each of readings) {
        assert.strictEqual(
          out.filter((other) => other === each).length,
          readings.filter((other) => other === each).length
        )
      }
      assert.strictEqual(
        result.groups.reduce((sum, group) => sum + group.contracts, 0),
        result.counted.length
      )
    },
    thorough
  )

  it.prop(
    "a sum is that of the figures of what counts, one side, and each is in it once",
    [readings],
    ([readings]) => {
      const result = total(readings)
      for (const group of result.groups) {
        const own = result.counted.filter(
          ({ openInterest: { instrument } }) =>
            instrument.underlying === group.underlying && instrument.assetClass === group.assetClass
        )
        // In halves of 1e-24, as integers.
        const halves = (amount: BigDecimal.BigDecimal, sides: OpenInterest.Sides) =>
          amount.value * 10n ** BigInt(24 - amount.scale) * (sides === "two" ? 1n : 2n)
        const expected = own.flatMap(({ base, openInterest: { instrument, sides } }) =>
          Either.isRight(base) ? [halves(base.right.amount, sides) * BigInt(Decimal.format(instrument.multiplier))] : []
        )
        assert.strictEqual(Option.isSome(group.coin), expected.length > 0)
        if (Option.isSome(group.coin)) {
          sameDecimal(
            BigDecimal.multiply(group.coin.value.total.amount, BigDecimal.fromBigInt(2n)),
            BigDecimal.make(
              expected.reduce((left, right) => left + right),
              24
            )
          )
        }
        for (const sum of group.money) {
          const figures = own.flatMap(({ openInterest: { sides }, quote }) =>
            Either.isRight(quote) && quote.right.denomination === sum.total.denomination
              ? [halves(quote.right.amount, sides)]
              : []
          )
          assert.strictEqual(figures.length, sum.contracts)
          sameDecimal(
            BigDecimal.multiply(sum.total.amount, BigDecimal.fromBigInt(2n)),
            BigDecimal.make(
              figures.reduce((left, right) => left + right),
              24
            )
          )
        }
      }
    },
    thorough
  )

  it.prop(
    "the parts add up to the whole, in coins and in each currency, however it is split",
    [readings],
    ([readings]) => {
      const whole = total(readings)
      for (const by of bys) {
        const split = total(readings, { by })
        assert.deepStrictEqual(perCurrency(split.money), perCurrency(whole.money))
        assert.deepStrictEqual(perCurrency(parts(split).flatMap((part) => part.money)), perCurrency(whole.money))
        for (const group of by === "underlying" ? [] : split.groups) {
          assert.deepStrictEqual(perCurrency(group.parts.flatMap((part) => part.money)), perCurrency(group.money))
          const coins = group.parts.flatMap((part) => Option.toArray(part.coin))
          assert.strictEqual(coins.length > 0, Option.isSome(group.coin))
          if (Option.isSome(group.coin)) {
            sameDecimal(addUp(coins.map((sum) => sum.total.amount)), group.coin.value.total.amount)
            sameDecimal(addUp(coins.map((sum) => sum.assumed.amount)), group.coin.value.assumed.amount)
          }
          assert.strictEqual(
            group.parts.reduce((sum, part) => sum + part.contracts, 0),
            group.contracts
          )
        }
      }
    },
    thorough
  )

  it.prop(
    "their order changes nothing",
    [
      readings.chain((readings) =>
        fc.tuple(
          fc.constant(readings),
          fc.shuffledSubarray(readings, { minLength: readings.length, maxLength: readings.length })
        )
      ),
      fc.constantFrom(...bys)
    ],
    ([[readings, shuffled], by]) => {
      assert.strictEqual(picture(total(shuffled, { by })), picture(total(readings, { by })))
    },
    thorough
  )

  it.prop(
    "a strict sum is nowhere larger, and rests on nothing",
    [readings],
    ([readings]) => {
      const strict = total(readings, { strict: true })
      const lenient = perUnderlying(total(readings))
      for (const [name, group] of Object.entries(perUnderlying(strict))) {
        const other = lenient[name]
        assert(other !== undefined)
        if (Option.isSome(group.coin)) {
          const sum = Option.getOrThrow(other.coin)
          assert(BigDecimal.lessThanOrEqualTo(group.coin.value.total.amount, sum.total.amount))
          sameDecimal(group.coin.value.total.amount, BigDecimal.subtract(sum.total.amount, sum.assumed.amount))
        }
        for (const { assumed, total } of group.money) {
          const sum = other.money.find((each) => each.total.denomination === total.denomination)
          assert(sum !== undefined)
          assert(BigDecimal.lessThanOrEqualTo(total.amount, sum.total.amount))
          sameDecimal(total.amount, BigDecimal.subtract(sum.total.amount, sum.assumed.amount))
          assert.strictEqual(assumed.amount.value, 0n)
        }
      }
      assert.deepStrictEqual(strict.assumptions, [])
    },
    thorough
  )

  it.prop(
    "what an assumption is said to hold is what the sums say is assumed",
    [readings],
    ([readings]) => {
      const result = total(readings)
      const held = result.assumptions.flatMap((each) => each.money.map((total) => ({ total })))
      const assumed = result.money
        .filter((sum) => sum.assumed.amount.value !== 0n)
        .map((sum) => ({ total: sum.assumed }))
      const named = Object.entries(perCurrency(held)).filter(([, amount]) => amount !== "0")
      assert.deepStrictEqual(Object.fromEntries(named), perCurrency(assumed))
    },
    thorough
  )

  it.prop(
    "a reading that is stale, of the future, or not verified changes no sum, nor does a failure",
    [readings, reading, fc.constantFrom("old", "early", "unit")],
    ([readings, added, what]) => {
      const { openInterest } = added
      const poor = Valuation.make(
        new OpenInterest.OpenInterest({
          ...openInterest,
          timestamp: what === "old" ? minutes(-6) : what === "early" ? minutes(6) : openInterest.timestamp,
          unitVerified: what !== "unit" && openInterest.unitVerified
        }),
        added.markPrice
      )
      const failure: ReadingFailure = {
        exchange: openInterest.instrument.exchange,
        missing: "contract",
        name: openInterest.instrument.symbol,
        error: lost
      }
      const failedExchange = { exchange: openInterest.instrument.exchange, error: lost }
      const result = total([...readings, poor], { failures: [failure], failedExchanges: [failedExchange] })
      assert.strictEqual(sumsOf(result), sumsOf(total(readings)))
      assert.deepStrictEqual([result.failures, result.failedExchanges], [[failure], [failedExchange]])
    },
    thorough
  )

  it.prop(
    "the sum of equivalent currencies is the sum of their sums",
    [readings],
    ([readings]) => {
      const apart = total(readings)
      const together = total(readings, { equivalences: [["USD", "USDT", "USDC"]] })
      assert.strictEqual(together.money.length, Math.min(1, apart.money.length))
      const [one] = together.money
      if (one !== undefined) {
        sameDecimal(one.total.amount, addUp(apart.money.map((sum) => sum.total.amount)))
        sameDecimal(one.assumed.amount, addUp(apart.money.map((sum) => sum.assumed.amount)))
        const equivalence = together.assumptions.find((each) => each._tag === "Equivalence")
        assert.deepStrictEqual(
          perCurrency((equivalence?.money ?? []).map((total) => ({ total }))),
          perCurrency(apart.money)
        )
      }
      assert.deepStrictEqual(coins(together), coins(apart))
    },
    thorough
  )

  it.prop(
    "shares are the percentages of the exchanges' own sums, the largest first, and the index is that of their squares",
    [readings],
    ([readings]) => {
      for (const group of total(readings, { by: "exchange" }).groups) {
        for (const sum of group.money) {
          const whole = sum.total.amount
          const squares = sum.shares.map(({ total }) => BigDecimal.multiply(total.amount, total.amount))
          for (const [index, share] of sum.shares.entries()) {
            const next = sum.shares[index + 1]
            assert(next === undefined || BigDecimal.greaterThanOrEqualTo(share.total.amount, next.total.amount))
            const part = group.parts.find(({ name }) => name === share.exchange)
            const own = part?.money.find(({ total }) => total.denomination === sum.total.denomination)
            assert(own !== undefined)
            sameDecimal(own.total.amount, share.total.amount)
            assert.strictEqual(percent(own.share), percent(share.percent))
            if (whole.value !== 0n) {
              const times100 = BigDecimal.multiply(share.total.amount, BigDecimal.fromBigInt(100n))
              sameDecimal(Option.getOrThrow(share.percent), BigDecimal.make(nearestEven(times100, whole), 8))
            }
          }
          assert.strictEqual(Option.isSome(sum.concentration), whole.value !== 0n)
          if (Option.isSome(sum.concentration)) {
            const times10000 = BigDecimal.multiply(addUp(squares), BigDecimal.fromBigInt(10_000n))
            sameDecimal(
              sum.concentration.value,
              BigDecimal.make(nearestEven(times10000, BigDecimal.multiply(whole, whole)), 8)
            )
          }
        }
      }
    },
    thorough
  )
})
