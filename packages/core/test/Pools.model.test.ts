import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Limits from "@open-interest/simulator/Limits"
import * as Exchange from "../src/Exchange.ts"
import * as Pools from "../src/Pools.ts"
import * as Quota from "../src/Quota.ts"
import * as SimulationClock from "../src/SimulationClock.ts"

/** What a pool is declared with; times in milliseconds. */
interface Declared {
  readonly name: string
  readonly windows: ReadonlyArray<{ readonly limit: number; readonly length: number }>
  readonly resets: "aligned" | "rolling"
}

/** One request from its beginning to its end. */
interface Call {
  readonly at: number
  readonly costs: ReadonlyArray<{ readonly pool: number; readonly weight: number }>
  readonly fraction: number
  readonly waitAtMost: number
  /** From sending to the head of the answer, or to the abort where there is none. */
  readonly latency: number
  /** From the head to the end of the body. */
  readonly body: number
  readonly answers: boolean
  /** What each pool's header says that was used; negative is as absent. */
  readonly reports: ReadonlyArray<number>
  /** By how much the exchange's clock is ahead in `Date`; `undefined` for none. */
  readonly date: number | undefined
  readonly refusal: Pools.Refusal | undefined
  /** Milliseconds from the end of the body, or from the head where the body does not end. */
  readonly hint: number | undefined
  readonly interruptedAfter: number | undefined
  /** The wall clock is set by so much when the call begins. */
  readonly step: number
}

interface Schedule {
  readonly pools: ReadonlyArray<Declared>
  readonly calls: ReadonlyArray<Call>
  readonly cautious: boolean
}

/** What happened, in the order in which it did. */
type Event = { readonly at: number; readonly id: number } & (
  | { readonly type: "entered" | "sent" | "answered" | "refused" | "woke" }
  | { readonly type: "ended"; readonly how: string; readonly from?: number }
)

const exchange = Exchange.make("model")

const declare = ({ name, resets, windows }: Declared): Quota.Pool =>
  new Quota.Pool({
    name,
    unit: "weight",
    windows: Data.array(windows.map(({ length, limit }) => Quota.window(limit, length))) as Quota.Pool["windows"],
    feed: new Quota.Feed({ header: `used-${name}`, tells: "used", resets })
  })

const hintOf = (call: Call, wall: number): Option.Option<Pools.Hint> =>
  call.hint === undefined
    ? Option.none()
    : Option.some({ until: DateTime.unsafeMake(wall + call.hint), millis: call.hint })

const request = (pools: ReadonlyArray<Quota.Pool>, call: Call, cautious: boolean): Pools.Request => ({
  exchange,
  origin: "https://model.test",
  costs: call.costs.map(({ pool, weight }) => ({ pool: pools[pool] as Quota.Pool, weight })),
  fraction: call.fraction,
  waitAtMost: call.waitAtMost,
  cautious
})

/** What every pool says once all is over. */
interface Outcome {
  readonly events: ReadonlyArray<Event>
  readonly left: ReadonlyArray<{ readonly used: number; readonly others: number }>
  readonly probes: ReadonlyArray<string>
  /** Sleepers of the store that sleep at the end. */
  readonly asleep: number
}

