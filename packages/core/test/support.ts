import { assert } from "@effect/vitest"
import type * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Instrument from "../src/Instrument.ts"
import * as MarkPrice from "../src/MarkPrice.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as Quantity from "../src/Quantity.ts"

/** For properties: fast-check prints the seed of a run that fails. */
export const thorough = { fastCheck: { numRuns: 200 } }

export const time = (text: string): DateTime.Utc => DateTime.unsafeMake(text)

/** The time of every reading below, unless a test says otherwise. */
export const readAt = time("2026-10-06T12:05:03.512Z")

/** Inverse, sized in quote currency. */
export const binanceBtc = Instrument.make({
  exchange: "binance",
  symbol: "BTCUSD_PERP",
  product: "COIN-M",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "100", unit: "quote" }
})

/** As {@link binanceBtc}, but of 10 dollars. */
export const binanceEth = Instrument.make({
  exchange: "binance",
  symbol: "ETHUSD_PERP",
  product: "COIN-M",
  base: "ETH",
  quote: "USD",
  settle: "ETH",
  contractSize: { amount: "10", unit: "quote" }
})

/** Inverse, and yet one coin in size. */
export const bitgetBtcUsd = Instrument.make({
  exchange: "bitget",
  symbol: "BTCUSD",
  product: "COIN-FUTURES",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "1", unit: "base" }
})

/** Linear, one coin in size. */
export const bitgetBtcUsdt = Instrument.make({
  exchange: "bitget",
  symbol: "BTCUSDT",
  product: "USDT-FUTURES",
  base: "BTC",
  quote: "USDT",
  settle: "USDT",
  contractSize: { amount: "1", unit: "base" }
})

/** Settles in a third currency and is sized in it. */
export const quanto = Instrument.make({
  exchange: "bitmex",
  symbol: "ETHUSD",
  base: "ETH",
  quote: "USD",
  settle: "XBT",
  contractSize: { amount: "0.000001", unit: "settle" }
})

export const markPrice = (
  instrument: Instrument.Instrument,
  price: string,
  timestamp: DateTime.Utc = readAt
): MarkPrice.MarkPrice => MarkPrice.make({ instrument, price, timestamp })

export const reading = (
  instrument: Instrument.Instrument,
  amount: string,
  unit: Quantity.Unit = "contracts"
): OpenInterest.OpenInterest => OpenInterest.make({ instrument, amount, unit, timestamp: readAt })

/** A quantity in words, so that a failing test shows the figure and its unit; a refusal as its reason. */
export const show = (
  result: Either.Either<
    Pick<Quantity.Quantity<Quantity.Unit>, "unit" | "denomination" | "amount">,
    { readonly _tag: string; readonly reason?: string }
  >
): string => Either.match(result, { onLeft: (error) => error.reason ?? error._tag, onRight: Quantity.format })

export const getLeft = <A, E>(result: Either.Either<A, E>): E => {
  assert(Either.isLeft(result), "expected a failure")
  return result.left
}

export const getRight = <A, E>(result: Either.Either<A, E>): A => {
  assert(Either.isRight(result), `expected a success, got ${Either.isLeft(result) ? String(result.left) : ""}`)
  return result.right
}

export const sameDecimal = (actual: BigDecimal.BigDecimal, expected: BigDecimal.BigDecimal): void => {
  const scale = Math.max(actual.scale, expected.scale)
  const lift = (n: BigDecimal.BigDecimal) => n.value * 10n ** BigInt(scale - n.scale)
  assert.strictEqual(lift(actual), lift(expected))
}

/**
 * The multiple of 1e-8 nearest to a ratio, the even one of two that are as near, as a count of 1e-8. Deliberately
 * not how the source does it: the two neighbours are compared by their distance.
 */
export const nearestEven = (dividend: BigDecimal.BigDecimal, divisor: BigDecimal.BigDecimal): bigint => {
  const sign = divisor.value < 0n ? -1n : 1n
  const top = sign * dividend.value * 10n ** BigInt(divisor.scale + 8)
  const bottom = sign * divisor.value * 10n ** BigInt(dividend.scale)
  const below = top >= 0n || top % bottom === 0n ? top / bottom : top / bottom - 1n
  const above = below + 1n
  const toBelow = top - below * bottom
  const toAbove = above * bottom - top
  if (toBelow !== toAbove) return toBelow < toAbove ? below : above
  return below % 2n === 0n ? below : above
}
