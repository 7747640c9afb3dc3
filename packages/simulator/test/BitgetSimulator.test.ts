import type * as HttpApp from "@effect/platform/HttpApp"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { BitgetSimulator } from "../src/index.ts"
import { assertCovers, assertSameShape, fixture, get, getJson, type Row, time } from "./utils.ts"

// The bodies are what most of these tests are about; the clock of a test stands still, and all of them share this exchange.
const app = BitgetSimulator.make({ time, limits: { perSecond: 1_000 } })

interface Envelope<A> {
  readonly code: string
  readonly msg: string
  readonly requestTime: number
  readonly data: A
}

type OpenInterest = Envelope<{ readonly openInterestList: ReadonlyArray<Row>; readonly ts: string }>

const market = "/api/v2/mix/market"

const productTypes = ["USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES", "SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES"]

const openInterest = (symbol: string, productType: string) =>
  getJson<OpenInterest>(app, `${market}/open-interest?symbol=${encodeURIComponent(symbol)}&productType=${productType}`)

const tickers = (productType: string) =>
  getJson<Envelope<ReadonlyArray<Row>>>(app, `${market}/tickers?productType=${productType}`)

const contracts = (productType: string, rest = "") =>
  getJson<Envelope<ReadonlyArray<Row>>>(app, `${market}/contracts?productType=${productType}${rest}`)

const plainDecimal = /^(0|[1-9]\d*)(\.\d+)?$/

describe("contracts", () => {
  const documented = `
    symbol baseCoin quoteCoin buyLimitPriceRatio sellLimitPriceRatio feeRateUpRatio makerFeeRate takerFeeRate
    openCostUpRatio supportMarginCoins minTradeNum priceEndStep volumePlace pricePlace sizeMultiplier symbolType
    minTradeUSDT maxSymbolOrderNum maxProductOrderNum maxPositionNum symbolStatus offTime limitOpenTime deliveryTime
    deliveryStartTime deliveryPeriod launchTime fundInterval minLever maxLever posLimit maintainTime openTime
    maxMarketOrderQty maxOrderQty isRwa`
    .trim()
    .split(/\s+/)

  it.effect("has every documented field as text", () =>
    Effect.gen(function* () {
      for (const productType of productTypes) {
        const { data } = yield* contracts(productType)
        assert.isNotEmpty(data)
        for (const { supportMarginCoins, ...row } of data) {
          assert.deepStrictEqual(
            Object.keys(row),
            documented.filter((name) => name !== "supportMarginCoins")
          )
          assert.isTrue(Object.values(row).every((value) => typeof value === "string"))
          assert.isTrue((supportMarginCoins as Array<unknown>).every((coin) => typeof coin === "string"))
        }
      }
    })
  )

  it.effect("has the recorded fields of a dated contract, with their types", () =>
    Effect.gen(function* () {
      const recorded = fixture<Envelope<[Row, Row]>>("bitget-v2-contracts.coin-futures-2026-07-03.trimmed.json")
      const { data } = yield* contracts("COIN-FUTURES")
      assert.deepStrictEqual(
        data.map((row) => row["symbol"]),
        ["BTCUSDZ26", "ETHUSDZ26"]
      )
      for (const row of data) {
        assert.containsAllKeys(row, Object.keys(recorded.data[1]))
        assert.deepInclude(row, { symbolType: "delivery", deliveryTime: "1798185599000", fundInterval: "" })
      }
    })
  )

  it.effect("can be narrowed to one symbol", () =>
    Effect.gen(function* () {
      const { data } = yield* contracts("usdt-futures", "&symbol=1000BONKUSDT")
      assert.deepStrictEqual(data.map(({ baseCoin, isRwa, symbol }) => ({ symbol, baseCoin, isRwa })) as unknown, [
        { symbol: "1000BONKUSDT", baseCoin: "1000BONK", isRwa: "NO" }
      ])
    })
  )

  it.effect("marks stocks and metals as real-world assets, and demo coins as coins of their own", () =>
    Effect.gen(function* () {
      const usdt = (yield* contracts("USDT-FUTURES")).data
      const isRwa = (symbol: string) => usdt.find((row) => row["symbol"] === symbol)?.["isRwa"]
      for (const symbol of ["SNDKUSDT", "TSLAUSDT", "NVDAUSDT", "AAPLUSDT", "XAUUSDT", "XAGUSDT"]) {
        assert.strictEqual(isRwa(symbol), "YES", symbol)
      }
      assert.strictEqual(isRwa("BTCUSDT"), "NO")
      const demo = (yield* contracts("SUSDT-FUTURES")).data
      assert.deepInclude(demo[0], { symbol: "SBTCSUSDT", baseCoin: "SBTC", quoteCoin: "SUSDT" })
    })
  )
})