const play = ({ calls, cautious, pools: declared }: Schedule, maxOps?: number): Promise<Outcome> => {
  const events: Array<Event> = []
  const base = SimulationClock.make()
  const now = () => Number(base.unsafeCurrentTimeNanos()) / 1e6
  let offset = 0
  let asleep = 0
  // The store sleeps on a clock that tells when it wakes, and whose wall clock can be set.
  const watched: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => base.unsafeCurrentTimeMillis() + offset,
    unsafeCurrentTimeNanos: () => base.unsafeCurrentTimeNanos(),
    currentTimeMillis: Effect.sync(() => base.unsafeCurrentTimeMillis() + offset),
    currentTimeNanos: base.currentTimeNanos,
    sleep: (duration) =>
      Effect.suspend(() => {
        asleep += 1
        return base.sleep(duration)
      }).pipe(
        Effect.ensuring(Effect.sync(() => (asleep -= 1))),
        Effect.zipRight(Effect.sync(() => events.push({ type: "woke", at: now(), id: -1 }))),
        Effect.asVoid
      )
  }
  const sleep = (millis: number) => (millis === 0 ? Effect.void : base.sleep(Duration.millis(millis)))
  const pools = declared.map(declare)
  const store = Pools.makeMemory()

  const run = (call: Call, id: number) => {
    const log = (event: "entered" | "sent" | "answered" | "refused") => events.push({ type: event, at: now(), id })
    const ended = (how: string, from?: number) => {
      events.push({ type: "ended", at: now(), id, how, ...(from === undefined ? {} : { from: from - offset }) })
    }
    const use = (permit: Pools.Permit) =>
      Effect.suspend(() => {
        log("sent")
        return sleep(call.latency)
      }).pipe(
        Effect.zipRight(
          Effect.suspend(() => {
            if (!call.answers) return Effect.fail("aborted" as const)
            log("answered")
            const headers = Object.fromEntries(
              call.costs.map(({ pool }) => [`used-${declared[pool]?.name}`, String(call.reports[pool])])
            )
            const date = Option.map(Option.fromNullable(call.date), (ahead) =>
              DateTime.unsafeMake(base.unsafeCurrentTimeMillis() + ahead)
            )
            const hint = hintOf(call, watched.unsafeCurrentTimeMillis())
            return permit.answered({ headers, date, refusal: call.refusal, hint })
          })
        ),
        Effect.zipRight(sleep(call.body)),
        Effect.zipRight(
          Effect.suspend((): Effect.Effect<unknown> => {
            if (call.refusal === undefined) return Effect.void
            log("refused")
            return permit.refused(call.refusal, hintOf(call, watched.unsafeCurrentTimeMillis()))
          })
        )
      )
    return Effect.suspend(() => {
      offset += call.step
      log("entered")
      return store.withPermit(request(pools, call, cautious), use)
    }).pipe(
      Effect.withClock(watched),
      Effect.catchAll((error) =>
        Effect.sync(() => {
          if (error === "aborted") return ended("over")
          ended(error._tag, error._tag === "Full" ? error.from.epochMillis : undefined)
        })
      ),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          if (Exit.isInterrupted(exit)) ended("interrupted")
          else if (events.findLast((event) => event.id === id)?.type !== "ended") ended("over")
        })
      )
    )
  }

  const everything = Effect.gen(function* () {
    const fibers = yield* Effect.forEach(calls, (call, id) =>
      Effect.gen(function* () {
        yield* sleep(call.at)
        const fiber = yield* Effect.fork(run(call, id))
        if (call.interruptedAfter !== undefined) {
          yield* sleep(call.interruptedAfter)
          if (call.interruptedAfter === 0) yield* Effect.yieldNow()
          fiber.unsafeInterruptAsFork(FiberId.none)
        }
        yield* fiber.await
      }).pipe(Effect.fork)
    )
    for (const fiber of fibers) yield* fiber.await
    const asleepAtTheEnd = asleep
    yield* sleep(4 * 24 * 60 * 60 * 1000)
    const left = (yield* store.state.pipe(Effect.withClock(watched))).flatMap(({ windows }) => windows)

    // After a refusal everything has to be let go one by one, and all of it at once afterwards.
    const probes: Array<string> = []
    const whole = (name: string, end: (permit: Pools.Permit) => Effect.Effect<unknown>, waitAtMost: number) => {
      const asked = {
        exchange,
        origin: "https://model.test",
        costs: pools.map((pool) => ({ pool, weight: Math.min(...pool.windows.map(({ limit }) => limit)) })),
        fraction: 1,
        waitAtMost
      }
      return store.withPermit(asked, end).pipe(
        Effect.withClock(watched),
        Effect.match({
          onFailure: ({ _tag }) => probes.push(`${name}: ${_tag}`),
          onSuccess: () => probes.push(`${name}: sent`)
        }),
        Effect.timeoutTo({
          duration: Duration.minutes(1),
          onSuccess: () => undefined,
          onTimeout: () => void probes.push(`${name}: hangs`)
        })
      )
    }
    yield* whole("at once", (permit) => permit.refused("Forbidden", Option.none()), 0)
    yield* sleep(4 * 24 * 60 * 60 * 1000)
    yield* whole("and again", () => Effect.void, 0)
    return { events, left, probes, asleep: asleepAtTheEnd }
  })

  return everything.pipe(
    maxOps === undefined ? (effect) => effect : Effect.withMaxOpsBeforeYield(maxOps),
    SimulationClock.run(base),
    Effect.runPromise
  )
}

