import { assert, describe, it } from "@effect/vitest"
import type { PoolState } from "@open-interest/core/Pools"
import * as SourceError from "@open-interest/core/SourceError"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"
import * as Columns from "../src/watch/columns.ts"
import * as State from "../src/watch/state.ts"
import * as View from "../src/watch/view.ts"
import { binance, bitget, failure, look, lost, reading, round, time } from "./watchSupport.ts"

const btc = binance("BTCUSD_PERP")
const eth = binance("ETHUSD_PERP")
const usdt = bitget("BTCUSDT")

const wide = { columns: 140, rows: 24 }

const pool = (exchange: PoolState["exchange"], used: number, others = 0): PoolState => ({
  exchange,
  origin: "https://example.org",
  name: "weight",
  windows: [{ limit: 2400, window: Duration.minutes(1), used, others }],
  closed: Option.none()
})

/** Two rounds of Binance and one of Bitget. */
const state = [
  ["binance", { valuations: [reading(btc, "10000", { price: "50000" }), reading(eth, "500", { price: "4000" })] }],
  ["bitget", { valuations: [reading(usdt, "30.5", { price: "50000.5" })] }],
  [
    "binance",
    {
      due: time("12:05:30"),
      startedAt: time("12:05:30"),
      readAt: time("12:05:31"),
      valuations: [
        reading(btc, "10150", { at: "12:05:30", price: "49999.5" }),
        reading(eth, "499.999", { at: "12:05:29", price: "4000" })
      ]
    }
  ]
] as const

const fold = (rounds: ReadonlyArray<readonly [string, Partial<State.Round>]>) =>
  rounds.reduce(
    (all, [exchange, each]) => State.add(all, exchange, round(each)),
    State.make([State.unread("binance"), State.unread("bitget")])
  )

const textOf = (lines: ReadonlyArray<string>) => lines.join("\n")

