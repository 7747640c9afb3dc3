import { assert, describe, it } from "@effect/vitest"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Live from "../src/watch/live.ts"
import * as Rounds from "../src/watch/rounds.ts"
import * as State from "../src/watch/state.ts"
import type { Event } from "../src/watch/terminal.ts"
import { binance, bitget, lost, reading } from "./watchSupport.ts"

const btc = binance("BTCUSD_PERP")
const usdt = bitget("BTCUSDT")
const interval = Duration.seconds(10)

type Outcome = OpenInterestSource.Script["outcomes"][number]

const figure = (amount: string, instrument = btc): Outcome => reading(instrument, amount).openInterest

/** What is watched of a source that plays this script. */
const subject = (instrument: typeof btc, outcomes: ReadonlyArray<Outcome>) =>
  Effect.map(
    Layer.build(OpenInterestSource.layerScript(instrument.exchange, [{ instrument, outcomes }])),
    (context): Rounds.Subject => ({
      exchange: instrument.exchange,
      source: Context.get(context, OpenInterestSource.OpenInterestSource),
      of: { symbols: [instrument.symbol] }
    })
  )

/** A live table on a terminal of 100 × 12, and what it shows now. */
const start = (subjects: ReadonlyArray<Rounds.Subject>, count: Option.Option<number> = Option.none()) =>
  Effect.gen(function* () {
    const events = yield* Queue.unbounded<Event>()
    const screen = { lines: [] as ReadonlyArray<string>, drawn: 0, isThere: true, size: { columns: 100, rows: 12 } }
    const fiber = yield* Effect.fork(
      Live.run({
        terminal: {
          hasKeys: true,
          size: Effect.sync(() => screen.size),
          events: Stream.fromQueue(events),
          draw: (lines) =>
            Effect.sync(() => {
              screen.lines = lines
              screen.drawn++
              return screen.isThere
            })
        },
        rounds: Rounds.make(subjects, { interval, count, distinct: false }),
        state: State.make(subjects.map(({ exchange }) => State.unread(exchange))),
        look: { interval, hasColour: false, raw: false }
      })
    )
    const row = (start: string) => screen.lines.find((each) => each.startsWith(start)) ?? ""
    const press = (event: Event) => Effect.zipRight(events.offer(event), TestClock.adjust(0))
    return { screen, fiber, row, press }
  })

describe("a live table", () => {
  it.scoped("shows the first round at once, then every round, and the seconds between", () =>
    Effect.gen(function* () {
      const { row, screen } = yield* start([yield* subject(btc, [figure("100"), figure("150")])])
      yield* TestClock.adjust(0)
      assert.strictEqual(screen.lines[0], "binance: 0 contracts, reading")
      yield* TestClock.adjust("1 second")
      assert.match(row("binance:BTC"), / 100 contracts {4,}–/)
      assert.match(row("binance: "), /next in 10 s/)
      yield* TestClock.adjust("4 seconds")
      assert.match(row("binance: "), /next in 6 s/)
      yield* TestClock.adjust("6 seconds")
      assert.match(row("binance:BTC"), / 150 contracts ▲ +\+50\.00 %/)
    })
  )

  it.scoped("ends when all rounds were read, with what was read last", () =>
    Effect.gen(function* () {
      const { fiber } = yield* start([yield* subject(btc, [figure("1"), figure("2")])], Option.some(2))
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("2 seconds")
      const { end, state } = yield* Fiber.join(fiber)
      assert.strictEqual(end, "ended")
      assert.deepStrictEqual([...(state.get("binance")?.rows.keys() ?? [])], ["BTCUSD_PERP"])
    })
  )

  it.scoped("ends by a key, while an answer is out, which is then waited for no longer", () =>
    Effect.gen(function* () {
      for (const key of ["quit", "interrupt"] as const) {
        let wasInterrupted = false
        const hanging = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (wasInterrupted = true)))
        const { fiber, press } = yield* start([yield* subject(btc, [hanging])])
        yield* TestClock.adjust("3 seconds")
        yield* press(key)
        assert.strictEqual((yield* Fiber.join(fiber)).end, key)
        assert.isTrue(wasInterrupted)
      }
    })
  )

  it.scoped("ends where the terminal is gone", () =>
    Effect.gen(function* () {
      const { fiber, screen } = yield* start([yield* subject(btc, [figure("1")])])
      yield* TestClock.adjust("1 second")
      screen.isThere = false
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).end, "quit")
    })
  )

  it.scoped("is sorted by what the keys choose, and drawn anew in a window of another size", () =>
    Effect.gen(function* () {
      const { press, row, screen } = yield* start([
        yield* subject(btc, [figure("1")]),
        yield* subject(usdt, [figure("2", usdt)])
      ])
      yield* TestClock.adjust("1 second")
      assert.match(row("CONTRACT"), /^CONTRACT .* VALUE ↓/)
      yield* press("next")
      yield* press("next")
      assert.match(row("CONTRACT"), /^CONTRACT ↑ /)
      const contracts = () => screen.lines.filter((each) => /^\w+:B/.test(each)).map((each) => each.slice(0, 7))
      assert.deepStrictEqual(contracts(), ["binance", "bitget:"])
      yield* press("reverse")
      assert.match(row("CONTRACT"), /^CONTRACT ↓ /)
      assert.deepStrictEqual(contracts(), ["bitget:", "binance"])
      yield* press("previous")
      assert.match(row("CONTRACT"), / MARK PRICE ↓$/)
      screen.size = { columns: 20, rows: 5 }
      yield* press("resize")
      assert.strictEqual(screen.lines.length, 5)
      assert.strictEqual(row("CONTRACT"), "CONTRACT")
    })
  )

  it.scoped("goes on with one exchange while another does not answer, and with that one when it is back", () =>
    Effect.gen(function* () {
      const slow = Effect.delay(Effect.fail(lost), "25 seconds")
      const { row } = yield* start([
        yield* subject(btc, [slow, figure("7")]),
        yield* subject(
          usdt,
          ["1", "2", "3", "4"].map((amount) => figure(amount, usdt))
        )
      ])
      yield* TestClock.adjust("21 seconds")
      assert.match(row("bitget:BTC"), / 3 BTC ▲/)
      assert.match(row("binance: "), /0 contracts, reading/)
      yield* TestClock.adjust("5 seconds")
      assert.match(row("binance: "), /0 contracts, 1 failed, next in 5 s/)
      assert.strictEqual(row("binance:BTC"), "binance:BTCUSD_PERP: unavailable: reset")
      yield* TestClock.adjust("5 seconds")
      assert.match(row("binance:BTC"), / 7 contracts/)
      assert.match(row("binance: "), /1 contract, next in 10 s, .*2 rounds skipped/)
    })
  )
})
