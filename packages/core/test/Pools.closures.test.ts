import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Exchange from "../src/Exchange.ts"
import * as Pools from "../src/Pools.ts"
import * as Quota from "../src/Quota.ts"

const binance = Exchange.make("binance")
const origin = "https://one.test"

const poolOf = (name: string) =>
  new Quota.Pool({
    name,
    unit: "weight",
    windows: Data.array([Quota.window(100, "1 minute")]) as Quota.Pool["windows"]
  })

const weight = poolOf("weight")
const history = poolOf("/futures/data")

interface Call {
  readonly pools?: ReadonlyArray<Quota.Pool>
  readonly exchange?: Exchange.Exchange
  readonly origin?: string
  readonly refusal?: Pools.Refusal
  /** Milliseconds that the refusal is to last. */
  readonly lasts?: number
  readonly cautious?: boolean
  /** Whether the body never ends after the head has refused. */
  readonly hangs?: boolean
}

const start = 1_800_000_000_000
const second = 1000
const minute = 60 * second
const day = 24 * 60 * minute

const currentTime = Effect.map(DateTime.now, ({ epochMillis }) => epochMillis)

/** Asks once: `sent`, or what is closed for how many milliseconds more. */
const ask = (call: Call = {}) =>
  Effect.gen(function* () {
    const { cautious, exchange = binance, hangs = false, lasts, pools = [weight], refusal } = call
    const store = yield* Pools.Pools
    const costs = pools.map((pool) => ({ pool, weight: 1 }))
    const request = { exchange, origin: call.origin ?? origin, costs, fraction: 1, waitAtMost: 0, cautious }
    return yield* store.withPermit(request, (permit) =>
      Effect.gen(function* () {
        const now = yield* currentTime
        const hint = Option.map(Option.fromNullable(lasts), (millis) => ({
          until: DateTime.unsafeMake(now + millis),
          millis
        }))
        yield* permit.answered({ headers: {}, date: Option.none(), refusal, hint })
        if (hangs) yield* Effect.never
        if (refusal !== undefined) yield* permit.refused(refusal, hint)
        return "sent"
      })
    )
  }).pipe(
    Effect.catchTag("Closed", ({ refusal, until }) =>
      Effect.map(currentTime, (now) => `${refusal} for ${until.epochMillis - now}`)
    ),
    Effect.orDie
  )

/** As a process of its own asks, of which nothing is left but what it has kept. */
const process = (...calls: ReadonlyArray<Call>) =>
  Effect.provide(
    Effect.map(Effect.forEach(calls.length === 0 ? [{}] : calls, ask), (told) => told.join(", ")),
    Pools.layerKeyValueStore
  )

/** Runs a test with an empty store from the start on, and what is logged meanwhile. */
const test = <A, E>(body: (log: Array<string>) => Effect.Effect<A, E, KeyValueStore.KeyValueStore>) =>
  Effect.suspend(() => {
    const log: Array<string> = []
    const logger = Logger.make(({ message }) => log.push(String([message].flat()[0])))
    return Effect.zipRight(TestClock.setTime(start), body(log)).pipe(
      Effect.provide(Layer.merge(KeyValueStore.layerMemory, Logger.replace(Logger.defaultLogger, logger)))
    )
  })

const entry = (closure: { readonly refusal?: string; readonly writtenAt?: number; readonly until: number }) => {
  const { refusal = "Banned", until, writtenAt = 0 } = closure
  return JSON.stringify({ refusal, until: new Date(start + until), writtenAt: new Date(start + writtenAt) })
}

const everything = `binance ${origin}`

