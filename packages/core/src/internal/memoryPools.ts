import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Scheduler from "effect/Scheduler"
import type { Exchange } from "../Exchange.ts"
import {
  Closed,
  Full,
  type Hint,
  type Permit,
  type PoolState,
  type Refusal,
  type Request,
  type Service,
  TooHeavy
} from "../Pools.ts"
import * as Quota from "../Quota.ts"
import * as Telemetry from "../Telemetry.ts"
import * as Admission from "./admission.ts"
import type { Closures } from "./closures.ts"
import * as RollingWindow from "./rollingWindow.ts"
import * as Time from "./time.ts"

/** How long a ban is taken to hold that states no time; doubled each time that another follows. */
const unstatedBan = 2 * 60 * 1000

/** How far the clock of a header may be from the clock that counts. */
const clockGuard = 1000

/** What a timer of the platform can hold; who wakes too early sleeps again. */
const longestSleep = 2 ** 31 - 1

/** Whom the store tells what happens. */
type Sink = Pick<typeof Telemetry, "waited" | "refused" | "weighed">

const nobody: Sink = { waited: () => {}, refused: () => {}, weighed: () => {} }

/** What is kept of closures beyond the process; one look at it at a time, in the order in which requests ask. */
interface Memory {
  readonly closures: Closures
  readonly turn: Effect.Semaphore
  /** The pools whose closures have been read. */
  readonly recalled: Set<Admission.Pool>
}

/** One exchange at one origin. */
interface Realm {
  readonly exchange: Exchange
  readonly origin: string
  readonly clock: Clock.Clock
  readonly telemetry: Sink
  readonly admission: Admission.Admission
  readonly pools: Map<string, Admission.Pool>
  readonly memory: Memory | undefined
  /** How many bans without a time have come in a row, and when the last began. */
  strikes: number
  banBegan: number
  /** Sleeps until the next change, where somebody waits for one. */
  sleeper: Fiber.RuntimeFiber<void> | undefined
  wakesAt: number
}

const makeRealm = (
  exchange: Exchange,
  origin: string,
  clock: Clock.Clock,
  telemetry: Sink,
  closures: Closures | undefined
): Realm => ({
  exchange,
  origin,
  clock,
  telemetry,
  admission: Admission.make(),
  pools: new Map(),
  memory: closures === undefined ? undefined : { closures, turn: Effect.unsafeMakeSemaphore(1), recalled: new Set() },
  strikes: 0,
  banBegan: -Infinity,
  sleeper: undefined,
  wakesAt: Infinity
})

const poolOf = (realm: Realm, declared: Quota.Pool, known: boolean): Admission.Pool => {
  const found = realm.pools.get(declared.name)
  if (found !== undefined) return found
  const windows = declared.windows.map(({ limit, window }) =>
    RollingWindow.make(limit, Duration.toMillis(window), declared.feed?.resets === "aligned")
  )
  const pool = Admission.makePool(declared.name, windows, known)
  realm.pools.set(declared.name, pool)
  return pool
}

const shareOf = (window: RollingWindow.RollingWindow, fraction: number): number => {
  const share = Quota.share(window.limit, fraction)
  window.largestShare = Math.max(window.largestShare, share)
  return share
}

const chargesOf = (realm: Realm, { cautious = true, costs, fraction }: Request): ReadonlyArray<Admission.Charge> =>
  costs.map(({ pool: declared, weight }) => {
    const pool = poolOf(realm, declared, !cautious)
    return { pool, weight, shares: pool.windows.map((window) => shareOf(window, fraction)) }
  })

const tooHeavy = (charges: ReadonlyArray<Admission.Charge>): TooHeavy | undefined => {
  for (const { pool, shares, weight } of charges) {
    if (!(Number.isSafeInteger(weight) && weight > 0)) throw new RangeError(`a request can't weigh ${weight}`)
    const share = Math.min(...shares)
    if (weight > share) return new TooHeavy({ pool: pool.name, weight, share })
  }
  return undefined
}

const shortestWindow = (charges: ReadonlyArray<Admission.Charge>): number => {
  const lengths = charges.flatMap(({ pool }) => pool.windows.map(({ length }) => length))
  return lengths.length === 0 ? 0 : Math.min(...lengths)
}

