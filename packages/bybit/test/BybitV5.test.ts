import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Policy from "@open-interest/core/Policy"
import * as Pools from "@open-interest/core/Pools"
import * as Playback from "@open-interest/simulator/Playback"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BybitV5 from "../src/BybitV5.ts"
import { answer, instruments, listed, page, play, refused, row, ticker, tickers, tickersOf } from "./support.ts"

const once = Policy.withRetry(BybitV5.defaults.policy, { times: 0 })

const asked = "GET /v5/market/tickers?category=linear&symbol=BTCUSDT"

describe("a reading", () => {
  it.effect("is the figure of one side, in coins, with the time of the reply", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.openInterest("BTCUSDT"))
      assert.strictEqual(Decimal.format(result.amount), "29986.128")
      assert.deepStrictEqual(
        [result.unit, result.unitVerified, result.sides, result.sidesVerified, result.timestampKind],
        ["base", true, "one", true, "reply"]
      )
      assert.strictEqual(DateTime.formatIso(result.timestamp), "2026-09-21T14:13:20.100Z")
      assert.include(received, `${tickers}?category=linear&symbol=BTCUSDT`)
    })
  )

  it.effect("of a contract margined in its coin is in dollars", () =>
    Effect.gen(function* () {
      const rows = tickersOf(ticker("BTCUSD", { singleOpenInterest: "234454252", markPrice: "84439.49" }))
      const { received, result } = yield* play({ [tickers]: rows }, (source) => source.valuation("BTCUSD"))
      assert.strictEqual(result.openInterest.instrument.direction, "inverse")
      const record = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)(OpenInterestRecord.fromValuation(result))
      assert.deepInclude(record, {
        unit: "quote",
        sides: "one",
        contracts: null,
        quote: "234454252",
        base: "2776.59483732",
        baseCurrency: "BTC",
        quoteCurrency: "USD"
      })
      assert.include(received, `${tickers}?category=inverse&symbol=BTCUSD`)
    })
  )

  for (const [what, fields] of [
    ["missing", { singleOpenInterest: undefined }],
    ["empty", { singleOpenInterest: "" }]
  ] as const) {
    it.effect(`is the sum of both sides, and says so, where the figure of one side is ${what}`, () =>
      Effect.gen(function* () {
        const { result } = yield* play({ [tickers]: tickersOf(ticker("BTCUSDT", fields)) }, (source) =>
          source.openInterest("BTCUSDT")
        )
        assert.deepStrictEqual([Decimal.format(result.amount), result.sides], ["59972.256", "two"])
      })
    )
  }

  it.effect("may be zero", () =>
    Effect.gen(function* () {
      const zero = ticker("BTCUSDT", { singleOpenInterest: "0", openInterest: "0" })
      const { result } = yield* play({ [tickers]: tickersOf(zero) }, (source) => source.openInterest("BTCUSDT"))
      assert.deepStrictEqual([Decimal.format(result.amount), result.sides], ["0", "one"])
    })
  )

  for (const [what, result, detail] of [
    ["an empty list", { category: "linear", list: [] }, "result.list: the list is empty"],
    [
      "another symbol",
      { category: "linear", list: [ticker("ETHUSDT")] },
      "result.list: no row for BTCUSDT, but one for ETHUSDT"
    ],
    [
      "two rows for the symbol",
      { category: "linear", list: [ticker("BTCUSDT"), ticker("BTCUSDT")] },
      "result.list: several rows for BTCUSDT"
    ],
    [
      "a figure that is no number",
      { category: "linear", list: [ticker("BTCUSDT", { singleOpenInterest: "N/A" })] },
      'result.list[0].singleOpenInterest: expected a decimal number, got "N/A"'
    ],
    [
      "a figure of neither kind",
      { category: "linear", list: [{ symbol: "BTCUSDT", markPrice: "1" }] },
      "result.list[0].openInterest: is missing"
    ],
    [
      "another category",
      { category: "inverse", list: [ticker("BTCUSDT")] },
      'result.category: Expected "linear", actual "inverse"'
    ],
    ["no list", { category: "linear" }, "result.list: is missing"]
  ] as const) {
    it.effect(`is refused for ${what}, with the place in the answer`, () =>
      Effect.gen(function* () {
        const { result: error } = yield* play({ [tickers]: answer(result) }, (source) =>
          Effect.flip(source.openInterest("BTCUSDT"))
        )
        assert.strictEqual(error.message, `unexpected response to ${asked} (HTTP 200): ${detail}`)
      })
    )
  }

  it.effect("is refused for no result, and for an answer without its time", () =>
    Effect.gen(function* () {
      for (const [body, place] of [
        ['{"retCode":0,"result":null,"time":1790000000100}', "result: "],
        ['{"retCode":0,"result":{"category":"linear","list":[]}}', "time: is missing"],
        ["{}", "retCode: is missing"],
        ["null", "Expected"]
      ] as const) {
        const { result } = yield* play({ [tickers]: { body } }, (source) => Effect.flip(source.openInterest("BTCUSDT")))
        assert.include(result.message, `${asked} (HTTP 200): ${place}`)
      }
    })
  )
})