describe("a closure that outlives the process", () => {
  for (const refusal of ["Banned", "Forbidden"] as const) {
    it.effect(`is that of everything of an exchange at an origin (${refusal}), until its end`, () =>
      test(() =>
        Effect.gen(function* () {
          assert.strictEqual(yield* process({ refusal, lasts: 2 * minute }), "sent")
          yield* TestClock.adjust(minute)
          const still = `${refusal} for ${minute}`
          assert.strictEqual(yield* process({}, { pools: [history] }, {}), `${still}, ${still}, ${still}`)
          assert.strictEqual(yield* process({ pools: [] }), still)
          yield* TestClock.adjust(minute - 1)
          assert.strictEqual(yield* process({}), `${refusal} for 1`)
          yield* TestClock.adjust(1)
          assert.strictEqual(yield* process(), "sent")
        })
      )
    )
  }

  it.effect("is that of a pool after a 429, and of no other", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ pools: [history], refusal: "RateLimited", lasts: minute })
        assert.strictEqual(
          yield* process({}, { pools: [history] }, { pools: [weight, history] }),
          `sent, RateLimited for ${minute}, RateLimited for ${minute}`
        )
      })
    )
  )

  it.effect("is met in the midst of a process, when a request first asks for its pool", () =>
    test(() =>
      Effect.gen(function* () {
        const asks = process({}, { pools: [history] })
        yield* process({ pools: [history], refusal: "RateLimited", lasts: minute })
        assert.strictEqual(yield* asks, `sent, RateLimited for ${minute}`)
      })
    )
  )

  it.effect("is nothing to another origin, or another exchange", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ refusal: "Banned", lasts: minute })
        const others = [{ origin: "https://one.test:8443" }, { exchange: Exchange.make("bitget") }]
        assert.strictEqual(yield* process(...others), "sent, sent")
      })
    )
  )

  it.effect("ends when it was stated to end, if none was stated after two minutes", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ refusal: "Banned" })
        assert.strictEqual(yield* process(), `Banned for ${2 * minute}`)
      })
    )
  )

  it.effect("lasts a second longer, or is not kept", () =>
    test(() =>
      Effect.gen(function* () {
        const { size } = yield* KeyValueStore.KeyValueStore
        yield* process({ refusal: "RateLimited", lasts: second })
        assert.strictEqual(yield* size, 0)
        yield* process({ refusal: "RateLimited", lasts: second + 1 })
        assert.strictEqual(yield* size, 1)
      })
    )
  )

  it.effect("is kept also where the caller has not waited for the end of the answer", () =>
    test(() =>
      Effect.gen(function* () {
        const asking = yield* Effect.fork(process({ refusal: "Banned", lasts: minute, hangs: true }))
        yield* TestClock.adjust(second)
        yield* Fiber.interrupt(asking)
        assert.strictEqual(yield* process(), `Banned for ${minute - second}`)
      })
    )
  )

  it.effect("lets one request go at a time when it has ended", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ refusal: "RateLimited", lasts: minute })
        const sent = yield* Effect.gen(function* () {
          const store = yield* Pools.Pools
          yield* ask({ cautious: false })
          yield* TestClock.adjust(minute)
          let count = 0
          const costs = [{ pool: weight, weight: 1 }]
          const request = { exchange: binance, origin, costs, fraction: 1, waitAtMost: Infinity }
          const never = store.withPermit(request, () =>
            Effect.zipRight(
              Effect.sync(() => count++),
              Effect.never
            )
          )
          const asking = yield* Effect.fork(Effect.all([never, never], { concurrency: "unbounded" }))
          yield* TestClock.adjust(second)
          yield* Fiber.interrupt(asking)
          return count
        }).pipe(Effect.provide(Pools.layerKeyValueStore))
        assert.strictEqual(sent, 1)
      })
    )
  )
})

