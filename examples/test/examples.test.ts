import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@open-interest/simulator/Simulator"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)

const still = { time: DateTime.unsafeMake("2026-10-06T12:05:03.512Z") }

/** Bundles an example and runs it as a program of its own, against simulated exchanges. */
const output = (example: string, simulated: Simulator.Options = still) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator.Simulator
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "open-interest-example-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true }))
    )
    const outfile = join(folder, "example.mjs")
    const { stdout } = yield* Effect.promise(async () => {
      await build({
        entryPoints: [fileURLToPath(new URL(`../${example}`, import.meta.url))],
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
        banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' },
        logLevel: "error"
      })
      return run(process.execPath, [outfile], {
        env: {
          ...process.env,
          OPEN_INTEREST_BINANCE_BASE_URL: simulator.binance.baseUrl,
          OPEN_INTEREST_BITGET_BASE_URL: simulator.bitget.baseUrl
        }
      })
    })
    return stdout.trimEnd().split("\n")
  }).pipe(Effect.scoped, Effect.provide(Simulator.layer(simulated)))

describe("the examples", () => {
  it.live("reading.ts prints one figure in two units", () =>
    Effect.gen(function* () {
      const [reported = "", notional = ""] = yield* output("reading.ts")
      const contracts = /^reported: (\d+) contracts of 100 USD of BTC$/.exec(reported)?.[1]
      assert.strictEqual(notional, `notional: ${contracts}00 USD`)
    })
  )

  it.live("side-by-side.ts prints both exchanges, and the failure beside them", () =>
    Effect.gen(function* () {
      const lines = yield* output("side-by-side.ts")
      assert.match(lines[0] ?? "", /^binance:BTC\/USD:BTC: \d+\.\d{1,8} BTC$/)
      assert.match(lines[1] ?? "", /^bitget:BTCUSDT: \d+(\.\d+)? BTC$/)
      assert.strictEqual(lines[2], 'bitget:NOPE: unknown symbol: bitget knows no contract "NOPE"')
    })
  )

  it.live("history-to-csv.ts prints a week of hours, the oldest first", () =>
    Effect.gen(function* () {
      const [header, ...rows] = yield* output("history-to-csv.ts", {})
      assert.strictEqual(header, "time,contracts,coins,dollars")
      // A week has 168 hours; the newest row may not be out yet.
      assert.include([167, 168], rows.length)
      const times = rows.map((row) => Date.parse(row.split(",")[0] ?? ""))
      assert.deepStrictEqual(
        times,
        times.map((_, index) => (times[0] ?? 0) + index * 3_600_000)
      )
      for (const row of rows) assert.match(row, /^[^,]+,(\d+),\d+\.\d+,\1(00)$/)
    })
  )

  it.live("total.ts prints the sum, the shares, and what the sum rests on and leaves out", () =>
    Effect.gen(function* () {
      const lines = yield* output("total.ts", {})
      assert.match(lines[0] ?? "", /^all: [\d.]+ BTC$/)
      assert.deepStrictEqual(
        lines.filter((line) => line.startsWith("all: ")).map((line) => line.split(" ").at(-1)),
        ["BTC", "USD", "USDC", "USDT"]
      )
      const shares = lines.flatMap((line) => /^(?:binance|bitget): \d+ contracts, ([\d.]+) %$/.exec(line)?.[1] ?? [])
      assert.lengthOf(shares, 2)
      assert.approximately(Number(shares[0]) + Number(shares[1]), 100, 1e-6)
      assert.isTrue(lines.some((line) => line.startsWith("note: ") && line.includes("does not say which sides")))
      assert.isTrue(lines.some((line) => line.startsWith("note: bitget:BTCUSD_CM is left out: there is no evidence")))
    })
  )
})