/** The rules in their plainest form: no counters, everything is added up anew from what has happened. */
const replay = ({ calls, cautious, pools: declared }: Schedule, { events }: Outcome) => {
  interface Ask extends Call {
    readonly id: number
    readonly entered: number
    phase: "waits" | "granted" | "sent" | "over" | "gone" | "refused"
    /** More than one where it was called back before it had gone. */
    grants: number
    grantedAt: number
    sentAt: number
    overAt: number
    judged: boolean
  }
  interface Shut {
    until: number
    judging: number
    known: boolean
  }
  const asks: Array<Ask> = []
  const shuts: Array<Shut> = declared.map(() => ({ until: -Infinity, judging: 0, known: !cautious }))
  const gate: Shut = { until: -Infinity, judging: 0, known: true }
  const reports: Array<{ pool: number; beyond: number; until: number; tight: boolean }> = []
  let strikes = 0
  let banBegan = -Infinity

  type World = typeof asks

  const paysInto = (ask: Ask, pool: number) => ask.costs.some((cost) => cost.pool === pool)
  const weightIn = (ask: Ask, pool: number) =>
    ask.costs.reduce((sum, cost) => sum + (cost.pool === pool ? cost.weight : 0), 0)
  const underWay = (ask: Ask) => ask.phase === "granted" || ask.phase === "sent"
  const sum = (world: World, pool: number, which: (ask: Ask) => boolean) =>
    world.reduce((total, ask) => total + (which(ask) ? weightIn(ask, pool) : 0), 0)
  const occupied = (world: World, pool: number, length: number, at: number) =>
    sum(world, pool, (ask) => underWay(ask) || (ask.phase === "over" && ask.overAt + length > at))
  /** What the exchange's count of us grows by as this does, until it begins anew. */
  const counted = (world: World, pool: number, at: number) =>
    declared[pool]?.resets === "aligned"
      ? world.reduce((total, ask) => total + ask.grants * weightIn(ask, pool), 0)
      : occupied(world, pool, declared[pool]?.windows[0]?.length ?? NaN, at)
  const shutsOf = (ask: Ask) => [gate, ...ask.costs.map(({ pool }) => shuts[pool] as Shut)]
  const shutUntil = (ask: Ask) => Math.max(...shutsOf(ask).map(({ until }) => until))

  const hasRoom = (world: World, ask: Ask, at: number, careful: boolean) => {
    for (const shut of shutsOf(ask)) {
      if (shut.until > at) return false
      if (careful && shut.judging > 0) return false
    }
    if (careful && !gate.known && world.some(underWay)) return false
    return ask.costs.every(({ pool, weight }) => {
      if (careful && shuts[pool]?.known === false && world.some((other) => underWay(other) && paysInto(other, pool))) {
        return false
      }
      return (declared[pool] as Declared).windows.every(({ length, limit }, index) => {
        const ours = occupied(world, pool, length, at)
        if (ours + weight > Math.floor(limit * ask.fraction)) return false
        if (index > 0) return true
        const unsure = sum(world, pool, underWay)
        const all = counted(world, pool, at) + weight
        return reports
          .filter((report) => report.pool === pool && report.until > at)
          .every(({ beyond, tight }) => all + beyond + (tight ? unsure : 0) <= limit)
      })
    })
  }

  /** Everybody who could go now, in the order in which they came. */
  const letGo = (world: World, at: number, careful: boolean): ReadonlyArray<Ask> => {
    const gone: Array<Ask> = []
    const blocked = new Set<number>()
    for (const ask of world) {
      if (ask.phase !== "waits") continue
      if (!ask.costs.some(({ pool }) => blocked.has(pool)) && hasRoom(world, ask, at, careful)) {
        ask.phase = "granted"
        ask.grants++
        ask.grantedAt = at
        gone.push(ask)
      } else {
        for (const { pool } of ask.costs) blocked.add(pool)
      }
    }
    return gone
  }

  /** The earliest that this one could go if every answer came at once from now on, and nobody gave up. */
  const bestCase = (id: number, now: number): number => {
    const world = asks.map((ask) => ({ ...ask }))
    const mine = world.find((ask) => ask.id === id) as Ask
    let at = now
    const answer = () => {
      for (const ask of world) {
        if (!underWay(ask)) continue
        ask.phase = "over"
        ask.overAt = at
      }
    }
    answer()
    for (;;) {
      while (letGo(world, at, false).length > 0) {
        if (mine.phase !== "waits") return at
        answer()
      }
      const times = [
        gate.until,
        ...shuts.map(({ until }) => until),
        ...reports.map(({ until }) => until),
        ...world.flatMap((ask) =>
          ask.phase === "over"
            ? ask.costs.flatMap(({ pool }) => (declared[pool] as Declared).windows.map((w) => ask.overAt + w.length))
            : []
        )
      ].filter((time) => time > at)
      if (times.length === 0) return Infinity
      at = Math.min(...times)
    }
  }

  const close = (ask: Ask, since: number, now: number) => {
    const { hint, refusal } = ask
    const isBan = refusal !== "RateLimited"
    const targets = isBan ? [gate] : ask.costs.map(({ pool }) => shuts[pool] as Shut)
    let millis = hint
    if (millis === undefined) {
      if (isBan && ask.sentAt > banBegan) strikes++
      const shortest = Math.min(...ask.costs.flatMap(({ pool }) => declared[pool]?.windows.map((w) => w.length) ?? []))
      millis = isBan ? Math.min(120_000 * 2 ** Math.max(0, strikes - 1), 259_200_000) : shortest
    }
    if (isBan && ask.sentAt > banBegan) banBegan = now
    for (const target of targets) {
      target.judging--
      target.known = false
      target.until = Math.max(target.until, since + millis)
    }
    ask.judged = false
    for (const other of asks) {
      const end = shutUntil(other)
      if (other.phase === "waits" && end > now && end >= other.entered + other.waitAtMost) other.phase = "refused"
    }
  }

  let fulls = 0
  let clock = 0
  const nobodyWaitsInVain = (until: number) => {
    // Only at these moments can anything have changed.
    const moments = [
      gate.until,
      ...shuts.map((shut) => shut.until),
      ...reports.map((report) => report.until),
      ...asks.flatMap((ask) => declared.flatMap(({ windows }) => windows.map(({ length }) => ask.overAt + length)))
    ]
    for (const at of [clock, ...moments.filter((moment) => moment > clock && moment < until)]) {
      const idle = letGo(
        asks.map((ask) => ({ ...ask })),
        at,
        true
      )
      if (idle.length > 0) throw new Error(`${idle[0]?.id} waits at ${at}, and could go`)
    }
    for (const ask of asks) if (ask.phase === "granted") throw new Error(`${ask.id} does not go at ${ask.grantedAt}`)
  }

  events.forEach((event, index) => {
    const { at, id, type } = event
    if (at > clock) {
      nobodyWaitsInVain(at)
      clock = at
    }
    const ask = asks.find((each) => each.id === id)
    switch (type) {
      case "entered": {
        const call = calls[id] as Call
        const fresh: Ask = {
          ...call,
          id,
          entered: at,
          phase: "waits",
          grants: 0,
          grantedAt: NaN,
          sentAt: NaN,
          overAt: NaN,
          judged: false
        }
        asks.push(fresh)
        const share = (pool: number) =>
          Math.min(...(declared[pool] as Declared).windows.map(({ limit }) => Math.floor(limit * call.fraction)))
        const said = events[index + 1]
        const refused = said?.type === "ended" && said.id === id && said.at === at ? said : undefined
        const end = shutUntil(fresh)
        if (call.costs.some(({ pool, weight }) => weight > share(pool))) {
          assert.strictEqual(refused?.how, "TooHeavy")
          fresh.phase = "refused"
        } else if (end > at && end >= at + call.waitAtMost) {
          assert.strictEqual(refused?.how, "Closed")
          fresh.phase = "refused"
        } else {
          const best = call.waitAtMost === Infinity ? at : bestCase(id, at)
          if (refused?.how === "Full") {
            fulls++
            assert.isAtLeast(best, at + call.waitAtMost, `${id} could have gone in time`)
            assert.isAtMost(refused.from ?? NaN, best)
            fresh.phase = "refused"
          }
        }
        break
      }
      case "sent":
        if (ask?.phase !== "granted") throw new Error(`${id} goes at ${at}, and may not`)
        assert.strictEqual(at, ask.grantedAt)
        ask.phase = "sent"
        ask.sentAt = at
        return
      case "answered": {
        if (ask === undefined) throw new Error("unknown")
        ask.phase = "over"
        ask.overAt = at
        if (ask.refusal !== undefined) {
          ask.judged = true
          for (const target of ask.refusal === "RateLimited" ? shutsOf(ask).slice(1) : [gate]) target.judging++
          // Whoever has not gone yet stays.
          for (const other of asks) {
            if (other.phase !== "granted" || !shutsOf(other).some(({ judging }) => judging > 0)) continue
            other.phase = "waits"
          }
          break
        }
        for (const { pool } of ask.costs) {
          const length = declared[pool]?.windows[0]?.length ?? NaN
          let until = at + length
          if (declared[pool]?.resets === "aligned" && ask.date !== undefined) {
            const date = at + ask.date
            const counted = date - 1000 - (at - ask.sentAt)
            let reset = Math.floor(counted / length) * length
            while (reset <= counted) reset += length
            until = at + reset - date + 1000
          }
          const total = ask.reports[pool] ?? -1
          const others = total - occupied(asks, pool, length, at)
          if (total < 0 || until <= at || (others <= 0 && declared[pool]?.resets !== "aligned")) continue
          reports.push({ pool, beyond: total - counted(asks, pool, at), until, tight: others > 0 })
        }
        if (ask.sentAt > banBegan) strikes = 0
        for (const shut of shutsOf(ask)) if (ask.sentAt >= shut.until) shut.known = true
        break
      }
      case "refused":
        if (ask === undefined) throw new Error("unknown")
        close(ask, at, at)
        break
      case "ended":
        if (ask === undefined) {
          assert.strictEqual(event.how, "interrupted")
          return
        }
        if (ask.judged) close(ask, ask.overAt, at)
        if (ask.phase === "waits" || ask.phase === "granted") {
          assert.strictEqual(event.how, "interrupted")
          ask.phase = "gone"
        } else if (ask.phase === "sent") {
          ask.phase = "over"
          ask.overAt = at
        } else if (ask.phase === "refused") {
          assert.include(["Closed", "Full", "TooHeavy", "interrupted"], event.how)
          return
        } else {
          assert.include(["over", "interrupted"], event.how)
        }
        break
      case "woke":
        break
    }
    letGo(asks, at, true)
  })
  nobodyWaitsInVain(Infinity)
  for (const { id, phase } of asks) assert.include(["over", "gone", "refused"], phase, `${id} is stuck`)
  return { fulls }
}

