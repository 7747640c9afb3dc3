import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import type { Readings } from "@open-interest/core/Readings"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import {
  answer,
  contracts,
  listed,
  openInterest,
  play,
  row,
  tickers,
  v3Instruments,
  v3OpenInterest,
  v3Tickers
} from "./support.ts"

const symbols = ({ valuations }: Readings) => valuations.map((each) => each.openInterest.instrument.symbol)

const missing = ({ failures }: Readings) => failures.map(({ error, missing, name }) => [missing, name, error._tag])

const ticker = (symbol: string, fields: Record<string, unknown> = {}) => ({
  symbol,
  holdingAmount: "1",
  markPrice: "2",
  ts: "1790000000050",
  ...fields
})

describe("a snapshot", () => {
  it.effect("takes two requests per product type, three where the figures have no prices beside them", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.snapshot())
      assert.sameMembers(
        [...received],
        [
          ...["USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"].flatMap((productType) => [
            `${contracts}?productType=${productType}`,
            `${tickers}?productType=${productType}`
          ]),
          `${v3Instruments}?category=COIN-FUTURES`,
          `${v3OpenInterest}?category=COIN-FUTURES`,
          `${v3Tickers}?category=COIN-FUTURES`
        ]
      )
      assert.deepStrictEqual(symbols(result), [
        "BTCUSDT",
        "SNDKUSDT",
        "1000BONKUSDT",
        "1INCHUSDT",
        "龙虾USDT",
        "BTCPERP",
        "BTCUSD",
        "BTCUSDZ26",
        "BTCUSD_CM",
        "ETHCMZ26"
      ])
      assert.deepStrictEqual(result.failures, [])
    })
  )

  it.effect("gives the figure, its price and its time as the tickers have them", () =>
    Effect.gen(function* () {
      const reply = answer([ticker("BTCUSDT", { holdingAmount: "46975.254000000053", markPrice: "71000.5" })])
      const { result } = yield* play({ [tickers]: reply }, (source) => source.readings(["BTCUSDT"]))
      const record = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)(
        OpenInterestRecord.fromValuation(result.valuations[0] ?? assert.fail())
      )
      assert.deepInclude(record, {
        symbol: "BTCUSDT",
        unit: "base",
        base: "46975.254000000053",
        quote: "3335266521.6270037630265",
        markPrice: "71000.5",
        timestamp: "2026-09-21T14:13:20.050Z",
        timestampKind: "reply"
      })
    })
  )

  it.effect("reads only the product types that may hold what the filter names", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.snapshot({ base: ["btc"], settle: ["USDC"] }))
      assert.deepStrictEqual(symbols(result), ["BTCPERP"])
      assert.sameMembers(
        [...received],
        [`${contracts}?productType=USDC-FUTURES`, `${tickers}?productType=USDC-FUTURES`]
      )
    })
  )

  it.effect("names a product type whose figures fail once, and gives the rest", () =>
    Effect.gen(function* () {
      const { result } = yield* play(
        {
          [tickers]: (url) =>
            url.searchParams.get("productType") === "USDT-FUTURES"
              ? { status: 400, body: "{}" }
              : answer([ticker("BTCPERP"), ticker("BTCUSD"), ticker("BTCUSDZ26")])
        },
        (source) => source.snapshot()
      )
      assert.deepStrictEqual(missing(result), [["product", "USDT-FUTURES", "UnexpectedResponse"]])
      assert.deepStrictEqual(symbols(result), ["BTCPERP", "BTCUSD", "BTCUSDZ26", "BTCUSD_CM", "ETHCMZ26"])
    })
  )

  it.effect("names a contract without a row, by its state where that says why", () =>
    Effect.gen(function* () {
      const list = listed({
        "USDC-FUTURES": answer([row("BTCPERP"), row("ETHPERP"), row("SOLPERP", { symbolStatus: "off" })])
      })
      const { result } = yield* play({ [contracts]: list, [tickers]: answer([ticker("BTCPERP")]) }, (source) =>
        source.snapshot({ settle: ["USDC"] })
      )
      assert.deepStrictEqual(symbols(result), ["BTCPERP"])
      assert.deepStrictEqual(missing(result), [
        ["contract", "ETHPERP", "UnexpectedResponse"],
        ["contract", "SOLPERP", "SymbolNotTrading"]
      ])
    })
  )

  it.effect("calls a figure that makes no sense by its name, whatever the state of the contract", () =>
    Effect.gen(function* () {
      const list = listed({ "USDC-FUTURES": answer([row("SOLPERP", { symbolStatus: "off" })]) })
      const rows = answer([ticker("SOLPERP", { holdingAmount: "N/A" })])
      const { result } = yield* play({ [contracts]: list, [tickers]: rows }, (source) =>
        source.snapshot({ settle: ["USDC"] })
      )
      assert.deepStrictEqual(missing(result), [["contract", "SOLPERP", "UnexpectedResponse"]])
    })
  )

  it.effect("keeps a figure whose price can't be read, with the reason", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [tickers]: answer([ticker("BTCPERP", { markPrice: "" })]) }, (source) =>
        source.snapshot({ settle: ["USDC"] })
      )
      const { markPrice, openInterest } = result.valuations[0] ?? assert.fail()
      assert.strictEqual(Decimal.format(openInterest.amount), "1")
      assert.include(String(Either.getOrThrow(Either.flip(markPrice)).message), "data[0].markPrice")
    })
  )

  it.effect("refuses a figure that is no number, and gives the others", () =>
    Effect.gen(function* () {
      const list = listed({ "USDC-FUTURES": answer([row("BTCPERP"), row("ETHPERP")]) })
      const rows = answer([ticker("BTCPERP", { holdingAmount: "1e400" }), ticker("ETHPERP")])
      const { result } = yield* play({ [contracts]: list, [tickers]: rows }, (source) =>
        source.snapshot({ settle: ["USDC"] })
      )
      assert.deepStrictEqual(symbols(result), ["ETHPERP"])
      assert.deepStrictEqual(missing(result), [["contract", "BTCPERP", "UnexpectedResponse"]])
    })
  )

  it.effect("names a list that can't be read beside the contracts of the others", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [v3Instruments]: { status: 400, body: "{}" } }, (source) => source.snapshot())
      assert.deepStrictEqual(missing(result), [["product", "UTA-COIN-FUTURES", "UnexpectedResponse"]])
      assert.lengthOf(result.valuations, 8)
    })
  )

  it.effect("fails where no list can be read", () =>
    Effect.gen(function* () {
      const nothing = { status: 400, body: "{}" }
      const error = yield* Effect.flip(
        play({ [contracts]: nothing, [v3Instruments]: nothing }, (source) => source.snapshot())
      )
      assert.strictEqual(error._tag, "UnexpectedResponse")
    })
  )
})

