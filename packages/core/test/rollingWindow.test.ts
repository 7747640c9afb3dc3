import { assert, describe, it } from "@effect/vitest"
import * as RollingWindow from "../src/internal/rollingWindow.ts"

const make = (limit = 10, length = 1000, resets = false) => {
  const window = RollingWindow.make(limit, length, resets)
  window.largestShare = limit
  return window
}

const held = (window: RollingWindow.RollingWindow, weight: number, at: number) => {
  RollingWindow.sent(window, weight)
  RollingWindow.answered(window, weight, at)
}

const reports = (window: RollingWindow.RollingWindow) =>
  window.reports.map(({ beyond, isTight, until }) => [beyond, until, isTight])

describe("a window", () => {
  it("lets go of each answer one length later, and not before", () => {
    const window = make()
    held(window, 3, 0)
    held(window, 4, 10)
    RollingWindow.sent(window, 2)
    RollingWindow.advance(window, 999)
    assert.strictEqual(RollingWindow.used(window), 9)
    RollingWindow.advance(window, 1000)
    assert.strictEqual(RollingWindow.used(window), 6)
    RollingWindow.advance(window, 1010)
    assert.strictEqual(RollingWindow.used(window), 2)
    RollingWindow.returned(window, 2)
    assert.strictEqual(RollingWindow.used(window), 0)
  })

  it("keeps no more than it needs of what it has let go", () => {
    const window = make(10_000)
    for (let at = 0; at < 5000; at++) held(window, 1, at)
    RollingWindow.advance(window, 2023)
    assert.deepStrictEqual([window.releases.length, window.first], [5000, 1024])
    RollingWindow.advance(window, 3600)
    assert.deepStrictEqual([window.releases.length, window.first], [2399, 0])
    assert.strictEqual(RollingWindow.used(window), 2399)
    assert.strictEqual(RollingWindow.roomAt(window, 2399, 1, 3600), 3601)
  })

  it("has room now, when enough is let go, or never by waiting alone", () => {
    const window = make()
    held(window, 3, 0)
    held(window, 3, 100)
    RollingWindow.sent(window, 2)
    const room = (weight: number, share = 10) => RollingWindow.roomAt(window, share, weight, 500)
    assert.deepStrictEqual([room(1), room(2), room(3), room(5), room(6), room(8)], [500, 500, 1000, 1000, 1100, 1100])
    assert.strictEqual(room(9), Infinity)
    assert.deepStrictEqual([room(1, 9), room(2, 9)], [500, 1000])
  })

  it("can't go before so much has been let go as is ahead of it", () => {
    const window = make()
    held(window, 6, 0)
    held(window, 4, 100)
    const earliest = (weight: number, ahead: number) => RollingWindow.earliest(window, 10, weight, ahead, 500)
    assert.deepStrictEqual([earliest(6, 0), earliest(7, 0), earliest(6, 4), earliest(1, 10)], [1000, 1100, 1100, 2000])
    assert.deepStrictEqual([earliest(6, 10), earliest(7, 10), earliest(1, 20)], [2000, 2100, 3000])
    assert.strictEqual(RollingWindow.earliest(make(), 10, 10, 0, 500), 500)
  })
})