const closed = ({ refusal, until }: Admission.Closure): Closed =>
  new Closed({ refusal, until: DateTime.unsafeMake(until) })

const placeOf = ({ exchange, origin }: Realm, { name: pool }: Admission.Pool) => ({ exchange, origin, pool })

/** Closes what was closed before this process, the first time that a request asks for it. */
const recall = (realm: Realm, memory: Memory, { cautious = true, costs }: Request): Effect.Effect<void> => {
  const { admission, clock } = realm
  const unread = () =>
    [admission.gate, ...costs.map(({ pool }) => poolOf(realm, pool, !cautious))].filter(
      (pool) => !memory.recalled.has(pool)
    )
  const read = (pool: Admission.Pool) =>
    Effect.map(memory.closures.recall(placeOf(realm, pool)), (found) => {
      memory.recalled.add(pool)
      if (Option.isNone(found)) return
      const { refusal, until } = found.value
      const now = Time.monotonic(clock)
      const end = now + until - clock.unsafeCurrentTimeMillis()
      // Nobody waits for the pool yet.
      admission.close([pool], { refusal, end, until }, now)
    })
  return Effect.suspend(() =>
    unread().length === 0
      ? Effect.void
      : memory.turn.withPermits(1)(
          Effect.suspend(() => Effect.forEach(unread(), read, { concurrency: "unbounded", discard: true }))
        )
  )
}

/** Keeps what closes these pools for the processes to come. */
const keep = (realm: Realm, { closures, turn }: Memory, pools: Iterable<Admission.Pool>): Effect.Effect<void> =>
  Effect.forEach(
    pools,
    (pool) => (pool.closure === undefined ? Effect.void : closures.keep(placeOf(realm, pool), pool.closure)),
    { discard: true }
  ).pipe(turn.withPermits(1))

/** Lets go whoever may. At once rather than as an effect, so that no interruption and no other fiber comes between. */
const pump = (realm: Realm, now: number, scheduler: Scheduler.Scheduler): void => {
  const next = realm.admission.pump(now)
  // A sleeper that wakes too early sleeps again; one that nobody needs would keep a program from ending.
  if (next === realm.wakesAt || (next > realm.wakesAt && next !== Infinity)) return
  realm.sleeper?.unsafeInterruptAsFork(FiberId.none)
  realm.wakesAt = next
  realm.sleeper = next === Infinity ? undefined : Effect.runFork(sleep(realm, next - now), { scheduler })
}

const sleep = (realm: Realm, millis: number): Effect.Effect<void> =>
  Effect.zipRight(
    realm.clock.sleep(Duration.millis(Math.min(Time.wholeMillis(millis), longestSleep))),
    Effect.suspend(() => {
      const now = Time.monotonic(realm.clock)
      realm.wakesAt = realm.admission.pump(now)
      if (realm.wakesAt !== Infinity) return sleep(realm, realm.wakesAt - now)
      realm.sleeper = undefined
      return Effect.void
    })
  )

/** Until when what a header reports counts, on the monotonic clock. */
const countsUntil = (
  { resets }: Quota.Feed,
  { length }: RollingWindow.RollingWindow,
  date: Option.Option<DateTime.Utc>,
  sentAt: number,
  now: number
): number => {
  if (resets === "rolling" || Option.isNone(date)) return now + length
  // It may have been counted as early as the request was sent, in the window before that of the answer.
  const counted = date.value.epochMillis - clockGuard - (now - sentAt)
  const reset = (Math.floor(counted / length) + 1) * length
  return now + (reset - date.value.epochMillis) + clockGuard
}

const feed = (
  costs: ReadonlyArray<Quota.Cost>,
  charges: ReadonlyArray<Admission.Charge>,
  headers: Readonly<Record<string, string | undefined>>,
  date: Option.Option<DateTime.Utc>,
  sentAt: number,
  now: number
): void => {
  costs.forEach(({ pool: declared }, index) => {
    if (declared.feed === undefined) return
    const text = headers[declared.feed.header] ?? ""
    if (!/^\d{1,9}$/.test(text)) return
    const window = charges[index]?.pool.windows[0] as RollingWindow.RollingWindow
    const until = countsUntil(declared.feed, window, date, sentAt, now)
    RollingWindow.advance(window, now)
    const total = declared.feed.tells === "used" ? Number(text) : window.limit - Number(text)
    if (until > now) RollingWindow.reported(window, total, until)
  })
}

