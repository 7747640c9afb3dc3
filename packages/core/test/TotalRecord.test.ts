import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Instrument from "../src/Instrument.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import { Unavailable } from "../src/SourceError.ts"
import * as Total from "../src/Total.ts"
import * as TotalRecord from "../src/TotalRecord.ts"
import * as Valuation from "../src/Valuation.ts"
import { binanceBtc, binanceEth, bitgetBtcUsd, bitgetBtcUsdt, markPrice, readAt, time } from "./support.ts"

const schema = TotalRecord.TotalRecord
const encode = Schema.encodeSync(schema)
const decode = Schema.decodeUnknownSync(schema)

const lost = Either.left(new Unavailable({ exchange: binanceBtc.exchange, detail: "connection reset" }))

const value = (
  instrument: Instrument.Instrument,
  amount: string,
  price: string | undefined,
  sides: OpenInterest.Sides
) =>
  Valuation.make(
    OpenInterest.make({
      instrument,
      amount,
      unit: instrument.contractSize.unit === "quote" ? "contracts" : "base",
      timestamp: instrument === bitgetBtcUsdt ? time("2026-10-06T12:05:03Z") : readAt,
      sides,
      unitVerified: true
    }),
    price === undefined ? lost : Either.right(markPrice(instrument, price, readAt))
  )

const total = (by: Total.By, valuations: ReadonlyArray<Valuation.Valuation>): Total.Total =>
  Total.make({ valuations, failures: [], now: readAt, by })

const market = [
  value(binanceBtc, "7100", "71000", "one"),
  value(binanceEth, "300", "3000", "one"),
  value(bitgetBtcUsd, "5", "71000", "one"),
  value(bitgetBtcUsdt, "25", "71000", "unknown")
]

const shown = (
  records: ReadonlyArray<TotalRecord.TotalRecord>,
  ...names: ReadonlyArray<keyof TotalRecord.TotalRecord>
): ReadonlyArray<string> =>
  records.map((record) => {
    const encoded = encode(record)
    return names.map((name) => encoded[name] ?? "null").join(" ")
  })

const line =
  '{"by":"exchange","group":"bitget","underlying":"BTC","assetClass":"crypto","unit":"base","currency":"BTC","amount":"30","assumed":"25","share":"75","contracts":"2","missing":"0","exchanges":"1","largestExchange":"bitget","largestShare":"75","concentration":"6250","oldest":"2026-10-06T12:05:03.000Z","newest":"2026-10-06T12:05:03.512Z"}'

