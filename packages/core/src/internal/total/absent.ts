import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Instrument from "../../Instrument.ts"
import type { FailedExchange } from "../../Total.ts"
import type { Readings } from "../../Readings.ts"
import type { Valuation } from "../../Valuation.ts"

interface Look extends Readings {
  readonly failedExchanges: ReadonlyArray<FailedExchange>
  readonly now: DateTime.Utc
}

interface Absent {
  readonly expired: ReadonlyArray<Instrument.Instrument>
  readonly vanished: ReadonlyArray<Instrument.Instrument>
}

const order: Order.Order<Instrument.Instrument> = Order.combineAll([
  Order.mapInput(Order.string, ({ exchange }) => exchange),
  Order.mapInput(Order.string, ({ symbol }) => symbol),
  Order.mapInput(Option.getOrder(DateTime.Order), ({ listedAt }) => listedAt)
])

/** By all the names that a failure may have: a row without a readable symbol is named by its product line. */
const isNamed = (instrument: Instrument.Instrument, name: string): boolean =>
  name === instrument.symbol || name === instrument.unifiedSymbol || name === instrument.product

/** A round of a poll that failed as a whole names the exchange as its product line. */
const isOfProduct = (instrument: Instrument.Instrument, name: string): boolean =>
  name === instrument.product || name === instrument.exchange

const hasFailed = (instrument: Instrument.Instrument, { failedExchanges, failures }: Look): boolean =>
  failedExchanges.some(({ exchange }) => exchange === instrument.exchange) ||
  failures.some(
    ({ exchange, missing, name }) =>
      exchange === instrument.exchange && (missing === "product" ? isOfProduct : isNamed)(instrument, name)
  )

/** Which contracts of the last look are not in this one, other than for a failure. */
export const since = (previous: ReadonlyArray<Instrument.Instrument | Valuation>, look: Look): Absent => {
  const before = previous.map((each) => ("openInterest" in each ? each.openInterest.instrument : each))
  const present = look.valuations.map(({ openInterest }) => openInterest.instrument)
  const gone = Array.dedupeWith(Array.differenceWith(Instrument.isSame)(before, present), Instrument.isSame)
  const [others, expired] = Array.partition(gone.toSorted(order), ({ deliveryAt }) =>
    Option.exists(deliveryAt, DateTime.lessThanOrEqualTo(look.now))
  )
  return { expired, vanished: others.filter((instrument) => !hasFailed(instrument, look)) }
}
