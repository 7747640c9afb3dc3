import * as Array from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Instrument from "../../Instrument.ts"
import type { MarkPrice } from "../../MarkPrice.ts"
import type { Reason } from "../../Total.ts"
import type { Valuation } from "../../Valuation.ts"
import { groupBy } from "./groupBy.ts"

interface Rules {
  readonly now: DateTime.Utc
  readonly strict: boolean
  /** Milliseconds. */
  readonly staleAfter: number
  readonly assetClasses: ReadonlyArray<Instrument.AssetClass> | "all"
}

interface LeftOut {
  readonly valuation: Valuation
  readonly reason: Reason
}

interface Selection {
  readonly chosen: ReadonlyArray<Valuation>
  readonly leftOut: ReadonlyArray<LeftOut>
}

const byPrice = Order.combine(
  Order.mapInput(DateTime.Order, (price: MarkPrice) => price.timestamp),
  Order.mapInput(BigDecimal.Order, (price: MarkPrice) => price.price)
)

/** Readings of one contract stand together, the newest last, so that what comes of them does not hang on the input. */
const order: Order.Order<Valuation> = Order.combineAll([
  Order.mapInput(Order.string, ({ openInterest }) => openInterest.instrument.exchange),
  Order.mapInput(Order.string, ({ openInterest }) => openInterest.instrument.symbol),
  Order.mapInput(Option.getOrder(DateTime.Order), ({ openInterest }) => openInterest.instrument.listedAt),
  Order.mapInput(DateTime.Order, ({ openInterest }) => openInterest.timestamp),
  Order.mapInput(DateTime.Order, ({ openInterest }) => openInterest.receivedAt),
  Order.mapInput(BigDecimal.Order, ({ openInterest }) => openInterest.amount),
  Order.mapInput(Order.string, ({ openInterest }) => openInterest.unit),
  Order.mapInput(Order.string, ({ openInterest }) => openInterest.sides),
  Order.mapInput(Order.string, ({ openInterest }) => openInterest.timestampKind),
  Order.mapInput(Option.getOrder(byPrice), ({ markPrice }) => Either.getRight(markPrice))
])

/** What is wrong with a reading by itself, whatever other readings there are. */
const objection = ({ openInterest }: Valuation, rules: Rules): Reason | undefined => {
  const { instrument, timestamp, timestampKind, unitVerified } = openInterest
  const age = DateTime.distance(timestamp, rules.now)
  if (instrument.demo) return "Demo"
  if (rules.assetClasses !== "all" && !rules.assetClasses.includes(instrument.assetClass)) return "OtherAssetClass"
  if (timestampKind === "period") return "HistoryRow"
  if (!unitVerified) return "UnitNotVerified"
  const end = DateTime.max(timestamp, rules.now)
  if (Option.exists(instrument.deliveryAt, DateTime.lessThanOrEqualTo(end))) return "Delivered"
  if (age > rules.staleAfter) return "Stale"
  if (-age > rules.staleAfter) return "InFuture"
  return undefined
}

/** What is wrong with each of the readings, in {@link order}, that bear one symbol of one exchange. */
const rivalries = (readings: Array.NonEmptyReadonlyArray<Valuation>): ReadonlyArray<Reason | undefined> => {
  const newest = Array.lastNonEmpty(readings).openInterest
  if (readings.some(({ openInterest }) => !Instrument.isSame(openInterest.instrument, newest.instrument))) {
    return readings.map(() => "AmbiguousIdentity")
  }
  const isAsNew = ({ openInterest }: Valuation) =>
    Equal.equals(openInterest.timestamp, newest.timestamp) && Equal.equals(openInterest.receivedAt, newest.receivedAt)
  const contradict = readings.some((each) => isAsNew(each) && !Equal.equals(each.openInterest, newest))
  return readings.map((each, index) => {
    if (contradict) return isAsNew(each) ? "AmbiguousIdentity" : "Superseded"
    return index === readings.length - 1 ? undefined : "Superseded"
  })
}

/** What keeps a reading out that has no rival. */
const exclusion = (reading: Valuation, rules: Rules): Reason | undefined => {
  if (rules.strict && reading.openInterest.sides === "unknown") return "UnknownSides"
  return Either.isLeft(reading.base) && Either.isLeft(reading.quote) ? "NotConvertible" : undefined
}

const judge = (valuation: Valuation, reason: Reason | undefined): Either.Either<Valuation, LeftOut> =>
  reason === undefined ? Either.right(valuation) : Either.left({ valuation, reason })

/** Which readings count, and which do not and why. */
export const select = (readings: ReadonlyArray<Valuation>, rules: Rules): Selection => {
  const [unsound, sound] = Array.partitionMap(readings.toSorted(order), (each) => judge(each, objection(each, rules)))
  // A reading that is left out by itself is nobody's rival, or a stale one could take a fresh one out of the sum.
  const bySymbol = groupBy(sound, ({ openInterest: { instrument } }) => [instrument.exchange, instrument.symbol])
  const [excluded, chosen] = Array.partitionMap(
    bySymbol.flatMap((rivals) => Array.zip(rivals, rivalries(rivals))),
    ([each, rivalry]) => judge(each, rivalry ?? exclusion(each, rules))
  )
  return {
    chosen,
    leftOut: [...unsound, ...excluded].toSorted(Order.mapInput(order, ({ valuation }) => valuation))
  }
}
