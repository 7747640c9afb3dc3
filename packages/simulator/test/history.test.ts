import type * as HttpApp from "@effect/platform/HttpApp"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import { BinanceSimulator } from "../src/index.ts"
import * as Slots from "../src/internal/binance/slots.ts"
import { assertSameShape, get, getJson, type Row, time } from "./utils.ts"

interface HistoryRow {
  readonly contractType: string
  readonly sumOpenInterest: string
  readonly sumOpenInterestValue: string
  readonly pair: string
  readonly timestamp: number
}

/** Recorded on dapi, 2026-10-06. */
const recorded =
  '[{"contractType":"PERPETUAL","sumOpenInterest":"2909783.00000000","sumOpenInterestValue":"3377.42432722","pair":"BTCUSD","timestamp":1791284100000}]'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const periods = { "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "6h": 360, "12h": 720, "1d": 1440 }

const path = (query: Readonly<Record<string, string | number>>) =>
  `/futures/data/openInterestHist?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))}`

const bitcoin = { pair: "BTCUSD", contractType: "PERPETUAL", period: "5m" }

const at = (text: string) => DateTime.unsafeMake(text)

/** The rows that an exchange gives whose figures stand still at `time`. */
const rowsAt = (now: DateTime.Utc, query: Readonly<Record<string, string | number>>) =>
  getJson<Array<HistoryRow>>(BinanceSimulator.make({ time: now }), path(query))

describe("a slot", () => {
  const dated = (slot: Slots.Slot, now: number) => {
    const holder = Slots.holder("BTC", slot, now)
    assert(holder?.deliveryTime !== undefined)
    assert.strictEqual(
      holder.symbol,
      `BTCUSD_${new Date(holder.deliveryTime).toISOString().slice(2, 10).replaceAll("-", "")}`
    )
    return holder.deliveryTime
  }

  const isLastFridayOfQuarter = (millis: number) => {
    const date = new Date(millis)
    const weekLater = new Date(millis + 7 * day)
    return (
      date.getUTCDay() === 5 &&
      date.getUTCMonth() % 3 === 2 &&
      date.getUTCMonth() !== weekLater.getUTCMonth() &&
      millis % day === 8 * hour
    )
  }

  it("is held by the contract delivered next, CURRENT_QUARTER, and the one after, NEXT_QUARTER, at any time", () => {
    const anyTime = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2060, 0) })
    fc.assert(
      fc.property(anyTime, (now) => {
        const current = dated("CURRENT_QUARTER", now)
        const next = dated("NEXT_QUARTER", now)
        assert.isAbove(current, now)
        assert.isTrue(isLastFridayOfQuarter(current) && isLastFridayOfQuarter(next))
        assert.strictEqual(dated("CURRENT_QUARTER", current), next)
        // No quarter is skipped: a contract is delivered 12 to 15 weeks after the one before.
        assert.isAtMost(current - now, 15 * 7 * day)
        assert.isTrue(next - current >= 12 * 7 * day && next - current <= 15 * 7 * day)
      })
    )
  })

  it("passes on at the moment of delivery", () => {
    const delivery = Date.UTC(2026, 8, 25, 8)
    assert.strictEqual(Slots.holder("BTC", "CURRENT_QUARTER", delivery - 1)?.symbol, "BTCUSD_260925")
    assert.strictEqual(Slots.holder("BTC", "NEXT_QUARTER", delivery - 1)?.symbol, "BTCUSD_261225")
    assert.strictEqual(Slots.holder("BTC", "CURRENT_QUARTER", delivery)?.symbol, "BTCUSD_261225")
    assert.strictEqual(Slots.holder("BTC", "NEXT_QUARTER", delivery)?.symbol, "BTCUSD_270326")
  })
})