/** Wherever it counts a request between its sending and its end, no stretch holds more than our share. */
const staysWithin = ({ calls, pools }: Schedule, { events }: Outcome, tolerance = 0) => {
  const timeOf = (id: number, types: ReadonlyArray<string>) =>
    events.find((event) => event.id === id && types.includes(event.type))?.at
  const sent = calls.flatMap((call, id) => {
    const from = timeOf(id, ["sent"])
    const to = timeOf(id, ["answered", "ended"])
    return from === undefined || to === undefined ? [] : [{ ...call, from, to }]
  })
  pools.forEach(({ windows }, pool) => {
    const mine = sent.filter(({ costs }) => costs.some((cost) => cost.pool === pool))
    for (const { length, limit } of windows) {
      for (const { to: begin } of mine) {
        const counted = mine.filter(({ from, to }) => from < begin + length - tolerance && to >= begin)
        const weight = counted.reduce(
          (sum, { costs }) => sum + costs.reduce((total, cost) => total + (cost.pool === pool ? cost.weight : 0), 0),
          0
        )
        const most = Math.max(...counted.map(({ fraction }) => Math.floor(limit * fraction)))
        assert.isAtMost(weight, most, `of ${limit} in ${length} ms from ${begin}`)
      }
    }
  })
}

const often = <A>(value: A, times: number) => Array.from({ length: times }, () => fc.constant(value))

