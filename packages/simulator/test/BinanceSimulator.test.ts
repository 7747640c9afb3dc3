import type * as HttpApp from "@effect/platform/HttpApp"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { BinanceSimulator } from "../src/index.ts"
import { assertSameShape, fixture, fixtureText, get, getJson, getText, type Row, time } from "./utils.ts"

const app = BinanceSimulator.make({ time })
const everything = BinanceSimulator.make({ time, listNonTrading: true })

interface ExchangeInfo {
  readonly serverTime: number
  readonly symbols: ReadonlyArray<
    Row & {
      readonly symbol: string
      readonly contractStatus: string
      readonly contractType: string
      readonly filters: ReadonlyArray<Row>
    }
  >
}

describe("exchangeInfo", () => {
  const recorded = fixture<ExchangeInfo>("binance-dapi-exchangeInfo.json")

  it.effect("has the recorded members in the recorded order", () =>
    Effect.gen(function* () {
      const { symbols: _, ...head } = recorded
      const { symbols, ...actual } = yield* getJson<ExchangeInfo>(app, "/dapi/v1/exchangeInfo")
      assertSameShape(actual, head)
      assert.deepStrictEqual({ ...actual, serverTime: head.serverTime }, head)
      assert.strictEqual(actual.serverTime, time.epochMillis)
      assert.isNotEmpty(symbols)
    })
  )

  it.effect("repeats the recorded rows to the letter", () =>
    Effect.gen(function* () {
      const { symbols } = yield* getJson<ExchangeInfo>(everything, "/dapi/v1/exchangeInfo")
      for (const row of recorded.symbols) {
        const actual = symbols.find(({ symbol }) => symbol === row.symbol)
        assert.strictEqual(JSON.stringify(actual), JSON.stringify(row))
      }
    })
  )

  it.effect("gives every other row the shape of the recorded ones", () =>
    Effect.gen(function* () {
      const { symbols } = yield* getJson<ExchangeInfo>(everything, "/dapi/v1/exchangeInfo")
      for (const row of symbols) {
        const like = recorded.symbols.find(
          ({ contractStatus, contractType }) =>
            (contractStatus === "TRADING") === (row.contractStatus === "TRADING") &&
            (contractType === "PERPETUAL") === (row.contractType === "PERPETUAL")
        )
        assertSameShape(row, like)
        assert.strictEqual(row.filters.length, like?.filters.length)
        assert.strictEqual(row["contractSize"], row["baseAsset"] === "BTC" ? 100 : 10)
      }
    })
  )

  it.effect("lists the thirty contracts recorded on 2026-10-11, in that order", () =>
    Effect.gen(function* () {
      const live = fixture<ExchangeInfo>("binance-dapi-exchangeInfo.live-symbols-2026-10-11.json")
      const { symbols } = yield* getJson<ExchangeInfo>(app, "/dapi/v1/exchangeInfo")
      assert.deepStrictEqual(
        symbols.map(({ contractStatus: status, contractType, symbol }) => ({
          symbol,
          contractType,
          status
        })) as unknown,
        live.symbols
      )
    })
  )

  it.effect("delivers every dated contract at 08:00 UTC of the day in its name", () =>
    Effect.gen(function* () {
      const { symbols } = yield* getJson<ExchangeInfo>(everything, "/dapi/v1/exchangeInfo")
      for (const row of symbols) {
        const expected = /_(\d\d)(\d\d)(\d\d)$/.exec(row.symbol)?.slice(1).join("-")
        const delivery = new Date(row["deliveryDate"] as number).toISOString()
        assert.strictEqual(
          delivery,
          expected === undefined ? "2100-12-25T08:00:00.000Z" : `20${expected}T08:00:00.000Z`
        )
      }
    })
  )
})

