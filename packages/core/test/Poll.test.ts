import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type * as Instrument from "../src/Instrument.ts"
import { make as makeInstrument } from "../src/Instrument.ts"
import * as InstrumentCatalog from "../src/InstrumentCatalog.ts"
import * as OpenInterest from "../src/OpenInterest.ts"
import * as OpenInterestSource from "../src/OpenInterestSource.ts"
import * as Poll from "../src/Poll.ts"
import * as Readings from "../src/Readings.ts"
import * as SimulationClock from "../src/SimulationClock.ts"
import * as SourceError from "../src/SourceError.ts"
import * as Valuation from "../src/Valuation.ts"
import { binanceBtc, binanceEth, bitgetBtcUsdt, markPrice, reading, time } from "./support.ts"

const { exchange } = binanceBtc
const lost = new SourceError.Unavailable({ exchange, detail: "reset" })

const valued = (openInterest: OpenInterest.OpenInterest) => Valuation.make(openInterest, Either.left(lost))
const btc = valued(reading(binanceBtc, "12668208"))
const eth = valued(reading(binanceEth, "5"))

const failed = (
  name: string,
  error: SourceError.SourceError = lost,
  missing: "contract" | "product" = "contract"
): Readings.ReadingFailure => ({ exchange, missing, name, error })

const readings = (
  valuations: ReadonlyArray<Valuation.Valuation>,
  failures: ReadonlyArray<Readings.ReadingFailure> = []
): Readings.Readings => ({ valuations, failures })

type Outcome = Readings.Readings | Effect.Effect<Readings.Readings, SourceError.ExchangeError>

/** What each round reads, one after the other; the last again and again. */
const inTurn = (...outcomes: ReadonlyArray<Outcome>) => {
  let asked = 0
  return Effect.suspend(() => {
    const outcome = outcomes[Math.min(asked++, outcomes.length - 1)] ?? Readings.empty
    return "valuations" in outcome ? Effect.succeed(outcome) : outcome
  })
}

const never = new Error("a poll has no use for it")
const source = (parts: Partial<OpenInterestSource.Service>): OpenInterestSource.Service => ({
  exchange,
  instruments: Effect.die(never),
  instrument: () => Effect.die(never),
  openInterest: () => Effect.die(never),
  markPrice: () => Effect.die(never),
  valuation: () => Effect.die(never),
  readings: () => Effect.die(never),
  snapshot: () => Effect.die(never),
  history: () => Stream.die(never),
  ...parts
})

const take = <A, R>(rounds: Stream.Stream<A, never, R>, count: number) =>
  Effect.map(Stream.runCollect(Stream.take(rounds, count)), Chunk.toReadonlyArray)

const millis = (at: DateTime.Utc): number => at.epochMillis
const seconds = (at: DateTime.Utc): number => at.epochMillis / 1000
const symbols = (instruments: ReadonlyArray<Instrument.Instrument>) => instruments.map(({ symbol }) => symbol)

/** Runs on a clock that begins at 0, or at `start`. */
const simulate =
  (start: number = 0) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    SimulationClock.run(effect, SimulationClock.make({ start }))

const everyMinute = { interval: "1 minute", phase: "7 seconds" } as const
const quiet = Effect.succeed(Readings.empty)

