// What the layers of both exchanges do, with their default policies, when an exchange refuses, fails or is silent.
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Policy from "@open-interest/core/Policy"
import * as Pools from "@open-interest/core/Pools"
import type { SourceError } from "@open-interest/core/SourceError"
import * as Target from "@open-interest/core/Target"
import * as Playback from "@open-interest/simulator/Playback"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { binance, bitget } from "./support.ts"

type Source = Layer.Layer<OpenInterestSource.OpenInterestSource, never, HttpClient.HttpClient>

interface Case {
  readonly layer: (settings?: ExchangeClient.Settings) => Source
  readonly routes: Playback.Routes
  readonly symbol: string
  readonly list: string
  readonly openInterest: string
  readonly prices: string
}

const cases: Readonly<Record<"binance" | "bitget", Case>> = {
  binance: {
    layer: BinanceCoinM.layer,
    routes: binance,
    symbol: "BTCUSD_PERP",
    list: "/dapi/v1/exchangeInfo",
    openInterest: "/dapi/v1/openInterest",
    prices: "/dapi/v1/premiumIndex"
  },
  bitget: {
    // One list, so that the requests for it can be counted.
    layer: (settings) => BitgetMix.layer({ ...settings, productTypes: ["USDT-FUTURES"] }),
    routes: bitget,
    symbol: "BTCUSDT",
    list: "/api/v2/mix/market/contracts",
    openInterest: "/api/v2/mix/market/open-interest",
    prices: "/api/v2/mix/market/tickers"
  }
}

interface Sent {
  readonly path: string
  /** Milliseconds on the test's clock. */
  readonly at: number
}

/** In place of the network, with every request that leaves. */
const playing = (routes: Playback.Routes) => {
  const sent: Array<Sent> = []
  const client = HttpClient.tapRequest(Playback.client(Playback.make(routes)), ({ url }) =>
    Effect.map(Clock.currentTimeMillis, (at) => sent.push({ path: new URL(url).pathname, at }))
  )
  return {
    network: Layer.succeed(HttpClient.HttpClient, client),
    sent,
    /** When requests for this path left. */
    times: (path: string) => sent.filter((each) => each.path === path).map(({ at }) => at)
  }
}

type Use<A, E> = (source: OpenInterestSource.Service) => Effect.Effect<A, E>

/** Uses a source of its own, as every caller of `Effect.provide` does. */
const using = <A, E>(layer: Layer.Layer<OpenInterestSource.OpenInterestSource>, use: Use<A, E>): Effect.Effect<A, E> =>
  Effect.provide(Effect.flatMap(OpenInterestSource.OpenInterestSource, use), layer)

/** The result, and after how many milliseconds it came; time passes as it is needed, and jitter is half of the back-off. */
const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const halfway = Effect.withRandom(effect, Random.fixed([0.5]))
    const fiber = yield* Effect.fork(Effect.zip(Effect.either(halfway), Clock.currentTimeMillis))
    yield* TestClock.adjust("5 minutes")
    const [result, ended] = yield* Fiber.join(fiber)
    return { result, took: ended - began }
  })

const messageOf = <A>(result: Either.Either<A, { readonly message: string }>): string =>
  Either.match(result, { onLeft: (error) => error.message, onRight: () => "it succeeded" })

/** What a path answers to a query; none of the routes here is a sequence. */
const replyTo = (routes: Playback.Routes, path: string, query: Record<string, string>): Playback.Reply => {
  const route = routes[path] as Playback.Reply | ((url: URL) => Playback.Reply)
  return typeof route === "function" ? route(new URL(`http://localhost/?${new URLSearchParams(query)}`)) : route
}

const ban: Playback.Reply = { status: 418, headers: { "retry-after": "120" }, body: "" }
const outage: Playback.Reply = { status: 503, body: "" }
const bannedUntil = (exchange: string, time: string) => `banned: ${exchange} has shut out this address until ${time}`

