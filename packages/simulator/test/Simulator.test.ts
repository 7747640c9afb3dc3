import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Http from "node:http"
import * as Net from "node:net"
import { BinanceSimulator, BitgetSimulator, Simulator } from "../src/index.ts"
import { delayed } from "../src/internal/http.ts"
import * as RequestLog from "../src/internal/requestLog.ts"
import { get, type Row, time } from "./utils.ts"

const ask = (url: string, headers: Record<string, string> = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, { headers })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

const askJson = <A = Row>(url: string): Effect.Effect<A> => Effect.map(ask(url), ({ text }) => JSON.parse(text))

// Not by `layer` of @effect/vitest: after it all tests of the worker share one clock.
describe("the exchanges over HTTP", () => {
  const started = Effect.provide(Simulator.layer({ time }))

  it.effect("listen on different ports of 127.0.0.1", () =>
    Effect.gen(function* () {
      const { binance, bitget, bybit } = yield* Simulator.Simulator
      assert.match(binance.baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.match(bitget.baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.match(bybit.baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(new Set([binance.baseUrl, bitget.baseUrl, bybit.baseUrl]).size, 3)
    }).pipe(started)
  )

  it.effect("serve every endpoint as JSON, dated by the exchange's own clock", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* Simulator.Simulator
      const urls = [
        `${binance.baseUrl}/dapi/v1/exchangeInfo`,
        `${binance.baseUrl}/dapi/v1/openInterest?symbol=btcusd_perp`,
        `${binance.baseUrl}/dapi/v1/premiumIndex`,
        `${binance.baseUrl}/futures/data/openInterestHist?pair=BTCUSD&contractType=CURRENT_QUARTER&period=1h`,
        `${bitget.baseUrl}/api/v2/mix/market/contracts?productType=USDT-FUTURES`,
        `${bitget.baseUrl}/api/v2/mix/market/tickers?productType=coin-futures`,
        `${bitget.baseUrl}/api/v2/mix/market/open-interest?symbol=BTCUSDT&productType=USDT-FUTURES`,
        `${bitget.baseUrl}/api/v3/market/instruments?category=COIN-FUTURES`,
        `${bitget.baseUrl}/api/v3/market/tickers?category=COIN-FUTURES`,
        `${bitget.baseUrl}/api/v3/market/open-interest?category=COIN-FUTURES`
      ]
      for (const url of urls) {
        const { headers, status, text } = yield* ask(url)
        assert.strictEqual(status, 200, url)
        assert.strictEqual(headers.get("content-type"), "application/json;charset=UTF-8")
        assert.strictEqual(headers.get("date"), "Tue, 06 Oct 2026 12:05:03 GMT")
        assert.doesNotThrow(() => JSON.parse(text))
      }
    }).pipe(started)
  )

  it.effect("send the status of a refusal", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* Simulator.Simulator
      const statuses: Record<string, number> = {
        [`${binance.baseUrl}/dapi/v1/openInterest?symbol=NOPE`]: 400,
        [`${binance.baseUrl}/dapi/v1/openInterest`]: 400,
        [`${binance.baseUrl}//dapi/v1/openInterest?symbol=BTCUSD_PERP`]: 403,
        [`${binance.baseUrl}/nope`]: 404,
        [`${bitget.baseUrl}/api/v2/mix/market/tickers?productType=NOPE`]: 400,
        [`${bitget.baseUrl}/nope`]: 404
      }
      for (const [url, expected] of Object.entries(statuses)) {
        assert.strictEqual((yield* ask(url)).status, expected, url)
      }
    }).pipe(started)
  )

  it.effect("understand percent-encoded Chinese ids", () =>
    Effect.gen(function* () {
      const { bitget } = yield* Simulator.Simulator
      const url = new URL("/api/v2/mix/market/open-interest", bitget.baseUrl)
      url.search = new URLSearchParams({ symbol: "龙虾USDT", productType: "USDT-FUTURES" }).toString()
      const body = yield* askJson<{ data: { openInterestList: Array<Row> } }>(url.href)
      assert.strictEqual(body.data.openInterestList[0]?.["symbol"], "龙虾USDT")
    }).pipe(started)
  )

  it.effect("compress long bodies for a client that accepts gzip, and only those", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* Simulator.Simulator
      const long = `${bitget.baseUrl}/api/v2/mix/market/contracts?productType=USDT-FUTURES`
      const short = `${binance.baseUrl}/dapi/v1/openInterest?symbol=BTCUSD_PERP`
      const zipped = yield* ask(long, { "accept-encoding": "gzip, deflate" })
      const plain = yield* ask(long, { "accept-encoding": "identity" })
      const refused = yield* ask(long, { "accept-encoding": "gzip;q=0, br" })
      assert.strictEqual(zipped.headers.get("content-encoding"), "gzip")
      assert.strictEqual(zipped.headers.get("vary"), "accept-encoding")
      assert.strictEqual(zipped.headers.get("content-type"), "application/json;charset=UTF-8")
      assert.isBelow(Number(zipped.headers.get("content-length")), plain.text.length / 5)
      assert.isNull(plain.headers.get("content-encoding"))
      assert.isNull(refused.headers.get("content-encoding"))
      assert.strictEqual(zipped.text, plain.text)
      assert.isNull((yield* ask(short, { "accept-encoding": "gzip" })).headers.get("content-encoding"))
    }).pipe(started)
  )

  it.effect("remember what each was asked, as it was asked", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* Simulator.Simulator
      const others = (yield* bitget.requests).length
      yield* ask(`${binance.baseUrl}/dapi/v1/openInterest?symbol=%E9%BE%99`, { "X-Test": "yes" })
      const newest = (yield* binance.requests).at(-1)
      assert.deepInclude(newest, { method: "GET", url: "/dapi/v1/openInterest?symbol=%E9%BE%99", status: 400 })
      assert.strictEqual(newest?.headers["x-test"], "yes")
      assert.strictEqual((yield* bitget.requests).length, others)
      assert.deepStrictEqual(yield* binance.requestCounts, { "/dapi/v1/openInterest": 1 })
    }).pipe(started)
  )
})

