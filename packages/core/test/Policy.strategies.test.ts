import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Backoff from "../src/Backoff.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import * as CallContext from "../src/internal/callContext.ts"
import * as Policy from "../src/Policy.ts"
import * as SimulationClock from "../src/SimulationClock.ts"
import { Failure, handlers, refused, transient } from "./policyHandlers.ts"
import { thorough } from "./support.ts"

const day = 86_400_000

type Act = Effect.Effect<string, Failure>
type Run = Policy.Run<Failure, Failure>

const fails = (outcome: Policy.Outcome) => (text: string) => new Failure({ text, outcome })

const up: Act = Effect.succeed("up")
const down = fails(transient())("down")
/** Fails, and wants nothing before so many milliseconds since the start of the test. */
const downUntil = (notBefore: number) => fails(transient(notBefore))("down")
const fatal = fails({ _tag: "Fatal" })("fatal")
const ignored = fails({ _tag: "Ignored" })("ignored")
const after = (millis: number, act: Act): Act => Effect.delay(act, millis)

const shown = (exit: Exit.Exit<string, Failure>): string =>
  Exit.match(exit, {
    onSuccess: (value) => value,
    onFailure: (cause) =>
      Cause.isInterruptedOnly(cause)
        ? "interrupted"
        : Either.match(Cause.failureOrCause(cause), { onLeft: ({ text }) => text, onRight: () => "died" })
  })

/** An effect whose first execution does the first act, and so on; all after the last do the last. */
const acting = (...acts: ReadonlyArray<Act>) => {
  /** When each began. */
  const times: Array<number> = []
  const ends: Array<string> = []
  const effect: Act = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const number = times.push(now) - 1
    const act = Effect.mapError(acts[Math.min(number, acts.length - 1)] ?? Effect.never, ({ outcome, text }) =>
      fails(outcome)(text === "down" ? `down ${number}` : text)
    )
    return Effect.onExit(act, (exit) =>
      Effect.map(Clock.currentTimeMillis, (end) => void ends.push(`${number} ${shown(exit)} at ${end}`))
    )
  })
  return { effect, times, ends }
}

/** How an effect ends, and when; time runs until then. */
const ended = (effect: Act, patience: Duration.DurationInput = "5 days") =>
  Effect.gen(function* () {
    const timed = Effect.flatMap(Effect.exit(effect), (exit) =>
      Effect.map(Clock.currentTimeMillis, (now) => `${shown(exit)} at ${now}`)
    )
    const fiber = yield* Effect.fork(timed)
    yield* TestClock.adjust(patience)
    return yield* Fiber.join(fiber)
  })

/** One call of a policy: when its attempts begin, and how it ends. */
const calling = (policy: Policy.Policy, acts: ReadonlyArray<Act>, call: Policy.Call = {}) =>
  Effect.gen(function* () {
    const { effect, times } = acting(...acts)
    const result = yield* ended(Policy.run(policy, handlers)(effect, call))
    return { times, result }
  })

/** Forks a call and lets it come to where it waits. */
const starting = (effect: Act) => Effect.tap(Effect.fork(Effect.map(Effect.exit(effect), shown)), Effect.yieldNow())

const plain = (base: number, cap = 1_000_000) => Backoff.exponential({ base, cap, jitter: "none" })

const retry = (times: number, backoff = plain(100)) => Policy.retry({ times, backoff })

const breaker = (failures: number, openDuration: Duration.DurationInput = "1 second") =>
  Policy.circuitBreaker({ tripPolicy: CircuitBreaker.consecutive(failures), openDuration })

interface Vector {
  readonly policy: Policy.Policy
  readonly acts: ReadonlyArray<Act>
  readonly random?: [number, ...Array<number>]
  /** When the attempts begin. */
  readonly times: ReadonlyArray<number>
  readonly result: string
}

const vectors = (table: Readonly<Record<string, Vector>>) => {
  for (const [name, { acts, policy, random, result, times }] of Object.entries(table)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const fixed = random === undefined ? Random.make("any") : Random.fixed(random)
        const { times: begun, result: end } = yield* Effect.withRandom(calling(policy, acts), fixed)
        assert.deepStrictEqual({ times: begun, result: end }, { times, result })
      })
    )
  }
}

const jittered = (jitter: Backoff.Jitter, times = 5) =>
  Policy.retry({ times, backoff: Backoff.exponential({ base: 100, factor: 2, cap: 500, jitter }) })