describe("of two processes at the same time", () => {
  /** A process that lives until the end of the test. */
  const started = Effect.map(Layer.build(Pools.layerKeyValueStore), (context) => Effect.provide(context))

  for (const [first, last] of [
    [minute, 2 * minute],
    [2 * minute, minute]
  ] as const) {
    it.effect(`the closure that ends later holds, whoever writes last (${first}, then ${last})`, () =>
      test(() =>
        Effect.gen(function* () {
          const one = yield* started
          const two = yield* started
          // Both have looked before either writes.
          yield* one(ask())
          yield* two(ask())
          yield* one(ask({ refusal: "Banned", lasts: first }))
          yield* two(ask({ refusal: "Banned", lasts: last }))
          assert.strictEqual(yield* process(), `Banned for ${2 * minute}`)
        }).pipe(Effect.scoped)
      )
    )
  }

  it.effect("each keeps the closures of its own pools", () =>
    test(() =>
      Effect.gen(function* () {
        const one = yield* started
        const two = yield* started
        yield* one(ask())
        yield* two(ask({ pools: [history] }))
        yield* one(ask({ refusal: "RateLimited", lasts: minute }))
        yield* two(ask({ pools: [history], refusal: "RateLimited", lasts: 2 * minute }))
        assert.strictEqual(
          yield* process({}, { pools: [history] }),
          `RateLimited for ${minute}, RateLimited for ${2 * minute}`
        )
      }).pipe(Effect.scoped)
    )
  )
})

describe("when the clock has been set", () => {
  it.effect("back, a closure lasts as long as it was stated to last, and does not begin anew each time", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ refusal: "Banned", lasts: 10 * minute })
        yield* TestClock.setTime(start - day)
        assert.strictEqual(yield* process(), `Banned for ${10 * minute}`)
        yield* TestClock.adjust(4 * minute)
        assert.strictEqual(yield* process(), `Banned for ${6 * minute}`)
        yield* TestClock.adjust(6 * minute)
        assert.strictEqual(yield* process(), "sent")
      })
    )
  )

  it.effect("after it was met, a closure ends when so much time has passed, whatever the clock shows", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ refusal: "Banned", lasts: minute })
        const clock = yield* Effect.clock
        let setBy = 0
        // One clock tells the time, the other counts it from the start of the machine.
        const machine: Clock.Clock = {
          [Clock.ClockTypeId]: Clock.ClockTypeId,
          unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + setBy,
          unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos() - BigInt(start) * 1_000_000n,
          currentTimeMillis: Effect.sync(() => clock.unsafeCurrentTimeMillis() + setBy),
          currentTimeNanos: Effect.sync(() => clock.unsafeCurrentTimeNanos() - BigInt(start) * 1_000_000n),
          sleep: (duration) => clock.sleep(duration)
        }
        const told = yield* Effect.gen(function* () {
          const first = yield* Effect.withClock(ask(), machine)
          setBy = -day
          yield* TestClock.adjust(minute - 1)
          const last = yield* Effect.withClock(ask(), machine)
          yield* TestClock.adjust(1)
          return [first, last.split(" ")[0], yield* Effect.withClock(ask(), machine)]
        }).pipe(Effect.provide(Pools.layerKeyValueStore))
        assert.deepStrictEqual(told, [`Banned for ${minute}`, "Banned", "sent"])
      })
    )
  )

  it.effect.prop(
    "no closure lasts longer than it was stated to last, and on a clock that was left alone it lasts as long",
    {
      lasts: fc.integer({ min: 2, max: 3 * 24 * 3600 }),
      steps: fc.array(
        fc.record({
          passes: fc.integer({ min: 0, max: 24 * 3600 }),
          isSetBy: fc.oneof(fc.constant(0), fc.integer({ min: -4 * 24 * 3600, max: 4 * 24 * 3600 }))
        }),
        { maxLength: 6 }
      )
    },
    ({ lasts, steps }) =>
      test(() =>
        Effect.gen(function* () {
          yield* process({ refusal: "Banned", lasts: lasts * second })
          let passed = 0
          let wasSet = false
          let seen: number | undefined
          for (const { isSetBy, passes } of steps) {
            const now = yield* currentTime
            yield* TestClock.setTime(Math.max(0, now + (passes + isSetBy) * second))
            passed += passes
            wasSet ||= isSetBy !== 0
            const told = yield* process()
            const left = told === "sent" ? 0 : Number(/\d+$/.exec(told)?.[0])
            assert.isAtMost(left, lasts * second)
            if (!wasSet) assert.strictEqual(left, Math.max(0, lasts - passed) * second)
            // Once seen, it goes by the clock alone.
            if (seen !== undefined && isSetBy === 0) assert.strictEqual(left, Math.max(0, seen - passes * second))
            seen = left
            if (left === 0) return
          }
        })
      ),
    { fastCheck: { numRuns: 50 } }
  )
})

