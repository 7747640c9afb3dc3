/**
 * Many readings at once: those that arrived, and beside them what is missing and why.
 *
 * @since 0.1.0
 */
import type { Exchange } from "./Exchange.ts"
import type { SourceError } from "./SourceError.ts"
import type { Valuation } from "./Valuation.ts"

/**
 * What is missing: one `contract`, named by its symbol, or all contracts of a `product` line, named by that. A row of a
 * list without a readable symbol is a contract named by its product line.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReadingFailure {
  readonly exchange: Exchange
  readonly missing: "contract" | "product"
  /** `BTCUSD_260626`, or `COIN-FUTURES`. */
  readonly name: string
  readonly error: SourceError
}

/**
 * Readings of one exchange or of several. Neither list holds what the other has.
 *
 * @since 0.1.0
 * @category models
 */
export interface Readings {
  readonly valuations: ReadonlyArray<Valuation>
  readonly failures: ReadonlyArray<ReadingFailure>
}

/**
 * Nothing asked, nothing missing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: Readings = { valuations: [], failures: [] }

/**
 * The readings of all, and the failures of all.
 *
 * @since 0.1.0
 * @category combinators
 */
export const combine = (all: ReadonlyArray<Readings>): Readings => ({
  valuations: all.flatMap((each) => each.valuations),
  failures: all.flatMap((each) => each.failures)
})