describe("a retry", () => {
  vectors({
    "makes a call that succeeds once": { policy: retry(3), acts: [up], times: [0], result: "up at 0" },
    "makes a call once that fails for good": { policy: retry(3), acts: [fatal], times: [0], result: "fatal at 0" },
    "makes a call once that is the caller's own mistake": {
      policy: retry(3),
      acts: [ignored],
      times: [0],
      result: "ignored at 0"
    },
    "makes a call once that dies": {
      policy: retry(3),
      acts: [Effect.dieMessage("bug")],
      times: [0],
      result: "died at 0"
    },
    "makes a call once that interrupts itself": {
      policy: retry(3),
      acts: [Effect.interrupt],
      times: [0],
      result: "interrupted at 0"
    },
    "of 0 times makes a call once": { policy: retry(0), acts: [down], times: [0], result: "down 0 at 0" },
    "ends with the first success": {
      policy: retry(9),
      acts: [down, down, up],
      times: [0, 100, 300],
      result: "up at 300"
    },
    "ends with the first failure that will not pass, and reports that": {
      policy: retry(9),
      acts: [down, down, fatal],
      times: [0, 100, 300],
      result: "fatal at 300"
    },
    "ends with the first mistake of the caller, and reports that": {
      policy: retry(9),
      acts: [down, ignored],
      times: [0, 100],
      result: "ignored at 100"
    },
    "doubles the delay up to the cap, and reports the last failure": {
      policy: jittered("none"),
      acts: [down],
      times: [0, 100, 300, 700, 1200, 1700],
      result: "down 5 at 1700"
    },
    "measures the delay from the end of the attempt": {
      policy: retry(2),
      acts: [after(40, down)],
      times: [0, 140, 380],
      result: "down 2 at 420"
    },
    "waits for half of each delay by full jitter, where chance says so": {
      policy: jittered("full"),
      acts: [down],
      random: [0.5],
      times: [0, 50, 150, 350, 600, 850],
      result: "down 5 at 850"
    },
    "draws anew for each delay": {
      policy: jittered("full"),
      acts: [down],
      random: [0, 1, 0.5],
      times: [0, 0, 200, 400, 400, 900],
      result: "down 5 at 900"
    },
    "makes each decorrelated delay up to three times the one before": {
      policy: jittered("decorrelated"),
      acts: [down],
      random: [0.5],
      times: [0, 200, 550, 1050, 1550, 2050],
      result: "down 5 at 2050"
    },
    "makes no decorrelated delay shorter than the base": {
      policy: jittered("decorrelated", 3),
      acts: [down],
      random: [0],
      times: [0, 100, 200, 300],
      result: "down 3 at 300"
    },
    "tries again what a policy refused, and reports the refusal where nothing else has failed": {
      policy: retry(1),
      acts: [fails(refused())("refused")],
      times: [0, 100],
      result: "refused at 100"
    },
    "reports the exchange's last failure rather than a later refusal": {
      policy: retry(3),
      acts: [down, down, fails(refused())("refused")],
      times: [0, 100, 300, 700],
      result: "down 1 at 700"
    },
    "waits for what refused it": {
      policy: retry(3),
      acts: [fails(refused(5000))("refused"), up],
      times: [0, 5000],
      result: "up at 5000"
    }
  })

  vectors({
    "waits until the time that a failure names": {
      policy: retry(1),
      acts: [downUntil(1000), up],
      times: [0, 1000],
      result: "up at 1000"
    },
    "waits for the delay where that is longer": {
      policy: retry(1),
      acts: [downUntil(99), up],
      times: [0, 100],
      result: "up at 100"
    },
    "knows nothing of a time that has passed": {
      policy: retry(1),
      acts: [after(500, downUntil(200)), up],
      times: [0, 600],
      result: "up at 600"
    },
    "is not made shorter than the time named by jitter": {
      policy: jittered("full", 1),
      acts: [downUntil(1000), up],
      random: [0],
      times: [0, 1000],
      result: "up at 1000"
    },
    "does not add jitter to the time named": {
      policy: Policy.retry({ times: 1, backoff: Backoff.exponential({ base: 900, jitter: "full" }) }),
      acts: [downUntil(1000), up],
      random: [1],
      times: [0, 1000],
      result: "up at 1000"
    },
    "grows a decorrelated delay from the delay before, not from the time named": {
      policy: Policy.retry({
        times: 2,
        backoff: Backoff.exponential({ base: 100, cap: 5000, jitter: "decorrelated" })
      }),
      acts: [downUntil(10_000), down, up],
      random: [1],
      times: [0, 10_000, 10_900],
      result: "up at 10900"
    },
    "waits for three days": {
      policy: retry(1),
      acts: [downUntil(3 * day), up],
      times: [0, 3 * day],
      result: `up at ${3 * day}`
    },
    "gives up at once where it would wait longer than three days": {
      policy: retry(1),
      acts: [downUntil(3 * day + 1), up],
      times: [0],
      result: "down 0 at 0"
    },
    "goes on just before the time is over": {
      policy: Policy.make(Policy.timeout(5000), retry(1)),
      acts: [after(1000, downUntil(4999)), up],
      times: [0, 4999],
      result: "up at 4999"
    },
    "gives up at once where the time named is the end of its time, with the exchange's failure": {
      policy: Policy.make(Policy.timeout(5000), retry(1)),
      acts: [after(1000, downUntil(5000)), up],
      times: [0],
      result: "down 0 at 1000"
    },
    "gives up at once where the time named lies beyond the end of its time, with the exchange's failure": {
      policy: Policy.make(Policy.timeout(5000), retry(1)),
      acts: [after(1000, downUntil(60_000)), up],
      times: [0],
      result: "down 0 at 1000"
    },
    "gives up at once where its own delay reaches the end of its time": {
      policy: Policy.make(Policy.timeout(300), retry(9)),
      acts: [down],
      times: [0, 100],
      result: "down 1 at 100"
    }
  })

  it.effect("says which attempt it is, from 1, to what it runs", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const act = Effect.flatMap(FiberRef.get(CallContext.current), ({ attempt }) =>
        Effect.zipRight(
          Effect.sync(() => seen.push(attempt)),
          down
        )
      )
      yield* ended(Policy.run(retry(2), handlers)(act))
      assert.deepStrictEqual(seen, [1, 2, 3])
      assert.strictEqual((yield* FiberRef.get(CallContext.current)).attempt, 0)
    })
  )

  it.effect("that is interrupted while it waits sends nothing more", () =>
    Effect.gen(function* () {
      const { effect, times } = acting(down)
      const fiber = yield* starting(Policy.run(retry(5), handlers)(effect))
      yield* TestClock.adjust(250)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(times, [0, 100])
    })
  )
})

