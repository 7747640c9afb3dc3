import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { BitgetSimulator } from "../src/index.ts"
import { assertSameShape, get, getJson, type Row, time } from "./utils.ts"

const app = BitgetSimulator.make({ time, limits: { perSecond: 1_000 } })

interface Envelope<A> {
  readonly code: string
  readonly msg: string
  readonly requestTime: number
  readonly data: A
}

const market = "/api/v3/market"

const categories = ["USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"]

const rows = (endpoint: string, category: string, rest = "") =>
  Effect.map(
    getJson<Envelope<ReadonlyArray<Row>>>(app, `${market}/${endpoint}?category=${category}${rest}`),
    ({ data }) => data
  )

const openInterest = (category: string, rest = "") =>
  getJson<Envelope<{ readonly list: ReadonlyArray<Row>; readonly ts: string }>>(
    app,
    `${market}/open-interest?category=${category}${rest}`
  )

const symbols = (listing: ReadonlyArray<Row>) => listing.map((row) => row["symbol"] as string)

const plainDecimal = /^(0|[1-9]\d*)(\.\d+)?$/

describe("instruments", () => {
  // The order of the documentation's example of February 2026.
  const documented = `
    symbol category baseCoin quoteCoin isRwa buyLimitPriceRatio sellLimitPriceRatio feeRateUpRatio makerFeeRate
    takerFeeRate openCostUpRatio minOrderQty maxOrderQty pricePrecision quantityPrecision quotePrecision priceMultiplier
    quantityMultiplier type minOrderAmount maxSymbolOrderNum maxProductOrderNum maxPositionNum status offTime
    limitOpenTime deliveryTime deliveryStartTime deliveryPeriod launchTime fundInterval minLeverage maxLeverage
    maintainTime symbolType maxMarketOrderQty`
    .trim()
    .split(/\s+/)

  it.effect("has every documented field as text, the launch time where it is known", () =>
    Effect.gen(function* () {
      for (const category of categories) {
        const listing = yield* rows("instruments", category)
        assert.isNotEmpty(listing)
        for (const row of listing) {
          const { launchTime, ...others } = row
          assert.deepStrictEqual(
            Object.keys(row),
            documented.filter((name) => name !== "launchTime" || launchTime !== undefined)
          )
          assert.isTrue(Object.values(others).every((value) => typeof value === "string"))
          assert.strictEqual(others["category"], category)
          assert.strictEqual(others["status"], "online")
        }
      }
    })
  )

  it.effect("lists the coin-margined contracts of version 3 under ids of their own", () =>
    Effect.gen(function* () {
      const listing = yield* rows("instruments", "COIN-FUTURES")
      const ids = symbols(listing)
      assert.strictEqual(ids.filter((id) => /^[A-Z]+USD_CM$/.test(id)).length, 20)
      assert.deepStrictEqual(
        ids.filter((id) => !id.endsWith("_CM")),
        ["BTCCMZ26", "ETHCMZ26"]
      )
      for (const row of listing) {
        const perpetual = (row["symbol"] as string).endsWith("_CM")
        assert.strictEqual(row["quoteCoin"], "USD")
        // Orders are in whole USD.
        assert.deepInclude(row, { minOrderQty: "1", quantityPrecision: "0", quantityMultiplier: "1" })
        assert.deepInclude(
          row,
          perpetual
            ? { type: "perpetual", fundInterval: "8", deliveryTime: "", deliveryPeriod: "" }
            : {
                type: "delivery",
                fundInterval: "",
                deliveryTime: "1798185599000",
                deliveryPeriod: "this_quarter"
              }
        )
      }
    })
  )

  it.effect("writes an unknown launch time in every way that the wire has", () =>
    Effect.gen(function* () {
      const coin = yield* rows("instruments", "COIN-FUTURES")
      const usdt = yield* rows("instruments", "USDT-FUTURES")
      const launchTime = (listing: ReadonlyArray<Row>, symbol: string) =>
        listing.find((row) => row["symbol"] === symbol)?.["launchTime"]
      assert.strictEqual(launchTime(usdt, "BTCUSDT"), "0")
      assert.strictEqual(launchTime(coin, "SUIUSD_CM"), null)
      assert.strictEqual(launchTime(coin, "BTCCMZ26"), undefined)
      assert.strictEqual(launchTime(coin, "BTCUSD_CM"), String(Date.UTC(2026, 0, 21, 12, 9)))
    })
  )

  it.effect("tells asset classes apart by symbolType", () =>
    Effect.gen(function* () {
      const listing = yield* rows("instruments", "USDT-FUTURES")
      for (const [symbol, symbolType, isRwa] of [
        ["BTCUSDT", "crypto", "NO"],
        ["TSLAUSDT", "stock", "YES"],
        ["XAUUSDT", "metal", "YES"]
      ]) {
        assert.deepInclude(
          listing.find((row) => row["symbol"] === symbol),
          { symbolType, isRwa, type: "perpetual" }
        )
      }
    })
  )

  it.effect("lists for USDT and USDC what version 2 lists, and nothing for spot and margin", () =>
    Effect.gen(function* () {
      for (const category of ["USDT-FUTURES", "USDC-FUTURES"]) {
        const classic = yield* getJson<Envelope<ReadonlyArray<Row>>>(
          app,
          `/api/v2/mix/market/contracts?productType=${category}`
        )
        assert.deepStrictEqual(symbols(yield* rows("instruments", category)), symbols(classic.data))
      }
      for (const category of ["SPOT", "MARGIN"]) {
        assert.deepStrictEqual(yield* rows("instruments", category), [])
      }
    })
  )

  it.effect("can be narrowed to one symbol", () =>
    Effect.gen(function* () {
      const all = yield* rows("instruments", "COIN-FUTURES")
      const [one, ...others] = yield* rows("instruments", "COIN-FUTURES", "&symbol=BTCCMZ26")
      assert.isEmpty(others)
      assert.deepStrictEqual(
        one,
        all.find((row) => row["symbol"] === "BTCCMZ26")
      )
    })
  )
})

