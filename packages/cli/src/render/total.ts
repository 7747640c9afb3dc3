import type * as Total from "@open-interest/core/Total"
import * as TotalRecord from "@open-interest/core/TotalRecord"
import * as BigDecimal from "effect/BigDecimal"
import * as Schema from "effect/Schema"
import type { Shape } from "./format.ts"
import { type Column, figure } from "./table.ts"

type Printed = typeof TotalRecord.TotalRecord.Encoded

/** A record of a sum as it is printed. */
export const encode = Schema.encodeSync(TotalRecord.TotalRecord)

/** Percent to two decimals, which is what a person compares. */
const percent = (digits: string | null): string =>
  digits === null
    ? "–"
    : `${BigDecimal.format(BigDecimal.round(BigDecimal.unsafeFromString(digits), { scale: 2, mode: "half-even" }))} %`

const share: Column<Printed> = { title: "SHARE", align: "right", cell: (record) => percent(record.share) }

const largest: Column<Printed> = {
  title: "LARGEST EXCHANGE",
  cell: ({ largestExchange, largestShare }) =>
    largestExchange === null ? "–" : `${largestExchange} ${percent(largestShare)}`
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
    fields: Object.keys(TotalRecord.TotalRecord.fields),
    columns: [
      {
        title: "UNDERLYING",
        cell: ({ assetClass, underlying }) =>
          assetClass === null || assetClass === "crypto" ? (underlying ?? "all") : `${underlying} (${assetClass})`
      },
      ...parts,
      { title: "OPEN INTEREST", align: "right", cell: ({ amount, currency }) => figure(amount, currency) },
      { title: "ASSUMED ONE SIDE", align: "right", cell: ({ assumed, currency }) => figure(assumed, currency) },
      ...shares,
      {
        title: "CONTRACTS",
        align: "right",
        cell: ({ contracts, missing }) => (missing === "0" ? contracts : `${contracts}, ${missing} missing`)
      },
      { title: "OLDEST", cell: ({ oldest }) => oldest ?? "–" }
    ]
  }
}
