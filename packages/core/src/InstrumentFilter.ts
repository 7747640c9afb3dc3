/**
 * Which contracts of a market: by currency, kind, direction or symbol.
 *
 * @since 0.1.0
 */
import type { Predicate } from "effect/Predicate"
import type { Direction, Instrument, Kind } from "./Instrument.ts"

/**
 * Each field that is there narrows the choice to its values; several values of one field widen it. Currencies and
 * symbols are compared in any letter case.
 *
 * @since 0.1.0
 * @category models
 */
export interface InstrumentFilter {
  /** Base coins as the exchange names them, or their underlyings: `BONK` finds `1000BONK`. */
  readonly base?: ReadonlyArray<string> | undefined
  readonly quote?: ReadonlyArray<string> | undefined
  /** What the contract is margined and settled in: `BTC` for coin-margined bitcoin, `USDT`. */
  readonly settle?: ReadonlyArray<string> | undefined
  readonly kind?: ReadonlyArray<Kind> | undefined
  readonly direction?: ReadonlyArray<Direction> | undefined
  /** Patterns of the exchange's own symbol or the unified one: `*` is any text, `?` any one character. */
  readonly symbol?: ReadonlyArray<string> | undefined
}

/**
 * Every contract.
 *
 * @since 0.1.0
 * @category constructors
 */
export const everything: InstrumentFilter = {}

const upper = (texts: ReadonlyArray<string>): ReadonlySet<string> => new Set(texts.map((text) => text.toUpperCase()))

const oneOf = (texts: ReadonlyArray<string> | undefined): Predicate<ReadonlyArray<string>> => {
  if (texts === undefined) return () => true
  const wanted = upper(texts)
  return (names) => names.some((name) => wanted.has(name.toUpperCase()))
}

const pattern = (text: string): RegExp => {
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".")
  return new RegExp(`^${source}$`, "isu")
}

/**
 * Whether one of these symbols is like a pattern of the filter: for a contract of which no more than its symbol is known.
 *
 * @since 0.1.0
 * @category predicates
 */
export const symbolPredicate = ({ symbol }: InstrumentFilter): Predicate<ReadonlyArray<string>> => {
  if (symbol === undefined) return () => true
  const wanted = symbol.map(pattern)
  return (names) => names.some((name) => wanted.some((each) => each.test(name)))
}

/**
 * Whether a contract is among those of the filter.
 *
 * @example
 * import { Instrument, InstrumentFilter } from "@open-interest/core"
 *
 * const isLinearBitcoin = InstrumentFilter.toPredicate({ base: ["BTC"], direction: ["linear"] })
 *
 * isLinearBitcoin(
 *   Instrument.make({
 *     exchange: "bitget", symbol: "BTCUSDT", base: "BTC", quote: "USDT", settle: "USDT",
 *     contractSize: { amount: "1", unit: "base" }
 *   })
 * ) // true
 *
 * @since 0.1.0
 * @category predicates
 */
export const toPredicate = (filter: InstrumentFilter): Predicate<Instrument> => {
  const base = oneOf(filter.base)
  const quote = oneOf(filter.quote)
  const settle = oneOf(filter.settle)
  const symbol = symbolPredicate(filter)
  return (instrument) =>
    base([instrument.base, instrument.underlying]) &&
    quote([instrument.quote]) &&
    settle([instrument.settle]) &&
    (filter.kind?.includes(instrument.kind) ?? true) &&
    (filter.direction?.includes(instrument.direction) ?? true) &&
    symbol([instrument.symbol, instrument.unifiedSymbol])
}
