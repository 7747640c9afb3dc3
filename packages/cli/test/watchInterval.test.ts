import { assert, describe, it } from "@effect/vitest"
import * as Quota from "@open-interest/core/Quota"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as fc from "effect/FastCheck"
import { exchanges } from "../src/exchanges.ts"
import * as Interval from "../src/watch/interval.ts"

const pool = (name: string, windows: Quota.Pool["windows"]) => new Quota.Pool({ name, unit: "requests", windows })

const minute = pool("a", Data.tuple(Quota.window(100, "1 minute")))
const both = pool("b", Data.tuple(Quota.window(10, "1 second"), Quota.window(60, "1 minute")))

const seconds = (costs: ReadonlyArray<Quota.Cost>, fraction = 1) =>
  Duration.toSeconds(Interval.shortest(costs, fraction))

describe("the shortest interval", () => {
  it("is how long the costs of a round take to come in again, in the window where it takes longest", () => {
    assert.strictEqual(seconds([{ pool: minute, weight: 10 }]), 6)
    assert.strictEqual(seconds([{ pool: minute, weight: 11 }]), 7)
    assert.strictEqual(seconds([{ pool: both, weight: 20 }]), 20)
    assert.strictEqual(seconds([{ pool: minute, weight: 250 }]), 150)
    assert.strictEqual(
      seconds([
        { pool: minute, weight: 10 },
        { pool: both, weight: 3 },
        { pool: minute, weight: 10 }
      ]),
      12
    )
  })

  it("is a second at least, and longer where our share is smaller", () => {
    assert.strictEqual(seconds([]), 1)
    assert.strictEqual(seconds([{ pool: minute, weight: 1 }]), 1)
    assert.strictEqual(seconds([{ pool: minute, weight: 10 }], 0.5), 12)
    // Nothing gets through, and no interval is long enough.
    assert.strictEqual(seconds([{ pool: minute, weight: 10 }], 0.001), 1)
  })

  it("lets no more than the share of a window through in the long run", () => {
    const share = fc.integer({ min: 1, max: 100 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), share, (weight, percent) => {
        const interval = seconds([{ pool: minute, weight }], percent / 100)
        assert.isAtMost((60 / interval) * weight, Quota.share(100, percent / 100) + 1e-9)
        // A second less would be too short.
        if (interval > 1) assert.isAbove((60 / (interval - 1)) * weight, Quota.share(100, percent / 100))
      })
    )
  })

  it("is that of the exchanges: more contracts take longer where each is asked for on its own", () => {
    const of = (exchange: keyof typeof exchanges, contracts: number) =>
      seconds(exchanges[exchange].costOfReadings(contracts, {}), 0.5)
    assert.deepStrictEqual(
      [1, 30, 1200].map((count) => of("binance", count)),
      [1, 3, 61]
    )
    assert.deepStrictEqual(
      [1, 800].map((count) => of("bitget", count)),
      [1, 1]
    )
  })
})