const budgeted = (fraction: number, reserve: number, times = 1) =>
  Policy.retry({ times, backoff: plain(1), budget: { fraction, reserve } })

/** How many attempts each of several calls makes, one after the other. */
const attemptsOf = (run: Run, calls: ReadonlyArray<Act>) =>
  Effect.forEach(calls, (act) =>
    Effect.gen(function* () {
      const { effect, times } = acting(act)
      yield* ended(run(effect), "1 minute")
      return times.length
    })
  )

describe("a retry budget", () => {
  const repeat = (count: number, act: Act) => Array.from({ length: count }, () => act)
  const tables: Readonly<Record<string, readonly [Policy.Policy, ReadonlyArray<Act>, ReadonlyArray<number>]>> = {
    "pays from its reserve, then from what calls earn": [budgeted(0.5, 2), repeat(8, down), [2, 2, 2, 1, 2, 1, 2, 1]],
    "without a reserve saves up for one": [budgeted(0.5, 0), repeat(6, down), [1, 2, 1, 2, 1, 2]],
    "without a reserve keeps one at most": [
      budgeted(0.5, 0, 9),
      [...repeat(10, up), down],
      [...repeat(10, up).map(() => 1), 2]
    ],
    "counts ten tenths as one": [budgeted(0.1, 0), repeat(10, down), [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]],
    "without a fraction ends with its reserve": [budgeted(0, 3), repeat(5, down), [2, 2, 2, 1, 1]],
    "of nothing lets no retry happen": [budgeted(0, 0), repeat(3, down), [1, 1, 1]],
    "keeps no more than its reserve however many calls succeed": [
      budgeted(1, 3, 9),
      [...repeat(5, up), down],
      [1, 1, 1, 1, 1, 4]
    ],
    "pays for retries alone, and not for giving up": [
      budgeted(0, 1),
      [downUntil(30 * day), fatal, ignored, down, down],
      [1, 1, 1, 2, 1]
    ],
    "that is not there bounds nothing": [retry(3, plain(1)), repeat(30, down), repeat(30, down).map(() => 4)]
  }
  for (const [name, [policy, acts, expected]] of Object.entries(tables)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* attemptsOf(Policy.run(policy, handlers), acts), expected)
      })
    )
  }

  it.effect("is not paid from where the time left would not suffice anyway", () =>
    Effect.gen(function* () {
      const { run } = Policy.runner(handlers)
      const bounded = run(Policy.make(Policy.timeout(1), budgeted(0, 1)))
      assert.deepStrictEqual(yield* attemptsOf(bounded, [down, down]), [1, 1])
      assert.deepStrictEqual(yield* attemptsOf(run(budgeted(0, 1)), [down, down]), [2, 1])
    })
  )

  it.effect.prop(
    "never pays for more than its reserve and its fraction of all calls",
    [
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.record({ wait: fc.integer({ min: 0, max: 30 }), isDown: fc.boolean() }), { maxLength: 40 })
    ],
    ([fraction, reserve, times, calls]) =>
      Effect.gen(function* () {
        const run = Policy.run(budgeted(fraction, reserve, times), handlers)
        let begun = 0
        const counting = (act: Act) =>
          Effect.zipRight(
            Effect.sync(() => begun++),
            act
          )
        const fibers: Array<Fiber.Fiber<unknown>> = []
        for (const { isDown, wait } of calls) {
          yield* Effect.sleep(wait)
          fibers.push(yield* Effect.fork(Effect.exit(run(counting(isDown ? down : up)))))
        }
        yield* Fiber.joinAll(fibers)
        assert.isAtMost(begun - calls.length, reserve + fraction * calls.length + 1e-6)
      }).pipe((effect) => SimulationClock.run(effect, SimulationClock.make())),
    thorough
  )
})

