import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Policy from "@open-interest/core/Policy"
import * as Playback from "@open-interest/simulator/Playback"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import * as BinanceCoinM from "../src/BinanceCoinM.ts"
import { exchangeInfo, openInterest, play, premiumIndex, recorded } from "./support.ts"

const paths = (received: ReadonlyArray<{ readonly path: string }>) => received.map(({ path }) => path)

const answer = (fields: Record<string, unknown>) =>
  JSON.stringify({ ...JSON.parse(recorded("binance-dapi-openInterest.perp-2026-10-06.json")), ...fields })

describe("a reading", () => {
  it.effect("has the digits of the exchange, its unit, and both times", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 11, 5))
      const { result } = yield* play({}, (source) => source.openInterest("BTCUSD_PERP"))
      assert.strictEqual(Decimal.format(result.amount), "12668208")
      assert.strictEqual(result.unit, "contracts")
      assert.strictEqual(result.sides, "one")
      assert.deepStrictEqual([result.unitVerified, result.sidesVerified], [true, false])
      assert.strictEqual(DateTime.formatIso(result.timestamp), "2026-10-06T11:04:52.616Z")
      assert.strictEqual(result.timestampKind, "event")
      assert.strictEqual(DateTime.formatIso(result.receivedAt), "2026-10-06T11:05:00.000Z")
    })
  )

  it.effect("takes the exchange's own symbol or the unified one", () =>
    Effect.gen(function* () {
      const { received } = yield* play({ [openInterest]: { body: answer({ symbol: "BTCUSD_261225" }) } }, (source) =>
        source.openInterest("BTC/USD:BTC-261225")
      )
      assert.deepStrictEqual(paths(received), [exchangeInfo, `${openInterest}?symbol=BTCUSD_261225`])
    })
  )

  it.effect("ignores fields and literals that it does not know", () =>
    Effect.gen(function* () {
      const info = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
      Object.assign(info, { futuresType: "COIN_MARGINED" })
      Object.assign(info.symbols[0], { contractStatus: "ON_HOLIDAY", contractType: "PERPETUAL DELIVERING", news: [] })
      const { result } = yield* play(
        {
          [exchangeInfo]: { body: JSON.stringify(info) },
          [openInterest]: { body: answer({ contractType: "", sumOpenInterest: null }) }
        },
        (source) => source.openInterest("BTC/USD:BTC")
      )
      assert.strictEqual(result.instrument.status, "ON_HOLIDAY")
      assert.strictEqual(result.instrument.kind, "perpetual")
    })
  )

  it.effect("of a perpetual that is being delivered keeps its name and has its date", () =>
    Effect.gen(function* () {
      const info = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
      Object.assign(info.symbols[0], { contractType: "PERPETUAL DELIVERING", deliveryDate: 1798185600000 })
      const { result } = yield* play({ [exchangeInfo]: { body: JSON.stringify(info) } }, (source) =>
        source.instrument("BTCUSD_PERP")
      )
      assert.deepStrictEqual([result.kind, result.unifiedSymbol], ["perpetual", "BTC/USD:BTC"])
      assert.strictEqual(Option.getOrThrow(result.deliveryAt).epochMillis, 1798185600000)
    })
  )

  for (const [what, fields, detail] of [
    ["another symbol", { symbol: "ETHUSD_PERP" }, 'symbol: asked for "BTCUSD_PERP", answered for "ETHUSD_PERP"'],
    ["no figure", { openInterest: undefined }, "openInterest: is missing"],
    ["null for the figure", { openInterest: null }, "openInterest: Expected string, actual null"],
    ["an empty figure", { openInterest: "" }, 'openInterest: expected a decimal number, got ""'],
    ['"N/A"', { openInterest: "N/A" }, 'openInterest: expected a decimal number, got "N/A"'],
    ["an exponent", { openInterest: "1e400" }, 'openInterest: expected a decimal number, got "1e400"'],
    ["NaN", { openInterest: "NaN" }, 'openInterest: expected a decimal number, got "NaN"'],
    ["a negative figure", { openInterest: "-1" }, "openInterest: expected a number that is not negative, got -1"],
    ["a JSON number, whose digits may be lost", { openInterest: 1 }, "openInterest: Expected string, actual 1"],
    [
      "seconds for milliseconds",
      { time: 1791284692 },
      "time: expected a time in milliseconds between 2010 and 2110, got 1791284692"
    ]
  ] as const) {
    it.effect(`is refused for ${what}, with the place in the answer`, () =>
      Effect.gen(function* () {
        const { received, result } = yield* play({ [openInterest]: { body: answer(fields) } }, (source) =>
          Effect.flip(source.openInterest("BTCUSD_PERP"))
        )
        assert.strictEqual(
          result.message,
          `unexpected response to GET /dapi/v1/openInterest?symbol=BTCUSD_PERP (HTTP 200): ${detail}`
        )
        assert.strictEqual(received.length, 2, "it is not asked for again")
      })
    )
  }
})

