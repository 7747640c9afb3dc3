import { assert, describe, it } from "@effect/vitest"
import * as Admission from "../src/internal/admission.ts"
import * as RollingWindow from "../src/internal/rollingWindow.ts"

/** A pool of which the first answer has come. Its windows are `[limit, milliseconds]`. */
const poolOf = (...windows: ReadonlyArray<readonly [limit: number, length: number]>) =>
  Admission.makePool(
    "pool",
    windows.map(([limit, length]) => {
      const window = RollingWindow.make(limit, length, false)
      window.largestShare = limit
      return window
    }),
    true
  )

const used = ({ windows }: Admission.Pool) => windows.map((window) => RollingWindow.used(window))

/** What a request of this weight takes from these pools, of which its sender lets itself have all. */
const paying = (weight: number, ...pools: ReadonlyArray<Admission.Pool>): ReadonlyArray<Admission.Charge> =>
  pools.map((pool) => ({ pool, weight, shares: pool.windows.map(({ limit }) => limit) }))

const until = (end: number, refusal: Admission.Closure["refusal"] = "RateLimited"): Admission.Closure => ({
  refusal,
  end,
  until: end
})

/** Asks by name, and has told who was let go or refused after it had to wait, in the order in which that happened. */
const make = () => {
  const admission = Admission.make()
  let told: Array<string> = []
  return {
    ...admission,
    enter: (name: string, charges: ReadonlyArray<Admission.Charge>, now = 0, deadline = Infinity) =>
      admission.enter(
        {
          charges,
          deadline,
          granted: () => told.push(name),
          refused: ({ end }) => told.push(`${name}: not before ${end}`)
        },
        now
      ),
    told: () => {
      const since = told
      told = []
      return since
    }
  }
}

describe("a pool", () => {
  it("is closed until the end of its closure, and open from then on", () => {
    const pool = poolOf([10, 1000])
    assert.isUndefined(Admission.closureOf(pool, 0))
    pool.closure = until(500)
    assert.strictEqual(Admission.closureOf(pool, 499), pool.closure)
    assert.isUndefined(Admission.closureOf(pool, 500))
  })

  it("is known by an answer to what was sent after its last closure, and not before", () => {
    const pool = Admission.makePool("pool", [], false)
    Admission.heard(pool, 0)
    assert.isTrue(pool.known)
    const { close } = make()
    close([pool], until(500), 0)
    Admission.heard(pool, 499)
    assert.isFalse(pool.known)
    Admission.heard(pool, 500)
    assert.isTrue(pool.known)
  })

  it("stays closed until the latest end of all, and of two equal ones the first counts", () => {
    const pool = poolOf([10, 1000])
    const { close } = make()
    const [first, same, shorter, longer] = [until(500), until(500, "Banned"), until(499), until(501)]
    close([pool], first, 0)
    for (const closure of [same, shorter]) {
      close([pool], closure, 0)
      assert.strictEqual(pool.closure, first)
    }
    close([pool], longer, 0)
    assert.strictEqual(pool.closure, longer)
  })
})

