import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Schema from "effect/Schema"
import type { Shape } from "./format.ts"
import { type Column, figure } from "./table.ts"

type Printed = typeof OpenInterestRecord.OpenInterestRecord.Encoded

/** A record of open interest as it is printed. */
export const encode = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)

const fields = Object.keys(OpenInterestRecord.OpenInterestRecord.fields)

const contract: Column<Printed> = { title: "CONTRACT", cell: (record) => `${record.exchange}:${record.symbol}` }

const figures: ReadonlyArray<Column<Printed>> = [
  { title: "CONTRACTS", align: "right", cell: (record) => figure(record.contracts, "contracts") },
  { title: "BASE", align: "right", cell: (record) => figure(record.base, record.baseCurrency) },
  { title: "QUOTE", align: "right", cell: (record) => figure(record.quote, record.quoteCurrency) }
]

const reported: ReadonlyArray<Column<Printed>> = [
  { title: "REPORTED IN", cell: (record) => record.unit },
  { title: "SIDES", cell: (record) => record.sides }
]

/** Readings of now. */
export const readings: Shape<Printed> = {
  fields,
  columns: [
    contract,
    ...figures,
    { title: "MARK PRICE", align: "right", cell: (record) => figure(record.markPrice, record.quoteCurrency) },
    ...reported,
    { title: "TIME", cell: (record) => `${record.timestamp} (${record.timestampKind})` }
  ]
}

/** Rows of the series of one contract, which have no mark price. */
export const series: Shape<Printed> = {
  fields,
  columns: [{ title: "TIME", cell: (record) => record.timestamp }, contract, ...figures, ...reported]
}
