import type { Refusal } from "../Pools.ts"
import * as RollingWindow from "./rollingWindow.ts"

/** A refusal of the exchange that holds for a while. */
export interface Closure {
  readonly refusal: Refusal
  /** On the monotonic clock. */
  readonly end: number
  /** On the wall clock, as the exchange stated it where it did. */
  readonly until: number
}

/** A pool at work. */
export interface Pool {
  readonly name: string
  readonly windows: ReadonlyArray<RollingWindow.RollingWindow>
  /** Whether an answer has come since the start, or since the last closure. Until then one request goes at a time. */
  known: boolean
  requestsInFlight: number
  /** The weight of those who wait. */
  waiting: number
  /** The one that ends last of all there have been. */
  closure: Closure | undefined
  /** Refusals that have arrived, and how long they hold is being read: nobody goes meanwhile. */
  judging: number
}

/** What a request takes from a pool, and how much of each window its sender lets itself have. */
export interface Charge {
  readonly pool: Pool
  readonly weight: number
  readonly shares: ReadonlyArray<number>
}

/** A request that wants to go. */
export interface Waiter {
  readonly charges: ReadonlyArray<Charge>
  /** On the monotonic clock; `Infinity` waits as long as it takes. */
  readonly deadline: number
  readonly granted: () => void
  readonly refused: (closure: Closure) => void
}

/** Those who pay into the same pools wait in one line. Before `first`, and in places behind it, are some who don't. */
interface Line {
  readonly pools: ReadonlyArray<Pool>
  tickets: Array<Ticket>
  first: number
  waiting: number
}

/** The place of a request among all. */
export interface Ticket {
  readonly number: number
  readonly waiter: Waiter
  readonly line: Line
  waits: boolean
}

/**
 * Who may send, and when: first come, first served, whatever the weight. Who does not fit closes the pools that it
 * pays into for those behind it, and only these. All times are milliseconds of the monotonic clock.
 */
export interface Admission {
  /** What closes for everybody: a pool without windows that all requests pass. */
  readonly gate: Pool
  /** Takes what the request pays if it may go at once; otherwise it waits. */
  readonly enter: (waiter: Waiter, now: number) => Ticket
  /** Who waits does so no longer. */
  readonly leave: (ticket: Ticket) => void
  /** The answer, or the abort, has come. */
  readonly answered: (ticket: Ticket, now: number) => void
  /** Gives back what was taken and not sent. */
  readonly returned: (ticket: Ticket) => void
  /** As {@link Admission.returned}, and waits again where it stood, if a refusal has come since it was let go. */
  readonly recalled: (ticket: Ticket, now: number) => boolean
  /** A time before which the windows don't let such a request go behind those who wait. */
  readonly earliest: (charges: ReadonlyArray<Charge>, now: number) => number
  /** What keeps such a request from going longest, where something is closed. */
  readonly closure: (charges: ReadonlyArray<Charge>, now: number) => Closure | undefined
  /** Lets go whoever may, and returns when the next may if nothing else happens before; `Infinity` for never. */
  readonly pump: (now: number) => number
  /** Closes pools until the end of the closure, or of a later one; refuses those who can't wait so long. */
  readonly close: (pools: ReadonlyArray<Pool>, closure: Closure, now: number) => void
}

export const makePool = (name: string, windows: ReadonlyArray<RollingWindow.RollingWindow>, known: boolean): Pool => ({
  name,
  windows,
  known,
  requestsInFlight: 0,
  waiting: 0,
  closure: undefined,
  judging: 0
})

/** The closure that holds now. */
export const closureOf = ({ closure }: Pool, now: number): Closure | undefined =>
  closure !== undefined && closure.end > now ? closure : undefined

/** A request that was sent at `sentAt` has got a good answer. One from before the last closure tells nothing new. */
export const heard = (pool: Pool, sentAt: number): void => {
  if (pool.closure === undefined || sentAt >= pool.closure.end) pool.known = true
}

const isShut = (pool: Pool, now: number): boolean => pool.judging > 0 || closureOf(pool, now) !== undefined

/** When the pool lets the next request go, whatever it weighs; `Infinity` where that is up to an answer. */
const openAt = (pool: Pool, now: number): number =>
  pool.judging > 0 || (!pool.known && pool.requestsInFlight > 0) ? Infinity : (closureOf(pool, now)?.end ?? now)

/** The first who waits in the line. */
const head = (line: Line): Ticket | undefined => {
  let ticket = line.tickets[line.first]
  while (ticket !== undefined && !ticket.waits) ticket = line.tickets[++line.first]
  return ticket
}

const compact = (line: Line): void => {
  line.tickets = line.tickets.filter(({ waits }) => waits)
  line.first = 0
}