const withPermit = <A, E, R>(
  realm: Realm,
  request: Request,
  use: (permit: Permit) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | Closed | Full | TooHeavy, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend((): Effect.Effect<A, E | Closed | Full | TooHeavy, R> => {
      const { admission, clock } = realm
      const began = Time.monotonic(clock)
      const charges = chargesOf(realm, request)
      const heavy = tooHeavy(charges)
      if (heavy !== undefined) return heavy

      const deadline = began + request.waitAtMost
      const closedBeyond = (now: number): Closed | undefined => {
        const closure = admission.closure(charges, now)
        return closure !== undefined && closure.end >= deadline ? closed(closure) : undefined
      }
      const shut = closedBeyond(began)
      if (shut !== undefined) return shut
      const earliest = admission.earliest(charges, began)
      if (earliest > began && earliest >= deadline) {
        return new Full({ from: DateTime.unsafeMake(clock.unsafeCurrentTimeMillis() + Math.ceil(earliest - began)) })
      }

      let state: "unsent" | "sent" | "over" = "unsent"
      let refusedWith: Closed | undefined
      let wake: (() => void) | undefined
      let sentAt = began
      const shutBy = new Set<Admission.Pool>()
      let judged:
        | {
            readonly refusal: Refusal
            readonly pools: ReadonlyArray<Admission.Pool>
            readonly hint: Option.Option<Hint>
            readonly at: number
          }
        | undefined

      const ticket = admission.enter(
        {
          charges,
          deadline,
          granted: () => wake?.(),
          refused: (closure) => {
            state = "over"
            refusedWith = closed(closure)
            wake?.()
          }
        },
        began
      )

      const poolsOf = (refusal: Refusal): ReadonlyArray<Admission.Pool> =>
        refusal === "RateLimited" ? charges.map(({ pool }) => pool) : [admission.gate]

      const close = (refusal: Refusal, hint: Option.Option<Hint>, since: number, now: number): number => {
        const isBan = refusal !== "RateLimited"
        // Requests that were under way when a ban began meet the same one.
        if (isBan && Option.isNone(hint) && sentAt > realm.banBegan) realm.strikes += 1
        const millis = Option.match(hint, {
          onNone: () =>
            isBan
              ? Math.min(unstatedBan * 2 ** Math.max(0, realm.strikes - 1), Time.threeDays)
              : shortestWindow(charges),
          onSome: (stated) => stated.millis
        })
        if (isBan) realm.banBegan = now
        const until = Option.match(hint, {
          onNone: () => clock.unsafeCurrentTimeMillis() + Math.ceil(since + millis - now),
          onSome: (stated) => stated.until.epochMillis
        })
        for (const pool of judged?.pools ?? []) pool.judging -= 1
        judged = undefined
        const pools = poolsOf(refusal)
        realm.telemetry.refused(realm.exchange, refusal)
        admission.close(pools, { refusal, end: since + millis, until }, now)
        for (const pool of pools) shutBy.add(pool)
        return Math.max(until, ...pools.map((pool) => Admission.closureOf(pool, now)?.until ?? until))
      }

      const permit = (waited: number): Permit => ({
        waited,
        answered: ({ date, headers, hint = Option.none(), isFailure = false, refusal }) =>
          Effect.withFiberRuntime(({ currentScheduler }) => {
            if (state !== "sent") return Effect.void
            state = "over"
            const now = Time.monotonic(clock)
            admission.answered(ticket, now)
            if (refusal === undefined) {
              feed(request.costs, charges, headers, date, sentAt, now)
              if (!isFailure) {
                if (sentAt > realm.banBegan) realm.strikes = 0
                Admission.heard(admission.gate, sentAt)
                for (const { pool } of charges) Admission.heard(pool, sentAt)
              }
            } else {
              judged = { refusal, pools: poolsOf(refusal), hint, at: now }
              for (const pool of judged.pools) pool.judging += 1
            }
            for (const { pool } of charges) {
              for (const window of pool.windows) {
                const used = RollingWindow.used(window) + RollingWindow.others(window)
                realm.telemetry.weighed(realm.exchange, pool.name, { length: window.length, limit: window.limit, used })
              }
            }
            pump(realm, now, currentScheduler)
            return Effect.void
          }),
        refused: (refusal, hint) =>
          Effect.withFiberRuntime(({ currentScheduler }) => {
            const now = Time.monotonic(clock)
            const until = close(refusal, hint, now, now)
            pump(realm, now, currentScheduler)
            return Effect.succeed(DateTime.unsafeMake(until))
          })
      })

      const wait = Effect.withFiberRuntime<void, Closed>(({ currentScheduler }) => {
        pump(realm, Time.monotonic(clock), currentScheduler)
        return Effect.async((resume) => {
          wake = () => resume(refusedWith ?? Effect.void)
          if (!ticket.waits) wake()
        })
      })

      const send: Effect.Effect<A, E | Closed, R> = Effect.suspend(() => {
        // A refusal may come between any two steps.
        if (refusedWith !== undefined) return refusedWith
        if (ticket.waits) return Effect.zipRight(wait, send)
        const now = Time.monotonic(clock)
        if (admission.recalled(ticket, now)) {
          return closedBeyond(now) ?? Effect.zipRight(wait, send)
        }
        state = "sent"
        sentAt = now
        realm.telemetry.waited(realm.exchange, now - began)
        return use(permit(now - began))
      })

      const remember = (): Effect.Effect<void> =>
        realm.memory === undefined || shutBy.size === 0 ? Effect.void : keep(realm, realm.memory, shutBy)

      const end = Effect.withFiberRuntime<void>(({ currentScheduler }) => {
        if (state === "over" && judged === undefined) return remember()
        const now = Time.monotonic(clock)
        if (judged !== undefined) close(judged.refusal, judged.hint, judged.at, now)
        else if (ticket.waits) admission.leave(ticket)
        else if (state === "sent") admission.answered(ticket, now)
        else admission.returned(ticket)
        state = "over"
        pump(realm, now, currentScheduler)
        return remember()
      })

      return Effect.ensuring(restore(send), end)
    })
  )

