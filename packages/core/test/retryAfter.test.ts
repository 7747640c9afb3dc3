import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { latest, parse } from "../src/internal/retryAfter.ts"

const now = DateTime.unsafeMake("1994-11-06T08:49:00Z")
const iso = (text: string, at = now) => {
  const millis = parse(text, at)
  return millis === undefined ? undefined : new Date(millis).toISOString()
}

describe("Retry-After", () => {
  for (const [text, is] of [
    ["0", "1994-11-06T08:49:00.000Z"],
    ["37", "1994-11-06T08:49:37.000Z"],
    ["007", "1994-11-06T08:49:07.000Z"],
    ["259200", "1994-11-09T08:49:00.000Z"],
    ["Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z"],
    ["Wednesday, 06-Nov-02 08:49:37 GMT", "2002-11-06T08:49:37.000Z"],
    ["Tuesday, 06-Nov-45 08:49:37 GMT", "1945-11-06T08:49:37.000Z"],
    ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z"],
    ["Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37.000Z"],
    ["", undefined],
    ["-1", undefined],
    ["+1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["120, 60", undefined],
    ["120 ", undefined],
    ["12345678901", undefined],
    ["soon", undefined],
    ["1994-11-06T08:49:37Z", undefined],
    ["Sun, 06 Nov 1994 08:49:37 CET", undefined],
    ["Sun, 31 Apr 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Nov 1994 08:49:77 GMT", undefined],
    ["Sun, 06 Nov 1994 08:60:00 GMT", undefined],
    ["Sun, 06 Nov 1994 24:00:00 GMT", undefined],
    ["sun, 06 nov 1994 08:49:37 gmt", undefined]
  ] as const) {
    it(`${JSON.stringify(text)} is ${is ?? "unreadable"}`, () => assert.strictEqual(iso(text), is))
  }

  it.prop(
    "as a date is the second that it names",
    [fc.integer({ min: 0, max: Date.UTC(2200, 0) / 1000 })],
    ([seconds]) => {
      const at = new Date(seconds * 1000)
      assert.strictEqual(parse(at.toUTCString(), now), at.getTime())
    }
  )
})

describe("the latest hint", () => {
  const hint = (...millis: ReadonlyArray<number | undefined>) =>
    Option.getOrUndefined(
      Option.map(
        latest(
          millis.map((each) => (each === undefined ? undefined : now.epochMillis + each)),
          now
        ),
        ({ epochMillis }) => epochMillis - now.epochMillis
      )
    )
  const threeDays = 3 * 24 * 60 * 60 * 1000

  it("leaves out what makes no sense", () => {
    assert.strictEqual(hint(1000, 2000), 2000)
    assert.strictEqual(hint(1000, -1), 1000)
    assert.strictEqual(hint(undefined, 1000), 1000)
    assert.strictEqual(hint(threeDays), threeDays)
    assert.strictEqual(hint(1000, threeDays + 1), 1000)
    assert.isUndefined(hint(0))
    assert.isUndefined(hint(undefined))
    assert.isUndefined(hint())
  })
})