export const make = (): Admission => {
  const gate = makePool("", [], true)
  const lines: Array<Line> = []
  let issued = 0

  const lineOf = (charges: ReadonlyArray<Charge>): Line => {
    const found = lines.find(
      ({ pools }) => pools.length === charges.length && pools.every((pool, index) => charges[index]?.pool === pool)
    )
    if (found !== undefined) return found
    const line: Line = { pools: charges.map(({ pool }) => pool), tickets: [], first: 0, waiting: 0 }
    lines.push(line)
    return line
  }

  /** The line whose first came before the firsts of all others, but for those in `stuck`. */
  const longestWaiting = (stuck: ReadonlySet<Line>): Ticket | undefined => {
    let found: Ticket | undefined
    for (const line of lines) {
      const first = head(line)
      if (first !== undefined && first.number < (found?.number ?? Infinity) && !stuck.has(line)) found = first
    }
    return found
  }

  /** When such a request may go if it is first in line and nothing else happens before. */
  const roomAt = (charges: ReadonlyArray<Charge>, now: number): number => {
    let at = openAt(gate, now)
    for (const { pool, shares, weight } of charges) {
      at = Math.max(at, openAt(pool, now))
      pool.windows.forEach((window, index) => {
        RollingWindow.advance(window, now)
        at = Math.max(at, RollingWindow.roomAt(window, shares[index] ?? window.limit, weight, now))
      })
    }
    return at
  }

  const go = (ticket: Ticket): void => {
    gate.requestsInFlight += 1
    for (const { pool, weight } of ticket.waiter.charges) {
      pool.requestsInFlight += 1
      for (const window of pool.windows) RollingWindow.sent(window, weight)
    }
  }

  const wait = (ticket: Ticket): void => {
    ticket.waits = true
    ticket.line.waiting += 1
    for (const { pool, weight } of ticket.waiter.charges) pool.waiting += weight
  }

  const leave = (ticket: Ticket): void => {
    if (!ticket.waits) return
    const { line, waiter } = ticket
    ticket.waits = false
    line.waiting -= 1
    for (const { pool, weight } of waiter.charges) pool.waiting -= weight
    if (line.tickets.length > 64 && line.waiting * 2 < line.tickets.length) compact(line)
  }

  const returned = ({ waiter }: Ticket): void => {
    gate.requestsInFlight -= 1
    for (const { pool, weight } of waiter.charges) {
      pool.requestsInFlight -= 1
      for (const window of pool.windows) RollingWindow.returned(window, weight)
    }
  }

  const longest = (pools: Iterable<Pool>, now: number): Closure | undefined => {
    let found = closureOf(gate, now)
    for (const pool of pools) {
      const closure = closureOf(pool, now)
      if (closure !== undefined && closure.end > (found?.end ?? 0)) found = closure
    }
    return found
  }

  const closure: Admission["closure"] = (charges, now) =>
    longest(
      charges.map(({ pool }) => pool),
      now
    )

  return {
    gate,
    closure,
    leave,
    returned,

    enter: (waiter, now) => {
      const { charges } = waiter
      const ticket: Ticket = { number: issued++, waiter, line: lineOf(charges), waits: false }
      if (charges.every(({ pool }) => pool.waiting === 0) && roomAt(charges, now) <= now) {
        go(ticket)
      } else {
        wait(ticket)
        ticket.line.tickets.push(ticket)
      }
      return ticket
    },

    answered: ({ waiter }, now) => {
      gate.requestsInFlight -= 1
      for (const { pool, weight } of waiter.charges) {
        pool.requestsInFlight -= 1
        for (const window of pool.windows) RollingWindow.answered(window, weight, now)
      }
    },

    recalled: (ticket, now) => {
      const { line, waiter } = ticket
      if (!isShut(gate, now) && !waiter.charges.some(({ pool }) => isShut(pool, now))) return false
      returned(ticket)
      compact(line)
      wait(ticket)
      const behind = line.tickets.findIndex(({ number }) => number > ticket.number)
      line.tickets.splice(behind === -1 ? line.tickets.length : behind, 0, ticket)
      return true
    },

    earliest: (charges, now) => {
      let at = now
      for (const { pool, shares, weight } of charges) {
        pool.windows.forEach((window, index) => {
          RollingWindow.advance(window, now)
          const share = shares[index] ?? window.limit
          at = Math.max(at, RollingWindow.earliest(window, share, weight, pool.waiting, now))
        })
      }
      return at
    },

    pump: (now) => {
      const shut = new Set<Pool>()
      const stuck = new Set<Line>()
      let next = Infinity
      for (;;) {
        const ticket = longestWaiting(stuck)
        if (ticket === undefined) return next
        const { line, waiter } = ticket
        // Who stands behind somebody can't go before that one does, and then everybody is asked anew.
        const at = line.pools.some((pool) => shut.has(pool)) ? Infinity : roomAt(waiter.charges, now)
        if (at <= now) {
          leave(ticket)
          go(ticket)
          waiter.granted()
        } else {
          next = Math.min(next, at)
          stuck.add(line)
          for (const pool of line.pools) shut.add(pool)
        }
      }
    },

    close: (pools, closure, now) => {
      for (const pool of pools) {
        pool.known = false
        if (closure.end > (pool.closure?.end ?? -Infinity)) pool.closure = closure
      }
      for (const line of lines) {
        const last = longest(line.pools, now)
        if (last === undefined) continue
        for (const ticket of line.tickets.filter(({ waits, waiter }) => waits && waiter.deadline <= last.end)) {
          leave(ticket)
          ticket.waiter.refused(last)
        }
      }
    }
  }
}