describe("rounds", () => {
  it.live("are due on a grid of the UTC clock, however long a round takes", () =>
    Effect.gen(function* () {
      const slow = Effect.delay(quiet, "13 seconds")
      const rounds = yield* take(Poll.make(slow, everyMinute), 4)
      assert.deepStrictEqual(
        rounds.map(({ due, startedAt }) => [DateTime.formatIso(due), DateTime.formatIso(startedAt)]),
        ["12:06", "12:07", "12:08", "12:09"].map((at) => [`2026-10-06T${at}:07.000Z`, `2026-10-06T${at}:07.000Z`])
      )
      for (const { skipped } of rounds) assert.deepStrictEqual(skipped, { late: 0, closed: 0 })
    }).pipe(simulate(time("2026-10-06T12:05:07.001Z").epochMillis))
  )

  it.live("begin at once when the stream is begun at the very moment", () =>
    Effect.gen(function* () {
      const [first] = yield* take(Poll.make(quiet, everyMinute), 1)
      assert.strictEqual(first?.due.epochMillis, 7000)
    }).pipe(simulate(7000))
  )

  it.live("come at times before 1970 and beyond what a timer holds", () =>
    Effect.gen(function* () {
      const [first] = yield* take(Poll.make(quiet, { interval: "30 days", phase: "1 second" }), 1)
      assert.strictEqual(first?.due.epochMillis, 1000)
    }).pipe(simulate(-29 * 86_400_000))
  )

  it.live("hold what was read and what failed", () =>
    Effect.gen(function* () {
      const failure = failed("ETHUSD_PERP")
      const [round] = yield* take(Poll.make(Effect.succeed(readings([btc], [failure])), everyMinute), 1)
      assert.deepStrictEqual(round?.valuations, [btc])
      assert.deepStrictEqual(round?.failures, [failure])
    }).pipe(simulate())
  )

  it.live("go on after one that failed as a whole, and it says why", () =>
    Effect.gen(function* () {
      const rounds = yield* take(Poll.make(inTurn(lost, readings([btc])), everyMinute), 2)
      assert.deepStrictEqual(rounds[0]?.failures, [{ exchange, missing: "product", name: "binance", error: lost }])
      assert.deepStrictEqual(rounds[0]?.valuations, [])
      assert.deepStrictEqual(rounds[1]?.valuations, [btc])
      assert.deepStrictEqual(
        rounds.map(({ due }) => seconds(due)),
        [7, 67]
      )
    }).pipe(simulate())
  )

  it.live("end with a defect", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(take(Poll.make(Effect.dieMessage("a bug"), everyMinute), 1))
      assert(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }).pipe(simulate())
  )

  it.live("of several exchanges go on beside the ban of one", () =>
    Effect.gen(function* () {
      const banned = new SourceError.Banned({ exchange, until: Option.some(time("1970-01-01T01:00:00Z")) })
      const of = (name: string, read: Effect.Effect<Readings.Readings, SourceError.ExchangeError>) =>
        Stream.map(Poll.make(read, everyMinute), ({ due }) => `${name} ${seconds(due)}`)
      const merged = Stream.mergeAll([of("binance", banned), of("bitget", quiet)], {
        concurrency: "unbounded",
        bufferSize: 1
      })
      assert.deepStrictEqual(yield* take(merged, 5), ["binance 7", "bitget 7", "bitget 67", "bitget 127", "bitget 187"])
    }).pipe(simulate())
  )

  it.live("that are merged are read at most two ahead", () =>
    Effect.gen(function* () {
      const asked = yield* Ref.make(0)
      const rounds = Poll.make(
        Effect.zipRight(
          Ref.update(asked, (n) => n + 1),
          quiet
        ),
        everyMinute
      )
      const merged = Stream.mergeAll([rounds], { concurrency: "unbounded", bufferSize: 1 })
      yield* Effect.timeoutOption(
        Stream.runForEach(merged, () => Effect.never),
        "1 hour"
      )
      assert.isAtMost(yield* Ref.get(asked), 3)
    }).pipe(simulate())
  )
})