describe("tickers of version 3", () => {
  /** As a client recorded it in June 2025, cut down to the types. */
  const recorded = {
    category: "USDT-FUTURES",
    symbol: "BTCUSDT",
    ts: "1750332730472",
    lastPrice: "104738",
    openPrice24h: "104374",
    highPrice24h: "105289.3",
    lowPrice24h: "103447.9",
    ask1Price: "104738",
    bid1Price: "104737.7",
    bid1Size: "2.036",
    ask1Size: "8.094",
    price24hPcnt: "0.00349",
    volume24h: "79101.6477",
    turnover24h: "8276293391.45973",
    indexPrice: "104785.956168",
    markPrice: "104738",
    fundingRate: "-0.000007",
    openInterest: "7465.5938",
    deliveryStartTime: "",
    deliveryTime: "",
    deliveryStatus: ""
  }

  it.effect("has the recorded fields in the recorded order, filled in where a contract is delivered", () =>
    Effect.gen(function* () {
      for (const category of categories) {
        const listing = yield* rows("tickers", category)
        assert.deepStrictEqual(symbols(listing), symbols(yield* rows("instruments", category)))
        assert.strictEqual(new Set(listing.map((row) => row["ts"])).size, 1)
        for (const row of listing) {
          assertSameShape(row, recorded)
          assert.strictEqual(row["category"], category)
          for (const name of ["lastPrice", "indexPrice", "markPrice", "openInterest", "volume24h"]) {
            assert.match(row[name] as string, plainDecimal, `${row["symbol"]} ${name}`)
            assert.isAbove(Number(row[name]), 0, `${row["symbol"]} ${name}`)
          }
          assert.strictEqual(row["deliveryTime"], (row["symbol"] as string).endsWith("Z26") ? "1798185599000" : "")
        }
      }
    })
  )

  it.effect("shows the figures of version 2 where version 2 has the contract", () =>
    Effect.gen(function* () {
      const classic = yield* getJson<Envelope<ReadonlyArray<Row>>>(
        app,
        "/api/v2/mix/market/tickers?productType=USDT-FUTURES"
      )
      const unified = yield* rows("tickers", "USDT-FUTURES")
      assert.deepStrictEqual(
        unified.map((row) => [row["symbol"], row["ts"], row["openInterest"], row["markPrice"], row["fundingRate"]]),
        classic.data.map((row) => [
          row["symbol"],
          row["ts"],
          row["holdingAmount"],
          row["markPrice"],
          row["fundingRate"]
        ])
      )
    })
  )
})

