import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Conversion from "@open-interest/core/Conversion"
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
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import * as BitgetMix from "../src/BitgetMix.ts"
import { answer, contracts, listed, openInterest, play, row, size, tickers, v3Instruments } from "./support.ts"

describe("a reading", () => {
  it.effect("has the digits of the exchange in base coin, and says that its time is that of the reply", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [openInterest]: size("SNDKUSDT", "46975.254000000053") }, (source) =>
        source.openInterest("SNDKUSDT")
      )
      assert.strictEqual(Decimal.format(result.amount), "46975.254000000053")
      assert.deepStrictEqual([result.unit, result.sides, result.timestampKind], ["base", "unknown", "reply"])
      assert.strictEqual(DateTime.formatIso(result.timestamp), "2026-09-21T14:13:20.100Z")
      assert.strictEqual(result.instrument.assetClass, "real-world")
    })
  )

  it.effect("asks with the product type of the list that holds the symbol, whatever its suffix", () =>
    Effect.gen(function* () {
      const strange = listed({ "USDC-FUTURES": answer([row("STRANGEUSDT", { quoteCoin: "USDC" })]) })
      const { received } = yield* play({ [contracts]: strange }, (source) => source.openInterest("STRANGEUSDT"))
      assert.include(received, `${openInterest}?symbol=STRANGEUSDT&productType=USDC-FUTURES`)
    })
  )

  it.effect("takes symbols beyond ASCII", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) =>
        Effect.all([source.openInterest("龙虾USDT"), source.openInterest("龙虾/USDT:USDT")])
      )
      assert.deepStrictEqual(
        result.map(({ instrument }) => instrument.symbol),
        ["龙虾USDT", "龙虾USDT"]
      )
      assert.include(received, `${openInterest}?symbol=%E9%BE%99%E8%99%BEUSDT&productType=USDT-FUTURES`)
    })
  )

  for (const [what, data, detail] of [
    ["an empty list", { openInterestList: [], ts: "1790000000100" }, "data.openInterestList: the list is empty"],
    [
      "another symbol",
      { openInterestList: [{ symbol: "ETHUSDT", size: "7" }], ts: "1790000000100" },
      "data.openInterestList: no row for BTCUSDT, but one for ETHUSDT"
    ],
    [
      "two rows for the symbol",
      {
        openInterestList: [
          { symbol: "BTCUSDT", size: "7" },
          { symbol: "BTCUSDT", size: "8" }
        ],
        ts: "1790000000100"
      },
      "data.openInterestList: several rows for BTCUSDT"
    ],
    [
      "an empty figure",
      { openInterestList: [{ symbol: "BTCUSDT", size: "" }], ts: "1790000000100" },
      'data.openInterestList[0].size: expected a decimal number, got ""'
    ],
    [
      "a missing figure",
      { openInterestList: [{ symbol: "BTCUSDT" }], ts: "1790000000100" },
      "data.openInterestList[0].size: is missing"
    ],
    ["a missing time", { openInterestList: [{ symbol: "BTCUSDT", size: "7" }] }, "data.ts: is missing"],
    [
      "no data",
      null,
      "data: Expected { readonly openInterestList: ReadonlyArray<unknown>; readonly ts: MillisText }, actual null"
    ]
  ] as const) {
    it.effect(`is refused for ${what}, with the place in the answer`, () =>
      Effect.gen(function* () {
        const { result } = yield* play({ [openInterest]: answer(data) }, (source) =>
          Effect.flip(source.openInterest("BTCUSDT"))
        )
        assert.strictEqual(
          result.message,
          "unexpected response to GET /api/v2/mix/market/open-interest?symbol=BTCUSDT&productType=USDT-FUTURES " +
            `(HTTP 200): ${detail}`
        )
      })
    )
  }

  const reading = { openInterestList: [{ symbol: "BTCUSDT", size: "7" }], ts: "1790000000100" }

  for (const [body, tag] of [
    [{ code: "429", msg: "Too Many Requests", data: reading }, "RateLimited"],
    [{ code: "40309", msg: "removed", data: null }, "SymbolNotTrading"],
    [{ code: "40034", msg: "Parameter does not exist", data: null }, "UnknownSymbol"],
    [{ code: "45001", msg: "Unknown error", data: reading }, "Unavailable"],
    [{ code: "99999", msg: "?", data: reading }, "UnexpectedResponse"],
    [{ data: reading }, "UnexpectedResponse"],
    [{}, "UnexpectedResponse"]
  ] as const) {
    it.effect(`needs HTTP 200 and the code 00000: ${JSON.stringify(body).slice(0, 20)} is ${tag}`, () =>
      Effect.gen(function* () {
        const { result } = yield* play(
          { [openInterest]: { body: JSON.stringify(body) } },
          (source) => Effect.flip(source.openInterest("BTCUSDT")),
          { policy: Policy.withRetry(BitgetMix.defaults.policy, { times: 0 }) }
        )
        assert.strictEqual(result._tag, tag)
      })
    )
  }
})

