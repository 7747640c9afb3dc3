import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/TestClock"
import * as Exchange from "../src/Exchange.ts"
import * as MemoryPools from "../src/internal/memoryPools.ts"
import * as Pools from "../src/Pools.ts"
import * as Quota from "../src/Quota.ts"
import * as Telemetry from "../src/Telemetry.ts"

const binance = Exchange.make("binance")
const bitget = Exchange.make("bitget")

const poolOf = (
  name: string,
  windows: ReadonlyArray<readonly [limit: number, millis: number]>,
  feed?: Pick<Quota.Feed, "tells" | "resets">
): Quota.Pool =>
  new Quota.Pool({
    name,
    unit: "weight",
    windows: Data.array(windows.map(([limit, millis]) => Quota.window(limit, millis))) as Quota.Pool["windows"],
    ...(feed === undefined ? {} : { feed: new Quota.Feed({ header: "fed", ...feed }) })
  })

/** One request per second, unless a test says otherwise. */
const one = poolOf("one", [[1, 1000]])

type Costs = ReadonlyArray<readonly [pool: Quota.Pool, weight: number]>

/** A request: when it asks and for what, how long the exchange takes, and what it says. Times in milliseconds. */
interface Call {
  readonly at?: number
  readonly costs?: Costs
  readonly fraction?: number
  readonly waitAtMost?: number
  readonly cautious?: boolean
  readonly exchange?: Exchange.Exchange
  readonly origin?: string
  readonly store?: Pools.Service
  /** From sending to the head of the answer. Default: 0. */
  readonly takes?: number
  /** `none`: the request fails without an answer. */
  readonly answer?: "none" | { readonly fed?: string | undefined; readonly date?: number }
  readonly refusal?: Pools.Refusal
  readonly isFailure?: boolean
  readonly headHint?: number
  /** From the head to the end of the body. Default: 0. `Infinity`: it does not end. */
  readonly body?: number
  readonly bodyHint?: number
  /** When the caller gives up. */
  readonly interruptedAt?: number
}

const hintOf = (millis: number | undefined, now: number): Option.Option<Pools.Hint> =>
  millis === undefined ? Option.none() : Option.some({ until: DateTime.unsafeMake(now + millis), millis })

const now = Effect.map(DateTime.now, ({ epochMillis }) => epochMillis)

const sleep = (millis: number) =>
  millis === 0 ? Effect.void : millis === Infinity ? Effect.never : Effect.sleep(millis)

/** What came of a call: when it was sent, or why not. */
type Told = number | string

const asking = (call: Call, told: (what: Told) => void, store: Pools.Service, began = 0) => {
  const { answer = {}, body = 0, costs = [[one, 1]], refusal } = call
  const request: Pools.Request = {
    exchange: call.exchange ?? binance,
    origin: call.origin ?? "https://one.test",
    costs: costs.map(([pool, weight]) => ({ pool, weight })),
    fraction: call.fraction ?? 1,
    waitAtMost: call.waitAtMost ?? Infinity,
    // That pools are unknown at first has tests of its own.
    cautious: call.cautious ?? false
  }
  return (call.store ?? store)
    .withPermit(request, (permit) =>
      Effect.gen(function* () {
        told((yield* now) - began)
        yield* sleep(call.takes ?? 0)
        if (answer === "none") return yield* Effect.fail("aborted" as const)
        const at = yield* now
        yield* permit.answered({
          headers: { fed: answer.fed },
          date: Option.map(Option.fromNullable(answer.date), (millis) => DateTime.unsafeMake(millis)),
          refusal,
          isFailure: call.isFailure,
          hint: hintOf(call.headHint, at)
        })
        yield* sleep(body)
        if (refusal === undefined) return
        const until = yield* permit.refused(refusal, hintOf(call.bodyHint ?? call.headHint, yield* now))
        told(`refused until ${until.epochMillis - began}`)
      })
    )
    .pipe(
      Effect.catchAll((error) => {
        if (error === "aborted") return Effect.void
        return Effect.map(now, (epochMillis) => {
          const at = epochMillis - began
          switch (error._tag) {
            case "Closed":
              return told(`${at}: ${error.refusal} until ${error.until.epochMillis - began}`)
            case "Full":
              return told(`${at}: full until ${error.from.epochMillis - began}`)
            case "TooHeavy":
              return told(`${at}: ${error.weight} is more than ${error.share} of ${error.pool}`)
          }
        })
      })
    )
}

/** Makes the calls, lets time pass, and tells what came of each, in the order in which they are given. All is counted from now. */
const play = (calls: ReadonlyArray<Call>, options: { readonly store?: Pools.Service; readonly until?: number } = {}) =>
  Effect.gen(function* () {
    const store = options.store ?? Pools.makeMemory()
    const outcomes = calls.map((): Array<Told> => [])
    const began = yield* now
    yield* Effect.forEach(calls, (call, index) =>
      Effect.gen(function* () {
        yield* sleep(call.at ?? 0)
        const fiber = yield* Effect.fork(asking(call, (what) => outcomes[index]?.push(what), store, began))
        if (call.interruptedAt === undefined) return yield* Fiber.await(fiber)
        yield* sleep(call.interruptedAt - (call.at ?? 0))
        return yield* Fiber.interrupt(fiber)
      }).pipe(Effect.fork)
    )
    yield* TestClock.adjust(options.until ?? 10_000)
    return outcomes.map((outcome) => (outcome.length === 1 ? outcome[0] : outcome))
  })

const millis = (instants: Iterable<number>) => Array.from(instants)

