import { assert, describe, it } from "@effect/vitest"
import * as Equal from "effect/Equal"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Target from "../src/Target.ts"
import { thorough } from "./support.ts"

const parse = (text: string) =>
  Option.match(Target.parse(text), { onNone: () => "none", onSome: ({ exchange, symbol }) => [exchange, symbol] })

describe("a target", () => {
  it("is read from its text: the exchange ends at the first colon", () => {
    assert.deepStrictEqual(parse("binance:BTCUSD_PERP"), ["binance", "BTCUSD_PERP"])
    assert.deepStrictEqual(parse("binance:BTC/USD:BTC-261225"), ["binance", "BTC/USD:BTC-261225"])
    assert.deepStrictEqual(parse("bitget:龙虾USDT"), ["bitget", "龙虾USDT"])
    assert.deepStrictEqual(parse("bitget::"), ["bitget", ":"])
  })

  it("is none without a colon, or with nothing on one side of it", () => {
    for (const text of ["", ":", "BTCUSDT", ":BTCUSDT", "binance:"]) assert.strictEqual(parse(text), "none")
  })

  it("equals another of the same exchange and symbol", () => {
    const target = Target.make("binance", "BTCUSD_PERP")
    assert.isTrue(Equal.equals(target, Target.make("binance", "BTCUSD_PERP")))
    assert.isFalse(Equal.equals(target, Target.make("bitget", "BTCUSD_PERP")))
    assert.isFalse(Equal.equals(target, Target.make("binance", "ETHUSD_PERP")))
  })

  it.prop(
    "is read back from its own text",
    [fc.stringMatching(/^[a-z][a-z0-9-]*$/), fc.string({ minLength: 1 })],
    ([exchange, symbol]) => {
      const target = Target.make(exchange, symbol)
      assert.isTrue(Equal.equals(Target.parse(`${target}`), Option.some(target)))
    },
    thorough
  )
})
