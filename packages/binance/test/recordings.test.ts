import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import type * as Instrument from "@open-interest/core/Instrument"
import * as Policy from "@open-interest/core/Policy"
import * as Wire from "@open-interest/core/Wire"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
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
  const { openInterest, symbol, time } = Either.getOrThrow(Wire.decode(wire.OpenInterest)(json(name)))
  return [symbol, Decimal.format(openInterest), DateTime.formatIso(time)]
}

const describeInstrument = (instrument: Instrument.Instrument) =>
  [
    instrument.symbol,
    instrument.unifiedSymbol,
    `${Decimal.format(instrument.contractSize.amount)} ${instrument.contractSize.unit}`,
    instrument.direction,
    instrument.status,
    Option.match(instrument.deliveryAt, { onNone: () => "perpetual", onSome: DateTime.formatIso })
  ].join(" ")

const readInstruments = (name: string) => {
  const { symbols } = Either.getOrThrow(Wire.decode(wire.ExchangeInfo)(json(name)))
  return Wire.decodeRows(
    wire.ContractRow,
    "symbols"
  )(symbols).map(({ row }) => describeInstrument(toInstrument(Either.getOrThrow(row))))
}

const readMarkPrice = (name: string, symbol: string) => {
  const rows = Either.getOrThrow(Wire.decode(wire.PremiumIndex)(json(name)))
  const { markPrice, time } = Either.getOrThrow(Wire.decodeRowOf(wire.PremiumIndexRow, "")(rows)(symbol))
  return [Decimal.format(markPrice), DateTime.formatIso(time)]
}

const readHistory = (name: string) =>
  Wire.decodeRows(
    wire.OpenInterestHistRow,
    ""
  )(Either.getOrThrow(Wire.decode(wire.OpenInterestHist)(json(name)))).map(({ row }) => {
    const { contractType, pair, sumOpenInterest, sumOpenInterestValue, timestamp } = Either.getOrThrow(row)
    const figures = `${Decimal.format(sumOpenInterest)} contracts, ${Decimal.format(sumOpenInterestValue)} coins`
    return `${pair} ${contractType} ${DateTime.formatIso(timestamp)}: ${figures}`
  })

const figures: ReadonlyArray<readonly [name: string, origin: Origin, read: (name: string) => unknown, is: unknown]> = [
  [
    "binance-dapi-openInterest.perp-2026-10-06.json",
    "recorded",
    readOpenInterest,
    ["BTCUSD_PERP", "12668208", "2026-10-06T11:04:52.616Z"]
  ],
  [
    "binance-dapi-openInterest.doc.json",
    "documented",
    readOpenInterest,
    ["BTCUSD_200626", "15004", "2020-06-04T08:57:22.378Z"]
  ],
  [
    "binance-dapi-openInterestHist.2026-10-06.json",
    "recorded",
    readHistory,
    ["BTCUSD PERPETUAL 2026-10-06T10:55:00.000Z: 2909783 contracts, 3377.42432722 coins"]
  ],
  [
    "binance-dapi-openInterestHist.doc.json",
    "documented",
    readHistory,
    [
      "BTCUSD CURRENT_QUARTER 2020-06-04T08:57:22.378Z: 20403 contracts, 176196512.234 coins",
      "BTCUSD CURRENT_QUARTER 2020-03-02T05:50:00.000Z: 20401 contracts, 176178704.987 coins"
    ]
  ],
  [
    "binance-dapi-exchangeInfo.json",
    "recorded",
    readInstruments,
    [
      "BTCUSD_PERP BTC/USD:BTC 100 quote inverse trading perpetual",
      "ETHUSD_PERP ETH/USD:ETH 10 quote inverse trading perpetual",
      "BTCUSD_261225 BTC/USD:BTC-261225 100 quote inverse trading 2026-12-25T08:00:00.000Z",
      "BTCUSD_260626 BTC/USD:BTC-260626 100 quote inverse delivering 2026-06-26T08:00:00.000Z",
      "EGLDUSD_PERP EGLD/USD:EGLD 10 quote inverse pending perpetual"
    ]
  ],
  [
    "binance-dapi-exchangeInfo.doc.json",
    "documented",
    readInstruments,
    ["BTCUSD_200925 BTC/USD:BTC-200925 100 quote inverse trading 2020-09-25T08:00:00.000Z"]
  ],
  [
    "binance-dapi-premiumIndex.2026-09-24.json",
    "recorded",
    (name) => readMarkPrice(name, "BTCUSD_PERP"),
    ["83528.8", "2026-09-24T08:49:11.001Z"]
  ],
  [
    "binance-dapi-premiumIndex.doc.json",
    "documented",
    (name) => readMarkPrice(name, "BTCUSD_PERP"),
    ["11029.69574559", "2020-07-30T07:27:22.000Z"]
  ]
]