describe("a request", () => {
  it.effect("goes through the client as the user transforms it", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) => source.openInterest("BTC/USDT:USDT"), {
        transformClient: HttpClient.mapRequest(HttpClientRequest.appendUrlParam("locale", "en-US"))
      })
      assert.deepStrictEqual(received, [
        `${contracts}?productType=USDT-FUTURES&locale=en-US`,
        `${openInterest}?symbol=BTCUSDT&productType=USDT-FUTURES&locale=en-US`
      ])
    })
  )
})

describe("a valuation", () => {
  it.effect("of a coin-margined contract is in coins, though it is inverse, and its quote value needs a price", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.valuation("BTCUSD"))
      assert.strictEqual(result.openInterest.instrument.direction, "inverse")
      const record = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)(OpenInterestRecord.fromValuation(result))
      assert.deepInclude(record, {
        unit: "base",
        contracts: null,
        base: "57.714",
        quote: "4097722.857",
        baseCurrency: "BTC",
        quoteCurrency: "USD",
        markPrice: "71000.5"
      })
      assert.include(received, `${tickers}?productType=COIN-FUTURES`)
    })
  )

  it.effect("stands without a price, with the reason", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [tickers]: answer([]) }, (source) => source.valuation("BTCUSDT"))
      const refused = Either.getOrThrow(Either.flip(result.quote))
      assert.instanceOf(refused, Conversion.NotConvertible)
      assert.strictEqual(refused.reason, "NoPrice")
      assert.include(Either.getOrThrow(Either.flip(result.markPrice)).message, "data: the list is empty")
    })
  )

  it.effect("has a price no older than a second", () =>
    Effect.gen(function* () {
      const { received } = yield* play({}, (source) =>
        Effect.gen(function* () {
          yield* source.valuation("BTCUSDT")
          yield* TestClock.adjust("1 second")
          yield* source.valuation("BTCUSDT")
          yield* TestClock.adjust("1 millis")
          yield* source.valuation("BTCUSDT")
        })
      )
      assert.lengthOf(
        received.filter((path) => path.startsWith(tickers)),
        2
      )
    })
  )

  it.effect("is bounded by the total timeout", () =>
    Effect.gen(function* () {
      const late = (url: URL): Playback.Reply => {
        const reply = listed()(url)
        return reply === "reset" ? reply : { ...reply, after: "4 seconds" }
      }
      const figure = size("BTCUSDT", "7")
      const slow = figure === "reset" ? figure : { ...figure, after: "4 seconds" as const }
      const fiber = yield* Effect.fork(
        play({ [contracts]: late, [openInterest]: slow }, (source) => Effect.flip(source.valuation("BTCUSDT")), {
          policy: Policy.withTotalTimeout(BitgetMix.defaults.policy, "6 seconds")
        })
      )
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).result.message, "timed out: no result within 6s")
    })
  )

  it.effect("asks once per product type for the prices of many contracts", () =>
    Effect.gen(function* () {
      const symbols = ["BTCUSDT", "SNDKUSDT", "龙虾USDT", "BTCPERP"]
      const { received } = yield* play({}, (source) =>
        Effect.forEach(symbols, source.valuation, { concurrency: "unbounded" })
      )
      assert.deepStrictEqual(
        received.filter((path) => path.startsWith(tickers)),
        [`${tickers}?productType=USDT-FUTURES`, `${tickers}?productType=USDC-FUTURES`]
      )
    })
  )
})