describe("tickers", () => {
  it.effect("has the documented fields in the documented order, null where a perpetual has no delivery", () =>
    Effect.gen(function* () {
      const documented = fixture<Envelope<[perpetual: Row, dated: Row]>>("bitget-v2-tickers.coin-futures.doc.json")
      const recorded = fixture("bitget-v2-tickers.row-2026-09-15.trimmed.json")
      for (const productType of productTypes) {
        const body = yield* tickers(productType)
        assertSameShape({ ...body, data: [] }, { ...documented, data: [] })
        assert.isNotEmpty(body.data)
        for (const row of body.data) {
          assertSameShape(row, documented.data[productType === "COIN-FUTURES" ? 1 : 0])
          assertCovers(row, recorded)
        }
      }
    })
  )

  it.effect("carries one stamp, close to the time of the request, and plain decimals", () =>
    Effect.gen(function* () {
      const body = yield* tickers("USDT-FUTURES")
      assert.strictEqual(body.requestTime, time.epochMillis)
      assert.strictEqual(new Set(body.data.map((row) => row["ts"])).size, 1)
      const age = body.requestTime - Number(body.data[0]?.["ts"])
      assert.isTrue(age >= 0 && age < 100, `${age} ms old`)
      for (const row of body.data) {
        for (const name of [
          "lastPr",
          "askPr",
          "bidPr",
          "indexPrice",
          "markPrice",
          "holdingAmount",
          "high24h",
          "low24h"
        ]) {
          assert.match(row[name] as string, plainDecimal, `${row["symbol"]} ${name}`)
          assert.isAbove(Number(row[name]), 0, `${row["symbol"]} ${name}`)
        }
      }
    })
  )

  it.effect("holds the same open interest as the endpoint of one symbol, at the same time", () =>
    Effect.gen(function* () {
      for (const productType of productTypes) {
        for (const row of (yield* tickers(productType)).data) {
          const one = yield* openInterest(row["symbol"] as string, productType)
          assert.deepStrictEqual(one.data.openInterestList, [
            { symbol: row["symbol"] ?? null, size: row["holdingAmount"] ?? null }
          ])
          assert.strictEqual(one.data.ts, row["ts"])
        }
      }
    })
  )

  it.effect("lists what contracts lists", () =>
    Effect.gen(function* () {
      for (const productType of productTypes) {
        const symbols = (rows: ReadonlyArray<Row>) => rows.map((row) => row["symbol"])
        assert.deepStrictEqual(
          symbols((yield* tickers(productType)).data),
          symbols((yield* contracts(productType)).data)
        )
      }
    })
  )
})

describe("open-interest", () => {
  it.effect("has the documented shape and integer request time", () =>
    Effect.gen(function* () {
      const body = yield* openInterest("BTCUSDT", "USDT-FUTURES")
      assertSameShape(body, fixture("bitget-v2-open-interest.doc.json"))
      assert.isTrue(Number.isInteger(body.requestTime))
    })
  )

  it.effect("carries binary-float noise where it was recorded, and only there", () =>
    Effect.gen(function* () {
      const recorded = fixture<OpenInterest>("bitget-v2-open-interest.float-artefact-2026-08.json")
      const noise = /^\d+\.\d{3}0{7}[1-9]\d$/
      const { data } = yield* openInterest("SNDKUSDT", "USDT-FUTURES")
      assert.match(recorded.data.openInterestList[0]?.["size"] as string, noise)
      assert.match(data.openInterestList[0]?.["size"] as string, noise)
      const noisy = (yield* tickers("USDT-FUTURES")).data.filter((row) => noise.test(row["holdingAmount"] as string))
      assert.strictEqual(noisy.length, 1)
    })
  )

  it.effect("serves Chinese ids, and product types in any letter case", () =>
    Effect.gen(function* () {
      for (const symbol of ["龙虾USDT", "牛来USDT", "哈基米USDT"]) {
        const { code, data } = yield* openInterest(symbol, "usdt-Futures")
        assert.strictEqual(code, "00000")
        assert.strictEqual(data.openInterestList[0]?.["symbol"], symbol)
      }
    })
  )

  it.effect("serves a real symbol under the wrong product type", () =>
    Effect.gen(function* () {
      const { data } = yield* openInterest("BTCPERP", "USDT-FUTURES")
      assert.strictEqual(data.openInterestList[0]?.["symbol"], "BTCPERP")
    })
  )
})

