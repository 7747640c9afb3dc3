import leven from "leven"
import type { Instrument } from "../Instrument.ts"

/** No symbol is longer; comparing texts takes the product of their lengths. */
const maxLength = 64

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
 * exchange's own otherwise. Where only the letter case is wrong, there is nothing else to suggest.
 */
export const nearest = (listed: ReadonlyArray<Instrument>, text: string, limit = 3): ReadonlyArray<string> => {
  if (text === "" || text.length > maxLength) return []
  const upper = text.toUpperCase()
  const ranked = new Map<string, readonly [number, number]>()
  for (const instrument of listed) {
    const candidate = text.includes("/") ? instrument.unifiedSymbol : instrument.symbol
    const found = rank(upper, candidate, instrument)
    if (found !== undefined) ranked.set(candidate, found)
  }
  const alike = [...ranked.keys()].filter((candidate) => candidate.toUpperCase() === upper)
  if (alike.length > 0) return alike.slice(0, limit)
  return [...ranked]
    .toSorted(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])
    .slice(0, limit)
    .map(([candidate]) => candidate)
}