describe("a valuation", () => {
  const markPrice = JSON.stringify([
    { symbol: "BTCUSD_PERP", pair: "BTCUSD", markPrice: "71008.10000000", time: 1791284692616 },
    { symbol: "ETHUSD_PERP", pair: "ETHUSD", markPrice: "", time: 1791284692616 }
  ])

  it.effect("gives contracts, coins and dollars, and prints as the documented record", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 11, 5))
      const { received, result } = yield* play({ [premiumIndex]: { body: markPrice } }, (source) =>
        source.valuation("BTCUSD_PERP")
      )
      const record = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)(OpenInterestRecord.fromValuation(result))
      assert.deepStrictEqual(record, {
        exchange: "binance",
        symbol: "BTCUSD_PERP",
        unifiedSymbol: "BTC/USD:BTC",
        unit: "contracts",
        sides: "one",
        contracts: "12668208",
        base: "17840.51115295",
        quote: "1266820800",
        baseCurrency: "BTC",
        quoteCurrency: "USD",
        markPrice: "71008.1",
        markPriceTimestamp: "2026-10-06T11:04:52.616Z",
        timestamp: "2026-10-06T11:04:52.616Z",
        timestampKind: "event",
        receivedAt: "2026-10-06T11:05:00.000Z"
      })
      assert.sameMembers(paths(received), [exchangeInfo, `${openInterest}?symbol=BTCUSD_PERP`, premiumIndex])
    })
  )

  it.effect("stands without a price, and says why it has none", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [premiumIndex]: { body: "[]" } }, (source) => source.valuation("BTCUSD_PERP"))
      assert.isTrue(Either.isRight(result.contracts))
      assert.isTrue(Either.isRight(result.quote))
      assert.strictEqual(Either.getOrThrow(Either.flip(result.base)).reason, "NoPrice")
      assert.include(Either.getOrThrow(Either.flip(result.markPrice)).message, "the list is empty")
    })
  )

  it.effect(
    "of two contracts at the same moment asks for the mark prices once, and a strange row costs only itself",
    () =>
      Effect.gen(function* () {
        const { received, result } = yield* play({ [premiumIndex]: { body: markPrice } }, (source) =>
          Effect.all([source.markPrice("BTCUSD_PERP"), Effect.flip(source.markPrice("ETHUSD_PERP"))], {
            concurrency: "unbounded"
          })
        )
        assert.strictEqual(Decimal.format(result[0].price), "71008.1")
        assert.include(result[1].message, '[1].markPrice: expected a decimal number, got ""')
        assert.deepStrictEqual(paths(received), [exchangeInfo, premiumIndex])
      })
  )
})

describe("the mark prices", () => {
  it.effect("are read anew after a second", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) =>
        Effect.gen(function* () {
          yield* source.markPrice("BTCUSD_PERP")
          yield* TestClock.adjust("1 second")
          yield* source.markPrice("BTCUSD_PERP")
          yield* TestClock.adjust("1 millis")
          yield* source.markPrice("BTCUSD_PERP")
        })
      )
      assert.deepStrictEqual(paths(received), [exchangeInfo, premiumIndex, premiumIndex])
    })
  )
})