describe("who asks", () => {
  it("goes at once where there is room, and waits where there is none", () => {
    const pool = poolOf([10, 1000])
    const { enter, gate, told } = make()
    const waits = [6, 4, 1, 2].map((weight) => enter("", paying(weight, pool)).waits)
    assert.deepStrictEqual(waits, [false, false, true, true])
    assert.deepStrictEqual([pool.requestsInFlight, gate.requestsInFlight, pool.waiting], [2, 2, 3])
    assert.deepStrictEqual(told(), [])
  })

  it("has room by its own share", () => {
    const waits = (share: number) => {
      const pool = poolOf([10, 1000])
      const { enter } = make()
      enter("", paying(4, pool))
      return enter("", [{ pool, weight: 2, shares: [share] }]).waits
    }
    assert.deepStrictEqual([5, 6].map(waits), [true, false])
  })

  it("waits behind whoever waits for one of its pools, though it would fit itself", () => {
    const [pool, other, third] = [poolOf([10, 1000]), poolOf([10, 1000]), poolOf([10, 1000])]
    const { enter } = make()
    assert.isFalse(enter("first", paying(6, pool)).waits)
    assert.isTrue(enter("heavy", paying(5, pool, other)).waits)
    assert.isTrue(enter("light", paying(1, pool)).waits)
    assert.isTrue(enter("beside", paying(1, third, other)).waits)
    assert.isFalse(enter("elsewhere", paying(1, poolOf([10, 1000]))).waits)
  })

  it("pays into every window of its pools from sending until one length after the answer", () => {
    const [pool, other] = [poolOf([10, 1000], [20, 5000]), poolOf([5, 2000])]
    const { answered, enter, gate } = make()
    const ticket = enter("", paying(3, pool, other))
    assert.deepStrictEqual([used(pool), used(other)], [[3, 3], [3]])
    answered(ticket, 100)
    assert.deepStrictEqual([used(pool), used(other)], [[3, 3], [3]])
    assert.deepStrictEqual([pool.requestsInFlight, other.requestsInFlight, gate.requestsInFlight], [0, 0, 0])
    const usedAt = (now: number) => {
      for (const window of pool.windows) RollingWindow.advance(window, now)
      return used(pool)
    }
    assert.deepStrictEqual([1099, 1100, 5100].map(usedAt), [
      [3, 3],
      [0, 3],
      [0, 0]
    ])
  })

  it("gets back what it paid where nothing was sent", () => {
    const [pool, other] = [poolOf([10, 1000], [20, 5000]), poolOf([5, 2000])]
    const { enter, gate, returned } = make()
    returned(enter("", paying(3, pool, other)))
    assert.deepStrictEqual([used(pool), used(other)], [[0, 0], [0]])
    assert.deepStrictEqual([pool.requestsInFlight, other.requestsInFlight, gate.requestsInFlight], [0, 0, 0])
  })

  it("waits no longer once it has left, and leaving again, or after it went, changes nothing", () => {
    const pool = poolOf([10, 1000])
    const { enter, leave, pump, told } = make()
    const first = enter("first", paying(10, pool))
    const second = enter("second", paying(2, pool))
    enter("third", paying(3, pool))
    for (const ticket of [first, second, second]) {
      leave(ticket)
      assert.isFalse(ticket.waits)
    }
    assert.strictEqual(pool.waiting, 3)
    assert.strictEqual(pump(0), Infinity)
    assert.deepStrictEqual(told(), [])
  })
})

describe("of a pool that is not known", () => {
  it("one goes at a time, and the next when the answer has come", () => {
    const pool = poolOf([10, 1000])
    pool.known = false
    const { answered, enter, pump, told } = make()
    const first = enter("first", paying(1, pool))
    assert.isFalse(first.waits)
    enter("second", paying(1, pool))
    enter("third", paying(1, pool))
    assert.strictEqual(pump(10), Infinity)
    answered(first, 20)
    assert.strictEqual(pump(20), Infinity)
    assert.deepStrictEqual(told(), ["second"])
    Admission.heard(pool, 20)
    pump(30)
    assert.deepStrictEqual(told(), ["third"])
  })

  it("only those are held up that pay into it, but everybody by the gate", () => {
    const [pool, other] = [poolOf([10, 1000]), poolOf([10, 1000])]
    const { enter, gate } = make()
    pool.known = false
    enter("", paying(1, pool))
    assert.isFalse(enter("", paying(1, other)).waits)
    gate.known = false
    assert.isTrue(enter("", paying(1, other)).waits)
  })
})