describe("the screen", () => {
  it("shows how exchanges stand, every contract with its changes and its age, and the keys", () => {
    const pools = [pool(btc.exchange, 42), pool(usdt.exchange, 4, 1000)]
    assert.deepStrictEqual(View.screen(fold(state), look({ size: wide, now: time("12:05:41"), pools })), [
      "binance: 2 contracts, next in 19 s, quota 42 of 2,400 in 1 min (weight), asked at 12:05:30",
      "bitget: 1 contract, reading, quota 4 and 1,000 by others of 2,400 in 1 min (weight), asked at 12:05:00",
      "",
      "CONTRACT                   OPEN INTEREST  SINCE LAST  SINCE START     AGE              VALUE ↓       MARK PRICE",
      "binance:BTCUSD_PERP   10,150 contracts ▲     +1.50 %      +1.50 %    11 s      1,015,000 USD ▲   49,999.5 USD ▼",
      "binance:ETHUSD_PERP  499.999 contracts ▼     -0.00 %      -0.00 %    12 s       49,999.9 USD ▼      4,000 USD",
      "bitget:BTCUSDT                30.5 BTC             –            –  ≥ 41 s  1,525,015.25 USDT    50,000.5 USDT",
      "",
      "12:05:41 UTC   q quit   ← → sorted by VALUE ↓   r reverse"
    ])
  })

  it("is there before anything was read, and says what was set wrong", () => {
    const broken = new OpenInterestSources.Misconfigured({ exchange: "bitget", detail: "wrong setting: X" })
    assert.deepStrictEqual(
      View.screen(State.make([State.unread("binance"), State.unread("bitget", broken)]), look()).slice(0, 2),
      ["binance: 0 contracts, reading", "bitget: wrong setting: X"]
    )
  })

  it("drops columns from the right where it is narrow, and cuts the first one at last", () => {
    const titles = (columns: number) =>
      View.screen(fold(state), look({ size: { columns, rows: 24 } }))
        .find((each) => each.startsWith("CON"))
        ?.split(/ {2,}/)
    assert.deepStrictEqual(titles(85), ["CONTRACT", "OPEN INTEREST", "SINCE LAST", "SINCE START", "AGE"])
    assert.deepStrictEqual(titles(69), ["CONTRACT", "OPEN INTEREST", "SINCE LAST", "SINCE START"])
    assert.deepStrictEqual(titles(40), ["CONTRACT", "OPEN INTEREST"])
    assert.deepStrictEqual(titles(39), ["CONTRACT"])
    const narrow = View.screen(fold(state), look({ size: { columns: 9, rows: 24 } }))
    assert.includeMembers([...narrow], ["CONTRACT", "binance:…", "bitget:B…"])
  })

  it("counts the contracts that have no place, and gives the table what is left where it is short", () => {
    const many = Array.from({ length: 40 }, (_, index) => reading(binance(`C${String(index).padStart(2, "0")}`), "1"))
    const after = fold([["binance", { valuations: many, failures: [failure("GONE")] }]])
    const at = (rows: number) => View.screen(after, look({ size: { columns: 80, rows } }))
    assert.deepStrictEqual(
      [24, 12, 8, 7, 5, 1].map((rows) => at(rows).length),
      [24, 12, 8, 7, 5, 1]
    )
    assert.include(textOf(at(24)), "… 24 more")
    assert.include(textOf(at(24)), "q quit")
    assert.deepStrictEqual(
      at(7).map((each) => each.slice(0, 12)),
      ["binance: 40 ", "bitget: 0 co", "CONTRACT    ", "binance:C00 ", "binance:C01 ", "… 38 more", "binance:GONE"]
    )
    assert.deepStrictEqual(
      at(4).map((each) => each.slice(0, 12)),
      ["CONTRACT    ", "binance:C00 ", "binance:C01 ", "… 38 more"]
    )
  })

  it("measures wide characters as a terminal does", () => {
    const lines = View.screen(
      fold([["bitget", { valuations: [reading(bitget("龙虾USDT"), "1"), reading(usdt, "1")] }]]),
      look({ sorting: { column: Columns.columns[0] ?? Columns.bySize.column, isReversed: false } })
    )
    assert.include(textOf(lines), "\nbitget:BTCUSDT         1 BTC ")
    assert.include(textOf(lines), "\nbitget:龙虾USDT       1 龙虾 ")
  })

  it("shows nothing that would steer the terminal or turn the line around", () => {
    const lines = View.screen(
      fold([
        ["bitget", { valuations: [reading(bitget("A\u001b[2J\u202EUSDT"), "1")], failures: [failure("B\n\u0007")] }]
      ]),
      look()
    )
    assert.notMatch(textOf(lines).replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u)
    assert.include(textOf(lines), "bitget:A\uFFFD[2J\uFFFDUSDT")
  })

  it("says until when an exchange is closed, and that the next round is the first after that", () => {
    const banned = new SourceError.Banned({ exchange: btc.exchange, until: Option.some(time("12:10:10")) })
    const closed = fold([
      ["binance", { valuations: [reading(btc, "1")] }],
      ["binance", { closedUntil: Option.some(time("12:10:10")), failures: [failure("binance", banned, "product")] }],
      ["bitget", { closedUntil: Option.some(DateTime.unsafeMake("2026-10-07T00:00:00Z")) }]
    ])
    const lines = View.screen(closed, look())
    assert.deepStrictEqual(lines.slice(0, 2), [
      "binance: 1 contract, 1 failed, closed until 12:10:10, next in 318 s, asked at 1…",
      "bitget: 0 contracts, closed until 2026-10-07 00:00:00, next in 42888 s, asked a…"
    ])
    assert.include(textOf(lines), "\nbinance: banned: binance has shut out this address until")
    // The contract that is not read any more gets old, and has not changed.
    assert.match(textOf(lines), /^binance:BTCUSD_PERP +1 contracts {4,}– +– +12 s/m)
    const open = View.screen(closed, look({ now: time("12:10:11"), size: wide }))[0]
    assert.strictEqual(open, "binance: 1 contract, 1 failed, next in 19 s, asked at 12:05:00")
  })

  it("shows the quota that is nearest to its limit, with what others used", () => {
    const one = pool(btc.exchange, 40)
    const few = { ...pool(btc.exchange, 0), name: "few" }
    const other = pool(usdt.exchange, 2000)
    const windows = [{ limit: 100, window: Duration.seconds(5), used: 0, others: 30 }]
    const status = (pools: ReadonlyArray<PoolState>) => View.screen(fold([]), look({ pools }))[0]
    const expected = "binance: 0 contracts, reading, quota 0 and 30 by others of 100 in 5 s (few)"
    assert.strictEqual(status([one, { ...few, windows }, other]), expected)
    assert.strictEqual(status([{ ...few, windows }, one]), expected)
    assert.strictEqual(status([other]), "binance: 0 contracts, reading")
  })

  it("says that a round is being read, and after one that took long when the next one is due", () => {
    const status = (readAt: string, now: string) =>
      View.screen(fold([["binance", { readAt: time(readAt) }]]), look({ now: time(now) }))[0]
    assert.strictEqual(status("12:05:29", "12:05:30"), "binance: 0 contracts, reading, asked at 12:05:00")
    assert.strictEqual(status("12:05:31", "12:05:31"), "binance: 0 contracts, next in 29 s, asked at 12:05:00")
  })

  it("names what failed under the table: lines of contracts first, then contracts, alike ones in one line", () => {
    const failures = [
      ...["A", "B", "C", "D"].map((name) => failure(name)),
      failure("E", new SourceError.SymbolNotTrading({ exchange: btc.exchange, symbol: "E", detail: "halted" })),
      failure("COIN-M", lost, "product")
    ]
    const lines = View.screen(fold([["binance", { failures }]]), look())
    assert.deepStrictEqual(lines.slice(-5, -1), [
      "",
      "binance:COIN-M: unavailable: reset",
      "binance: 4 contracts (A, B, C, …): unavailable: reset",
      'binance:E: not trading: binance says "halted"'
    ])
    const short = View.screen(fold([["binance", { failures }]]), look({ size: { columns: 80, rows: 9 } }))
    assert.deepStrictEqual(short.slice(-3, -1), ["binance:COIN-M: unavailable: reset", "… 2 more failures"])
  })

  it("names the contracts whose unit nobody has verified, below what failed, as long as there is room", () => {
    const valuations = [btc, eth, binance("XRPUSD_PERP")].map((each) => reading(each, "1", { unitVerified: false }))
    const after = fold([["binance", { valuations, failures: [failure("GONE")] }]])
    const at = (rows: number) => View.screen(after, look({ size: { columns: 100, rows } }))
    assert.deepStrictEqual(at(24).slice(-5, -1), [
      "binance:GONE: unavailable: reset",
      ...["BTC", "ETH", "XRP"].map((base) => `binance:${base}USD_PERP: unit not verified, taken to be contracts`)
    ])
    assert.strictEqual(at(10).at(-2), "… 2 more warnings")
    assert.notInclude(textOf(at(7)), "verified")
    assert.include(textOf(at(7)), "binance:GONE")
  })

  it("marks no change where the newest round has not read the contract", () => {
    const failing = fold([...state, ["binance", { failures: [failure("BTCUSD_PERP"), failure("ETHUSD_PERP")] }]])
    assert.notMatch(textOf(View.screen(failing, look({ size: wide }))), /[▲▼]/)
  })

  it("groups thousands, or leaves the digits plain, in figures and in changes", () => {
    const grown = fold([
      ["binance", { valuations: [reading(btc, "1000")] }],
      ["binance", { valuations: [reading(btc, "20000", { at: "12:05:01" })] }]
    ])
    const row = (raw: boolean) => View.screen(grown, look({ raw }))[4] ?? ""
    assert.match(row(false), / 20,000 contracts ▲ +\+1,900\.00 % /)
    assert.match(row(true), / 20000 contracts ▲ +\+1900\.00 % /)
  })

  it("has the same text with colours and without", () => {
    const coloured = View.screen(fold(state), look({ size: wide, hasColour: true }))
    const plain = View.screen(fold(state), look({ size: wide }))
    assert.deepStrictEqual(
      coloured.map((each) => stripVTControlCharacters(each).trimEnd()),
      plain
    )
    assert.include(coloured[4], "\u001b[32m 10,150 contracts ▲\u001b[0m")
    assert.include(coloured[5], "\u001b[31m499.999 contracts ▼\u001b[0m")
    assert.include(coloured[3], "\u001b[1m")
  })
})

