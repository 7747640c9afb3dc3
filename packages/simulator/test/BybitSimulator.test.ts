import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { BybitSimulator } from "../src/index.ts"
import { assertCovers, fixture, get, getJson, getText, type Row, time } from "./utils.ts"

interface Answer {
  readonly retCode: number
  readonly retMsg: string
  readonly result: { readonly category: string; readonly list: ReadonlyArray<Row>; readonly nextPageCursor: string }
  readonly time: number
}

const exchange = BybitSimulator.make({ time })

const instruments = "/v5/market/instruments-info"
const tickers = "/v5/market/tickers"

const ask = (path: string, app = exchange) => getJson<Answer>(app, path)

describe("the simulated Bybit", () => {
  it.effect("has every field of the documented bodies", () =>
    Effect.gen(function* () {
      for (const [path, name] of [
        [`${instruments}?category=linear&symbol=BTCUSDT`, "bybit-instruments-info.linear.doc.json"],
        [`${tickers}?category=inverse&symbol=BTCUSD`, "bybit-tickers.inverse.doc.json"]
      ] as const) {
        const documented = fixture<Answer>(name)
        const answer = yield* ask(path)
        assert.deepStrictEqual(Object.keys(answer), Object.keys(documented))
        assert.lengthOf(answer.result.list, 1)
        assertCovers(answer.result.list[0] ?? {}, documented.result.list[0] ?? {})
      }
    })
  )

  it.effect("refuses an unknown symbol in the recorded words, also one of the other category", () =>
    Effect.gen(function* () {
      const recorded = fixture<Answer>("bybit-error.unknown-symbol.json")
      for (const path of [
        `${instruments}?category=linear&symbol=NOPE`,
        `${tickers}?category=linear&symbol=BTCUSD`,
        `${tickers}?category=linear&symbol=btcusdt`
      ]) {
        const answer = yield* ask(path)
        assert.deepStrictEqual({ ...answer, time: recorded.time }, recorded)
      }
    })
  )

  it.effect("counts both sides and one side, and values them as Bybit does", () =>
    Effect.gen(function* () {
      for (const category of ["linear", "inverse"]) {
        const { result } = yield* ask(`${tickers}?category=${category}`)
        assert.isAbove(result.list.length, 3)
        for (const row of result.list) {
          const [both, one, mark, value] = ["openInterest", "singleOpenInterest", "markPrice", "openInterestValue"].map(
            (name) => Number(row[name])
          ) as [number, number, number, number]
          const places = String(row["openInterest"]).split(".")[1]?.length ?? 0
          assert.closeTo(one, both / 2, 0.51 * 10 ** -places)
          assert.closeTo(value, category === "linear" ? both * mark : both / mark, 0.006)
        }
      }
    })
  )

  it.effect("gives its list page by page, with a cursor behind each page that has contracts", () =>
    Effect.gen(function* () {
      const whole = yield* ask(`${instruments}?category=linear`)
      const symbols: Array<unknown> = []
      let cursor = ""
      let pages = 0
      do {
        const query = new URLSearchParams({ category: "linear", limit: "4", ...(cursor === "" ? {} : { cursor }) })
        const { result } = yield* ask(`${instruments}?${query}`)
        assert.isAtMost(result.list.length, 4)
        symbols.push(...result.list.map((row) => row["symbol"]))
        cursor = result.nextPageCursor
        pages++
      } while (cursor !== "")
      assert.deepStrictEqual(
        symbols,
        whole.result.list.map((row) => row["symbol"])
      )
      assert.strictEqual(pages, Math.ceil(symbols.length / 4) + 1)
    })
  )

  it.effect("refuses a bad category, limit or cursor", () =>
    Effect.gen(function* () {
      for (const [query, word] of [
        ["", "category"],
        ["?category=spot", "category"],
        ["?category=linear&limit=0", "limit"],
        ["?category=linear&limit=1001", "limit"],
        ["?category=linear&cursor=nope", "cursor"]
      ] as const) {
        const { retCode, retMsg } = yield* ask(`${instruments}${query}`)
        assert.deepStrictEqual([retCode, retMsg], [10001, `params error: ${word} invalid`])
      }
    })
  )

  it.effect("lists what has trouble, and cannot be asked for it", () =>
    Effect.gen(function* () {
      const app = BybitSimulator.make({ time, trouble: { BTCUSD: "vanished", ETHUSD: "delivering" } })
      const symbols = (answer: Answer) => answer.result.list.map((row) => row["symbol"])
      assert.includeMembers(symbols(yield* ask(`${instruments}?category=inverse`, app)), ["BTCUSD", "ETHUSD"])
      assert.deepStrictEqual(symbols(yield* ask(`${tickers}?category=inverse`, app)), ["BTCUSDZ26", "XRPUSD"])
      assert.strictEqual((yield* ask(`${tickers}?category=inverse&symbol=BTCUSD`, app)).retCode, 10001)
    })
  )

  it.effect("shows the same bytes for the same seed and time, and others for another seed", () =>
    Effect.gen(function* () {
      const path = `${tickers}?category=linear`
      const text = (seed: number) => getText(BybitSimulator.make({ seed, time }), path)
      assert.strictEqual(yield* text(7), yield* text(7))
      assert.notStrictEqual(yield* text(7), yield* text(8))
    })
  )

  it.effect("answers 404 at an unknown path", () =>
    Effect.map(get(exchange, "/v5/market/nope"), ({ status }) => assert.strictEqual(status, 404))
  )

  it.effect("serves 600 requests in any 5 seconds; who sends more is banned for 10 minutes", () =>
    Effect.gen(function* () {
      const app = BybitSimulator.make()
      const status = Effect.map(get(app, `${tickers}?category=inverse&symbol=BTCUSD`), (response) => response.status)
      const statuses = (count: number) => Effect.map(Effect.replicateEffect(status, count), (all) => new Set(all))
      assert.deepStrictEqual(yield* statuses(300), new Set([200]))
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual(yield* statuses(300), new Set([200]))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* statuses(300), new Set([200]))
      assert.strictEqual(yield* status, 403)
      yield* TestClock.adjust(Duration.subtract("10 minutes", "1 millis"))
      assert.strictEqual(yield* status, 403)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* status, 200)
    })
  )
})