describe("the grid", () => {
  const milli = fc.integer({ min: 1, max: 5000 })
  const grids = fc.record({
    interval: fc.integer({ min: 1, max: 2000 }),
    share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    start: fc.integer({ min: -100_000, max: 2_000_000_000_000 }),
    reading: fc.array(fc.oneof(fc.constant(0), milli), { minLength: 1, maxLength: 5 }),
    taking: fc.array(fc.oneof(fc.constant(0), milli), { minLength: 1, maxLength: 7 })
  })

  it.effect.prop(
    "is covered by the rounds and what they count as skipped, without a gap and without repetition",
    [grids],
    ([{ interval, reading, share, start, taking }]) =>
      Effect.gen(function* () {
        const phase = Math.floor(interval * share)
        let read = 0
        let taken = 0
        const rounds: Array<Poll.Round & { readonly pulledAt: number }> = []
        let pulledAt = start
        const slow = Effect.suspend(() => Effect.delay(quiet, reading[read++ % reading.length] ?? 0))
        yield* Poll.make(slow, { interval, phase }).pipe(
          Stream.take(40),
          Stream.runForEach((round) =>
            Effect.gen(function* () {
              rounds.push({ ...round, pulledAt })
              yield* Effect.sleep(taking[taken++ % taking.length] ?? 0)
              pulledAt = millis(yield* DateTime.now)
            })
          )
        )
        let next: number | undefined
        for (const { due, pulledAt, skipped, startedAt } of rounds) {
          let expected = next ?? Math.floor(start / interval) * interval + phase - 2 * interval
          let late = 0
          // One by one, as slowly as can be.
          for (; expected < pulledAt; expected += interval) late += 1
          assert.strictEqual(millis(due), expected)
          assert.strictEqual(millis(startedAt), expected)
          assert.deepStrictEqual(skipped, { late: next === undefined ? 0 : late, closed: 0 })
          next = expected + interval
        }
      }).pipe(simulate(start))
  )

  it.live("loses no round in a week of a round per minute, slow ones among them", () =>
    Effect.gen(function* () {
      const minutesOfWeek = 7 * 24 * 60
      const read = Effect.flatMap(Random.nextIntBetween(0, 40_000), (delay) => Effect.delay(quiet, delay))
      const rounds = yield* Poll.make(read, everyMinute).pipe(
        Stream.tap(() => Effect.flatMap(Random.nextIntBetween(0, 100_000), (delay) => Effect.sleep(delay))),
        Stream.takeWhile(({ due }) => seconds(due) <= 7 + 60 * (minutesOfWeek - 1)),
        Stream.runFold({ asked: 0, skipped: 0, last: -53 }, (sum, { due, skipped }) => {
          assert.strictEqual(seconds(due), sum.last + 60 * (skipped.late + 1))
          return { asked: sum.asked + 1, skipped: sum.skipped + skipped.late, last: seconds(due) }
        })
      )
      assert.isAbove(rounds.skipped, 1000)
      assert.strictEqual(rounds.asked + rounds.skipped, (rounds.last + 53) / 60)
      assert.isAbove(rounds.asked + rounds.skipped, minutesOfWeek - 5)
    }).pipe(Effect.withRandom(Random.make("week")), simulate())
  )

  it.effect("is off the minute by default, as chance will have it, and the same for the same seed", () =>
    Effect.gen(function* () {
      const phase = (interval: number, seed: number) =>
        take(Poll.make(quiet, { interval }), 1).pipe(
          Effect.map(([round]) => millis(round?.due ?? time("1970-01-01T00:00:00Z"))),
          Effect.withRandom(Random.make(seed)),
          simulate()
        )
      for (const [interval, span] of [
        [5000, 5000],
        [60_000, 60_000],
        [300_000, 60_000]
      ] as const) {
        const phases = yield* Effect.forEach(Array.from({ length: 50 }).keys(), (seed) => phase(interval, seed))
        assert.isAtLeast(Math.min(...phases), span * 0.1)
        assert.isBelow(Math.max(...phases), span * 0.9)
        assert.isAbove(Math.max(...phases) - Math.min(...phases), span * 0.6)
        assert.strictEqual(phases[7], yield* phase(interval, 7))
      }
      assert.isAtMost(yield* phase(1, 1), 1)
    })
  )

  it("has a positive interval, and a phase below it, both in whole milliseconds", () => {
    const messageOf = (options: Poll.Options) => {
      try {
        Poll.make(quiet, options)
        return "allowed"
      } catch (error) {
        return error instanceof RangeError ? error.message : String(error)
      }
    }
    const interval = "expected a positive duration, in whole milliseconds"
    assert.strictEqual(messageOf({ interval: 0 }), `interval: ${interval}, got 0`)
    assert.strictEqual(messageOf({ interval: -1 }), `interval: ${interval}, got 0`)
    assert.strictEqual(messageOf({ interval: Duration.infinity }), `interval: ${interval}, got Infinity`)
    assert.strictEqual(messageOf({ interval: Duration.micros(1500n) }), `interval: ${interval}, got 1ms 500000ns`)
    const phase = "expected less than the interval, in whole milliseconds"
    assert.strictEqual(messageOf({ interval: "1 minute", phase: "1 minute" }), `phase: ${phase}, got 1m`)
    assert.strictEqual(messageOf({ interval: "1 minute", phase: 0.5 }), `phase: ${phase}, got 500000ns`)
    assert.strictEqual(messageOf({ interval: 1, phase: 0 }), "allowed")
    assert.strictEqual(messageOf({ interval: "1 minute", phase: "59999 millis" }), "allowed")
  })
})

describe("back-pressure", () => {
  it.effect("asks for no round before the last one has been taken, and skips what was due meanwhile", () =>
    Effect.gen(function* () {
      const asked = yield* Ref.make(0)
      const gate = yield* Deferred.make<void>()
      const seen: Array<Poll.Round> = []
      const read = Effect.zipRight(
        Ref.update(asked, (n) => n + 1),
        quiet
      )
      const fiber = yield* Poll.make(read, { interval: "10 seconds", phase: 0 }).pipe(
        Stream.take(3),
        Stream.runForEach((round) => {
          seen.push(round)
          return seen.length === 1 ? Deferred.await(gate) : Effect.void
        }),
        Effect.fork
      )
      yield* TestClock.adjust("65 seconds")
      assert.strictEqual(yield* Ref.get(asked), 1)
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* Ref.get(asked), 1, "nothing is made up for")
      yield* TestClock.adjust("5001 millis")
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        seen.map(({ due, skipped }) => [seconds(due), skipped.late]),
        [
          [0, 0],
          [70, 6],
          [80, 0]
        ]
      )
    })
  )

  it.effect("holds for the valuations one by one as well", () =>
    Effect.gen(function* () {
      const asked = yield* Ref.make(0)
      const read = Effect.as(
        Ref.update(asked, (n) => n + 1),
        readings([btc, eth])
      )
      const given = yield* Poll.valuations(Poll.make(read, everyMinute)).pipe(
        Stream.tap(() => Effect.sleep("2 minutes")),
        (valuations) => take(valuations, 3),
        Effect.map((all) => all.map(({ openInterest }) => openInterest.instrument.symbol)),
        simulate()
      )
      assert.deepStrictEqual(given, ["BTCUSD_PERP", "ETHUSD_PERP", "BTCUSD_PERP"])
      assert.strictEqual(yield* Ref.get(asked), 2)
    })
  )
})

