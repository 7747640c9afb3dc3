import { assert, describe, it } from "@effect/vitest"
import * as Pools from "@open-interest/core/Pools"
import * as Effect from "effect/Effect"
import * as BitgetMix from "../src/BitgetMix.ts"
import { play } from "./support.ts"

const weightByPool = (options?: BitgetMix.Options) => {
  const weights: Record<string, number> = {}
  for (const { pool, weight } of BitgetMix.costOfReadings(10, options)) {
    weights[pool.name] = (weights[pool.name] ?? 0) + weight
  }
  return weights
}

describe("the cost of readings", () => {
  it.effect("is what a round takes that lists the contracts anew, whatever product types are read", () =>
    Effect.gen(function* () {
      for (const options of [undefined, { productTypes: ["USDT-FUTURES", "USDT-FUTURES"] } as const]) {
        const pools = Pools.makeMemory()
        yield* play({}, (source) => source.snapshot(), options).pipe(Effect.provideService(Pools.Pools, pools))
        const used = (yield* pools.state).map(({ name, windows }) => [name, windows[0]?.used])
        assert.deepStrictEqual(Object.fromEntries(used), weightByPool(options))
      }
    })
  )
})