describe("a refusal", () => {
  for (const [retCode, retMsg, status, tag] of [
    [10001, "params error: symbol invalid", 200, "UnknownSymbol"],
    [10001, "Not supported symbols", 200, "UnknownSymbol"],
    [10001, "params error: category invalid", 200, "UnexpectedResponse"],
    [10000, "Server Timeout", 200, "Unavailable"],
    [10016, "Internal System Error.", 200, "Unavailable"],
    [429, "The trading service is experiencing a high server load.", 200, "Unavailable"],
    [10006, "Too many visits!", 200, "RateLimited"],
    [10018, "Exceeded the IP Rate Limit.", 200, "RateLimited"],
    [10009, "IP has been banned.", 200, "Banned"],
    [10017, "Route not found.", 404, "UnexpectedResponse"],
    [10001, "params error: symbol invalid", 403, "Forbidden"],
    [77777, "?", 200, "UnexpectedResponse"]
  ] as const) {
    it.effect(`with code ${retCode}, "${retMsg}" and HTTP ${status} is ${tag}`, () =>
      Effect.gen(function* () {
        const { result } = yield* play(
          { [tickers]: { ...refused(retCode, retMsg), status } },
          (source) => Effect.flip(source.openInterest("BTCUSDT")),
          { policy: once }
        ).pipe(Effect.provideService(Pools.Pools, Pools.makeMemory()))
        assert.strictEqual(result._tag, tag)
      })
    )
  }

  it.effect("of an address that sent too much holds for ten minutes, for both categories", () =>
    Effect.gen(function* () {
      const banned = (url: URL) =>
        url.searchParams.has("symbol") ? { status: 403, body: "403, access too frequent" } : tickersOf()(url)
      const { received, result } = yield* play({ [tickers]: banned }, (source) =>
        Effect.gen(function* () {
          const first = yield* Effect.flip(source.openInterest("BTCUSDT"))
          yield* TestClock.adjust("9 minutes")
          return [first, yield* Effect.flip(source.openInterest("BTCUSD"))]
        })
      ).pipe(Effect.provideService(Pools.Pools, Pools.makeMemory()))
      assert.deepStrictEqual(
        result.map(({ message }) => message),
        [
          'forbidden: bybit refuses this address (HTTP 403: "403, access too frequent") until 1970-01-01T00:10:00.000Z',
          "forbidden: bybit refuses this address (HTTP 403) until 1970-01-01T00:10:00.000Z; not asked again"
        ]
      )
      assert.lengthOf(
        received.filter((path) => path.includes("symbol=")),
        1
      )
    })
  )

  it.effect("of a price is no defect, whatever it says of the symbol", () =>
    Effect.gen(function* () {
      const { result } = yield* play({ [tickers]: refused(10001, "params error: symbol invalid") }, (source) =>
        Effect.flip(source.markPrice("BTCUSDT"))
      )
      assert.include(result.message, 'the exchange refuses it with code 10001: "params error: symbol invalid"')
    })
  )
})