describe("a permit is held", () => {
  it.effect("until one window after the answer: sent at 0, answered at 900, the next goes at 1900", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* play([{ takes: 900 }, {}]), [0, 1900])
    })
  )

  it.effect("until one window after the abort: sent at 0, given up at 500, the next goes at 1500", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* play([{ takes: 900, interruptedAt: 500 }, {}]), [0, 1500])
    })
  )

  it.effect("until one window after a failure that is no answer", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* play([{ takes: 300, answer: "none" }, {}]), [0, 1300])
    })
  )

  it.effect("from the head of the answer on, however long its body takes, and also if that is given up", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* play([{ takes: 100, body: 5000 }, {}]), [0, 1100])
      assert.deepStrictEqual(yield* play([{ takes: 100, body: Infinity, interruptedAt: 300 }, {}]), [0, 1100])
    })
  )

  it.effect("and no longer, which the state tells", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const used = Effect.map(store.state, ([state]) => state?.windows[0]?.used)
      yield* play([{ takes: 500 }], { store, until: 200 })
      assert.strictEqual(yield* used, 1)
      yield* TestClock.adjust(1299)
      assert.strictEqual(yield* used, 1)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* used, 0)
    })
  )

  it.effect("and tells how long its request has waited", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(5000)
      const store = Pools.makeMemory()
      const request = { exchange: binance, origin: "https://one.test", fraction: 1, waitAtMost: Infinity }
      const ask = store.withPermit({ ...request, costs: [{ pool: one, weight: 1 }] }, ({ waited }) =>
        Effect.succeed(waited)
      )
      const both = yield* Effect.fork(Effect.all([ask, ask], { concurrency: "unbounded" }))
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(yield* Fiber.join(both), [0, 1000])
    })
  )

  it.effect("once, although the answer is reported twice and after the end", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const answer = { headers: {}, date: Option.none() }
      const request = { exchange: binance, origin: "https://one.test", fraction: 1, waitAtMost: Infinity }
      const two = poolOf("two", [[2, 1000]])
      const costs = [{ pool: two, weight: 1 }]
      const late = yield* store.withPermit({ ...request, costs, cautious: false }, (permit) =>
        Effect.as(Effect.zipRight(permit.answered(answer), permit.answered(answer)), permit)
      )
      yield* late.answered(answer)
      const never = yield* store.withPermit({ ...request, costs }, Effect.succeed)
      yield* never.answered(answer)
      assert.deepStrictEqual(yield* play([{ costs: [[two, 1]] }], { store }), [1000])
      const [state] = yield* store.state
      assert.strictEqual(state?.windows[0]?.used, 0)
    })
  )
})

describe("who was not sent", () => {
  it.effect("costs nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* play([{}, { interruptedAt: 500 }, {}]), [0, [], 1000])
    })
  )

  it.effect("lets those behind it go at once where only it was in their way", () =>
    Effect.gen(function* () {
      const pool = poolOf("four", [[4, 1000]])
      const costs = (weight: number): Costs => [[pool, weight]]
      assert.deepStrictEqual(
        yield* play([{ costs: costs(2) }, { costs: costs(3), interruptedAt: 400 }, { costs: costs(2) }]),
        [0, [], 400]
      )
    })
  )

  it.effect("costs nothing also where it gives up while its pool is closed, which the state tells", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const calls: ReadonlyArray<Call> = [
        { refusal: "RateLimited", bodyHint: 5000 },
        { at: 1, interruptedAt: 500 }
      ]
      yield* play(calls, { store, until: 1500 })
      const [state] = yield* store.state
      assert.strictEqual(state?.windows[0]?.used, 0)
    })
  )

  it.effect("costs nothing either where it gives up in the instant in which its turn comes", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const two = poolOf("two", [[2, 1000]])
      const request = { exchange: binance, origin: "https://one.test", fraction: 1, waitAtMost: Infinity }
      const costs = [{ pool: two, weight: 1 }]
      let sent = false
      yield* store.withPermit({ ...request, costs }, (permit) =>
        Effect.gen(function* () {
          const waiting = yield* Effect.fork(
            store.withPermit({ ...request, costs }, () => Effect.sync(() => void (sent = true)))
          )
          yield* TestClock.adjust(100)
          // Lets it go, and takes that back before it runs.
          yield* permit.answered({ headers: {}, date: Option.none() })
          yield* Fiber.interrupt(waiting)
        })
      )
      assert.isFalse(sent)
      const [state] = yield* store.state
      assert.strictEqual(state?.windows[0]?.used, 1)
      assert.deepStrictEqual(yield* play([{ costs: [[two, 1]] }, { costs: [[two, 1]] }], { store }), [0, 1000])
    })
  )
})

describe("a weight above the share", () => {
  it.effect("is an error at once, and nothing is sent", () =>
    Effect.gen(function* () {
      const pool = poolOf("weight", [
        [100, 1000],
        [10, 10]
      ])
      assert.deepStrictEqual(
        yield* play([
          { costs: [[pool, 11]] },
          { costs: [[pool, 10]] },
          { costs: [[pool, 6]], fraction: 0.5 },
          {
            costs: [
              [one, 1],
              [pool, 6]
            ],
            fraction: 0.5,
            waitAtMost: 0
          }
        ]),
        ["0: 11 is more than 10 of weight", 0, "0: 6 is more than 5 of weight", "0: 1 is more than 0 of one"]
      )
    })
  )

  it.effect("is reckoned in whole weights, rounded down, but not by what floats lose", () =>
    Effect.gen(function* () {
      const pool = poolOf("weight", [[100, 1000]])
      assert.deepStrictEqual(
        yield* play([
          { costs: [[pool, 29]], fraction: 0.29 },
          { at: 2000, costs: [[pool, 30]], fraction: 0.299 }
        ]),
        [0, "2000: 30 is more than 29 of weight"]
      )
    })
  )
})

describe("several windows", () => {
  it.effect("of one pool hold together", () =>
    Effect.gen(function* () {
      const pool = poolOf("two windows", [
        [2, 1000],
        [3, 5000]
      ])
      const call = { costs: [[pool, 1]] as Costs, takes: 100 }
      assert.deepStrictEqual(yield* play([call, call, call, call, call]), [0, 0, 1100, 5100, 5100])
    })
  )

  it.effect("of several pools hold together, whichever is the tighter", () =>
    Effect.gen(function* () {
      const own = poolOf("own", [[2, 1000]])
      const all = poolOf("all", [[3, 4000]])
      const other = poolOf("other", [[2, 1000]])
      const both: Call = {
        costs: [
          [own, 1],
          [all, 1]
        ]
      }
      assert.deepStrictEqual(
        yield* play([
          both,
          both,
          both,
          {
            costs: [
              [other, 1],
              [all, 1]
            ]
          },
          { costs: [[other, 1]] }
        ]),
        [0, 0, 1000, 4000, 4000]
      )
    })
  )
})