describe("a circuit breaker", () => {
  vectors({
    "within a retry opens, is waited for, and lets a probe through": {
      policy: Policy.make(retry(3), breaker(2)),
      acts: [down, down, up],
      times: [0, 100, 1100],
      result: "up at 1100"
    },
    "within a retry opens again where the probe fails": {
      policy: Policy.make(retry(4), breaker(1)),
      acts: [down],
      // The tries at 100 and at 1400 find the circuit open.
      times: [0, 1000, 2200],
      result: "down 2 at 2200"
    },
    "does not hide the exchange's failure where it opens beyond the time left": {
      policy: Policy.make(Policy.timeout(500), retry(9), breaker(1)),
      acts: [down],
      times: [0],
      result: "down 0 at 100"
    },
    "around a retry sees one failure for all its attempts": {
      policy: Policy.make(retry(1), breaker(2), retry(1)),
      acts: [down],
      times: [0, 100, 200, 300],
      result: "down 3 at 300"
    }
  })

  /** What a second, a third … call comes to after the first, all without delay. */
  const rows: Readonly<Record<string, readonly [Policy.Policy, ReadonlyArray<Act>, ReadonlyArray<string>]>> = {
    "rejects after failures in a row, and says until when": [
      breaker(2),
      [down, down, up],
      ["down 0", "down 1", "open until 1000"]
    ],
    "begins anew with a success": [breaker(2), [down, up, down, up], ["down 0", "up", "down 2", "up"]],
    "counts what will not pass": [breaker(1), [fatal, up], ["fatal", "open until 1000"]],
    "counts a defect": [breaker(1), [Effect.dieMessage("bug"), up], ["died", "open until 1000"]],
    "counts a caller's own mistake as nothing": [
      breaker(2),
      [ignored, ignored, down, ignored, down, up],
      ["ignored", "ignored", "down 2", "ignored", "down 4", "open until 1000"]
    ],
    "counts what was not sent as nothing": [
      breaker(2),
      [fails(refused())("refused"), down, fails(refused())("refused"), down, up],
      ["refused", "down 1", "refused", "down 3", "open until 1000"]
    ],
    "counts an interruption as nothing": [
      breaker(2),
      [Effect.interrupt, Effect.interrupt, down, Effect.interrupt, down, up],
      ["interrupted", "interrupted", "down 2", "interrupted", "down 4", "open until 1000"]
    ],
    "stays open until the time that the failure names": [
      breaker(1),
      [downUntil(7000), up],
      ["down 0", "open until 7000"]
    ],
    "stays open for its own time where the time named is sooner": [
      breaker(1),
      [downUntil(7), up],
      ["down 0", "open until 1000"]
    ],
    "knows nothing of a time that has passed": [breaker(1), [downUntil(-7), up], ["down 0", "open until 1000"]]
  }
  for (const [name, [policy, acts, expected]] of Object.entries(rows)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { effect } = acting(...acts)
        const run = Policy.run(policy, handlers)
        assert.deepStrictEqual(yield* Effect.forEach(acts, () => Effect.map(Effect.exit(run(effect)), shown)), expected)
      })
    )
  }

  it.effect("measures the time that a failure names from where it came", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(3000)
      const run = Policy.run(breaker(1), handlers)
      yield* Effect.exit(run(downUntil(7000)))
      assert.strictEqual(shown(yield* Effect.exit(run(up))), "open until 7000")
    })
  )

  it.effect("that waits for its probe rejects without a time", () =>
    Effect.gen(function* () {
      const run = Policy.run(breaker(1), handlers)
      yield* Effect.exit(run(down))
      yield* TestClock.adjust("1 second")
      const probe = yield* starting(run(after(10, up)))
      assert.strictEqual(shown(yield* Effect.exit(run(up, { symbol: "BTCUSD_PERP" }))), "BTCUSD_PERP: open")
      yield* TestClock.adjust(10)
      assert.strictEqual(yield* Fiber.join(probe), "up")
      assert.strictEqual(shown(yield* Effect.exit(run(up))), "up")
    })
  )

  it.effect("is one for equal policies of a runner, and two for two of them in one policy", () =>
    Effect.gen(function* () {
      const { run } = Policy.runner(handlers)
      const result = (policy: Policy.Policy, act: Act) => Effect.map(Effect.exit(run(policy)(act)), shown)
      yield* result(breaker(1), down)
      assert.strictEqual(yield* result(Policy.make(retry(0), breaker(1)), up), "open until 1000")
      assert.strictEqual(yield* result(breaker(1, "2 seconds"), up), "up")
      // The outer one is open, and the inner one never was.
      assert.strictEqual(yield* result(Policy.make(breaker(2), breaker(2)), down), "down")
      assert.strictEqual(yield* result(breaker(2), down), "down")
      assert.strictEqual(yield* result(breaker(2), up), "open until 1000")
      assert.strictEqual(shown(yield* Effect.exit(Policy.run(breaker(1), handlers)(up))), "up")
    })
  )

  it.effect("tells every change to all who listen", () =>
    Effect.gen(function* () {
      const { run, transitions } = Policy.runner(handlers)
      const listening = Effect.fork(Stream.runCollect(Stream.take(transitions, 3)))
      const listeners = yield* Effect.all([listening, listening])
      yield* TestClock.adjust(0)
      yield* Effect.exit(run(breaker(1))(down))
      yield* TestClock.adjust("1 second")
      yield* run(breaker(1))(up)
      for (const listener of listeners) {
        const changes = Chunk.toReadonlyArray(yield* Fiber.join(listener))
        assert.deepStrictEqual(
          changes.map(({ from, to }) => `${from} -> ${to}`),
          ["Closed -> Open", "Open -> HalfOpen", "HalfOpen -> Closed"]
        )
      }
    })
  )
})