describe("a row of the history", () => {
  it.effect("has the recorded members in the recorded order", () =>
    Effect.gen(function* () {
      for (const contractType of ["ALL", "PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER"]) {
        const rows = yield* rowsAt(time, { ...bitcoin, contractType })
        assertSameShape(rows, JSON.parse(recorded))
        for (const row of rows) {
          assert.deepInclude(row, { contractType, pair: "BTCUSD" })
          assert.match(row.sumOpenInterest, /^[1-9]\d*\.00000000$/)
          assert.match(row.sumOpenInterestValue, /^[1-9]\d*\.\d{8}$/)
          assert.strictEqual(row.timestamp % (5 * minute), 0)
        }
      }
    })
  )

  it.effect("counts contracts, and values them in base coin at the mark price of its time", () =>
    Effect.gen(function* () {
      const cases = [
        ["BTCUSD", "PERPETUAL", "BTCUSD_PERP", 100],
        ["ETHUSD", "CURRENT_QUARTER", "ETHUSD_261225", 10],
        ["SOLUSD", "NEXT_QUARTER", "SOLUSD_270326", 10]
      ] as const
      for (const [pair, contractType, symbol, contractSize] of cases) {
        for (const row of yield* rowsAt(time, { pair, contractType, period: "1h", limit: 5 })) {
          const then = BinanceSimulator.make({ time: DateTime.unsafeMake(row.timestamp) })
          const [index] = yield* getJson<[Row]>(then, `/dapi/v1/premiumIndex?symbol=${symbol}`)
          const expected = (Number(row.sumOpenInterest) * contractSize) / Number(index["markPrice"])
          assert.approximately(Number(row.sumOpenInterestValue) / expected, 1, 1e-9)
        }
      }
    })
  )

  it.effect("is at the level of the snapshot for a quarterly, and at another for a perpetual", () =>
    Effect.gen(function* () {
      const app = BinanceSimulator.make({ time })
      const share = function* (contractType: string, symbol: string) {
        const [row] = yield* getJson<[HistoryRow]>(app, path({ ...bitcoin, contractType, limit: 1 }))
        const snapshot = yield* getJson(app, `/dapi/v1/openInterest?symbol=${symbol}`)
        return Number(row.sumOpenInterest) / Number(snapshot["openInterest"])
      }
      assert.approximately(yield* share("CURRENT_QUARTER", "BTCUSD_261225"), 1, 0.01)
      assert.approximately(yield* share("NEXT_QUARTER", "BTCUSD_270326"), 1, 0.01)
      assert.approximately(yield* share("PERPETUAL", "BTCUSD_PERP"), 2_909_783 / 12_668_208, 0.01)
    })
  )

  it.effect("adds up the slots where all are asked for", () =>
    Effect.gen(function* () {
      const [all] = yield* rowsAt(time, { ...bitcoin, contractType: "ALL", limit: 1 })
      let contracts = 0
      let value = 0
      for (const contractType of Slots.slots) {
        const [row] = yield* rowsAt(time, { ...bitcoin, contractType, limit: 1 })
        contracts += Number(row?.sumOpenInterest)
        value += Number(row?.sumOpenInterestValue)
      }
      assert.strictEqual(Number(all?.sumOpenInterest), contracts)
      assert.approximately(Number(all?.sumOpenInterestValue), value, 1e-6)
    })
  )
})