describe("who comes first goes first", () => {
  const pool = poolOf("ten", [[10, 1000]])
  const weighing = (weight: number, rest: Call = {}): Call => ({ costs: [[pool, weight]], ...rest })

  it.effect("whatever the weight: a light one does not slip past a heavy one that waits", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([weighing(6, { takes: 200 }), weighing(10), weighing(1), weighing(9)]),
        [0, 1200, 2200, 2200]
      )
    })
  )

  it.effect("and nobody starves: the heavy one goes before those that came after it", () =>
    Effect.gen(function* () {
      const light = Array.from({ length: 20 }, (_, index) => weighing(1, { at: 100 * index }))
      const told = yield* play([...light, weighing(10, { at: 950 })])
      assert.deepStrictEqual(told.slice(0, 10), [0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
      assert.strictEqual(told[20], 1900)
      assert.deepStrictEqual(told.slice(10, 20), Array(10).fill(2900))
    })
  )

  it.effect("but who does not fit keeps only those from going that pay into one of its pools", () =>
    Effect.gen(function* () {
      const other = poolOf("other", [[10, 1000]])
      const third = poolOf("third", [[10, 1000]])
      assert.deepStrictEqual(
        yield* play([
          weighing(10),
          {
            costs: [
              [pool, 1],
              [other, 1]
            ]
          },
          { costs: [[other, 1]] },
          {
            costs: [
              [other, 1],
              [third, 1]
            ]
          },
          { costs: [[third, 1]] },
          { costs: [[poolOf("fourth", [[1, 1]]), 1]] }
        ]),
        [0, 1000, 1000, 1000, 1000, 0]
      )
    })
  )

  it.effect("also where their shares differ: a small one waits, and those behind it with it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          weighing(4, { fraction: 0.5 }),
          weighing(3, { at: 10, fraction: 1 }),
          weighing(2, { at: 20, fraction: 0.5 }),
          weighing(1, { at: 30, fraction: 1 })
        ]),
        [0, 10, 1000, 1000]
      )
    })
  )
})

describe("a quota is one", () => {
  it.effect("however many share it", () =>
    Effect.gen(function* () {
      const again = poolOf("one", [[1, 1000]])
      assert.deepStrictEqual(yield* play([{}, { costs: [[again, 1]] }]), [0, 1000])
    })
  )

  it.effect("in the whole process, however often and wherever it is asked for", () =>
    Effect.gen(function* () {
      const store = yield* Pools.Pools
      assert.strictEqual(yield* Pools.Pools, store)
      assert.strictEqual(yield* Effect.promise(() => Effect.runPromise(Pools.Pools)), store)
      const own = yield* Effect.provide(Pools.Pools, Pools.layerMemory)
      assert.notStrictEqual(own, store)
      assert.notStrictEqual(yield* Effect.provide(Pools.Pools, Pools.layerMemory), own)
    })
  )

  it.effect("for each exchange and origin: others are not touched", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          {},
          { origin: "https://two.test" },
          { exchange: bitget },
          {},
          { origin: "https://two.test" },
          { exchange: bitget }
        ]),
        [0, 0, 0, 1000, 1000, 1000]
      )
    })
  )

  it.effect("for each clock: what is held on one is not on another", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const clock = yield* Effect.clock
      const another: Clock.Clock = Object.create(clock)
      assert.deepStrictEqual(yield* play([{}], { store, until: 1 }), [0])
      assert.deepStrictEqual(yield* Effect.withClock(play([{}, {}], { store, until: 2 }), another), [0, []])
      assert.lengthOf(yield* store.state, 1)
    })
  )
})

describe("the sleeper", () => {
  it.effect("is one, however many wait, and none where nobody does", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      assert.deepStrictEqual(yield* play([{}], { store, until: 1 }), [0])
      assert.deepStrictEqual(millis(yield* TestClock.sleeps()), [])
      const waiting = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 5 }), () => asking({ waitAtMost: Infinity }, () => {}, store), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(millis(yield* TestClock.sleeps()), [1000])
      yield* TestClock.adjust(997)
      assert.deepStrictEqual(millis(yield* TestClock.sleeps()), [1000])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(millis(yield* TestClock.sleeps()), [2000])
      yield* Fiber.interrupt(waiting)
    })
  )

  it.effect("ends with the last who waits", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const clock = yield* Effect.clock
      let asleep = 0
      let begun = 0
      const watched: Clock.Clock = Object.assign(Object.create(clock), {
        sleep: (duration: Duration.Duration) =>
          Effect.suspend(() => {
            asleep += 1
            begun += 1
            return clock.sleep(duration)
          }).pipe(Effect.ensuring(Effect.sync(() => (asleep -= 1))))
      })
      const ask = Effect.withClock(
        asking({}, () => {}, store),
        watched
      )
      yield* ask
      const first = yield* Effect.fork(ask)
      const second = yield* Effect.fork(ask)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual({ asleep, begun }, { asleep: 1, begun: 1 })
      yield* Fiber.interrupt(first)
      yield* Effect.yieldNow()
      assert.deepStrictEqual({ asleep, begun }, { asleep: 1, begun: 1 })
      yield* Fiber.interrupt(second)
      yield* Effect.yieldNow()
      assert.deepStrictEqual({ asleep, begun }, { asleep: 0, begun: 1 })
      const third = yield* Effect.fork(ask)
      yield* TestClock.adjust(999)
      assert.isTrue(Option.isSome(yield* Fiber.poll(third)))
      assert.deepStrictEqual({ asleep, begun }, { asleep: 0, begun: 2 })
    })
  )

  it.effect("sleeps on where the first who waits has left and the next goes later", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const clock = yield* Effect.clock
      let begun = 0
      const watched: Clock.Clock = Object.assign(Object.create(clock), {
        sleep: (duration: Duration.Duration) => {
          begun += 1
          return clock.sleep(duration)
        }
      })
      const ask = (pool: Quota.Pool) =>
        Effect.withClock(
          asking({ costs: [[pool, 1]] }, () => {}, store),
          watched
        )
      const long = poolOf("long", [[1, 2000]])
      yield* Effect.zipRight(ask(one), ask(long))
      const [first, second] = [yield* Effect.fork(ask(one)), yield* Effect.fork(ask(long))]
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust(998)
      assert.strictEqual(begun, 1)
      yield* TestClock.adjust(1001)
      assert.isTrue(Option.isSome(yield* Fiber.poll(second)))
      assert.strictEqual(begun, 2)
    })
  )

  it.effect("runs on the scheduler of who waits", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const own = new Scheduler.MixedScheduler(2048)
      const on: Array<boolean> = []
      const watched: Clock.Clock = Object.assign(Object.create(clock), {
        sleep: (duration: Duration.Duration) =>
          Effect.withFiberRuntime<void>(({ currentScheduler }) => {
            on.push(currentScheduler === own)
            return clock.sleep(duration)
          })
      })
      const told = yield* play([{}, {}]).pipe(Effect.withClock(watched), Effect.withScheduler(own))
      assert.deepStrictEqual(told, [0, 1000])
      assert.deepStrictEqual(on, [true])
    })
  )

  it.effect("sleeps again where the platform's timers can't hold the whole time", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const slept: Array<number> = []
      const watched: Clock.Clock = Object.assign(Object.create(clock), {
        sleep: (duration: Duration.Duration) => {
          slept.push(Duration.toMillis(duration))
          return clock.sleep(duration)
        }
      })
      const month = 30 * 24 * 60 * 60 * 1000
      const monthly = poolOf("monthly", [[1, month]])
      const calls = [{ costs: [[monthly, 1]] as Costs }, { costs: [[monthly, 1]] as Costs }]
      assert.deepStrictEqual(yield* Effect.withClock(play(calls, { until: 2 * month }), watched), [0, month])
      assert.deepStrictEqual(slept, [2 ** 31 - 1, month - (2 ** 31 - 1)])
    })
  )

  it.effect("begins with the fractions of a millisecond that the clock shows, and ends after them", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const watched: Clock.Clock = Object.assign(Object.create(clock), {
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos() + 300_000n
      })
      assert.deepStrictEqual(yield* Effect.withClock(play([{}, {}]), watched), [0, 1000])
    })
  )
})

