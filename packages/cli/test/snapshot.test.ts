import { assert, describe, it } from "@effect/vitest"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { binance, oi, oiAgainst, oiAgainstSimulators, records } from "./support.ts"

const note = "note: the exchanges are simulated, these figures are made up"

const notTrading =
  'not trading: binance says "Symbol is on delivering or delivered or settling or closed or pre-trading."'

const symbols = (stdout: string) => records(stdout).map(({ exchange, symbol }) => `${exchange}:${symbol}`)

const unverified =
  "warning: bitget: 22 contracts (BTCUSD_CM, ETHUSD_CM, SOLUSD_CM, …): unit not verified, taken to be coins"

describe("oi snapshot", () => {
  it.live("prints the record of oi get for every contract that the exchanges list", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(["snapshot", "--simulated"])
      const all = symbols(stdout)
      assert.deepStrictEqual([code, stderr], [0, [note, unverified]])
      assert.strictEqual(all.filter((each) => each.startsWith("binance:")).length, 30)
      assert.isAbove(all.filter((each) => each.startsWith("bitget:")).length, 60)
      assert.strictEqual(all.filter((each) => each.startsWith("bybit:")).length, 18)
      const line = Schema.decodeUnknownSync(Schema.parseJson(OpenInterestRecord.OpenInterestRecord))
      const readings = stdout
        .trimEnd()
        .split("\n")
        .map((text) => line(text))
      assert.isTrue(readings.every(({ base, quote }) => base !== null && quote !== null))
    })
  )

  it.live("writes every other format", () =>
    Effect.gen(function* () {
      const snapshot = (format: string) =>
        Effect.map(
          oiAgainst({ binance }, ["snapshot", "binance", "--symbol", "BTCUSD_?ERP", "--format", format]),
          (ended) => ended.stdout.trimEnd()
        )
      const names = Object.keys(OpenInterestRecord.OpenInterestRecord.fields)
      assert.deepStrictEqual(Object.keys(JSON.parse(yield* snapshot("json"))[0]), names)
      const [header, row] = (yield* snapshot("csv")).split("\r\n")
      assert.strictEqual(header, names.join(","))
      assert.match(row ?? "", /^binance,BTCUSD_PERP,BTC\/USD:BTC,contracts,one,12668208,17840\.51115295,1266820800,/)
      const [titles, cells] = (yield* snapshot("table")).split("\n")
      assert.match(
        titles ?? "",
        /^CONTRACT +CONTRACTS +BASE \(BTC\) +QUOTE \(USD\) +MARK PRICE \(USD\) +REPORTED IN +SIDES +TIME$/
      )
      assert.match(
        cells ?? "",
        /^binance:BTCUSD_PERP +12,668,208 +17,840\.51115295 +1,266,820,800 +71,008\.1 +contracts/
      )
    })
  )

  it.live("reads what the filter names: each option narrows, more values widen, in each way of writing it", () =>
    Effect.gen(function* () {
      const snapshot = (...args: ReadonlyArray<string>) =>
        Effect.map(oi(["snapshot", "--simulated", ...args]), ({ stdout }) => symbols(stdout))
      assert.sameMembers(yield* snapshot("--base", "btc", "binance", "--base=eth", "--kind=perpetual"), [
        "binance:BTCUSD_PERP",
        "binance:ETHUSD_PERP"
      ])
      assert.sameMembers(
        yield* snapshot("--base", "btc, eth", "binance", "--kind=perpetual,delivery", "--symbol", "*_PERP,B*"),
        ["binance:BTCUSD_PERP", "binance:BTCUSD_261225", "binance:BTCUSD_270326", "binance:ETHUSD_PERP"]
      )
      assert.sameMembers(yield* snapshot("--settle", "USDC", "--direction", "linear", "--symbol", "BTC*"), [
        "bitget:BTCPERP",
        "bybit:BTCPERP",
        "bybit:BTC-25DEC26"
      ])
      assert.sameMembers(yield* snapshot("--quote", "USD", "--kind", "delivery", "--base", "BTC", "bitget"), [
        "bitget:BTCUSDZ26",
        "bitget:BTCCMZ26"
      ])
    })
  )

  it.live("says when nothing that is listed matches, and ends with 1", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(["snapshot", "--simulated", "--base", "NO PE", "--kind=delivery"])
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.deepStrictEqual(stderr, [
        note,
        'error: no contract listed at binance, bitget, or bybit matches --base "NO PE" --kind delivery',
        "hint: list what there is with: oi instruments binance bitget bybit"
      ])
    })
  )

  it.live(
    "names contracts in delivery, or vanished since they were listed, leaves out what is not open yet, and delivers all others",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* oiAgainstSimulators(
          {
            binance: { listNonTrading: true, trouble: { BTCUSD_PERP: "delivering", ETHUSD_PERP: "vanished" } },
            bitget: { trouble: { LABUSDT: "vanished" } }
          },
          ["snapshot"]
        )
        assert.deepStrictEqual(stderr, [
          unverified,
          `error: binance:BTCUSD_PERP: ${notTrading}`,
          `error: binance:BTCUSD_260626: ${notTrading}`,
          'error: binance:ETHUSD_PERP: unknown symbol: binance knows no contract "ETHUSD_PERP"',
          "error: bitget:LABUSDT: unexpected response to " +
            "GET /api/v2/mix/market/tickers?productType=USDT-FUTURES (HTTP 200): data: no row for LABUSDT"
        ])
        const delivered = symbols(stdout)
        assert.strictEqual(delivered.filter((each) => each.startsWith("binance:")).length, 28)
        assert.include(delivered, "bitget:BTCUSDT")
        assert.notInclude(delivered, "bitget:LABUSDT")
        assert.strictEqual(code, 3)
      })
  )

  it.live("counts in one line the contracts of an exchange that fail alike, and names the first", () =>
    Effect.gen(function* () {
      const coins = ["ADA", "BCH", "BNB", "DOT", "SOL"]
      const trouble = Object.fromEntries(coins.map((coin) => [`${coin}USD_PERP`, "vanished" as const]))
      const { code, stderr, stdout } = yield* oiAgainstSimulators({ binance: { trouble } }, ["snapshot", "binance"])
      assert.deepStrictEqual(stderr, [
        "error: binance: 5 contracts (ADAUSD_PERP, BCHUSD_PERP, BNBUSD_PERP, …): " +
          'unknown symbol: binance knows no contract "<symbol>"'
      ])
      assert.deepStrictEqual([code, symbols(stdout).length], [3, 25])
    })
  )

  it.live("delivers the other exchange while one answers 503 throughout", () =>
    Effect.gen(function* () {
      const outage = () => ({ status: 503, body: "" })
      const paths = ["contracts", "tickers", "open-interest"].map((name) => `/api/v2/mix/market/${name}`)
      const unified = ["instruments", "tickers", "open-interest"].map((name) => `/api/v3/market/${name}`)
      const down = Object.fromEntries([...paths, ...unified].map((path) => [path, outage]))
      const { code, stderr, stdout } = yield* oiAgainst(
        { binance, bitget: down },
        ["snapshot", "--symbol", "BTCUSD_PERP"],
        {
          env: { OPEN_INTEREST_BITGET_RETRY_TIMES: "1", OPEN_INTEREST_BITGET_RETRY_BASE: "1ms" }
        }
      )
      assert.deepStrictEqual(stderr, [
        "error: bitget: unavailable: bitget answers HTTP 503",
        "hint: where an exchange can't be reached, --simulated reads a simulated one"
      ])
      assert.deepStrictEqual([code, symbols(stdout)], [3, ["binance:BTCUSD_PERP"]])
    })
  )

  it.live("shows the time of an exchange whose figures stand still", () =>
    Effect.gen(function* () {
      const time = DateTime.unsafeMake("2026-10-06T12:00:00Z")
      const { code, stdout } = yield* oiAgainstSimulators({ bitget: { time } }, ["snapshot", "bitget", "--base", "BTC"])
      assert.strictEqual(code, 0)
      for (const { timestamp } of records(stdout)) assert.match(String(timestamp), /^2026-10-06T(?:11:59|12:00)/)
    })
  )

  it.live("warns in one line of the prices that are missing", () =>
    Effect.gen(function* () {
      const priceless = { ...binance, "/dapi/v1/premiumIndex": { body: "[]" } }
      const { code, stderr, stdout } = yield* oiAgainst({ binance: priceless }, ["snapshot", "binance"])
      assert.deepStrictEqual(stderr, [
        "warning: binance: 4 contracts (BTCUSD_PERP, ETHUSD_PERP, BTCUSD_261225, …): no mark price: " +
          "unexpected response to GET /dapi/v1/premiumIndex (HTTP 200): the list is empty"
      ])
      assert.isTrue(records(stdout).every(({ base, contracts }) => base === null && contracts === "12668208"))
      assert.strictEqual(code, 0)
    })
  )
})