for (const [exchange, { layer, list, openInterest, prices, routes, symbol }] of Object.entries(cases)) {
  const figure = replyTo(routes, openInterest, { symbol })
  const listed = replyTo(routes, list, { productType: "USDT-FUTURES" })

  describe(`a ban by ${exchange}`, () => {
    it.effect("ends a request at once, with the time until which it holds, after one request", () =>
      Effect.gen(function* () {
        const { network, sent } = playing({ [list]: ban })
        const { result, took } = yield* timed(
          using(Layer.provide(layer(), network), ({ valuation }) => valuation(symbol))
        )
        assert.strictEqual(messageOf(result), bannedUntil(exchange, "1970-01-01T00:02:00.000Z"))
        assert.deepStrictEqual([took, sent], [0, [{ path: list, at: 0 }]])
      })
    )

    it.effect("of the reading itself is no different, and nothing more leaves after it", () =>
      Effect.gen(function* () {
        const { network, sent, times } = playing({ ...routes, [openInterest]: ban })
        const { result, took } = yield* timed(
          using(Layer.provide(layer(), network), ({ valuation }) => valuation(symbol))
        )
        assert.strictEqual(messageOf(result), bannedUntil(exchange, "1970-01-01T00:02:00.000Z"))
        assert.deepStrictEqual([took, times(openInterest)], [0, [0]])
        const before = sent.length
        const again = yield* timed(using(Layer.provide(layer(), network), ({ instruments }) => instruments))
        // Five minutes have passed by now: the ban is over.
        assert.isTrue(Either.isRight(again.result))
        assert.lengthOf(sent, before + 1)
      })
    )

    it.effect("holds for every layer of the process, until it ends", () =>
      Effect.gen(function* () {
        const { network, sent } = playing({ ...routes, [openInterest]: [ban, figure] })
        const read = using(Layer.provide(layer(), network), (source) => source.openInterest(symbol))
        yield* Effect.flip(read)
        const before = sent.length
        yield* TestClock.adjust("99 seconds")
        assert.strictEqual(
          (yield* Effect.flip(read)).message,
          `${bannedUntil(exchange, "1970-01-01T00:02:00.000Z")}; not asked again`
        )
        assert.lengthOf(sent, before)
        yield* TestClock.adjust("2 seconds")
        const waiting = yield* Effect.fork(read)
        yield* TestClock.adjust("18999 millis")
        assert.lengthOf(sent, before)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(
          sent.slice(before).map(({ at }) => at),
          [120_000, 120_000]
        )
      })
    )

    it.effect("at one origin is none at another", () =>
      Effect.gen(function* () {
        const { network } = playing({ ...routes, [openInterest]: [ban, figure] })
        const read = (host: string) =>
          using(Layer.provide(layer({ baseUrl: BaseUrl.make(`https://${host}`) }), network), (source) =>
            source.openInterest(symbol)
          )
        assert.strictEqual((yield* Effect.flip(read("one.example")))._tag, "Banned")
        assert.strictEqual((yield* read("two.example")).instrument.symbol, symbol)
      })
    )
  })

  describe(`what may pass at ${exchange} is asked for again once:`, () => {
    const late = 125
    for (const [what, reply, at] of [
      ["a 503, after the back-off", outage, late],
      ["a 503 with a time, then", { ...outage, headers: { "retry-after": "2" } }, 2000],
      ["a reset, after the back-off", "reset", late],
      ["a 429 with Retry-After: 1, then", { status: 429, headers: { "retry-after": "1" }, body: "" }, 1000],
      [
        "a 429 with a date, then",
        { status: 429, headers: { "retry-after": "Thu, 01 Jan 1970 00:00:07 GMT" }, body: "" },
        7000
      ],
      ["a 418 that is soon over, then", { status: 418, headers: { "retry-after": "3" }, body: "" }, 3000],
      ["an attempt without an answer, after 5 s and the back-off", { body: "", after: Duration.infinity }, 5000 + late]
    ] as const satisfies ReadonlyArray<readonly [string, Playback.Reply, number]>) {
      it.effect(what, () =>
        Effect.gen(function* () {
          const { network, times } = playing({ ...routes, [openInterest]: [reply, figure] })
          const { result, took } = yield* timed(
            using(Layer.provide(layer(), network), (source) => source.openInterest(symbol))
          )
          assert.isTrue(Either.isRight(result), messageOf(result))
          assert.deepStrictEqual([times(openInterest), took], [[0, at], at])
        })
      )
    }
  })

  describe(`silence of ${exchange}`, () => {
    it.effect("ends with the total timeout, and says so", () =>
      Effect.gen(function* () {
        const silence = { body: "", after: Duration.infinity }
        const { network, sent } = playing({ [list]: silence, [openInterest]: silence, [prices]: silence })
        const { result, took } = yield* timed(
          using(Layer.provide(layer(), network), ({ valuation }) => valuation(symbol))
        )
        assert.strictEqual(messageOf(result), "timed out: no result within 20s")
        assert.strictEqual(took, 20_000)
        assert.isAtMost(sent.length, 5)
      })
    )
  })

  describe(`a refusal of this address by ${exchange}`, () => {
    it.effect("by its firewall closes it, and is not asked again", () =>
      Effect.gen(function* () {
        const { network, sent, times } = playing({ ...routes, [openInterest]: { status: 403, body: "<html>" } })
        const source = Layer.provide(layer(), network)
        const { result, took } = yield* timed(using(source, (each) => Effect.flip(each.openInterest(symbol))))
        assert.strictEqual(
          Either.getOrThrow(result).message,
          `forbidden: ${exchange} refuses this address (HTTP 403: "<html>") until 1970-01-01T00:02:00.000Z`
        )
        assert.deepStrictEqual([took, times(openInterest)], [0, [0]])
        // That was five minutes ago.
        yield* using(source, (each) => Effect.flip(each.openInterest(symbol)))
        const before = sent.length
        assert.match(
          (yield* using(source, (each) => Effect.flip(each.instruments))).message,
          /^forbidden: \w+ refuses this address \(HTTP 403\) until 1970-01-01T00:\d\d:00.000Z; not asked again$/
        )
        assert.lengthOf(sent, before)
      })
    )

    it.effect("for where it is closes nothing", () =>
      Effect.gen(function* () {
        const { network, times } = playing({ ...routes, [openInterest]: [{ status: 451, body: "" }, figure] })
        const source = Layer.provide(layer(), network)
        const first = yield* using(source, (each) => Effect.flip(each.openInterest(symbol)))
        assert.strictEqual(first.message, `forbidden: ${exchange} does not serve this location (HTTP 451)`)
        yield* using(source, (each) => each.openInterest(symbol))
        assert.deepStrictEqual(times(openInterest), [0, 0])
      })
    )
  })

  describe(`the quota of ${exchange}`, () => {
    it.effect("is one, however often a layer is built", () =>
      Effect.gen(function* () {
        const { network, sent } = playing(routes)
        const share = exchange === "binance" ? 2 / 2400 : 2 / 20
        const policy = Policy.withQuota(Policy.standard, { fraction: share })
        const read = using(Layer.provide(layer({ policy }), network), ({ instruments }) => instruments)
        const { result, took } = yield* timed(Effect.all([read, read, read]))
        assert.isTrue(exchange === "binance" ? Either.isLeft(result) : Either.isRight(result))
        if (Either.isLeft(result)) {
          assert.strictEqual(
            result.left.message,
            "rate limited: our share of what binance allows is used up, by us or by others at this address; this request would have to wait until 1970-01-01T00:01:00.000Z"
          )
        }
        assert.deepStrictEqual(
          [took, sent.map(({ at }) => at)],
          exchange === "binance" ? [0, [0, 0]] : [1000, [0, 0, 1000]]
        )
      })
    )
  })

  describe(`a change to the policy of one call to ${exchange}`, () => {
    it.effect("changes that call, not what it shares with others, and asks for no service", () =>
      Effect.gen(function* () {
        const { network, times } = playing({
          ...routes,
          [list]: [outage, listed],
          [openInterest]: outage,
          [prices]: [outage, { body: "" }]
        })
        const { result } = yield* timed(
          using(Layer.provide(layer(), network), (source) => {
            const once: Effect.Effect<ReadonlyArray<SourceError>> = Effect.provideService(
              Effect.all([Effect.flip(source.openInterest(symbol)), Effect.flip(source.markPrice(symbol))]),
              Policy.Override,
              Policy.withRetry({ times: 0 })
            ).pipe(Effect.orDie)
            return once
          })
        )
        assert.deepStrictEqual(
          Either.getOrThrow(result).map((error) => error._tag),
          ["Unavailable", "UnexpectedResponse"]
        )
        assert.deepStrictEqual(
          [list, openInterest, prices].map((path) => times(path).length),
          [2, 1, 2]
        )
      })
    )
  })
}