describe("the list of contracts", () => {
  it.effect("is read once for five minutes of use", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) =>
        Effect.gen(function* () {
          yield* Effect.all([source.instruments, source.instrument("BTCUSD_PERP")], { concurrency: "unbounded" })
          yield* TestClock.adjust("5 minutes")
          yield* source.instrument("ETHUSD_PERP")
          yield* TestClock.adjust("1 second")
          yield* source.instrument("ETHUSD_PERP")
        })
      )
      assert.deepStrictEqual(paths(received), [exchangeInfo, exchangeInfo])
    })
  )

  it.effect("is read again for a symbol that it lacks, at most once a minute", () =>
    Effect.gen(function* () {
      const unknown = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
      const later = structuredClone(unknown)
      later.symbols[0].symbol = "NEWUSD_PERP"
      const { received, result } = yield* play(
        { [exchangeInfo]: [{ body: JSON.stringify(unknown) }, { body: JSON.stringify(later) }] },
        (source) =>
          Effect.gen(function* () {
            const before = yield* Effect.flip(source.instrument("NEWUSD_PERP"))
            yield* Effect.flip(source.instrument("NEWUSD_PERP"))
            yield* TestClock.adjust("61 seconds")
            return [before, yield* source.instrument("NEWUSD_PERP")] as const
          })
      )
      assert.strictEqual(result[0]._tag, "UnknownSymbol")
      assert.strictEqual(result[1].symbol, "NEWUSD_PERP")
      assert.strictEqual(received.length, 2)
    })
  )

  it.effect("keeps what it can read beside a row that it can't, whose symbol then fails with the reason", () =>
    Effect.gen(function* () {
      const info = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
      info.symbols[1].contractSize = "ten"
      const { result } = yield* play({ [exchangeInfo]: { body: JSON.stringify(info) } }, (source) =>
        Effect.all([
          source.instruments,
          Effect.flip(source.openInterest("ETHUSD_PERP")),
          source.openInterest("BTCUSD_PERP")
        ])
      )
      assert.strictEqual(result[0].listed.length, 4)
      assert.deepStrictEqual(
        result[0].failures.map(({ missing, product, symbol }) => [product, missing, symbol]),
        [["COIN-M", "row", "ETHUSD_PERP"]]
      )
      assert.include(result[1].message, "symbols[1].contractSize: ")
    })
  )

  it.effect("suggests near symbols for an unknown one", () =>
    Effect.gen(function* () {
      const { result } = yield* play({}, (source) => Effect.flip(source.instrument("BTCUSD")))
      assert.deepInclude(result, {
        _tag: "UnknownSymbol",
        suggestions: ["BTCUSD_PERP", "BTCUSD_261225", "BTCUSD_260626"]
      })
    })
  )
})

describe("a request", () => {
  it.effect("names the project and carries no trace of the caller", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) => Effect.withSpan(source.openInterest("BTCUSD_PERP"), "caller"))
      for (const { headers } of received) {
        assert.match(headers["user-agent"] ?? "", /^open-interest\/\d+\.\d+\.\d+ \(\+https:\/\/.+\)$/)
        assert.strictEqual(headers["accept"], "application/json")
        assert.isUndefined(headers["traceparent"])
        assert.isUndefined(headers["b3"])
      }
    })
  )

  it.effect("goes through the client as the user transforms it", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) => source.openInterest("BTCUSD_PERP"), {
        transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("via", "1.1 proxy"))
      })
      assert.deepStrictEqual(
        received.map(({ headers }) => headers["via"]),
        ["1.1 proxy", "1.1 proxy"]
      )
    })
  )

  it.live("goes below the base URL with a single slash", () =>
    Effect.gen(function* () {
      const { received } = yield* play(
        { "/proxy/dapi/v1/exchangeInfo": { body: recorded("binance-dapi-exchangeInfo.json") } },
        (source) => source.instruments,
        { baseUrl: BaseUrl.make("https://example.com/proxy/") }
      )
      assert.deepStrictEqual(paths(received), ["/proxy/dapi/v1/exchangeInfo"])
    })
  )

  for (const [what, reply, tag, times] of [
    ["a 503", { status: 503, body: "{}" }, "Unavailable", 5],
    ["a reset", "reset", "Unavailable", 5],
    ["a 429 without a time, which holds for longer than there is", { status: 429, body: "{}" }, "RateLimited", 1],
    ["a ban", { status: 418, body: "{}" }, "Banned", 1],
    ["the firewall", { status: 403, body: "{}" }, "Forbidden", 1],
    ["an unknown symbol", { status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' }, "UnknownSymbol", 1]
  ] as const satisfies ReadonlyArray<readonly [string, Playback.Reply, string, number]>) {
    it.effect(`is by default sent ${times === 1 ? "once" : `${times} times`} where the answer is ${what}`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(
          play({ [openInterest]: reply }, (source) => Effect.flip(source.openInterest("BTCUSD_PERP")))
        )
        yield* TestClock.adjust("30 seconds")
        const { received, result } = yield* Fiber.join(fiber)
        assert.deepStrictEqual([result._tag, received.length - 1], [tag, times])
      })
    )
  }

  it.effect("is bounded by the total timeout together with the others of its operation", () =>
    Effect.gen(function* () {
      const slow = (file: string) => ({ body: recorded(file), after: Duration.seconds(4) })
      const routes = {
        [exchangeInfo]: slow("binance-dapi-exchangeInfo.json"),
        [openInterest]: slow("binance-dapi-openInterest.perp-2026-10-06.json"),
        [premiumIndex]: slow("binance-dapi-premiumIndex.2026-09-24.json")
      }
      const policy = Policy.withTotalTimeout(BinanceCoinM.defaults.policy, "6 seconds")
      const fiber = yield* Effect.fork(
        play(
          routes,
          (source) => Effect.all([Effect.flip(source.openInterest("BTCUSD_PERP")), source.openInterest("BTCUSD_PERP")]),
          {
            policy
          }
        )
      )
      yield* TestClock.adjust("10 seconds")
      const { result } = yield* Fiber.join(fiber)
      assert.strictEqual(result[0].message, "timed out: no result within 6s")
      assert.strictEqual(result[1].unit, "contracts", "the list had arrived by then")
    })
  )

  it.effect("that never gets an answer is given up and sent again until the operation is over", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(
        play({ [openInterest]: { body: "", after: Duration.infinity } }, (source) =>
          Effect.flip(Effect.timed(source.openInterest("BTCUSD_PERP")))
        )
      )
      yield* TestClock.adjust("30 seconds")
      const { received, result } = yield* Fiber.join(fiber)
      assert.strictEqual(result.message, "timed out: no result within 20s")
      assert.strictEqual(received.length - 1, 4)
    })
  )
})

