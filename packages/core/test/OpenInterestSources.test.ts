import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as BaseUrl from "../src/BaseUrl.ts"
import * as Exchange from "../src/Exchange.ts"
import * as OpenInterestSource from "../src/OpenInterestSource.ts"
import * as OpenInterestSources from "../src/OpenInterestSources.ts"
import * as SourceError from "../src/SourceError.ts"
import * as Target from "../src/Target.ts"
import { binanceBtc, binanceEth, bitgetBtcUsdt, markPrice, reading, show } from "./support.ts"

const { OpenInterestSources: Sources } = OpenInterestSources

const binance = OpenInterestSource.layerReadings(
  "binance",
  [reading(binanceBtc, "12668208"), reading(binanceEth, "5")],
  [markPrice(binanceBtc, "71008.1")]
)
const bitget = OpenInterestSource.layerReadings("bitget", [reading(bitgetBtcUsdt, "57.714", "base")])
const broken = Layer.fail(ConfigError.InvalidData(["OPEN_INTEREST_BROKEN", "BASE_URL"], "expected an https URL"))

const targets = (...texts: ReadonlyArray<string>) =>
  texts.map((text) => Target.make(text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)))

/** One line per outcome: the target with its base figure or its error. */
const valuations = (...texts: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const outcomes = yield* (yield* Sources).valuations(targets(...texts))
    return outcomes.map(
      ({ of, result }) => `${of} ${Either.match(result, { onLeft: String, onRight: ({ base }) => show(base) })}`
    )
  })

describe("several sources", () => {
  it.effect("work side by side, though they are layers of one tag", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      assert.deepStrictEqual(sources.exchanges, ["binance", "bitget"])
      assert.strictEqual((yield* sources.source("binance")).exchange, "binance")
      assert.strictEqual((yield* sources.source("bitget")).exchange, "bitget")
      assert.deepStrictEqual(yield* valuations("binance:BTCUSD_PERP", "bitget:BTCUSDT"), [
        "binance:BTCUSD_PERP 17840.51115295 BTC",
        "bitget:BTCUSDT 57.714 BTC"
      ])
    }).pipe(Effect.provide(OpenInterestSources.layer({ binance, bitget })))
  )

  it.effect("are known by name: for any other the error lists the names that there are", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Sources).source("Binance"))
      assert.instanceOf(error, OpenInterestSources.UnknownExchange)
      assert.deepStrictEqual(error.known, ["binance", "bitget"])
      assert.strictEqual(error.message, 'unknown exchange "Binance": there are binance, bitget')
    }).pipe(Effect.provide(OpenInterestSources.layer({ binance, bitget })))
  )

  it.effect("go by the names that they were given", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      assert.deepStrictEqual(sources.exchanges, ["live", "spare"])
      assert.deepStrictEqual(yield* valuations("spare:BTCUSD_PERP"), ["spare:BTCUSD_PERP 17840.51115295 BTC"])
    }).pipe(Effect.provide(OpenInterestSources.layer({ live: bitget, spare: binance })))
  )

  it.effect("have built once what they have in common, and close it with themselves", () => {
    class Client extends Context.Tag("@open-interest/core/test/Client")<Client, string>() {}
    const events: Array<string> = []
    const client = Layer.scoped(
      Client,
      Effect.acquireRelease(
        Effect.sync(() => (events.push("open"), "the client")),
        () => Effect.sync(() => events.push("close"))
      )
    )
    const over = (layer: typeof binance) => Layer.provide(Layer.unwrapEffect(Effect.as(Client, layer)), client)
    return Effect.gen(function* () {
      yield* valuations("binance:BTCUSD_PERP", "bitget:BTCUSDT").pipe(
        Effect.provide(OpenInterestSources.layer({ binance: over(binance), bitget: over(bitget) }))
      )
      assert.deepStrictEqual(events, ["open", "close"])
    })
  })
})