describe("openInterest", () => {
  it.effect("has the recorded fields for every contract", () =>
    Effect.gen(function* () {
      const { symbols } = yield* getJson<ExchangeInfo>(app, "/dapi/v1/exchangeInfo")
      for (const { contractType, pair, symbol } of symbols) {
        const body = yield* getJson(app, `/dapi/v1/openInterest?symbol=${symbol}`)
        assertSameShape(body, fixture("binance-dapi-openInterest.perp-2026-10-06.json"))
        assertSameShape(body, fixture("binance-dapi-openInterest.doc.json"))
        assert.deepInclude(body, { symbol, pair, contractType })
        assert.match(body["openInterest"] as string, /^(0|[1-9]\d*)$/)
        const age = time.epochMillis - (body["time"] as number)
        assert.isTrue(Number.isInteger(age) && age >= 0 && age < 800, `${age} ms old`)
      }
    })
  )

  it.effect("is near the recorded level of BTCUSD_PERP", () =>
    Effect.gen(function* () {
      const body = yield* getJson(app, "/dapi/v1/openInterest?symbol=BTCUSD_PERP")
      assert.approximately(Number(body["openInterest"]), 12_668_208, 1_100_000)
    })
  )

  it.effect("accepts a symbol in lower case and echoes it in upper case", () =>
    Effect.gen(function* () {
      const lower = yield* getText(app, "/dapi/v1/openInterest?symbol=btcusd_perp")
      assert.strictEqual(lower, yield* getText(app, "/dapi/v1/openInterest?symbol=BTCUSD_PERP"))
      assert.include(lower, `"symbol":"BTCUSD_PERP"`)
    })
  )

  it.effect("moves with the clock, and its time never runs backwards", () =>
    Effect.gen(function* () {
      const moving = BinanceSimulator.make()
      yield* TestClock.setTime(time.epochMillis)
      const figures = new Set<unknown>()
      let previous = 0
      for (let i = 0; i < 40; i++) {
        const body = yield* getJson(moving, "/dapi/v1/openInterest?symbol=BTCUSD_PERP")
        assert.isAtLeast(body["time"] as number, previous)
        assert.isAtMost(body["time"] as number, yield* Clock.currentTimeMillis)
        previous = body["time"] as number
        figures.add(body["openInterest"])
        yield* TestClock.adjust("170 millis")
      }
      assert.isAtLeast(figures.size, 5)
    })
  )
})

describe("premiumIndex", () => {
  it.effect("has the recorded fields in every row, dated ones without funding", () =>
    Effect.gen(function* () {
      const [documented] = fixture<Array<Row>>("binance-dapi-premiumIndex.doc.json")
      const [recorded] = fixture<Array<Row>>("binance-dapi-premiumIndex.2026-09-24.json")
      const rows = yield* getJson<Array<Row>>(app, "/dapi/v1/premiumIndex")
      assert.strictEqual(rows.length, 30)
      for (const row of rows) {
        assertSameShape(row, documented)
        assertSameShape(row, recorded)
        for (const price of ["markPrice", "indexPrice", "estimatedSettlePrice"]) {
          assert.match(row[price] as string, /^\d+\.\d{8}$/)
        }
        assert.strictEqual(row["time"], Date.UTC(2026, 9, 6, 12, 5, 3))
        if ((row["symbol"] as string).endsWith("_PERP")) {
          assert.match(row["lastFundingRate"] as string, /^-?0\.000\d{5}$/)
          assert.strictEqual(row["nextFundingTime"], Date.UTC(2026, 9, 6, 16))
        } else {
          assert.deepInclude(row, { lastFundingRate: "", interestRate: "", nextFundingTime: 0 })
        }
      }
    })
  )

  it.effect("is an array also for one symbol and for one pair", () =>
    Effect.gen(function* () {
      const symbols = (rows: Array<Row>) => rows.map((row) => row["symbol"])
      const one = yield* getJson<Array<Row>>(app, "/dapi/v1/premiumIndex?symbol=ETHUSD_PERP")
      assert.deepStrictEqual(symbols(one), ["ETHUSD_PERP"])
      const pair = yield* getJson<Array<Row>>(app, "/dapi/v1/premiumIndex?pair=ETHUSD")
      assert.deepStrictEqual(symbols(pair), ["ETHUSD_PERP", "ETHUSD_261225", "ETHUSD_270326"])
    })
  )

  it.effect("leaves out contracts that do not trade", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* getJson<Array<Row>>(everything, "/dapi/v1/premiumIndex")).length, 30)
    })
  )
})