const stateOf = (realm: Realm): ReadonlyArray<PoolState> => {
  const now = Time.monotonic(realm.clock)
  return Array.from(realm.pools.values(), (pool) => ({
    exchange: realm.exchange,
    origin: realm.origin,
    name: pool.name,
    windows: pool.windows.map((window) => {
      RollingWindow.advance(window, now)
      return {
        limit: window.limit,
        window: Duration.millis(window.length),
        used: RollingWindow.used(window),
        others: RollingWindow.others(window)
      }
    }),
    closed: Option.map(
      Option.fromNullable(Admission.closureOf(realm.admission.gate, now) ?? Admission.closureOf(pool, now)),
      ({ refusal, until }) => ({ refusal, until: DateTime.unsafeMake(until) })
    )
  }))
}

/** What a store may be told. */
export interface Options {
  /** Where its windows are nobody's but the caller's own. Default: false. */
  readonly quiet?: boolean
  /** Where its closures outlive the process. */
  readonly closures?: Closures
}

/** A store in memory with nothing in it yet, but for closures that are recalled as they are met. */
export const make = ({ closures, quiet = false }: Options = {}): Service => {
  // Times of one clock mean nothing on another.
  const clocks = new WeakMap<Clock.Clock, Map<string, Realm>>()
  const realmsOf = (clock: Clock.Clock): Map<string, Realm> => {
    const found = clocks.get(clock)
    if (found !== undefined) return found
    const realms = new Map<string, Realm>()
    clocks.set(clock, realms)
    return realms
  }
  return {
    withPermit: (request, use) =>
      Effect.clockWith((clock) => {
        const realms = realmsOf(clock)
        const key = `${request.exchange} ${request.origin}`
        const realm =
          realms.get(key) ?? makeRealm(request.exchange, request.origin, clock, quiet ? nobody : Telemetry, closures)
        realms.set(key, realm)
        const asked = withPermit(realm, request, use)
        return realm.memory === undefined ? asked : Effect.zipRight(recall(realm, realm.memory, request), asked)
      }),
    state: Effect.clockWith((clock) => Effect.sync(() => Array.from(realmsOf(clock).values()).flatMap(stateOf)))
  }
}