describe("a pool of which nothing is known", () => {
  const pool = poolOf("ten", [[10, 1000]], { tells: "used", resets: "rolling" })
  const careful: Call = { costs: [[pool, 1]], cautious: true }

  it.effect("lets one request go until the first answer has come, and then as many as fit", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([{ ...careful, takes: 300 }, careful, careful, { ...careful, at: 100 }]),
        [0, 300, 300, 300]
      )
    })
  )

  it.effect("stays so where the first fails without an answer, or gives up: the next goes alone", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          { ...careful, takes: 300, answer: "none" },
          { ...careful, takes: 900, interruptedAt: 500 },
          { ...careful, takes: 100 },
          careful,
          careful
        ]),
        [0, 300, 500, 600, 600]
      )
    })
  )

  it.effect("stays so where the exchange fails", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([{ ...careful, takes: 300, isFailure: true }, { ...careful, takes: 100 }, careful, careful]),
        [0, 300, 400, 400]
      )
    })
  )

  it.effect("lets no more go than the first answer leaves", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([{ ...careful, takes: 300, answer: { fed: "8" } }, careful, careful, careful, careful]),
        // 7 are others'; 1 is ours, and one more that is in flight may not be counted yet.
        [0, 300, 300, 1300, 1300]
      )
    })
  )

  it.effect("holds up only those that pay into it", () =>
    Effect.gen(function* () {
      const other = poolOf("other", [[10, 1000]])
      assert.deepStrictEqual(
        yield* play([
          { ...careful, takes: 300 },
          { costs: [[other, 1]] },
          {
            costs: [
              [other, 1],
              [pool, 1]
            ]
          },
          { costs: [[other, 1]] }
        ]),
        [0, 0, 300, 300]
      )
    })
  )
})

