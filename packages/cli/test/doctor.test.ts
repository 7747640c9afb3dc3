import { assert, describe, it } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { stripVTControlCharacters } from "node:util"
import * as DoctorClock from "../src/doctor/clock.ts"
import * as Connection from "../src/doctor/connection.ts"
import * as Finding from "../src/doctor/finding.ts"
import * as Machine from "../src/doctor/machine.ts"
import * as Quota from "../src/doctor/quota.ts"
import * as FindingsTable from "../src/doctor/findingsTable.ts"
import * as Style from "../src/style.ts"

const now = Date.parse("2026-10-06T12:00:00Z")

/** An answer that the exchange dates at some moment of the round trip, by a clock that ours is this far ahead of. */
const answered = (ahead: number) =>
  FastCheck.record({
    sentAt: FastCheck.integer({ min: now, max: now + 100_000 }),
    there: FastCheck.integer({ min: 0, max: 5000 }),
    back: FastCheck.integer({ min: 0, max: 5000 })
  }).map(({ back, sentAt, there }) => ({
    sentAt,
    receivedAt: sentAt + there + back,
    date: Math.floor((sentAt + there - ahead) / 1000) * 1000
  }))

const anyAhead = FastCheck.integer({ min: -100_000, max: 100_000 }).chain((ahead) =>
  answered(ahead).map((answer) => ({ ahead, answer }))
)

describe("clock skew", () => {
  it.effect.prop("is never reported of clocks that agree, however long the answer took", [answered(0)], ([answer]) =>
    Effect.sync(() => {
      assert.strictEqual(DoctorClock.skew(answer).atLeast, 0)
      assert.strictEqual(DoctorClock.verdict(DoctorClock.skew(answer)).status, "ok")
    })
  )

  it.effect.prop("lies within what is said of it, and is never said to be more than it is", [anyAhead], ([each]) =>
    Effect.sync(() => {
      const { atLeast, estimate, uncertainty } = DoctorClock.skew(each.answer)
      assert.isAtMost(Math.abs(estimate - each.ahead), uncertainty)
      assert.isAtMost(Math.abs(atLeast), Math.abs(each.ahead))
      if (atLeast !== 0) assert.strictEqual(Math.sign(atLeast), Math.sign(each.ahead))
    })
  )

  it.effect.prop("is not said to be less than it is by more than the round trip and a second", [anyAhead], ([each]) =>
    Effect.sync(() => {
      const roundTrip = each.answer.receivedAt - each.answer.sentAt
      assert.isAtLeast(Math.abs(DoctorClock.skew(each.answer).atLeast), Math.abs(each.ahead) - roundTrip - 1000)
    })
  )

  for (const [ahead, status] of [
    [0, "ok"],
    [1500, "ok"],
    [1501, "warning"],
    [10_500, "warning"],
    [10_501, "problem"],
    [-1500, "ok"],
    [-1501, "warning"],
    [-10_500, "warning"],
    [-10_501, "problem"]
  ] as const) {
    it(`of ${ahead} ms, half a second of which is open, is ${status}`, () => {
      const at = now + 500 + ahead
      const verdict = DoctorClock.verdict(DoctorClock.skew({ sentAt: at, receivedAt: at, date: now }))
      assert.strictEqual(verdict.status, status)
      assert.strictEqual(verdict.advice !== null, status !== "ok")
    })
  }

  it("is told with its direction", () => {
    const detail = (date: string) => DoctorClock.fromHeader(date, { sentAt: now + 400, receivedAt: now + 600 }).detail
    assert.strictEqual(
      detail("Tue, 06 Oct 2026 11:59:00 GMT"),
      "60.0 s ahead of that of the exchange, give or take 0.6 s"
    )
    assert.strictEqual(
      detail("Tue, 06 Oct 2026 12:01:00 GMT"),
      "60.0 s behind that of the exchange, give or take 0.6 s"
    )
    assert.strictEqual(detail("Tue, 06 Oct 2026 12:00:00 GMT"), "agrees with that of the exchange within 0.6 s")
  })

  it("is not known where the answer has no date, or one that can't be read", () => {
    for (const header of [undefined, "", "soon"]) {
      const { detail, status } = DoctorClock.fromHeader(header, { sentAt: now, receivedAt: now })
      assert.strictEqual(status, "warning")
      assert.match(detail, /^not compared: /)
    }
  })
})

describe("the version of Node.js", () => {
  for (const [version, status] of [
    ["18.20.4", "problem"],
    ["20.18.9", "problem"],
    ["20.19.0", "ok"],
    ["20.20.1", "ok"],
    ["22.0.0", "ok"]
  ] as const) {
    it(`${version} is ${status}`, () => assert.strictEqual(Machine.node(version).status, status))
  }
})

describe("what is remembered", () => {
  const entry = (until: number, writtenAt: number) =>
    JSON.stringify({
      refusal: "Banned",
      until: new Date(until).toISOString(),
      writtenAt: new Date(writtenAt).toISOString()
    })
  const name = "binance https://dapi.test"

  it("is told with where and until when", () => {
    const found = Option.getOrThrow(Machine.remembered(name, entry(now + 60_000, now - 1000), now))
    assert.deepStrictEqual(found, {
      check: "remembered",
      exchange: "binance",
      status: "warning",
      detail: "this address is banned at https://dapi.test until 2026-10-06T12:01:00.000Z",
      advice: "wait until 2026-10-06T12:01:00.000Z; nothing is sent there before"
    })
    const ofPool = Option.getOrThrow(Machine.remembered(`${name} all endpoints`, entry(now + 60_000, now), now))
    assert.include(ofPool.detail, "banned of all endpoints at https://dapi.test")
  })

  it("is nothing once it has ended", () => {
    assert.isTrue(Option.isNone(Machine.remembered(name, entry(now, now - 1000), now)))
    assert.isTrue(Option.isSome(Machine.remembered(name, entry(now + 1, now - 1000), now)))
  })

  it("lasts no longer than when it was written, where the clock was set back", () => {
    const { detail } = Option.getOrThrow(Machine.remembered(name, entry(now + 7_200_000, now + 7_140_000), now))
    assert.match(detail, /until 2026-10-06T12:01:00\.000Z$/)
  })

  it("is a warning where it can't be read", () => {
    const { detail, status } = Option.getOrThrow(Machine.remembered(name, "{", now))
    assert.deepStrictEqual([status, detail], ["warning", "the entry of https://dapi.test can't be read"])
  })
})

