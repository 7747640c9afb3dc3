import * as BigDecimal from "effect/BigDecimal"
import * as Either from "effect/Either"
import type { NotConvertible } from "../../Conversion.ts"
import * as Quantity from "../../Quantity.ts"
import type { Valuation } from "../../Valuation.ts"

/** A reading as it is summed: one side, in coins of the underlying and in the money of the sum. */
export interface Entry {
  readonly valuation: Valuation
  readonly coin: Either.Either<Quantity.Quantity<"base">, NotConvertible>
  readonly money: Either.Either<Quantity.Quantity<"quote">, NotConvertible>
  /** What {@link money} is counted in, also where there is none. */
  readonly currency: string
}

/** Sets of currencies that are worth the same; no currency is in two of them. */
export type Equivalences = ReadonlyArray<ReadonlyArray<string>>

/** Sets that overlap are one, for what equals the same is equal. */
export const merge = (equivalences: Equivalences): Equivalences =>
  equivalences
    .reduce<Equivalences>((apart, each) => {
      const overlaps = (set: ReadonlyArray<string>) => set.some((currency) => each.includes(currency))
      const union = new Set([...apart.filter(overlaps).flat(), ...each])
      return [...apart.filter((set) => !overlaps(set)), [...union]]
    }, [])
    .filter((set) => set.length > 1)

/** What sums of equivalent currencies are denominated in. */
export const denomination = (currencies: ReadonlyArray<string>): string => currencies.join("=")

const half = BigDecimal.make(5n, 1)

/** How a reading is summed. */
export const from =
  (equivalences: Equivalences) =>
  (valuation: Valuation): Entry => {
    const { instrument, sides } = valuation.openInterest
    const oneSide = (amount: BigDecimal.BigDecimal) => (sides === "two" ? BigDecimal.multiply(amount, half) : amount)
    const equivalent = equivalences.find((set) => set.includes(instrument.quote))
    const currency = equivalent === undefined ? instrument.quote : denomination(equivalent)
    return {
      valuation,
      coin: Either.map(valuation.base, ({ amount }) =>
        Quantity.make("base", instrument.underlying, BigDecimal.multiply(oneSide(amount), instrument.multiplier))
      ),
      money: Either.map(valuation.quote, ({ amount }) => Quantity.make("quote", currency, oneSide(amount))),
      currency
    }
  }