describe("without coin-margined contracts", () => {
  const without = BitgetSimulator.make({ time, coinFutures: "none" })

  it.effect("lists nothing, successfully", () =>
    Effect.gen(function* () {
      for (const endpoint of ["contracts", "tickers"]) {
        const body = yield* getJson(without, `${market}/${endpoint}?productType=COIN-FUTURES`)
        assert.deepStrictEqual(body, { code: "00000", msg: "success", requestTime: time.epochMillis, data: [] })
      }
    })
  )

  it.effect("does not know the dated contracts", () =>
    Effect.gen(function* () {
      const response = yield* get(without, `${market}/open-interest?symbol=BTCUSDZ26&productType=COIN-FUTURES`)
      assert.strictEqual(response.status, 400)
    })
  )
})

describe("a listing of another length", () => {
  const listing = (usdtFutures: number | undefined) => {
    const exchange = BitgetSimulator.make({ time, usdtFutures, limits: { perSecond: 1_000 } })
    return (endpoint: string, productType = "USDT-FUTURES") =>
      Effect.map(
        getJson<Envelope<ReadonlyArray<Row>>>(exchange, `${market}/${endpoint}?productType=${productType}`),
        ({ data }) => data
      )
  }

  it.effect("begins with the contracts that exist, and goes on with invented ones", () =>
    Effect.gen(function* () {
      const usual = yield* listing(undefined)("contracts")
      const live = yield* listing(786)("contracts")
      assert.strictEqual(usual.length, 62)
      assert.strictEqual(live.length, 786)
      assert.deepStrictEqual(live.slice(0, 62), usual)
      assert.deepInclude(live[62], { symbol: "T0001USDT", baseCoin: "T0001", quoteCoin: "USDT", isRwa: "NO" })
      assert.deepInclude(live[785], { symbol: "T0724USDT" })
      assert.strictEqual(new Set(live.map((row) => row["symbol"])).size, 786)
      assert.deepStrictEqual(yield* listing(3)("contracts"), usual.slice(0, 3))
      assert.deepStrictEqual(yield* listing(0)("contracts"), [])
    })
  )

  it.effect("changes nothing else that is listed, nor any figure", () =>
    Effect.gen(function* () {
      const usual = listing(undefined)
      const long = listing(2000)
      assert.deepStrictEqual(yield* long("tickers", "USDC-FUTURES"), yield* usual("tickers", "USDC-FUTURES"))
      const rows = yield* long("tickers")
      assert.strictEqual(rows.length, 2000)
      assert.deepStrictEqual(rows.slice(0, 62), yield* usual("tickers"))
      assert.deepStrictEqual(yield* listing(2000)("tickers"), rows)
    })
  )

  it.effect("has figures that are worth something for every invented contract", () =>
    Effect.gen(function* () {
      for (const row of (yield* listing(2000)("tickers")).slice(62)) {
        const value = Number(row["holdingAmount"]) * Number(row["markPrice"])
        assert.isTrue(value > 150_000 && value < 10_000_000, `${row["symbol"]}: ${value}`)
      }
    })
  )
})

describe("a list that is asked for again", () => {
  it.effect("is as fresh as one that is asked for the first time", () =>
    Effect.gen(function* () {
      const old = BitgetSimulator.make()
      yield* TestClock.setTime(time.epochMillis)
      for (let i = 0; i < 12; i++) {
        for (const path of [
          `${market}/tickers?productType=COIN-FUTURES`,
          `${market}/contracts?productType=COIN-FUTURES`,
          "/api/v3/market/tickers?category=COIN-FUTURES",
          "/api/v3/market/open-interest?category=USDC-FUTURES",
          "/api/v3/market/open-interest?category=USDC-FUTURES&symbol=BTCPERP",
          "/api/v3/market/instruments?category=USDC-FUTURES"
        ]) {
          const fresh: unknown = yield* getJson(BitgetSimulator.make(), path)
          assert.deepStrictEqual<unknown>(yield* getJson(old, path), fresh, path)
        }
        yield* TestClock.adjust("170 millis")
      }
    })
  )
})

