import type * as Total from "@open-interest/core/Total"
import * as TotalRecord from "@open-interest/core/TotalRecord"
import * as BigDecimal from "effect/BigDecimal"
import * as Schema from "effect/Schema"
import type { Shape } from "./format.ts"
import { type Column, figure, figures, unknown } from "./table.ts"

type Printed = typeof TotalRecord.TotalRecord.Encoded

/** A record of a sum as it is printed. */
export const encode = Schema.encodeSync(TotalRecord.TotalRecord)

/** What a record of a sum has. */
export const fields: ReadonlyArray<string> = Object.keys(TotalRecord.TotalRecord.fields)

/** Percent to two decimals, which is what a person compares. */
const percent = (digits: string | null): string | null =>
  digits === null
    ? null
    : BigDecimal.format(BigDecimal.round(BigDecimal.unsafeFromString(digits), { scale: 2, mode: "half-even" }))

const inPercent = (): string => "%"
const inCurrency = (record: Printed): string => record.currency
const count = (): string => ""

const share: Column<Printed> = figures("SHARE", (record) => percent(record.share), inPercent)

const largest: Column<Printed> = {
  title: "LARGEST EXCHANGE",
  cell: ({ largestExchange, largestShare }) =>
    largestExchange === null ? unknown : `${largestExchange} ${figure(percent(largestShare), "%")}`
}

/** The part of an underlying, and how it compares. */
const split: Record<
  Total.By,
  readonly [parts: ReadonlyArray<Column<Printed>>, shares: ReadonlyArray<Column<Printed>>]
> = {
  underlying: [[], [largest]],
  exchange: [[{ title: "EXCHANGE", cell: ({ group }) => group ?? "all" }], [share]],
  settle: [[{ title: "SETTLED IN", cell: ({ group }) => group ?? "all" }], [share, largest]]
}

/** Sums, split in this way. */
export const sums = (by: Total.By): Shape<Printed> => {
  const [parts, shares] = split[by]
  return {
    fields,
    figures: {
      amount: inCurrency,
      assumed: inCurrency,
      share: inPercent,
      contracts: count,
      missing: count,
      exchanges: count,
      largestShare: inPercent,
      concentration: count
    },
    columns: [
      {
        title: "UNDERLYING",
        cell: ({ assetClass, underlying }) =>
          assetClass === null || assetClass === "crypto" ? (underlying ?? "all") : `${underlying} (${assetClass})`
      },
      ...parts,
      figures("OPEN INTEREST", (record) => record.amount, inCurrency),
      figures("ASSUMED ONE SIDE", (record) => record.assumed, inCurrency),
      ...shares,
      {
        title: "INSTRUMENTS",
        align: "right",
        cell: ({ contracts, missing }) => (missing === "0" ? contracts : `${contracts}, ${missing} missing`)
      },
      { title: "OLDEST", cell: ({ oldest }) => oldest ?? unknown }
    ]
  }
}