describe("the lists of contracts", () => {
  it.effect("are those of both categories", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) => source.instruments)
      assert.sameMembers(
        [...received],
        [`${instruments}?category=linear&limit=1000`, `${instruments}?category=inverse&limit=1000`]
      )
      assert.deepStrictEqual(result.failures, [])
      assert.deepStrictEqual(
        result.listed.map(({ contractSize, direction, kind, symbol, unifiedSymbol }) =>
          [symbol, unifiedSymbol, kind, direction, `${Decimal.format(contractSize.amount)} ${contractSize.unit}`].join(
            " "
          )
        ),
        [
          "BTCUSDT BTC/USDT:USDT perpetual linear 1 base",
          "BTCPERP BTC/USDC:USDC perpetual linear 1 base",
          "1000PEPEUSDT 1000PEPE/USDT:USDT perpetual linear 1 base",
          "SHIB1000USDT SHIB1000/USDT:USDT perpetual linear 1 base",
          "1INCHUSDT 1INCH/USDT:USDT perpetual linear 1 base",
          "BTC-25DEC26 BTC/USDC:USDC-261225 delivery linear 1 base",
          "BTCUSD BTC/USD:BTC perpetual inverse 1 quote",
          "BTCUSDZ26 BTC/USD:BTC-261225 delivery inverse 1 quote"
        ]
      )
    })
  )

  it.effect("are read page after page, with the cursor as it was sent", () =>
    Effect.gen(function* () {
      const cursor = "first%3DBTCUSDT%26last%3DBTCUSDT"
      const pages = (url: URL) =>
        url.searchParams.get("category") === "inverse"
          ? page("inverse", [row("BTCUSD")])
          : url.searchParams.get("cursor") === cursor
            ? page("linear", [row("ETHUSDT")])
            : page("linear", [row("BTCUSDT")], cursor)
      const { received, result } = yield* play({ [instruments]: pages }, (source) => source.instruments)
      assert.deepStrictEqual(
        result.listed.map(({ symbol }) => symbol),
        ["BTCUSDT", "ETHUSDT", "BTCUSD"]
      )
      assert.include(
        received,
        `${instruments}?category=linear&limit=1000&cursor=first%253DBTCUSDT%2526last%253DBTCUSDT`
      )
    })
  )

  it.effect("end with a page without rows, whatever its cursor", () =>
    Effect.gen(function* () {
      const pages = (url: URL) =>
        url.searchParams.has("cursor")
          ? page(url.searchParams.get("category") ?? "", [], "first%3D1%26last%3D26")
          : page(url.searchParams.get("category") ?? "", [row("BTCUSDT")], "first%3D1%26last%3D26")
      const { received, result } = yield* play({ [instruments]: pages }, (source) => source.instrument("BTCUSDT"))
      assert.strictEqual(result.symbol, "BTCUSDT")
      assert.isAtMost(received.length, 4)
    })
  )

  it.effect("are not read in a circle: a cursor that comes again is an error", () =>
    Effect.gen(function* () {
      const circle = (url: URL) =>
        page(url.searchParams.get("category") ?? "", [row("BTCUSDT")], "first%3D1%26last%3D1000")
      const { received, result } = yield* play({ [instruments]: circle }, (source) => Effect.flip(source.instruments))
      assert.include(
        result.message,
        'result.nextPageCursor: "first%3D1%26last%3D1000" leads to a page that was read before'
      )
      assert.lengthOf(received, 4)
    })
  )

  it.effect("name a contract once that stands on two pages", () =>
    Effect.gen(function* () {
      const lists = listed({
        linear: [
          [row("BTCUSDT"), row("ETHUSDT")],
          [row("ETHUSDT"), row("XRPUSDT")]
        ]
      })
      const { result } = yield* play({ [instruments]: lists }, (source) => source.snapshot({ settle: ["USDT"] }))
      assert.deepStrictEqual(
        [
          ...result.valuations.map((each) => each.openInterest.instrument.symbol),
          ...result.failures.map((each) => each.name)
        ],
        ["BTCUSDT", "ETHUSDT", "XRPUSDT"]
      )
    })
  )

  it.effect("that break off in the middle are not there at all", () =>
    Effect.gen(function* () {
      const broken = (url: URL) => (url.searchParams.has("cursor") ? { status: 400, body: "{}" } : listed()(url))
      const cut = (url: URL) =>
        url.searchParams.get("category") === "linear" && !url.searchParams.has("cursor")
          ? page("linear", [row("BTCUSDT")], "more")
          : broken(url)
      const { result } = yield* play({ [instruments]: cut }, (source) => source.instruments)
      assert.deepStrictEqual(
        result.listed.map(({ product }) => product),
        ["inverse", "inverse"]
      )
      assert.deepStrictEqual(
        result.failures.map(({ missing, product }) => [missing, product]),
        [["list", "linear"]]
      )
    })
  )

  it.effect("know which base coins are scaled from a table, not from their digits", () =>
    Effect.gen(function* () {
      const { result } = yield* play({}, (source) => source.instruments)
      const scale = (symbol: string) => {
        const found = result.listed.find((each) => each.symbol === symbol)
        return found === undefined ? undefined : [found.underlying, Decimal.format(found.multiplier)]
      }
      assert.deepStrictEqual(scale("1000PEPEUSDT"), ["PEPE", "1000"])
      assert.deepStrictEqual(scale("SHIB1000USDT"), ["SHIB", "1000"])
      assert.deepStrictEqual(scale("1INCHUSDT"), ["1INCH", "1"])
    })
  )

  it.effect("leave out a dated contract without its time, and say so", () =>
    Effect.gen(function* () {
      const lists = listed({ linear: [[row("BTC-25DEC26", { contractType: "LinearFutures" })]] })
      const { result } = yield* play({ [instruments]: lists }, (source) =>
        Effect.flip(source.instrument("BTC-25DEC26"))
      )
      assert.include(
        result.message,
        "result.list[0].deliveryTime: expected a delivery time of a LinearFutures contract"
      )
    })
  )

  it.effect("keep the time at which a perpetual is delisted", () =>
    Effect.gen(function* () {
      const lists = listed({ linear: [[row("BTCUSDT", { deliveryTime: "1798185600000" })]] })
      const { result } = yield* play({ [instruments]: lists }, (source) => source.instrument("BTCUSDT"))
      assert.deepStrictEqual([result.kind, result.unifiedSymbol], ["perpetual", "BTC/USDT:USDT"])
      assert.deepStrictEqual(Option.map(result.deliveryAt, DateTime.formatIso), Option.some("2026-12-25T08:00:00.000Z"))
    })
  )

  for (const [symbolType, assetClass] of [
    ["", "crypto"],
    ["innovation", "crypto"],
    ["stock", "stock"],
    ["forex", "currency"],
    ["weather", "unknown"],
    [undefined, "unknown"]
  ] as const) {
    it.effect(
      `call a contract of type ${JSON.stringify(symbolType)} ${assetClass}, and one margined in its coin crypto`,
      () =>
        Effect.gen(function* () {
          const lists = listed({
            linear: [[row("ONUSDT", { symbolType })]],
            inverse: [[row("BTCUSD", { symbolType: undefined })]]
          })
          const { result } = yield* play({ [instruments]: lists }, (source) => source.instruments)
          assert.deepStrictEqual(
            result.listed.map((each) => each.assetClass),
            [assetClass, "crypto"]
          )
        })
    )
  }

  it.effect("tolerate words and launch times that we do not know", () =>
    Effect.gen(function* () {
      const odd = row("BTCUSDT", { status: "Dreaming", launchTime: null, x: {} })
      const { result } = yield* play({ [instruments]: listed({ linear: [[odd]] }) }, (source) =>
        source.instrument("BTCUSDT")
      )
      assert.deepStrictEqual([result.status, result.listedAt], ["Dreaming", Option.none()])
    })
  )
})