describe("interruption", () => {
  const states = {
    waiting: { read: quiet, after: "3 seconds" },
    reading: { read: Effect.never, after: "8 seconds" }
  } as const
  for (const [state, { after, read }] of Object.entries(states)) {
    it.effect(`stops a stream that is ${state} at once`, () =>
      Effect.gen(function* () {
        const events: Array<string> = []
        const noted = Effect.onInterrupt(
          Effect.zipRight(
            Effect.sync(() => events.push("asked")),
            read
          ),
          () => Effect.sync(() => events.push("interrupted"))
        )
        const fiber = yield* Effect.fork(take(Poll.make(noted, everyMinute), 1))
        yield* TestClock.adjust(after)
        yield* Fiber.interrupt(fiber)
        const expected = state === "waiting" ? [] : ["asked", "interrupted"]
        assert.deepStrictEqual(events, expected)
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(events, expected)
        assert.deepStrictEqual(yield* TestClock.sleeps(), Chunk.empty(), "no sleep is left behind")
      })
    )
  }
})

describe("a clock that is set", () => {
  /** Rounds of a minute that take no time; the clock moves by `jump` as the third begins, or 30 s after it. */
  const jumping = (jump: number, when: "reading" | "waiting") =>
    Effect.gen(function* () {
      const simulation = SimulationClock.make()
      const clock = SimulationClock.skewed(simulation, {})
      let asked = 0
      const read = Effect.suspend(() =>
        ++asked === 3 && when === "reading" ? Effect.as(clock.step(jump), Readings.empty) : quiet
      )
      const begun: Array<number> = []
      const noted = Effect.tap(read, () => Effect.sync(() => begun.push(Number(clock.unsafeCurrentTimeNanos()) / 1e9)))
      const step = Effect.delay(when === "waiting" ? clock.step(jump) : Effect.void, "157 seconds")
      const rounds = yield* Effect.zipRight(Effect.fork(step), take(Poll.make(noted, everyMinute), 5)).pipe(
        Effect.withClock(clock),
        SimulationClock.run(simulation)
      )
      return {
        dues: rounds.map(({ due }) => seconds(due)),
        skipped: rounds.map(({ skipped }) => skipped.late),
        lateness: rounds.map(({ due, startedAt }) => DateTime.distance(due, startedAt)),
        /** Seconds of true time. */
        begun
      }
    })

  for (const when of ["reading", "waiting"] as const) {
    describe(`while ${when}`, () => {
      it.live("forward leaves out what is past", () =>
        Effect.gen(function* () {
          const { begun, dues, lateness, skipped } = yield* jumping(3 * 3_600_000 + 5000, when)
          assert.deepStrictEqual(dues, [7, 67, 127, 187 + 3 * 3600, 247 + 3 * 3600])
          assert.deepStrictEqual(skipped, [0, 0, 0, 180, 0])
          assert.deepStrictEqual(lateness, [0, 0, 0, 0, 0])
          assert.deepStrictEqual(begun, [7, 67, 127, 182, 242])
        })
      )

      it.live("back by hours goes on with the times that it shows now, without a burst", () =>
        Effect.gen(function* () {
          const { begun, dues, skipped } = yield* jumping(-3 * 3_600_000 - 5000, when)
          assert.deepStrictEqual(skipped, [0, 0, 0, 0, 0])
          const back = when === "reading" ? 127 : 187
          assert.deepStrictEqual(dues, [7, 67, 127, back - 3 * 3600, back + 60 - 3 * 3600])
          assert.deepStrictEqual(begun, [7, 67, 127, back + 5, back + 65])
        })
      )

      it.live("back by seconds waits so much longer, and repeats nothing", () =>
        Effect.gen(function* () {
          const { begun, dues, skipped } = yield* jumping(-5000, when)
          assert.deepStrictEqual(dues, [7, 67, 127, 187, 247])
          assert.deepStrictEqual(skipped, [0, 0, 0, 0, 0])
          assert.deepStrictEqual(begun, [7, 67, 127, 192, 252])
        })
      )
    })
  }

  it.live("never makes a round wait more than two intervals", () =>
    Effect.gen(function* () {
      for (const minutes of [0.5, 0.9, 1, 1.1, 1.9, 2, 2.1, 60]) {
        const { begun } = yield* jumping(-minutes * 60_000, "reading")
        const pauses = begun.slice(1).map((at, index) => at - (begun[index] ?? 0))
        assert.isAtMost(Math.max(...pauses), 120)
        assert.isAtLeast(Math.min(...pauses.slice(0, 2), ...pauses.slice(3)), 60)
      }
    })
  )

  it.live("is noticed in the middle of a long wait, as is the end of a suspension", () =>
    Effect.gen(function* () {
      const simulation = SimulationClock.make()
      const clock = SimulationClock.skewed(simulation, {})
      const rounds = yield* Effect.zipRight(
        Effect.fork(Effect.delay(clock.step(30 * 60_000), "5 minutes")),
        take(Poll.make(quiet, { interval: "1 hour", phase: "30 minutes" }), 1)
      ).pipe(Effect.withClock(clock), SimulationClock.run(simulation))
      // It was due 25 minutes of true time later, and the clock passed it: late by no more than the sleep under way.
      assert.deepStrictEqual(
        rounds.map(({ due }) => seconds(due)),
        [30 * 60]
      )
      const lateness = rounds.map(({ due, startedAt }) => DateTime.distance(due, startedAt))
      assert.deepStrictEqual(lateness, [5 * 60_000])
    })
  )
})