describe("the lists of contracts", () => {
  it.effect("are the four with real money, and the demo ones only when they are asked for", () =>
    Effect.gen(function* () {
      const real = yield* play({}, (source) => source.instruments)
      assert.sameMembers(
        [...real.received],
        [
          `${contracts}?productType=USDT-FUTURES`,
          `${contracts}?productType=USDC-FUTURES`,
          `${contracts}?productType=COIN-FUTURES`,
          `${v3Instruments}?category=COIN-FUTURES`
        ]
      )
      assert.isFalse(real.result.listed.some(({ demo }) => demo))
      const demo = yield* play({}, (source) => source.instrument("SBTCSUSDT"), { productTypes: ["SUSDT-FUTURES"] })
      assert.isTrue(demo.result.demo)
      assert.deepStrictEqual(demo.received, [`${contracts}?productType=SUSDT-FUTURES`])
    })
  )

  it.effect("are each read once, however often they are named", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.instrument("BTC/USDT:USDT"), {
        productTypes: ["USDT-FUTURES", "USDT-FUTURES"]
      })
      assert.strictEqual(result.symbol, "BTCUSDT")
      assert.strictEqual(received.length, 1)
    })
  )

  it.effect("of COIN-FUTURES may be empty", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [contracts]: listed({ "COIN-FUTURES": answer([]) }) }, (source) =>
        Effect.all([source.instruments, Effect.flip(source.instrument("BTCUSD"))])
      )
      assert.strictEqual(result[0].listed.length, 8)
      assert.deepStrictEqual(result[0].failures, [])
      assert.strictEqual(result[1]._tag, "UnknownSymbol")
    })
  )

  it.effect("that fail take nothing down that the others can answer", () =>
    Effect.gen(function* () {
      const broken = listed({ "COIN-FUTURES": { status: 400, body: "{}" } })
      const { result } = yield* play({ [contracts]: broken }, (source) =>
        Effect.all({
          all: source.instruments,
          own: source.openInterest("BTCUSDT"),
          unified: source.openInterest("BTC/USDC:USDC"),
          unsure: Effect.flip(source.openInterest("BTCUSD"))
        })
      )
      assert.deepStrictEqual(
        result.all.failures.map(({ missing, product }) => [product, missing]),
        [["COIN-FUTURES", "list"]]
      )
      assert.strictEqual(result.own.instrument.symbol, "BTCUSDT")
      assert.strictEqual(result.unified.instrument.symbol, "BTCPERP")
      assert.strictEqual(result.unsure._tag, "UnexpectedResponse", "it may stand in the list that failed")
    })
  )

  it.effect("that hang do not keep a symbol waiting that another holds", () =>
    Effect.gen(function* () {
      const hanging = listed({ "COIN-FUTURES": { body: "", after: Duration.infinity } })
      const fiber = yield* Effect.fork(
        play({ [contracts]: hanging }, (source) =>
          Effect.all([source.openInterest("BTCUSDT"), source.openInterest("BTC/USDT:USDT")])
        )
      )
      yield* TestClock.adjust("1 second")
      const { result } = yield* Fiber.join(fiber)
      assert.strictEqual(result.length, 2)
    })
  )

  it.effect("make a unified symbol that fits two contracts an error that names both", () =>
    Effect.gen(function* () {
      const twice = { baseCoin: "BTC", quoteCoin: "USD", symbolType: "delivery", deliveryTime: "1798185599000" }
      const ambiguous = listed({ "COIN-FUTURES": answer([row("BTCUSDZ26", twice), row("BTCCMZ26", twice)]) })
      const { result } = yield* play({ [contracts]: ambiguous }, (source) =>
        Effect.all([Effect.flip(source.openInterest("BTC/USD:BTC-261225")), source.openInterest("BTCCMZ26")])
      )
      assert.deepInclude(result[0], { _tag: "AmbiguousSymbol", candidates: ["BTCUSDZ26", "BTCCMZ26"] })
      assert.include(result[0].message, "fits BTCUSDZ26 and BTCCMZ26")
      assert.strictEqual(result[1].instrument.symbol, "BTCCMZ26")
    })
  )

  it.effect("know which base coins are scaled from a table, not from their digits", () =>
    Effect.gen(function* () {
      const { result } = yield* play({}, (source) => source.instruments)
      const scale = (symbol: string) => {
        const found = result.listed.find((each) => each.symbol === symbol)
        return found === undefined ? undefined : [found.underlying, Decimal.format(found.multiplier)]
      }
      assert.deepStrictEqual(scale("1000BONKUSDT"), ["BONK", "1000"])
      assert.deepStrictEqual(scale("1INCHUSDT"), ["1INCH", "1"])
    })
  )

  it.effect("leave out a delivery contract without its time, and say so", () =>
    Effect.gen(function* () {
      const dateless = listed({ "COIN-FUTURES": answer([row("BTCUSDZ26", { symbolType: "delivery" })]) })
      const { result } = yield* play({ [contracts]: dateless }, (source) => Effect.flip(source.instrument("BTCUSDZ26")))
      assert.include(result.message, "data[0].deliveryTime: expected a delivery time of a delivery contract")
    })
  )

  it.effect("tolerate states, types and launch times that we do not know", () =>
    Effect.gen(function* () {
      const odd = row("BTCUSDT", { symbolStatus: "dreaming", launchTime: null, isRwa: "MAYBE", openTime: "-1", x: {} })
      const { result } = yield* play({ [contracts]: listed({ "USDT-FUTURES": answer([odd]) }) }, (source) =>
        source.instrument("BTCUSDT")
      )
      assert.deepStrictEqual([result.status, result.assetClass], ["dreaming", "unknown"])
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
        play({}, (source) => source.valuation("BTCUSDT")),
        tracer
      )
      assert.sameMembers(
        [...names],
        ["openInterest", "markPrice", "instruments", "tickers", "attempt"].map((name) => `open_interest.${name}`)
      )
    })
  )
})