describe("refusals", () => {
  const cases: ReadonlyArray<readonly [name: string, path: string, status: number, code: string, msg: string]> = [
    [
      "an unknown symbol",
      "open-interest?symbol=NOPEUSDT&productType=USDT-FUTURES",
      400,
      "40034",
      "Parameter NOPEUSDT does not exist"
    ],
    [
      "an unknown symbol in contracts",
      "contracts?symbol=NOPEUSDT&productType=USDT-FUTURES",
      400,
      "40034",
      "Parameter NOPEUSDT does not exist"
    ],
    [
      "an unknown product type",
      "tickers?productType=NOPE-FUTURES",
      400,
      "40019",
      "Parameter NOPE-FUTURES cannot be empty"
    ],
    ["a missing symbol", "open-interest?productType=USDT-FUTURES", 400, "40019", "Parameter symbol cannot be empty"],
    ["a missing product type", "open-interest?symbol=BTCUSDT", 400, "40019", "Parameter productType cannot be empty"],
    ["an empty product type", "tickers?productType=", 400, "40019", "Parameter productType cannot be empty"],
    ["an unknown path", "nope", 404, "40404", "Request URL NOT FOUND"]
  ]
  for (const [name, path, status, code, msg] of cases) {
    it.effect(`answers ${name} with ${status} and code ${code} in the envelope`, () =>
      Effect.gen(function* () {
        const response = yield* get(app, `${market}/${path}`)
        assert.strictEqual(response.status, status)
        const body: unknown = yield* Effect.promise(() => response.json())
        assertSameShape(body, fixture("bitget-error.unknown-symbol.json"))
        assert.deepStrictEqual(body, { code, msg, requestTime: time.epochMillis, data: null })
      })
    )
  }

  it.effect("repeats the recorded refusals to the letter, save for their time", () =>
    Effect.gen(function* () {
      const paths = {
        "bitget-error.unknown-symbol.json": "open-interest?symbol=NOPEUSDT&productType=USDT-FUTURES",
        "bitget-error.unknown-productType.json": "tickers?productType=NOPE-FUTURES"
      }
      for (const [name, path] of Object.entries(paths)) {
        const recorded = { ...fixture(name), requestTime: time.epochMillis }
        const body = yield* Effect.flatMap(get(app, `${market}/${path}`), (response) =>
          Effect.promise(() => response.text())
        )
        assert.strictEqual(body, JSON.stringify(recorded))
      }
    })
  )
})

describe("limits", () => {
  const tickersPath = `${market}/tickers?productType=COIN-FUTURES`
  const openInterestPath = `${market}/open-interest?symbol=BTCUSDT&productType=USDT-FUTURES`

  const answer = (exchange: HttpApp.Default, path: string) =>
    Effect.flatMap(get(exchange, path), (response) =>
      Effect.promise(async () => ({
        status: response.status,
        remaining: response.headers.get("x-mbx-used-remain-limit"),
        retryAfter: response.headers.get("retry-after"),
        text: await response.text()
      }))
    )

  it.effect(
    "answers the twenty-first request of a second with the recorded refusal, and the next second as before",
    () =>
      Effect.gen(function* () {
        const exchange = BitgetSimulator.make({ time })
        for (let remaining = 19; remaining >= 0; remaining--) {
          assert.deepInclude(yield* answer(exchange, openInterestPath), { status: 200, remaining: String(remaining) })
        }
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(yield* answer(exchange, openInterestPath), {
          status: 429,
          remaining: null,
          retryAfter: null,
          text: JSON.stringify({ ...fixture("bitget-error.rate-limited-429.json"), requestTime: time.epochMillis })
        })
        yield* TestClock.adjust("1 millis")
        assert.deepInclude(yield* answer(exchange, openInterestPath), { status: 200, remaining: "19" })
      })
  )

  it.effect("counts every endpoint by itself, refusals of other kinds included", () =>
    Effect.gen(function* () {
      const exchange = BitgetSimulator.make({ time, limits: { perSecond: 2 } })
      const unknown = `${market}/open-interest?symbol=NOPEUSDT&productType=USDT-FUTURES`
      assert.deepInclude(yield* answer(exchange, unknown), { status: 400, remaining: "1" })
      assert.deepInclude(yield* answer(exchange, `${market}/open-interest`), { status: 400, remaining: "0" })
      assert.deepInclude(yield* answer(exchange, openInterestPath), { status: 429 })
      assert.deepInclude(yield* answer(exchange, tickersPath), { status: 200, remaining: "1" })
      assert.deepInclude(yield* answer(exchange, "/one"), { status: 404, remaining: "1" })
      assert.deepInclude(yield* answer(exchange, "/two"), { status: 404, remaining: "0" })
      assert.deepInclude(yield* answer(exchange, "/three"), { status: 429 })
    })
  )

  it.effect("counts all endpoints together by the minute", () =>
    Effect.gen(function* () {
      const exchange = BitgetSimulator.make({ time, limits: { perMinute: 2 } })
      assert.strictEqual((yield* answer(exchange, tickersPath)).status, 200)
      assert.strictEqual((yield* answer(exchange, openInterestPath)).status, 200)
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual((yield* answer(exchange, tickersPath)).status, 429)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* answer(exchange, tickersPath)).status, 200)
    })
  )
})
