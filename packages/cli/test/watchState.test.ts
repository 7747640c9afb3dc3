import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import type { Valuation } from "@open-interest/core/Valuation"
import * as fc from "effect/FastCheck"
import * as State from "../src/watch/state.ts"
import { binance, failure, reading, round, time } from "./watchSupport.ts"

const btc = binance("BTCUSD_PERP")
const eth = binance("ETHUSD_PERP")

const amount = (valuation: Valuation | undefined) =>
  valuation === undefined ? undefined : Decimal.format(valuation.openInterest.amount)

/** First, before and newest amount of each contract, and whether it is fresh. */
const figures = (watched: State.Watched) =>
  Object.fromEntries(
    [...watched.rows].map(([name, { before, first, isFresh, latest }]) => [
      name,
      [amount(first), amount(before), amount(latest), isFresh]
    ])
  )

const after = (...rounds: ReadonlyArray<Partial<State.Round>>) =>
  rounds.reduce((watched: State.Watched, each) => State.after(watched, round(each)), State.unread("binance"))

describe("an exchange that is watched", () => {
  it("has of each contract the first reading, the newest, and the one before", () => {
    assert.deepStrictEqual(figures(after({ valuations: [reading(btc, "5")] })), {
      BTCUSD_PERP: ["5", undefined, "5", true]
    })
    const watched = after(
      { valuations: [reading(btc, "5")] },
      { valuations: [reading(btc, "6"), reading(eth, "1")] },
      { valuations: [reading(btc, "8"), reading(eth, "1")] }
    )
    assert.deepStrictEqual(figures(watched), {
      BTCUSD_PERP: ["5", "6", "8", true],
      ETHUSD_PERP: ["1", "1", "1", true]
    })
  })

  it("keeps a contract that fails, and goes on with it when it comes back", () => {
    const away = [{ valuations: [reading(btc, "5")] }, { failures: [failure("BTCUSD_PERP")] }]
    assert.deepStrictEqual(figures(after(...away)), { BTCUSD_PERP: ["5", undefined, "5", false] })
    assert.deepStrictEqual(
      after(...away).failures.map(({ name }) => name),
      ["BTCUSD_PERP"]
    )
    const back = after(...away, { valuations: [reading(btc, "7")] })
    assert.deepStrictEqual(figures(back), { BTCUSD_PERP: ["5", "5", "7", true] })
    assert.deepStrictEqual(back.failures, [])
  })

  it("forgets a contract that left", () => {
    const watched = after({ valuations: [reading(btc, "5"), reading(eth, "1")] }, { left: [eth] })
    assert.deepStrictEqual(Object.keys(figures(watched)), ["BTCUSD_PERP"])
  })

  it("begins anew with another contract under the same name, but not with a time that went back", () => {
    const relisted = binance("BTCUSD_PERP", "2026-10-06T12:00:00Z")
    const other = after(
      { valuations: [reading(btc, "5")] },
      { left: [btc], joined: [relisted], valuations: [reading(relisted, "9")] }
    )
    assert.deepStrictEqual(figures(other), { BTCUSD_PERP: ["9", undefined, "9", true] })
    const earlier = after({ valuations: [reading(btc, "5")] }, { valuations: [reading(btc, "9", { at: "12:04:59" })] })
    assert.deepStrictEqual(figures(earlier), { BTCUSD_PERP: ["5", "5", "9", true] })
  })

  it("counts all rounds that were skipped, and knows when it was asked last", () => {
    const watched = after(
      { skipped: { late: 1, closed: 2 } },
      { skipped: { late: 4, closed: 0 }, startedAt: time("12:06:01") }
    )
    assert.strictEqual(watched.asked?.skipped, 7)
    assert.deepStrictEqual(watched.asked?.startedAt, time("12:06:01"))
  })

  it("holds no more after many rounds than after a few", () => {
    const contracts = [btc, eth, binance("SOLUSD_PERP")]
    const any = fc.array(fc.subarray(contracts), { maxLength: 30 })
    fc.assert(
      fc.property(any, (rounds) => {
        const watched = after(...rounds.map((read) => ({ valuations: read.map((each) => reading(each, "1")) })))
        const seen = new Set(rounds.flat().map(({ symbol }) => symbol))
        assert.sameMembers([...watched.rows.keys()], [...seen])
      })
    )
  })
})

describe("several exchanges", () => {
  it("are apart from each other, in the order in which they were named", () => {
    const state = State.make([State.unread("bitget"), State.unread("binance")])
    const next = State.add(state, "binance", round({ valuations: [reading(btc, "5")] }))
    assert.deepStrictEqual([...next.keys()], ["bitget", "binance"])
    assert.deepStrictEqual(
      [...next.values()].map(({ rows }) => rows.size),
      [0, 1]
    )
    assert.strictEqual(next.get("bitget"), state.get("bitget"))
  })
})