describe("one outcome per target", () => {
  const provide = Effect.provide(OpenInterestSources.layer({ binance, bitget, broken }))

  it.effect("comes in the order of the targets, successes and failures of every kind beside each other", () =>
    Effect.gen(function* () {
      const lines = yield* valuations(
        "broken:BTCUSD",
        "bitget:BTCUSDT",
        "nowhere:BTCUSD",
        "binance:BTCUSD_PREP",
        "binance:ETHUSD_PERP",
        "binance:BTCUSD_PERP",
        "bitget:BTCUSDT"
      )
      assert.deepStrictEqual(lines, [
        "broken:BTCUSD Misconfigured: wrong setting: OPEN_INTEREST_BROKEN_BASE_URL: expected an https URL",
        "bitget:BTCUSDT 57.714 BTC",
        'nowhere:BTCUSD UnknownExchange: unknown exchange "nowhere": there are binance, bitget, broken',
        'binance:BTCUSD_PREP UnknownSymbol: unknown symbol: binance knows no contract "BTCUSD_PREP"',
        "binance:ETHUSD_PERP NoPrice",
        "binance:BTCUSD_PERP 17840.51115295 BTC",
        "bitget:BTCUSDT 57.714 BTC"
      ])
    }).pipe(provide)
  )

  it.effect("is no outcome for no target", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* valuations(), [])
    }).pipe(provide)
  )
})

describe("the lists of contracts", () => {
  it.effect("come from all sources in their order, failures beside successes", () =>
    Effect.gen(function* () {
      const all = yield* (yield* Sources).instruments()
      assert.deepStrictEqual(
        all.map(({ of, result }) => [
          of,
          Either.match(result, { onLeft: (error) => error._tag, onRight: ({ listed }) => listed.length })
        ]),
        [
          ["binance", 2],
          ["broken", "Misconfigured"],
          ["down", "Unavailable"],
          ["bitget", 1]
        ]
      )
    }).pipe(
      Effect.provide(
        OpenInterestSources.layer({
          binance,
          broken,
          down: OpenInterestSource.layerMock({
            exchange: Exchange.make("down"),
            instruments: new SourceError.Unavailable({ exchange: Exchange.make("down"), detail: "reset" })
          }),
          bitget
        })
      )
    )
  )

  it.effect("come from those that are asked for, in that order", () =>
    Effect.gen(function* () {
      const some = yield* (yield* Sources).instruments(["nowhere", "bitget"])
      assert.deepStrictEqual(
        some.map(({ of, result }) => [of, Either.isRight(result)]),
        [
          ["nowhere", false],
          ["bitget", true]
        ]
      )
      assert.deepStrictEqual(yield* (yield* Sources).instruments([]), [])
    }).pipe(Effect.provide(OpenInterestSources.layer({ binance, bitget })))
  )
})

describe("a source that can't be built", () => {
  const setting = (name: string, config: Config.Config<unknown>) =>
    Layer.unwrapEffect(Effect.as(Config.nested(config, name), binance))
  const settings = new Map([["OPEN_INTEREST_A.BASE_URL", "http://example.com"]])
  const provide = Effect.provide(
    OpenInterestSources.layer({
      a: setting("OPEN_INTEREST_A", BaseUrl.config("BASE_URL")),
      b: setting("OPEN_INTEREST_B", Config.all([Config.string("KEY"), Config.string("SECRET")])),
      c: Layer.fail(new Error("no such file")),
      binance
    }).pipe(Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(settings))))
  )

  it.effect("is a wrong setting for who asks for it, and nothing to the others", () =>
    Effect.gen(function* () {
      const { exchanges, source } = yield* Sources
      assert.deepStrictEqual(exchanges, ["a", "b", "c", "binance"])
      const error = yield* Effect.flip(source("a"))
      assert.instanceOf(error, OpenInterestSources.Misconfigured)
      assert.strictEqual(error.exchange, "a")
      assert.isTrue(ConfigError.isConfigError(error.cause))
      assert.strictEqual((yield* source("binance")).exchange, "binance")
    }).pipe(provide)
  )

  it.effect("names each key in full", () =>
    Effect.gen(function* () {
      const { source } = yield* Sources
      const { message } = yield* Effect.flip(source("a"))
      assert.match(
        message,
        /^wrong setting: OPEN_INTEREST_A_BASE_URL: expected an https URL.*got "http:\/\/example.com"$/
      )
      assert.strictEqual(message.split("BASE_URL").length, 2)
      assert.match(
        (yield* Effect.flip(source("b"))).message,
        /^wrong setting: OPEN_INTEREST_B_KEY: .+; OPEN_INTEREST_B_SECRET: .+$/
      )
      assert.strictEqual((yield* Effect.flip(source("c"))).message, "could not be set up: no such file")
    }).pipe(provide)
  )
})