describe("an exchange that wants nothing for a while", () => {
  const until = Option.some(time("1970-01-01T00:05:07.001Z"))
  const closed: ReadonlyArray<SourceError.ExchangeError> = [
    new SourceError.Banned({ exchange, until }),
    new SourceError.RateLimited({ exchange, until }),
    new SourceError.RateLimited({ exchange, until, by: "gate" }),
    new SourceError.Forbidden({ exchange, until, status: 403, detail: "" }),
    new SourceError.CircuitOpen({ exchange, until }),
    new SourceError.Unavailable({ exchange, until, detail: "503" })
  ]
  const ways: Readonly<
    Record<string, (error: SourceError.ExchangeError) => Effect.Effect<Readings.Readings, SourceError.ExchangeError>>
  > = {
    "as a whole": (error) => Effect.fail(error),
    "by one contract of many": (error) => Effect.succeed(readings([btc], [failed("X"), failed("ETHUSD_PERP", error)])),
    "by a price": (error) => Effect.succeed(readings([Valuation.make(btc.openInterest, Either.left(error))]))
  }
  for (const [way, say] of Object.entries(ways)) {
    it.live(`and says so ${way} is asked again from then on, once, on the grid`, () =>
      Effect.gen(function* () {
        for (const error of closed) {
          const rounds = yield* simulate()(take(Poll.make(inTurn(say(error), Readings.empty), everyMinute), 3))
          assert.deepStrictEqual(
            rounds.map(({ due, skipped }) => [seconds(due), skipped]),
            [
              [7, { late: 0, closed: 0 }],
              [367, { late: 0, closed: 5 }],
              [427, { late: 0, closed: 0 }]
            ],
            error._tag
          )
          assert.deepStrictEqual(
            rounds.map(({ closedUntil }) => closedUntil),
            [until, Option.none(), Option.none()]
          )
        }
      })
    )
  }

  it.live("is asked at the very time that it said", () =>
    Effect.gen(function* () {
      const error = new SourceError.Banned({ exchange, until: Option.some(time("1970-01-01T00:05:07Z")) })
      const slow = Effect.delay(Effect.fail(error), Duration.micros(333_333n))
      const rounds = yield* take(Poll.make(inTurn(slow, Readings.empty), everyMinute), 2)
      assert.deepStrictEqual(
        rounds.map(({ due, skipped }) => [seconds(due), skipped.closed]),
        [
          [7, 0],
          [307, 4]
        ]
      )
    }).pipe(simulate())
  )

  it.live("is asked on time after an error without a time, one that is over, or our own quota", () =>
    Effect.gen(function* () {
      const errors = [
        new SourceError.Banned({ exchange }),
        new SourceError.Banned({ exchange, until: Option.some(time("1970-01-01T00:00:07Z")) }),
        new SourceError.RateLimited({ exchange, until, by: "quota" }),
        new SourceError.TimedOut({ exchange, timeout: "total", after: Duration.seconds(20) })
      ]
      for (const error of errors) {
        const rounds = yield* simulate()(take(Poll.make(inTurn(error, Readings.empty), everyMinute), 2))
        assert.deepStrictEqual(
          rounds.map(({ due }) => seconds(due)),
          [7, 67],
          error.message
        )
        assert.deepStrictEqual(rounds[0]?.closedUntil, Option.none())
      }
    })
  )

  it.live("keeps to the latest of several times", () =>
    Effect.gen(function* () {
      const soon = new SourceError.RateLimited({ exchange, until: Option.some(time("1970-01-01T00:01:00Z")) })
      const later = new SourceError.Banned({ exchange, until })
      const both = readings([], [failed("X", soon), failed("Y", later), failed("Z", soon)])
      const rounds = yield* simulate()(take(Poll.make(inTurn(both, Readings.empty), everyMinute), 2))
      assert.deepStrictEqual(
        rounds.map(({ due }) => seconds(due)),
        [7, 367]
      )
    })
  )

  it.live("is told apart from a consumer that was late", () =>
    Effect.gen(function* () {
      const banned = new SourceError.Banned({ exchange, until })
      const rounds = yield* Poll.make(inTurn(banned, Readings.empty), everyMinute).pipe(
        Stream.tap(({ due }) => (seconds(due) === 7 ? Effect.sleep("10 minutes") : Effect.void)),
        (rounds) => take(rounds, 2)
      )
      assert.deepStrictEqual(rounds[1]?.skipped, { late: 4, closed: 5 })
      assert.deepStrictEqual(
        rounds.map(({ due }) => seconds(due)),
        [7, 607]
      )
    }).pipe(simulate())
  )

  it.live("may ban anew, and is left alone again", () =>
    Effect.gen(function* () {
      const ban = (minutes: number) =>
        new SourceError.Banned({ exchange, until: Option.some(DateTime.unsafeMake(minutes * 60_000)) })
      const rounds = yield* take(Poll.make(inTurn(ban(5), ban(9), Readings.empty), everyMinute), 3)
      assert.deepStrictEqual(
        rounds.map(({ due, skipped }) => [seconds(due), skipped.closed]),
        [
          [7, 0],
          [307, 4],
          [547, 3]
        ]
      )
    }).pipe(simulate())
  )

  it.live("is asked again as soon as one clock says so", () =>
    Effect.gen(function* () {
      const bannedForAnHour = new SourceError.Banned({ exchange, until: Option.some(time("1970-01-01T01:00:00Z")) })
      /** The clock is set at a time (seconds) by some (seconds); when was asked, in seconds of true time? */
      const begun = (...steps: ReadonlyArray<readonly [at: number, by: number]>) =>
        Effect.gen(function* () {
          const simulation = SimulationClock.make()
          const clock = SimulationClock.skewed(simulation, {})
          const times: Array<number> = []
          const note = Effect.sync(() => times.push(Number(clock.unsafeCurrentTimeNanos()) / 1e9))
          const read = Effect.zipRight(note, inTurn(bannedForAnHour, Readings.empty))
          const rounds = yield* Effect.zipRight(
            Effect.forEach(steps, ([at, by]) => Effect.fork(Effect.delay(clock.step(by * 1000), Duration.seconds(at)))),
            take(Poll.make(read, { interval: "1 minute", phase: 0 }), 2)
          ).pipe(Effect.withClock(clock), SimulationClock.run(simulation))
          return [times, rounds[1]?.skipped]
        })
      const hour = 3600
      assert.deepStrictEqual(yield* begun(), [[0, hour], { late: 0, closed: 59 }])
      assert.deepStrictEqual(yield* begun([600, -10 * hour]), [[0, hour], { late: 0, closed: 0 }])
      assert.deepStrictEqual(yield* begun([600, hour / 2]), [[0, hour / 2], { late: 0, closed: 59 }])
      assert.deepStrictEqual(yield* begun([600, 10 * hour]), [[0, 600], { late: 550, closed: 59 }])
      assert.deepStrictEqual(yield* begun([600, -10 * hour], [1200, 2405]), [[0, hour + 55], { late: 0, closed: 0 }])
      assert.deepStrictEqual(yield* begun([3590, -300], [3595, 9]), [[0, hour], { late: 0, closed: 54 }])
    })
  )
})

