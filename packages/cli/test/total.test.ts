import { assert, describe, it } from "@effect/vitest"
import * as TotalRecord from "@open-interest/core/TotalRecord"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { binance, bitget, oi, oiAgainst, oiAgainstSimulators } from "./support.ts"

const note = "note: the exchanges are simulated, these figures are made up"

const TotalRecords = Schema.Array(TotalRecord.TotalRecord)

/** The recorded readings are as old as the recordings. */
const recordedTotal = (...args: ReadonlyArray<string>) =>
  oiAgainst({ binance, bitget }, ["total", "--base", "BTC", "--stale-after", "9999d", ...args])

const lines = (stdout: string): ReadonlyArray<typeof TotalRecord.TotalRecord.Encoded> =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))

describe("oi total", () => {
  it.live("adds up exactly, unit by unit, and says what the sums rest on and what is not in them", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* recordedTotal("--by", "exchange")
      assert.deepStrictEqual(
        lines(stdout).map(({ amount, assumed, by, contracts, currency, group, share }) => [
          [by, group, amount, currency],
          [contracts, share, assumed]
        ]),
        [
          [
            ["exchange", "binance", "35558.28457952", "BTC"],
            ["2", "50.91658905", "0"]
          ],
          [
            ["exchange", "binance", "2533641600", "USD"],
            ["2", "100", "0"]
          ],
          [
            ["exchange", "bitget", "34278.06", "BTC"],
            ["1", "49.08341095", "34278.06"]
          ],
          [
            ["exchange", "bitget", "898102311.03", "USDT"],
            ["1", "100", "898102311.03"]
          ],
          [
            ["all", null, "2533641600", "USD"],
            ["2", null, "0"]
          ],
          [
            ["all", null, "898102311.03", "USDT"],
            ["1", null, "898102311.03"]
          ]
        ]
      )
      assert.deepStrictEqual(stderr, [
        "note: binance:BTCUSD_260626: left out: it has been delivered",
        "note: assumed: 1 contract of bitget (USDT-FUTURES): counted as one side, " +
          "but the exchange does not say which sides it counts",
        "note: in doubt: 2 contracts of binance (COIN-M): which sides the exchange counts is believed, not verified",
        "note: in doubt: 1 contract of bitget (USDT-FUTURES): the exchange dates its answer, and the figures may be older"
      ])
      assert.strictEqual(code, 0)
    })
  )

  it.live("writes every other format; currencies are added only where they are called the same", () =>
    Effect.gen(function* () {
      const [json, csv, table] = yield* Effect.forEach(
        [
          ["--format", "json", "--by", "settle"],
          ["--format", "csv"],
          ["--format", "table", "--by", "exchange", "--same", "usd,USDT"]
        ],
        (args) => Effect.map(recordedTotal(...args), ({ stdout }) => stdout),
        { concurrency: "unbounded" }
      )
      const decoded = Schema.decodeUnknownSync(TotalRecords)(JSON.parse(json ?? ""))
      assert.deepStrictEqual(
        decoded.map(({ currency, group }) => [group, currency]),
        [
          ["USDT", "BTC"],
          ["USDT", "USDT"],
          ["coin", "BTC"],
          ["coin", "USD"],
          [null, "USD"],
          [null, "USDT"]
        ]
      )
      const [header, first] = (csv ?? "").split("\r\n")
      assert.deepStrictEqual(header?.split(","), Object.keys(TotalRecord.TotalRecord.fields))
      assert.match(first ?? "", /^underlying,BTC,BTC,crypto,base,BTC,69836\.34457952,34278\.06,100,3,0,2,binance,50\.9/)
      const rows = (table ?? "").trimEnd().split("\n")
      assert.strictEqual(rows.length, 6)
      assert.match(
        rows[0] ?? "",
        /^UNDERLYING +EXCHANGE +OPEN INTEREST +ASSUMED ONE SIDE +SHARE \(%\) +INSTRUMENTS +OLDEST$/
      )
      assert.match(rows[1] ?? "", /^BTC +binance +35,558\.28457952 BTC +0 +BTC +50\.92 +2 +2026-10-06T11:04:52\.616Z$/)
      assert.match(rows[5] ?? "", /^all +all +3,431,743,911\.03 +USD=USDT +898,102,311\.03 +USD=USDT +– +3 +2023-/)
    })
  )

  it.live("leaves out what the options leave out, and counts it", () =>
    Effect.gen(function* () {
      const total = (...args: ReadonlyArray<string>) => oi(["total", "--simulated", ...args])
      const [strict, stocks, everything] = yield* Effect.all(
        [
          total("--strict", "--base", "BTC", "binance", "bitget"),
          total("--asset-class", "real-world", "--base", "TSLA"),
          total("bitget", "--asset-class=all")
        ],
        { concurrency: "unbounded" }
      )
      assert.isTrue(lines(strict.stdout).every(({ assumed, exchanges }) => assumed === "0" && exchanges === "1"))
      assert.include(strict.stderr, "note: bitget:BTCUSDT: left out: the exchange does not say which sides it counts")
      assert.deepInclude(lines(stocks.stdout)[0], { underlying: "TSLA", assetClass: "real-world", contracts: "1" })
      const classes = new Set(lines(everything.stdout).map(({ assetClass }) => assetClass))
      assert.deepStrictEqual(classes, new Set(["crypto", "real-world", null]))
      assert.match(
        everything.stderr[1] ?? "",
        /^note: bitget: \d\d contracts \(\S+, \S+, \S+, …\): left out: there is no evidence for the unit that the exchange counts in$/
      )
      assert.deepStrictEqual([strict.code, stocks.code, everything.code], [0, 0, 0])
    })
  )

  it.live("names what failed and what is stale, adds up the rest, and ends with 3", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oiAgainstSimulators(
        {
          binance: { trouble: { BTCUSD_PERP: "delivering", ETHUSD_PERP: "vanished" } },
          bitget: { time: DateTime.unsafeMake("2026-10-06T12:00:00Z") }
        },
        ["total", "binance", "bitget", "--base", "BTC", "--base", "ETH"]
      )
      assert.deepStrictEqual(
        lines(stdout).map(({ contracts, exchanges, underlying, unit }) => [underlying, unit, contracts, exchanges]),
        [
          ["BTC", "base", "2", "1"],
          ["BTC", "quote", "2", "1"],
          ["ETH", "base", "2", "1"],
          ["ETH", "quote", "2", "1"],
          [null, "quote", "4", "1"]
        ]
      )
      const errors = stderr.filter((line) => line.startsWith("error: "))
      assert.match(
        errors[0] ?? "",
        /^error: bitget: \d contracts \(\w+, \w+, \w+, …\): left out: the reading is too old, from 2026-10-06T1\S+Z$/
      )
      assert.deepStrictEqual(errors.slice(1), [
        'error: binance:BTCUSD_PERP: not trading: binance says "Symbol is on delivering or delivered or settling or closed or pre-trading."',
        'error: binance:ETHUSD_PERP: unknown symbol: binance knows no contract "ETHUSD_PERP"'
      ])
      assert.strictEqual(code, 3)
    })
  )

  it.live("does without an exchange that can't be read, and names it", () =>
    Effect.gen(function* () {
      const outage = { "/dapi/v1/exchangeInfo": { status: 503, body: "" } }
      const { code, stderr, stdout } = yield* oiAgainst(
        { binance: outage, bitget },
        ["total", "--stale-after", "9999d"],
        { env: { OPEN_INTEREST_BINANCE_RETRY_TIMES: "0" } }
      )
      assert.include(stderr, "error: binance: unavailable: binance answers HTTP 503")
      assert.deepStrictEqual(
        lines(stdout).map(({ amount }) => amount),
        ["34278.06", "898102311.03", "898102311.03"]
      )
      assert.strictEqual(code, 3)
    })
  )

  it.live("prints nothing and ends with 1 where there is nothing to add up", () =>
    Effect.gen(function* () {
      const total = (...args: ReadonlyArray<string>) => oi(["total", "--simulated", ...args])
      const [unlisted, leftOut] = yield* Effect.all(
        [total("--base", "NOPE"), total("binance", "--base", "LINK", "--asset-class", "stock")],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(unlisted.stderr, [
        note,
        "error: no contract listed at binance, bitget, or bybit matches --base NOPE",
        "hint: list what there is with: oi instruments binance bitget bybit"
      ])
      assert.deepStrictEqual(leftOut.stderr, [
        note,
        "note: binance:LINKUSD_PERP: left out: its asset class is crypto",
        "error: nothing to add up: every contract is left out"
      ])
      for (const { code, stdout } of [unlisted, leftOut]) assert.deepStrictEqual([code, stdout], [1, ""])
    })
  )
})
