import type * as HttpApp from "@effect/platform/HttpApp"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BinanceSimulator, BitgetSimulator } from "../src/index.ts"
import { fixtureText, get, getJson, type Row, time } from "./utils.ts"

const answer = (app: HttpApp.Default, path: string) =>
  Effect.flatMap(get(app, path), (response) =>
    Effect.promise(async () => ({ status: response.status, text: await response.text() }))
  )

describe("a contract in trouble at Binance", () => {
  const app = BinanceSimulator.make({
    time,
    trouble: { BTCUSD_PERP: "delivering", ETHUSD_PERP: "vanished", NOPEUSD_PERP: "vanished" }
  })
  const untroubled = BinanceSimulator.make({ time })

  it.effect("is listed as if nothing were wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* getJson(app, "/dapi/v1/exchangeInfo"),
        yield* getJson(untroubled, "/dapi/v1/exchangeInfo")
      )
    })
  )

  it.effect("answers -4108 while it is delivered, and keeps its price", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answer(app, "/dapi/v1/openInterest?symbol=btcusd_perp"), {
        status: 400,
        text: fixtureText("binance-error.symbol-not-trading.json").trim()
      })
      const price = "/dapi/v1/premiumIndex?symbol=BTCUSD_PERP"
      assert.deepStrictEqual(yield* answer(app, price), yield* answer(untroubled, price))
    })
  )

  it.effect("is unknown where it has vanished, and has no price", () =>
    Effect.gen(function* () {
      for (const endpoint of ["openInterest", "premiumIndex"]) {
        assert.deepStrictEqual(yield* answer(app, `/dapi/v1/${endpoint}?symbol=ETHUSD_PERP`), {
          status: 400,
          text: fixtureText("binance-error.invalid-symbol.json").trim()
        })
      }
      const all = yield* getJson<ReadonlyArray<Row>>(untroubled, "/dapi/v1/premiumIndex")
      assert.deepStrictEqual(
        yield* getJson<ReadonlyArray<Row>>(app, "/dapi/v1/premiumIndex"),
        all.filter((row) => row["symbol"] !== "ETHUSD_PERP")
      )
      const pair = yield* getJson<ReadonlyArray<Row>>(app, "/dapi/v1/premiumIndex?pair=ETHUSD")
      assert.deepStrictEqual(
        pair.map((row) => row["symbol"]),
        ["ETHUSD_261225", "ETHUSD_270326"]
      )
    })
  )

  it.effect("leaves the others alone", () =>
    Effect.gen(function* () {
      const other = "/dapi/v1/openInterest?symbol=SOLUSD_PERP"
      assert.deepStrictEqual(yield* answer(app, other), yield* answer(untroubled, other))
    })
  )
})

describe("a contract in trouble at Bitget", () => {
  const options = { time, limits: { perSecond: 1_000 } }
  const app = BitgetSimulator.make({
    ...options,
    trouble: {
      ETHUSDT: "delivering",
      LABUSDT: "vanished",
      BTCCMZ26: "delivering",
      XRPUSD_CM: "vanished",
      NOPE: "vanished"
    }
  })
  const untroubled = BitgetSimulator.make(options)

  const refusal = (code: string, msg: string) => ({
    status: 400,
    text: JSON.stringify({ code, msg, requestTime: time.epochMillis, data: null })
  })

  const lists = [
    ["/api/v2/mix/market/tickers?productType=USDT-FUTURES", ["ETHUSDT", "LABUSDT"]],
    ["/api/v3/market/tickers?category=USDT-FUTURES", ["ETHUSDT", "LABUSDT"]],
    ["/api/v3/market/tickers?category=COIN-FUTURES", ["BTCCMZ26", "XRPUSD_CM"]],
    ["/api/v3/market/open-interest?category=USDT-FUTURES", ["ETHUSDT", "LABUSDT"]],
    ["/api/v3/market/open-interest?category=COIN-FUTURES", ["BTCCMZ26", "XRPUSD_CM"]]
  ] as const

  type Body = { readonly data: ReadonlyArray<Row> | { readonly list: ReadonlyArray<Row> } }

  const rowsOf = ({ data }: Body): ReadonlyArray<Row> => ("list" in data ? data.list : data)

  it.effect("is listed as if nothing were wrong", () =>
    Effect.gen(function* () {
      for (const path of [
        "/api/v2/mix/market/contracts?productType=USDT-FUTURES",
        "/api/v3/market/instruments?category=USDT-FUTURES",
        "/api/v3/market/instruments?category=COIN-FUTURES",
        "/api/v3/market/instruments?category=COIN-FUTURES&symbol=BTCCMZ26"
      ]) {
        assert.deepStrictEqual<unknown>(yield* getJson(app, path), yield* getJson(untroubled, path))
      }
    })
  )

  it.effect("has no row among the tickers and figures of all, and the others have theirs", () =>
    Effect.gen(function* () {
      for (const [path, missing] of lists) {
        const all = rowsOf(yield* getJson<Body>(untroubled, path))
        assert.deepStrictEqual(
          rowsOf(yield* getJson<Body>(app, path)),
          all.filter((row) => !(missing as ReadonlyArray<unknown>).includes(row["symbol"])),
          path
        )
      }
    })
  )

  it.effect("answers 40309 while it is delivered, and as an unknown symbol where it has vanished", () =>
    Effect.gen(function* () {
      const removed = refusal("40309", "The contract has been removed")
      const classic = (symbol: string) =>
        answer(app, `/api/v2/mix/market/open-interest?symbol=${symbol}&productType=USDT-FUTURES`)
      assert.deepStrictEqual(yield* classic("ETHUSDT"), removed)
      assert.deepStrictEqual(yield* classic("LABUSDT"), refusal("40034", "Parameter LABUSDT does not exist"))
      assert.strictEqual((yield* classic("BTCUSDT")).status, 200)
      for (const endpoint of ["open-interest", "tickers"]) {
        const unified = (symbol: string) =>
          answer(app, `/api/v3/market/${endpoint}?category=COIN-FUTURES&symbol=${symbol}`)
        assert.deepStrictEqual(yield* unified("BTCCMZ26"), removed)
        assert.deepStrictEqual(yield* unified("XRPUSD_CM"), refusal("25100", "Trading pair XRPUSD_CM does not exist"))
        assert.strictEqual((yield* unified("BTCUSD_CM")).status, 200)
      }
    })
  )
})