describe("the rows of the history", () => {
  const now = at("2026-10-06T12:05:07Z")

  it.effect("are the newest thirty where nothing else is asked for, the oldest first", () =>
    Effect.gen(function* () {
      const rows = yield* rowsAt(now, bitcoin)
      assert.deepStrictEqual(
        rows.map((row) => row.timestamp),
        Array.from({ length: 30 }, (_, i) => Date.UTC(2026, 9, 6, 12, 5) - (29 - i) * 5 * minute)
      )
    })
  )

  it.effect("come the newest first where that is the order", () =>
    Effect.gen(function* () {
      const twin = BinanceSimulator.make({ time: now, historyOrder: "newest first" })
      const rows = yield* getJson<Array<HistoryRow>>(twin, path(bitcoin))
      assert.deepStrictEqual(rows, (yield* rowsAt(now, bitcoin)).toReversed())
    })
  )

  it.effect("appear six seconds after their time", () =>
    Effect.gen(function* () {
      const newest = (text: string) =>
        Effect.map(rowsAt(at(text), { ...bitcoin, limit: 1 }), ([row]) => new Date(row?.timestamp ?? 0).toISOString())
      assert.strictEqual(yield* newest("2026-10-06T12:05:05.999Z"), "2026-10-06T12:00:00.000Z")
      assert.strictEqual(yield* newest("2026-10-06T12:05:06Z"), "2026-10-06T12:05:00.000Z")
    })
  )

  it.effect("reach back thirty days and no further", () =>
    Effect.gen(function* () {
      const rows = yield* rowsAt(now, { ...bitcoin, period: "1d", limit: 500 })
      assert.strictEqual(rows.length, 30)
      assert.strictEqual(rows[0]?.timestamp, Date.UTC(2026, 8, 7))
      const startTime = now.epochMillis - 30 * day
      assert.deepStrictEqual(yield* rowsAt(now, { ...bitcoin, period: "1d", limit: 500, startTime }), rows)
    })
  )

  it.effect("are the newest of the range, on the grid of the period, both ends included", () =>
    Effect.gen(function* () {
      const grid = fc.constantFrom(...(Object.keys(periods) as Array<keyof typeof periods>))
      const ago = fc.integer({ min: 0, max: 30 * day })
      const query = fc.record({
        period: grid,
        limit: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
        startTime: fc.option(ago, { nil: undefined }),
        endTime: fc.option(ago, { nil: undefined })
      })
      for (const { endTime, limit, period, startTime } of fc.sample(query, { numRuns: 60, seed: 20261006 })) {
        const [from, to] = [startTime, endTime].map((agoMillis) =>
          agoMillis === undefined ? undefined : now.epochMillis - agoMillis
        )
        if (from !== undefined && to !== undefined && from > to) {
          continue
        }
        const rows = yield* rowsAt(now, {
          ...bitcoin,
          period,
          ...(limit === undefined ? {} : { limit }),
          ...(from === undefined ? {} : { startTime: from }),
          ...(to === undefined ? {} : { endTime: to })
        })
        const step = periods[period] * minute
        const expected: Array<number> = []
        for (let t = 0; t <= 30 * day; t += 5 * minute) {
          const timestamp = Date.UTC(2026, 8, 6, 12, 10) + t
          if (timestamp % step === 0 && timestamp >= (from ?? 0) && timestamp <= (to ?? Infinity)) {
            if (timestamp <= now.epochMillis) expected.push(timestamp)
          }
        }
        assert.deepStrictEqual(
          rows.map((row) => row.timestamp),
          expected.slice(-(limit ?? 30))
        )
      }
    })
  )

  it.effect("follow a contract from one slot into the other, so a slot jumps at the roll", () =>
    Effect.gen(function* () {
      const delivery = Date.UTC(2026, 8, 25, 8)
      const range = { period: "5m", startTime: delivery - 10 * minute, endTime: delivery + 5 * minute }
      for (const pair of ["BTCUSD", "BNBUSD", "ETHUSD", "SOLUSD", "XRPUSD"]) {
        const series = (contractType: string) =>
          Effect.map(rowsAt(at("2026-10-06T12:00:00Z"), { pair, contractType, ...range }), (rows) =>
            rows.map((row) => Number(row.sumOpenInterest))
          )
        const current = yield* series("CURRENT_QUARTER")
        const next = yield* series("NEXT_QUARTER")
        assert.strictEqual(current.length, 4)
        const change = (from = NaN, to = NaN) => Math.abs(to / from - 1)
        assert.isBelow(change(current[0], current[1]), 0.02)
        assert.isAbove(change(current[1], current[2]), 0.05)
        assert.isBelow(change(next[1], current[2]), 0.02)
        assert.isAbove(change(next[1], next[2]), 0.05)
      }
    })
  )

  it.effect("of a coin without quarterlies are none for those slots, and the perpetual's for all", () =>
    Effect.gen(function* () {
      for (const contractType of ["CURRENT_QUARTER", "NEXT_QUARTER"]) {
        assert.deepStrictEqual(yield* rowsAt(now, { pair: "ADAUSD", contractType, period: "1h" }), [])
      }
      const all = yield* rowsAt(now, { pair: "ADAUSD", contractType: "ALL", period: "1h" })
      const perpetual = yield* rowsAt(now, { pair: "ADAUSD", contractType: "PERPETUAL", period: "1h" })
      assert.strictEqual(all.length, 30)
      assert.deepStrictEqual(
        all,
        perpetual.map((row) => ({ ...row, contractType: "ALL" }))
      )
    })
  )

  it.effect("are none of a range that has not begun", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* rowsAt(now, { ...bitcoin, startTime: now.epochMillis + hour }), [])
    })
  )
})