describe("refusals", () => {
  const cases: ReadonlyArray<readonly [name: string, path: string, body: unknown]> = [
    ["an unknown symbol", "/dapi/v1/openInterest?symbol=BTCUSD", fixture("binance-error.invalid-symbol.json")],
    [
      "a symbol that is not listed",
      "/dapi/v1/openInterest?symbol=BTCUSD_260626",
      fixture("binance-error.invalid-symbol.json")
    ],
    [
      "an unknown symbol in premiumIndex",
      "/dapi/v1/premiumIndex?symbol=NOPE",
      fixture("binance-error.invalid-symbol.json")
    ],
    ["an unknown pair", "/dapi/v1/premiumIndex?pair=NOPE", { code: -4087, msg: "Invalid pair." }],
    [
      "a missing symbol",
      "/dapi/v1/openInterest",
      { code: -1102, msg: "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed." }
    ],
    [
      "an empty symbol",
      "/dapi/v1/openInterest?symbol=",
      { code: -1102, msg: "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed." }
    ],
    [
      "a symbol that is sent twice",
      "/dapi/v1/openInterest?symbol=BTCUSD_PERP&symbol=ETHUSD_PERP",
      { code: -1101, msg: "Duplicate values for a parameter detected." }
    ]
  ]
  for (const [name, path, body] of cases) {
    it.effect(`answers ${name} with 400 and the exchange's code`, () =>
      Effect.gen(function* () {
        const response = yield* get(app, path)
        assert.strictEqual(response.status, 400)
        assert.strictEqual(yield* Effect.promise(() => response.text()), JSON.stringify(body))
      })
    )
  }

  it.effect("answers a contract that is listed and does not trade with -4108", () =>
    Effect.gen(function* () {
      for (const symbol of ["BTCUSD_260626", "EGLDUSD_PERP"]) {
        const response = yield* get(everything, `/dapi/v1/openInterest?symbol=${symbol}`)
        assert.strictEqual(response.status, 400)
        const body: unknown = yield* Effect.promise(() => response.json())
        assert.deepStrictEqual(body, fixture("binance-error.symbol-not-trading.json"))
      }
    })
  )

  it.effect("answers an unknown path with a page", () =>
    Effect.gen(function* () {
      const response = yield* get(app, "/dapi/v1/nope")
      assert.strictEqual(response.status, 404)
      assert.match(response.headers.get("content-type") ?? "", /^text\/html/)
      assert.match(yield* Effect.promise(() => response.text()), /<title>Binance<\/title>/)
    })
  )

  it.effect("answers a doubled slash in the path with CloudFront's page", () =>
    Effect.gen(function* () {
      const response = yield* get(app, "/dapi/v1//openInterest?symbol=BTCUSD_PERP")
      assert.strictEqual(response.status, 403)
      const page = yield* Effect.promise(() => response.text())
      assert.strictEqual(page.trim(), fixtureText("binance-error.waf-403.html").trim())
    })
  )
})