describe("what a header says", () => {
  /** 10 per second, by the exchange's clock or as time goes by. */
  const fedBy = (tells: "used" | "remains", resets: "aligned" | "rolling", length = 1000) =>
    poolOf("ten", [[10, length]], { tells, resets })

  /** One request is answered at 100 with this header; three more of weight 3 would like to go from 101 on: when they do. */
  const after = (
    pool: Quota.Pool,
    answer: { readonly fed?: string | undefined; readonly date?: number },
    { takes = 0, until = 10_000 }: { readonly takes?: number; readonly until?: number } = {}
  ) =>
    Effect.map(
      play(
        [
          { costs: [[pool, 1]], takes: 100, answer },
          ...[101, 102, 103].map((at) => ({ at, takes, costs: [[pool, 3]] as Costs }))
        ],
        { until }
      ),
      (told) => told.slice(1)
    )

  it.effect("about nobody but us changes nothing", () =>
    Effect.gen(function* () {
      for (const fed of ["1", "0"]) {
        assert.deepStrictEqual(yield* after(fedBy("used", "rolling"), { fed }), [101, 102, 103])
      }
      for (const fed of ["9", "10", "11", "999999999"]) {
        assert.deepStrictEqual(yield* after(fedBy("remains", "rolling"), { fed }), [101, 102, 103])
      }
    })
  )

  it.effect("changes nothing where it says nothing: absent, -1, or no number", () =>
    Effect.gen(function* () {
      for (const fed of [undefined, "-1", "", " ", "9.5", "0x9", "9,9", "many", "1e1", "9999999999", "+9"]) {
        assert.deepStrictEqual(yield* after(fedBy("used", "rolling"), { fed }, { until: 200 }), [101, 102, 103], fed)
        assert.deepStrictEqual(yield* after(fedBy("remains", "rolling"), { fed }, { until: 200 }), [101, 102, 103], fed)
      }
    })
  )

  it.effect("of others leaves us what they left, for one window where it is not by the exchange's clock", () =>
    Effect.gen(function* () {
      // 3 are others', 1 is ours; there is room for 3 twice.
      assert.deepStrictEqual(yield* after(fedBy("used", "rolling"), { fed: "4" }), [101, 102, 1100])
      assert.deepStrictEqual(yield* after(fedBy("used", "rolling"), { fed: "5" }), [101, 1100, 1100])
    })
  )

  it.effect("of others counts what is in flight twice, since the exchange may have counted theirs and not ours", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(fedBy("used", "rolling"), { fed: "4" }, { takes: 50 }), [101, 151, 1100])
    })
  )

  it.effect("of what remains is the same the other way round", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(fedBy("remains", "rolling"), { fed: "6" }), [101, 102, 1100])
      assert.deepStrictEqual(yield* after(fedBy("remains", "rolling"), { fed: "0" }), [1100, 1100, 1100])
    })
  )

  it.effect("as time goes by counts for one window, whatever the Date", () =>
    Effect.gen(function* () {
      const minute = fedBy("used", "rolling", 60_000)
      const told = yield* after(minute, { fed: "10", date: 7 * 60_000 + 15_000 }, { until: 200_000 })
      assert.deepStrictEqual(told, [60_100, 60_100, 60_100])
    })
  )

  it.effect(
    "as time goes by leaves room as soon as ours is let go, and by the exchange's clock not before its end",
    () =>
      Effect.gen(function* () {
        const beside = (pool: Quota.Pool) =>
          play([
            { costs: [[pool, 4]] },
            { at: 500, costs: [[pool, 1]], answer: { fed: "8" } },
            { at: 600, costs: [[pool, 3]] }
          ])
        assert.deepStrictEqual(yield* beside(fedBy("used", "rolling")), [0, 500, 1000])
        assert.deepStrictEqual(yield* beside(fedBy("used", "aligned")), [0, 500, 1500])
      })
  )

  it.effect("without a Date counts for one window", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(fedBy("used", "aligned"), { fed: "11" }), [1100, 1100, 1100])
    })
  )

  it.effect("counts until the exchange's window ends by its own clock, and a guard of a second", () =>
    Effect.gen(function* () {
      const minute = fedBy("used", "aligned", 60_000)
      // 45 seconds of its minute are left at 100.
      const date = 7 * 60_000 + 15_000
      const told = yield* after(minute, { fed: "10", date }, { until: 200_000 })
      assert.deepStrictEqual(told, [46_100, 46_100, 46_100])
    })
  )

  it.effect("counts no longer where it was said so early that it may be of the window before", () =>
    Effect.gen(function* () {
      const minute = fedBy("used", "aligned", 60_000)
      // Sent at 0, answered at 100: counted 1.1 seconds before Date at the earliest.
      const at = (intoMinute: number) =>
        Effect.map(after(minute, { fed: "10", date: 7 * 60_000 + intoMinute }, { until: 200_000 }), ([first]) => first)
      assert.strictEqual(yield* at(1100), 100 + 60_000 - 1100 + 1000)
      assert.strictEqual(yield* at(1099), 101)
      assert.strictEqual(yield* at(990), 110)
      assert.strictEqual(yield* at(0), 1100)
      assert.strictEqual(yield* at(-1), 1101)
    })
  )

  it.effect("that arrives when its minute is long over is forgotten", () =>
    Effect.gen(function* () {
      const minute = fedBy("used", "aligned", 60_000)
      const slow: Call = { costs: [[minute, 1]], takes: 30_000, answer: { fed: "10", date: 7 * 60_000 + 20_000 } }
      assert.deepStrictEqual(yield* play([slow, { at: 30_000, costs: [[minute, 9]] }], { until: 40_000 }), [0, 30_000])
    })
  )

  it.effect("never loosens: a lower one, or one that goes back, leaves the higher in force for its time", () =>
    Effect.gen(function* () {
      const pool = fedBy("used", "rolling")
      const ask = (at: number, fed: string): Call => ({ at, costs: [[pool, 1]], answer: { fed } })
      assert.deepStrictEqual(
        yield* play([
          ask(0, "8"),
          ask(100, "3"),
          ask(200, "0"),
          { at: 300, costs: [[pool, 1]] },
          { at: 310, costs: [[pool, 1]] }
        ]),
        // 7 others, and 3 of ours until the first is let go together with what it had said; then 1 other until 1100.
        [0, 100, 200, 1000, 1000]
      )
    })
  )

  it.effect("is not lost behind a higher one that ends earlier", () =>
    Effect.gen(function* () {
      const pool = fedBy("used", "rolling")
      const ask = (at: number, fed: string): Call => ({ at, costs: [[pool, 1]], answer: { fed } })
      assert.deepStrictEqual(
        // 8 others until 1000, 6 until 1500; ours are 1 until 1000, 1 until 1500.
        yield* play([ask(0, "9"), ask(500, "8"), { at: 600, costs: [[pool, 4]] }], { until: 3000 }),
        [0, 500, 1500]
      )
    })
  )

  it.effect("on a refusal changes nothing: the refusal itself says how long", () =>
    Effect.gen(function* () {
      const pool = fedBy("used", "rolling", 60_000)
      const refused: Call = { costs: [[pool, 1]], answer: { fed: "10" }, refusal: "RateLimited", bodyHint: 500 }
      assert.deepStrictEqual(yield* play([refused, { at: 1, costs: [[pool, 9]] }]), [[0, "refused until 500"], 500])
    })
  )

  it.effect("is told of the first window of its pool, and only of the pool that declares it", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const pool = poolOf(
        "two windows",
        [
          [10, 1000],
          [8, 2000]
        ],
        { tells: "used", resets: "rolling" }
      )
      const plain = poolOf("plain", [[9, 1000]])
      yield* play(
        [
          {
            costs: [
              [plain, 2],
              [pool, 1]
            ],
            answer: { fed: "5" }
          }
        ],
        { store, until: 1 }
      )
      const states = (yield* store.state).map(({ name, windows }) => ({
        name,
        windows: windows.map(({ limit, others, used, window }) => [limit, Duration.toMillis(window), used, others])
      }))
      assert.deepStrictEqual(states, [
        { name: "plain", windows: [[9, 1000, 2, 0]] },
        {
          name: "two windows",
          windows: [
            [10, 1000, 1, 4],
            [8, 2000, 1, 0]
          ]
        }
      ])
    })
  )
})

