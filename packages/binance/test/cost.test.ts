import { assert, describe, it } from "@effect/vitest"
import * as Pools from "@open-interest/core/Pools"
import * as Effect from "effect/Effect"
import * as BinanceCoinM from "../src/BinanceCoinM.ts"
import { openInterest, play, recorded } from "./support.ts"

describe("the cost of readings", () => {
  it.effect("is what a round takes that lists the contracts anew", () =>
    Effect.gen(function* () {
      const pools = Pools.makeMemory()
      const body = recorded("binance-dapi-openInterest.perp-2026-10-06.json")
      const { result } = yield* play(
        {
          [openInterest]: (url) => ({ body: body.replace("BTCUSD_PERP", url.searchParams.get("symbol") ?? "") })
        },
        (source) => source.snapshot()
      ).pipe(Effect.provideService(Pools.Pools, pools))
      const count = result.valuations.length
      const weight = BinanceCoinM.costOfReadings(count).reduce((sum, each) => sum + each.weight, 0)
      const [state] = yield* pools.state
      assert.isAbove(count, 2)
      assert.deepStrictEqual(result.failures, [])
      assert.strictEqual(state?.windows[0]?.used, weight)
    })
  )
})