describe("the lines about a round", () => {
  it("are those of one exchange, all of its contracts, without an end to the line", () => {
    const many = Array.from({ length: 40 }, (_, index) => reading(binance(`C${index}`), "1"))
    const watched = State.after(State.unread("binance"), round({ valuations: many }))
    const lines = View.round(watched, look({ size: { columns: Infinity, rows: Infinity } }))
    assert.strictEqual(lines.length, 42)
    assert.strictEqual(lines[0], "binance: 40 contracts, next in 18 s, asked at 12:05:00")
    assert.match(lines[1] ?? "", /^CONTRACT .* MARK PRICE$/)
  })
})

const character = fc.oneof(
  fc.constantFrom("A", "龙", "é", "e\u0301", "👩‍👩‍👧", "🇩🇪", "\u200B", "\u001b", "ﷺ", "한", "\u0301", "Ω"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 })
)
const symbol = fc.array(character, { minLength: 1, maxLength: 12 }).map((each) => `X${each.join("")}`)
const amount = fc.bigInt({ min: 0n, max: 10n ** 24n }).map(String)
const price = fc.option(fc.bigInt({ min: 1n, max: 10n ** 12n }).map(String), { nil: undefined })

const anyReading = fc
  .record({
    exchange: fc.constantFrom(binance, bitget),
    symbol,
    amount,
    price,
    seconds: fc.integer({ min: 0, max: 59 }),
    unitVerified: fc.boolean()
  })
  .map(({ amount, exchange, price, seconds, symbol, unitVerified }) =>
    reading(exchange(symbol), amount, {
      unitVerified,
      at: `12:05:${String(seconds).padStart(2, "0")}`,
      ...(price === undefined ? {} : { price })
    })
  )