describe("a refusal that states no time", () => {
  it.effect("closes the pool at Bitget for its second, also where only the body words it", () =>
    Effect.gen(function* () {
      const { openInterest, routes, symbol } = cases.bitget
      for (const status of [429, 400, 200]) {
        const began = yield* Clock.currentTimeMillis
        const limited = { status, body: '{"code":"429","msg":"Too Many Requests","data":null}' }
        const { network, times } = playing({
          ...routes,
          [openInterest]: [limited, replyTo(routes, openInterest, { symbol })]
        })
        const read = using(Layer.provide(BitgetMix.layer(), network), (source) => source.openInterest(symbol))
        const { took } = yield* timed(Effect.all([read, read], { concurrency: "unbounded" }))
        assert.deepStrictEqual([took, times(openInterest)[0], times(openInterest).length], [1000, began, 3])
        assert.isTrue(times(openInterest).every((at) => at === began || at >= began + 1000))
      }
    })
  )

  it.effect("closes the pool at Binance for its minute, also where only the body words it", () =>
    Effect.gen(function* () {
      const { openInterest, routes, symbol } = cases.binance
      const body = '{"code":-1003,"msg":"Too many requests; current limit is 2400."}'
      for (const [index, status] of [429, 400].entries()) {
        const { network, times } = playing({ ...routes, [openInterest]: { status, body } })
        const read = using(Layer.provide(BinanceCoinM.layer(), network), (source) => source.openInterest(symbol))
        assert.strictEqual(
          (yield* Effect.flip(read)).message,
          `rate limited: binance takes no more requests from this address until 1970-01-01T00:0${index + 1}:00.000Z`
        )
        yield* TestClock.adjust("39 seconds")
        assert.include((yield* Effect.flip(read)).message, "; not asked again")
        assert.deepStrictEqual(times(openInterest), [index * 60_000])
        yield* TestClock.adjust("21 seconds")
      }
    })
  )

  it.effect("is none where the message of Binance names one: that bans under any status, by the clock of Binance", () =>
    Effect.gen(function* () {
      const { openInterest, routes, symbol } = cases.binance
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12))
      // Ours is an hour fast.
      const until = Date.UTC(2026, 9, 6, 11, 2)
      const body = `{"code":-1003,"msg":"Way too much request weight used; IP banned until ${until}."}`
      const headers = { date: "Tue, 06 Oct 2026 11:00:00 GMT" }
      const { network, sent } = playing({ ...routes, [openInterest]: { status: 429, headers, body } })
      const read = using(Layer.provide(BinanceCoinM.layer(), network), (source) => source.openInterest(symbol))
      assert.strictEqual((yield* Effect.flip(read)).message, bannedUntil("binance", "2026-10-06T12:02:00.000Z"))
      const before = sent.length
      yield* TestClock.adjust("99 seconds")
      assert.strictEqual((yield* Effect.flip(read))._tag, "Banned")
      assert.lengthOf(sent, before)
    })
  )
})

