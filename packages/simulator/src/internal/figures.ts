/**
 * Figures that move: pure functions of seed, names and time, so that equal questions get equal bytes on every machine.
 */

/** Names one series of figures. Series with different keys move independently. */
export type Key = number

// FNV-1a over UTF-16 code units: integer arithmetic only, hence the same on every JavaScript engine.
export const key = (seed: number, ...names: ReadonlyArray<string>): Key => {
  const text = [seed, ...names].join("\u0000")
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

// The finalizer of MurmurHash3: neighbouring inputs give unrelated outputs.
const scramble = (n: number): number => {
  let h = n | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A number in [0, 1) that depends on nothing but the key and `n`. */
export const fraction = (key: Key, n: number): number => scramble(key ^ scramble(n)) / 2 ** 32

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

// Weights sum to 1. The last one is the noise of a single second, beside which the others look smooth.
const octaves: ReadonlyArray<readonly [period: number, weight: number]> = [
  [3 * day, 0.6],
  [5 * hour, 0.28],
  [13 * minute, 0.116],
  [second, 0.004]
]

// Value noise and not a sum of sines: the last digits of Math.sin are left to the engine.
const noise = (key: Key, time: number, period: number): number => {
  const n = Math.floor(time / period)
  const x = time / period - n
  const eased = x * x * (3 - 2 * x)
  const from = fraction(key, n)
  return 2 * (from + (fraction(key, n + 1) - from) * eased) - 1
}

/** A number in (-1, 1) that wanders over days, hours and minutes, with a little noise; constant within a second. */
export const wander = (key: Key, time: number): number => {
  const instant = Math.floor(time / second) * second
  return octaves.reduce(
    (sum, [period, weight], octave) => sum + weight * noise(key ^ scramble(octave), instant, period),
    0
  )
}

/** Open interest around `level`, in the unit of `level`; stays within 8 % of it, so it is never negative. */
export const openInterest = (options: {
  readonly seed: number
  readonly exchange: string
  readonly symbol: string
  readonly level: number
  readonly time: number
}): number =>
  options.level *
  (1 + 0.08 * wander(key(options.seed, options.exchange, options.symbol, "open interest"), options.time))

/**
 * The price of an underlying, in USD, within 3 % of `anchor`. The exchange is not part of the key: the same coin costs
 * the same everywhere.
 */
export const indexPrice = (seed: number, underlying: string, anchor: number, time: number): number =>
  anchor * (1 + 0.03 * wander(key(seed, underlying, "index price"), time))

const year = 365 * day

/**
 * The mark price: the index, plus up to 0.03 % for one contract at one exchange, plus 4 % a year until delivery, which
 * brings a dated contract to its index on the day it is delivered.
 */
export const markPrice = (options: {
  readonly seed: number
  readonly exchange: string
  readonly symbol: string
  readonly index: number
  readonly time: number
  readonly deliveryTime: number | undefined
}): number => {
  const premium = 0.0003 * wander(key(options.seed, options.exchange, options.symbol, "premium"), options.time)
  const years = options.deliveryTime === undefined ? 0 : (options.deliveryTime - options.time) / year
  return options.index * (1 + premium + 0.04 * Math.min(Math.max(years, 0), 1))
}

/** The interval of funding of nearly every contract of all exchanges, in milliseconds. */
export const fundingInterval = 8 * hour

/** The funding rate in force, constant between two funding times: between -0.01 % and 0.03 %. */
export const fundingRate = (seed: number, exchange: string, symbol: string, time: number): number =>
  -0.0001 + 0.0004 * fraction(key(seed, exchange, symbol, "funding rate"), Math.floor(time / fundingInterval))

/**
 * The newest instant, at or before `time`, at which something refreshed every `period` milliseconds was refreshed. Each
 * key has a phase of its own. It never runs backwards while `time` runs forwards.
 */
export const refreshedAt = (key: Key, time: number, period: number): number => {
  const phase = Math.floor(fraction(key, period) * period)
  return Math.max(0, time - ((time + phase) % period))
}

/** Plain decimal text with at most `places` decimals and no trailing zeros: the way Bitget writes numbers. */
export const decimal = (value: number, places: number): string => {
  const text = value.toFixed(places)
  const trimmed = text.includes(".") ? text.replace(/\.?0+$/, "") : text
  return trimmed === "-0" ? "0" : trimmed
}