describe("who may go is let go", () => {
  it("in the order in which they came, as many as fit, and the time of the next is told", () => {
    const pool = poolOf([10, 1000])
    const { answered, enter, pump, told } = make()
    const first = enter("first", paying(4, pool))
    const second = enter("second", paying(6, pool))
    for (const name of ["third", "fourth", "fifth"]) enter(name, paying(4, pool))
    enter("sixth", paying(2, pool))
    answered(first, 100)
    answered(second, 200)
    assert.strictEqual(pump(200), 1100)
    assert.strictEqual(pump(1099), 1100)
    assert.deepStrictEqual(told(), [])
    assert.strictEqual(pump(1100), 1200)
    assert.deepStrictEqual(told(), ["third"])
    // The sixth would fit beside these two, and the fifth does not.
    assert.strictEqual(pump(1200), Infinity)
    assert.deepStrictEqual(told(), ["fourth"])
    assert.deepStrictEqual([pool.waiting, pool.requestsInFlight], [6, 2])
  })

  it("in the order in which they came also where they pay into different pools", () => {
    const [one, two, three] = [poolOf([1, 1000]), poolOf([1, 1000]), poolOf([1, 1000])]
    const { answered, enter, pump, told } = make()
    const sent = [one, two, three].map((pool) => enter("", paying(1, pool)))
    for (const [name, pool] of [
      ["third pool", three],
      ["first pool", one],
      ["second pool", two]
    ] as const) {
      enter(name, paying(1, pool))
    }
    for (const ticket of sent) answered(ticket, 0)
    pump(1000)
    assert.deepStrictEqual(told(), ["third pool", "first pool", "second pool"])
  })

  it("when there is room in each of their pools and windows, whichever has it last", () => {
    const [one, two] = [poolOf([5, 1000], [6, 3000]), poolOf([6, 2000])]
    const { answered, enter, pump, told } = make()
    answered(enter("", paying(5, one)), 0)
    answered(enter("", paying(5, two)), 0)
    enter("both", paying(2, one, two))
    assert.strictEqual(pump(0), 3000)
    assert.strictEqual(pump(2999), 3000)
    assert.strictEqual(pump(3000), Infinity)
    assert.deepStrictEqual(told(), ["both"])
  })

  it("at the first of several times, whoever it belongs to", () => {
    for (const lengths of [
      [1000, 2000],
      [2000, 1000]
    ] as const) {
      const { answered, enter, pump } = make()
      for (const length of lengths) {
        const pool = poolOf([1, length])
        answered(enter("", paying(1, pool)), 0)
        enter("", paying(1, pool))
      }
      assert.strictEqual(pump(0), 1000)
    }
  })

  it("past those in whose pools there is no room, and behind those who share a pool with them", () => {
    const [full, free, third] = [poolOf([1, 1000]), poolOf([10, 1000]), poolOf([10, 1000])]
    const { answered, enter, pump, told } = make()
    const first = enter("", paying(1, full))
    const [before, beside] = [enter("", paying(10, free)), enter("", paying(10, third))]
    enter("full and free", paying(1, full, free))
    enter("free and third", paying(1, free, third))
    enter("third", paying(1, third))
    enter("full", paying(1, full))
    answered(before, 0)
    answered(beside, 0)
    // There is room in the second and the third pool, but not behind who waits for the first.
    assert.strictEqual(pump(1000), Infinity)
    assert.deepStrictEqual(told(), [])
    answered(first, 1000)
    assert.strictEqual(pump(1000), 2000)
    assert.deepStrictEqual(told(), [])
    pump(2000)
    assert.deepStrictEqual(told(), ["full and free", "free and third", "third"])
  })

  it("in one line with those who pay into the same pools, and only with them", () => {
    const [one, two, three] = [poolOf([10, 1000]), poolOf([10, 1000]), poolOf([10, 1000])]
    const { enter } = make()
    const lines = [[one], [two], [one, two], [two, one], [one, three], [one], [one, two]].map(
      (pools) => enter("", paying(1, ...pools)).line
    )
    assert.deepStrictEqual(
      lines.map((line) => lines.indexOf(line)),
      [0, 1, 2, 3, 4, 0, 2]
    )
  })

  it("past those who have left", () => {
    const pool = poolOf([2, 1000])
    const { answered, enter, leave, pump, told } = make()
    const first = enter("", paying(2, pool))
    const [second, third] = ["second", "third", "fourth"].map((name) => enter(name, paying(1, pool)))
    for (const ticket of [second, third]) if (ticket !== undefined) leave(ticket)
    answered(first, 0)
    assert.strictEqual(pump(1000), Infinity)
    assert.deepStrictEqual(told(), ["fourth"])
    assert.strictEqual(pool.waiting, 0)
  })

  it("and a line does not remember for good who has left it", () => {
    const lengths = (count: number) => {
      const pool = poolOf([1, 1000])
      const { enter, leave } = make()
      enter("", paying(1, pool))
      const tickets = Array.from({ length: count }, () => enter("", paying(1, pool)))
      return tickets.map((ticket) => {
        leave(ticket)
        return ticket.line.tickets.length
      })
    }
    assert.deepStrictEqual(lengths(64), Array(64).fill(64))
    assert.deepStrictEqual(lengths(65), [...Array(32).fill(65), ...Array(33).fill(32)])
    assert.deepStrictEqual(lengths(66), [...Array(33).fill(66), ...Array(33).fill(32)])
  })
})