describe("a connection", () => {
  const day = 86_400_000
  const certificate = (days: number) => ({
    millis: 12,
    tls: { protocol: "TLSv1.3", validUntil: now + days * day }
  })

  it("is told with its certificate, of which a near end is a warning", () => {
    assert.deepStrictEqual(Connection.connected("dapi.test:443", certificate(14), now), {
      status: "ok",
      detail: "dapi.test:443 in 12 ms, TLSv1.3, certificate valid until 2026-10-20T12:00:00.000Z",
      advice: null
    })
    assert.strictEqual(Connection.connected("dapi.test:443", certificate(13.9), now).status, "warning")
    assert.strictEqual(Connection.connected("h:80", { millis: 1 }, now).detail, "h:80 in 1 ms, not encrypted")
  })

  it("begins with looking the name up, where it is one", () => {
    assert.strictEqual(Connection.lookedUp("h.test", ["1.2.3.4", "::1"], 7).detail, "h.test: 1.2.3.4, ::1 in 7 ms")
    assert.strictEqual(Connection.lookedUp("127.0.0.1", ["127.0.0.1"], 0).detail, "127.0.0.1 is an address")
  })

  it("that failed is told with its code, once, and what to do about that code", () => {
    assert.deepStrictEqual(
      Connection.failed("dapi.test", { code: "ENOTFOUND", message: "getaddrinfo ENOTFOUND dapi.test" }),
      {
        status: "problem",
        detail: "dapi.test: getaddrinfo ENOTFOUND dapi.test",
        advice: "check the network, the DNS server and the spelling of the base URL"
      }
    )
    const expired = Connection.failed("h:443", { code: "CERT_HAS_EXPIRED", message: "certificate has expired" })
    assert.strictEqual(expired.detail, "h:443: certificate has expired (CERT_HAS_EXPIRED)")
    assert.match(expired.advice ?? "", /clock/)
  })
})

describe("findings for people", () => {
  const findings = [
    Finding.of("Node.js", null, Finding.ok("22.0.0")),
    Finding.of(
      "DNS",
      "binance",
      Finding.problem("h.test: not found\u001b[2J\n\u202E(ENOTFOUND)", "check the network and the DNS server")
    ),
    Finding.of("clock", "bitget", Finding.warning("2 s ahead", "set the clock"))
  ]

  it("have what to do below them, in lines that are no wider than the window", () => {
    assert.deepStrictEqual(FindingsTable.text(findings, { width: 52, paint: Style.plain }).split("\n"), [
      "ok       Node.js           22.0.0",
      "problem  DNS      binance  h.test: not found [2J",
      "                           (ENOTFOUND)",
      "                           → check the network and",
      "                           the DNS server",
      "warning  clock    bitget   2 s ahead",
      "                           → set the clock",
      ""
    ])
    const [, problem, advice] = FindingsTable.text(findings, { width: Infinity, paint: Style.plain }).split("\n")
    assert.strictEqual(problem, "problem  DNS      binance  h.test: not found [2J (ENOTFOUND)")
    assert.strictEqual(advice?.trim(), "→ check the network and the DNS server")
  })

  it("have a colour where something is wrong, and the same text", () => {
    const coloured = FindingsTable.text(findings, { width: 80, paint: Style.painted })
    assert.include(coloured, "\u001b[1;31mproblem\u001b[0m  DNS")
    assert.include(coloured, "\u001b[33mwarning\u001b[0m  clock")
    assert.strictEqual(
      stripVTControlCharacters(coloured),
      FindingsTable.text(findings, { width: 80, paint: Style.plain })
    )
  })
})

describe("what headers tell of the limits", () => {
  const binance = BinanceCoinM.limits().pools
  const bitget = BitgetMix.limits().pools

  it("is told once, and little that is left is a warning", () => {
    const weight = (used: string) =>
      Quota.told(binance, { "x-mbx-used-weight-1m": used }).map(({ detail, status }) => [status, detail])
    assert.deepStrictEqual(weight("2160"), [["ok", "2160 of 2400 weight used within 1m"]])
    assert.deepStrictEqual(weight("2161"), [["warning", "2161 of 2400 weight used within 1m"]])
    const left = (header: string) =>
      Quota.told(bitget, { "x-mbx-used-remain-limit": header }).map(({ detail, status }) => [status, detail])
    assert.deepStrictEqual(left("2"), [["ok", "2 of 20 requests left within 1s"]])
    assert.deepStrictEqual(left("1"), [["warning", "1 of 20 requests left within 1s"]])
  })

  it("is nothing where they are silent, or make no sense", () => {
    for (const header of [undefined, "", "-1", "many"]) {
      assert.deepStrictEqual(Quota.told(binance, { "x-mbx-used-weight-1m": header }), [])
    }
  })
})