describe("a refusal", () => {
  const other = poolOf("other", [[10, 1000]])
  const ten = poolOf("ten", [[10, 1000]])
  const into = (pool: Quota.Pool, rest: Call = {}): Call => ({ costs: [[pool, 1]], ...rest })

  it.effect("for a rate limit closes its pool until the stated time, and no other", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 100, refusal: "RateLimited", bodyHint: 2000 }),
          into(ten, { at: 200 }),
          into(other, { at: 200 }),
          into(ten, { at: 200, exchange: bitget }),
          into(ten, { at: 200, origin: "https://two.test" }),
          into(ten, { at: 200, waitAtMost: 1901 }),
          into(ten, { at: 200, waitAtMost: 1900 }),
          {
            at: 200,
            waitAtMost: 10,
            costs: [
              [other, 1],
              [ten, 1]
            ]
          }
        ]),
        [
          [0, "refused until 2100"],
          2100,
          200,
          200,
          200,
          2100,
          "200: RateLimited until 2100",
          "200: RateLimited until 2100"
        ]
      )
    })
  )

  for (const refusal of ["Banned", "Forbidden"] as const) {
    it.effect(`that is ${refusal} closes every pool of that exchange at that origin`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(
          yield* play([
            into(ten, { takes: 100, refusal, bodyHint: 2000 }),
            into(ten, { at: 200 }),
            into(other, { at: 200 }),
            into(ten, { at: 200, exchange: bitget }),
            into(ten, { at: 200, origin: "https://two.test" }),
            into(other, { at: 200, waitAtMost: 1899 })
          ]),
          [[0, "refused until 2100"], 2100, 2100, 200, 200, `200: ${refusal} until 2100`]
        )
      })
    )
  }

  it.effect("lets nothing go from its head on, while its body is still being read", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 100, refusal: "Banned", body: 300, bodyHint: 1000 }),
          into(ten, { at: 101 }),
          into(other, { at: 250, waitAtMost: 100 }),
          into(other, { at: 251, waitAtMost: 1150 }),
          into(other, { at: 252, waitAtMost: 1148 })
        ]),
        [[0, "refused until 1400"], 1400, "400: Banned until 1400", 1400, "400: Banned until 1400"]
      )
    })
  )

  for (const body of [0, 50]) {
    it.effect(`holds back who was let go in the same instant and is not sent yet; its body takes ${body} ms`, () =>
      Effect.gen(function* () {
        const store = Pools.makeMemory()
        const request = { exchange: binance, origin: "https://one.test", fraction: 1, waitAtMost: Infinity }
        const three = poolOf("three", [[3, 1000]])
        const answer = { headers: {}, date: Option.none() }
        const told: Array<string> = []
        const ask = (name: string, rest: Call) =>
          Effect.fork(asking({ costs: [[three, 1]], ...rest }, (what) => told.push(`${name} ${what}`), store))
        yield* store.withPermit({ ...request, costs: [{ pool: three, weight: 1 }] }, (good) =>
          store.withPermit({ ...request, costs: [{ pool: other, weight: 1 }] }, (bad) =>
            Effect.gen(function* () {
              yield* ask("brief", { waitAtMost: 3000 })
              yield* ask("first", { takes: 10 })
              yield* ask("second", {})
              yield* ask("third", {})
              yield* TestClock.adjust(100)
              // Lets two of them go; the other answer arrives before they run.
              yield* good.answered(answer)
              yield* bad.answered({ ...answer, refusal: "Banned" })
              if (body > 0) yield* TestClock.adjust(body)
              yield* bad.refused("Banned", hintOf(5000, yield* now))
            })
          )
        )
        yield* TestClock.adjust(20_000)
        const end = 5100 + body
        assert.deepStrictEqual(told, [
          `brief ${100 + body}: Banned until ${end}`,
          `first ${end}`,
          `second ${end + 10}`,
          `third ${end + 10}`
        ])
      })
    )
  }

  it.effect("lets one request go when it is over, and the rest when that one is answered", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { refusal: "RateLimited", bodyHint: 1000 }),
          into(ten, { at: 1, takes: 400 }),
          into(ten, { at: 2 }),
          into(ten, { at: 3 }),
          into(other, { at: 4 })
        ]),
        [[0, "refused until 1000"], 1000, 1400, 1400, 4]
      )
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { refusal: "Banned", bodyHint: 1000 }),
            into(ten, { at: 1, takes: 400 }),
            into(other, { at: 2 }),
            into(ten, { at: 3 })
          ],
          { until: 20_000 }
        ),
        [[0, "refused until 1000"], 1000, 1400, 1400]
      )
    })
  )

  it.effect("is not taken for over because of an answer to what was sent before", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 1500 }),
          into(ten, { takes: 100, refusal: "RateLimited", bodyHint: 1000 }),
          into(ten, { at: 200, takes: 300 }),
          into(ten, { at: 201 }),
          into(ten, { at: 202 })
        ]),
        [0, [0, "refused until 1100"], 1500, 1800, 1800]
      )
    })
  )

  it.effect("only grows: an earlier end does not shorten a later one, whichever comes first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 100, refusal: "RateLimited", bodyHint: 3000 }),
          into(ten, { takes: 200, refusal: "RateLimited", bodyHint: 1000 }),
          into(ten, { at: 300 })
        ]),
        [[0, "refused until 3100"], [0, "refused until 3100"], 3100]
      )
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { takes: 100, refusal: "RateLimited", bodyHint: 1000 }),
            into(ten, { takes: 200, refusal: "RateLimited", bodyHint: 3000 }),
            into(ten, { at: 300 })
          ],
          { until: 20_000 }
        ),
        [[0, "refused until 1100"], [0, "refused until 3200"], 3200]
      )
    })
  )

  it.effect("for a rate limit without a time holds for the shortest window that its request pays into", () =>
    Effect.gen(function* () {
      const long = poolOf("long", [
        [10, 5000],
        [10, 3000]
      ])
      assert.deepStrictEqual(
        yield* play([
          {
            costs: [
              [long, 1],
              [poolOf("longer", [[10, 9000]]), 1]
            ],
            refusal: "RateLimited",
            takes: 100
          },
          into(long, { at: 200 })
        ]),
        [[0, "refused until 3100"], 3100]
      )
    })
  )

  it.effect("for a rate limit without a time closes nothing where its request pays into nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* play([{ costs: [], refusal: "RateLimited" }, into(ten, { at: 1 })]), [
        [0, "refused until 0"],
        1
      ])
    })
  )

  it.effect("that is over at once closes nothing, and yet one request goes at a time", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 100, refusal: "RateLimited", bodyHint: 0 }),
          into(ten, { at: 200, takes: 50 }),
          into(ten, { at: 201 })
        ]),
        [[0, "refused until 100"], 200, 250]
      )
    })
  )

  it.effect("that is a ban without a time holds for two minutes, twice as long each time, for three days at most", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      const lengths: Array<number> = []
      for (let index = 0; index < 14; index++) {
        const [told] = yield* play([into(ten, { refusal: index % 2 === 0 ? "Banned" : "Forbidden" })], {
          store,
          until: 1
        })
        const [sentAt, refused] = told as ReadonlyArray<Told>
        const length = Number(String(refused).replace("refused until ", ""))
        assert.strictEqual(sentAt, 0)
        lengths.push(length / 60_000)
        yield* TestClock.adjust(length - 1)
      }
      assert.deepStrictEqual(lengths, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4320, 4320])
    })
  )

  it.effect("that is a ban begins with two minutes again after a good answer", () =>
    Effect.gen(function* () {
      const minutes = 60_000
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { refusal: "Banned" }),
            into(ten, { at: 2 * minutes, refusal: "Banned" }),
            into(ten, { at: 6 * minutes }),
            into(ten, { at: 7 * minutes, refusal: "Banned" })
          ],
          { until: 10 * minutes }
        ),
        [
          [0, `refused until ${2 * minutes}`],
          [2 * minutes, `refused until ${6 * minutes}`],
          6 * minutes,
          [7 * minutes, `refused until ${9 * minutes}`]
        ]
      )
    })
  )

  it.effect("that is a ban begins with two minutes also after one that stated its time", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([into(ten, { refusal: "Banned", bodyHint: 1000 }), into(ten, { at: 1, refusal: "Banned" })]),
        [
          [0, "refused until 1000"],
          [1000, "refused until 121000"]
        ]
      )
    })
  )

  it.effect("that is a ban is doubled all the same where the exchange has failed since", () =>
    Effect.gen(function* () {
      const minutes = 60_000
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { refusal: "Banned" }),
            into(ten, { at: 2 * minutes, isFailure: true }),
            into(ten, { at: 3 * minutes, refusal: "Banned" })
          ],
          { until: 10 * minutes }
        ),
        [[0, `refused until ${2 * minutes}`], 2 * minutes, [3 * minutes, `refused until ${7 * minutes}`]]
      )
    })
  )

  it.effect(
    "that is a ban is doubled all the same after an answer to what was sent in the instant in which it began",
    () =>
      Effect.gen(function* () {
        const minutes = 60_000
        assert.deepStrictEqual(
          yield* play(
            [into(ten, { takes: 10 }), into(ten, { refusal: "Banned" }), into(ten, { at: 20, refusal: "Banned" })],
            { until: 10 * minutes }
          ),
          [0, [0, `refused until ${2 * minutes}`], [2 * minutes, `refused until ${6 * minutes}`]]
        )
      })
  )

  it.effect("that is a ban is doubled the next time also where a rate limit came just before it", () =>
    Effect.gen(function* () {
      const minutes = 60_000
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { takes: 100, refusal: "RateLimited", bodyHint: 50 }),
            into(ten, { takes: 200, refusal: "Banned" }),
            into(ten, { at: 300, refusal: "Banned" })
          ],
          { until: 10 * minutes }
        ),
        [
          [0, "refused until 150"],
          [0, `refused until ${2 * minutes + 200}`],
          [2 * minutes + 200, `refused until ${6 * minutes + 200}`]
        ]
      )
    })
  )

  it.effect("that is a ban is not doubled, and not forgotten, by answers to what was under way when it began", () =>
    Effect.gen(function* () {
      const minutes = 60_000
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { takes: 100, refusal: "Banned" }),
            into(ten, { takes: 100, refusal: "Banned" }),
            into(ten, { takes: 200, refusal: "Forbidden" }),
            into(ten, { takes: 300 }),
            into(ten, { at: 300, refusal: "Banned" })
          ],
          { until: 10 * minutes }
        ),
        [
          [0, `refused until ${2 * minutes + 100}`],
          [0, `refused until ${2 * minutes + 100}`],
          [0, `refused until ${2 * minutes + 200}`],
          0,
          [2 * minutes + 200, `refused until ${6 * minutes + 200}`]
        ]
      )
    })
  )

  it.effect("that is a ban is not doubled either by what was sent in the instant in which it began", () =>
    Effect.gen(function* () {
      const minutes = 60_000
      assert.deepStrictEqual(
        yield* play(
          [
            into(ten, { takes: 10, refusal: "Banned" }),
            into(ten, { refusal: "Banned" }),
            into(ten, { at: 20, refusal: "Banned" })
          ],
          { until: 10 * minutes }
        ),
        [
          [0, `refused until ${2 * minutes + 10}`],
          [0, `refused until ${2 * minutes}`],
          [2 * minutes + 10, `refused until ${6 * minutes + 10}`]
        ]
      )
    })
  )

  it.effect("whose reader gives up closes with what its head said, counted from then", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 100, refusal: "Banned", headHint: 2000, body: Infinity, interruptedAt: 600 }),
          into(ten, { at: 200 }),
          into(other, { at: 300, waitAtMost: 1800 })
        ]),
        [0, 2100, "600: Banned until 2100"]
      )
    })
  )

  it.effect("whose reader gives up, and that says no time, closes for as long as without a hint", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          into(ten, { takes: 100, refusal: "RateLimited", body: Infinity, interruptedAt: 600 }),
          into(ten, { at: 200 })
        ]),
        [0, 1100]
      )
    })
  )

  it.effect("is told by the state, the gate's of every pool", () =>
    Effect.gen(function* () {
      const store = Pools.makeMemory()
      yield* play(
        [
          into(ten, { refusal: "RateLimited", bodyHint: 5000 }),
          into(other, { takes: 10, refusal: "Banned", bodyHint: 1000 })
        ],
        { store, until: 11 }
      )
      const closed = Effect.map(store.state, (pools) =>
        pools.map(({ closed }) =>
          Option.match(closed, {
            onNone: () => "open",
            onSome: ({ refusal, until }) => `${refusal} ${until.epochMillis}`
          })
        )
      )
      assert.deepStrictEqual(yield* closed, ["Banned 1010", "Banned 1010"])
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(yield* closed, ["RateLimited 5000", "open"])
      yield* TestClock.adjust(4000)
      assert.deepStrictEqual(yield* closed, ["open", "open"])
    })
  )
})

