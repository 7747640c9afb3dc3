import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { parseInstant } from "../src/time.ts"

const now = DateTime.unsafeMake("2026-10-06T12:00:00Z")

const read = (text: string) => Option.getOrNull(Option.map(parseInstant(text, now), DateTime.formatIso))

describe("a point in time", () => {
  it("is a date, a time with its offset, or how long ago", () => {
    for (const [text, iso] of [
      ["2026-09-30", "2026-09-30T00:00:00.000Z"],
      ["2024-02-29", "2024-02-29T00:00:00.000Z"],
      ["2026-09-30T08:00Z", "2026-09-30T08:00:00.000Z"],
      ["2026-09-30t08:00:01.5z", "2026-09-30T08:00:01.500Z"],
      ["2026-09-30T08:00:00+02:00", "2026-09-30T06:00:00.000Z"],
      ["2026-09-30T23:30-01:00", "2026-10-01T00:30:00.000Z"],
      ["30s", "2026-10-06T11:59:30.000Z"],
      ["90m", "2026-10-06T10:30:00.000Z"],
      ["24h", "2026-10-05T12:00:00.000Z"],
      ["7d", "2026-09-29T12:00:00.000Z"],
      ["2w", "2026-09-22T12:00:00.000Z"]
    ] as const) {
      assert.strictEqual(read(text), iso, text)
    }
  })

  it("is nothing else: no time without its offset, no day that its month does not have", () => {
    for (const text of [
      "",
      "yesterday",
      "2026-02-29",
      "2026-02-30T00:00Z",
      "2026-13-01",
      "2026-00-10",
      "2026-09-30T08:00",
      "2026-09-30T25:00Z",
      "2026-09-30T08:60Z",
      "2026-09-30T08:00+02",
      "2026-09-30T08:00+99:99",
      "2026-09-30 08:00Z",
      "20260930",
      "1790755200000",
      "0d",
      "-7d",
      "1.5d",
      "7",
      "d",
      "7 d",
      "7y",
      "9999999d"
    ]) {
      assert.isNull(read(text), text)
    }
  })

  it("reads back every time that we print", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
        assert.strictEqual(read(date.toISOString()), date.toISOString())
      })
    )
  })
})