describe("of many targets", () => {
  const targets = [
    ...Array.from({ length: 20 }, (_, index) =>
      Target.make("binance", index % 2 === 0 ? "BTCUSD_PERP" : "ETHUSD_PERP")
    ),
    ...Array.from({ length: 20 }, () => Target.make("bitget", "BTCUSDT"))
  ]

  const reading = (binanceRoutes: Playback.Routes) =>
    Effect.gen(function* () {
      const first = playing(binanceRoutes)
      const second = playing(Object.fromEntries(Object.keys(bitget).map((path) => [path, slowly(path)])))
      const sources = OpenInterestSources.layer({
        binance: Layer.provide(BinanceCoinM.layer(), first.network),
        bitget: Layer.provide(BitgetMix.layer(), second.network)
      })
      const all = Effect.flatMap(OpenInterestSources.OpenInterestSources, (each) => each.valuations(targets))
      const { result, took } = yield* timed(Effect.provide(all, sources))
      const outcomes = Either.getOrThrow(result).map(({ of, result }) => [
        of.exchange,
        Either.match(result, { onLeft: (error) => error._tag, onRight: () => "ok" })
      ])
      return { outcomes, took, sent: first.sent }
    })

  const slowly = (path: string) => (url: URL) => {
    const reply = replyTo(bitget, path, Object.fromEntries(url.searchParams))
    return reply === "reset" ? reply : { ...reply, after: "200 millis" as const }
  }

  const count = (outcomes: ReadonlyArray<ReadonlyArray<string>>, exchange: string, what: string) =>
    outcomes.filter(([of, tag]) => of === exchange && tag === what).length

  it.effect("nothing leaves for an exchange that has banned us, and the other delivers", () =>
    Effect.gen(function* () {
      const { outcomes, sent } = yield* reading({ "/dapi/v1/exchangeInfo": { ...ban, after: "100 millis" } })
      assert.deepStrictEqual([count(outcomes, "binance", "Banned"), count(outcomes, "bitget", "ok")], [20, 20])
      assert.deepStrictEqual(sent, [{ path: "/dapi/v1/exchangeInfo", at: 0 }])
    })
  )

  it.effect("those deliver that had been sent before the ban arrived", () =>
    Effect.gen(function* () {
      let asked = 0
      const { outcomes, sent } = yield* reading({
        ...binance,
        "/dapi/v1/openInterest": (url) => {
          const reply = replyTo(binance, "/dapi/v1/openInterest", Object.fromEntries(url.searchParams))
          if (reply === "reset") return reply
          asked += 1
          return asked === 3 ? { ...ban, after: "50 millis" } : { ...reply, after: "80 millis" }
        }
      })
      assert.isTrue(sent.every(({ at }) => at < 50))
      const readings = sent.filter(({ path }) => path === "/dapi/v1/openInterest").length
      assert.strictEqual(count(outcomes, "binance", "ok"), readings - 1)
      assert.strictEqual(count(outcomes, "binance", "Banned"), 20 - readings + 1)
      assert.isAtLeast(readings, 3)
      assert.isBelow(readings, 20)
      assert.strictEqual(count(outcomes, "bitget", "ok"), 20)
    })
  )
})