describe("limits over HTTP", () => {
  // On the clock of the test, which stands at 0: no minute ends meanwhile.
  it.scoped("are enforced, and stated in the headers and bodies of the exchanges", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* Simulator.make({ time, limits: { weightPerMinute: 1, perSecond: 1 } })
      const symbol = `${binance.baseUrl}/dapi/v1/openInterest?symbol=BTCUSD_PERP`
      const tickers = `${bitget.baseUrl}/api/v2/mix/market/tickers?productType=COIN-FUTURES`

      assert.strictEqual((yield* ask(symbol)).headers.get("x-mbx-used-weight-1m"), "1")
      for (let used = 2; used <= 11; used++) {
        const refused = yield* ask(symbol)
        assert.strictEqual(refused.status, 429)
        assert.strictEqual(refused.headers.get("retry-after"), "60")
        assert.strictEqual(refused.headers.get("x-mbx-used-weight-1m"), String(used))
        assert.strictEqual(refused.headers.get("content-type"), "application/json;charset=UTF-8")
        assert.match(refused.text, /^{"code":-1003,"msg":"Too much request weight used; current limit is 1 /)
      }
      const banned = yield* ask(symbol)
      assert.strictEqual(banned.status, 418)
      assert.strictEqual(banned.headers.get("retry-after"), "120")
      assert.isNull(banned.headers.get("x-mbx-used-weight-1m"))
      assert.match(banned.text, /^{"code":-1003,"msg":"Way too much request weight used; IP banned until 120000\. /)
      assert.deepStrictEqual(
        (yield* binance.requests).map(({ status }) => status),
        [200, ...Array.from({ length: 10 }, () => 429), 418]
      )

      assert.strictEqual((yield* ask(tickers)).headers.get("x-mbx-used-remain-limit"), "0")
      const refused = yield* ask(tickers)
      assert.strictEqual(refused.status, 429)
      assert.isNull(refused.headers.get("x-mbx-used-remain-limit"))
      assert.isNull(refused.headers.get("retry-after"))
      assert.match(refused.text, /^{"code":"429","msg":"Too Many Requests","requestTime":\d{13},"data":null}$/)
    })
  )
})

describe("the request log", () => {
  it.effect("forgets the oldest request when it is full, and counts it all the same", () =>
    Effect.gen(function* () {
      const log = RequestLog.make(2)
      const app = log.record(BinanceSimulator.make({ time }))
      for (const path of ["/1", "/2", "/3"]) {
        yield* get(app, path)
      }
      assert.deepStrictEqual(
        (yield* log.requests).map(({ status, url }) => [url, status]),
        [
          ["/2", 404],
          ["/3", 404]
        ]
      )
      yield* get(app, "/1?again")
      assert.deepStrictEqual(yield* log.counts, { "/1": 2, "/2": 1, "/3": 1 })
      // Under way, and counted already.
      const never = yield* Effect.fork(get(log.record(Effect.never), "/2"))
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* log.counts, { "/1": 2, "/2": 2, "/3": 1 })
      yield* Fiber.interrupt(never)
    })
  )
})

describe("latency", () => {
  const symbol = "/dapi/v1/openInterest?symbol=BTCUSD_PERP"
  const tickers = "/api/v3/market/tickers?category=COIN-FUTURES"

  it.effect("passes between the arrival of a request and its answer, of any status", () =>
    Effect.gen(function* () {
      const options = { time, latency: "50 millis" } as const
      const paths = [
        [BinanceSimulator.make(options), symbol],
        [BinanceSimulator.make(options), "/dapi/v1/openInterest"],
        [BinanceSimulator.make(options), "//"],
        [BinanceSimulator.make({ ...options, limits: { weightPerMinute: 0 } }), symbol],
        [BitgetSimulator.make(options), tickers],
        [BitgetSimulator.make(options), "/nope"]
      ] as const
      for (const [app, path] of paths) {
        const fiber = yield* Effect.fork(get(app, path))
        yield* TestClock.adjust("49 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)), path)
        yield* TestClock.adjust("1 millis")
        assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)), path)
      }
    })
  )

  it.effect("is that of each request, however many are under way, and the limits count at arrival", () =>
    Effect.gen(function* () {
      const app = BinanceSimulator.make({ latency: "50 millis", limits: { weightPerMinute: 100 } })
      yield* TestClock.setTime(59_980)
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 101 }, () => get(app, symbol)),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("50 millis")
      const statuses = (yield* Fiber.join(fiber)).map(({ status }) => status)
      assert.deepStrictEqual(statuses, [...Array.from({ length: 100 }, () => 200), 429])
    })
  )

  it.effect("is none by default", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* get(BinanceSimulator.make({ time }), symbol)).status, 200)
      assert.strictEqual((yield* get(BitgetSimulator.make({ time }), tickers)).status, 200)
    })
  )

  it.live("includes the time of the work", () =>
    Effect.gen(function* () {
      const slow = delayed("60 millis")(Effect.delay(Effect.succeed(HttpServerResponse.empty()), "50 millis"))
      const before = performance.now()
      yield* get(slow, "/")
      const took = performance.now() - before
      assert.isTrue(took > 55 && took < 105, `${took} ms`)
    })
  )

  it.scopedLive("holds over HTTP, for requests side by side", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* Simulator.make({ latency: "80 millis" })
      const before = performance.now()
      yield* Effect.all(
        Array.from({ length: 20 }, (_, i) => ask(i % 2 === 0 ? binance.baseUrl + symbol : bitget.baseUrl + tickers)),
        { concurrency: "unbounded" }
      )
      const took = performance.now() - before
      assert.isTrue(took > 75 && took < 800, `${took} ms`)
    })
  )
})

