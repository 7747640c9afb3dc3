/**
 * Where the history of a contract stands. Binance keeps its history by pair and **slot**: `CURRENT_QUARTER` is whatever
 * contract was the next to be delivered at that time. So one contract moves through the slots, and one slot holds rows
 * of several contracts (inferred from the parameters; no client was seen to heed it).
 */
import type { Instrument } from "@open-interest/core/Instrument"
import * as Option from "effect/Option"

export type ContractType = "PERPETUAL" | "CURRENT_QUARTER" | "NEXT_QUARTER"

/** Milliseconds. The contract holds the slot from `from`, included, to `to`, excluded. */
export interface Slot {
  readonly contractType: ContractType
  readonly from: number
  readonly to: number
}

const friday = 5

/** When the quarterlies of a quarter are delivered: its last Friday, 08:00 UTC (recorded for 2026-09 and 2026-12). */
const deliveryOf = (year: number, quarter: number): number => {
  const lastDay = new Date(Date.UTC(year, 3 * quarter, 0, 8))
  return lastDay.setUTCDate(lastDay.getUTCDate() - ((lastDay.getUTCDay() - friday + 7) % 7))
}

/**
 * The slots of a contract, the earlier first. None for one that is delivered on another day than the quarterlies are: the
 * place of such a contract is not known.
 */
export const slotsOf = (instrument: Instrument): Option.Option<ReadonlyArray<Slot>> => {
  if (instrument.kind === "perpetual") {
    // One that has an end leaves its place to whatever perpetual the pair may have after it.
    const to = Option.match(instrument.deliveryAt, { onNone: () => Infinity, onSome: (at) => at.epochMillis })
    return Option.some([{ contractType: "PERPETUAL", from: -Infinity, to }])
  }
  return Option.flatMap(instrument.deliveryAt, (deliveryAt) => {
    const delivered = new Date(deliveryAt.epochMillis)
    const year = delivered.getUTCFullYear()
    const quarter = Math.floor(delivered.getUTCMonth() / 3) + 1
    if (deliveryOf(year, quarter) !== deliveryAt.epochMillis) return Option.none()
    const previous = deliveryOf(year, quarter - 1)
    return Option.some<ReadonlyArray<Slot>>([
      { contractType: "NEXT_QUARTER", from: deliveryOf(year, quarter - 2), to: previous },
      { contractType: "CURRENT_QUARTER", from: previous, to: deliveryAt.epochMillis }
    ])
  })
}
