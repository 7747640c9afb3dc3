/**
 * What an exchange lists, and what of it could not be read.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type * as ExchangeClient from "./ExchangeClient.ts"
import type { Instrument } from "./Instrument.ts"
import type { ExchangeError } from "./SourceError.ts"
import * as Wire from "./Wire.ts"

/**
 * A list of contracts, or one row of it, that could not be read.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListingFailure {
  /** The product line of the list: `COIN-FUTURES`. */
  readonly product: string
  readonly missing: "list" | "row"
  /** The symbol of the row, where it has a readable one. */
  readonly symbol: string | undefined
  readonly error: ExchangeError
}

/**
 * The contracts that an exchange lists now. What could not be read stands beside what could.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing {
  readonly listed: ReadonlyArray<Instrument>
  readonly failures: ReadonlyArray<ListingFailure>
}

/**
 * A listing from the rows of an answer: a row that can't be read is a failure beside the rest.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromRows = <A, I>(options: {
  readonly product: string
  readonly schema: Schema.Schema<A, I>
  /** Where the rows stand in the answer: `symbols`, `data`. */
  readonly path: string
  readonly toInstrument: (row: A) => Instrument
}): ((answer: ExchangeClient.Answer<unknown>, rows: ReadonlyArray<unknown>) => Listing) => {
  const decode = Wire.decodeRows(options.schema, options.path)
  return (answer, rows) => {
    const [failures, listed] = Array.partitionMap(decode(rows), ({ row, symbol }) =>
      Either.mapBoth(row, {
        onLeft: (mismatch): ListingFailure => ({
          product: options.product,
          missing: "row",
          symbol,
          error: answer.unexpected(mismatch)
        }),
        onRight: options.toInstrument
      })
    )
    return { listed, failures }
  }
}

/**
 * One listing of several: the contracts of all, and the failures of all.
 *
 * @since 0.1.0
 * @category combinators
 */
export const combine = (listings: ReadonlyArray<Listing>): Listing => ({
  listed: listings.flatMap((each) => each.listed),
  failures: listings.flatMap((each) => each.failures)
})