describe("a bulkhead", () => {
  it.effect("lets so many calls through at the same time, and the others in the order in which they came", () =>
    Effect.gen(function* () {
      const run = Policy.run(Policy.bulkhead({ concurrency: 2 }), handlers)
      const begun: Array<string> = []
      yield* Effect.forEach([1, 2, 3, 4, 5], (number) =>
        starting(
          run(
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              begun.push(`${number} at ${now}`)
              return after(10, number === 2 ? down : up)
            })
          )
        )
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(begun, ["1 at 0", "2 at 0", "3 at 10", "4 at 10", "5 at 20"])
    })
  )

  it.effect("lets nobody in again before those who wait", () =>
    Effect.gen(function* () {
      const run = Policy.run(Policy.bulkhead({ concurrency: 1 }), handlers)
      const begun: Array<string> = []
      const one = (name: string) =>
        run(
          Effect.zipRight(
            Effect.sync(() => begun.push(name)),
            after(10, up)
          )
        )
      const again = yield* starting(Effect.zipRight(Effect.zipRight(one("a"), one("a again")), one("a once more")))
      const others = yield* Effect.forEach(["b", "c"], (name) => starting(one(name)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll([again, ...others])
      assert.deepStrictEqual(begun, ["a", "b", "c", "a again", "a once more"])
    })
  )

  it.effect("gives the place of who is interrupted to the next, whether at work, waiting or just let in", () =>
    Effect.gen(function* () {
      const run = Policy.run(Policy.bulkhead({ concurrency: 1 }), handlers)
      const begun: Array<string> = []
      const one = (name: string) =>
        starting(
          run(
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              begun.push(`${name} at ${now}`)
              return after(100, up)
            })
          )
        )
      const working = yield* one("working")
      const waiting = yield* one("waiting")
      yield* one("next")
      yield* TestClock.adjust(10)
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(working)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(begun, ["working at 0", "next at 10"])
      const letIn = yield* one("let in")
      yield* one("last")
      yield* TestClock.adjust(89)
      // Both in one go: the place is handed on to a fiber that is about to end.
      yield* Effect.zipRight(TestClock.adjust(1), Fiber.interruptFork(letIn))
      yield* TestClock.adjust(1000)
      assert.strictEqual(begun.at(-1), "last at 110")
      yield* one("afterwards")
      assert.strictEqual(begun.at(-1), "afterwards at 1110")
    })
  )

  const calls = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 30 }),
      takes: fc.integer({ min: 0, max: 10 }),
      endsAfter: fc.constantFrom(3, 9, 1000, 1000)
    }),
    { maxLength: 20 }
  )
  it.effect.prop(
    "is never overfull, never idle while somebody waits, fair, and whole again in the end",
    [fc.integer({ min: 1, max: 3 }), calls],
    ([concurrency, arrivals]) =>
      Effect.gen(function* () {
        const run = Policy.run(Policy.bulkhead({ concurrency }), handlers)
        const came: Array<number> = []
        const waiting = new Set<number>()
        let inside = 0
        const check = () => {
          assert.isAtMost(inside, concurrency)
          // Whoever has left makes room at once.
          if (waiting.size > 0) assert.strictEqual(inside, concurrency)
        }
        const fibers = yield* Effect.forEach(arrivals, ({ at, endsAfter, takes }, index) =>
          Effect.gen(function* () {
            yield* Effect.sleep(at)
            came.push(index)
            waiting.add(index)
            const work = Effect.suspend(() => {
              assert.strictEqual(index, [...waiting][0])
              waiting.delete(index)
              inside++
              return Effect.ensuring(
                after(takes, up),
                Effect.sync(() => inside--)
              )
            })
            const call = run(work).pipe(Effect.ensuring(Effect.sync(() => waiting.delete(index))))
            const fiber = yield* Effect.fork(call)
            yield* Effect.fork(Effect.delay(Fiber.interruptFork(fiber), endsAfter))
            const exit = yield* Fiber.await(fiber)
            assert.isTrue(Exit.isSuccess(exit) || Exit.isInterrupted(exit))
          }).pipe(Effect.fork)
        )
        const watch = yield* Effect.fork(
          Effect.forever(Effect.zipRight(Effect.sleep("0.5 millis"), Effect.sync(check)))
        )
        yield* Fiber.joinAll(fibers)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(watch)))
        const full = yield* Effect.all(Array.from({ length: concurrency }, () => Effect.fork(run(Effect.sleep(5)))))
        const before = yield* Clock.currentTimeMillis
        yield* Fiber.joinAll(full)
        assert.strictEqual((yield* Clock.currentTimeMillis) - before, 5)
      }).pipe((effect) => SimulationClock.run(effect, SimulationClock.make())),
    thorough
  )
})

describe("a hedge", () => {
  /** Acts of the first call and of the copy; when they begin; how they end; the result. */
  const tables: Readonly<
    Record<
      string,
      readonly [acts: ReadonlyArray<Act>, times: ReadonlyArray<number>, ends: ReadonlyArray<string>, result: string]
    >
  > = {
    "sends no copy of what ends in time": [[after(99, up)], [0], ["0 up at 99"], "up at 99"],
    "sends a copy after exactly so long, and interrupts the first where the copy succeeds": [
      [Effect.never, after(50, Effect.succeed("copy"))],
      [0, 100],
      ["1 copy at 150", "0 interrupted at 150"],
      "copy at 150"
    ],
    "interrupts the copy where the first succeeds": [
      [after(120, up), Effect.never],
      [0, 100],
      ["0 up at 120", "1 interrupted at 120"],
      "up at 120"
    ],
    "fails at once with what fails before the copy": [[after(99, down), up], [0], ["0 down 0 at 99"], "down 0 at 99"],
    "dies at once with what dies before the copy": [[Effect.dieMessage("bug"), up], [0], ["0 died at 0"], "died at 0"],
    "waits for the copy where the first fails after it was sent": [
      [after(110, down), after(50, up)],
      [0, 100],
      ["0 down 0 at 110", "1 up at 150"],
      "up at 150"
    ],
    "waits for the first where the copy fails": [
      [after(300, up), after(50, down)],
      [0, 100],
      ["1 down 1 at 150", "0 up at 300"],
      "up at 300"
    ],
    "fails like the first where both fail, the copy last": [
      [after(110, down), after(50, down)],
      [0, 100],
      ["0 down 0 at 110", "1 down 1 at 150"],
      "down 0 at 150"
    ],
    "fails like the first where both fail, the first last": [
      [after(300, down), after(50, fatal)],
      [0, 100],
      ["1 fatal at 150", "0 down 0 at 300"],
      "down 0 at 300"
    ]
  }
  const policy = Policy.hedge({ after: "100 millis" })
  for (const [name, [acts, times, ends, result]] of Object.entries(tables)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const acted = acting(...acts)
        assert.strictEqual(yield* ended(Policy.run(policy, handlers)(acted.effect), "1 minute"), result)
        assert.deepStrictEqual(acted.times, times)
        assert.deepStrictEqual(acted.ends, ends)
      })
    )
  }

  it.effect("fails with one cause, not with a copy of it", () =>
    Effect.gen(function* () {
      const run = Policy.run(policy, handlers)
      for (const acts of [[down], [after(110, down), after(50, fatal)], [after(300, down), after(50, fatal)]]) {
        const fiber = yield* Effect.fork(Effect.sandbox(Effect.flip(Effect.sandbox(run(acting(...acts).effect)))))
        yield* TestClock.adjust("1 minute")
        const cause = yield* Fiber.join(fiber)
        assert.strictEqual(Cause.size(cause), 1)
        assert.lengthOf(Cause.failures(cause), 1)
      }
    })
  )

  it.effect("that is interrupted interrupts both", () =>
    Effect.gen(function* () {
      const { effect, ends } = acting(Effect.never)
      const fiber = yield* starting(Policy.run(policy, handlers)(effect))
      yield* TestClock.adjust(150)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(ends.toSorted(), ["0 interrupted at 150", "1 interrupted at 150"])
    })
  )

  it.effect("pays for the copy within a rate limit", () =>
    Effect.gen(function* () {
      const limited = Policy.make(policy, Policy.rateLimit({ limit: 1, window: "1 second" }))
      const { times } = yield* calling(limited, [after(200, up)])
      assert.deepStrictEqual(times, [0])
    })
  )
})