/** Some time before the end of the ban that is documented. */
const now = Date.UTC(2025, 5, 29, 22)

/** Bodies that answer a request for the open interest of BTCUSD_PERP. */
const errors: ReadonlyArray<readonly [name: string, origin: Origin, status: number, tag: string, message: string]> = [
  [
    "binance-dapi-openInterest.testnet-empty.json",
    "recorded",
    200,
    "UnexpectedResponse",
    "unexpected response to GET /dapi/v1/openInterest?symbol=BTCUSD_PERP (HTTP 200): symbol: is missing"
  ],
  [
    "binance-error.invalid-symbol.json",
    "recorded",
    400,
    "UnknownSymbol",
    'unknown symbol: binance knows no contract "BTCUSD_PERP"'
  ],
  [
    "binance-error.symbol-not-trading.json",
    "recorded",
    400,
    "SymbolNotTrading",
    'not trading: binance says "Symbol is on delivering or delivered or settling or closed or pre-trading."'
  ],
  [
    "binance-error.pair-or-interval-invalid.json",
    "recorded",
    400,
    "UnexpectedResponse",
    "unexpected response to GET /dapi/v1/openInterest?symbol=BTCUSD_PERP (HTTP 400): " +
      'the exchange refuses it with code -1120: "Invalid interval."'
  ],
  [
    "binance-error.param-invalid.json",
    "recorded",
    400,
    "UnexpectedResponse",
    "unexpected response to GET /dapi/v1/openInterest?symbol=BTCUSD_PERP (HTTP 400): " +
      "the exchange refuses it with code -1130: \"Data sent for parameter 'limit' is not valid.\""
  ],
  [
    "binance-error.ip-banned-418.json",
    "documented",
    418,
    "Banned",
    "banned: binance has shut out this address until 2025-06-29T22:02:47.890Z"
  ],
  [
    "binance-error.throttled-503.json",
    "documented",
    503,
    "Unavailable",
    'unavailable: binance answers HTTP 503: "Request throttled by system-level protection. ' +
      'Reduce-only/close-position orders are exempt. Please try again."'
  ],
  [
    "binance-error.geo-451.json",
    "recorded",
    451,
    "Forbidden",
    'forbidden: binance does not serve this location (HTTP 451: "Service unavailable from a restricted location ' +
      "according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe…\")"
  ],
  [
    "binance-error.waf-403.html",
    "recorded",
    403,
    "Forbidden",
    'forbidden: binance refuses this address (HTTP 403: "ERROR: The request could not be satisfied") until 2025-06-29T22:02:00.000Z'
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
          (source) => Effect.flip(source.openInterest("BTCUSD_PERP")),
          { policy: once }
        )
        assert.deepStrictEqual([result._tag, result.message], [tag, message])
      })
    )
  }

  // Not a body: somebody's extract of a list, which the simulator is checked against.
  const extract = "binance-dapi-exchangeInfo.live-symbols-2026-10-11.json"

  it("are all covered here", () => {
    const files = readdirSync(new URL("./fixtures", import.meta.url)).filter((file) => file.startsWith("binance"))
    const tested = [...figures, ...errors].map(([name]) => name)
    assert.sameMembers(files, [...tested, extract])
  })

  afterAll(() => {
    const count = (origin: Origin) => [...figures, ...errors].filter(([, each]) => each === origin).length
    const text = `binance: ${count("recorded")} recorded and ${count("documented")} documented bodies decoded`
    Effect.runSync(Console.log(text))
  })
})