describe("an entry that is no closure", () => {
  for (const [what, text] of [
    ["cut off", '{"refusal":"Banned","un'],
    ["of another kind", '["Banned"]'],
    ["of a refusal that there is not", entry({ refusal: "Bored", until: minute })],
    ["longer than any ban", entry({ until: 3 * day + 1 })]
  ] as const) {
    it.effect(`(${what}) closes nothing, is told once, and gives way to the next closure`, () =>
      test((log) =>
        Effect.gen(function* () {
          const store = yield* KeyValueStore.KeyValueStore
          yield* store.set(everything, text)
          const ban = { refusal: "Banned", lasts: minute } as const
          assert.strictEqual(yield* process({}, {}, ban), "sent, sent, sent")
          assert.deepStrictEqual(log, [`what binance has refused at ${origin} cannot be read`])
          assert.strictEqual(yield* process(), `Banned for ${minute}`)
          assert.lengthOf(log, 1)
        })
      )
    )
  }

  it.effect("is not one that has the length of the longest ban, nor one that is over", () =>
    test((log) =>
      Effect.gen(function* () {
        const store = yield* KeyValueStore.KeyValueStore
        yield* store.set(everything, entry({ until: 3 * day }))
        assert.strictEqual(yield* process(), `Banned for ${3 * day}`)
        yield* store.set(everything, entry({ until: -1, writtenAt: -10 * day }))
        assert.strictEqual(yield* process(), "sent")
        yield* store.set(everything, entry({ until: -1, writtenAt: -day }))
        assert.strictEqual(yield* process(), "sent")
        assert.lengthOf(log, 1)
      })
    )
  )
})

