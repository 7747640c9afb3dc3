import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Change from "../src/Change.ts"
import * as History from "../src/History.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as Total from "../src/Total.ts"
import { binanceBtc, getRight, show, time } from "./support.ts"

const point = (hour: string, amount: string) =>
  new History.HistoryPoint({
    openInterest: OpenInterest.make({
      instrument: binanceBtc,
      amount,
      unit: "contracts",
      sides: "one",
      unitVerified: true,
      timestamp: time(`2026-10-06T${hour}:00:00Z`),
      timestampKind: "period"
    }),
    period: "1h",
    base: Option.none()
  })

const notice = (from: string, to: string) =>
  new History.HistoryNotice({
    reason: "Missing",
    from: time(`2026-10-06T${from}:00:00Z`),
    to: time(`2026-10-06T${to}:00:00Z`)
  })

describe("a history", () => {
  it.effect("without its notices is its rows", () =>
    Effect.gen(function* () {
      const [first, last] = [point("09", "1"), point("11", "2")]
      const rows = yield* Stream.runCollect(History.points(Stream.make(first, notice("10", "10"), last)))
      assert.deepStrictEqual(Chunk.toReadonlyArray(rows), [first, last])
    })
  )

  it("says in a notice which rows are missing, and why", () => {
    assert.strictEqual(notice("10", "10").message, "no rows at 2026-10-06T10:00:00.000Z: the exchange sent none")
    assert.strictEqual(
      notice("10", "12").message,
      "no rows from 2026-10-06T10:00:00.000Z to 2026-10-06T12:00:00.000Z: the exchange sent none"
    )
  })

  it("has periods of the length that their names say", () => {
    assert.deepStrictEqual(
      History.Period.literals.map((period) => Duration.toMinutes(History.toDuration(period))),
      [5, 15, 30, 60, 120, 240, 360, 720, 1440]
    )
  })

  it("changes as a series without prices: the position, and money where the contract size gives it", () => {
    const [change] = Change.over([point("10", "100"), point("11", "110")].map(History.toValuation), ["1 hour"])
    const { base, position, quote } = getRight(change?.change ?? assert.fail())
    assert.strictEqual(show(Either.map(position, ({ difference }) => difference)), "10 contracts of 100 USD of BTC")
    assert.strictEqual(show(Either.map(quote, ({ difference }) => difference)), "1000 USD")
    assert.isTrue(Either.isLeft(base))
  })

  it("is not added to readings of now", () => {
    const total = Total.make({
      valuations: [History.toValuation(point("11", "110"))],
      failures: [],
      now: time("2026-10-06T11:01:00Z"),
      by: "underlying"
    })
    assert.deepStrictEqual(total.groups, [])
    assert.deepStrictEqual(
      total.leftOut.map(({ reason }) => reason),
      ["HistoryRow"]
    )
  })
})
