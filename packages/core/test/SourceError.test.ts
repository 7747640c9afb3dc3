import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Exchange from "../src/Exchange.ts"
import * as SourceError from "../src/SourceError.ts"
import { time } from "./support.ts"

const exchange = Exchange.make("binance")
const symbol = "BTCUSD_PERP"
const until = Option.some(time("2026-10-06T12:05:03Z"))

/** Every error with what a person reads of it. */
const errors: ReadonlyArray<readonly [SourceError.SourceError, string]> = [
  [
    new SourceError.UnknownSymbol({ exchange, symbol, suggestions: ["BTCUSD_261225"] }),
    'unknown symbol: binance knows no contract "BTCUSD_PERP"'
  ],
  [
    new SourceError.AmbiguousSymbol({ exchange, symbol: "BTC/USD:BTC-261225", candidates: ["A", "B", "C"] }),
    'ambiguous symbol: "BTC/USD:BTC-261225" fits A, B, and C'
  ],
  [
    new SourceError.SymbolNotTrading({ exchange, symbol, detail: "The symbol is settling." }),
    'not trading: binance says "The symbol is settling."'
  ],
  [
    new SourceError.RateLimited({ exchange, symbol, until }),
    "rate limited: binance takes no more requests from this address until 2026-10-06T12:05:03.000Z"
  ],
  [
    new SourceError.RateLimited({ exchange, until: Option.none() }),
    "rate limited: binance takes no more requests from this address"
  ],
  [
    new SourceError.RateLimited({ exchange, symbol, until, by: "gate" }),
    "rate limited: binance takes no more requests from this address until 2026-10-06T12:05:03.000Z; not asked again"
  ],
  [
    new SourceError.RateLimited({ exchange, until, ignoredHint: 'its Retry-After "soon" is unreadable' }),
    "rate limited: binance takes no more requests from this address until 2026-10-06T12:05:03.000Z " +
      '(its Retry-After "soon" is unreadable)'
  ],
  [
    new SourceError.RateLimited({ exchange, symbol, until, by: "quota" }),
    "rate limited: our share of what binance allows is used up, by us or by others at this address; this request would have to wait until 2026-10-06T12:05:03.000Z"
  ],
  [
    new SourceError.RateLimited({ exchange, symbol, until, by: "quota", detail: "no more than 2 within 1s" }),
    "rate limited: no more than 2 within 1s; this request would have to wait until 2026-10-06T12:05:03.000Z"
  ],
  [
    new SourceError.RateLimited({ exchange, symbol, by: "quota", detail: "a weight of 9 never fits" }),
    "rate limited: a weight of 9 never fits"
  ],
  [
    new SourceError.Banned({ exchange, until }),
    "banned: binance has shut out this address until 2026-10-06T12:05:03.000Z"
  ],
  [
    new SourceError.Banned({ exchange, symbol, until, by: "gate" }),
    "banned: binance has shut out this address until 2026-10-06T12:05:03.000Z; not asked again"
  ],
  [
    new SourceError.Banned({ exchange, until, ignoredHint: "its time 1 has passed" }),
    "banned: binance has shut out this address until 2026-10-06T12:05:03.000Z (its time 1 has passed)"
  ],
  [
    new SourceError.Forbidden({ exchange, status: 403, detail: "WAF" }),
    'forbidden: binance refuses this address (HTTP 403: "WAF")'
  ],
  [
    new SourceError.Forbidden({ exchange, status: 403, detail: "" }),
    "forbidden: binance refuses this address (HTTP 403)"
  ],
  [
    new SourceError.Forbidden({ exchange, status: 451, detail: "no" }),
    'forbidden: binance does not serve this location (HTTP 451: "no")'
  ],
  [
    new SourceError.Forbidden({ exchange, symbol, status: 403, detail: "", until, by: "gate" }),
    "forbidden: binance refuses this address (HTTP 403) until 2026-10-06T12:05:03.000Z; not asked again"
  ],
  [new SourceError.Unavailable({ exchange, symbol, detail: "connection reset" }), "unavailable: connection reset"],
  [
    new SourceError.Unavailable({ exchange, detail: "HTTP 503", until, ignoredHint: "its time 1 has passed" }),
    "unavailable: HTTP 503 (its time 1 has passed)"
  ],
  [
    new SourceError.CircuitOpen({ exchange, symbol, until }),
    "circuit open: too many requests to binance failed, nothing is sent until 2026-10-06T12:05:03.000Z"
  ],
  [
    new SourceError.CircuitOpen({ exchange }),
    "circuit open: too many requests to binance failed, nothing is sent until one has succeeded again"
  ],
  [
    new SourceError.TimedOut({ exchange, symbol, timeout: "attempt", after: Duration.millis(1500) }),
    "timed out: no complete answer to one request within 1s 500ms"
  ],
  [
    new SourceError.TimedOut({ exchange, timeout: "total", after: Duration.seconds(20) }),
    "timed out: no result within 20s"
  ],
  [
    new SourceError.UnexpectedResponse({
      exchange,
      symbol,
      request: "GET /dapi/v1/openInterest?symbol=BTCUSD_PERP",
      status: 200,
      path: "openInterest",
      detail: 'expected a decimal number, got ""',
      excerpt: "{}"
    }),
    'unexpected response to GET /dapi/v1/openInterest?symbol=BTCUSD_PERP (HTTP 200): openInterest: expected a decimal number, got ""'
  ],
  [
    new SourceError.UnexpectedResponse({
      exchange,
      request: "GET /x",
      status: 502,
      path: "",
      detail: "the body is empty",
      excerpt: ""
    }),
    "unexpected response to GET /x (HTTP 502): the body is empty"
  ]
]

