import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Exchange from "../src/Exchange.ts"
import * as Instrument from "../src/Instrument.ts"
import * as InstrumentCatalog from "../src/InstrumentCatalog.ts"
import type { InstrumentFilter } from "../src/InstrumentFilter.ts"
import type * as Listing from "../src/Listing.ts"
import {
  AmbiguousSymbol,
  type ExchangeError,
  Unavailable,
  UnexpectedResponse,
  UnknownSymbol
} from "../src/SourceError.ts"
import { time } from "./support.ts"

const exchange = Exchange.make("bitget")

const contract = (symbol: string, base: string, quote: string, settle: string, deliveryAt?: string) =>
  Instrument.make({
    exchange,
    symbol,
    base,
    quote,
    settle,
    contractSize: { amount: "1", unit: "base" },
    deliveryAt: deliveryAt === undefined ? undefined : time(deliveryAt)
  })

const btcusdt = contract("BTCUSDT", "BTC", "USDT", "USDT")
const ethusdt = contract("ETHUSDT", "ETH", "USDT", "USDT")
const btcusd = contract("BTCUSD", "BTC", "USD", "BTC")
const december2 = contract("BTCUSDZ26", "BTC", "USD", "BTC", "2026-12-25T08:00:00Z")
const december3 = contract("BTCCMZ26", "BTC", "USD", "BTC", "2026-12-25T08:00:00Z")

/** Margined in the scaled coin. */
const bonkusd = Instrument.make({
  exchange,
  symbol: "1000BONKUSD",
  base: "1000BONK",
  quote: "USD",
  settle: "1000BONK",
  scaled: { underlying: "BONK", multiplier: "1000" },
  contractSize: { amount: "1", unit: "base" }
})

const down = (detail: string) => new Unavailable({ exchange, detail })
const unreadableRow = new UnexpectedResponse({
  exchange,
  request: "GET /contracts",
  status: 200,
  path: "data[7].size",
  detail: "is missing",
  excerpt: ""
})

type Answer = ReadonlyArray<Instrument.Instrument> | ExchangeError

/** Two lists, linear and coin-margined. What they hold may be changed; how often they were read is counted. */
const catalogOf = Effect.fn(function* (
  isLike: Readonly<Partial<Record<"USDT-FUTURES" | "COIN-FUTURES", InstrumentCatalog.ProductList["isLike"]>>>
) {
  const answers: Record<"USDT-FUTURES" | "COIN-FUTURES", Answer> = {
    "USDT-FUTURES": [btcusdt, ethusdt],
    "COIN-FUTURES": [btcusd, december2, december3]
  }
  const reads = { "USDT-FUTURES": 0, "COIN-FUTURES": 0 }
  /** Milliseconds. */
  const takes = { "USDT-FUTURES": 0, "COIN-FUTURES": 0 }
  const failures: Array<Listing.ListingFailure> = []
  const listing = (
    product: keyof typeof answers,
    settlesIn: InstrumentCatalog.ProductList["settlesIn"]
  ): InstrumentCatalog.ProductList => ({
    product,
    settlesIn,
    isLike: isLike[product],
    read: Effect.gen(function* () {
      reads[product]++
      const answer = answers[product]
      yield* Effect.sleep(takes[product])
      return "_tag" in answer ? yield* answer : { listed: answer, failures }
    })
  })
  const { instrument, instruments, matching } = yield* InstrumentCatalog.make({
    exchange,
    lists: [
      listing("USDT-FUTURES", (settle) => settle === "USDT"),
      listing("COIN-FUTURES", (settle, base) => settle === base)
    ]
  })
  return { instruments, instrument, matching, answers, reads, takes, failures, lists: () => Object.values(reads) }
})

const catalog = catalogOf({})

/** As {@link catalog}, where symbols look like those of one list, of both, or of none. */
const guessing = catalogOf({
  "USDT-FUTURES": (symbol) => symbol.endsWith("T") || symbol === "X",
  "COIN-FUTURES": (symbol) => symbol.includes("USD") && !symbol.endsWith("T")
})