describe("a valuation", () => {
  it.effect("stands without a price, with the reason", () =>
    Effect.gen(function* () {
      const rows = tickersOf(ticker("BTCUSDT", { markPrice: "" }))
      const { result } = yield* play({ [tickers]: rows }, (source) => source.valuation("BTCUSDT"))
      assert.strictEqual(Decimal.format(result.openInterest.amount), "29986.128")
      assert.include(Either.getOrThrow(Either.flip(result.markPrice)).message, "result.list[0].markPrice")
    })
  )
})

describe("a history", () => {
  it.effect("is not read, and says so", () =>
    Effect.gen(function* () {
      const { received, result } = yield* play({}, (source) =>
        Effect.flip(Stream.runCollect(source.history({ symbol: "BTCUSDT", period: "1h" })))
      )
      assert.strictEqual(result._tag, "Unsupported")
      assert.strictEqual(result.message, "not supported: no history: that of bybit is not read")
      assert.deepStrictEqual(received, [])
    })
  )
})

describe("the quota", () => {
  it.effect("holds for both endpoints together", () =>
    Effect.gen(function* () {
      const pools = Pools.makeMemory()
      yield* play({}, (source) => source.valuation("BTCUSDT")).pipe(Effect.provideService(Pools.Pools, pools))
      const state = yield* pools.state
      assert.deepStrictEqual(
        state.map(({ name, windows }) => [name, windows[0]?.limit, windows[0]?.used]),
        [["all requests", 600, 3]]
      )
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* pools.state)[0]?.windows[0]?.used, 0)
    })
  )
})