describe("the settings", () => {
  const read = (entries: Record<string, string>) =>
    Effect.withConfigProvider(
      BitgetMix.config,
      ConfigProvider.fromMap(new Map(Object.entries(entries)), { pathDelim: "_" })
    )

  it.effect("name the product types", () =>
    Effect.gen(function* () {
      const { productTypes } = yield* read({ OPEN_INTEREST_BITGET_PRODUCT_TYPES: "USDT-FUTURES, SUSDT-FUTURES" })
      assert.deepStrictEqual(productTypes, ["USDT-FUTURES", "SUSDT-FUTURES"])
      assert.deepStrictEqual((yield* read({})).productTypes, [
        "USDT-FUTURES",
        "USDC-FUTURES",
        "COIN-FUTURES",
        "UTA-COIN-FUTURES"
      ])
    })
  )

  it.effect("are refused by name, with what is allowed", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read({ OPEN_INTEREST_BITGET_PRODUCT_TYPES: "usdt" }))
      assert.isTrue(ConfigError.isInvalidData(error))
      assert.deepInclude(error, { path: ["OPEN_INTEREST_BITGET", "PRODUCT_TYPES"] })
      assert.include(String(error), "SCOIN-FUTURES")
    })
  )

  it.effect("of the layer are all known: a mistyped key is refused with its value and what it may mean", () =>
    Effect.gen(function* () {
      const settings = new Map([["OPEN_INTEREST_BITGET_PRODUCT_TYPE", "7"]])
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(BitgetMix.layerConfig())).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(settings, { pathDelim: "_" })),
          Effect.provideService(HttpClient.HttpClient, Playback.client(Playback.make({})))
        )
      )
      assert.deepInclude(error, {
        path: ["OPEN_INTEREST_BITGET", "PRODUCT_TYPE"],
        message: 'unknown setting ("7"), did you mean PRODUCT_TYPES?'
      })
    })
  )
})
