import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Conversion from "@open-interest/core/Conversion"
import * as Decimal from "@open-interest/core/Decimal"
import * as Instrument from "@open-interest/core/Instrument"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import * as Policy from "@open-interest/core/Policy"
import * as Quantity from "@open-interest/core/Quantity"
import * as Wire from "@open-interest/core/Wire"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { readdirSync } from "node:fs"
import { toInstrument } from "../src/internal/instrument.ts"
import * as wire from "../src/internal/wire.ts"
import { play, recorded, tickers } from "./support.ts"

type Origin = "recorded" | "documented"

/** No second attempt. */
const once = Policy.make(Policy.timeout("1 minute"), Policy.timeout("1 minute"))

const json = (name: string): unknown => JSON.parse(recorded(name))

const readInstruments = (name: string) => {
  const { list, nextPageCursor } = Either.getOrThrow(Wire.decode(wire.instruments("linear"))(json(name))).result
  const rows = Wire.decodeRows(
    wire.InstrumentRow,
    ""
  )(list).map(({ row }) => {
    const { assetClass, contractSize, direction, status, symbol, unifiedSymbol } = toInstrument("linear")(
      Either.getOrThrow(row)
    )
    const size = `${Decimal.format(contractSize.amount)} ${contractSize.unit}`
    return [symbol, unifiedSymbol, size, direction, status, assetClass].join(" ")
  })
  return [...rows, nextPageCursor]
}

const readTickers = (name: string) => {
  const { result, time } = Either.getOrThrow(Wire.decode(wire.tickers("inverse"))(json(name)))
  const figure = Either.getOrThrow(Wire.decodeRowOf(wire.BothSides, "")(result.list)("BTCUSD"))
  const price = Either.getOrThrow(Wire.decodeRowOf(wire.TickerPrice, "")(result.list)("BTCUSD"))
  return [Decimal.format(figure.openInterest), Decimal.format(price.markPrice), DateTime.formatIso(time)]
}

const figures: ReadonlyArray<readonly [name: string, origin: Origin, read: (name: string) => unknown, is: unknown]> = [
  ["bybit-tickers.inverse.doc.json", "documented", readTickers, ["373504107", "16596", "2022-12-30T05:01:36.682Z"]],
  [
    "bybit-instruments-info.linear.doc.json",
    "documented",
    readInstruments,
    ["BTCUSDT BTC/USDT:USDT 1 base linear trading crypto", ""]
  ],
  [
    "bybit-instruments-info.pre-launch.doc.json",
    "documented",
    readInstruments,
    ["BIOUSDT BIO/USDT:USDT 1 base linear PreLaunch crypto", "first%3DBIOUSDT%26last%3DBIOUSDT"]
  ]
]

/** Bodies that answer a request for the open interest of BTCUSDT. */
const errors: ReadonlyArray<readonly [name: string, origin: Origin, status: number, tag: string, message: string]> = [
  [
    "bybit-error.unknown-symbol.json",
    "recorded",
    200,
    "UnknownSymbol",
    'unknown symbol: bybit knows no contract "BTCUSDT"'
  ]
]

describe("the recorded and documented bodies", () => {
  for (const [name, , read, is] of figures) {
    it(`${name} decodes to its digits`, () => assert.deepStrictEqual(read(name), is))
  }

  for (const [name, , status, tag, message] of errors) {
    it.effect(`${name} with HTTP ${status} is ${tag}`, () =>
      Effect.gen(function* () {
        const { result } = yield* play(
          { [tickers]: { status, body: recorded(name) } },
          (source) => Effect.flip(source.openInterest("BTCUSDT")),
          { policy: once }
        )
        assert.deepStrictEqual([result._tag, result.message], [tag, message])
      })
    )
  }

  it("are all covered here", () => {
    const files = readdirSync(new URL("./fixtures", import.meta.url)).filter((file) => file.startsWith("bybit"))
    assert.sameMembers(
      files,
      [...figures, ...errors].map(([name]) => name)
    )
  })

  afterAll(() => {
    const count = (origin: Origin) => [...figures, ...errors].filter(([, each]) => each === origin).length
    const text = `bybit: ${count("recorded")} recorded and ${count("documented")} documented bodies decoded`
    Effect.runSync(Console.log(text))
  })
})

describe("the units", () => {
  const rowOf = (symbol: string, category: wire.Category) =>
    Instrument.make({
      exchange: "bybit",
      symbol,
      base: "BTC",
      quote: category === "linear" ? "USDT" : "USD",
      settle: category === "linear" ? "USDT" : "BTC",
      contractSize: { amount: 1n, unit: category === "linear" ? "base" : "quote" }
    })
  const timestamp = DateTime.unsafeMake(0)

  // The value that stood beside the figure, worked out by Bybit itself to two decimals.
  for (const [symbol, category, unit, to, amount, price, value] of [
    ["BTCUSDT", "linear", "base", "quote", "59972.256", "63560.80", "3811884569.16480"],
    ["BTCUSD", "inverse", "quote", "base", "373504107", "16596.00", "22505.67046276"],
    ["BTCUSD", "inverse", "quote", "base", "468908504", "84439.49", "5553.18967464"]
  ] as const) {
    it(`${amount} of ${symbol} at ${price} is worth what openInterestValue said`, () => {
      const instrument = rowOf(symbol, category)
      const converted = Conversion.convert(
        Quantity.make(unit, Instrument.denomination(instrument, unit), Decimal.unsafeFrom(amount)),
        to,
        { instrument, markPrice: MarkPrice.make({ instrument, price, timestamp }) }
      )
      assert.strictEqual(Decimal.format(Either.getOrThrow(converted).amount), Decimal.format(Decimal.unsafeFrom(value)))
    })
  }
})
