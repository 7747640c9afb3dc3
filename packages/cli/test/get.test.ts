import { assert, describe, it } from "@effect/vitest"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { binance, bitget, oi, oiAgainst, recorded, records } from "./support.ts"

describe("oi get", () => {
  it.live("prints the exact digits in the right unit, for the exchange's own symbols and unified ones", () =>
    Effect.gen(function* () {
      const targets = ["binance:BTCUSD_PERP", "binance:BTC/USD:BTC-261225", "bitget:BTCUSDT", "bitget:BTC/USDT:USDT"]
      const { code, stderr, stdout } = yield* oiAgainst({ binance, bitget }, ["get", "--format", "ndjson", ...targets])
      const perpetual = {
        exchange: "binance",
        symbol: "BTCUSD_PERP",
        unifiedSymbol: "BTC/USD:BTC",
        unit: "contracts",
        sides: "one",
        contracts: "12668208",
        base: "17840.51115295",
        quote: "1266820800",
        baseCurrency: "BTC",
        quoteCurrency: "USD",
        markPrice: "71008.1",
        markPriceTimestamp: "2026-10-06T11:04:52.000Z",
        timestamp: "2026-10-06T11:04:52.616Z",
        timestampKind: "event"
      }
      const quarterly = {
        ...perpetual,
        symbol: "BTCUSD_261225",
        unifiedSymbol: "BTC/USD:BTC-261225",
        base: "17717.77342657",
        markPrice: "71500"
      }
      const linear = {
        exchange: "bitget",
        symbol: "BTCUSDT",
        unifiedSymbol: "BTC/USDT:USDT",
        unit: "base",
        sides: "unknown",
        contracts: null,
        base: "34278.06",
        quote: "898102311.03",
        baseCurrency: "BTC",
        quoteCurrency: "USDT",
        markPrice: "26200.5",
        markPriceTimestamp: "2023-09-27T06:39:41.616Z",
        timestamp: "2023-09-27T06:39:41.616Z",
        timestampKind: "reply"
      }
      assert.deepStrictEqual(records(stdout), [perpetual, quarterly, linear, linear])
      assert.deepStrictEqual(stderr, [])
      assert.strictEqual(code, 0)
    })
  )

  it.live("delivers the others beside a target that fails, and ends with 3", () =>
    Effect.gen(function* () {
      const broken = { ...bitget, "/api/v2/mix/market/open-interest": { status: 503, body: "" } }
      const { code, stderr, stdout } = yield* oiAgainst(
        { binance, bitget: broken },
        ["get", "bitget:BTCUSDT", "binance:BTCUSD_PERP", "binance:NOPE"],
        { env: { OPEN_INTEREST_BITGET_RETRY_TIMES: "0" } }
      )
      assert.deepStrictEqual(
        records(stdout).map(({ symbol }) => symbol),
        ["BTCUSD_PERP"]
      )
      assert.deepStrictEqual(stderr, [
        "error: bitget:BTCUSDT: unavailable: bitget answers HTTP 503",
        'error: binance:NOPE: unknown symbol: binance knows no contract "NOPE"',
        "hint: where an exchange can't be reached, --simulated reads a simulated one",
        "hint: list what there is with: oi instruments binance"
      ])
      assert.strictEqual(code, 3)
    })
  )

  it.live("prints null where a price was needed, and warns why it has none", () =>
    Effect.gen(function* () {
      const stale = {
        ...binance,
        "/dapi/v1/premiumIndex": { body: recorded("binance-dapi-premiumIndex.2026-09-24.json") }
      }
      const priceless = { ...bitget, "/api/v2/mix/market/tickers": { body: '{"code":"00000","data":[]}' } }
      const { code, stderr, stdout } = yield* oiAgainst({ binance: stale, bitget: priceless }, [
        "get",
        "binance:BTCUSD_PERP",
        "bitget:BTCUSDT"
      ])
      assert.deepStrictEqual(
        records(stdout).map(({ base, contracts, markPrice, quote }) => [contracts, base, quote, markPrice]),
        [
          ["12668208", null, "1266820800", "83528.8"],
          [null, "34278.06", null, null]
        ]
      )
      assert.deepStrictEqual(stderr, [
        "warning: binance:BTCUSD_PERP: no base figure for binance:BTCUSD_PERP: " +
          "the mark price is more than 10 seconds older than the reading",
        "warning: bitget:BTCUSDT: no mark price: unexpected response to " +
          "GET /api/v2/mix/market/tickers?productType=USDT-FUTURES (HTTP 200): data: the list is empty"
      ])
      assert.strictEqual(code, 0)
    })
  )

  describe("refuses an answer that is no figure, in one line with the place, and prints nothing:", () => {
    const openInterest = recorded("binance-dapi-openInterest.perp-2026-10-06.json")
    const list = recorded("bitget-v2-open-interest.doc.json")
    const faults: ReadonlyArray<readonly [what: string, binance: string | undefined, bitget: string, where: RegExp]> = [
      ["truncated JSON", openInterest.slice(0, 60), list.slice(0, 60), /not JSON: "\{/],
      ["a web page", "<html><title>Sorry</title></html>", "<html><title>Sorry</title></html>", /not JSON: "Sorry"/],
      ["{}", "{}", "{}", /(symbol|code): is missing/],
      [
        "a missing field",
        openInterest.replace("openInterest", "oi"),
        list.replace("size", "amount"),
        /(openInterest|data\.openInterestList\[0\]\.size): is missing/
      ],
      [
        '"N/A"',
        openInterest.replace("12668208", "N/A"),
        list.replace("34278.06", "N/A"),
        /(openInterest|\.size): expected a decimal number, got "N\/A"/
      ],
      [
        '""',
        openInterest.replace("12668208", ""),
        list.replace("34278.06", ""),
        /(openInterest|\.size): expected a decimal number, got ""/
      ],
      [
        "another symbol",
        openInterest.replace("BTCUSD_PERP", "ETHUSD_PERP"),
        list.replace('"symbol":"BTCUSDT"', '"symbol":"ETHUSDT"'),
        /symbol: asked for "BTCUSD_PERP", answered for "ETHUSD_PERP"|no row for BTCUSDT, but one for ETHUSDT/
      ],
      [
        "an empty list",
        undefined,
        '{"code":"00000","data":{"openInterestList":[],"ts":"1695796781616"}}',
        /data\.openInterestList: the list is empty/
      ],
      [
        "an error code inside a success",
        recorded("binance-error.param-invalid.json"),
        recorded("bitget-error.unknown-productType.json"),
        /the exchange refuses it with code -?\d+: "/
      ]
    ]
    for (const [what, binanceBody, bitgetBody, where] of faults) {
      for (const [target, body] of [
        ["binance:BTCUSD_PERP", binanceBody],
        ["bitget:BTCUSDT", bitgetBody]
      ] as const) {
        if (body === undefined) continue
        it.live(`${what} for ${target}`, () =>
          Effect.gen(function* () {
            const routes = {
              binance: { ...binance, "/dapi/v1/openInterest": { body } },
              bitget: { ...bitget, "/api/v2/mix/market/open-interest": { body } }
            }
            const { code, stderr, stdout } = yield* oiAgainst(routes, ["get", target])
            assert.strictEqual(stdout, "")
            assert.strictEqual(stderr.length, 1)
            assert.isTrue(stderr[0]?.startsWith(`error: ${target}: unexpected response to GET `), stderr[0])
            assert.match(stderr[0] ?? "", where)
            assert.strictEqual(code, 1)
          })
        )
      }
    }
  })

  it.live("writes every format", () =>
    Effect.gen(function* () {
      const get = (format: string) =>
        Effect.map(
          oiAgainst({ binance, bitget }, ["get", "--format", format, "binance:BTCUSD_PERP", "bitget:BTCUSDT"]),
          ({ stdout }) => stdout
        )
      const names = Object.keys(OpenInterestRecord.OpenInterestRecord.fields)
      const json = JSON.parse(yield* get("json"))
      assert.deepStrictEqual(Object.keys(json[0]), names)
      // The printed record is the public schema.
      assert.strictEqual(Schema.decodeUnknownSync(Schema.Array(OpenInterestRecord.OpenInterestRecord))(json).length, 2)
      const csv = (yield* get("csv")).split("\r\n")
      assert.deepStrictEqual(csv[0]?.split(","), names)
      assert.match(
        csv[2] ?? "",
        /^bitget,BTCUSDT,BTC\/USDT:USDT,base,unknown,,34278\.06,898102311\.03,BTC,USDT,26200\.5,/
      )
      const table = (yield* get("table")).split("\n")
      assert.match(table[0] ?? "", /^CONTRACT +CONTRACTS +BASE \(BTC\) +QUOTE +MARK PRICE +REPORTED IN +SIDES +TIME$/)
      assert.match(
        table[1] ?? "",
        /^binance:BTCUSD_PERP +12,668,208 +17,840\.51115295 +1,266,820,800 +USD +71,008\.1 USD +contracts +one +2026-10-06T11:04:52\.616Z \(event\)$/
      )
      assert.match(
        table[2] ?? "",
        /^bitget:BTCUSDT +– +34,278\.06 +898,102,311\.03 USDT +26,200\.5 USDT +base +unknown/
      )
    })
  )

  it.live("prints the columns that are asked for, in that order, and plain digits in a table", () =>
    Effect.gen(function* () {
      const args = ["get", "binance:BTCUSD_PERP", "--columns=quote, symbol,markPrice", "--raw", "--format", "table"]
      const { stdout } = yield* oiAgainst({ binance }, args)
      assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
        "quote (USD)  symbol       markPrice (USD)",
        " 1266820800  BTCUSD_PERP          71008.1"
      ])
    })
  )

  it.live("reads simulated exchanges without a network, and says so", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(["get", "--simulated", "binance:BTCUSD_PERP", "bitget:龙虾USDT"])
      assert.deepStrictEqual(stderr, ["note: the exchanges are simulated, these figures are made up"])
      assert.deepStrictEqual(
        records(stdout).map(({ symbol, unit }) => [symbol, unit]),
        [
          ["BTCUSD_PERP", "contracts"],
          ["龙虾USDT", "base"]
        ]
      )
      assert.strictEqual(code, 0)
    })
  )

  it.live("ends within its time limits when an exchange never answers", () =>
    Effect.gen(function* () {
      const hanging = { "/dapi/v1/exchangeInfo": { body: "", after: Duration.infinity } }
      const { code, stderr } = yield* oiAgainst({ binance: hanging }, ["get", "binance:BTCUSD_PERP"], {
        env: { OPEN_INTEREST_BINANCE_RETRY_TIMES: "0", OPEN_INTEREST_BINANCE_TIMEOUT_ATTEMPT: "150 millis" }
      })
      assert.deepStrictEqual(stderr, [
        "error: binance:BTCUSD_PERP: timed out: no complete answer to one request within 150ms"
      ])
      assert.strictEqual(code, 1)
    })
  )

  describe("against an exchange that has banned this address", () => {
    const banned = { status: 418, headers: { "retry-after": "120" }, body: "" }
    const message = (target: string) =>
      new RegExp(`^error: ${target}: banned: binance has shut out this address until \\d{4}-\\S+Z(; not asked again)?$`)

    it.live("asks once, says until when, and ends with 1 within seconds", () =>
      Effect.gen(function* () {
        const received: Array<string> = []
        const ban = (url: URL) => (received.push(url.pathname), banned)
        const routes = { "/dapi/v1/exchangeInfo": ban, "/dapi/v1/openInterest": ban, "/dapi/v1/premiumIndex": ban }
        const [took, { code, stderr, stdout }] = yield* Effect.timed(
          oiAgainst({ binance: routes }, ["get", "binance:BTCUSD_PERP"])
        )
        assert.strictEqual(stderr.length, 1)
        assert.match(stderr[0] ?? "", message("binance:BTCUSD_PERP"))
        const until = Date.parse(/until (\S+Z)/.exec(stderr[0] ?? "")?.[1] ?? "")
        assert.closeTo(until - Date.now(), 120_000, 10_000)
        assert.deepStrictEqual([code, stdout, received], [1, "", ["/dapi/v1/exchangeInfo"]])
        assert.isBelow(Duration.toMillis(took), 10_000)
      })
    )

    it.live("asks no more for many targets, delivers those of the other, and ends with 3", () =>
      Effect.gen(function* () {
        let asked = 0
        const routes = { ...binance, "/dapi/v1/openInterest": () => (asked++, banned) }
        const targets = Array.from({ length: 12 }, () => "binance:BTCUSD_PERP")
        const [took, { code, stderr, stdout }] = yield* Effect.timed(
          oiAgainst({ binance: routes, bitget }, ["get", ...targets, "bitget:BTCUSDT"])
        )
        assert.strictEqual(stderr.length, targets.length)
        for (const line of stderr) assert.match(line, message("binance:BTCUSD_PERP"))
        assert.deepStrictEqual(
          records(stdout).map(({ symbol }) => symbol),
          ["BTCUSDT"]
        )
        // Eight are read at a time; those that had left before the answer arrived had left.
        assert.isAtMost(asked, 8)
        assert.strictEqual(code, 3)
        assert.isBelow(Duration.toMillis(took), 10_000)
      })
    )
  })

  it.live("ends with 130 at Ctrl-C", () =>
    Effect.gen(function* () {
      let ask = () => {}
      const asked = new Promise<void>((resolve) => {
        ask = resolve
      })
      const hanging = () => {
        ask()
        return { body: "", after: Duration.infinity }
      }
      const { code, stderr, stdout } = yield* oiAgainst(
        { binance: { "/dapi/v1/exchangeInfo": hanging } },
        ["get", "binance:BTCUSD_PERP"],
        { interruptWhen: asked }
      )
      assert.deepStrictEqual([code, stdout, stderr], [130, "", []])
    })
  )

  it.live("says what can't be reached, and how to do without it", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* oi(["get", "binance:BTCUSD_PERP"], {
        env: { OPEN_INTEREST_BINANCE_BASE_URL: "http://127.0.0.1:9" }
      })
      assert.deepStrictEqual(stderr, [
        "error: binance:BTCUSD_PERP: unavailable: cannot reach http://127.0.0.1:9: connection refused (ECONNREFUSED)",
        "hint: where an exchange can't be reached, --simulated reads a simulated one"
      ])
      assert.strictEqual(code, 1)
    })
  )

  it.live("names a setting that it does not know, and what it may have meant", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* oiAgainst({ binance }, ["get", "binance:BTCUSD_PERP"], {
        env: { OPEN_INTEREST_BINANCE_RETRY_TIME: "3" }
      })
      assert.deepStrictEqual(stderr, [
        "error: binance:BTCUSD_PERP: wrong setting: OPEN_INTEREST_BINANCE_RETRY_TIME: " +
          'unknown setting ("3"), did you mean RETRY_TIMES?'
      ])
      assert.strictEqual(code, 1)
    })
  )

  describe("names a wrong setting and leaves the other exchange alone:", () => {
    for (const [name, value, allowed] of [
      [
        "OPEN_INTEREST_BINANCE_BASE_URL",
        "http://dapi.binance.com",
        "expected an https URL, or an http URL on a loopback"
      ],
      ["OPEN_INTEREST_BINANCE_RETRY_TIMES", "-1", "expected a whole number from 0 to 100"],
      ["OPEN_INTEREST_BINANCE_TIMEOUT_TOTAL", "-1 seconds", "expected a positive duration such as"],
      ["OPEN_INTEREST_BINANCE_QUOTA_FRACTION", "1.5", "expected a number above 0, and at most 1"]
    ] as const) {
      it.live(`${name}=${value}`, () =>
        Effect.gen(function* () {
          const { code, stderr, stdout } = yield* oiAgainst(
            { binance, bitget },
            ["get", "binance:BTCUSD_PERP", "bitget:BTCUSDT"],
            { env: { [name]: value } }
          )
          assert.strictEqual(records(stdout).length, 1)
          assert.strictEqual(stderr.length, 1)
          assert.include(stderr[0] ?? "", `error: binance:BTCUSD_PERP: wrong setting: ${name}: ${allowed}`)
          assert.include(stderr[0] ?? "", `got ${JSON.stringify(value)}`)
          assert.strictEqual(code, 3)
        })
      )
    }
  })
})