describe("open-interest of version 3", () => {
  it.effect("has the documented shape, for one symbol and for all", () =>
    Effect.gen(function* () {
      const documented = {
        code: "00000",
        msg: "success",
        requestTime: 1730969652387,
        data: { list: [{ symbol: "BTCUSDT", openInterest: "2243.019" }], ts: "1730969652411" }
      }
      for (const category of categories) {
        const all = yield* openInterest(category)
        assertSameShape(all, documented)
        assert.deepStrictEqual(symbols(all.data.list), symbols(yield* rows("instruments", category)))
        for (const row of all.data.list.slice(-3)) {
          const one = yield* openInterest(category, `&symbol=${encodeURIComponent(row["symbol"] as string)}`)
          assert.deepStrictEqual(one.data, { list: [row], ts: all.data.ts })
        }
      }
    })
  )

  it.effect("is what the tickers say", () =>
    Effect.gen(function* () {
      for (const category of categories) {
        const { data } = yield* openInterest(category)
        const listing = yield* rows("tickers", category)
        assert.deepStrictEqual(
          data.list.map((row) => [row["symbol"], row["openInterest"], data.ts]),
          listing.map((row) => [row["symbol"], row["openInterest"], row["ts"]])
        )
      }
    })
  )
})

describe("refusals of version 3", () => {
  const cases: ReadonlyArray<readonly [name: string, path: string, code: string, msg: string]> = [
    ["an unknown symbol", "category=USDT-FUTURES&symbol=NOPEUSDT", "25100", "Trading pair NOPEUSDT does not exist"],
    [
      "a symbol that version 2 has",
      "category=COIN-FUTURES&symbol=BTCUSDZ26",
      "25100",
      "Trading pair BTCUSDZ26 does not exist"
    ],
    [
      "a symbol of another category",
      "category=COIN-FUTURES&symbol=BTCUSDT",
      "25100",
      "Trading pair BTCUSDT does not exist"
    ],
    ["a missing category", "symbol=BTCUSDT", "40019", "Parameter category cannot be empty"],
    ["an unknown category", "category=NOPE-FUTURES", "40034", "Parameter NOPE-FUTURES does not exist"],
    ["a category in small letters", "category=coin-futures", "40034", "Parameter coin-futures does not exist"]
  ]
  for (const [name, query, code, msg] of cases) {
    it.effect(`answers ${name} with 400 and code ${code} in the envelope`, () =>
      Effect.gen(function* () {
        for (const endpoint of ["instruments", "tickers", "open-interest"]) {
          const response = yield* get(app, `${market}/${endpoint}?${query}`)
          assert.strictEqual(response.status, 400)
          const body = yield* Effect.promise(() => response.text())
          assert.strictEqual(body, JSON.stringify({ code, msg, requestTime: time.epochMillis, data: null }))
        }
      })
    )
  }

  it.effect("leaves the ids of version 3 unknown to version 2", () =>
    Effect.gen(function* () {
      const path = "/api/v2/mix/market/open-interest?productType=COIN-FUTURES&symbol=BTCUSD_CM"
      assert.deepInclude(yield* getJson(app, path), { code: "40034" })
    })
  )
})

describe("limits of version 3", () => {
  it.effect("are those of every endpoint by itself, and pay into that of all", () =>
    Effect.gen(function* () {
      const exchange = BitgetSimulator.make({ time, limits: { perSecond: 2, perMinute: 7 } })
      const statuses = (path: string, n: number) =>
        Effect.forEach(Array.from({ length: n }), () => Effect.map(get(exchange, path), ({ status }) => status))
      const query = "category=COIN-FUTURES"
      assert.deepStrictEqual(yield* statuses(`${market}/instruments?${query}`, 3), [200, 200, 429])
      assert.deepStrictEqual(yield* statuses(`${market}/tickers?${query}`, 3), [200, 200, 429])
      assert.deepStrictEqual(yield* statuses(`${market}/open-interest?${query}`, 3), [200, 200, 429])
      assert.deepStrictEqual(yield* statuses("/api/v2/mix/market/tickers?productType=COIN-FUTURES", 2), [200, 429])
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* statuses(`${market}/tickers?${query}`, 1), [429])
      yield* TestClock.adjust("59 seconds")
      const response = yield* get(exchange, `${market}/tickers?${query}`)
      assert.strictEqual(response.headers.get("x-mbx-used-remain-limit"), "1")
    })
  )
})