describe("a rate limit", () => {
  const limit = (count: number, window: Duration.DurationInput = "1 second") =>
    Policy.rateLimit({ limit: count, window })

  /** Calls at once, one after the other: when each begins. */
  const begins = (policy: Policy.Policy, calls: ReadonlyArray<readonly [weight: number | undefined, act: Act]>) =>
    Effect.gen(function* () {
      const run = Policy.run(policy, handlers)
      const begun: Array<readonly [number, number]> = []
      const results = yield* Effect.forEach(calls, ([weight, act], index) =>
        starting(
          run(
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              begun.push([index, now])
              return act
            }),
            { weight }
          )
        )
      )
      yield* TestClock.adjust("1 hour")
      return { begun, results: yield* Fiber.joinAll(results) }
    })

  it.effect(
    "holds a call from sending until one window after the answer: sent at 0, answered at 900, the next at 1900",
    () =>
      Effect.gen(function* () {
        for (const act of [up, down, fatal, Effect.dieMessage("bug")]) {
          const { begun } = yield* begins(limit(1), [
            [undefined, after(900, act)],
            [undefined, up]
          ])
          const start = begun[0]?.[1] ?? NaN
          assert.deepStrictEqual(
            begun.map(([index, at]) => [index, at - start]),
            [
              [0, 0],
              [1, 1900]
            ]
          )
        }
      })
  )

  it.effect("holds a call until one window after the abort: sent at 0, aborted at 500, the next at 1500", () =>
    Effect.gen(function* () {
      const run = Policy.run(limit(1), handlers)
      const first = yield* starting(run(Effect.never))
      const { effect, times } = acting(up)
      yield* starting(run(effect))
      yield* TestClock.adjust(500)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(times, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(times, [1500])
    })
  )

  it.effect("lets weights through first come, first served, whoever would fit", () =>
    Effect.gen(function* () {
      const { begun } = yield* begins(limit(3), [
        [2, up],
        [2, up],
        [1, up],
        [undefined, up]
      ])
      assert.deepStrictEqual(begun, [
        [0, 0],
        [1, 1000],
        [2, 1000],
        [3, 2000]
      ])
    })
  )

  it.effect("lets as many go at the same time as fit, before anything is answered", () =>
    Effect.gen(function* () {
      const calls = Array.from({ length: 3 }, () => [undefined, after(100, up)] as const)
      assert.deepStrictEqual((yield* begins(limit(2), calls)).begun, [
        [0, 0],
        [1, 0],
        [2, 1100]
      ])
    })
  )

  it.effect("takes nothing for what was interrupted while it waited", () =>
    Effect.gen(function* () {
      const run = Policy.run(limit(1), handlers)
      yield* starting(run(up))
      const waiting = yield* starting(run(up))
      const { effect, times } = acting(up)
      yield* starting(run(effect))
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(times, [1000])
    })
  )

  it.effect("refuses at once, and for good, what weighs more than the limit", () =>
    Effect.gen(function* () {
      const { result, times } = yield* calling(limit(3), [up], { weight: 4, symbol: "BTCUSD_PERP" })
      assert.deepStrictEqual(times, [])
      assert.strictEqual(result, "BTCUSD_PERP: limited, a weight of 4 never fits into 3 within 1s at 0")
      assert.deepStrictEqual((yield* calling(limit(4), [up], { weight: 4 })).times, [5 * day])
    })
  )

  it.effect("refuses at once what could go only after the end of its time, and says from when", () =>
    Effect.gen(function* () {
      const run = Policy.run(Policy.make(Policy.timeout(999), limit(1)), handlers)
      yield* run(up)
      const refused = yield* Effect.flip(run(up))
      assert.strictEqual(refused.text, "limited until 1000, no more than 1 within 1s")
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      yield* TestClock.adjust(2)
      const fiber = yield* starting(run(up))
      yield* TestClock.adjust(998)
      assert.strictEqual(yield* Fiber.join(fiber), "up")
    })
  )

  it.effect("does not let the wait for it burn the time of the attempt", () =>
    Effect.gen(function* () {
      const { begun, results } = yield* begins(Policy.make(limit(1), Policy.timeout(100)), [
        [1, after(99, up)],
        [1, after(99, up)]
      ])
      assert.deepStrictEqual(begun, [
        [0, 0],
        [1, 1099]
      ])
      assert.deepStrictEqual([...results], ["up", "up"])
    })
  )

  it.effect("is waited for by a retry around it, and is no failure of the exchange to a breaker between", () =>
    Effect.gen(function* () {
      const run = Policy.run(Policy.make(retry(2), breaker(1), Policy.timeout(500), limit(1)), handlers)
      yield* run(up)
      const { effect, times } = acting(up)
      assert.strictEqual(yield* ended(run(effect), "1 minute"), "up at 1000")
      assert.deepStrictEqual(times, [1000])
    })
  )
})

