/**
 * An amount that carries its unit, in its type and in its value.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import * as Decimal from "./Decimal.ts"

/**
 * What open interest is counted in: `contracts`, coins of the `base`, or money of the `quote` currency.
 *
 * @since 0.1.0
 * @category models
 */
export const Unit = Schema.Literal("contracts", "base", "quote")

/**
 * `contracts`, `base` or `quote`.
 *
 * @since 0.1.0
 * @category models
 */
export type Unit = typeof Unit.Type

/**
 * What marks a quantity.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("@open-interest/core/Quantity")

/**
 * What marks a quantity.
 *
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * An amount of one unit. `denomination` is what one of it is: `BTC`, `USD`, or `100 USD of BTC` for contracts.
 *
 * The type parameter is invariant: inferred as a union it would let `sum` accept contracts and coins together.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quantity<in out U extends Unit> {
  readonly [TypeId]: { readonly _U: Types.Invariant<U> }
  readonly unit: U
  readonly denomination: string
  readonly amount: BigDecimal.BigDecimal
}

/**
 * A quantity of whatever unit, for those who only look at it: the invariant {@link Quantity} of one unit is no
 * `Quantity` of several.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Pick<Quantity<Unit>, "unit" | "denomination" | "amount">

/**
 * Two quantities that have no common unit: contracts and coins, coins of two kinds, contracts of 100 and of 10 dollars,
 * contracts of 10 dollars on two coins.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnitMismatch extends Schema.TaggedError<UnitMismatch>("@open-interest/core/UnitMismatch")("UnitMismatch", {
  left: Schema.Struct({ unit: Unit, denomination: Schema.String }),
  right: Schema.Struct({ unit: Unit, denomination: Schema.String })
}) {
  override get message(): string {
    return `no common unit: ${describe(this.left)} and ${describe(this.right)}`
  }
}

const describe = (self: { readonly unit: Unit; readonly denomination: string }): string =>
  self.unit === "contracts" ? `contracts of ${self.denomination}` : self.denomination

const variance = { _U: <U>(_: U): U => _ }

/**
 * A quantity; equal to any other of the same unit, denomination and amount. The amount may be negative, as a
 * difference is. Throws a `RangeError` for text that is no decimal.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <U extends Unit>(unit: U, denomination: string, amount: Decimal.Input): Quantity<U> =>
  Data.struct({ [TypeId]: variance, unit, denomination, amount: Decimal.unsafeFrom(amount) })

/**
 * The exact sum of two quantities of one unit. Different units do not type-check; where the types only know that
 * there is *some* unit, and where the denominations differ, the result is a {@link UnitMismatch}.
 *
 * @since 0.1.0
 * @category math
 */
export const sum: {
  <U extends Unit>(that: Quantity<U>): (self: Quantity<U>) => Either.Either<Quantity<U>, UnitMismatch>
  <U extends Unit>(self: Quantity<U>, that: Quantity<U>): Either.Either<Quantity<U>, UnitMismatch>
} = dual(2, <U extends Unit>(self: Quantity<U>, that: Quantity<U>): Either.Either<Quantity<U>, UnitMismatch> =>
  self.unit === that.unit && self.denomination === that.denomination
    ? Either.right(make(self.unit, self.denomination, BigDecimal.sum(self.amount, that.amount)))
    : Either.left(
        new UnitMismatch({
          left: { unit: self.unit, denomination: self.denomination },
          right: { unit: that.unit, denomination: that.denomination }
        })
      )
)

/**
 * For people: `12668208 contracts of 100 USD of BTC`, `57.714 BTC`.
 *
 * @since 0.1.0
 * @category formatting
 */
export const format = (self: Any): string => `${Decimal.format(self.amount)} ${describe(self)}`