describe("ports", () => {
  it.scoped("are the ones asked for, and free again once the scope is closed", () =>
    Effect.gen(function* () {
      const free = yield* Effect.scoped(
        Effect.map(Simulator.make(), ({ binance }) => Number(new URL(binance.baseUrl).port))
      )
      const { binance } = yield* Simulator.make({ ports: { binance: free } })
      assert.strictEqual(binance.baseUrl, `http://127.0.0.1:${free}`)
    })
  )

  it.scoped("that are in use make a typed error", () =>
    Effect.gen(function* () {
      const { binance } = yield* Simulator.make()
      const taken = Number(new URL(binance.baseUrl).port)
      const error = yield* Effect.flip(Simulator.make({ ports: { bitget: taken } }))
      assert.instanceOf(error, HttpServerError.ServeError)
    })
  )
})

describe("closing the scope", () => {
  const connect = (url: string) =>
    Effect.async<Net.Socket>((resume) => {
      const { hostname, port } = new URL(url)
      const socket = Net.connect(Number(port), hostname, () => resume(Effect.succeed(socket)))
      // Being cut off is what the test is about.
      socket.on("error", () => {})
    })

  const closed = (socket: Net.Socket) =>
    Effect.async<void>((resume) => {
      if (socket.destroyed) {
        return resume(Effect.void)
      }
      socket.once("close", () => resume(Effect.void))
      socket.resume()
    })

  it.live("closes the servers at once, whatever their connections are doing", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { binance } = yield* Scope.extend(Simulator.make(), scope)

      const agent = new Http.Agent({ keepAlive: true })
      yield* Effect.async<void>((resume) => {
        Http.get(`${binance.baseUrl}/dapi/v1/exchangeInfo`, { agent }, (response) => {
          response.resume().once("end", () => resume(Effect.void))
        })
      })
      const silent = yield* connect(binance.baseUrl)
      const unfinished = yield* connect(binance.baseUrl)
      yield* Effect.async<void>((resume) => {
        unfinished.write("GET /dapi/v1/exchangeInfo HTTP/1.1\r\nHost: ", () => resume(Effect.void))
      })

      const before = performance.now()
      yield* Scope.close(scope, Exit.void)
      assert.isBelow(performance.now() - before, 250)
      yield* Effect.all([closed(silent), closed(unfinished)])
      agent.destroy()
      const refused = yield* Effect.promise(() =>
        fetch(binance.baseUrl).then(
          () => false,
          () => true
        )
      )
      assert.isTrue(refused)
    })
  )
})