const anyRound = fc
  .record({ valuations: fc.array(anyReading, { maxLength: 30 }), failures: fc.array(symbol, { maxLength: 9 }) })
  .map(({ failures, valuations }) => ({ valuations, failures: failures.map((name) => failure(name)) }))

const anyState = fc.array(fc.tuple(fc.constantFrom("binance", "bitget"), anyRound), { maxLength: 4 }).map(fold)

const anySorting = fc.record({ column: fc.constantFrom(...Columns.columns), isReversed: fc.boolean() })

describe("whatever was read, and however large the window is,", () => {
  it("no line is wider than the window, and there are no more lines than it has", () => {
    fc.assert(
      fc.property(
        anyState,
        anySorting,
        fc.integer({ min: 0, max: 160 }),
        fc.integer({ min: 0, max: 50 }),
        fc.boolean(),
        (all, sorting, columns, rows, hasColour) => {
          const lines = View.screen(all, look({ size: { columns, rows }, sorting, hasColour }))
          assert.isAtMost(lines.length, rows)
          for (const each of lines) {
            assert.isAtMost(stringWidth(each), columns)
            assert.notInclude(each, "\n")
          }
        }
      )
    )
  })

  it("every contract is in the table or counted", () => {
    fc.assert(
      fc.property(anyState, fc.integer({ min: 4, max: 50 }), (all, rows) => {
        const lines = View.screen(all, look({ size: { columns: 200, rows } }))
        const from = lines.findIndex((each) => each.startsWith("CONTRACT"))
        const isRow = (each: string) => /^(?:binance|bitget):.* {2}/.test(each)
        const table = lines.slice(from + 1)
        const shown = table.findIndex((each) => !isRow(each))
        const more = Number(/^… (\d+) more$/m.exec(table.join("\n"))?.[1] ?? 0)
        const total = [...all.values()].reduce((sum, { rows }) => sum + rows.size, 0)
        assert.strictEqual((shown === -1 ? table.length : shown) + more, total)
      })
    )
  })
})