describe("a span", () => {
  it.effect("has the name of its operation; what is shared has one of its own", () =>
    Effect.gen(function* () {
      const native = yield* Effect.tracer
      const names = new Set<string>()
      const tracer: Tracer.Tracer = {
        ...native,
        span: (name, ...options) => {
          if (name.startsWith("open_interest.")) names.add(name)
          return native.span(name, ...options)
        }
      }
      yield* Effect.withTracer(
        play({}, (source) => source.valuation("BTCUSD_PERP")),
        tracer
      )
      assert.sameMembers(
        [...names],
        ["openInterest", "markPrice", "instruments", "markPrices", "attempt"].map((name) => `open_interest.${name}`)
      )
    })
  )
})

describe("the settings", () => {
  const read = (entries: Record<string, string>) =>
    Effect.withConfigProvider(
      BinanceCoinM.config,
      ConfigProvider.fromMap(new Map(Object.entries(entries)), { pathDelim: "_" })
    )

  it.effect("have defaults", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read({}), BinanceCoinM.defaults)
    })
  )

  it.effect("come from the environment", () =>
    Effect.gen(function* () {
      const { baseUrl, policy } = yield* read({
        OPEN_INTEREST_BINANCE_BASE_URL: "http://127.0.0.1:8080",
        OPEN_INTEREST_BINANCE_RETRY_TIMES: "0",
        OPEN_INTEREST_BINANCE_TIMEOUT_ATTEMPT: "300 millis",
        OPEN_INTEREST_BINANCE_TIMEOUT_TOTAL: "2s"
      })
      assert.strictEqual(baseUrl, "http://127.0.0.1:8080")
      const expected = pipe(
        Policy.standard,
        Policy.withRetry({ times: 0 }),
        Policy.withAttemptTimeout("300 millis"),
        Policy.withTotalTimeout("2 seconds")
      )
      assert.deepStrictEqual(policy, expected)
    })
  )

  it.effect("are refused by name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read({ OPEN_INTEREST_BINANCE_BASE_URL: "http://dapi.binance.com" }))
      assert.isTrue(ConfigError.isInvalidData(error))
      assert.deepInclude(error, { path: ["OPEN_INTEREST_BINANCE", "BASE_URL"] })
    })
  )

  it.effect("of the layer are all known: a mistyped key is refused with its value and what it may mean", () =>
    Effect.gen(function* () {
      const settings = new Map([["OPEN_INTEREST_BINANCE_TIMEOUT_TOTL", "7"]])
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(BinanceCoinM.layerConfig())).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(settings, { pathDelim: "_" })),
          Effect.provideService(HttpClient.HttpClient, Playback.client(Playback.make({})))
        )
      )
      assert.deepInclude(error, {
        path: ["OPEN_INTEREST_BINANCE", "TIMEOUT_TOTL"],
        message: 'unknown setting ("7"), did you mean TIMEOUT_TOTAL?'
      })
    })
  )
})
