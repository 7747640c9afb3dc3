import { assert, describe, it } from "@effect/vitest"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { binance, oi, oiAgainst, oiAgainstSimulators, records } from "./support.ts"

const note = "note: the exchanges are simulated, these figures are made up"
const series = "/futures/data/openInterestHist"

/** Rows as Binance writes them, the newest at a full hour some hours ago. */
const rows = (count: number) => {
  const hour = 3_600_000
  const newest = Math.floor(Date.now() / hour) * hour - 2 * hour
  const all = Array.from({ length: count }, (_, index) => ({
    pair: "BTCUSD",
    contractType: "PERPETUAL",
    sumOpenInterest: "2909783.00000000",
    sumOpenInterestValue: "4097.81720000",
    timestamp: newest - (count - 1 - index) * hour
  }))
  return { body: JSON.stringify(all), from: new Date(newest - (count - 1) * hour), to: new Date(newest) }
}

const anotherSeries =
  "note: a history is a series of its own: its figures are not those of oi get, and can be far from them"

describe("oi history", () => {
  it.live("prints the rows of a series, oldest first, in contracts, coins and money", () =>
    Effect.gen(function* () {
      const { body, from, to } = rows(2)
      const { code, stderr, stdout } = yield* oiAgainst({ binance: { ...binance, [series]: { body } } }, [
        "history",
        "binance:BTC/USD:BTC",
        `--since=${from.toISOString()}`,
        `--until=${to.toISOString()}`
      ])
      const row = {
        exchange: "binance",
        symbol: "BTCUSD_PERP",
        unifiedSymbol: "BTC/USD:BTC",
        unit: "contracts",
        sides: "one",
        contracts: "2909783",
        base: "4097.8172",
        quote: "290978300",
        baseCurrency: "BTC",
        quoteCurrency: "USD",
        markPrice: null,
        markPriceTimestamp: null,
        timestamp: from.toISOString(),
        timestampKind: "period"
      }
      assert.deepStrictEqual(records(stdout), [row, { ...row, timestamp: to.toISOString() }])
      assert.deepStrictEqual([code, stderr], [0, [anotherSeries]])
    })
  )

  it.live("writes every other format, of several pages as of one", () =>
    Effect.gen(function* () {
      const [csv = "", json = "", table = ""] = yield* Effect.forEach(
        ["csv", "json", "table"],
        (format) =>
          Effect.map(
            oi(["history", "--simulated", "binance:BTCUSD_PERP", "--period=5m", "--limit=600", "--format", format]),
            ({ stdout }) => stdout
          ),
        { concurrency: "unbounded" }
      )
      const names = Object.keys(OpenInterestRecord.OpenInterestRecord.fields)
      const lines = csv.trimEnd().split("\r\n")
      assert.deepStrictEqual(
        [lines.length, lines.indexOf(names.join(",")), lines.lastIndexOf(names.join(","))],
        [601, 0, 0]
      )
      const decoded = Schema.decodeUnknownSync(Schema.Array(OpenInterestRecord.OpenInterestRecord))(JSON.parse(json))
      const stamps = decoded.map(({ timestamp }) => timestamp.epochMillis)
      assert.deepStrictEqual(
        stamps,
        Array.from({ length: 600 }, (_, index) => (stamps[0] ?? 0) + index * 300_000)
      )
      const [titles, row, ...more] = table.trimEnd().split("\n")
      assert.match(titles ?? "", /^TIME +CONTRACT +CONTRACTS +BASE \(BTC\) +QUOTE \(USD\) +REPORTED IN +SIDES$/)
      assert.match(row ?? "", /^\d{4}-\S+Z  binance:BTCUSD_PERP +[\d,]+ +[\d,.]+ +[\d,]+ +contracts/)
      assert.strictEqual(more.length, 599)
    })
  )

  it.live("writes each page as it arrives", () =>
    Effect.gen(function* () {
      const { body, from } = rows(500)
      const pages = [{ body }, { body: "", after: Duration.infinity }]
      for (const [format, lines] of [
        ["ndjson", 500],
        ["csv", 501]
      ] as const) {
        const { code, stdout } = yield* oiAgainst(
          { binance: { ...binance, [series]: pages } },
          ["history", "binance:BTCUSD_PERP", "--since", from.toISOString(), "--format", format],
          { interruptAfterData: 500 }
        )
        assert.deepStrictEqual([code, stdout.trimEnd().split("\n").length], [130, lines])
      }
    })
  )

  it.live("asks for no more pages when the reader has closed the pipe", () =>
    Effect.gen(function* () {
      const { asked, code, stderr } = yield* oiAgainstSimulators(
        { binance: { latency: "150 millis" } },
        ["history", "binance:BTCUSD_PERP", "--since", "20d", "--period", "5m"],
        { closeEarly: true }
      )
      assert.deepStrictEqual([code, stderr], [0, []])
      // Twelve pages there are.
      assert.isBelow(asked[series] ?? 0, 12)
    })
  )

  it.live("notes which rows there are not and why, and ends with 0", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi([
        "history",
        "--simulated",
        "binance:BTCUSD_PERP",
        "--since=40d",
        "--period=1d"
      ])
      assert.deepStrictEqual(stderr.slice(1, 2), [anotherSeries])
      assert.match(
        stderr[2] ?? "",
        /^note: binance:BTCUSD_PERP: no rows from \S+Z to \S+Z: the exchange does not keep rows that long$/
      )
      assert.isAtLeast(records(stdout).length, 29)
      assert.strictEqual(code, 0)
    })
  )

  it.live("keeps the rows that it has when a later page fails, names the failure, and ends with 3", () =>
    Effect.gen(function* () {
      const { body, from } = rows(500)
      const { code, stderr, stdout } = yield* oiAgainst(
        { binance: { ...binance, [series]: [{ body }, { status: 503, body: "" }] } },
        ["history", "binance:BTCUSD_PERP", "--since", from.toISOString(), "--format", "table"],
        { env: { OPEN_INTEREST_BINANCE_RETRY_TIMES: "0" } }
      )
      assert.strictEqual(stdout.trimEnd().split("\n").length, 501)
      assert.deepStrictEqual(stderr, [
        anotherSeries,
        "error: binance:BTCUSD_PERP: unavailable: binance answers HTTP 503",
        "hint: where an exchange can't be reached, --simulated reads a simulated one"
      ])
      assert.strictEqual(code, 3)
    })
  )

  it.live(
    "ends with 1 where there is not one row: at an exchange without history, of an unknown contract, at no time",
    () =>
      Effect.gen(function* () {
        const history = (...args: ReadonlyArray<string>) => oi(["history", "--simulated", ...args])
        const [without, unknown, never] = yield* Effect.all(
          [
            history("bitget:BTCUSDT"),
            history("binance:BTCUSD_PREP"),
            history("binance:BTCUSD_PERP", "--since", "2025-10-06T12:10Z", "--until", "2025-10-06T12:50Z")
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(without.stderr, [
          note,
          "error: bitget:BTCUSDT: not supported: no history: bitget publishes none",
          "hint: a history is kept by binance"
        ])
        assert.deepStrictEqual(unknown.stderr, [
          note,
          'error: binance:BTCUSD_PREP: unknown symbol: binance knows no contract "BTCUSD_PREP"',
          "hint: did you mean binance:BTCUSD_PERP, binance:BTCUSD_261225, or binance:BTCUSD_270326?"
        ])
        assert.deepStrictEqual(never.stderr, [
          note,
          "error: binance:BTCUSD_PERP: no rows with --period 1h from 2025-10-06T12:10:00.000Z to 2025-10-06T12:50:00.000Z"
        ])
        for (const { code, stdout } of [without, unknown, never]) assert.deepStrictEqual([code, stdout], [1, ""])
      })
  )
})
