import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { allowed, format, parse, Positive } from "../src/internal/durationText.ts"
import { thorough } from "./support.ts"

const read: Readonly<Record<string, number>> = {
  "300 millis": 300,
  "300ms": 300,
  "300 ms": 300,
  " 300  millis ": 300,
  "1 milli": 1,
  "2s": 2000,
  "2 seconds": 2000,
  "2seconds": 2000,
  "1 second": 1000,
  "1.5 seconds": 1500,
  "0.5s": 500,
  "007s": 7000,
  "2m": 120_000,
  "2 minutes": 120_000,
  "1h": 3_600_000,
  "1 day": 86_400_000,
  "2 weeks": 1_209_600_000,
  "500 micros": 0.5,
  "250000 nanos": 0.25
}

const refused = [
  "-1 seconds",
  "-1s",
  "- 1s",
  "+1s",
  "0 ms",
  "0s",
  "0.0 seconds",
  "0.0000001 ms",
  "",
  " ",
  "abc",
  "s",
  "5",
  "Infinity",
  "Infinity s",
  "NaN s",
  "1e3 ms",
  "0x1 s",
  "1,5 seconds",
  "1_000 ms",
  ".5s",
  "1.s",
  "2 fortnights",
  "2 constructor",
  "2 toString",
  "2 S",
  "2 Seconds",
  "1s 500ms",
  "1s1s",
  "٣ s",
  `${"9".repeat(400)} ms`
]

describe("the text of a duration", () => {
  for (const [text, millis] of Object.entries(read)) {
    it(`reads ${JSON.stringify(text)} as ${millis} ms`, () => {
      assert.strictEqual(Duration.toMillis(Option.getOrThrow(parse(text))), millis)
    })
  }

  for (const text of refused) {
    it(`is not ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.isTrue(Option.isNone(parse(text)))
      const error = Either.getOrThrow(Either.flip(Schema.decodeEither(Positive)(text)))
      assert.include(error.message, `expected ${allowed}, got ${JSON.stringify(text)}`)
    })
  }

  const shown: ReadonlyArray<readonly [Duration.DurationInput, string]> = [
    [1, "1 milli"],
    [300, "300 millis"],
    [1000, "1 second"],
    [1500, "1500 millis"],
    ["20 seconds", "20 seconds"],
    ["90 seconds", "90 seconds"],
    ["60 seconds", "1 minute"],
    ["60 minutes", "1 hour"],
    ["36 hours", "36 hours"],
    ["24 hours", "1 day"],
    ["2 weeks", "14 days"],
    [1.5, "1500000 nanos"],
    [1n, "1 nanos"],
    [Duration.millis(Number.MAX_SAFE_INTEGER), "9007199254740991 millis"]
  ]
  for (const [duration, text] of shown) {
    it(`is ${JSON.stringify(text)}, in the largest unit that needs no fraction`, () => {
      assert.strictEqual(format(Duration.decode(duration)), text)
    })
  }

  it.prop(
    "reads back as an equal duration",
    [
      fc.oneof(
        fc.double({ min: 1e-6, max: 1e300, noNaN: true }).map(Duration.millis),
        fc.integer({ min: 1, max: 10_000 }).map(Duration.minutes),
        fc.bigInt({ min: 1n, max: 10n ** 30n }).map((nanos) => Duration.nanos(nanos))
      )
    ],
    ([duration]) => {
      assert.isTrue(Equal.equals(Option.getOrThrow(parse(format(duration))), duration), format(duration))
      assert.isTrue(Equal.equals(Schema.decodeSync(Positive)(Schema.encodeSync(Positive)(duration)), duration))
    },
    thorough
  )

  it.prop(
    "is never read as zero, as negative or as endless",
    [
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^-?\d{0,20}(\.\d{0,20})? ?(ms|s|m|h|millis|seconds|nanos|micros|weeks)$/)
      )
    ],
    ([text]) => {
      const duration = parse(text)
      if (Option.isNone(duration)) return
      assert.isTrue(Duration.greaterThan(duration.value, Duration.zero))
      assert.isTrue(Duration.isFinite(duration.value))
    },
    thorough
  )

  it("is refused for a duration that is none or endless", () => {
    const is = Schema.is(Positive)
    assert.isTrue(is(Duration.nanos(1n)))
    for (const duration of [Duration.zero, Duration.infinity]) assert.isFalse(is(duration))
  })
})