describe("who can't go in time", () => {
  const ten = poolOf("ten", [[10, 1000]])
  const weighing = (weight: number, rest: Call = {}): Call => ({ costs: [[ten, weight]], ...rest })

  it.effect("is told so at once, and from when it might", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          weighing(10, { takes: 100 }),
          weighing(1, { at: 200, waitAtMost: 900 }),
          weighing(1, { at: 201, waitAtMost: 900 })
        ]),
        [0, "200: full until 1100", 1100]
      )
    })
  )

  it.effect("is who can't go at once, where there is no time at all", () =>
    Effect.gen(function* () {
      const hurried = (weight: number, at: number) => weighing(weight, { at, waitAtMost: 0 })
      assert.deepStrictEqual(yield* play([hurried(9, 0), hurried(1, 1), hurried(1, 2), hurried(1, 1000)]), [
        0,
        1,
        "2: full until 1000",
        1000
      ])
    })
  )

  it.effect("is told so where those ahead of it fill the window first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* play([
          weighing(10, { takes: 100 }),
          weighing(10, { at: 200 }),
          weighing(5, { at: 300 }),
          weighing(6, { at: 400, waitAtMost: 2700 }),
          weighing(6, { at: 401, waitAtMost: 2700 })
        ]),
        [0, 1100, 2100, "400: full until 3100", 3100]
      )
    })
  )

  it.effect("reckons with the share of those ahead of it, not only with its own", () =>
    Effect.gen(function* () {
      // All ten ahead of it go at once, so it may go one window later, though its own share is only 2.
      assert.deepStrictEqual(
        yield* play([
          weighing(10, { takes: 100 }),
          weighing(10, { at: 200 }),
          weighing(2, { at: 300, fraction: 0.2, waitAtMost: 1801 }),
          weighing(2, { at: 300, fraction: 0.2, waitAtMost: 1800 })
        ]),
        [0, 1100, 2100, "300: full until 2100"]
      )
    })
  )

  it.effect("does not give up because of what is in flight beside others, which an answer may clear", () =>
    Effect.gen(function* () {
      const fed = poolOf("fed", [[10, 1000]], { tells: "used", resets: "rolling" })
      const into = (weight: number, rest: Call = {}): Call => ({ costs: [[fed, weight]], ...rest })
      assert.deepStrictEqual(
        yield* play([
          into(1, { answer: { fed: "6" } }),
          into(2, { at: 10, takes: 100 }),
          into(2, { at: 20, waitAtMost: 500 })
        ]),
        [0, 10, 110]
      )
    })
  )

  it.effect("waits for what others have used no longer than it counts", () =>
    Effect.gen(function* () {
      const fed = poolOf("fed", [[10, 1000]], { tells: "used", resets: "rolling" })
      const into = (weight: number, rest: Call = {}): Call => ({ costs: [[fed, weight]], ...rest })
      assert.deepStrictEqual(
        yield* play([
          into(1, { answer: { fed: "10" } }),
          into(5, { at: 10, waitAtMost: 990 }),
          into(5, { at: 10, waitAtMost: 991 })
        ]),
        [0, "10: full until 1000", 1000]
      )
    })
  )
})