describe("an error of a source", () => {
  const schema = Schema.parseJson(SourceError.SourceError)

  for (const [error, message] of errors) {
    it(`says: ${message}`, () => {
      assert.strictEqual(error.message, message)
    })

    it(`survives JSON as ${error._tag}: ${message}`, () => {
      const back = Schema.decodeSync(schema)(Schema.encodeSync(schema)(error))
      assert.strictEqual(back.constructor, error.constructor)
      assert.strictEqual(back.message, message)
      assert.strictEqual(back.exchange, exchange)
      assert.strictEqual(back.symbol, error.symbol)
      if ("until" in error) assert.deepInclude(back, { until: error.until })
    })
  }

  it("quotes a symbol so that each character can be told, none does anything, and the line stays short", () => {
    const message = (symbol: string) => new SourceError.UnknownSymbol({ exchange, symbol, suggestions: [] }).message
    const quoted = (symbol: string) => message(symbol).replace("unknown symbol: binance knows no contract ", "")
    assert.strictEqual(
      quoted('A"\n\u001b[31m\u009b\u007f\u202E\u200B\u2028\u{E0041}'),
      '"A\\"\\n\\u001b[31m\\u{9b}\\u{7f}\\u{202e}\\u{200b}\\u{2028}\\u{e0041}"'
    )
    assert.strictEqual(quoted("龙虾USDT"), '"龙虾USDT"')
    assert.strictEqual(quoted("龙".repeat(160)), `"${"龙".repeat(160)}"`)
    assert.strictEqual(quoted("龙".repeat(161)), `"${"龙".repeat(160)}…"`)
    assert.strictEqual(quoted("\u{1F99E}".repeat(161)), `"${"\u{1F99E}".repeat(160)}…"`)
    assert.strictEqual(quoted("A".repeat(100_000)), `"${"A".repeat(160)}…"`)
    const ambiguous = new SourceError.AmbiguousSymbol({ exchange, symbol: "\u007f", candidates: ["A\u001bB", "C"] })
    assert.strictEqual(ambiguous.message, 'ambiguous symbol: "\\u{7f}" fits A B and C')
  })

  it("keeps its cause, over JSON by its message", () => {
    const error = new SourceError.Unavailable({ exchange, detail: "reset", cause: new Error("ECONNRESET") })
    const back = Schema.decodeSync(schema)(Schema.encodeSync(schema)(error))
    assert.instanceOf(back.cause, Error)
    assert.include(String(back.cause), "ECONNRESET")
  })

  it("is one of the tags that the tests above know", () => {
    const known = new Set(errors.map(([error]) => error._tag))
    assert.strictEqual(SourceError.SourceError.members.length, known.size)
  })
})