const windowOf = fc.record({
  limit: fc.integer({ min: 4, max: 12 }),
  length: fc.constantFrom(100, 250, 400, 1000)
})

const poolsOf: fc.Arbitrary<ReadonlyArray<Declared>> = fc.tuple(
  ...["a", "b", "c"].map((name) =>
    fc.record({
      name: fc.constant(name),
      windows: fc.array(windowOf, { minLength: 1, maxLength: 2 }),
      resets: fc.constantFrom("aligned" as const, "rolling" as const)
    })
  )
)

const weight = fc.integer({ min: 1, max: 4 })

const callOf = (span: number, unruly: boolean): fc.Arbitrary<Call> =>
  fc.record({
    at: fc.integer({ min: 0, max: span }),
    costs: fc
      .tuple(fc.constantFrom([0], [0], [1], [2], [0, 2], [1, 2], [2, 0], [0, 1, 2]), fc.tuple(weight, weight, weight))
      .map(([pools, weights]) => pools.map((pool) => ({ pool, weight: weights[pool] as number }))),
    fraction: fc.constantFrom(1, 1, 0.5, 0.75, 0.25),
    waitAtMost: fc.oneof(...often(Infinity, 2), fc.integer({ min: 0, max: 1500 })),
    latency: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 400 })),
    body: fc.oneof(...often(0, 2), fc.integer({ min: 0, max: 60 })),
    answers: fc.oneof(...often(true, 5), fc.constant(false)),
    reports: fc.tuple(
      ...["a", "b", "c"].map(() =>
        unruly ? fc.oneof(...often(-1, 3), fc.integer({ min: 0, max: 14 })) : fc.constant(-1)
      )
    ),
    date: fc.oneof(fc.constant(undefined), fc.integer({ min: -1500, max: 1500 })),
    refusal: unruly
      ? fc.oneof(
          ...often(undefined, 16),
          fc.constant("RateLimited" as const),
          fc.constantFrom("Banned" as const, "Forbidden" as const)
        )
      : fc.constant(undefined),
    hint: fc.oneof(...often(undefined, 1), fc.integer({ min: 0, max: 1500 })),
    interruptedAfter: fc.oneof(...often(undefined, 5), fc.constant(0), fc.integer({ min: 0, max: 600 })),
    step: unruly ? fc.oneof(...often(0, 9), fc.integer({ min: -90_000, max: 90_000 })) : fc.constant(0)
  })

