import { vi } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Simulator from "@open-interest/simulator/Simulator"
import * as Effect from "effect/Effect"
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { run } from "../src/oi.ts"

const bin = fileURLToPath(new URL("../dist/bin.cjs", import.meta.url))

/** A whole body as an exchange sent it; they are kept beside the tests of the packages that decode them. */
export const recorded = (name: string): string => {
  const exchange = name.slice(0, name.indexOf("-"))
  return readFileSync(new URL(`../../${exchange}/test/fixtures/${name}`, import.meta.url), "utf8")
}

const exchangeInfo = { body: recorded("binance-dapi-exchangeInfo.json") }

/** Recorded bodies, with the symbol and the time of the recorded one put in where several contracts are asked for. */
export const binance: Playback.Routes = {
  "/dapi/v1/exchangeInfo": exchangeInfo,
  "/dapi/v1/openInterest": (url) => {
    const body = recorded("binance-dapi-openInterest.perp-2026-10-06.json")
    return { body: body.replace("BTCUSD_PERP", url.searchParams.get("symbol") ?? "") }
  },
  "/dapi/v1/premiumIndex": {
    body: JSON.stringify([
      { symbol: "BTCUSD_PERP", pair: "BTCUSD", markPrice: "71008.10000000", time: 1791284692000 },
      { symbol: "BTCUSD_261225", pair: "BTCUSD", markPrice: "71500.00000000", lastFundingRate: "", time: 1791284692000 }
    ])
  }
}

const contract = {
  symbol: "BTCUSDT",
  baseCoin: "BTC",
  quoteCoin: "USDT",
  symbolType: "perpetual",
  symbolStatus: "normal",
  isRwa: "NO"
}

/** As {@link binance}; all that it lists is BTCUSDT. */
export const bitget: Playback.Routes = {
  "/api/v2/mix/market/contracts": (url) => ({
    body: JSON.stringify({
      code: "00000",
      data: url.searchParams.get("productType") === "USDT-FUTURES" ? [contract] : []
    })
  }),
  "/api/v2/mix/market/open-interest": { body: recorded("bitget-v2-open-interest.doc.json") },
  "/api/v2/mix/market/tickers": {
    body: JSON.stringify({
      code: "00000",
      data: [{ symbol: "BTCUSDT", markPrice: "26200.5", holdingAmount: "34278.06", ts: "1695796781616" }]
    })
  },
  "/api/v3/market/instruments": { body: '{"code":"00000","data":[]}' }
}

/** An exchange that lists nothing. */
export const bybit: Playback.Routes = {
  "/v5/market/instruments-info": (url) => ({
    body: JSON.stringify({
      retCode: 0,
      result: { category: url.searchParams.get("category"), list: [], nextPageCursor: "" },
      time: 1791284692000
    })
  })
}

/** Symbols that nobody would wish for, by what is wrong with them. */
export const naughty = {
  "a colour": "A\u001b[31mB",
  "a link (OSC 8)": "A\u001b]8;;https://example.com\u001b\\B\u001b]8;;\u0007",
  "control characters of the second kind (C1)": "A\u009b31mB\u0085C",
  "a line turned around": "A\u202EDSU\u202CB",
  "an isolate": "A\u2066B\u2069\u200FC",
  "other ends of a line": "A\u2028B\u2029C\r\nerror: D",
  "NUL and backspaces": "A\u0000B\b\b\bC\u007f",
  "half of a pair": "A\uD83DB",
  "nothing to see": "A\u200B\u200D\uFEFF\u00ADB\u034F\u3164\u115F\uFE0F",
  tags: "A\u{E0041}\u{E0042}",
  "a pile of marks": `A${"\u0301\u0489".repeat(500)}`,
  "no end": "A".repeat(100_000),
  "a formula": "=cmd|' /C calc'!A0"
}

/** What a terminal might obey, or would not show. */
export const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\u034F|\u115F|\u3164|\uFE0F/u

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  /** The lines of standard error. */
  readonly stderr: ReadonlyArray<string>
}

export interface Settings {
  readonly env?: Record<string, string>
  /** Sends SIGINT then. */
  readonly interruptWhen?: Promise<void>
  /** Sends SIGINT this many milliseconds after the first data. */
  readonly interruptAfterData?: number
  /** The working folder. Default: that of the tests. */
  readonly cwd?: string
  /** Closes standard output after the first data, as `head` does. */
  readonly closeEarly?: boolean
}

/**
 * The environment of a program under test: none of our settings, no exchange that could be reached, and nothing to be kept
 * in the home of who runs it.
 */
export const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPEN_INTEREST_"))),
  OPEN_INTEREST_BINANCE_BASE_URL: "http://127.0.0.1:9",
  OPEN_INTEREST_BITGET_BASE_URL: "http://127.0.0.1:9",
  OPEN_INTEREST_BYBIT_BASE_URL: "http://127.0.0.1:9",
  XDG_STATE_HOME: join(tmpdir(), `open-interest-test-${process.pid}`, "state"),
  XDG_CONFIG_HOME: join(tmpdir(), `open-interest-test-${process.pid}`, "config"),
  // Compiled as in a first run, unless a test is about the second.
  NODE_DISABLE_COMPILE_CACHE: "1"
}

/** A folder of a user of their own, gone at the end. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "open-interest-test-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** Runs the bundled program as a user does: a process of its own, no terminal. No other run has been at this home. */
export const oi = (args: ReadonlyArray<string>, settings: Settings = {}): Effect.Effect<Ended> =>
  Effect.scoped(
    Effect.flatMap(temporaryFolder, (home) =>
      spawned(args, {
        ...settings,
        env: { XDG_STATE_HOME: join(home, "state"), XDG_CONFIG_HOME: join(home, "config"), ...settings.env }
      })
    )
  )

