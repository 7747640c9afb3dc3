import { assert, describe, it, vi } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Hash from "effect/Hash"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import { thorough } from "./support.ts"

type Given = Partial<Parameters<typeof CircuitBreaker.options>[0]>

/** One failure opens for a second, unless a test says otherwise. */
const optionsWith = (given: Given = {}) =>
  CircuitBreaker.options({ tripPolicy: CircuitBreaker.consecutive(1), openDuration: "1 second", ...given })

const breakerWith = (given: Given = {}) => CircuitBreaker.unsafeMake(optionsWith(given))

type Breaker = CircuitBreaker.CircuitBreaker

/** `down` is a failure that asks for nothing, a number one that asks for so many milliseconds. */
type Answer = "up" | "down" | "ignored" | number

const classify = (exit: Exit.Exit<unknown, unknown>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) return exit.value === "ignored" ? CircuitBreaker.ignored : CircuitBreaker.success
  const [failure] = Cause.failures(exit.cause)
  return typeof failure === "number" ? CircuitBreaker.failure({ retryAfter: failure }) : CircuitBreaker.failure()
}

const answered = (answer: Answer): Exit.Exit<string, "down" | number> =>
  answer === "up" || answer === "ignored" ? Exit.succeed(answer) : Exit.fail(answer)

const rejection = (error: unknown): string => {
  if (error instanceof CircuitBreaker.CircuitOpen) return `open for ${Duration.toMillis(error.retryAfter)}`
  return error instanceof CircuitBreaker.CircuitHalfOpen ? "half-open" : String(error)
}

/** What a call came to: its own answer, or how it was rejected. */
const told = (exit: Exit.Exit<string, unknown>): string =>
  Exit.match(exit, {
    onSuccess: (answer) => answer,
    onFailure: (cause) => {
      if (Cause.isInterruptedOnly(cause)) return "interrupted"
      return Either.match(Cause.failureOrCause(cause), { onLeft: rejection, onRight: () => "defect" })
    }
  })

const call = (breaker: Breaker, answer: Answer, key = "a") =>
  answered(answer).pipe(breaker.execute({ key, classify }), Effect.exit, Effect.map(told))

/** `open 1000 #2` is an opening, the second of a row, with a second left. */
const shown = (state: CircuitBreaker.State): string => {
  switch (state._tag) {
    case "Closed":
      return "closed"
    case "Open":
      return `open ${Duration.toMillis(state.retryAfter)} #${state.consecutiveOpenings}`
    case "HalfOpen":
      return `half-open ${state.probing ? "probing" : "idle"} #${state.consecutiveOpenings}`
  }
}

const stateOf = (breaker: Breaker, key = "a") => Effect.map(breaker.state(key), shown)

