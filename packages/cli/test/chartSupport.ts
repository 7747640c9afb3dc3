import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Chart from "../src/chart/chart.ts"
import * as Series from "../src/chart/series.ts"

/** Midnight of 6 October 2026, in milliseconds since 1970. */
export const begin = Date.UTC(2026, 9, 6)

export const hour = 3_600_000

type Encoded = typeof OpenInterestRecord.OpenInterestRecord.Encoded

/** A record as the program prints it. */
export const record = ({ time, ...fields }: Partial<Encoded> & { readonly time: number }): Encoded => ({
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
  timestamp: new Date(time).toISOString(),
  timestampKind: "event",
  receivedAt: "2026-10-07T00:00:00.000Z",
  ...fields
})

const decode = Schema.decodeUnknownSync(Schema.Array(OpenInterestRecord.OpenInterestRecord))

/** The series in records as the program prints them. */
export const seriesOf = (
  records: ReadonlyArray<Encoded>,
  asked?: Parameters<typeof Series.fromRecords>[1]
): ReadonlyArray<Series.Series> => Series.fromRecords(decode(records), asked)

/** The chart of the records of one contract. */
export const chartOf = (records: ReadonlyArray<Encoded>): Chart.Chart => {
  const [series] = seriesOf(records)
  if (series === undefined) throw new Error("there is no series")
  return Option.getOrThrow(Chart.make(series))
}