const scheduleOf = (unruly: boolean): fc.Arbitrary<Schedule> =>
  fc.record({
    pools: poolsOf,
    calls: fc.oneof(
      fc.array(callOf(1500, unruly), { minLength: 1, maxLength: 40, size: "max" }),
      fc.array(callOf(50, unruly), { minLength: 5, maxLength: 40, size: "max" })
    ),
    cautious: fc.boolean()
  })

const figures: Array<string> = []
afterAll(() => {
  process.stdout.write(figures.map((line) => `${line}\n`).join(""))
})

/** More of the same, for a long run: `POOLS_RUNS=20`. */
const thoroughly = Number(process.env["POOLS_RUNS"] ?? 1)

const seedOf = () => `seed ${fc.readConfigureGlobal().seed}`

/** Checks the property on so many schedules, and has their number printed. */
const forEvery = async (
  what: string,
  runs: number,
  schedules: fc.Arbitrary<Schedule>,
  check: (schedule: Schedule) => Promise<{ readonly calls: number; readonly fulls?: number }>
) => {
  let calls = 0
  let fulls = 0
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      const seen = await check(schedule)
      calls += seen.calls
      fulls += seen.fulls ?? 0
    }),
    { numRuns: runs }
  )
  const full = fulls === 0 ? "" : `, ${fulls} of them told at once that they can't go in time`
  figures.push(`pools, ${what}: ${runs} schedules with ${calls} calls${full}, ${seedOf()}`)
  return calls
}

const isOver = ({ left, probes, asleep }: Outcome) => {
  for (const { others, used } of left) assert.deepStrictEqual({ others, used }, { others: 0, used: 0 })
  assert.deepStrictEqual(probes, ["at once: sent", "and again: sent"])
  assert.strictEqual(asleep, 0)
}

describe("against the rules in their plainest form", () => {
  const follows = async (schedule: Schedule) => {
    const outcome = await play(schedule)
    const { fulls } = replay(schedule, outcome)
    staysWithin(schedule, outcome)
    isOver(outcome)
    return { calls: schedule.calls.length, fulls }
  }

  it("everybody goes when it may and in its turn, on a tame exchange", async () => {
    const runs = 150 * thoroughly
    assert.isAbove(await forEvery("a tame exchange", runs, scheduleOf(false), follows), runs)
  }, 600_000)

  it("everybody goes when it may and in its turn, whatever the exchange says", async () => {
    const runs = 350 * thoroughly
    assert.isAbove(await forEvery("an unruly exchange", runs, scheduleOf(true), follows), runs)
  }, 600_000)
})