describe("the order of contracts", () => {
  const rowsOf = (all: State.State) => [...all.values()].flatMap((each) => [...each.rows.values()])

  it("is the same however they came, by any column", () => {
    const any = anyState.chain((all) => {
      const rows = rowsOf(all)
      return fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }), anySorting)
    })
    fc.assert(
      fc.property(any, ([rows, shuffled, sorting]) => {
        const sorted = Columns.sort(rows, sorting)
        assert.sameMembers([...sorted], rows)
        assert.deepStrictEqual(Columns.sort(shuffled, sorting), sorted)
        assert.deepStrictEqual(Columns.sort(sorted, sorting), sorted)
      })
    )
  })

  const sorted = (title: string, isReversed = false) => {
    const column = Columns.columns.find((each) => each.title === title) ?? Columns.bySize.column
    const all = fold([
      ...state,
      ["binance", { valuations: [reading(binance("SOLUSD_PERP"), "7", { at: "12:04:00" })] }],
      ["bitget", { valuations: [reading(bitget("ETHUSDT"), "7")] }]
    ])
    return Columns.sort(rowsOf(all), { column, isReversed }).map(({ latest }) => latest.openInterest.instrument.symbol)
  }

  it("is by name, by size within a unit, by change, by age, and what is unknown comes last either way", () => {
    assert.deepStrictEqual(sorted("CONTRACT"), ["BTCUSD_PERP", "ETHUSD_PERP", "SOLUSD_PERP", "BTCUSDT", "ETHUSDT"])
    assert.deepStrictEqual(sorted("CONTRACT", true), sorted("CONTRACT").toReversed())
    assert.deepStrictEqual(sorted("VALUE"), ["BTCUSD_PERP", "ETHUSD_PERP", "SOLUSD_PERP", "BTCUSDT", "ETHUSDT"])
    assert.deepStrictEqual(sorted("VALUE", true), ["SOLUSD_PERP", "ETHUSD_PERP", "BTCUSD_PERP", "BTCUSDT", "ETHUSDT"])
    assert.deepStrictEqual(sorted("SINCE START").slice(0, 2), ["BTCUSD_PERP", "ETHUSD_PERP"])
    assert.deepStrictEqual(sorted("SINCE START", true).slice(0, 2), ["ETHUSD_PERP", "BTCUSD_PERP"])
    assert.deepStrictEqual(sorted("AGE")[0], "SOLUSD_PERP")
    assert.deepStrictEqual(sorted("AGE", true)[0], "BTCUSD_PERP")
    assert.deepStrictEqual(sorted("MARK PRICE").slice(-2), ["SOLUSD_PERP", "ETHUSDT"])
  })

  it("is chosen column by column, around the end, each in its own direction first", () => {
    const titles = Columns.columns.map((_, index) => Columns.moved(Columns.bySize, index).column.title)
    assert.sameMembers(
      titles,
      Columns.columns.map(({ title }) => title)
    )
    assert.deepStrictEqual(Columns.moved(Columns.moved(Columns.bySize, 5), -5), Columns.bySize)
    assert.strictEqual(Columns.describe(Columns.reversed(Columns.bySize)), "VALUE ↑")
    assert.deepStrictEqual(Columns.reversed(Columns.reversed(Columns.bySize)), Columns.bySize)
    assert.isFalse(Columns.moved(Columns.reversed(Columns.bySize), 1).isReversed)
  })
})
