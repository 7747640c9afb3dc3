import * as Array from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import type { NotConvertible } from "../../Conversion.ts"
import * as Decimal from "../../Decimal.ts"
import type { Instrument } from "../../Instrument.ts"
import * as Quantity from "../../Quantity.ts"
import type { Basis, By, ExchangeShare, Group, MarketSum, MissingFigure, Part, Sum, Unit } from "../../Total.ts"
import { denomination, type Entry, type Equivalences } from "./entry.ts"
import { groupBy } from "./groupBy.ts"

type Entries = Array.NonEmptyReadonlyArray<Entry>

/** A reading that has a figure in the unit. */
interface Figure<in out U extends Unit> {
  readonly entry: Entry
  readonly quantity: Quantity.Quantity<U>
}

type Figures<U extends Unit> = Array.NonEmptyReadonlyArray<Figure<U>>

const instrumentOf = (entry: Entry): Instrument => entry.valuation.openInterest.instrument

const isAssumed = (entry: Entry): boolean => entry.valuation.openInterest.sides === "unknown"

/** Of those that have one. */
const figures = <U extends Unit>(
  entries: ReadonlyArray<Entry>,
  of: (entry: Entry) => Either.Either<Quantity.Quantity<U>, NotConvertible>
): ReadonlyArray<Figure<U>> =>
  Array.filterMap(entries, (entry) => Option.map(Either.getRight(of(entry)), (quantity) => ({ entry, quantity })))

/** Whoever mixes units here has grouped wrongly, which is a defect. */
const add = <U extends Unit>(self: Quantity.Quantity<U>, that: Quantity.Quantity<U>): Quantity.Quantity<U> =>
  Either.getOrThrowWith(Quantity.sum(self, that), identity)

const addAll = <U extends Unit>(of: Figures<U>): Quantity.Quantity<U> => of.map(({ quantity }) => quantity).reduce(add)

const hundred = BigDecimal.fromBigInt(100n)

const percent = (part: Quantity.Any, whole: Quantity.Any): Option.Option<BigDecimal.BigDecimal> =>
  Decimal.divide(BigDecimal.multiply(part.amount, hundred), whole.amount)

const extent = (entries: Entries) => {
  const times = Array.map(entries, ({ valuation }) => valuation.openInterest.timestamp)
  return {
    contracts: entries.length,
    exchanges: Array.dedupe(Array.map(entries, (entry) => instrumentOf(entry).exchange)),
    oldest: times.reduce((left, right) => DateTime.min(left, right)),
    newest: times.reduce((left, right) => DateTime.max(left, right))
  }
}

const sum = <U extends Unit>(of: Figures<U>): Sum<U> => {
  const total = addAll(of)
  const assumed = of.filter(({ entry }) => isAssumed(entry)).map(({ quantity }) => quantity)
  return {
    total,
    assumed: assumed.reduce(add, Quantity.make(total.unit, total.denomination, 0n)),
    ...extent(Array.map(of, ({ entry }) => entry))
  }
}

/** Rounded once: the squares are added before they are divided. */
const herfindahl = (shares: ReadonlyArray<Quantity.Any>, whole: Quantity.Any): Option.Option<BigDecimal.BigDecimal> => {
  const percentages = shares.map(({ amount }) => BigDecimal.multiply(amount, hundred))
  return Decimal.divide(
    BigDecimal.sumAll(percentages.map((each) => BigDecimal.multiply(each, each))),
    BigDecimal.multiply(whole.amount, whole.amount)
  )
}

const largestFirst: Order.Order<{ readonly total: Quantity.Any }> = Order.reverse(
  Order.mapInput(BigDecimal.Order, ({ total }) => total.amount)
)

const marketSum = <U extends Unit>(of: Figures<U>, whole: Option.Option<Sum<U>>): MarketSum<U> => {
  const own = sum(of)
  const shares = groupBy(of, ({ entry }) => [instrumentOf(entry).exchange]).map((ofExchange): ExchangeShare<U> => {
    const total = addAll(ofExchange)
    return { exchange: instrumentOf(ofExchange[0].entry).exchange, total, percent: percent(total, own.total) }
  })
  return {
    ...own,
    share: percent(own.total, Option.getOrElse(whole, () => own).total),
    shares: shares.toSorted(largestFirst),
    concentration: herfindahl(
      shares.map(({ total }) => total),
      own.total
    )
  }
}