describe("the cost of readings", () => {
  it.effect("is what a round takes that lists the contracts anew, where each list takes a page more than one", () =>
    Effect.gen(function* () {
      const lists = listed({ linear: [[row("BTCUSDT")], [row("ETHUSDT")]], inverse: [[row("BTCUSD")], []] })
      const pools = Pools.makeMemory()
      yield* play({ [instruments]: lists }, (source) => source.snapshot()).pipe(
        Effect.provideService(Pools.Pools, pools)
      )
      const cost = BybitV5.costOfReadings(10).reduce((sum, { weight }) => sum + weight, 0)
      assert.strictEqual((yield* pools.state)[0]?.windows[0]?.used, cost)
      assert.strictEqual(BybitV5.limits().requestsPerReading, 6)
    })
  )
})

describe("the settings", () => {
  const provider = (entries: Record<string, string>) =>
    ConfigProvider.fromMap(new Map(Object.entries(entries)), { pathDelim: "_" })

  it.effect("have their defaults, and are changed by their keys", () =>
    Effect.gen(function* () {
      const read = (entries: Record<string, string>) => Effect.withConfigProvider(BybitV5.config, provider(entries))
      assert.strictEqual((yield* read({})).baseUrl, "https://api.bybit.com")
      const changed = yield* read({ OPEN_INTEREST_BYBIT_BASE_URL: "https://api.bytick.com" })
      assert.strictEqual(changed.baseUrl, "https://api.bytick.com")
    })
  )

  it.effect("of the layer are all known: a mistyped key is refused with its value and what it may mean", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(BybitV5.layerConfig())).pipe(
          Effect.withConfigProvider(provider({ OPEN_INTEREST_BYBIT_BASE_URI: "7" })),
          Effect.provideService(HttpClient.HttpClient, Playback.client(Playback.make({})))
        )
      )
      assert.deepInclude(error, {
        path: ["OPEN_INTEREST_BYBIT", "BASE_URI"],
        message: 'unknown setting ("7"), did you mean BASE_URL?'
      })
    })
  )
})
