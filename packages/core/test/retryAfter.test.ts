import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { parse, read } from "../src/internal/retryAfter.ts"

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
    ["Sat, 13 Sep 275760 00:00:00 GMT", undefined],
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

describe("what an answer says of when to come back", () => {
  const second = 1000
  const day = 24 * 60 * 60 * second
  const after = (millis: number) => now.epochMillis + millis
  const httpDate = (millis: number) => new Date(after(millis)).toUTCString()

  /** In milliseconds from now by our own clock; the exchange's is `ahead` of it. */
  const heard = (
    { retryAfter, stated }: { readonly retryAfter?: string; readonly stated?: number },
    ahead?: number
  ) => {
    const date = Option.map(Option.fromNullable(ahead), (millis) => DateTime.add(now, { millis }))
    const { hint, ignored } = read({ retryAfter, stated }, now, date)
    const until = Option.map(hint, (each) => each.until.epochMillis - now.epochMillis)
    const millis = Option.map(hint, (each) => each.millis)
    assert.deepStrictEqual(until, millis, "both say the same")
    return { millis: Option.getOrUndefined(millis), ignored }
  }

  it("is nothing where it says nothing", () => {
    assert.deepStrictEqual(heard({}), { millis: undefined, ignored: undefined })
    assert.deepStrictEqual(heard({}, 0), { millis: undefined, ignored: undefined })
  })

  it("may be seconds, which no clock changes", () => {
    for (const ahead of [undefined, 0, -day, day]) {
      assert.deepStrictEqual(heard({ retryAfter: "120" }, ahead), { millis: 120 * second, ignored: undefined })
    }
  })

  it("may be a date, or a time in the message", () => {
    assert.deepStrictEqual(heard({ retryAfter: httpDate(120 * second) }), { millis: 120 * second, ignored: undefined })
    assert.deepStrictEqual(heard({ stated: after(1500) }), { millis: 1500, ignored: undefined })
    assert.deepStrictEqual(heard({ stated: after(1) }), { millis: 1, ignored: undefined })
  })

  it("is the latest of several, whichever that is", () => {
    assert.strictEqual(heard({ retryAfter: "90", stated: after(120 * second) }).millis, 120 * second)
    assert.strictEqual(heard({ retryAfter: "120", stated: after(90 * second) }).millis, 120 * second)
    assert.strictEqual(heard({ retryAfter: "90", stated: after(90 * second) }).millis, 90 * second)
  })

  it("is a date also in the form that ends in its year, which no clock may take for seconds", () => {
    const at = new Date(after(120 * second))
    const [weekday, day, month, year, clock] = at.toUTCString().replace(",", "").split(" ")
    const asctime = `${weekday} ${month} ${day} ${clock} ${year}`
    assert.strictEqual(heard({ retryAfter: asctime }, -60 * second).millis, 180 * second)
    assert.strictEqual(heard({ retryAfter: asctime }, 3600 * second).millis, 120 * second)
  })

  it("is not shortened by a clock of ours that is fast or slow", () => {
    for (const hint of [httpDate(120 * second), after(120 * second)]) {
      const said = typeof hint === "string" ? { retryAfter: hint } : { stated: hint }
      // Ours is a minute ahead, so that by theirs three are left; then two minutes, an hour and four days ahead.
      assert.strictEqual(heard(said, -60 * second).millis, 180 * second)
      assert.strictEqual(heard(said, -120 * second).millis, 240 * second)
      assert.strictEqual(heard(said, -3600 * second).millis, 3720 * second)
      // Ours is behind: by theirs less is left, or nothing, and ours counts.
      assert.strictEqual(heard(said, 60 * second).millis, 120 * second)
      assert.strictEqual(heard(said, 3600 * second).millis, 120 * second)
    }
  })

  it("counts by the clock that makes sense of it", () => {
    // Ours is four days behind: what it sees lies too far ahead.
    assert.strictEqual(heard({ stated: after(4 * day + 120 * second) }, 4 * day).millis, 120 * second)
    // Ours is four days ahead: what it sees has passed.
    assert.strictEqual(heard({ stated: after(120 * second - 4 * day) }, -4 * day).millis, 120 * second)
  })

  it("may lie three days ahead and no further", () => {
    const farthest = 3 * day
    assert.strictEqual(heard({ retryAfter: "259200" }).millis, farthest)
    assert.strictEqual(heard({ stated: after(farthest) }).millis, farthest)
    assert.deepStrictEqual(heard({ retryAfter: "259201" }), {
      millis: undefined,
      ignored: 'its Retry-After "259201" is over three days ahead'
    })
    assert.deepStrictEqual(heard({ stated: after(farthest + 1) }), {
      millis: undefined,
      ignored: `its time ${after(farthest + 1)} is over three days ahead`
    })
  })

  for (const [retryAfter, why] of [
    ["0", "has passed"],
    ["Sun, 06 Nov 1994 08:49:00 GMT", "has passed"],
    ["Sun, 06 Nov 1994 08:48:59 GMT", "has passed"],
    ["Thu, 06 Nov 2094 08:49:37 GMT", "is over three days ahead"],
    ["99999999999", "is unreadable"],
    ["-1", "is unreadable"],
    ["120, 60", "is unreadable"],
    ["", "is unreadable"]
  ] as const) {
    it(`is not ${JSON.stringify(retryAfter)}, which ${why} and is reported`, () => {
      const ignored = `its Retry-After ${JSON.stringify(retryAfter)} ${why}`
      assert.deepStrictEqual(heard({ retryAfter }), { millis: undefined, ignored })
      assert.deepStrictEqual(heard({ retryAfter, stated: after(second) }), { millis: second, ignored })
    })
  }

  it("reports everything that makes no sense, in a bounded line", () => {
    const { ignored, millis } = heard({ retryAfter: `soon\n${"x".repeat(100)}`, stated: after(-1) })
    assert.isUndefined(millis)
    assert.strictEqual(
      ignored,
      `its Retry-After "soon ${"x".repeat(35)}…" is unreadable, its time ${after(-1)} has passed`
    )
  })

  it.prop(
    "never ends before the time that is named, by the clock of the exchange or by ours",
    [fc.integer({ min: 1, max: 3 * day }), fc.integer({ min: -3 * day, max: 3 * day })],
    ([named, ahead]) => {
      const { millis } = heard({ stated: after(named) }, ahead)
      if (millis === undefined) return assert.fail("a hint that makes sense by our clock is one")
      assert.isAtLeast(millis, named)
      if (named - ahead <= 3 * day) assert.isAtLeast(millis, named - ahead)
    }
  )
})
