/**
 * The contracts of an exchange, and what of them could not be listed.
 *
 * @since 0.1.0
 */
import leven from "leven"
import type { Instrument } from "./Instrument.ts"
import type { RequestError } from "./SourceError.ts"

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
  readonly error: RequestError
}

/**
 * What an exchange lists now. What could not be read stands beside what could.
 *
 * @since 0.1.0
 * @category models
 */
export interface Instruments {
  readonly listed: ReadonlyArray<Instrument>
  readonly failures: ReadonlyArray<ListingFailure>
}

/** Rank of a candidate: 0 begins with the text, 1 is a few letters off, 2 shares the coin; `undefined` is neither. */
const rank = (text: string, candidate: string, instrument: Instrument): readonly [number, number] | undefined => {
  const upper = candidate.toUpperCase()
  if (upper.startsWith(text)) return [0, upper.length - text.length]
  const distance = leven(text, upper)
  if (distance <= Math.max(1, Math.floor(text.length / 4))) return [1, distance]
  return text.startsWith(instrument.base.toUpperCase()) ? [2, distance] : undefined
}

/**
 * The listed symbols nearest to a text that is none, best first: unified symbols for a text with a slash, the
 * exchange's own otherwise.
 *
 * @since 0.1.0
 * @category search
 */
export const nearest = (listed: ReadonlyArray<Instrument>, text: string, limit = 3): ReadonlyArray<string> => {
  if (text === "") return []
  const upper = text.toUpperCase()
  const ranked = new Map<string, readonly [number, number]>()
  for (const instrument of listed) {
    const candidate = text.includes("/") ? instrument.unifiedSymbol : instrument.symbol
    const found = rank(upper, candidate, instrument)
    if (found !== undefined) ranked.set(candidate, found)
  }
  return [...ranked]
    .toSorted(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])
    .slice(0, limit)
    .map(([candidate]) => candidate)
}
