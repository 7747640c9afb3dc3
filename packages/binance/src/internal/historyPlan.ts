import { HistoryNotice, Reason } from "@open-interest/core/History"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type { ContractType, Slot } from "./slots.ts"

/** Rows that one request gives at most (documented). */
const rowsPerPage = 500

/**
 * Milliseconds that a row is kept: 30 days (documented), less five minutes, because an older start is refused and our
 * clock is not the exchange's.
 */
export const keptFor = 30 * 86_400_000 - 5 * 60_000

/** Rows to ask for, by their stamps in milliseconds, both included; at most 500. */
export interface Page {
  readonly _tag: "Page"
  readonly contractType: ContractType
  readonly from: number
  readonly to: number
}

/** The last stamp of a step, in milliseconds. */
export const endOf = (step: Page | HistoryNotice): number => (step._tag === "Page" ? step.to : step.to.epochMillis)

/** What is between two rolls: the rows of a slot, or nothing, and why. */
type Region = ContractType | Reason

const isReason = Schema.is(Reason)

/**
 * What there is between `since` and `until`, which is not after `now`, in order, all times in milliseconds: pages to
 * read, and notices of what can't be read. Every stamp on the grid of the period is in exactly one of them.
 *
 * A row whose period touches a roll is left out, whichever end of its period the stamp is: that is the one row at
 * 08:00, or the two around it where the grid has no 08:00.
 */
export const plan = (asked: {
  readonly slots: ReadonlyArray<Slot>
  readonly listedAt: number
  readonly period: number
  readonly since: number
  readonly until: number
  readonly now: number
}): ReadonlyArray<Page | HistoryNotice> => {
  const { listedAt, now, period, slots } = asked
  const atOrBefore = (time: number) => Math.floor(time / period) * period
  const before = (time: number) => Math.ceil(time / period) * period - period
  const last = atOrBefore(asked.until)
  const steps: Array<Page | HistoryNotice> = []
  let next = before(asked.since) + period

  const upTo = (stamp: number, region: Region): void => {
    const end = Math.min(stamp, last)
    if (next > end) return
    if (isReason(region)) {
      steps.push(new HistoryNotice({ reason: region, from: DateTime.unsafeMake(next), to: DateTime.unsafeMake(end) }))
    } else {
      for (let from = next; from <= end; from += rowsPerPage * period) {
        const to = Math.min(end, from + (rowsPerPage - 1) * period)
        steps.push({ _tag: "Page", contractType: region, from, to })
      }
    }
    next = end + period
  }

  upTo(before(now - keptFor), "BeforeKept")
  upTo(before(listedAt), "BeforeListing")
  let region: Region = "BeforeListing"
  for (const [index, { contractType, from, to }] of slots.entries()) {
    if (index === 0 && from !== -Infinity) {
      upTo(atOrBefore(from - period), region)
      upTo(before(from + period), "Roll")
    }
    region = contractType
    if (to !== Infinity) {
      upTo(atOrBefore(to - period), region)
      upTo(before(to + period), "Roll")
      region = "AfterDelivery"
    }
  }
  upTo(last, region)
  return steps
}
