import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Instrument from "../src/Instrument.ts"
import * as Suggestions from "../src/internal/nearest.ts"
import { thorough, time } from "./support.ts"

const contract = (symbol: string, base: string, quote = "USDT", deliveryAt?: string) =>
  Instrument.make({
    exchange: "bitget",
    symbol,
    base,
    quote,
    settle: quote === "USD" ? base : quote,
    contractSize: { amount: "1", unit: "base" },
    deliveryAt: deliveryAt === undefined ? undefined : time(deliveryAt)
  })

const listed = [
  contract("BTCUSDT", "BTC"),
  contract("ETHUSDT", "ETH"),
  contract("BTCUSD", "BTC", "USD"),
  contract("BTCUSDZ26", "BTC", "USD", "2026-12-25T08:00:00Z"),
  contract("BTCCMZ26", "BTC", "USD", "2026-12-25T08:00:00Z"),
  contract("1000BONKUSDT", "1000BONK"),
  contract("龙虾USDT", "龙虾")
]
const nearest = (text: string, limit?: number) => Suggestions.nearest(listed, text, limit)

describe("the nearest symbols", () => {
  it("begin with those that begin with the text, the shortest first", () => {
    assert.deepStrictEqual(nearest("BTC"), ["BTCUSD", "BTCUSDT", "BTCCMZ26"])
    assert.deepStrictEqual(nearest("BTCUSDZ"), ["BTCUSDZ26", "BTCUSDT", "BTCUSD"])
  })

  it("do not mind the case", () => {
    assert.deepStrictEqual(nearest("btcusdt", 1), ["BTCUSDT"])
    assert.deepStrictEqual(nearest("Btc/usdt:Usdt", 1), ["BTC/USDT:USDT"])
  })

  it("include those that are a letter off, more in a longer text, before the other contracts of the coin", () => {
    assert.deepStrictEqual(nearest("XETHUSDT"), ["ETHUSDT"])
    assert.deepStrictEqual(nearest("ETCUSDT"), ["BTCUSDT", "ETHUSDT"])
    assert.deepStrictEqual(nearest("1000BNOKUSDT"), ["1000BONKUSDT"])
    assert.deepStrictEqual(nearest("BTCUSDH26", 10), ["BTCUSDZ26", "BTCUSDT", "BTCUSD", "BTCCMZ26"])
  })

  it("include the other contracts of the same coin, however long the rest", () => {
    assert.sameMembers([...nearest("BTC-PERPETUAL", 10)], ["BTCUSD", "BTCUSDT", "BTCCMZ26", "BTCUSDZ26"])
    assert.deepStrictEqual(nearest("1000BONK-PERPETUAL"), ["1000BONKUSDT"])
    assert.deepStrictEqual(nearest("龙虾USDC-PERPETUAL"), ["龙虾USDT"])
  })

  it("are unified ones for a text with a slash, each once though two contracts share it", () => {
    assert.deepStrictEqual(nearest("BTC/USD:BTC-26"), ["BTC/USD:BTC-261225", "BTC/USD:BTC", "BTC/USDT:USDT"])
    assert.deepStrictEqual(nearest("ETH/"), ["ETH/USDT:USDT"])
  })

  it("are none for a text that is near to nothing", () => {
    assert.deepStrictEqual(nearest("DOGEUSD_PERP"), [])
    assert.deepStrictEqual(Suggestions.nearest([], "BTCUSDT"), [])
  })

  it("are three, or as many as are asked for", () => {
    assert.lengthOf(nearest("B"), 3)
    assert.lengthOf(nearest("B", 2), 2)
    assert.deepStrictEqual(nearest("B", 0), [])
  })

  it.prop(
    "of a listed symbol have itself first, in whatever order the contracts are listed",
    [fc.shuffledSubarray(listed, { minLength: listed.length }), fc.constantFrom(...listed)],
    ([shuffled, { symbol, unifiedSymbol }]) => {
      assert.strictEqual(Suggestions.nearest(shuffled, symbol)[0], symbol)
      assert.strictEqual(Suggestions.nearest(shuffled, unifiedSymbol)[0], unifiedSymbol)
    },
    thorough
  )

  it.prop(
    "are always listed ones, and never twice the same",
    [fc.string({ unit: "binary" })],
    ([text]) => {
      const found = nearest(text, 10)
      const known = new Set(listed.flatMap(({ symbol, unifiedSymbol }) => [symbol, unifiedSymbol]))
      assert.isTrue(found.every((symbol) => known.has(symbol)))
      assert.strictEqual(new Set(found).size, found.length)
    },
    thorough
  )
})
