/**
 * A reading together with its price: the same position in contracts, in coins and in money.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Conversion from "./Conversion.ts"
import { MarkPrice } from "./MarkPrice.ts"
import * as OpenInterest from "./OpenInterest.ts"
import type * as Quantity from "./Quantity.ts"
import { LookupError } from "./SourceError.ts"

/**
 * A reading does not depend on a price: where the mark price could not be had, the reason stands in its place.
 *
 * @since 0.1.0
 * @category models
 */
export class Valuation extends Schema.Class<Valuation>("@open-interest/core/Valuation")({
  openInterest: OpenInterest.OpenInterest,
  markPrice: Schema.Either({ right: MarkPrice, left: LookupError })
}) {
  /** Contracts, where the exchange counts in contracts. */
  get contracts(): Either.Either<Quantity.Quantity<"contracts">, Conversion.NotConvertible> {
    return OpenInterest.toContracts(this.openInterest)
  }

  /** Coins of the base currency. */
  get base(): Either.Either<Quantity.Quantity<"base">, Conversion.NotConvertible> {
    return OpenInterest.toBase(this.openInterest, Either.getOrUndefined(this.markPrice))
  }

  /** Money of the quote currency: the notional. */
  get quote(): Either.Either<Quantity.Quantity<"quote">, Conversion.NotConvertible> {
    return OpenInterest.toQuote(this.openInterest, Either.getOrUndefined(this.markPrice))
  }
}

/**
 * A reading with its mark price, or with the reason why there is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  openInterest: OpenInterest.OpenInterest,
  markPrice: Either.Either<MarkPrice, LookupError>
): Valuation =>
  // Its parts were checked when they were made, and a whole market is hundreds of them.
  new Valuation({ openInterest, markPrice }, true)