describe("limits", () => {
  const symbolPath = "/dapi/v1/openInterest?symbol=BTCUSD_PERP"

  const answer = (exchange: HttpApp.Default, path: string) =>
    Effect.flatMap(get(exchange, path), (response) =>
      Effect.promise(async () => ({
        status: response.status,
        used: response.headers.get("X-MBX-USED-WEIGHT-1M"),
        retryAfter: response.headers.get("Retry-After"),
        text: await response.text()
      }))
    )

  /** The weight that the exchange adds to its account for each of these paths in turn. */
  const costs = (paths: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const exchange = BinanceSimulator.make({ time })
      let before = 0
      const found: Array<number> = []
      for (const path of paths) {
        const used = Number((yield* answer(exchange, path)).used)
        found.push(used - before)
        before = used
      }
      return found
    })

  it.effect("states the weight used, which is that of the path", () =>
    Effect.gen(function* () {
      const paths = [
        symbolPath,
        "/dapi/v1/exchangeInfo",
        "/dapi/v1/premiumIndex",
        "/dapi/v1/premiumIndex?symbol=BTCUSD_PERP",
        symbolPath
      ]
      assert.deepStrictEqual(yield* costs(paths), [1, 1, 10, 10, 1])
    })
  )

  it.effect("charges for a 400 what its path costs, and 1 for an unknown path", () =>
    Effect.gen(function* () {
      const paths = [
        "/dapi/v1/openInterest?symbol=NOPE",
        "/dapi/v1/openInterest",
        "/dapi/v1/premiumIndex?symbol=NOPE",
        "/dapi/v1/nope"
      ]
      assert.deepStrictEqual(yield* costs(paths), [1, 1, 10, 1])
    })
  )

  it.effect("charges nothing for what its edge refuses", () =>
    Effect.gen(function* () {
      const exchange = BinanceSimulator.make({ time })
      assert.deepInclude(yield* answer(exchange, "//dapi/v1/exchangeInfo"), { status: 403, used: null })
      assert.deepInclude(yield* answer(exchange, symbolPath), { used: "1" })
    })
  )

  it.effect(
    "answers 429 over the limit until the minute of the clock is over, also where the figures stand still",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 5, 3, 512))
        const exchange = BinanceSimulator.make({ time, limits: { weightPerMinute: 20 } })
        assert.deepInclude(yield* answer(exchange, "/dapi/v1/premiumIndex"), { status: 200, used: "10" })
        assert.deepInclude(yield* answer(exchange, "/dapi/v1/premiumIndex"), { status: 200, used: "20" })
        assert.deepStrictEqual(yield* answer(exchange, symbolPath), {
          status: 429,
          used: "21",
          retryAfter: "57",
          text: `{"code":-1003,"msg":"Too much request weight used; current limit is 20 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."}`
        })
        yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 5, 59, 999))
        assert.deepInclude(yield* answer(exchange, symbolPath), { status: 429, used: "22", retryAfter: "1" })
        yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 6))
        assert.deepInclude(yield* answer(exchange, symbolPath), { status: 200, used: "1", retryAfter: null })
      })
  )

  it.effect("bans who goes on, in the documented words", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 5))
      const exchange = BinanceSimulator.make({ time, limits: { weightPerMinute: 0 } })
      for (let n = 0; n < 10; n++) {
        assert.strictEqual((yield* answer(exchange, symbolPath)).status, 429)
      }
      const documented = fixtureText("binance-error.ip-banned-418.json").trim()
      const banned = {
        status: 418,
        used: null,
        text: documented.replace(/\d{13}/, String(Date.UTC(2026, 9, 6, 12, 7)))
      }
      assert.deepStrictEqual(yield* answer(exchange, symbolPath), { ...banned, retryAfter: "120" })
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(yield* answer(exchange, "/nope"), { ...banned, retryAfter: "119" })
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 7))
      assert.deepInclude(yield* answer(exchange, symbolPath), { status: 429, used: "1", retryAfter: "60" })
    })
  )

  it.effect("states in exchangeInfo the limit that it enforces", () =>
    Effect.gen(function* () {
      const exchange = BinanceSimulator.make({ time, limits: { weightPerMinute: 500 } })
      const body = yield* getJson<{ readonly rateLimits: ReadonlyArray<Row> }>(exchange, "/dapi/v1/exchangeInfo")
      assert.deepInclude(body.rateLimits[0], { rateLimitType: "REQUEST_WEIGHT", limit: 500 })
    })
  )
})
