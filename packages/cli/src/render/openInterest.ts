import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Schema from "effect/Schema"
import type { Shape } from "./format.ts"
import { type Column, figures } from "./table.ts"

type Printed = typeof OpenInterestRecord.OpenInterestRecord.Encoded

/** A record of open interest as it is printed. */
export const encode = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)

/** What a record of open interest has. */
export const fields: ReadonlyArray<string> = Object.keys(OpenInterestRecord.OpenInterestRecord.fields)

const contract: Column<Printed> = { title: "CONTRACT", cell: (record) => `${record.exchange}:${record.symbol}` }

const inContracts = (): string => "contracts"
const base = (record: Printed): string => record.baseCurrency
const quote = (record: Printed): string => record.quoteCurrency

const positions: ReadonlyArray<Column<Printed>> = [
  figures("CONTRACTS", (record) => record.contracts, inContracts),
  figures("BASE", (record) => record.base, base),
  figures("QUOTE", (record) => record.quote, quote)
]

const reported: ReadonlyArray<Column<Printed>> = [
  { title: "REPORTED IN", cell: (record) => record.unit },
  { title: "SIDES", cell: (record) => record.sides }
]

const record = { fields, figures: { contracts: inContracts, base, quote, markPrice: quote } }

/** Readings of now. */
export const readings: Shape<Printed> = {
  ...record,
  columns: [
    contract,
    ...positions,
    figures("MARK PRICE", (record) => record.markPrice, quote),
    ...reported,
    { title: "TIME", cell: (record) => `${record.timestamp} (${record.timestampKind})` }
  ]
}

/** Rows of the series of one contract, which have no mark price. */
export const series: Shape<Printed> = {
  ...record,
  columns: [{ title: "TIME", cell: (record) => record.timestamp }, contract, ...positions, ...reported]
}
