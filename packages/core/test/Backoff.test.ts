import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Backoff from "../src/Backoff.ts"
import { thorough } from "./support.ts"

/** The delays before retries in a row, in milliseconds, where chance gives these numbers. */
const delays = (backoff: Backoff.Backoff, random: ReadonlyArray<number>): ReadonlyArray<number> => {
  let previous = Duration.zero
  return random.map((each, index) => {
    previous = Backoff.delay(backoff, { retry: index + 1, previous, random: each })
    return Duration.toMillis(previous)
  })
}

const { exponential } = Backoff
const given = (jitter: Backoff.Jitter) => exponential({ base: 100, factor: 2, cap: 1000, jitter })

describe("a delay", () => {
  const table: Readonly<Record<string, readonly [Backoff.Backoff, ReadonlyArray<number>, ReadonlyArray<number>]>> = {
    "without jitter doubles up to the cap, whatever chance says": [
      given("none"),
      [0, 1, 0.5, 0, 0.9, 1],
      [100, 200, 400, 800, 1000, 1000]
    ],
    "grows by its factor": [exponential({ base: 10, factor: 3, jitter: "none" }), [0, 0, 0, 0], [10, 30, 90, 270]],
    "grows by half": [exponential({ base: 10, factor: 1.5, jitter: "none" }), [0, 0, 0, 0], [10, 15, 23, 34]],
    "with a factor of 1 stays": [exponential({ base: 10, factor: 1, jitter: "none" }), [0, 0, 0], [10, 10, 10]],
    "that is constant stays, beyond any default cap": [Backoff.constant("1 minute"), [0, 1], [60_000, 60_000]],
    "is never longer than the cap, even the first": [
      exponential({ base: 5000, cap: 300, jitter: "none" }),
      [0, 0],
      [300, 300]
    ],
    "with full jitter is a part of the whole": [
      given("full"),
      [0, 0.5, 1, 0.25, 0.5, 1],
      [0, 100, 400, 200, 500, 1000]
    ],
    "with full jitter does not depend on the one before": [given("full"), [0, 1, 0, 1], [0, 200, 0, 800]],
    "that is decorrelated is the base at least": [given("decorrelated"), [0, 0, 0], [100, 100, 100]],
    "that is decorrelated is three times the one before at most": [
      given("decorrelated"),
      [1, 1, 1, 1],
      [300, 900, 1000, 1000]
    ],
    "that is decorrelated lies in between by chance": [given("decorrelated"), [0.5, 0.5, 0.5], [200, 350, 575]],
    "that is decorrelated knows no factor": [
      exponential({ base: 100, factor: 50, jitter: "decorrelated" }),
      [0.5, 0.5, 0.5],
      [200, 350, 575]
    ],
    "that is decorrelated never begins above the cap": [
      exponential({ base: 500, cap: 300, jitter: "decorrelated" }),
      [0, 1],
      [300, 300]
    ],
    "is rounded up to whole milliseconds": [given("full"), [0.001, 0.0025, 0.0075], [1, 1, 3]]
  }
  for (const [name, [backoff, random, expected]] of Object.entries(table)) {
    it(`${name}`, () => assert.deepStrictEqual(delays(backoff, random), expected))
  }

  it("that is decorrelated counts no delay before as shorter than the base", () => {
    const delay = Backoff.delay(given("decorrelated"), { retry: 2, previous: Duration.millis(1), random: 1 })
    assert.strictEqual(Duration.toMillis(delay), 300)
  })

  it("has an end after a hundred retries", () => {
    assert.strictEqual(
      Duration.toMillis(
        Backoff.delay(exponential({ base: "1 hour", factor: 1e6, cap: "1 day" }), {
          retry: 1000,
          previous: Duration.zero,
          random: 1
        })
      ),
      86_400_000
    )
  })

  const backoffs = fc
    .record({
      base: fc.integer({ min: 1, max: 5000 }),
      factor: fc.double({ min: 1, max: 5, noNaN: true }),
      cap: fc.integer({ min: 1, max: 20_000 }),
      jitter: fc.constantFrom(...Backoff.Jitter.literals)
    })
    .map(exponential)
  const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 })

  it.prop(
    "is never longer than the longest, nor that than the cap, and at times as long",
    [backoffs, chances],
    ([backoff, random]) => {
      const longest = random.map((_, index) => Duration.toMillis(Backoff.longest(backoff, index + 1)))
      delays(backoff, random).forEach((delay, index) => {
        assert.isAtMost(delay, longest[index] ?? NaN)
        assert.isAtLeast(delay, 0)
        assert.isTrue(Number.isInteger(delay))
      })
      assert.isAtMost(Math.max(...longest), Duration.toMillis(backoff.cap))
      assert.deepStrictEqual(
        delays(
          backoff,
          random.map(() => 1)
        ),
        longest
      )
    },
    thorough
  )
})

describe("the longest delay", () => {
  for (const [jitter, expected] of [
    ["none", [100, 200, 400, 800, 1000]],
    ["full", [100, 200, 400, 800, 1000]],
    ["decorrelated", [300, 900, 1000, 1000, 1000]]
  ] as const) {
    it(`with ${jitter} jitter is known beforehand`, () => {
      assert.deepStrictEqual(
        [1, 2, 3, 4, 5].map((retry) => Duration.toMillis(Backoff.longest(given(jitter), retry))),
        [...expected]
      )
    })
  }
})

describe("a back-off", () => {
  it("is doubled, capped at 10 s and fully jittered by default", () => {
    const { cap, factor, jitter } = exponential({ base: "250 millis" })
    assert.deepStrictEqual([Duration.toMillis(cap), factor, jitter], [10_000, 2, "full"])
  })

  it("equals another of the same numbers, and survives JSON with durations as text", () => {
    assert.isTrue(Equal.equals(given("full"), exponential({ base: "100 millis", cap: "1 second" })))
    assert.isFalse(Equal.equals(given("full"), given("none")))
    const encoded = Schema.encodeSync(Backoff.Backoff)(given("full"))
    assert.deepStrictEqual(encoded, { base: "100 millis", factor: 2, cap: "1 second", jitter: "full" })
    assert.isTrue(Equal.equals(Schema.decodeSync(Backoff.Backoff)(encoded), given("full")))
  })

  for (const [what, options] of Object.entries({
    "without a base": { base: 0 },
    "with an endless base": { base: Duration.infinity },
    "without a cap": { base: 1, cap: 0 },
    "that shrinks": { base: 1, factor: 0.99 },
    "of an endless factor": { base: 1, factor: Infinity },
    "of no factor": { base: 1, factor: NaN }
  })) {
    it(`${what} is none`, () => assert.throws(() => exponential(options), ParseResult.ParseError))
  }
})