describe("a defect", () => {
  const defective = OpenInterestSource.layerMock({
    exchange: Exchange.make("acme"),
    valuation: () => Effect.dieMessage("a bug"),
    instruments: Effect.dieMessage("a bug")
  })

  it.effect("in one source is a failure of that one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* valuations("acme:X", "binance:BTCUSD_PERP", "unborn:X"), [
        "acme:X Unavailable: unavailable: a defect in the source: a bug",
        "binance:BTCUSD_PERP 17840.51115295 BTC",
        "unborn:X Misconfigured: could not be set up: no layer"
      ])
      const lists = yield* (yield* Sources).instruments()
      assert.deepStrictEqual(
        lists.map(({ of, result }) => [of, Either.isRight(result)]),
        [
          ["acme", false],
          ["binance", true],
          ["unborn", false]
        ]
      )
    }).pipe(
      Effect.provide(OpenInterestSources.layer({ acme: defective, binance, unborn: Layer.die(new Error("no layer")) }))
    )
  )
})

describe("sources that need different services", () => {
  class Left extends Context.Tag("test/Left")<Left, number>() {}
  class Right extends Context.Tag("test/Right")<Right, number>() {}

  it.effect("need them all", () => {
    const all = OpenInterestSources.layer({
      binance: Layer.unwrapEffect(Effect.as(Left, binance)),
      bitget: Layer.unwrapEffect(Effect.as(Right, bitget))
    })
    // @ts-expect-error neither is provided
    const unprovided: Layer.Layer<OpenInterestSources.OpenInterestSources> = all
    assert.isTrue(Layer.isLayer(unprovided))
    return Effect.gen(function* () {
      assert.deepStrictEqual((yield* Sources).exchanges, ["binance", "bitget"])
      assert.strictEqual((yield* (yield* Sources).source("bitget")).exchange, "bitget")
    }).pipe(Effect.provide(Layer.provide(all, Layer.merge(Layer.succeed(Left, 1), Layer.succeed(Right, 2)))))
  })
})

describe("reading side by side", () => {
  /** A source whose readings take a second each, and how many there were at the same time at most. */
  const slow = (name: string) => {
    let now = 0
    let most = 0
    const reading = Effect.acquireUseRelease(
      Effect.sync(() => {
        most = Math.max(most, ++now)
      }),
      () =>
        Effect.zipRight(
          Effect.sleep("1 second"),
          new SourceError.Unavailable({ exchange: Exchange.make(name), detail: "reset" })
        ),
      () => Effect.sync(() => now--)
    )
    return {
      layer: OpenInterestSource.layerMock({ exchange: Exchange.make(name), valuation: () => reading }),
      most: () => most
    }
  }

  it.effect("takes eight contracts of one exchange at a time, and no exchange waits for another", () =>
    Effect.gen(function* () {
      const a = slow("a")
      const b = slow("b")
      const asked = [...Array.from({ length: 20 }, (_, n) => `a:${n}`), "b:0"]
      const all = yield* Effect.fork(
        Effect.provide(valuations(...asked), OpenInterestSources.layer({ a: a.layer, b: b.layer }))
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual(b.most(), 1)
      assert.strictEqual(a.most(), 8)
      yield* TestClock.adjust("1999 millis")
      assert.isNull(all.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(all)).length, 21)
      assert.strictEqual(a.most(), 8)
    })
  )

  it.effect("bounds by exchange also what several callers read together", () =>
    Effect.gen(function* () {
      const a = slow("a")
      const asked = Array.from({ length: 6 }, (_, n) => `a:${n}`)
      const all = yield* Effect.fork(
        Effect.all([valuations(...asked), valuations(...asked)], { concurrency: 2 }).pipe(
          Effect.provide(OpenInterestSources.layer({ a: a.layer }))
        )
      )
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(all)))
      assert.strictEqual(a.most(), 8)
    })
  )
})