const symbols = ({ listed }: Listing.Listing) => listed.map(({ symbol }) => symbol)

describe("the contracts of an exchange", () => {
  it.scoped("are those of all its lists, each read once in five minutes", () =>
    Effect.gen(function* () {
      const { instruments, lists } = yield* catalog
      assert.deepStrictEqual(symbols(yield* instruments), ["BTCUSDT", "ETHUSDT", "BTCUSD", "BTCUSDZ26", "BTCCMZ26"])
      yield* TestClock.adjust("5 minutes")
      yield* instruments
      assert.deepStrictEqual(lists(), [1, 1])
      yield* TestClock.adjust("1 millis")
      yield* instruments
      assert.deepStrictEqual(lists(), [2, 2])
    })
  )

  it.scoped("are not read when nobody asks", () =>
    Effect.gen(function* () {
      const { instruments, lists } = yield* catalog
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(lists(), [0, 0])
      yield* instruments
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(lists(), [1, 1])
    })
  )

  it.scoped("are read side by side, once for all who ask meanwhile", () =>
    Effect.gen(function* () {
      const { instrument, instruments, lists, takes } = yield* catalog
      takes["USDT-FUTURES"] = 1000
      takes["COIN-FUTURES"] = 1000
      const asked = yield* Effect.fork(
        Effect.all([instruments, instruments, instrument("BTCUSD"), instrument("BTC/USDT:USDT")], {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(asked))[2].symbol, "BTCUSD")
      assert.deepStrictEqual(lists(), [1, 1])
    })
  )

  it.scoped("stand beside what could not be listed", () =>
    Effect.gen(function* () {
      const { answers, instruments } = yield* catalog
      answers["COIN-FUTURES"] = down("reset")
      const { failures, listed } = yield* instruments
      assert.deepStrictEqual(symbols({ listed, failures }), ["BTCUSDT", "ETHUSDT"])
      assert.deepStrictEqual(
        failures.map(({ error, missing, product, symbol }) => ({ product, missing, symbol, message: error.message })),
        [{ product: "COIN-FUTURES", missing: "list", symbol: undefined, message: "unavailable: reset" }]
      )
    })
  )

  it.scoped("are a failure only when no list can be read, and that is not kept", () =>
    Effect.gen(function* () {
      const { answers, instruments } = yield* catalog
      answers["USDT-FUTURES"] = down("first")
      answers["COIN-FUTURES"] = down("second")
      assert.strictEqual((yield* Effect.flip(instruments)).message, "unavailable: first")
      answers["COIN-FUTURES"] = [btcusd]
      assert.deepStrictEqual(symbols(yield* instruments), ["BTCUSD"])
    })
  )

  it.scoped("lose one list without reading the other again", () =>
    Effect.gen(function* () {
      const { answers, instruments, reads } = yield* catalog
      answers["COIN-FUTURES"] = down("reset")
      yield* instruments
      yield* instruments
      assert.deepStrictEqual(reads, { "USDT-FUTURES": 1, "COIN-FUTURES": 2 })
    })
  )
})

describe("the contracts of a filter", () => {
  const cases: ReadonlyArray<readonly [InstrumentFilter, ReadonlyArray<string>, ReadonlyArray<number>]> = [
    [{}, ["BTCUSDT", "ETHUSDT", "BTCUSD", "BTCUSDZ26", "BTCCMZ26", "1000BONKUSD"], [1, 1]],
    [{ settle: ["usdt"], base: ["eth"] }, ["ETHUSDT"], [1, 0]],
    [{ settle: ["usdt"] }, ["BTCUSDT", "ETHUSDT"], [1, 0]],
    [{ settle: ["BTC"] }, ["BTCUSD", "BTCUSDZ26", "BTCCMZ26"], [0, 1]],
    [{ settle: ["BTC"], base: ["ETH"] }, [], [0, 1]],
    [{ settle: ["1000BONK"], base: ["1000BONK"] }, ["1000BONKUSD"], [0, 1]],
    [{ settle: ["1000BONK"], base: ["bonk"] }, ["1000BONKUSD"], [0, 1]],
    [{ settle: [] }, [], [0, 0]],
    [{ settle: ["BTC"], base: [] }, [], [0, 1]]
  ]
  for (const [filter, expected, asked] of cases) {
    it.scoped(`${JSON.stringify(filter)} are found without a list that can't hold them`, () =>
      Effect.gen(function* () {
        const { answers, lists, matching } = yield* catalog
        answers["COIN-FUTURES"] = [btcusd, december2, december3, bonkusd]
        assert.deepStrictEqual(symbols(yield* matching(filter)), expected)
        assert.deepStrictEqual(lists(), asked)
      })
    )
  }
})

describe("a contract", () => {
  it.scoped("is found by the exchange's own symbol and by the unified one", () =>
    Effect.gen(function* () {
      const { instrument } = yield* catalog
      for (const symbol of ["BTCUSD", "BTC/USD:BTC"]) assert.strictEqual(yield* instrument(symbol), btcusd)
      for (const symbol of ["BTCUSDT", "BTC/USDT:USDT"]) assert.strictEqual(yield* instrument(symbol), btcusdt)
    })
  )

  it.scoped("is looked for only where its settle currency can stand, if that is known", () =>
    Effect.gen(function* () {
      const { instrument, reads } = yield* catalog
      yield* instrument("BTC/USDT:USDT")
      assert.deepStrictEqual(reads, { "USDT-FUTURES": 1, "COIN-FUTURES": 0 })
      yield* Effect.flip(instrument("BTC/USD:BTC-261225"))
      assert.deepStrictEqual(reads, { "USDT-FUTURES": 1, "COIN-FUTURES": 1 })
    })
  )

  it.scoped("is an error that names both where a unified symbol fits two", () =>
    Effect.gen(function* () {
      const { instrument } = yield* catalog
      const error = yield* Effect.flip(instrument("BTC/USD:BTC-261225"))
      assert.instanceOf(error, AmbiguousSymbol)
      assert.strictEqual(error.message, 'ambiguous symbol: "BTC/USD:BTC-261225" fits BTCUSDZ26 and BTCCMZ26')
      assert.strictEqual(yield* instrument("BTCUSDZ26"), december2)
      assert.strictEqual(yield* instrument("BTCCMZ26"), december3)
    })
  )

  it.scoped("is looked for first where its symbol looks at home, and there no other list is read", () =>
    Effect.gen(function* () {
      const { instrument, lists } = yield* guessing
      assert.strictEqual(yield* instrument("BTCUSDZ26"), december2)
      assert.deepStrictEqual(lists(), [0, 1])
      assert.strictEqual(yield* instrument("BTCUSDT"), btcusdt)
      assert.deepStrictEqual(lists(), [1, 1])
    })
  )

  it.scoped("is found where it does not look at home as well, each list read once", () =>
    Effect.gen(function* () {
      const { answers, instrument, lists } = yield* guessing
      const strange = contract("X", "X", "USD", "X")
      answers["COIN-FUTURES"] = [btcusd, strange]
      assert.strictEqual(yield* instrument("X"), strange)
      assert.deepStrictEqual(lists(), [1, 1])
    })
  )

  it.scoped("that looks at home in a list which fails is found in another, or is that failure", () =>
    Effect.gen(function* () {
      const { answers, instrument, lists } = yield* guessing
      answers["USDT-FUTURES"] = down("reset")
      answers["COIN-FUTURES"] = [btcusdt]
      assert.strictEqual(yield* instrument("BTCUSDT"), btcusdt)
      assert.deepStrictEqual(lists(), [1, 1])
      assert.strictEqual((yield* Effect.flip(instrument("ETHUSDT"))).message, "unavailable: reset")
      assert.deepStrictEqual(lists(), [2, 1])
    })
  )

  it.scoped(
    "that no list has is unknown, with near ones of all lists, each read again where it is older than a minute",
    () =>
      Effect.gen(function* () {
        const { instrument, lists } = yield* guessing
        const error = yield* Effect.flip(instrument("BTCUSDX26"))
        assert.instanceOf(error, UnknownSymbol)
        assert.includeMembers([...error.suggestions], ["BTCUSDZ26", "BTCUSDT"])
        assert.deepStrictEqual(lists(), [1, 1])
        yield* TestClock.adjust("2 minutes")
        yield* Effect.flip(instrument("BTCUSDX26"))
        assert.deepStrictEqual(lists(), [2, 2])
      })
  )

  it.scoped("of a list that answers does not wait for one that hangs", () =>
    Effect.gen(function* () {
      const { instrument, takes } = yield* catalog
      takes["COIN-FUTURES"] = 60_000
      assert.strictEqual(yield* instrument("BTCUSDT"), btcusdt)
      assert.strictEqual(yield* instrument("BTC/USDT:USDT"), btcusdt)
    })
  )

  it.scoped("of a list that answers is found while another fails", () =>
    Effect.gen(function* () {
      const { answers, instrument } = yield* catalog
      answers["COIN-FUTURES"] = down("reset")
      assert.strictEqual(yield* instrument("BTCUSDT"), btcusdt)
      assert.strictEqual(yield* instrument("BTC/USDT:USDT"), btcusdt)
      const missing = yield* Effect.flip(instrument("DOGE/USDT:USDT"))
      assert.instanceOf(missing, UnknownSymbol)
    })
  )

  it.scoped(
    "that might stand in a list which fails is that failure, not an unknown symbol; and the list is asked once",
    () =>
      Effect.gen(function* () {
        const { answers, instrument, reads } = yield* catalog
        answers["COIN-FUTURES"] = down("reset")
        assert.strictEqual((yield* Effect.flip(instrument("BTCUSD"))).message, "unavailable: reset")
        assert.strictEqual(reads["COIN-FUTURES"], 1)
        assert.strictEqual((yield* Effect.flip(instrument("BTC/USD:BTC"))).message, "unavailable: reset")
        assert.strictEqual(reads["COIN-FUTURES"], 2)
        answers["COIN-FUTURES"] = [btcusd]
        assert.strictEqual(yield* instrument("BTCUSD"), btcusd)
      })
  )

  it.scoped("whose row can't be read is the failure of that row, not an unknown symbol", () =>
    Effect.gen(function* () {
      const { failures, instrument } = yield* catalog
      failures.push({ product: "USDT-FUTURES", missing: "row", symbol: "XRPUSDT", error: unreadableRow })
      assert.strictEqual(yield* Effect.flip(instrument("XRPUSDT")), unreadableRow)
      assert.instanceOf(yield* Effect.flip(instrument("SOLUSDT")), UnknownSymbol)
    })
  )
})

describe("a list that keeps failing", () => {
  it.scoped("is not asked again for a symbol that another has at hand", () =>
    Effect.gen(function* () {
      const { answers, instrument, reads } = yield* catalog
      answers["COIN-FUTURES"] = down("HTTP 429")
      yield* instrument("BTCUSDT")
      const before = reads["COIN-FUTURES"]
      yield* Effect.forEach(Array.from({ length: 20 }), () => instrument("ETHUSDT"), { concurrency: "unbounded" })
      assert.strictEqual(reads["COIN-FUTURES"], before)
    })
  )
})

describe("a unified symbol", () => {
  it.scoped("that a row may be which can't be read is the failure of that row", () =>
    Effect.gen(function* () {
      const { answers, failures, instrument } = yield* catalog
      answers["USDT-FUTURES"] = [ethusdt]
      failures.push({ product: "USDT-FUTURES", missing: "row", symbol: "BTCUSDT", error: unreadableRow })
      assert.strictEqual(yield* Effect.flip(instrument("BTC/USDT:USDT")), unreadableRow)
      assert.strictEqual((yield* Effect.flip(instrument("SOL/USDT:USDT")))._tag, "UnknownSymbol")
    })
  )

  it.scoped("is not ambiguous where one contract is listed twice", () =>
    Effect.gen(function* () {
      const { answers, instrument } = yield* catalog
      answers["USDT-FUTURES"] = [btcusdt, btcusdt]
      assert.strictEqual((yield* instrument("BTC/USDT:USDT")).symbol, "BTCUSDT")
      assert.strictEqual((yield* instrument("BTCUSDT")).symbol, "BTCUSDT")
    })
  )
})

describe("a symbol that is not listed", () => {
  it.scoped("is unknown, with the nearest that are", () =>
    Effect.gen(function* () {
      const { instrument } = yield* catalog
      const error = yield* Effect.flip(instrument("BTCUSDX"))
      assert.instanceOf(error, UnknownSymbol)
      assert.strictEqual(error.message, 'unknown symbol: bitget knows no contract "BTCUSDX"')
      assert.include(error.suggestions, "BTCUSDT")
      const unified = yield* Effect.flip(instrument("BTC/USDT:USDC"))
      assert.instanceOf(unified, UnknownSymbol)
      assert.strictEqual(unified.suggestions[0], "BTC/USDT:USDT")
    })
  )

  it.scoped("makes the lists be read again, but at most once a minute", () =>
    Effect.gen(function* () {
      const { instrument, lists } = yield* catalog
      yield* instrument("BTCUSDT")
      yield* Effect.flip(instrument("NEWUSDT"))
      assert.deepStrictEqual(lists(), [1, 1])
      yield* TestClock.adjust("60001 millis")
      yield* Effect.flip(instrument("NEWUSDT"))
      assert.deepStrictEqual(lists(), [2, 2])
      yield* Effect.all(
        Array.from({ length: 20 }, (_, n) => Effect.flip(instrument(`NEW${n}`))),
        { concurrency: 20 }
      )
      yield* TestClock.adjust("1 minute")
      yield* Effect.flip(instrument("NEWUSDT"))
      assert.deepStrictEqual(lists(), [2, 2])
    })
  )

  it.scoped("is not searched for again within a minute after a search that failed", () =>
    Effect.gen(function* () {
      const { answers, instrument, reads } = yield* catalog
      yield* Effect.flip(instrument("NOPE"))
      yield* TestClock.adjust("61 seconds")
      answers["USDT-FUTURES"] = down("HTTP 503")
      const tags = yield* Effect.forEach(["A", "B", "C"], (symbol) =>
        Effect.map(Effect.flip(instrument(symbol)), ({ _tag }) => _tag)
      )
      assert.deepStrictEqual(tags, ["UnknownSymbol", "UnknownSymbol", "UnknownSymbol"])
      assert.strictEqual(reads["USDT-FUTURES"], 2)
      yield* TestClock.adjust("1 minute")
      yield* Effect.flip(instrument("D"))
      assert.strictEqual(reads["USDT-FUTURES"], 3)
    })
  )

  it.scoped("is found once it is listed", () =>
    Effect.gen(function* () {
      const { answers, instrument } = yield* catalog
      yield* Effect.flip(instrument("SOLUSDT"))
      const solusdt = contract("SOLUSDT", "SOL", "USDT", "USDT")
      answers["USDT-FUTURES"] = [btcusdt, ethusdt, solusdt]
      yield* TestClock.adjust("61 seconds")
      assert.strictEqual(yield* instrument("SOLUSDT"), solusdt)
      assert.strictEqual(yield* instrument("SOL/USDT:USDT"), solusdt)
    })
  )
})

describe("an interrupted caller", () => {
  it.scoped("takes nobody along who waits for the same list", () =>
    Effect.gen(function* () {
      const { instrument, lists, takes } = yield* catalog
      takes["USDT-FUTURES"] = 1000
      takes["COIN-FUTURES"] = 1000
      const first = yield* Effect.fork(instrument("BTCUSDT"))
      yield* TestClock.adjust("100 millis")
      const second = yield* Effect.fork(instrument("BTCUSDT"))
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(first)))
      yield* TestClock.adjust("800 millis")
      assert.strictEqual(yield* Fiber.join(second), btcusdt)
      assert.deepStrictEqual(lists(), [1, 1])
    })
  )
})