describe("what a header tells of others", () => {
  it("is what we can't have sent, until it counts no more", () => {
    const window = make()
    held(window, 3, 0)
    RollingWindow.reported(window, 3, 900)
    assert.deepStrictEqual(reports(window), [])
    RollingWindow.reported(window, 4, 900)
    assert.strictEqual(RollingWindow.others(window), 1)
    RollingWindow.advance(window, 899)
    assert.deepStrictEqual(reports(window), [[1, 900, true]])
    RollingWindow.advance(window, 900)
    assert.deepStrictEqual([reports(window), RollingWindow.others(window)], [[], 0])
  })

  it("is forgotten one report at a time", () => {
    const window = make()
    RollingWindow.reported(window, 5, 900)
    RollingWindow.reported(window, 3, 950)
    RollingWindow.advance(window, 900)
    assert.deepStrictEqual(reports(window), [[3, 950, true]])
  })

  it("is kept where it weighs more, or counts for longer", () => {
    const window = make()
    RollingWindow.reported(window, 3, 900)
    RollingWindow.reported(window, 3, 900)
    RollingWindow.reported(window, 2, 900)
    RollingWindow.reported(window, 3, 899)
    assert.deepStrictEqual(reports(window), [[3, 900, true]])
    RollingWindow.reported(window, 2, 950)
    RollingWindow.reported(window, 5, 800)
    assert.deepStrictEqual(reports(window), [
      [5, 800, true],
      [3, 900, true],
      [2, 950, true]
    ])
    assert.strictEqual(RollingWindow.others(window), 5)
    RollingWindow.reported(window, 4, 950)
    assert.deepStrictEqual(reports(window), [
      [5, 800, true],
      [4, 950, true]
    ])
    RollingWindow.reported(window, 5, 950)
    assert.deepStrictEqual(reports(window), [[5, 950, true]])
  })

  it("leaves less room, with what is in flight counted twice", () => {
    const window = make()
    held(window, 2, 0)
    RollingWindow.sent(window, 1)
    RollingWindow.reported(window, 7, 900)
    const room = (weight: number) => RollingWindow.roomAt(window, 10, weight, 500)
    assert.deepStrictEqual([room(2), room(3), room(5)], [500, 900, 900])
    const earliest = (weight: number, ahead: number) => RollingWindow.earliest(window, 10, weight, ahead, 500)
    assert.deepStrictEqual([earliest(3, 0), earliest(2, 1), earliest(4, 0), earliest(3, 1)], [500, 500, 900, 900])
  })

  it("is over when so much of ours is let go, where the exchange lets go bit by bit", () => {
    const window = make()
    held(window, 4, 0)
    RollingWindow.reported(window, 8, 2000)
    assert.strictEqual(RollingWindow.roomAt(window, 10, 3, 500), 1000)
    assert.strictEqual(RollingWindow.earliest(window, 10, 3, 0, 500), 1000)
  })

  it("lasts until the exchange begins anew, where it does", () => {
    const window = make(10, 1000, true)
    held(window, 4, 0)
    RollingWindow.reported(window, 8, 2000)
    assert.deepStrictEqual(reports(window), [[4, 2000, true]])
    RollingWindow.advance(window, 1500)
    const room = (weight: number) => RollingWindow.roomAt(window, 10, weight, 1500)
    assert.deepStrictEqual([room(2), room(3)], [1500, 2000])
    RollingWindow.sent(window, 1)
    assert.deepStrictEqual([room(0), room(1)], [1500, 2000])
    const earliest = (weight: number, ahead: number) => RollingWindow.earliest(window, 10, weight, ahead, 1500)
    assert.deepStrictEqual([earliest(1, 0), earliest(2, 0), earliest(1, 1)], [1500, 2000, 2000])
  })

  it("counts also where it could all be ours, for that window does not let go before its end", () => {
    const window = make(10, 1000, true)
    held(window, 6, 0)
    RollingWindow.sent(window, 3)
    RollingWindow.reported(window, 9, 2000)
    assert.deepStrictEqual([reports(window), RollingWindow.others(window)], [[[0, 2000, false]], 0])
    RollingWindow.advance(window, 1500)
    const room = (weight: number) => RollingWindow.roomAt(window, 10, weight, 1500)
    // What is in flight is not counted twice.
    assert.deepStrictEqual([room(1), room(2)], [1500, 2000])
  })

  it("is not hidden by a heavier report that counts nothing twice", () => {
    const window = make(100, 1000, true)
    held(window, 10, 0)
    RollingWindow.reported(window, 10, 5000)
    RollingWindow.advance(window, 1000)
    RollingWindow.sent(window, 3)
    RollingWindow.reported(window, 8, 5000)
    assert.sameDeepMembers(reports(window), [
      [0, 5000, false],
      [-5, 5000, true]
    ])
  })
})