describe("a store of closures", () => {
  /** A process whose store is that of the test, but for some of it. */
  const processOn = (change: (store: KeyValueStore.KeyValueStore) => Partial<KeyValueStore.KeyValueStore>) => {
    const changed = Effect.map(KeyValueStore.KeyValueStore, (store) =>
      KeyValueStore.make({ ...store, ...change(store) })
    )
    return Effect.provide(Layer.provide(Pools.layerKeyValueStore, Layer.effect(KeyValueStore.KeyValueStore, changed)))
  }

  /** Whatever happens to who waits for it. */
  const hang = Effect.uninterruptible(Effect.as(Effect.sleep("1 hour"), Option.none()))
  const broken = Effect.fail({ _tag: "SystemError" } as never)

  it.effect("is read once per pool, however many ask at the same time", () =>
    test(() =>
      Effect.gen(function* () {
        const read: Array<string> = []
        const counted = processOn(({ get }) => ({
          get: (key) => Effect.suspend(() => (read.push(key), Effect.delay(get(key), 10)))
        }))
        const many = Array.from({ length: 20 }, () => ask())
        const asking = yield* Effect.fork(counted(Effect.all(many, { concurrency: "unbounded" })))
        yield* TestClock.adjust(second)
        yield* Fiber.interrupt(asking)
        assert.deepStrictEqual(read, [everything, `${everything} weight`])
      })
    )
  )

  it.effect("is read by the next who asks where the first has given up", () =>
    test(() =>
      Effect.gen(function* () {
        yield* process({ refusal: "Banned", lasts: minute })
        const slow = processOn(({ get }) => ({ get: (key) => Effect.delay(get(key), 10) }))
        const told = yield* Effect.gen(function* () {
          const first = yield* Effect.fork(ask())
          const next = yield* Effect.fork(ask())
          yield* TestClock.adjust(5)
          yield* Fiber.interrupt(first)
          yield* TestClock.adjust(10)
          return yield* Fiber.join(next)
        }).pipe(slow)
        assert.strictEqual(told, `Banned for ${minute - 15}`)
      })
    )
  )

  it.effect("that hangs keeps nobody for longer than a second, before the first request and after a ban", () =>
    test((log) =>
      Effect.gen(function* () {
        const hanging = processOn(() => ({ get: () => hang, set: () => hang }))
        let sent = false
        const request = { exchange: binance, origin, costs: [], fraction: 1, waitAtMost: 0 }
        const asking = yield* Effect.flatMap(Pools.Pools, (store) =>
          store.withPermit(request, ({ refused }) => {
            sent = true
            return Effect.asVoid(refused("Banned", Option.none()))
          })
        ).pipe(hanging, Effect.fork)
        yield* TestClock.adjust(second - 1)
        assert.isFalse(sent)
        yield* TestClock.adjust(1)
        assert.isTrue(sent)
        // It looks what is kept, and then writes.
        yield* TestClock.adjust(2 * second - 1)
        assert.isTrue(Option.isNone(yield* Fiber.poll(asking)))
        yield* TestClock.adjust(1)
        assert.isTrue(Option.isSome(yield* Fiber.poll(asking)))
        assert.deepStrictEqual(log, [
          `what binance has refused at ${origin} cannot be read`,
          `what binance refuses at ${origin} cannot be kept`
        ])
      })
    )
  )

  it.effect("that can't be written stops nobody, and what it holds closes all the same", () =>
    test((log) =>
      Effect.gen(function* () {
        const store = yield* KeyValueStore.KeyValueStore
        yield* store.set(everything, entry({ writtenAt: minute, until: 2 * minute }))
        const full = processOn(() => ({ set: () => broken }))
        assert.strictEqual(yield* full(ask()), `Banned for ${minute}`)
        yield* store.remove(everything)
        assert.strictEqual(yield* full(ask({ refusal: "Banned", lasts: minute })), "sent")
        const warning = `what binance refuses at ${origin} cannot be kept`
        assert.deepStrictEqual(log, [warning, warning])
      })
    )
  )

  it.effect("that can't be read is written all the same", () =>
    test(() =>
      Effect.gen(function* () {
        const unreadable = processOn(() => ({ get: () => broken }))
        assert.strictEqual(yield* unreadable(ask({ refusal: "Banned", lasts: minute })), "sent")
        assert.strictEqual(yield* process(), `Banned for ${minute}`)
      })
    )
  )
})

describe("a pool whose refusals are kept", () => {
  /** How many of three requests are under way before the first is answered. */
  const underWay = (cautious: boolean | undefined) =>
    Effect.gen(function* () {
      let sent = 0
      const store = yield* Pools.Pools
      const costs = [{ pool: weight, weight: 1 }]
      const request = { exchange: binance, origin, costs, fraction: 1, waitAtMost: minute, cautious }
      const call = store.withPermit(request, (permit) =>
        Effect.suspend(() => {
          sent += 1
          return Effect.delay(permit.answered({ headers: {}, date: Option.none() }), second)
        })
      )
      const calls = yield* Effect.fork(Effect.all([call, call, call], { concurrency: "unbounded", discard: true }))
      yield* TestClock.adjust(second - 1)
      const before = sent
      yield* TestClock.adjust(second + 1)
      yield* Fiber.join(calls)
      return before
    }).pipe(Effect.provide(Pools.layerKeyValueStore))

  it.effect("lets one request go until the first answer has come, unless its caller need not be careful", () =>
    test(() =>
      Effect.gen(function* () {
        assert.strictEqual(yield* underWay(undefined), 1)
        assert.strictEqual(yield* underWay(true), 1)
        assert.strictEqual(yield* underWay(false), 3)
      })
    )
  )
})
