import { assert, describe, it } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import { binance, hasTerminals, oi, oiOnTerminal, recorded } from "./support.ts"

const escape = "\u001b"

/** A colour, or another look of text; 0 alone takes it back. */
const colour = new RegExp(`${escape}\\[[1-9][\\d;]*m`)

/** A control code, other than the end of a line. */
const control = /\p{Cc}(?<![\r\n])/u

describe.skipIf(!hasTerminals)("on a terminal (needs script of util-linux)", () => {
  const failing = ["get", "--simulated", "binance:NOPE"]
  const watching = ["watch", "--simulated", "binance:BTCUSD_PERP", "--rounds", "1"]

  it.live("help has headings, messages have colours, and so has the live table", () =>
    Effect.gen(function* () {
      const [help, error, table] = yield* Effect.all(
        [oiOnTerminal(["get", "--help"]), oiOnTerminal(failing), oiOnTerminal(watching)],
        { concurrency: 2 }
      )
      assert.include(help.screen, `${escape}[1mUSAGE${escape}[0m`)
      assert.include(error.screen, `${escape}[1;31merror:${escape}[0m binance:NOPE`)
      assert.include(table.screen, `${escape}[1mVALUE ↓`)
    })
  )

  for (const [name, env, args] of [
    ["NO_COLOR", { NO_COLOR: "1" }, []],
    ["--no-color", {}, ["--no-color"]],
    ["TERM=dumb", { TERM: "dumb" }, []]
  ] as const) {
    it.live(`nothing has colours with ${name}, help neither`, () =>
      Effect.gen(function* () {
        const on = (words: ReadonlyArray<string>) => oiOnTerminal([...words, ...args], { env })
        const [help, error, table] = yield* Effect.all([on(["get", "--help"]), on(failing), on(watching)], {
          concurrency: 2
        })
        assert.notMatch(help.screen, control)
        assert.notMatch(error.screen, control)
        assert.notMatch(table.screen, name === "TERM=dumb" ? control : colour)
        assert.deepStrictEqual([help.code, error.code, table.code], [0, 1, 0])
      })
    )
  }

  it.live("work that takes long says how long, on a line that is gone at the end; off one nothing is said of it", () =>
    Effect.gen(function* () {
      const list = { body: recorded("binance-dapi-exchangeInfo.json"), after: 1400 }
      const url = yield* Playback.serve(Playback.make({ ...binance, "/dapi/v1/exchangeInfo": list }))
      const env = { OPEN_INTEREST_BINANCE_BASE_URL: url }
      const args = ["get", "binance:BTCUSD_PERP", "--no-state", "--columns", "symbol", "--format", "csv"]
      const [terminal, pipe] = yield* Effect.all([oiOnTerminal(args, { env }), oi(args, { env })], { concurrency: 2 })
      assert.strictEqual(terminal.screen, `reading binance:BTCUSD_PERP … 1 s\r${escape}[Ksymbol\r\r\nBTCUSD_PERP\r\r\n`)
      assert.deepStrictEqual(pipe, { code: 0, stdout: "symbol\r\nBTCUSD_PERP\r\n", stderr: [] })
    }).pipe(Effect.scoped)
  )
})