describe("a setting that nobody knows", () => {
  const entries = {
    OPEN_INTEREST_BINANCE_RETRY_TIME: "3",
    OPEN_INTEREST_BINANCE_NONSENSE: "x",
    OPEN_INTEREST_BITGET_RETRY_TIMES: "1"
  }
  const provider = ConfigProvider.fromMap(new Map(Object.entries(entries)), { pathDelim: "_" })
  const withSettings = Layer.setConfigProvider(provider)

  it.effect("is named with its value and its likely meaning, and the other exchange delivers", () =>
    Effect.gen(function* () {
      const sources = OpenInterestSources.layer({
        binance: Layer.provide(BinanceCoinM.layerConfig(), playing(binance).network),
        bitget: Layer.provide(BitgetMix.layerConfig(), playing(bitget).network)
      }).pipe(Layer.provide(withSettings))
      const outcomes = yield* Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) =>
        all.valuations([Target.make("binance", "BTCUSD_PERP"), Target.make("bitget", "BTCUSDT")])
      ).pipe(Effect.provide(sources))
      const [first, second] = outcomes.map(({ result }) => result)
      assert(first !== undefined && Either.isLeft(first) && second !== undefined)
      assert.strictEqual(first.left._tag, "Misconfigured")
      assert.include(
        first.left.message,
        'OPEN_INTEREST_BINANCE_RETRY_TIME: unknown setting ("3"), did you mean RETRY_TIMES?'
      )
      assert.include(first.left.message, 'OPEN_INTEREST_BINANCE_NONSENSE: unknown setting ("x"), known are BASE_URL, ')
      assert.isTrue(Either.isRight(second))
    })
  )
})

describe("over real HTTP", () => {
  const real = Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer({ keepAlive: true }))

  for (const [exchange, { layer, openInterest, routes, symbol }] of Object.entries(cases)) {
    const read = (playback: Playback.Playback, use: Use<unknown, SourceError>) =>
      Effect.gen(function* () {
        const baseUrl = BaseUrl.make(yield* Playback.serve(playback))
        return yield* using(Layer.provide(layer({ baseUrl }), real), (source) =>
          Effect.timed(Effect.either(use(source)))
        )
      }).pipe(Effect.scoped, Effect.provide(Pools.layerMemory))

    const requests = ({ received }: Playback.Playback) =>
      received.filter(({ path }) => path.startsWith(openInterest)).length

    it.live(`a ban by ${exchange} whose body never ends stops the others at once`, () =>
      Effect.gen(function* () {
        const endless = { status: 418, headers: { "retry-after": "120", "content-length": "100" }, body: "{" }
        const playback = Playback.make({ ...routes, [openInterest]: endless })
        const [took, result] = yield* read(playback, (source) =>
          Effect.gen(function* () {
            const first = yield* Effect.fork(Effect.flip(source.openInterest(symbol)))
            // The head has arrived by now, the body has not.
            yield* Effect.sleep("300 millis")
            const others = Effect.all(
              Array.from({ length: 5 }, () => Effect.flip(source.openInterest(symbol))),
              {
                concurrency: "unbounded"
              }
            )
            return [yield* Fiber.join(first), ...(yield* others)].map((error) => error._tag)
          }).pipe(Effect.orDie)
        )
        assert.deepStrictEqual(result, Either.right(Array.from({ length: 6 }, () => "Banned")))
        assert.strictEqual(requests(playback), 1)
        assert.isBelow(Duration.toMillis(took), 4000)
      })
    )

    it.live(`a reset by ${exchange} is asked for again once`, () =>
      Effect.gen(function* () {
        const works = replyTo(routes, openInterest, { symbol })
        const playback = Playback.make({ ...routes, [openInterest]: ["reset", works] })
        const [, result] = yield* read(playback, (source) => source.openInterest(symbol))
        assert.isTrue(Either.isRight(result), messageOf(result))
        assert.strictEqual(requests(playback), 2)
      })
    )
  }
})