const shownTransition = (transition: CircuitBreaker.Transition): string =>
  `${transition.key}: ${transition.from} -> ${transition.to}${
    transition.to === "Open" ? ` ${Duration.toMillis(transition.retryAfter)} #${transition.consecutiveOpenings}` : ""
  }`

/** Lets forked fibers come to where they wait. */
const settled = Effect.repeatN(Effect.yieldNow(), 9)

/** A call that goes on until it is told how to end. */
const begin = (breaker: Breaker, key = "a") =>
  Effect.gen(function* () {
    const ending = yield* Deferred.make<string, unknown>()
    let running = false
    const fiber = yield* Effect.suspend(() => {
      running = true
      return Deferred.await(ending)
    }).pipe(breaker.execute({ key, classify }), Effect.fork)
    yield* Effect.repeat(Effect.yieldNow(), { until: () => running || fiber.unsafePoll() !== null })
    const exit = Effect.map(Fiber.await(fiber), told)
    const endWith = (exit_: Exit.Exit<string, unknown>) => Effect.zipRight(Deferred.done(ending, exit_), exit)
    return {
      running,
      told: exit,
      end: (answer: Answer) => endWith(answered(answer)),
      die: endWith(Exit.die("a bug")),
      interrupt: Effect.map(Fiber.interrupt(fiber), told)
    }
  })

/** Each step and the state right after it: a call that answers at once, or so many milliseconds (`+5`) of waiting. */
type Step = readonly [step: Answer | `+${number}`, state: string]

const table = (name: string, given: Given, steps: ReadonlyArray<Step>) =>
  it.effect(name, () =>
    Effect.gen(function* () {
      const breaker = breakerWith(given)
      for (const [index, [step, state]] of steps.entries()) {
        if (typeof step === "string" && step.startsWith("+")) yield* TestClock.adjust(Number(step))
        else yield* call(breaker, step as Answer)
        assert.strictEqual(yield* stateOf(breaker), state, `after step ${index}, ${step}`)
      }
    })
  )

describe("a closed circuit", () => {
  it.effect("makes calls and passes on what they give", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      assert.strictEqual(yield* Effect.succeed(42).pipe(breaker.execute({ key: "a" })), 42)
      assert.strictEqual(yield* Effect.fail("no").pipe(breaker.execute({ key: "a" }), Effect.flip), "no")
      assert.deepStrictEqual(yield* breaker.state("a"), { _tag: "Closed", key: "a" })
    })
  )

  table(
    "opens after so many failures in a row, which a success ends and an ignored call does not",
    { tripPolicy: CircuitBreaker.consecutive(3) },
    [
      ["down", "closed"],
      ["down", "closed"],
      ["up", "closed"],
      ["down", "closed"],
      ["ignored", "closed"],
      ["down", "closed"],
      ["ignored", "closed"],
      ["+3600000", "closed"],
      ["down", "open 1000 #1"]
    ]
  )

  table(
    "opens at the share of failures, exactly",
    { tripPolicy: CircuitBreaker.rate({ threshold: 0.3, size: 10, minimumCalls: 10 }) },
    [
      ...Array.from({ length: 8 }, (): Step => ["up", "closed"]),
      ["down", "closed"],
      ["ignored", "closed"],
      ["down", "closed"],
      ["down", "open 1000 #1"]
    ]
  )

  table(
    "opens by share only once enough calls have ended, also when the last of them succeeds",
    { tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 10, minimumCalls: 4 }) },
    [
      ["down", "closed"],
      ["down", "closed"],
      ["ignored", "closed"],
      ["ignored", "closed"],
      ["up", "closed"],
      ["up", "open 1000 #1"]
    ]
  )

  table(
    "counts the share among the last calls only",
    { tripPolicy: CircuitBreaker.rate({ threshold: 0.75, size: 4, minimumCalls: 4 }) },
    [
      ["down", "closed"],
      ["down", "closed"],
      ["up", "closed"],
      ["up", "closed"],
      ["down", "closed"],
      ["down", "closed"],
      ["up", "closed"],
      ["down", "open 1000 #1"]
    ]
  )

  table(
    "starts from nothing after it was open",
    { tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 4, minimumCalls: 2 }) },
    [
      ["down", "closed"],
      ["down", "open 1000 #1"],
      ["+1000", "open 0 #1"],
      ["up", "closed"],
      ["down", "closed"],
      ["up", "open 1000 #2"]
    ]
  )

  it.effect("counts failures in a row in the order in which the calls end", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      const [first, second, third] = [yield* begin(breaker), yield* begin(breaker), yield* begin(breaker)]
      yield* third.end("down")
      yield* first.end("up")
      yield* second.end("down")
      assert.strictEqual(yield* stateOf(breaker), "closed")
      yield* call(breaker, "down")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )
})

describe("an open circuit", () => {
  it.effect("rejects calls without making them, and says for how long", () =>
    Effect.gen(function* () {
      const breaker = breakerWith()
      yield* call(breaker, "down")
      yield* TestClock.adjust("300 millis")
      const error = yield* Effect.dieMessage("was made").pipe(breaker.execute({ key: "a" }), Effect.flip)
      assert.deepStrictEqual(error, new CircuitBreaker.CircuitOpen({ key: "a", retryAfter: Duration.millis(700) }))
      assert.strictEqual(error.message, 'circuit "a" is open for another 700ms')
      yield* TestClock.adjust("699 millis")
      assert.strictEqual(yield* call(breaker, "up"), "open for 1")
      assert.strictEqual(yield* stateOf(breaker), "open 1 #1")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* call(breaker, "up"), "up")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("measures its time right on a clock that is set to a date", () =>
    Effect.gen(function* () {
      for (const start of [1_791_288_303_511, 1_791_388_303_512, 1_791_488_303_513, 1_791_588_303_517]) {
        yield* TestClock.setTime(start)
        const breaker = breakerWith()
        yield* call(breaker, "down")
        for (const left of [1000, 999, 998]) {
          assert.strictEqual(yield* call(breaker, "up"), `open for ${left}`)
          yield* TestClock.adjust("1 millis")
        }
        yield* TestClock.adjust("997 millis")
        assert.strictEqual(yield* call(breaker, "up"), "up")
      }
    })
  )

  it.effect("is not affected by calls admitted before it opened, however they end", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ openDurationFactor: 2 })
      const calls = [
        yield* begin(breaker),
        yield* begin(breaker),
        yield* begin(breaker),
        yield* begin(breaker)
      ] as const
      yield* call(breaker, "down")
      assert.strictEqual(yield* calls[0].end(60_000), "60000")
      yield* TestClock.adjust("1 second")
      const probe = yield* begin(breaker)
      assert.strictEqual(yield* calls[1].end("down"), "down")
      assert.strictEqual(yield* calls[2].end("up"), "up")
      assert.strictEqual(yield* stateOf(breaker), "half-open probing #1")
      assert.strictEqual(yield* call(breaker, "up"), "half-open")
      yield* probe.end("up")
      assert.strictEqual(yield* calls[3].end("down"), "down")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("does not count what it rejects", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      yield* Effect.repeatN(call(breaker, "down"), 1)
      yield* Effect.repeatN(call(breaker, "down"), 9)
      yield* TestClock.adjust("1 second")
      yield* call(breaker, "up")
      yield* call(breaker, "down")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("is one circuit of many, each by its own calls", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      for (const key of ["a", "b", "a"]) yield* call(breaker, "down", key)
      assert.deepStrictEqual(yield* Effect.forEach(["a", "b", "c"], (key) => stateOf(breaker, key)), [
        "open 1000 #1",
        "closed",
        "closed"
      ])
      assert.strictEqual(yield* call(breaker, "up", "b"), "up")
      assert.strictEqual(yield* call(breaker, "up", "a"), "open for 1000")
    })
  )
})

describe("the open time", () => {
  table("is always the same without a factor", {}, [
    ["down", "open 1000 #1"],
    ["+1000", "open 0 #1"],
    ["down", "open 1000 #2"],
    ["+1000", "open 0 #2"],
    ["down", "open 1000 #3"]
  ])

  table(
    "grows by the factor with each opening in a row, to the maximum",
    {
      openDurationFactor: 2,
      maxOpenDuration: "5 seconds"
    },
    [
      ["down", "open 1000 #1"],
      ["+1000", "open 0 #1"],
      ["down", "open 2000 #2"],
      ["+2500", "open 0 #2"],
      ["down", "open 4000 #3"],
      ["+4000", "open 0 #3"],
      ["down", "open 5000 #4"],
      ["+5000", "open 0 #4"],
      ["down", "open 5000 #5"]
    ]
  )

  table("keeps growing when the circuit opens sooner after it closed than it was open", { openDurationFactor: 3 }, [
    ["down", "open 1000 #1"],
    ["+1000", "open 0 #1"],
    ["up", "closed"],
    ["+999", "closed"],
    ["up", "closed"],
    ["down", "open 3000 #2"],
    ["+3000", "open 0 #2"],
    ["up", "closed"],
    ["+2999", "closed"],
    ["down", "open 9000 #3"]
  ])

  table("starts anew once the circuit was closed for as long as it was last open", { openDurationFactor: 3 }, [
    ["down", "open 1000 #1"],
    ["+1000", "open 0 #1"],
    ["down", "open 3000 #2"],
    ["+3000", "open 0 #2"],
    ["up", "closed"],
    ["+1000", "closed"],
    ["up", "closed"],
    ["+2000", "closed"],
    ["down", "open 1000 #1"]
  ])

  table("does not start anew by time spent open or half-open", { openDurationFactor: 3 }, [
    ["down", "open 1000 #1"],
    ["+60000", "open 0 #1"],
    ["ignored", "half-open idle #1"],
    ["+60000", "half-open idle #1"],
    ["down", "open 3000 #2"]
  ])

  table(
    "is at least what the failure asks for, beyond the maximum too",
    {
      openDurationFactor: 2,
      maxOpenDuration: "3 seconds"
    },
    [
      [500, "open 1000 #1"],
      ["+1000", "open 0 #1"],
      [2500, "open 2500 #2"],
      ["+2500", "open 0 #2"],
      [60_000, "open 60000 #3"],
      ["+60000", "open 0 #3"],
      ["up", "closed"],
      ["+59999", "closed"],
      ["down", "open 3000 #4"]
    ]
  )

  table(
    "is not affected by what earlier failures of the row asked for",
    { tripPolicy: CircuitBreaker.consecutive(2) },
    [
      [60_000, "closed"],
      ["down", "open 1000 #1"]
    ]
  )

  table("is whole milliseconds, rounded up", { openDuration: "3 millis", openDurationFactor: 1.5 }, [
    [3.2, "open 4 #1"],
    ["+4", "open 0 #1"],
    ["down", "open 5 #2"],
    ["+5", "open 0 #2"],
    ["down", "open 7 #3"]
  ])

  table("is finite whatever the number of openings", { openDurationFactor: 1e300, maxOpenDuration: "2 seconds" }, [
    ["down", "open 1000 #1"],
    ["+1000", "open 0 #1"],
    ["down", "open 2000 #2"],
    ["+2000", "open 0 #2"],
    ["down", "open 2000 #3"]
  ])

  it.effect("starts anew also for a call admitted before the circuit had been closed for that long", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ openDurationFactor: 3 })
      yield* call(breaker, "down")
      yield* TestClock.adjust("1 second")
      yield* call(breaker, "up")
      const slow = yield* begin(breaker)
      yield* TestClock.adjust("1 second")
      yield* call(breaker, "up")
      yield* slow.end("down")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )
})

describe("a half-open circuit", () => {
  const halfOpen = (given: Given = {}) =>
    Effect.gen(function* () {
      const breaker = breakerWith(given)
      yield* call(breaker, "down")
      yield* TestClock.adjust("1 second")
      return breaker
    })

  it.effect("lets one probe through and rejects other calls until it ends", () =>
    Effect.gen(function* () {
      const breaker = yield* halfOpen()
      const probe = yield* begin(breaker)
      assert.isTrue(probe.running)
      assert.deepStrictEqual(yield* breaker.state("a"), {
        _tag: "HalfOpen",
        key: "a",
        probing: true,
        consecutiveOpenings: 1
      })
      const error = yield* Effect.dieMessage("was made").pipe(breaker.execute({ key: "a" }), Effect.flip)
      assert.deepStrictEqual(error, new CircuitBreaker.CircuitHalfOpen({ key: "a" }))
      assert.strictEqual(error.message, 'circuit "a" is half-open and waits for its probes')
      assert.strictEqual(yield* probe.end("up"), "up")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("opens again when its probe fails", () =>
    Effect.gen(function* () {
      const breaker = yield* halfOpen({ tripPolicy: CircuitBreaker.rate({ threshold: 1, size: 1, minimumCalls: 1 }) })
      const probe = yield* begin(breaker)
      yield* TestClock.adjust("250 millis")
      yield* probe.end("down")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #2")
    })
  )

  it.effect("closes when as many probes as it asks for have succeeded", () =>
    Effect.gen(function* () {
      const breaker = yield* halfOpen({ probes: 3 })
      const [first, second, third] = [yield* begin(breaker), yield* begin(breaker), yield* begin(breaker)]
      assert.isTrue(first.running && second.running && third.running)
      assert.strictEqual(yield* call(breaker, "up"), "half-open")
      yield* second.end("up")
      assert.strictEqual(yield* call(breaker, "up"), "half-open", "a probe that succeeded keeps its place")
      yield* first.end("up")
      assert.strictEqual(yield* stateOf(breaker), "half-open probing #1")
      yield* third.end("up")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("lets probes through one after the other as well", () =>
    Effect.gen(function* () {
      const breaker = yield* halfOpen({ probes: 2 })
      yield* call(breaker, "up")
      assert.strictEqual(yield* stateOf(breaker), "half-open idle #1")
      yield* call(breaker, "up")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("opens again at the first of several probes that fails, and the others change nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* halfOpen({ probes: 3 })
      const [first, second, third] = [yield* begin(breaker), yield* begin(breaker), yield* begin(breaker)]
      yield* first.end("up")
      yield* second.end("down")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #2")
      assert.strictEqual(yield* third.end(60_000), "60000")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #2")
      yield* TestClock.adjust("1 second")
      yield* call(breaker, "up")
      yield* call(breaker, "up")
      assert.strictEqual(yield* stateOf(breaker), "half-open idle #2", "earlier probes don't count")
      yield* call(breaker, "up")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )

  it.effect("gives the place of a probe that was interrupted or ignored to the next call", () =>
    Effect.gen(function* () {
      const breaker = yield* halfOpen({ probes: 2 })
      const [first, second] = [yield* begin(breaker), yield* begin(breaker)]
      assert.strictEqual(yield* first.interrupt, "interrupted")
      assert.strictEqual(yield* second.end("ignored"), "ignored")
      assert.strictEqual(yield* stateOf(breaker), "half-open idle #1")
      const [third, fourth] = [yield* begin(breaker), yield* begin(breaker)]
      assert.isTrue(third.running && fourth.running)
      assert.strictEqual(yield* call(breaker, "up"), "half-open")
      yield* third.end("up")
      yield* fourth.end("up")
      assert.strictEqual(yield* stateOf(breaker), "closed")
    })
  )
})

describe("the outcome of a call", () => {
  it.effect("is a failure when it dies", () =>
    Effect.gen(function* () {
      const breaker = breakerWith()
      assert.strictEqual(yield* Effect.flatMap(begin(breaker), ({ die }) => die), "defect")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
      const byDefault = breakerWith()
      yield* Effect.dieMessage("a bug").pipe(byDefault.execute({ key: "a" }), Effect.exit)
      assert.strictEqual(yield* stateOf(byDefault), "open 1000 #1")
    })
  )

  it.effect("is by default a success or a failure as its exit is", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      const calls: ReadonlyArray<Effect.Effect<number, string>> = [
        Effect.fail("no"),
        Effect.succeed(1),
        Effect.fail("no")
      ]
      for (const each of calls) yield* each.pipe(breaker.execute({ key: "a" }), Effect.exit)
      assert.strictEqual(yield* stateOf(breaker), "closed")
      yield* Effect.fail("no").pipe(breaker.execute({ key: "a" }), Effect.exit)
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )

  it.effect("is nothing when it is interrupted, which nobody is asked to classify", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      yield* call(breaker, "down")
      const exit = yield* Effect.interrupt.pipe(
        breaker.execute({ key: "a", classify: () => assert.fail("was asked") }),
        Effect.exit
      )
      assert.isTrue(Exit.isInterrupted(exit))
      const timedOut = yield* Effect.never.pipe(breaker.execute({ key: "a" }), Effect.timeout("1 second"), Effect.fork)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(timedOut)))
      assert.strictEqual(yield* stateOf(breaker), "closed")
      yield* call(breaker, "down")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )

  it.effect("is a failure when it is a time limit inside the breaker", () =>
    Effect.gen(function* () {
      const breaker = breakerWith()
      const timedOut = yield* Effect.never.pipe(Effect.timeout("1 second"), breaker.execute({ key: "a" }), Effect.fork)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(timedOut)))
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )

  it.effect("is a failure when a defect comes with an interruption", () =>
    Effect.gen(function* () {
      const breaker = breakerWith()
      const cause = Cause.parallel(Cause.interrupt(Fiber.id(yield* Effect.fork(Effect.void))), Cause.die("a bug"))
      yield* Effect.failCause(cause).pipe(breaker.execute({ key: "a" }), Effect.exit)
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )

  it.effect("is nothing when it can't be told, and the call dies with the reason", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ tripPolicy: CircuitBreaker.consecutive(2) })
      const untold = Effect.fail("no").pipe(
        breaker.execute({
          key: "a",
          classify: () => {
            throw new Error("no idea")
          }
        }),
        Effect.exit
      )
      for (const answer of ["down", "down"] as const) {
        const exit = yield* untold
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("no idea"))
        assert.strictEqual(yield* stateOf(breaker), "closed")
        yield* call(breaker, answer)
      }
      yield* TestClock.adjust("1 second")
      yield* untold
      assert.strictEqual(yield* stateOf(breaker), "half-open idle #1")
    })
  )

  it.effect("is told in terms of the call", () =>
    Effect.gen(function* () {
      const breaker = breakerWith()
      const classify = (exit: Exit.Exit<unknown, { readonly status: number }>) =>
        Exit.isFailure(exit) && Cause.failures(exit.cause).pipe((all) => [...all].some(({ status }) => status >= 500))
          ? CircuitBreaker.failure({ retryAfter: "7 seconds" })
          : CircuitBreaker.success
      const guard = breaker.execute({ key: "a", classify })
      const notFound: { status: 404 } | CircuitBreaker.CircuitOpen | CircuitBreaker.CircuitHalfOpen = yield* guard(
        Effect.fail({ status: 404 } as const)
      ).pipe(Effect.flip)
      assert.deepStrictEqual(notFound, { status: 404 })
      yield* guard(Effect.fail({ status: 503 })).pipe(Effect.flip)
      assert.strictEqual(yield* stateOf(breaker), "open 7000 #1")
    })
  )
})

/** How many circuits and subscribers are held: no part of what a breaker shows, and yet memory. */
const counting = (given: Given) => {
  const collections: Array<{ readonly size: number }> = []
  const options = optionsWith(given)
  const observed = { construct: (target: new () => { readonly size: number }) => noted(new target()) }
  const noted = (collection: { readonly size: number }) => {
    collections.push(collection)
    return collection
  }
  vi.stubGlobal("Map", new Proxy(Map, observed))
  vi.stubGlobal("Set", new Proxy(Set, observed))
  const breaker = CircuitBreaker.unsafeMake(options)
  vi.unstubAllGlobals()
  assert.isAbove(collections.length, 0)
  return { breaker, held: () => collections.reduce((sum, { size }) => sum + size, 0) }
}

describe("a circuit that is as if it had never been used", () => {
  it.effect("is forgotten", () =>
    Effect.gen(function* () {
      const { breaker, held } = counting({ tripPolicy: CircuitBreaker.consecutive(2) })
      const [first, second] = [yield* begin(breaker), yield* begin(breaker)]
      yield* first.end("up")
      assert.strictEqual(held(), 1, "a call is under way")
      yield* second.end("ignored")
      assert.strictEqual(held(), 0)
      yield* call(breaker, "down")
      assert.strictEqual(held(), 1, "a failure counts")
      yield* call(breaker, "down")
      yield* TestClock.adjust("1 second")
      yield* call(breaker, "up")
      yield* TestClock.adjust("999 millis")
      yield* call(breaker, "up")
      assert.strictEqual(held(), 1, "the next opening would be the second of a row")
      yield* TestClock.adjust("1 millis")
      yield* call(breaker, "up")
      assert.strictEqual(held(), 0)
    })
  )

  it.effect("is not one that remembers successes", () =>
    Effect.gen(function* () {
      const { breaker, held } = counting({
        tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 4, minimumCalls: 2 })
      })
      yield* call(breaker, "ignored")
      assert.strictEqual(held(), 0)
      yield* call(breaker, "up")
      assert.strictEqual(held(), 1)
      yield* call(breaker, "down")
      assert.strictEqual(yield* stateOf(breaker), "open 1000 #1")
    })
  )
})

it.effect("a subscriber who left is forgotten", () =>
  Effect.gen(function* () {
    const { breaker, held } = counting({})
    const subscriber = yield* Effect.fork(Stream.runDrain(breaker.transitions))
    yield* settled
    assert.strictEqual(held(), 1)
    yield* Fiber.interrupt(subscriber)
    assert.strictEqual(held(), 0)
  })
)

describe("transitions", () => {
  const path = (breaker: Breaker) =>
    Effect.gen(function* () {
      yield* call(breaker, "down")
      yield* call(breaker, "down", "b")
      yield* TestClock.adjust("1 second")
      yield* call(breaker, "down")
      yield* TestClock.adjust("2 seconds")
      yield* call(breaker, "up")
    })

  const seen = [
    "a: Closed -> Open 1000 #1",
    "b: Closed -> Open 1000 #1",
    "a: Open -> HalfOpen",
    "a: HalfOpen -> Open 2000 #2",
    "a: Open -> HalfOpen",
    "a: HalfOpen -> Closed"
  ]

  const collect = (breaker: Breaker) =>
    breaker.transitions.pipe(
      Stream.map(shownTransition),
      Stream.runCollect,
      Effect.map((chunk) => [...chunk]),
      Effect.fork,
      Effect.tap(settled)
    )

  it.effect("reach every subscriber, in order and from its subscription on, and end with the scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const breaker = yield* Scope.extend(CircuitBreaker.make(optionsWith({ openDurationFactor: 2 })), scope)
      const early = [yield* collect(breaker), yield* collect(breaker)]
      yield* path(breaker)
      const late = yield* collect(breaker)
      yield* call(breaker, "down", "c")
      yield* Scope.close(scope, Exit.void)
      for (const fiber of early)
        assert.deepStrictEqual(yield* Fiber.join(fiber), [...seen, "c: Closed -> Open 1000 #1"])
      assert.deepStrictEqual(yield* Fiber.join(late), ["c: Closed -> Open 1000 #1"])
      assert.deepStrictEqual(yield* Fiber.join(yield* collect(breaker)), [], "after the end")
      assert.strictEqual(yield* call(breaker, "up", "d"), "up", "calls go on")
      yield* call(breaker, "down", "d")
    })
  )

  it.effect("wait for a slow subscriber, and calls do not", () =>
    Effect.gen(function* () {
      const breaker = breakerWith()
      const gate = yield* Deferred.make<void>()
      const slow = yield* breaker.transitions.pipe(
        Stream.tap(() => Deferred.await(gate)),
        Stream.take(4001),
        Stream.runCount,
        Effect.fork
      )
      yield* settled
      for (let n = 0; n < 4001; n++) yield* call(breaker, "down", String(n))
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(slow), 4001)
    })
  )

  it.effect("stop for a subscriber who leaves, and for no other", () =>
    Effect.gen(function* () {
      const breaker = breakerWith({ openDurationFactor: 2 })
      const leaving = yield* breaker.transitions.pipe(Stream.take(1), Stream.runCount, Effect.fork)
      const staying = yield* breaker.transitions.pipe(
        Stream.map(shownTransition),
        Stream.take(seen.length),
        Stream.runCollect,
        Effect.fork
      )
      yield* settled
      yield* path(breaker)
      assert.strictEqual(yield* Fiber.join(leaving), 1)
      assert.deepStrictEqual([...(yield* Fiber.join(staying))], seen)
    })
  )
})

describe("options", () => {
  const json = {
    tripPolicy: { _tag: "Rate", threshold: 0.5, size: 20, minimumCalls: 10 },
    openDuration: "30 seconds",
    openDurationFactor: 1.5,
    maxOpenDuration: "1 hour",
    probes: 2
  } as const
  const made = () =>
    CircuitBreaker.options({
      tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 20, minimumCalls: 10 }),
      openDuration: "30 seconds",
      openDurationFactor: 1.5,
      maxOpenDuration: "1 hour",
      probes: 2
    })
  const decode = Schema.decodeUnknownEither(CircuitBreaker.Options)

  it("are equal when all their parts are", () => {
    assert.isTrue(Equal.equals(made(), made()))
    assert.strictEqual(Hash.hash(made()), Hash.hash(made()))
    assert.isFalse(Equal.equals(made(), new CircuitBreaker.Options({ ...made(), probes: 1 })))
    const otherPolicy = CircuitBreaker.rate({ threshold: 0.5, size: 21, minimumCalls: 10 })
    assert.isFalse(Equal.equals(made(), new CircuitBreaker.Options({ ...made(), tripPolicy: otherPolicy })))
  })

  it("are written to JSON readably and read back", () => {
    assert.deepStrictEqual(Schema.encodeSync(CircuitBreaker.Options)(made()), json)
    const simple = optionsWith({ tripPolicy: CircuitBreaker.consecutive(5) })
    for (const options of [made(), simple]) {
      const text = JSON.stringify(Schema.encodeSync(CircuitBreaker.Options)(options))
      assert.isTrue(Equal.equals(Either.getOrThrow(decode(JSON.parse(text))), options), text)
    }
    assert.deepStrictEqual(Schema.encodeSync(CircuitBreaker.Options)(simple).tripPolicy, {
      _tag: "Consecutive",
      failures: 5
    })
  })

  it("default to openings of one length, at most ten minutes, and one probe", () => {
    const { maxOpenDuration, openDurationFactor, probes } = optionsWith()
    assert.deepStrictEqual([openDurationFactor, probes], [1, 1])
    assert.strictEqual(Duration.toMinutes(maxOpenDuration), 10)
    assert.strictEqual(Duration.toHours(optionsWith({ openDuration: "2 hours" }).maxOpenDuration), 2)
  })

  it("at their limits are accepted", () => {
    for (const part of [
      { tripPolicy: { _tag: "Consecutive", failures: 1 } },
      { tripPolicy: { ...json.tripPolicy, threshold: 1, size: 1, minimumCalls: 1 } },
      { tripPolicy: { ...json.tripPolicy, threshold: Number.MIN_VALUE, minimumCalls: 20 } },
      { openDurationFactor: 1 },
      { probes: 1 },
      { openDuration: "1 nano", maxOpenDuration: "1 nano" }
    ]) {
      assert.isTrue(Either.isRight(decode({ ...json, ...part })), JSON.stringify(part))
    }
  })

  for (const [name, part] of [
    ["no failures", { tripPolicy: { _tag: "Consecutive", failures: 0 } }],
    ["half a failure", { tripPolicy: { _tag: "Consecutive", failures: 1.5 } }],
    ["a threshold of 0", { tripPolicy: { ...json.tripPolicy, threshold: 0 } }],
    ["a threshold above 1", { tripPolicy: { ...json.tripPolicy, threshold: 1.01 } }],
    ["a threshold that is no number", { tripPolicy: { ...json.tripPolicy, threshold: Number.NaN } }],
    ["a size of 0", { tripPolicy: { ...json.tripPolicy, size: 0 } }],
    ["no minimum of calls", { tripPolicy: { ...json.tripPolicy, minimumCalls: 0 } }],
    ["a minimum of calls above the size", { tripPolicy: { ...json.tripPolicy, minimumCalls: 21 } }],
    ["a policy that nobody knows", { tripPolicy: { _tag: "Sometimes" } }],
    ["a factor below 1", { openDurationFactor: 0.99 }],
    ["an infinite factor", { openDurationFactor: Infinity }],
    ["no probes", { probes: 0 }],
    ["no open time", { openDuration: "0 seconds" }],
    ["an open time without end", { maxOpenDuration: "Infinity" }]
  ] as const) {
    it(`with ${name} are refused`, () => {
      assert.isTrue(Either.isLeft(decode({ ...json, ...part })))
    })
  }

  it("that are refused throw where they are made", () => {
    for (const [make, named] of [
      [() => CircuitBreaker.consecutive(0), "failures"],
      [() => CircuitBreaker.rate({ threshold: 0, size: 2, minimumCalls: 1 }), "threshold"],
      [() => CircuitBreaker.rate({ threshold: 0.5, size: 2, minimumCalls: 3 }), "minimumCalls"],
      [() => optionsWith({ openDurationFactor: 0.5 }), "openDurationFactor"],
      [() => optionsWith({ openDuration: -1 }), "openDuration"],
      [() => optionsWith({ probes: 0 }), "probes"]
    ] as const) {
      assert.throws(make, new RegExp(named))
    }
  })
})

describe("schedules of calls", () => {
  const keys = ["a", "b"] as const
  type Key = (typeof keys)[number]
  type Ending = Answer | "die" | "interrupt"

  /** `pick` is which of the calls under way, or which key; `untilOpenEnds` steps to that moment and `by` on. */
  type Command =
    | { readonly _tag: "begin"; readonly key: Key }
    | { readonly _tag: "end"; readonly pick: number; readonly ending: Ending }
    | { readonly _tag: "wait"; readonly by: number }
    | { readonly _tag: "untilOpenEnds"; readonly key: Key; readonly by: number }

  /**
   * The rules told another way: from the whole history, with nothing counted along the way. `record` is what ended
   * since the circuit closed, `epoch` which stay in a state a call belongs to.
   */
  interface Model {
    epoch: number
    state: "closed" | "open" | "half-open"
    since: number
    row: number
    length: number
    record: ReadonlyArray<boolean>
    places: ReadonlyArray<"taken" | "passed" | "free">
  }

  const model = (options: CircuitBreaker.Options, key: Key, log: (line: string) => void) => {
    const free = Array.from({ length: options.probes }, () => "free" as const)
    const circuit: Model = { epoch: 0, state: "closed", since: 0, row: 0, length: 0, record: [], places: free }
    const enter = (state: Model["state"], now: number) =>
      Object.assign(circuit, { state, since: now, epoch: circuit.epoch + 1, record: [], places: free })

    const isTripped = () => {
      const policy = options.tripPolicy
      if (policy._tag === "Consecutive") {
        const last = circuit.record.slice(-policy.failures)
        return last.length === policy.failures && last.every((failed) => failed)
      }
      const last = circuit.record.slice(-policy.size)
      return last.length >= policy.minimumCalls && last.filter(Boolean).length >= policy.threshold * last.length
    }

    const open = (now: number, asked: number) => {
      const from = circuit.state === "closed" ? "Closed" : "HalfOpen"
      if (circuit.state === "closed" && now - circuit.since >= circuit.length) circuit.row = 0
      circuit.row += 1
      let length = Duration.toMillis(options.openDuration)
      for (let n = 1; n < circuit.row; n++) length *= options.openDurationFactor
      length = Math.ceil(Math.max(asked, Math.min(length, Duration.toMillis(options.maxOpenDuration))))
      circuit.length = length
      enter("open", now)
      log(`${key}: ${from} -> Open ${length} #${circuit.row}`)
    }

    return {
      openEnd: () => (circuit.state === "open" ? circuit.since + circuit.length : undefined),
      shown: (now: number) => {
        if (circuit.state === "closed") return "closed"
        if (circuit.state === "open") return `open ${Math.max(0, circuit.since + circuit.length - now)} #${circuit.row}`
        return `half-open ${circuit.places.includes("taken") ? "probing" : "idle"} #${circuit.row}`
      },
      /** The epoch of a call that is let through, or how it is rejected. */
      begin: (now: number): number | string => {
        if (circuit.state === "open" && now < circuit.since + circuit.length)
          return `open for ${circuit.since + circuit.length - now}`
        if (circuit.state === "open") {
          enter("half-open", now)
          log(`${key}: Open -> HalfOpen`)
        }
        if (circuit.state === "half-open") {
          const place = circuit.places.indexOf("free")
          if (place === -1) return "half-open"
          circuit.places = circuit.places.with(place, "taken")
        }
        return circuit.epoch
      },
      end: (now: number, epoch: number, ending: Ending) => {
        if (epoch !== circuit.epoch) return
        const counts = ending !== "ignored" && ending !== "interrupt"
        const failed = counts && ending !== "up"
        const asked = typeof ending === "number" ? ending : 0
        if (circuit.state === "closed") {
          if (!counts) return
          circuit.record = [...circuit.record, failed]
          if (isTripped()) open(now, asked)
          return
        }
        circuit.places = circuit.places.with(circuit.places.indexOf("taken"), counts ? "passed" : "free")
        if (failed) open(now, asked)
        else if (circuit.places.every((place) => place === "passed")) {
          enter("closed", now)
          log(`${key}: HalfOpen -> Closed`)
        }
      }
    }
  }

  const count = fc.integer({ min: 1, max: 4 })
  const tripPolicy = fc.oneof(
    count.map(CircuitBreaker.consecutive),
    fc
      .record({ threshold: fc.constantFrom(0.25, 0.5, 0.75, 1), size: fc.integer({ min: 1, max: 6 }), part: count })
      .map(({ part, size, threshold }) => CircuitBreaker.rate({ threshold, size, minimumCalls: Math.min(part, size) }))
  )
  const options = fc
    .record({
      tripPolicy,
      openDuration: fc.integer({ min: 1, max: 20 }),
      openDurationFactor: fc.constantFrom(1, 1.5, 2),
      maxOpenDuration: fc.integer({ min: 10, max: 60 }),
      probes: fc.integer({ min: 1, max: 3 })
    })
    .map(CircuitBreaker.options)

  const key = fc.constantFrom("a" as const, "a" as const, "b" as const)
  const ending = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom("up" as const, "down" as const) },
    { weight: 2, arbitrary: fc.constantFrom("ignored" as const, "interrupt" as const, "die" as const) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 80 }) }
  )
  const command: fc.Arbitrary<Command> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ _tag: fc.constant("begin" as const), key }) },
    { weight: 6, arbitrary: fc.record({ _tag: fc.constant("end" as const), pick: fc.nat(9), ending }) },
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("wait" as const), by: fc.integer({ min: 1, max: 30 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ _tag: fc.constant("untilOpenEnds" as const), key, by: fc.integer({ min: -1, max: 1 }) })
    }
  )

  /** Moved by hand, since nothing sleeps here: the test clock takes a turn of the event loop for each step. */
  const handClock = Effect.map(Effect.clock, (clock) => {
    let now = 0
    const moved: Clock.Clock = Object.assign(Object.create(clock), {
      unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n
    })
    return { clock: moved, now: () => now, moveTo: (time: number) => (now = Math.max(now, time)) }
  })

  const follow = (
    options: CircuitBreaker.Options,
    commands: ReadonlyArray<Command>,
    now: () => number,
    moveTo: (time: number) => void
  ) =>
    Effect.gen(function* () {
      const breaker = CircuitBreaker.unsafeMake(options)
      const transitions: Array<string> = []
      yield* Effect.fork(
        Stream.runForEach(breaker.transitions, (each) => Effect.sync(() => transitions.push(shownTransition(each))))
      )
      yield* settled

      const expected: Array<string> = []
      const log = (line: string) => expected.push(line)
      const models = { a: model(options, "a", log), b: model(options, "b", log) }
      const underWay: Array<{ key: Key; epoch: number; call: Effect.Effect.Success<ReturnType<typeof begin>> }> = []

      for (const command of commands) {
        if (command._tag === "begin") {
          const call = yield* begin(breaker, command.key)
          const admitted = models[command.key].begin(now())
          if (typeof admitted === "number") {
            assert.isTrue(call.running, `${command.key} was rejected`)
            underWay.push({ key: command.key, epoch: admitted, call })
          } else {
            assert.isFalse(call.running, `${command.key} was let through`)
            assert.strictEqual(yield* call.told, admitted)
          }
        } else if (command._tag === "end" && underWay.length > 0) {
          const [ended] = underWay.splice(command.pick % underWay.length, 1)
          if (ended === undefined) continue
          const { call, epoch, key } = ended
          if (command.ending === "die") yield* call.die
          else if (command.ending === "interrupt") yield* call.interrupt
          else yield* call.end(command.ending)
          models[key].end(now(), epoch, command.ending)
        } else if (command._tag === "wait") moveTo(now() + command.by)
        else if (command._tag === "untilOpenEnds") {
          const end = models[command.key].openEnd()
          if (end !== undefined) moveTo(end + command.by)
        }
        for (const key of keys) assert.strictEqual(yield* stateOf(breaker, key), models[key].shown(now()))
      }
      yield* Effect.forEach(underWay, ({ call }) => call.interrupt)
      yield* settled
      assert.deepStrictEqual(transitions, expected)
    })

  it.effect.prop(
    "come to what the rules say",
    [options, fc.array(command, { minLength: 20, maxLength: 80, size: "max" })],
    ([options, commands]) =>
      Effect.gen(function* () {
        const { clock, moveTo, now } = yield* handClock
        yield* follow(options, commands, now, moveTo).pipe(Effect.withClock(clock))
      }),
    thorough
  )
})
