import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import * as Policy from "@open-interest/core/Policy"
import * as Wire from "@open-interest/core/Wire"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import { readdirSync } from "node:fs"
import { toInstrument } from "../src/internal/instrument.ts"
import * as wire from "../src/internal/wire.ts"
import { openInterest, play, recorded } from "./support.ts"

type Origin = "recorded" | "documented"

/** No second attempt. */
const once = Policy.make(Policy.timeout("1 minute"), Policy.timeout("1 minute"))

const json = (name: string): unknown => JSON.parse(recorded(name))

const readOpenInterest = (name: string) => {
  const { openInterestList, ts } = Either.getOrThrow(Wire.decode(wire.OpenInterest)(json(name))).data
  const rows = Wire.decodeRows(wire.OpenInterestRow, "")(openInterestList).map(({ row }) => Either.getOrThrow(row))
  return [...rows.map(({ size, symbol }) => [symbol, Decimal.format(size)]), DateTime.formatIso(ts)]
}

const readInstruments = (name: string) => {
  const { data } = Either.getOrThrow(Wire.decode(wire.Contracts)(json(name)))
  return Wire.decodeRows(
    wire.ContractRow,
    "data"
  )(data).map(({ row }) => {
    const { assetClass, contractSize, direction, status, symbol, unifiedSymbol } = toInstrument("COIN-FUTURES")(
      Either.getOrThrow(row)
    )
    const size = `${Decimal.format(contractSize.amount)} ${contractSize.unit}`
    return [symbol, unifiedSymbol, size, direction, status, assetClass].join(" ")
  })
}

const readMarkPrices = (rows: ReadonlyArray<unknown>) =>
  Wire.decodeRows(
    wire.TickerPrice,
    "data"
  )(rows).map(({ row }) => {
    const { markPrice, symbol, ts } = Either.getOrThrow(row)
    return [symbol, Decimal.format(markPrice), DateTime.formatIso(ts)].join(" ")
  })

const figures: ReadonlyArray<readonly [name: string, origin: Origin, read: (name: string) => unknown, is: unknown]> = [
  [
    "bitget-v2-open-interest.doc.json",
    "documented",
    readOpenInterest,
    [["BTCUSDT", "34278.06"], "2023-09-27T06:39:41.616Z"]
  ],
  [
    "bitget-v2-open-interest.float-artefact-2026-08.json",
    "recorded",
    readOpenInterest,
    [["SNDKUSDT", "46975.254000000053"], "2026-08-16T15:26:16.234Z"]
  ],
  [
    "bitget-v2-contracts.coin-futures-2026-07-03.trimmed.json",
    "recorded",
    readInstruments,
    [
      "BTCUSD BTC/USD:BTC 1 base inverse trading real-world",
      "BTCUSDU26 BTC/USD:BTC-260626 1 base inverse trading crypto"
    ]
  ],
  [
    "bitget-v2-tickers.coin-futures.doc.json",
    "documented",
    (name) => readMarkPrices(Either.getOrThrow(Wire.decode(wire.Tickers)(json(name))).data),
    ["BTCUSD 12345 2023-09-27T05:57:51.400Z", "ETHUSD_231229 1234 2023-09-27T05:57:51.400Z"]
  ],
  [
    "bitget-v2-tickers.row-2026-09-15.trimmed.json",
    "recorded",
    (name) => readMarkPrices([json(name)]),
    ["BTCUSDT 77202.1 2026-09-15T07:11:16.886Z"]
  ]
]

const refused = (status: number, words: string) =>
  "unexpected response to GET /api/v2/mix/market/open-interest?symbol=BTCUSDT&productType=USDT-FUTURES " +
  `(HTTP ${status}): the exchange refuses it with ${words}`

const now = Date.UTC(2026, 9, 6, 12)

/** Bodies that answer a request for the open interest of BTCUSDT. */
const errors: ReadonlyArray<readonly [name: string, origin: Origin, status: number, tag: string, message: string]> = [
  [
    "bitget-error.unknown-symbol.json",
    "recorded",
    400,
    "UnknownSymbol",
    'unknown symbol: bitget knows no contract "BTCUSDT"'
  ],
  [
    "bitget-error.unknown-productType.json",
    "recorded",
    400,
    "UnexpectedResponse",
    refused(400, 'code 40019: "Parameter NOPE-FUTURES cannot be empty"')
  ],
  [
    "bitget-error.rate-limited-429.json",
    "recorded",
    429,
    "RateLimited",
    "rate limited: bitget takes no more requests from this address until 2026-10-06T12:00:01.000Z"
  ],
  [
    "bitget-error.timeout.json",
    "documented",
    200,
    "Unavailable",
    'unavailable: bitget answers HTTP 200: "Request timed out"'
  ],
  [
    "bitget-error.service-error.json",
    "documented",
    500,
    "Unavailable",
    'unavailable: bitget answers HTTP 500: "service return an error"'
  ]
]

describe("the recorded and documented bodies", () => {
  for (const [name, , read, is] of figures) {
    it(`${name} decodes to its digits`, () => assert.deepStrictEqual(read(name), is))
  }

  for (const [name, , status, tag, message] of errors) {
    it.effect(`${name} with HTTP ${status} is ${tag}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const { result } = yield* play(
          { [openInterest]: { status, body: recorded(name) } },
          (source) => Effect.flip(source.openInterest("BTCUSDT")),
          { policy: once }
        )
        assert.deepStrictEqual([result._tag, result.message], [tag, message])
      })
    )
  }

  it("are all covered here", () => {
    const files = readdirSync(new URL("./fixtures", import.meta.url)).filter((file) => file.startsWith("bitget"))
    assert.sameMembers(
      files,
      [...figures, ...errors].map(([name]) => name)
    )
  })

  afterAll(() => {
    const count = (origin: Origin) => [...figures, ...errors].filter(([, each]) => each === origin).length
    const text = `bitget: ${count("recorded")} recorded and ${count("documented")} documented bodies decoded`
    Effect.runSync(Console.log(text))
  })
})