describe("repeated readings", () => {
  const at = (second: number) => DateTime.unsafeMake(second * 1000)
  const figure = (amount: string, second: number, instrument = binanceBtc) =>
    valued(OpenInterest.make({ instrument, amount, unit: "contracts", timestamp: at(second) }))
  const amounts = (rounds: ReadonlyArray<Poll.Round>) =>
    rounds.map(({ valuations }) => valuations.map(({ openInterest }) => String(openInterest.amount.value)))
  const given = (distinct: boolean | undefined, ...outcomes: ReadonlyArray<Outcome>) =>
    simulate()(
      take(Poll.make(inTurn(...outcomes), { ...everyMinute, distinct }), outcomes.length).pipe(Effect.map(amounts))
    )

  it.live("are given unless it is asked otherwise", () =>
    Effect.gen(function* () {
      const same = readings([figure("1", 1)])
      assert.deepStrictEqual(yield* given(undefined, same, same), [["1"], ["1"]])
      assert.deepStrictEqual(yield* given(true, same, same, same), [["1"], [], []])
    })
  )

  it.live("are those with the same time, amount and unit", () =>
    Effect.gen(function* () {
      const first = figure("10", 1)
      const scaled = valued(new OpenInterest.OpenInterest({ ...first.openInterest, amount: btc.openInterest.amount }))
      const inBase = valued(new OpenInterest.OpenInterest({ ...first.openInterest, unit: "base" }))
      const priced = Valuation.make(first.openInterest, Either.right(markPrice(binanceBtc, "71008.1")))
      for (const [other, isGiven] of [
        [figure("10.0", 1), false],
        [priced, false],
        [figure("10", 2), true],
        [figure("10", 0), true],
        [scaled, true],
        [inBase, true]
      ] as const) {
        const [, second] = yield* given(true, readings([first]), readings([other]))
        assert.strictEqual(second?.length, isGiven ? 1 : 0)
      }
    })
  )

  it.live("are compared with what was given last, contract by contract", () =>
    Effect.gen(function* () {
      const rounds = yield* given(
        true,
        readings([figure("1", 1), figure("7", 1, binanceEth)]),
        readings([figure("2", 2), figure("7", 1, binanceEth)]),
        readings([figure("1", 1), figure("8", 1, binanceEth)]),
        readings([figure("8", 1, binanceEth), figure("1", 1)])
      )
      assert.deepStrictEqual(rounds, [["1", "7"], ["2"], ["1", "8"], []])
    })
  )

  it.live("are known beyond a round in which the contract failed", () =>
    Effect.gen(function* () {
      const one = readings([figure("1", 1)])
      for (const failure of [
        Effect.fail(lost),
        readings([], [failed("BTCUSD_PERP")]),
        readings([], [failed("BTC/USD:BTC")]),
        readings([], [failed("COIN-M", lost, "product")])
      ]) {
        assert.deepStrictEqual(yield* given(true, one, failure, failure, one), [["1"], [], [], []])
      }
    })
  )

  it.live("are forgotten with the contract", () =>
    Effect.gen(function* () {
      const one = readings([figure("1", 1)])
      assert.deepStrictEqual(yield* given(true, one, Readings.empty, one), [["1"], [], ["1"]])
      const relisted = makeInstrument({
        exchange: "binance",
        symbol: "BTCUSD_PERP",
        base: "BTC",
        quote: "USD",
        settle: "BTC",
        contractSize: { amount: "100", unit: "quote" },
        listedAt: readAtOne
      })
      assert.deepStrictEqual(yield* given(true, one, readings([figure("1", 1, relisted)])), [["1"], ["1"]])
    })
  )
  const readAtOne = at(1)

  it.live("may be the second name of one contract in one round", () =>
    Effect.gen(function* () {
      const twice = readings([figure("1", 1), figure("1", 1)])
      assert.deepStrictEqual(yield* given(true, twice, twice), [["1"], []])
    })
  )

  it.live("are left out anew by each run of the stream", () =>
    Effect.gen(function* () {
      const rounds = Poll.make(Effect.succeed(readings([btc])), { ...everyMinute, distinct: true })
      assert.deepStrictEqual(amounts(yield* take(rounds, 2)), [["12668208"], []])
      assert.deepStrictEqual(amounts(yield* take(rounds, 2)), [["12668208"], []])
    }).pipe(simulate())
  )
})

