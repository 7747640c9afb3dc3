import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import * as Exchange from "@open-interest/core/Exchange"
import * as Pools from "@open-interest/core/Pools"
import * as Playback from "@open-interest/simulator/Playback"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as State from "../src/state.ts"
import { binance, oi, records, temporaryFolder, watchStandardError } from "./support.ts"

afterEach(() => void vi.restoreAllMocks())

/** An exchange that has banned this address for two minutes, and how often it was asked. */
const banning = Effect.gen(function* () {
  const asked: Array<string> = []
  const ban = (url: URL) => (asked.push(url.pathname), { status: 418, headers: { "retry-after": "120" }, body: "" })
  const url = yield* Playback.serve(Playback.make({ "/dapi/v1/exchangeInfo": ban }))
  return { asked, url }
})

const get = (state: string, url: string, ...args: ReadonlyArray<string>) =>
  oi(["get", "binance:BTCUSD_PERP", ...args], {
    env: { XDG_STATE_HOME: state, OPEN_INTEREST_BINANCE_BASE_URL: url }
  })

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ name }) => decodeURIComponent(name))

describe("a ban that one run has met", () => {
  it.scopedLive("is not walked into by the next, unless it goes without what was kept, or elsewhere", () =>
    Effect.gen(function* () {
      const state = yield* temporaryFolder
      const { asked, url } = yield* banning
      const first = yield* get(state, url)
      assert.match(
        first.stderr.join("\n"),
        /^error: binance:BTCUSD_PERP: banned: binance has shut out this address until \d{4}-\S+Z$/
      )
      assert.deepStrictEqual(asked, ["/dapi/v1/exchangeInfo"])
      assert.deepStrictEqual(filesIn(state), [`binance ${url}`])

      const second = yield* get(state, url)
      assert.deepStrictEqual(second, { code: 1, stdout: "", stderr: [`${first.stderr[0]}; not asked again`] })
      assert.lengthOf(asked, 1)

      const without = yield* get(state, url, "--no-state")
      assert.strictEqual(without.code, 1)
      assert.lengthOf(asked, 2)

      const elsewhere = yield* get(state, yield* Playback.serve(Playback.make(binance)))
      assert.deepStrictEqual([elsewhere.code, elsewhere.stderr], [0, []])
      assert.lengthOf(records(elsewhere.stdout), 1)

      const file = join(state, "open-interest", "bans", encodeURIComponent(`binance ${url}`))
      const kept = readFileSync(file, "utf8")
      writeFileSync(file, kept.slice(0, 20))
      const broken = yield* get(state, url)
      assert.strictEqual(broken.stderr.length, 2)
      assert.include(
        broken.stderr,
        `warning: bans are not remembered in ${join(state, "open-interest", "bans")}: ` +
          `what binance has refused at ${url} cannot be read`
      )
      assert.lengthOf(asked, 3)
      assert.isAtLeast(Date.parse(JSON.parse(readFileSync(file, "utf8")).until), Date.parse(JSON.parse(kept).until))
    })
  )
})

describe("nothing is kept", () => {
  it.scopedLive("of simulated exchanges, nor with --no-state", () =>
    Effect.gen(function* () {
      const state = join(yield* temporaryFolder, "state")
      const { asked, url } = yield* banning
      yield* get(state, url, "--no-state")
      assert.lengthOf(asked, 1)
      const simulated = yield* get(state, url, "--simulated")
      assert.strictEqual(simulated.code, 0)
      assert.isFalse(existsSync(state))
    })
  )

  it.scopedLive("where nothing can be, and one line says so", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* banning
      const entry = encodeURIComponent(`binance ${url}`)
      for (const [prepare, reason] of [
        [(bans: string) => writeFileSync(bans, ""), "ENOTDIR"],
        [(bans: string) => mkdirSync(join(bans, entry), { recursive: true }), "EISDIR"]
      ] as const) {
        const state = yield* temporaryFolder
        mkdirSync(join(state, "open-interest"))
        const bans = join(state, "open-interest", "bans")
        prepare(bans)
        const { code, stderr } = yield* get(state, url)
        assert.strictEqual(code, 1)
        assert.lengthOf(stderr, 2)
        assert.match(stderr.join("\n"), new RegExp(`^warning: bans are not remembered in ${bans}: .*${reason}`, "m"))
        assert.deepStrictEqual(filesIn(state), reason === "ENOTDIR" ? ["bans"] : [])
      }
      assert.lengthOf(asked, 2)
    })
  )
})

describe("what a request logs", () => {
  it.scoped("is logged as ever, and is no trouble with bans", () =>
    Effect.gen(function* () {
      const state = yield* temporaryFolder
      const written = watchStandardError()
      const logged: Array<unknown> = []
      const request = { exchange: Exchange.make("acme"), origin: "https://acme.test", costs: [], fraction: 1 }
      yield* Effect.flatMap(Pools.Pools, ({ withPermit }) =>
        withPermit({ ...request, waitAtMost: 0 }, () => Effect.logWarning("slow"))
      ).pipe(
        Effect.provide(State.pools),
        Effect.provide(
          Logger.replace(
            Logger.defaultLogger,
            Logger.make(({ message }) => logged.push(message))
          )
        ),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["XDG_STATE_HOME", state]])))
      )
      assert.deepStrictEqual(logged, [["slow"]])
      assert.deepStrictEqual(written, [])
    })
  )
})