const missing = (entry: Entry): ReadonlyArray<MissingFigure> => {
  const instrument = instrumentOf(entry)
  return Array.getSomes([
    Option.map(Either.getLeft(entry.coin), (error) => ({
      instrument,
      unit: "base" as const,
      currency: instrument.underlying,
      error
    })),
    Option.map(Either.getLeft(entry.money), (error) => ({
      instrument,
      unit: "quote" as const,
      currency: entry.currency,
      error
    }))
  ])
}

const byCurrency = (entries: ReadonlyArray<Entry>): ReadonlyArray<Figures<"quote">> =>
  groupBy(
    figures(entries, ({ money }) => money),
    ({ quantity }) => [quantity.denomination]
  )

const part = (name: string, entries: Entries, whole: Option.Option<Part>): Part => {
  const coins = figures(entries, ({ coin }) => coin)
  return {
    name,
    coin: Array.isNonEmptyReadonlyArray(coins)
      ? Option.some(
          marketSum(
            coins,
            Option.flatMap(whole, ({ coin }) => coin)
          )
        )
      : Option.none(),
    money: byCurrency(entries).map((of) =>
      marketSum(
        of,
        Option.flatMap(whole, ({ money }) =>
          Array.findFirst(money, ({ total }) => total.denomination === of[0].quantity.denomination)
        )
      )
    ),
    ...extent(entries),
    missing: entries.flatMap(missing)
  }
}

/** Coin-margined contracts are one kind whatever the coin, for within one underlying it is that. */
const partName: Record<Exclude<By, "underlying">, (instrument: Instrument) => string> = {
  exchange: ({ exchange }) => exchange,
  settle: ({ direction, settle }) => (direction === "inverse" ? "coin" : settle)
}

const parts = (entries: Entries, by: By, whole: Part): ReadonlyArray<Part> => {
  if (by === "underlying") return []
  const nameOf = (entry: Entry) => partName[by](instrumentOf(entry))
  return groupBy(entries, (entry) => [nameOf(entry)]).map((of) => part(nameOf(of[0]), of, Option.some(whole)))
}

const byUnderlying = <A>(items: ReadonlyArray<A>, of: (item: A) => Instrument) =>
  groupBy(items, (item) => [of(item).underlying, of(item).assetClass])

/** One sum per underlying, split as the caller wants it. */
export const groups = (entries: ReadonlyArray<Entry>, by: By): ReadonlyArray<Group> =>
  byUnderlying(entries, instrumentOf).map((of) => {
    const { assetClass, underlying } = instrumentOf(of[0])
    const whole = part(underlying, of, Option.none())
    return { ...whole, assetClass, underlying, parts: parts(of, by, whole) }
  })

/** One sum per currency, whatever the underlying. */
export const money = (entries: ReadonlyArray<Entry>): ReadonlyArray<Sum<"quote">> => byCurrency(entries).map(sum)

/** How much the readings put into the sums, one for each product line. */
export const bases = (entries: ReadonlyArray<Entry>): ReadonlyArray<Basis> =>
  groupBy(entries, (entry) => [instrumentOf(entry).exchange, instrumentOf(entry).product]).map((of) => ({
    exchange: instrumentOf(of[0]).exchange,
    product: instrumentOf(of[0]).product,
    contracts: of.length,
    coins: byUnderlying(
      figures(of, ({ coin }) => coin),
      ({ entry }) => instrumentOf(entry)
    ).map(addAll),
    money: byCurrency(of).map(addAll)
  }))

/** The sets of currencies that a sum is denominated in, and what was added of each. */
export const joined = (
  entries: ReadonlyArray<Entry>,
  equivalences: Equivalences
): ReadonlyArray<{
  readonly currencies: ReadonlyArray<string>
  readonly money: ReadonlyArray<Quantity.Quantity<"quote">>
}> =>
  equivalences.flatMap((currencies) => {
    const of = entries.filter(({ currency }) => currency === denomination(currencies))
    const apart = figures(of, (entry) =>
      Either.map(entry.money, ({ amount }) => Quantity.make("quote", instrumentOf(entry).quote, amount))
    )
    const money = groupBy(apart, ({ quantity }) => [quantity.denomination]).map(addAll)
    return money.length === 0 ? [] : [{ currencies, money }]
  })