describe("the rounds of some contracts", () => {
  it.live("are the source's readings of their symbols", () =>
    Effect.gen(function* () {
      const service = yield* OpenInterestSource.OpenInterestSource
      const [round] = yield* take(Poll.targets(service, ["BTC/USD:BTC", "OTHER"], everyMinute), 1)
      assert.deepStrictEqual(
        round?.valuations.map(({ openInterest }) => openInterest),
        [btc.openInterest]
      )
      assert.deepStrictEqual(
        round?.failures.map(({ error, name }) => [name, error._tag]),
        [["OTHER", "UnknownSymbol"]]
      )
    }).pipe(
      Effect.provide(OpenInterestSource.layerReadings("binance", [btc.openInterest, eth.openInterest])),
      simulate()
    )
  )
})

describe("the rounds of a market", () => {
  const contract = (symbol: string, listedAt?: DateTime.Utc) =>
    makeInstrument({
      exchange: "binance",
      product: "COIN-M",
      symbol,
      base: symbol,
      quote: "USD",
      settle: symbol,
      contractSize: { amount: "10", unit: "quote" },
      listedAt
    })
  const [a, b, c] = [contract("A"), contract("B"), contract("C")] as const
  const read = (...instruments: ReadonlyArray<Instrument.Instrument>) =>
    instruments.map((instrument) => valued(reading(instrument, "1")))
  const product = failed("COIN-M", lost, "product")

  /** Who joined and who left, round by round. */
  const changes = (...outcomes: ReadonlyArray<Outcome>) => {
    const snapshot = inTurn(...outcomes)
    const rounds = Poll.market(source({ snapshot: () => snapshot }), {}, everyMinute)
    return simulate()(
      Effect.map(take(rounds, outcomes.length), (all) =>
        all.map(({ joined, left }) => [
          ...joined.map((each) => `+${each.symbol}`),
          ...left.map((each) => `-${each.symbol}`)
        ])
      )
    )
  }

  it.live("say who joined and who left since the one before; in the first nobody has", () =>
    Effect.gen(function* () {
      const all = yield* changes(
        readings(read(a, b)),
        readings(read(b, c)),
        readings(read(b, c)),
        readings(read(a, b, c))
      )
      assert.deepStrictEqual(all, [[], ["+C", "-A"], [], ["+A"]])
    })
  )

  it.live("do not take a failure for a departure, nor its end for an arrival", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* changes(readings(read(a, b)), readings(read(b), [failed("A")]), readings(read(a, b)), readings(read(a))),
        [[], [], [], ["-B"]]
      )
      assert.deepStrictEqual(
        yield* changes(readings(read(a), [failed("B")]), readings(read(a, b)), readings(read(a))),
        [[], [], ["-B"]],
        "it had failed in the first round"
      )
      assert.deepStrictEqual(
        yield* changes(readings(read(a), [failed("B")]), readings(read(a), [failed("B")]), readings(read(a, b))),
        [[], [], []],
        "it had failed ever since the first round"
      )
      assert.deepStrictEqual(
        yield* changes(readings(read(a)), readings(read(a), [failed("B")]), readings(read(a, b))),
        [[], [], ["+B"]],
        "it joins with its first reading"
      )
    })
  )

  it.live("let nobody go while a list can't be read, or a row of it that may be anybody's", () =>
    Effect.gen(function* () {
      for (const incomplete of [
        readings(read(a), [product]),
        readings([], [product]),
        lost,
        readings(read(a), [failed("COIN-M")])
      ]) {
        assert.deepStrictEqual(
          yield* changes(readings(read(a, b)), incomplete, readings(read(a, b)), incomplete, readings(read(a))),
          [[], [], [], [], ["-B"]]
        )
      }
    })
  )

  it.live("let join who is seen for the first time while a list can't be read, and only once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* changes(readings(read(a)), readings(read(c), [product]), readings(read(a, c)), readings(read(a))),
        [[], ["+C"], [], ["-C"]]
      )
    })
  )

  it.live("take nobody for new before the first complete look", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* changes(lost, readings(read(a), [product]), readings(read(a, b)), readings(read(a, b, c))),
        [[], [], [], ["+C"]]
      )
    })
  )

  it.live("tell a symbol that came back for another contract from the one before", () =>
    Effect.gen(function* () {
      const before = contract("A", time("2026-01-01T00:00:00Z"))
      const after = contract("A", time("2026-09-01T00:00:00Z"))
      const snapshot = inTurn(readings(read(before)), readings(read(after)), readings(read(after)))
      const rounds = yield* simulate()(take(Poll.market(source({ snapshot: () => snapshot }), {}, everyMinute), 3))
      assert.deepStrictEqual(
        rounds.map(({ joined }) => joined),
        [[], [after], []]
      )
      assert.deepStrictEqual(
        rounds.map(({ left }) => left),
        [[], [before], []]
      )
    })
  )

  it.live("know a contract that only failed until it is gone", () =>
    Effect.gen(function* () {
      const all = yield* changes(readings(read(a), [failed("B")]), readings(read(a)), readings(read(a, b)))
      assert.deepStrictEqual(all, [[], [], ["+B"]])
    })
  )

  it.live("see who joins and leaves also where repeated readings are left out", () =>
    Effect.gen(function* () {
      const snapshot = inTurn(readings(read(a, b)), readings(read(a, b)), readings(read(b, c)))
      const rounds = yield* simulate()(
        take(Poll.market(source({ snapshot: () => snapshot }), {}, { ...everyMinute, distinct: true }), 3)
      )
      assert.deepStrictEqual(
        rounds.map(({ valuations }) => valuations.length),
        [2, 0, 1]
      )
      assert.deepStrictEqual(
        rounds.map(({ left }) => symbols(left)),
        [[], [], ["A"]]
      )
      assert.deepStrictEqual(
        rounds.map(({ joined }) => symbols(joined)),
        [[], [], ["C"]]
      )
    })
  )

  it.live("follow the lists of a source, and only those contracts that the filter names", () =>
    Effect.gen(function* () {
      let listed: ReadonlyArray<Instrument.Instrument> = [binanceBtc, a]
      const catalog = yield* InstrumentCatalog.make({
        exchange,
        lists: [{ product: "COIN-M", read: Effect.sync(() => ({ listed, failures: [] })), settlesIn: () => true }]
      })
      const service = OpenInterestSource.make({
        exchange,
        catalog,
        openInterest: (instrument) => Effect.succeed(reading(instrument, "1")),
        markPrice: () => lost
      })
      const rounds = yield* Poll.market(service, { quote: ["USD"], symbol: ["?", "BTC*"] }, everyMinute).pipe(
        Stream.tap(() =>
          Effect.sync(() => {
            listed = [a, b, bitgetBtcUsdt, binanceEth]
          })
        ),
        (rounds) => take(rounds, 7)
      )
      assert.deepStrictEqual(
        rounds.map(({ joined, left }) => [symbols(joined), symbols(left)]),
        [
          [[], []],
          [[], []],
          [[], []],
          [[], []],
          [[], []],
          [[], []],
          [["B"], ["BTCUSD_PERP"]]
        ]
      )
      assert.deepStrictEqual(
        symbols(
          rounds.map(({ valuations }) => valuations.map(({ openInterest }) => openInterest.instrument)).at(-1) ?? []
        ),
        ["A", "B"]
      )
    }).pipe(Effect.scoped, simulate())
  )
})
