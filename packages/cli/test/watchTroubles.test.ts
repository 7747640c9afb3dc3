import { assert, describe, it } from "@effect/vitest"
import * as SourceError from "@open-interest/core/SourceError"
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Round } from "../src/watch/state.ts"
import * as Troubles from "../src/watch/troubles.ts"
import { binance, failure, lost, reading, round, time } from "./watchSupport.ts"

const btc = binance("BTCUSD_PERP")
const { exchange } = btc

const priced = reading(btc, "1", { price: "2" })
const banned = (until: DateTime.Utc) => new SourceError.Banned({ exchange, until: Option.some(until) })

/** What is said after each of these rounds. */
const said = (...rounds: ReadonlyArray<Partial<Round>>) => {
  let troubles = Troubles.none
  return rounds.map((each) => {
    const [next, { errors, notes, warnings }] = Troubles.after(troubles, round(each))
    troubles = next
    return [
      ...errors.map((text) => `error: ${text}`),
      ...warnings.map((text) => `warning: ${text}`),
      ...notes.map((text) => `note: ${text}`)
    ]
  })
}

const failing = { failures: [failure("BTCUSD_PERP")] }
const down = { failures: [failure("binance", lost, "product")] }

describe("what fails", () => {
  it("is said once, and once more when it is over, and then anew", () => {
    const error = ["error: binance:BTCUSD_PERP: unavailable: reset"]
    assert.deepStrictEqual(said(failing, failing, { valuations: [priced] }, {}, failing), [
      error,
      [],
      ["note: binance:BTCUSD_PERP: fails no longer"],
      [],
      error
    ])
  })

  it("is said again when it fails in another way, whatever the times in it, but not for being held back", () => {
    const of = (error: SourceError.SourceError) => ({ failures: [failure("binance", error, "product")] })
    const until = "binance has shut out this address until"
    assert.deepStrictEqual(
      said(
        down,
        of(banned(time("12:06:00"))),
        of(banned(time("12:07:00"))),
        of(new SourceError.CircuitOpen({ exchange })),
        of(banned(time("12:08:00"))),
        {}
      ),
      [
        ["error: binance: unavailable: reset"],
        [`error: binance: banned: ${until} 2026-10-06T12:06:00.000Z`],
        [],
        [],
        [],
        ["note: binance: fails no longer"]
      ]
    )
    assert.deepStrictEqual(said(of(new SourceError.CircuitOpen({ exchange })))[0]?.length, 1)
  })

  it("is not over because a failing list hides it", () => {
    const line = { failures: [failure("COIN-M", lost, "product")] }
    assert.deepStrictEqual(said(failing, line, down, {}), [
      ["error: binance:BTCUSD_PERP: unavailable: reset"],
      ["error: binance:COIN-M: unavailable: reset"],
      ["error: binance: unavailable: reset"],
      [
        "note: binance: fails no longer",
        "note: binance:COIN-M: fails no longer",
        "note: binance:BTCUSD_PERP: fails no longer"
      ]
    ])
  })

  it("shares a line with what fails alike, and so does what is over", () => {
    const four = { failures: ["A", "B", "C", "D"].map((name) => failure(name)) }
    assert.deepStrictEqual(said(four, {}), [
      ["error: binance: 4 contracts (A, B, C, …): unavailable: reset"],
      ["note: binance: 4 contracts (A, B, C, …): fails no longer"]
    ])
  })
})

describe("a contract", () => {
  it("that joins or leaves is noted, and one that failed and left is not said to be back", () => {
    assert.deepStrictEqual(said({ joined: [btc] }, failing, { left: [btc] }), [
      ["note: binance:BTCUSD_PERP: is listed now"],
      ["error: binance:BTCUSD_PERP: unavailable: reset"],
      ["note: binance:BTCUSD_PERP: is no longer listed"]
    ])
  })

  it("without a price is warned of once, until it had one or left", () => {
    const priceless = { valuations: [reading(btc, "1")] }
    const warning = ["warning: binance:BTCUSD_PERP: no mark price: unavailable: reset"]
    assert.deepStrictEqual(said(priceless, priceless, { valuations: [priced] }, priceless), [warning, [], [], warning])
    assert.deepStrictEqual(said(priceless, { left: [btc] }, priceless)[2], warning)
  })

  it("whose unit nobody has verified is warned of once, until it left, beside what else there is to say", () => {
    const unverified = { valuations: [reading(btc, "1", { price: "2", unitVerified: false })] }
    const warning = "warning: binance:BTCUSD_PERP: unit not verified, taken to be contracts"
    assert.deepStrictEqual(said(unverified, failing, unverified, { left: [btc] }, unverified), [
      [warning],
      ["error: binance:BTCUSD_PERP: unavailable: reset"],
      ["note: binance:BTCUSD_PERP: fails no longer"],
      ["note: binance:BTCUSD_PERP: is no longer listed"],
      [warning]
    ])
    const priceless = { valuations: [reading(btc, "1", { unitVerified: false })] }
    assert.deepStrictEqual(said(priceless), [
      ["warning: binance:BTCUSD_PERP: no mark price: unavailable: reset", warning]
    ])
  })

  it("leaves nothing behind in memory when it is gone", () => {
    let troubles = Troubles.none
    for (let n = 0; n < 50; n++) {
      const instrument = binance(`C${n}`)
      const rounds = [
        { valuations: [reading(instrument, "1", { unitVerified: false })] },
        { failures: [failure(instrument.symbol)] },
        { left: [instrument] }
      ]
      for (const each of rounds) troubles = Troubles.after(troubles, round(each))[0]
    }
    const { failing, unpriced, unverified } = troubles
    assert.deepStrictEqual([failing.size, unpriced.size, unverified.size], [0, 0, 0])
  })
})