describe("a timeout", () => {
  it.effect("bounds what it runs and nothing that comes after it", () =>
    Effect.gen(function* () {
      const place = FiberRef.get(CallContext.current)
      const before = yield* place
      const run = Policy.run(Policy.make(Policy.timeout(1000), Policy.timeout(300)), handlers)
      const within = yield* run(place)
      assert.deepInclude(within, { deadline: 300, timeouts: 2 })
      yield* Effect.either(run(down))
      assert.deepStrictEqual(yield* place, before)
    })
  )

  it.effect("around a retry is the total one", () =>
    Effect.gen(function* () {
      const policy = Policy.make(Policy.timeout(1000), retry(9), Policy.timeout(700))
      assert.strictEqual(yield* ended(Policy.run(policy, handlers)(Effect.never)), "total 1s at 1000")
    })
  )

  it.effect("within a timeout and a retry is that of the attempt", () =>
    Effect.gen(function* () {
      const policy = Policy.make(Policy.timeout(1000), retry(0), Policy.timeout(300))
      assert.strictEqual(yield* ended(Policy.run(policy, handlers)(Effect.never)), "attempt 300ms at 300")
    })
  )

  vectors({
    "ends what takes longer, and tells the exact time": {
      policy: Policy.timeout(100),
      acts: [after(101, up)],
      times: [0],
      result: "total 100ms at 100"
    },
    "lets what is quicker end": { policy: Policy.timeout(100), acts: [after(99, up)], times: [0], result: "up at 99" },
    "lets what ends at that very moment end": {
      policy: Policy.timeout(100),
      acts: [after(100, up)],
      times: [0],
      result: "up at 100"
    },
    "is the total one as the outermost, with the retries and their waits": {
      policy: Policy.make(Policy.timeout(1000), retry(9), Policy.timeout(400)),
      acts: [after(350, down)],
      times: [0, 450],
      result: "down 1 at 800"
    },
    "of the whole ends the attempt under way": {
      policy: Policy.make(Policy.timeout(1000), retry(9), Policy.timeout(600)),
      acts: [Effect.never],
      times: [0, 700],
      result: "total 1s at 1000"
    },
    "is that of an attempt within another one": {
      policy: Policy.make(Policy.timeout(1000), Policy.timeout(400)),
      acts: [Effect.never],
      times: [0],
      result: "attempt 400ms at 400"
    },
    "is that of an attempt within a retry, which makes another": {
      policy: Policy.make(retry(1), Policy.timeout(400)),
      acts: [Effect.never],
      times: [0, 500],
      result: "attempt 400ms at 900"
    },
    "is the total one around another that lasts longer": {
      policy: Policy.make(Policy.timeout(400), Policy.timeout(1000)),
      acts: [Effect.never],
      times: [0],
      result: "total 400ms at 400"
    },
    "tells a retry within of its end": {
      policy: Policy.make(Policy.timeout(10_000), Policy.timeout(2000), retry(1)),
      acts: [downUntil(2000), up],
      times: [0],
      result: "down 0 at 0"
    },
    "tells a retry within of its end through a longer one between": {
      policy: Policy.make(Policy.timeout(2000), Policy.timeout(10_000), retry(1)),
      acts: [downUntil(2000), up],
      times: [0],
      result: "down 0 at 0"
    },
    "of an attempt is over for the retry around it": {
      policy: Policy.make(Policy.timeout(10_000), retry(1), Policy.timeout(100)),
      acts: [after(50, downUntil(3000)), up],
      times: [0, 3000],
      result: "up at 3000"
    }
  })

  it.effect("around another run labels and bounds as within one", () =>
    Effect.gen(function* () {
      const outer = Policy.run(Policy.timeout(2000), handlers)
      const inner = Policy.run(Policy.make(retry(1), Policy.timeout(100)), handlers)
      assert.strictEqual(yield* ended(outer(inner(Effect.never)), 2000), "attempt 100ms at 300")
      // Here it is 2000, and the whole ends at 4000.
      assert.strictEqual(yield* ended(outer(inner(downUntil(4000))), 0), "down at 2000")
      assert.strictEqual(yield* ended(outer(inner(downUntil(3999))), 2000), "down at 3999")
    })
  )

  it.effect("interrupts what it ends, and names the symbol", () =>
    Effect.gen(function* () {
      const { effect, ends } = acting(Effect.never)
      const run = Policy.run(Policy.timeout("5 seconds"), handlers)
      assert.strictEqual(yield* ended(run(effect, { symbol: "BTCUSD_PERP" }), 5000), "BTCUSD_PERP: total 5s at 5000")
      assert.deepStrictEqual(ends, ["0 interrupted at 5000"])
    })
  )

  const slowEnd = Effect.onInterrupt(after(200, up), () => Effect.sleep(50))
  const alike: Readonly<Record<string, Act>> = {
    "a success": after(99, up),
    "a failure": after(99, fatal),
    "a defect": after(99, Effect.die("broken")),
    "an interruption of its own": after(99, Effect.interrupt),
    "what is late": after(101, up),
    "what takes its time to end": slowEnd,
    "what fails as it ends": Effect.onInterrupt(after(200, up), () => Effect.die("broken")),
    "what can't be interrupted, and succeeds later": Effect.uninterruptible(after(300, up)),
    "what can't be interrupted, and fails later": Effect.uninterruptible(after(300, fatal)),
    "what ends at once": up,
    "what fails at once": fatal,
    "what waits for a fiber of its own": Effect.flatMap(Effect.fork(after(99, up)), Fiber.join)
  }
  for (const [name, act] of Object.entries(alike)) {
    it.effect(`does with ${name} as Effect.timeoutFail does`, () =>
      Effect.gen(function* () {
        const theirs = Effect.timeoutFail(act, { duration: 100, onTimeout: () => fails(transient())("total 100ms") })
        const ours = Policy.run(Policy.timeout(100), handlers)(act)
        const begun = yield* Clock.currentTimeMillis
        const expected = yield* ended(theirs, 500)
        yield* TestClock.setTime(begun)
        assert.strictEqual(yield* ended(ours, 500), expected)
        for (const region of [Effect.uninterruptible, Effect.interruptible]) {
          yield* TestClock.setTime(begun)
          const expectedThere = yield* ended(region(theirs), 500)
          yield* TestClock.setTime(begun)
          assert.strictEqual(yield* ended(region(ours), 500), expectedThere)
        }
      })
    )
  }

  /** How an effect ends that is interrupted then, with all that went wrong on the way. */
  const interruptedAt = (millis: number, effect: Act) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(effect)
      yield* TestClock.adjust(millis)
      yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust(1000)
      const cause = yield* Effect.flip(Effect.sandbox(Fiber.join(fiber)))
      return {
        interrupted: Cause.isInterrupted(cause),
        failures: Chunk.toReadonlyArray(Cause.failures(cause)).map(({ text }) => text),
        defects: Chunk.toReadonlyArray(Cause.defects(cause))
      }
    })
  const dies = Effect.uninterruptible(after(80, Effect.die("broken")))
  for (const [name, act] of Object.entries({ ...alike, "what can't be interrupted, and dies": dies })) {
    it.effect(`tells of ${name}, where the caller is interrupted, what Effect.timeoutFail tells`, () =>
      Effect.gen(function* () {
        const theirs = Effect.timeoutFail(act, { duration: 100, onTimeout: () => fails(transient())("total 100ms") })
        const ours = Policy.run(Policy.timeout(100), handlers)(act)
        for (const millis of [0, 50, 120]) {
          // What has ended by then can't be interrupted.
          const patient = (effect: Act) => interruptedAt(millis, Effect.ensuring(effect, Effect.sleep(400)))
          assert.deepStrictEqual(yield* patient(ours), yield* patient(theirs))
        }
      })
    )
  }

  it.effect("logs nothing of a failure that it passes on", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => lines.push(message))
      )
      const run = Policy.run(Policy.make(Policy.timeout(200), Policy.timeout(100)), handlers)
      for (const act of [down, Effect.die("broken"), after(101, up)]) {
        yield* ended(run(act), 500).pipe(Effect.provide(logger), Logger.withMinimumLogLevel(LogLevel.All))
      }
      assert.deepStrictEqual(lines, [])
    })
  )

  it.effect("ends what it runs with its caller, and waits for it", () =>
    Effect.gen(function* () {
      const { effect, ends } = acting(slowEnd)
      const run = Policy.run(Policy.timeout(100), handlers)
      const fiber = yield* starting(Effect.onInterrupt(run(effect), () => Effect.sync(() => ends.push("the caller"))))
      const interrupted = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust(49)
      assert.isNull(interrupted.unsafePoll())
      yield* TestClock.adjust(1)
      assert.isNotNull(interrupted.unsafePoll())
      assert.deepStrictEqual(ends, ["0 interrupted at 50", "the caller"])
    })
  )

  it.scoped("keeps what a success set for its fiber", () =>
    Effect.gen(function* () {
      const setting = yield* FiberRef.make("before")
      yield* Policy.run(Policy.timeout(100), handlers)(FiberRef.set(setting, "after"))
      assert.strictEqual(yield* FiberRef.get(setting), "after")
    })
  )

  it.live("bounds by the clock of the platform, and leaves no timer behind", () =>
    Effect.gen(function* () {
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
      const before = timers()
      const run = Policy.run(Policy.make(Policy.timeout("1 hour"), Policy.timeout(20)), handlers)
      assert.strictEqual(shown(yield* Effect.exit(run(Effect.never))), "attempt 20ms")
      assert.strictEqual(shown(yield* Effect.exit(run(up))), "up")
      assert.strictEqual(timers(), before)
    })
  )
})
