import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import type { Predicate } from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Instrument from "../Instrument.ts"
import { OpenInterest } from "../OpenInterest.ts"
import type { Valuation } from "../Valuation.ts"

const encode = Schema.encodeSync(OpenInterest)

/**
 * The order of time. Of two readings with one time that which arrived later is the later one; what follows only keeps
 * the order of arrival from deciding anything.
 */
export const order: Order.Order<Valuation> = Order.combineAll<Valuation>([
  Order.mapInput(DateTime.Order, ({ openInterest }) => openInterest.timestamp),
  Order.mapInput(DateTime.Order, ({ openInterest }) => openInterest.receivedAt),
  Order.mapInput(Order.string, ({ openInterest }) => JSON.stringify(encode(openInterest))),
  Order.mapInput(
    Option.getOrder(Order.struct({ timestamp: DateTime.Order, price: BigDecimal.Order })),
    ({ markPrice }) => Either.getRight(markPrice)
  )
])

export const timeOf = ({ openInterest }: Valuation): number => DateTime.toEpochMillis(openInterest.timestamp)

/** How many items it holds for, where those stand before all others. Looks at few of them. */
export const countWhile = <A>(items: ReadonlyArray<A>, holds: Predicate<A>): number => {
  let from = 0
  let to = items.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (holds(items[middle] as A)) from = middle + 1
    else to = middle
  }
  return from
}

/** The readings of one contract, those of its history apart from those of the moment. */
interface Series {
  /** In the order of time. */
  readonly readings: Array<Valuation>
  readonly heardAt: number
}

/** The readings of the last stretch of time, series by series. */
export interface RecentReadings {
  /** Milliseconds. */
  readonly span: number
  /** That which was heard of last is last. */
  readonly series: Map<string, Series>
  /** By the times of arrival, because the times of what is read again from a history stand still or go back. */
  now: number
}

export const make = (span: number): RecentReadings => ({ span, series: new Map(), now: -Infinity })

/** Takes a reading in, and lets go of what is too old beside it. Gives the readings of its series. */
export const add = (self: RecentReadings, reading: Valuation): ReadonlyArray<Valuation> => {
  const { instrument, receivedAt, timestampKind } = reading.openInterest
  self.now = Math.max(self.now, DateTime.toEpochMillis(receivedAt))

  const key = `${instrument.exchange}:${instrument.symbol}:${timestampKind === "period"}`
  const readings = self.series.get(key)?.readings ?? []
  const time = timeOf(reading)
  // The time was set back, or a reading was from the future: what is newer would only be in the way of what comes.
  if (timeOf(readings.at(-1) ?? reading) - time > self.span) readings.length = 0
  // What is read again and again while its time stands still is one reading.
  const place = countWhile(readings, (each) => timeOf(each) < time)
  const later = countWhile(readings, (each) => timeOf(each) <= time)
  const isTwin = ({ openInterest }: Valuation) => Instrument.isSame(openInterest.instrument, instrument)
  const twin = readings.slice(place, later).find(isTwin)
  if (twin === undefined) readings.splice(place, 0, reading)
  else readings[readings.indexOf(twin, place)] = Order.max(order)(twin, reading)
  const tooOld = countWhile(readings, (each) => timeOf(each) < time - self.span)
  readings.splice(0, tooOld)

  self.series.delete(key)
  self.series.set(key, { readings, heardAt: self.now })
  for (const [silent, { heardAt }] of self.series) {
    if (heardAt >= self.now - self.span) break
    self.series.delete(silent)
  }
  return readings
}