describe("the record of a sum", () => {
  it("is this line, to the byte", () => {
    const record = TotalRecord.fromTotal(total("exchange", market)).find(({ group }) => group === "bitget")
    assert(record !== undefined)
    assert.strictEqual(JSON.stringify(encode(record)), line)
  })

  it("is read back from that line, and written again as the same", () => {
    assert.strictEqual(JSON.stringify(encode(decode(JSON.parse(line)))), line)
  })

  it("is one figure: coins and each currency have their own, for each underlying", () => {
    assert.deepStrictEqual(
      shown(
        TotalRecord.fromTotal(total("underlying", market)),
        ...(["by", "group", "unit", "amount", "currency", "assumed", "share", "contracts", "exchanges"] as const),
        ...(["largestExchange", "largestShare", "concentration"] as const)
      ),
      [
        "underlying BTC base 40 BTC 25 100 3 2 bitget 75 6250",
        "underlying BTC quote 1065000 USD 0 100 2 2 binance 66.66666667 5555.55555556",
        "underlying BTC quote 1775000 USDT 1775000 100 1 1 bitget 100 10000",
        "underlying ETH base 1 ETH 0 100 1 1 binance 100 10000",
        "underlying ETH quote 3000 USD 0 100 1 1 binance 100 10000"
      ]
    )
  })

  it("by exchange tells the share of each, and the concentration of them all", () => {
    assert.deepStrictEqual(
      shown(
        TotalRecord.fromTotal(total("exchange", market)),
        ...(["group", "underlying", "amount", "currency", "share", "concentration"] as const)
      ),
      [
        "binance BTC 10 BTC 25 6250",
        "binance BTC 710000 USD 66.66666667 5555.55555556",
        "bitget BTC 30 BTC 75 6250",
        "bitget BTC 355000 USD 33.33333333 5555.55555556",
        "bitget BTC 1775000 USDT 100 10000",
        "binance ETH 1 ETH 100 10000",
        "binance ETH 3000 USD 100 10000"
      ]
    )
  })

  it("by settle currency tells the share of each, and the concentration within it", () => {
    assert.deepStrictEqual(
      shown(
        TotalRecord.fromTotal(total("settle", market)).filter(({ unit }) => unit === "base"),
        ...(["group", "underlying", "amount", "share", "concentration"] as const)
      ),
      ["USDT BTC 25 62.5 10000", "coin BTC 15 37.5 5555.55555556", "coin ETH 1 100 10000"]
    )
  })

  it("counts what is missing in a figure, and is there with null where all of it is", () => {
    const records = TotalRecord.fromTotal(
      total("underlying", [
        value(binanceEth, "300", undefined, "one"),
        value(bitgetBtcUsdt, "25", undefined, "one"),
        value(bitgetBtcUsd, "5", "71000", "one"),
        value(binanceBtc, "7100", undefined, "one")
      ])
    )
    assert.deepStrictEqual(
      shown(records, "unit", "currency", "amount", "assumed", "share", "contracts", "missing", "exchanges", "oldest"),
      [
        "base BTC 30 0 100 2 1 1 2026-10-06T12:05:03.000Z",
        "quote USD 1065000 0 100 2 0 2 2026-10-06T12:05:03.512Z",
        "quote USDT null null null 0 1 0 null",
        "base ETH null null null 0 1 0 null",
        "quote USD 3000 0 100 1 0 1 2026-10-06T12:05:03.512Z"
      ]
    )
    assert.deepStrictEqual(shown(records.slice(2, 4), "largestExchange", "largestShare", "concentration", "newest"), [
      "null null null null",
      "null null null null"
    ])
  })

  it("across all underlyings is in money alone", () => {
    assert.deepStrictEqual(
      shown(
        TotalRecord.acrossUnderlyings(
          total("exchange", [...market.slice(0, 3), value(bitgetBtcUsdt, "25", undefined, "unknown")])
        ),
        ...(["by", "group", "underlying", "assetClass", "unit", "amount", "currency", "contracts", "missing"] as const),
        ...(["exchanges", "share", "largestExchange", "concentration", "newest"] as const)
      ),
      [
        "all null null null quote 1068000 USD 3 0 2 null null null 2026-10-06T12:05:03.512Z",
        "all null null null quote null USDT 0 1 0 null null null null"
      ]
    )
  })

  it("is in the order of the currencies, whether there is an amount or not", () => {
    const records = TotalRecord.fromTotal(
      total("underlying", [value(bitgetBtcUsdt, "25", "71000", "one"), value(bitgetBtcUsd, "5", undefined, "one")])
    )
    assert.deepStrictEqual(shown(records, "currency", "amount"), ["BTC 30", "USD null", "USDT 1775000"])
  })

  it("counts no coins as missing where a coin is the money", () => {
    const ethBtc = Instrument.make({
      exchange: "bitget",
      symbol: "ETHBTC",
      base: "ETH",
      quote: "BTC",
      settle: "BTC",
      contractSize: { amount: "1", unit: "base" }
    })
    const across = TotalRecord.acrossUnderlyings(
      total("underlying", [value(ethBtc, "25", "0.04", "one"), value(binanceBtc, "7100", undefined, "one")])
    )
    assert.deepStrictEqual(shown(across, "amount", "currency", "missing"), ["1 BTC 0", "710000 USD 0"])
  })

  it("has no share of nothing", () => {
    const records = TotalRecord.fromTotal(total("underlying", [value(bitgetBtcUsd, "0", undefined, "one")]))
    assert.deepStrictEqual(shown(records.slice(0, 1), "amount", "share", "largestShare", "concentration"), [
      "0 null null null"
    ])
  })
})
