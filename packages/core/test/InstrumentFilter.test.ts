import { assert, describe, it } from "@effect/vitest"
import * as Instrument from "../src/Instrument.ts"
import * as InstrumentFilter from "../src/InstrumentFilter.ts"
import { binanceBtc, bitgetBtcUsd, bitgetBtcUsdt, quanto, time } from "./support.ts"

const dated = Instrument.make({
  exchange: "binance",
  symbol: "BTCUSD_261225",
  base: "BTC",
  quote: "USD",
  settle: "BTC",
  contractSize: { amount: "100", unit: "quote" },
  deliveryAt: time("2026-12-25T08:00:00Z")
})

const bonk = Instrument.make({
  exchange: "bitget",
  symbol: "1000BONKUSDT",
  base: "1000BONK",
  quote: "USDT",
  settle: "USDT",
  scaled: { underlying: "BONK", multiplier: "1000" },
  contractSize: { amount: "1", unit: "base" }
})

const all = [binanceBtc, dated, bitgetBtcUsd, bitgetBtcUsdt, quanto, bonk]

const chosen = (filter: InstrumentFilter.InstrumentFilter) =>
  all.filter(InstrumentFilter.toPredicate(filter)).map(({ symbol }) => symbol)

describe("a filter", () => {
  it("without fields chooses everything", () => {
    assert.deepStrictEqual(
      chosen(InstrumentFilter.everything),
      all.map(({ symbol }) => symbol)
    )
  })

  const cases: ReadonlyArray<readonly [InstrumentFilter.InstrumentFilter, ReadonlyArray<string>]> = [
    [{ base: ["btc"], quote: ["usdt"] }, ["BTCUSDT"]],
    [{ base: ["BONK"] }, ["1000BONKUSDT"]],
    [{ base: ["1000bonk", "ETH"] }, ["ETHUSD", "1000BONKUSDT"]],
    [{ settle: ["BTC"] }, ["BTCUSD_PERP", "BTCUSD_261225", "BTCUSD"]],
    [{ kind: ["delivery"] }, ["BTCUSD_261225"]],
    [{ direction: ["quanto", "linear"] }, ["BTCUSDT", "ETHUSD", "1000BONKUSDT"]],
    [{ symbol: ["btcusd*"], kind: ["perpetual"] }, ["BTCUSD_PERP", "BTCUSD", "BTCUSDT"]],
    [{ symbol: ["BTCUSD?"] }, ["BTCUSDT"]],
    [{ symbol: ["BTC/USD:BTC*"] }, ["BTCUSD_PERP", "BTCUSD_261225", "BTCUSD"]],
    [{ symbol: ["BTCUSD"] }, ["BTCUSD"]],
    [{ symbol: ["BTC.*", "(", "[A-Z]+"] }, []],
    [{ base: [] }, []]
  ]
  for (const [filter, symbols] of cases) {
    it(`${JSON.stringify(filter)} chooses ${symbols.join(", ") || "nothing"}`, () => {
      assert.deepStrictEqual(chosen(filter), symbols)
    })
  }
})