describe("a closure", () => {
  it("keeps its pools shut until its end, and leaves others open", () => {
    const [pool, other] = [poolOf([10, 1000]), poolOf([10, 1000])]
    const { close, enter, pump, told } = make()
    close([pool], until(500), 0)
    assert.isTrue(enter("shut", paying(1, pool)).waits)
    assert.isFalse(enter("open", paying(1, other)).waits)
    assert.strictEqual(pump(0), 500)
    assert.strictEqual(pump(499), 500)
    assert.strictEqual(pump(500), Infinity)
    assert.deepStrictEqual(told(), ["shut"])
  })

  it("of the gate keeps everybody in", () => {
    const { close, closure, enter, gate, pump, told } = make()
    close([gate], until(500, "Banned"), 0)
    const charges = paying(1, poolOf([10, 1000]))
    assert.isTrue(enter("any", charges).waits)
    assert.strictEqual(closure(charges, 0)?.refusal, "Banned")
    assert.strictEqual(pump(0), 500)
    pump(500)
    assert.deepStrictEqual(told(), ["any"])
  })

  it("that keeps longest is told, the gate's where they are equal", () => {
    const [one, two] = [poolOf([10, 1000]), poolOf([10, 1000])]
    const { close, closure, gate } = make()
    const ends = () => [paying(1, one), paying(1, two), paying(1, one, two)].map((charges) => closure(charges, 0)?.end)
    assert.deepStrictEqual(ends(), [undefined, undefined, undefined])
    close([two], until(500), 0)
    assert.deepStrictEqual(ends(), [undefined, 500, 500])
    close([one], until(600), 0)
    assert.deepStrictEqual(ends(), [600, 500, 600])
    close([gate], until(600, "Banned"), 0)
    assert.deepStrictEqual(ends(), [600, 600, 600])
    assert.strictEqual(closure(paying(1, one), 0)?.refusal, "Banned")
    close([two], until(700), 0)
    assert.deepStrictEqual(ends(), [600, 700, 700])
    assert.isUndefined(closure(paying(1, one), 600))
  })

  it("refuses those who can't wait for its end, and nobody else", () => {
    const [pool, other] = [poolOf([1, 1000]), poolOf([1, 1000])]
    const { answered, close, enter, leave, pump, told } = make()
    const [first] = [enter("sent at once", paying(1, pool), 0, 100), enter("", paying(1, other))]
    enter("was let go", paying(1, pool), 0, 100)
    const gone = enter("has left", paying(1, pool), 0, 100)
    enter("has time", paying(1, pool), 0, 5001)
    enter("has no time", paying(1, pool), 0, 5000)
    enter("pays elsewhere", paying(1, other), 0, 100)
    enter("pays into both", paying(1, other, pool), 0, 5000)
    enter("waits as long as it takes", paying(1, pool))
    leave(gone)
    answered(first, 0)
    pump(1000)
    assert.deepStrictEqual(told(), ["was let go"])
    assert.strictEqual(pool.waiting, 4)
    close([pool], until(5000), 1000)
    assert.deepStrictEqual(told(), ["has no time: not before 5000", "pays into both: not before 5000"])
    assert.deepStrictEqual([pool.waiting, other.waiting], [2, 1])
  })

  it("refuses by the end that keeps longest", () => {
    const pool = poolOf([1, 1000])
    const { close, enter, gate, told } = make()
    close([gate], until(5000), 0)
    enter("first", paying(1, pool), 0, 4000)
    close([pool], until(3000), 0)
    assert.deepStrictEqual(told(), ["first: not before 5000"])
  })

  it("that is over refuses nobody", () => {
    const pool = poolOf([1, 1000])
    const { close, enter, told } = make()
    enter("", paying(1, pool))
    enter("second", paying(1, pool), 0, 100)
    close([pool], until(500), 500)
    assert.deepStrictEqual(told(), [])
    assert.isFalse(pool.known)
  })

  it("whose end is still being read keeps its pool shut for as long", () => {
    const pool = poolOf([10, 1000])
    const { enter, pump, told } = make()
    pool.judging = 1
    assert.isTrue(enter("first", paying(1, pool)).waits)
    assert.strictEqual(pump(100), Infinity)
    pool.judging = 0
    pump(200)
    assert.deepStrictEqual(told(), ["first"])
  })
})