describe("a question to the history that is refused", () => {
  const now = time.epochMillis
  const invalid = (name: string) => `{"msg":"parameter '${name}' is invalid.","code":-1130}`
  const missing = (name: string) =>
    `{"msg":"Mandatory parameter '${name}' was not sent, was empty/null, or malformed.","code":-1102}`
  const { contractType, pair, period } = bitcoin

  const cases: ReadonlyArray<readonly [name: string, path: string, body: string]> = [
    ["without a pair", path({ contractType, period }), missing("pair")],
    ["without a contract type", path({ pair, period }), missing("contractType")],
    ["without a period", path({ pair, contractType }), missing("period")],
    ["with an empty pair", path({ ...bitcoin, pair: "" }), missing("pair")],
    ["with an unknown pair", path({ ...bitcoin, pair: "BTCUSDT" }), `{"msg":"Invalid pair.","code":-4087}`],
    ["with a symbol for a pair", path({ ...bitcoin, pair: "BTCUSD_PERP" }), `{"msg":"Invalid pair.","code":-4087}`],
    [
      "with an unknown contract type",
      path({ ...bitcoin, contractType: "THIS_QUARTER" }),
      `{"msg":"Invalid contract type.","code":-4104}`
    ],
    ["with an unknown period", path({ ...bitcoin, period: "1m" }), invalid("period")],
    ["with a period in capitals", path({ ...bitcoin, period: "1D" }), invalid("period")],
    ["with a limit of 0", path({ ...bitcoin, limit: 0 }), invalid("limit")],
    ["with a limit over 500", path({ ...bitcoin, limit: 501 }), invalid("limit")],
    ["with a time in words", path({ ...bitcoin, startTime: "yesterday" }), invalid("startTime")],
    ["from over 30 days ago", path({ ...bitcoin, startTime: now - 30 * day - 1 }), invalid("startTime")],
    ["until over 30 days ago", path({ ...bitcoin, endTime: now - 30 * day - 1 }), invalid("endTime")],
    [
      "from after its end",
      path({ ...bitcoin, startTime: now, endTime: now - 1 }),
      `{"msg":"Start time is greater than end time.","code":-1023}`
    ],
    [
      "with two pairs",
      `${path(bitcoin)}&pair=ETHUSD`,
      `{"msg":"Duplicate values for a parameter detected.","code":-1101}`
    ]
  ]
  for (const [name, url, body] of cases) {
    it.effect(`is one ${name}`, () =>
      Effect.gen(function* () {
        const response = yield* get(BinanceSimulator.make({ time }), url)
        assert.strictEqual(response.status, 400)
        assert.strictEqual(yield* Effect.promise(() => response.text()), body)
      })
    )
  }

  it.effect("is not one in small letters", () =>
    Effect.gen(function* () {
      const lower = { pair: "btcusd", contractType: "perpetual", period: "5m" }
      assert.deepStrictEqual(yield* rowsAt(time, lower), yield* rowsAt(time, bitcoin))
    })
  )
})

describe("the limit of the history", () => {
  const answer = (exchange: HttpApp.Default, url: string) =>
    Effect.flatMap(get(exchange, url), (response) =>
      Effect.promise(async () => ({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text()
      }))
    )

  const cheap = path({ ...bitcoin, limit: 1 })

  it.effect("is a thousand requests in five minutes, beside the weight, and no answer states what was used", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 5, 3))
      const exchange = BinanceSimulator.make({ time })
      const bad = yield* answer(exchange, path({ ...bitcoin, pair: "NOPE" }))
      assert.strictEqual(bad.status, 400)
      for (let n = 1; n < 1000; n++) {
        const { headers, status } = yield* answer(exchange, cheap)
        assert.strictEqual(status, 200)
        assert.notInclude(Object.keys(headers).join(), "x-mbx")
      }
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 9, 59, 999))
      const refused = yield* answer(exchange, cheap)
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.headers["retry-after"], "1")
      assert.notInclude(Object.keys(refused.headers).join(), "x-mbx")
      assert.match(refused.text, /^{"code":-1003,"msg":"Too many requests; current limit is 1000 /)
      const snapshot = yield* answer(exchange, "/dapi/v1/openInterest?symbol=BTCUSD_PERP")
      assert.strictEqual(snapshot.status, 200)
      assert.strictEqual(snapshot.headers["x-mbx-used-weight-1m"], "1")
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 10))
      assert.strictEqual((yield* answer(exchange, cheap)).status, 200)
    })
  )

  it.effect("brings a ban from the whole exchange to who goes on", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 5))
      const exchange = BinanceSimulator.make({ time, limits: { historyPerFiveMinutes: 0 } })
      for (let n = 0; n < 10; n++) {
        const { headers, status } = yield* answer(exchange, cheap)
        assert.strictEqual(status, 429)
        assert.strictEqual(headers["retry-after"], "300")
      }
      for (const url of [cheap, "/dapi/v1/exchangeInfo", "/futures/data/openInterestHist"]) {
        const banned = yield* answer(exchange, url)
        assert.strictEqual(banned.status, 418)
        assert.strictEqual(banned.headers["retry-after"], "120")
        assert.include(banned.text, `IP banned until ${Date.UTC(2026, 9, 6, 12, 7)}.`)
      }
      yield* TestClock.setTime(Date.UTC(2026, 9, 6, 12, 7))
      assert.strictEqual((yield* answer(exchange, "/dapi/v1/exchangeInfo")).status, 200)
    })
  )
})