const spawned = (args: ReadonlyArray<string>, settings: Settings): Effect.Effect<Ended> =>
  Effect.async((resume) => {
    const child = spawn(process.execPath, [bin, ...args], {
      env: { ...environment, ...settings.env },
      cwd: settings.cwd
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    const { closeEarly, interruptAfterData } = settings
    if (interruptAfterData !== undefined) {
      child.stdout.once("data", () => setTimeout(() => child.kill("SIGINT"), interruptAfterData))
    }
    if (closeEarly) child.stdout.once("data", () => child.stdout.destroy())
    void settings.interruptWhen?.then(() => child.kill("SIGINT"))
    child.on("close", (code) => {
      resume(Effect.succeed({ code, stdout, stderr: stderr === "" ? [] : stderr.trimEnd().split("\n") }))
    })
    return Effect.sync(() => child.kill())
  })

/** Whether this machine can make pseudo-terminals, with `script` of util-linux. */
export const hasTerminals =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true

/** Runs the program on a pseudo-terminal, and presses a key when it shows a text. */
export const oiOnTerminal = (
  args: ReadonlyArray<string>,
  {
    before = "",
    env = {},
    key,
    when
  }: {
    /** What a shell on the terminal does first. */
    readonly before?: string
    readonly env?: Readonly<Record<string, string>>
    readonly key?: string
    readonly when?: RegExp
  } = {}
): Effect.Effect<{ readonly code: number | null; readonly screen: string }> =>
  Effect.async((resume) => {
    const command = `${before} exec ${[process.execPath, bin, ...args].map((each) => `'${each}'`).join(" ")}`
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      env: { ...environment, TERM: "xterm", ...env }
    })
    let screen = ""
    let isPressed = key === undefined
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text
      if (isPressed || when?.test(screen) !== true) return
      isPressed = true
      child.stdin.write(key)
    })
    child.on("close", (code) => resume(Effect.succeed({ code, screen })))
    return Effect.sync(() => child.kill())
  })

/** Runs the program within this process, which has no terminal. */
export const oiHere = (args: ReadonlyArray<string>): Effect.Effect<Ended> =>
  Effect.gen(function* () {
    const written = { stdout: "", stderr: "" }
    const spies = (["stdout", "stderr"] as const).map((name) =>
      vi.spyOn(process[name], "write").mockImplementation((text: unknown, ...rest: ReadonlyArray<unknown>) => {
        written[name] += String(text)
        for (const each of rest) if (typeof each === "function") each()
        return true
      })
    )
    const code = yield* Effect.ensuring(
      run(args),
      Effect.sync(() => spies.forEach((spy) => spy.mockRestore()))
    )
    return { code, stdout: written.stdout, stderr: written.stderr.trimEnd().split("\n") }
  })

/** Runs the program against servers that play these routes; Bybit lists nothing where it has none. */
export const oiAgainst = (
  routes: {
    readonly binance?: Playback.Routes
    readonly bitget?: Playback.Routes
    readonly bybit?: Playback.Routes
  },
  args: ReadonlyArray<string>,
  settings: Settings = {}
): Effect.Effect<Ended> =>
  Effect.gen(function* () {
    const binance = yield* Playback.serve(Playback.make(routes.binance ?? {}))
    const bitget = yield* Playback.serve(Playback.make(routes.bitget ?? {}))
    const lists = yield* Playback.serve(Playback.make(routes.bybit ?? bybit))
    return yield* oi(args, {
      ...settings,
      env: {
        OPEN_INTEREST_BINANCE_BASE_URL: binance,
        OPEN_INTEREST_BITGET_BASE_URL: bitget,
        OPEN_INTEREST_BYBIT_BASE_URL: lists,
        ...settings.env
      }
    })
  }).pipe(Effect.scoped)

/** Runs the program against simulated exchanges; each may have options of its own. */
export const oiAgainstSimulators = (
  options: {
    readonly binance?: Simulator.Options
    readonly bitget?: Simulator.Options
    readonly bybit?: Simulator.Options
  },
  args: ReadonlyArray<string>,
  settings: Settings = {}
): Effect.Effect<Ended & { readonly asked: Readonly<Record<string, number>> }> =>
  Effect.gen(function* () {
    const { binance } = yield* Simulator.make(options.binance)
    const { bitget } = yield* Simulator.make(options.bitget)
    const { bybit } = yield* Simulator.make(options.bybit)
    const ended = yield* oi(args, {
      ...settings,
      env: {
        OPEN_INTEREST_BINANCE_BASE_URL: binance.baseUrl,
        OPEN_INTEREST_BITGET_BASE_URL: bitget.baseUrl,
        OPEN_INTEREST_BYBIT_BASE_URL: bybit.baseUrl,
        ...settings.env
      }
    })
    const asked = yield* Effect.all([binance.requestCounts, bitget.requestCounts, bybit.requestCounts])
    return { ...ended, asked: Object.assign({}, ...asked) }
  }).pipe(Effect.scoped, Effect.orDie)

/** Records of ndjson, without the time of receipt, which is that of the run. */
export const records = (stdout: string): ReadonlyArray<Record<string, unknown>> =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { receivedAt: _, ...rest } = JSON.parse(line)
      return rest
    })

/** What is written to standard error from now on, until all mocks are restored. */
export const watchStandardError = (): ReadonlyArray<string> => {
  const written: Array<string> = []
  vi.spyOn(process.stderr, "write").mockImplementation((text: unknown, ...rest: ReadonlyArray<unknown>) => {
    written.push(String(text))
    for (const each of rest) if (typeof each === "function") each()
    return true
  })
  return written
}