describe("no stretch of time holds more than our share, and nothing is left behind", () => {
  const runs = 100 * thoroughly

  it("whatever comes between two steps of a fiber", async () => {
    const calls = await forEvery("fibers that yield often", runs, scheduleOf(true), async (schedule) => {
      // With fewer steps than 20 Effect itself does not get on.
      const outcome = await play(schedule, 20 + (schedule.calls.length % 30))
      staysWithin(schedule, outcome)
      isOver(outcome)
      return { calls: schedule.calls.length }
    })
    assert.isAbove(calls, runs)
  }, 600_000)

  it("at times that are no whole milliseconds", async () => {
    const odd = scheduleOf(true).map((schedule) => ({
      ...schedule,
      calls: schedule.calls.map((call, index) => ({
        ...call,
        at: call.at + ((index * 0.37) % 1),
        latency: call.latency + ((index * 0.123_457) % 1),
        body: call.body * 1.01
      }))
    }))
    const calls = await forEvery("odd times", runs, odd, async (schedule) => {
      const outcome = await play(schedule)
      // The clock is read to the 1024th of a millisecond.
      staysWithin(schedule, outcome, 0.001)
      isOver(outcome)
      return { calls: schedule.calls.length }
    })
    assert.isAbove(calls, runs)
  }, 600_000)
})

/** A request of ours or of a neighbour, of which the exchange hears after `up` and we after `up` and `down`. */
interface Traffic {
  readonly at: number
  readonly weight: number
  readonly endpoint: string
  readonly up: number
  readonly down: number
  readonly interruptedAfter: number | undefined
}

const trafficOf = (span: number, slowest: number, heaviest: number): fc.Arbitrary<ReadonlyArray<Traffic>> =>
  fc.array(
    fc.record({
      at: fc.oneof(fc.integer({ min: 0, max: span }), fc.integer({ min: 0, max: 100 })),
      weight: fc.integer({ min: 1, max: heaviest }),
      endpoint: fc.constantFrom("tickers", "contracts"),
      up: fc.integer({ min: 0, max: slowest }),
      down: fc.integer({ min: 0, max: slowest }),
      interruptedAfter: fc.oneof(...often(undefined, 5), fc.integer({ min: 0, max: span / 2 }))
    }),
    { minLength: 5, maxLength: 60, size: "max" }
  )

/** Sends ours through the pools and theirs past them, to one server; gives how many of ours it has served. */
const share = (given: {
  readonly ours: ReadonlyArray<Traffic>
  readonly theirs: ReadonlyArray<Traffic>
  readonly fraction: number
  readonly start: number
  readonly offset: number
  readonly costs: (traffic: Traffic) => ReadonlyArray<Quota.Cost>
  /** Enters a request in the account; gives the headers of the answer. */
  readonly serve: (traffic: Traffic, now: number) => Readonly<Record<string, string>>
  /** Whether the neighbours let themselves have one more. */
  readonly theyMay: (traffic: Traffic, now: number) => boolean
}): Promise<number> => {
  const clock = SimulationClock.make({ start: given.start })
  const serverTime = () => clock.unsafeCurrentTimeMillis() + given.offset
  const wait = (millis: number) => clock.sleep(Duration.millis(millis))
  const store = Pools.makeMemory()
  let served = 0
  const send = (traffic: Traffic) =>
    store.withPermit(
      {
        exchange,
        origin: "https://shared.test",
        costs: given.costs(traffic),
        fraction: given.fraction,
        waitAtMost: Infinity
      },
      (permit) =>
        Effect.gen(function* () {
          yield* wait(traffic.up)
          const headers = given.serve(traffic, serverTime())
          served += 1
          const date = Option.some(DateTime.unsafeMake(Math.floor(serverTime() / 1000) * 1000))
          yield* wait(traffic.down)
          yield* permit.answered({ headers, date })
        })
    )
  const neighbour = (traffic: Traffic) =>
    Effect.sync(() => {
      if (given.theyMay(traffic, serverTime())) given.serve(traffic, serverTime())
    })
  const after = (traffic: Traffic, effect: Effect.Effect<unknown, unknown>) => {
    const begun = Effect.zipRight(wait(traffic.at), Effect.orDie(effect))
    return traffic.interruptedAfter === undefined
      ? begun
      : Effect.timeoutOption(begun, Duration.millis(traffic.at + traffic.interruptedAfter))
  }
  return Effect.forEach(
    [
      ...given.ours.map((traffic) => after(traffic, send(traffic))),
      ...given.theirs.map((traffic) => after({ ...traffic, interruptedAfter: undefined }, neighbour(traffic)))
    ],
    (effect) => effect,
    { concurrency: "unbounded", discard: true }
  ).pipe(SimulationClock.run(clock), Effect.runPromise, (done) => done.then(() => served))
}