describe("a permit", () => {
  const ten = poolOf("ten", [[10, 1000]])

  const minute = poolOf("minute", [[10, 60_000]])

  /** What comes of a request where something happens to the one under way so many steps after it was asked for. */
  const askedWhile = (steps: number, happens: (permit: Pools.Permit) => Effect.Effect<unknown>) => {
    let left = Infinity
    let between = () => {}
    const platform = new Scheduler.MixedScheduler(2048)
    const scheduler: Scheduler.Scheduler = {
      scheduleTask: (task, priority) => platform.scheduleTask(task, priority),
      shouldYield: (fiber) => {
        if (--left !== 0) return platform.shouldYield(fiber)
        platform.scheduleTask(between, 0)
        return 0
      }
    }
    const store = Pools.makeMemory()
    const asking = (waitAtMost: () => number) => ({
      exchange: binance,
      origin: "https://one.test",
      costs: [{ pool: minute, weight: 3 }],
      fraction: 1,
      // Read once it is asked for.
      get waitAtMost() {
        return waitAtMost()
      }
    })
    return Effect.gen(function* () {
      const over = yield* Deferred.make<void>()
      const first = yield* Effect.fork(
        store.withPermit(
          asking(() => Infinity),
          (permit) => {
            between = () => Effect.runSync(happens(permit))
            return Deferred.await(over)
          }
        )
      )
      yield* Effect.yieldNow()
      const second = store.withPermit(
        asking(() => {
          left = steps
          return 1000
        }),
        () => Effect.void
      )
      const what = yield* Effect.match(second, { onFailure: ({ _tag }) => _tag, onSuccess: () => "sent" })
      yield* Deferred.succeed(over, undefined)
      yield* Fiber.join(first)
      return [what, ...(yield* store.state).map(({ windows }) => windows[0]?.used)]
    }).pipe(Effect.withScheduler(scheduler), Effect.runPromise)
  }

  for (const steps of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    it(`is not lost to a ban that comes ${steps} steps after it was asked for`, async () => {
      const happens = (permit: Pools.Permit) => permit.refused("Banned", hintOf(60_000, 60_000))
      assert.deepStrictEqual(await askedWhile(steps, happens), ["Closed", 3])
    })

    it(`is given by an answer that comes ${steps} steps after it was asked for`, async () => {
      const happens = (permit: Pools.Permit) => permit.answered({ headers: {}, date: Option.none() })
      assert.deepStrictEqual(await askedWhile(steps, happens), ["sent", 6])
    })
  }

  for (const weight of [0, -1, 1.5, Number.NaN, Infinity]) {
    it.effect(`is not for a weight of ${weight}`, () =>
      Effect.gen(function* () {
        const request = { exchange: binance, origin: "https://one.test", fraction: 1, waitAtMost: 0 }
        const exit = yield* Effect.exit(
          Pools.makeMemory().withPermit({ ...request, costs: [{ pool: ten, weight }] }, () => Effect.void)
        )
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", `a request can't weigh ${weight}`)
      })
    )
  }
})

describe("a minute of the exchange that has been counted", () => {
  it.effect("is not forgotten when our own weight of the minute before is let go", () =>
    Effect.gen(function* () {
      const minute = poolOf("minute", [[2400, 60_000]], { tells: "used", resets: "aligned" })
      const into = (weight: number, rest: Call = {}): Call => ({ costs: [[minute, weight]], ...rest })
      const second = 1000
      assert.deepStrictEqual(
        yield* play(
          [
            into(1000, { at: 55 * second }),
            // The minute holds 1400 of ours, and 900 of others; what we hold is 2400.
            into(1400, { at: 65 * second, answer: { fed: "2300", date: 65 * second } }),
            into(100, { at: 116 * second }),
            into(101, { at: 117 * second })
          ],
          { until: 200 * second }
        ),
        [55 * second, 65 * second, 116 * second, 121 * second]
      )
    })
  )
})

describe("the metrics", () => {
  const minute = poolOf("minute", [[10, 60_000]], { tells: "used", resets: "aligned" })
  const of = <Type, In, Out>(metric: Metric.Metric<Type, In, Out>, tags: Readonly<Record<string, string>>) =>
    Metric.value(
      Metric.taggedWithLabels(
        metric,
        Object.entries(tags).map(([name, text]) => MetricLabel.make(name, text))
      )
    )

  it.effect("show the weight after an answer, with what it tells of others unless that is over", () =>
    Effect.gen(function* () {
      // Answered 100 milliseconds after it was sent; counts for a second longer than its minute.
      for (const [index, [intoMinute, used]] of (
        [
          [999, 10],
          [1000, 1]
        ] as const
      ).entries()) {
        const exchange = Exchange.make(`weighed-${index}`)
        const answer = { fed: "10", date: 7 * 60_000 + intoMinute }
        yield* play([{ exchange, costs: [[minute, 1]], takes: 100, answer }], { until: 200 })
        const { value } = yield* of(Telemetry.weightUsed, { exchange, pool: "minute", window: "1m" })
        assert.strictEqual(value, used)
      }
    })
  )

  it.effect("show how long requests waited, and who refused them, but not of a quiet store", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(5000)
      const shown = (exchange: Exchange.Exchange, store: Pools.Service) =>
        Effect.gen(function* () {
          yield* play([{ exchange }, { exchange, refusal: "RateLimited" }], { store })
          const waits = yield* of(Telemetry.waits, { exchange })
          const refusals = yield* of(Telemetry.refusals, { exchange, refusal: "RateLimited" })
          return { count: waits.count, sum: waits.sum, refusals: refusals.count }
        })
      assert.deepStrictEqual(yield* shown(Exchange.make("told"), Pools.makeMemory()), {
        count: 2,
        sum: 1000,
        refusals: 1
      })
      const quiet = MemoryPools.make({ quiet: true })
      assert.deepStrictEqual(yield* shown(Exchange.make("quiet"), quiet), { count: 0, sum: 0, refusals: 0 })
    })
  )
})