describe("readings of several contracts", () => {
  it.effect("share one request per product type, and name what was asked for", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) =>
        source.readings(["BTCUSDT", "1INCH/USDT:USDT", "DOGEUSDT", "BTCUSDT"])
      )
      assert.deepStrictEqual(symbols(result), ["BTCUSDT", "1INCHUSDT"])
      assert.deepStrictEqual(missing(result), [["contract", "DOGEUSDT", "UnknownSymbol"]])
      assert.lengthOf(
        received.filter((path) => path.startsWith(tickers)),
        1
      )
      assert.lengthOf(
        received.filter((path) => path.startsWith(openInterest)),
        0
      )
    })
  )
})

describe("rounds of a poll", () => {
  it.effect("have figures of their own, also where one comes late and the next does not", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) =>
        Effect.gen(function* () {
          for (const wait of [1010, 990, 1000, 1000]) {
            yield* source.readings(["BTCUSDT", "BTCUSD_CM"])
            yield* TestClock.adjust(wait)
          }
        })
      )
      const asked = (path: string) => received.filter((each) => each.startsWith(path)).length
      assert.deepStrictEqual([asked(tickers), asked(v3OpenInterest)], [4, 4])
    })
  )
})

describe("the coin-margined contracts of API v3", () => {
  it.effect("are read by symbol, and marked as of unverified unit", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.valuation("BTCUSD_CM"))
      const { instrument, unit, unitVerified, sides } = result.openInterest
      assert.deepStrictEqual([unit, unitVerified, sides], ["base", false, "unknown"])
      assert.deepStrictEqual(
        [instrument.unifiedSymbol, instrument.direction, instrument.product],
        ["BTC/USD:BTC", "inverse", "UTA-COIN-FUTURES"]
      )
      assert.include(received, `${v3OpenInterest}?category=COIN-FUTURES&symbol=BTCUSD_CM`)
      assert.isTrue(Either.isRight(result.quote))
    })
  )

  it.effect("are another contract than the classic one of the same unified symbol, which names both", () =>
    Effect.gen(function* () {
      const { result } = yield* play({}, (source) => Effect.flip(source.openInterest("BTC/USD:BTC")))
      assert(result._tag === "AmbiguousSymbol")
      assert.sameMembers([...result.candidates], ["BTCUSD", "BTCUSD_CM"])
    })
  )

  it.effect("need the echo of their symbol", () =>
    Effect.gen(function* () {
      const other = answer({ list: [{ symbol: "ETHUSD_CM", openInterest: "1" }], ts: "1790000000100" })
      const { result } = yield* play({ [v3OpenInterest]: other }, (source) =>
        Effect.flip(source.openInterest("BTCUSD_CM"))
      )
      assert.include(result.message, "no row for BTCUSD_CM, but one for ETHUSD_CM")
    })
  )

  it.effect("that the exchange does not know are unknown", () =>
    Effect.gen(function* () {
      const refused = { status: 400, body: '{"code":"25100","msg":"Trading pair does not exist","data":null}' }
      const { result } = yield* play({ [v3OpenInterest]: refused }, (source) =>
        Effect.flip(source.openInterest("BTCUSD_CM"))
      )
      assert.strictEqual(result._tag, "UnknownSymbol")
    })
  )
})

describe("a history", () => {
  it.effect("does not exist, and says so", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) =>
        Effect.flip(Stream.runCollect(source.history({ symbol: "BTCUSDT", period: "1h" })))
      )
      assert.strictEqual(result._tag, "Unsupported")
      assert.strictEqual(result.message, "not supported: no history: bitget publishes none")
      assert.deepStrictEqual(received, [])
    })
  )
})