describe("with neighbours that keep to the share that is left to them", () => {
  const fractions = fc.constantFrom(0.5, 0.25, 0.75, 1)
  const clocks = { start: fc.integer({ min: 0, max: 1e12 }), offset: fc.integer({ min: -90_000, max: 90_000 }) }

  it("Binance's minutes hold theirs and ours", async () => {
    const limit = 40
    const pool = new Quota.Pool({
      name: "weight",
      unit: "weight",
      windows: Data.tuple(Quota.window(limit, "1 minute")),
      feed: new Quota.Feed({ header: "used", tells: "used", resets: "aligned" })
    })
    let requests = 0
    const runs = 100 * thoroughly
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ours: trafficOf(150_000, 2000, 10),
          theirs: trafficOf(400_000, 0, 10),
          fraction: fractions,
          ...clocks
        }),
        async (given) => {
          const limits = Limits.binance({ weightPerMinute: limit })
          const left = limit - Math.floor(limit * given.fraction)
          const minutes = new Map<number, number>()
          requests += await share({
            ...given,
            costs: ({ weight }) => [{ pool, weight }],
            serve: ({ weight }, now) => {
              const verdict = limits.request(now, weight)
              assert.strictEqual(verdict.status, 200, `at ${now}`)
              return { used: "used" in verdict ? String(verdict.used) : "" }
            },
            theyMay: ({ weight }, now) => {
              const minute = Math.floor(now / 60_000)
              const used = (minutes.get(minute) ?? 0) + weight
              if (used > left) return false
              minutes.set(minute, used)
              return true
            }
          })
        }
      ),
      { numRuns: runs }
    )
    figures.push(`pools, Limits.binance: ${runs} schedules with ${requests} requests of ours, ${seedOf()}`)
  }, 600_000)

  it("Bitget's seconds and minutes hold theirs and ours", async () => {
    const perSecond = 4
    const perMinute = 20
    const overall = new Quota.Pool({
      name: "overall",
      unit: "requests",
      windows: Data.tuple(Quota.window(perMinute, "1 minute"))
    })
    const endpoints = ["tickers", "contracts"].map(
      (name) =>
        new Quota.Pool({
          name,
          unit: "requests",
          windows: Data.tuple(Quota.window(perSecond, "1 second")),
          feed: new Quota.Feed({ header: "remains", tells: "remains", resets: "rolling" })
        })
    )
    let requests = 0
    const runs = 100 * thoroughly
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ours: trafficOf(20_000, 500, 1),
          theirs: trafficOf(100_000, 0, 1),
          fraction: fractions,
          ...clocks
        }),
        async (given) => {
          const limits = Limits.bitget({ perSecond, perMinute })
          const rest = Limits.bitget({
            perSecond: perSecond - Math.floor(perSecond * given.fraction),
            perMinute: perMinute - Math.floor(perMinute * given.fraction)
          })
          requests += await share({
            ...given,
            costs: ({ endpoint }) => [
              ...endpoints.filter(({ name }) => name === endpoint).map((pool) => ({ pool, weight: 1 })),
              { pool: overall, weight: 1 }
            ],
            serve: ({ endpoint }, now) => {
              const verdict = limits.request(now, endpoint)
              assert.strictEqual(verdict.status, 200, `at ${now}`)
              return { remains: "remaining" in verdict ? String(verdict.remaining) : "" }
            },
            theyMay: ({ endpoint }, now) => rest.request(now, endpoint).status === 200
          })
        }
      ),
      { numRuns: runs }
    )
    figures.push(`pools, Limits.bitget: ${runs} schedules with ${requests} requests of ours, ${seedOf()}`)
  }, 600_000)
})