describe("who was let go and is not sent yet", () => {
  /** Two wait in line, and the first is let go. */
  const letGo = () => {
    const [pool, other] = [poolOf([2, 1000]), poolOf([2, 1000])]
    const admission = make()
    const first = admission.enter("", paying(2, pool))
    const second = admission.enter("second", paying(2, pool, other), 0, 4000)
    const third = admission.enter("third", paying(2, pool, other))
    admission.answered(first, 0)
    admission.pump(1000)
    assert.deepStrictEqual(admission.told(), ["second"])
    return { ...admission, pool, other, second, third }
  }

  it("is sent where nothing has been closed", () => {
    const { other, pool, recalled, second } = letGo()
    assert.isFalse(recalled(second, 1000))
    assert.isFalse(second.waits)
    assert.deepStrictEqual([used(pool), used(other), pool.waiting], [[2], [2], 2])
  })

  it("waits again, and pays nothing, where one of its pools or the gate has been closed or is being judged", () => {
    const shut = [
      ({ close, pool }: ReturnType<typeof letGo>) => close([pool], until(5000), 1000),
      ({ close, other }: ReturnType<typeof letGo>) => close([other], until(5000), 1000),
      ({ close, gate }: ReturnType<typeof letGo>) => close([gate], until(5000), 1000),
      ({ other }: ReturnType<typeof letGo>) => (other.judging += 1),
      ({ gate }: ReturnType<typeof letGo>) => (gate.judging += 1)
    ]
    for (const each of shut) {
      const all = letGo()
      each(all)
      assert.isTrue(all.recalled(all.second, 1000))
      assert.isTrue(all.second.waits)
      assert.deepStrictEqual([used(all.pool), used(all.other)], [[0], [0]])
      assert.deepStrictEqual([all.pool.waiting, all.other.waiting, all.gate.requestsInFlight], [4, 4, 0])
    }
  })

  it("is sent where the closure is over by then", () => {
    const { close, pool, recalled, second } = letGo()
    close([pool], until(1500), 1000)
    assert.isFalse(recalled(second, 1500))
  })

  it("goes before those who came after it, and is refused once where it can't wait", () => {
    const { close, gate, leave, pool, pump, recalled, second, third, told } = letGo()
    close([pool], until(2000), 1000)
    recalled(second, 1000)
    pump(2000)
    assert.deepStrictEqual(told(), ["second"])
    close([pool], until(3000), 2000)
    recalled(second, 2000)
    close([gate], until(4000), 2000)
    assert.deepStrictEqual(told(), ["second: not before 4000"])
    pump(4000)
    assert.deepStrictEqual(told(), ["third"])
    leave(third)
    assert.strictEqual(pool.waiting, 0)
  })

  it("goes before them also where it had not waited and others ahead of them have gone", () => {
    const pool = poolOf([3, 1000])
    const { close, enter, leave, pump, recalled, told } = make()
    const first = enter("first", paying(3, pool))
    const second = enter("second", paying(3, pool))
    enter("third", paying(3, pool))
    leave(second)
    pump(0)
    close([pool], until(500), 0)
    recalled(first, 0)
    pump(500)
    assert.deepStrictEqual(told(), ["first"])
  })

  it("goes behind those who came before it", () => {
    const pool = poolOf([2, 1000])
    const { close, enter, pump, recalled, told } = make()
    const [first, second] = [enter("first", paying(1, pool)), enter("second", paying(1, pool))]
    enter("third", paying(2, pool))
    close([pool], until(500), 0)
    recalled(second, 0)
    recalled(first, 0)
    pump(500)
    assert.deepStrictEqual(told(), ["first"])
    pool.known = true
    pump(500)
    assert.deepStrictEqual(told(), ["second"])
  })

  it("goes last where nobody came after it", () => {
    const pool = poolOf([2, 1000])
    const { close, enter, pump, recalled, told } = make()
    const [first, second] = [enter("first", paying(1, pool)), enter("second", paying(1, pool))]
    close([pool], until(500), 0)
    recalled(first, 0)
    recalled(second, 0)
    pool.known = true
    pump(500)
    assert.deepStrictEqual(told(), ["first", "second"])
  })
})

describe("the earliest time", () => {
  it("is now, where there is room or nobody knows better", () => {
    const pool = poolOf([10, 1000])
    const { earliest } = make()
    assert.strictEqual(earliest(paying(10, pool), 100), 100)
    assert.strictEqual(earliest([], 100), 100)
  })

  it("is when the last of all windows lets go of enough, also for those who wait ahead", () => {
    const [one, two] = [poolOf([10, 1000], [20, 3000]), poolOf([10, 2000])]
    const { answered, earliest, enter } = make()
    answered(enter("", paying(10, one)), 0)
    assert.strictEqual(earliest(paying(1, one), 100), 1000)
    answered(enter("", paying(10, two)), 0)
    assert.strictEqual(earliest(paying(1, one, two), 100), 2000)
    assert.strictEqual(earliest(paying(1, two, one), 100), 2000)
    enter("", paying(10, one))
    assert.strictEqual(earliest(paying(1, one), 100), 3000)
    assert.strictEqual(earliest(paying(1, one), 1000), 3000)
  })

  it("is reckoned with the share of who asks", () => {
    const pool = poolOf([10, 1000])
    const { answered, earliest, enter } = make()
    answered(enter("", paying(2, pool)), 0)
    const by = (share: number) => earliest([{ pool, weight: 3, shares: [share] }], 100)
    assert.deepStrictEqual([by(5), by(4)], [100, 1000])
  })
})
