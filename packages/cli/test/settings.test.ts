import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Policy from "@open-interest/core/Policy"
import * as Settings from "@open-interest/core/Settings"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as SettingSources from "../src/settingSources.ts"
import { oi, temporaryFolder, watchStandardError } from "./support.ts"

const known = [BinanceCoinM.settings, BitgetMix.settings]

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** A user's folder for settings with such a file in it. */
const configured = (text: string) =>
  Effect.map(temporaryFolder, (config) => {
    mkdirSync(join(config, "open-interest"))
    const path = join(config, "open-interest", "open-interest.json")
    writeFileSync(path, text)
    return { config, path }
  })

/** Runs an effect with the settings of this file, as a command is run. */
const withFile =
  (config: string) =>
  <A, E>(effect: Effect.Effect<A, E>) =>
    effect.pipe(
      Effect.provide(SettingSources.fromFile(known)),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["XDG_CONFIG_HOME", config]])))
    )

/** The options of Binance, or the error in words. */
const binance = Settings.load(BinanceCoinM.config, BinanceCoinM.settings).pipe(
  Effect.catchAll((error) => Effect.flip(SettingSources.locate(error))),
  Effect.mapError((error) => OpenInterestSources.misconfigured("binance", error).message),
  Effect.either
)

const section = (settings: Readonly<Record<string, unknown>>) => JSON.stringify({ OPEN_INTEREST_BINANCE: settings })

describe("a settings file", () => {
  const whole = Policy.make(Policy.timeout("9 seconds"), Policy.retry({ times: 1 }))
  const encoded = Schema.encodeSync(Policy.Policy)(whole)

  for (const [what, settings, expected] of [
    ["numbers", { RETRY_TIMES: 0 }, Policy.withRetry(Policy.standard, { times: 0 })],
    ["fractions", { QUOTA_FRACTION: 0.25 }, Policy.withQuota(Policy.standard, { fraction: 0.25 })],
    ["texts", { TIMEOUT_TOTAL: "3s" }, Policy.withTotalTimeout(Policy.standard, "3 seconds")],
    ["a whole policy", { POLICY: encoded }, whole],
    ["a whole policy as text", { POLICY: JSON.stringify(encoded) }, whole],
    ["what oi policy prints", { POLICY: [{ exchange: "binance", policy: encoded }] }, whole],
    ["nothing", {}, Policy.standard]
  ] as const) {
    it.scoped(`gives ${what}`, () =>
      Effect.gen(function* () {
        const { config } = yield* configured(section(settings))
        const { policy } = Either.getOrThrow(yield* withFile(config)(binance))
        assert.isTrue(Equal.equals(policy, expected))
      })
    )
  }

  it.scoped("that is not there is no mistake", () =>
    Effect.gen(function* () {
      const { policy } = Either.getOrThrow(yield* withFile(yield* temporaryFolder)(binance))
      assert.isTrue(Equal.equals(policy, Policy.standard))
      assert.deepStrictEqual(yield* SettingSources.given(known), [])
    })
  )

  for (const [what, settings, message] of [
    [
      "a key that nobody knows",
      { RETRY_TIME: 3 },
      'OPEN_INTEREST_BINANCE_RETRY_TIME: unknown setting ("3"), did you mean RETRY_TIMES?'
    ],
    [
      "a wrong number",
      { RETRY_TIMES: -1 },
      'OPEN_INTEREST_BINANCE_RETRY_TIMES: expected a whole number from 0 to 100, got "-1"'
    ],
    [
      "what is no number",
      { RETRY_TIMES: true },
      'OPEN_INTEREST_BINANCE_RETRY_TIMES: expected a whole number from 0 to 100, got "true"'
    ]
  ] as const) {
    it.scoped(`is named with ${what} in it`, () =>
      Effect.gen(function* () {
        const { config, path } = yield* configured(section(settings))
        assert.deepStrictEqual(yield* withFile(config)(binance), Either.left(`wrong setting: ${message} (${path})`))
      })
    )
  }

  it.scoped("is named with each of several mistakes, and not with those of the environment", () =>
    Effect.gen(function* () {
      vi.stubEnv("OPEN_INTEREST_BINANCE_RETRY_TIMES", "many")
      const { config, path } = yield* configured(section({ RETRY_TIMES: "few", BREAKER_PROBE: 1 }))
      assert.deepStrictEqual(
        yield* withFile(config)(binance),
        Either.left(
          'wrong setting: OPEN_INTEREST_BINANCE_RETRY_TIMES: expected a whole number from 0 to 100, got "many"; ' +
            `OPEN_INTEREST_BINANCE_BREAKER_PROBE: unknown setting ("1"), did you mean BREAKER_PROBES? (${path})`
        )
      )
    })
  )

  const expectsText = "expected a text, a number, true or false"
  for (const [text, ...mistakes] of [
    ["", /^not JSON: /],
    ['{"OPEN_INTEREST_BINANCE": {"RETRY_TIMES": 0},}', /^not JSON: /],
    ["[]", "expected an object of sections, got a list"],
    ["null", "expected an object of sections, got null"],
    ['"x"', 'expected an object of sections, got "\\"x\\""'],
    [
      '{"OPEN_INTEREST_BINANC": {}, "OPEN_INTEREST_BITGET": 5, "a b": {}}',
      "OPEN_INTEREST_BINANC: unknown section, did you mean OPEN_INTEREST_BINANCE?",
      "OPEN_INTEREST_BITGET: expected an object of settings, got 5",
      '"a b": unknown section, known are OPEN_INTEREST_BINANCE, OPEN_INTEREST_BITGET'
    ],
    [
      '{"OPEN_INTEREST_BITGET_RETRY_TIMES": 0}',
      'OPEN_INTEREST_BITGET_RETRY_TIMES: unknown section, write {"OPEN_INTEREST_BITGET": {"RETRY_TIMES": …}}'
    ],
    [
      '{"OPEN_INTEREST_BINANCE": {"RETRY_TIMES": null, "RETRY": {"TIMES": 1}, "BASE_URL": [1], "POLICY": null}}',
      `OPEN_INTEREST_BINANCE: RETRY_TIMES: ${expectsText}, got null`,
      `OPEN_INTEREST_BINANCE: RETRY: ${expectsText}, got an object`,
      `OPEN_INTEREST_BINANCE: BASE_URL: ${expectsText}, got a list`,
      `OPEN_INTEREST_BINANCE: POLICY: ${expectsText}, got null`
    ]
  ] as const) {
    it.scoped(`ends the program where it is ${text === "" ? "empty" : text}, and every mistake is a line`, () =>
      Effect.gen(function* () {
        const { config, path } = yield* configured(text)
        const written = watchStandardError()
        const { code } = yield* Effect.flip(withFile(config)(Effect.void))
        assert.strictEqual(code, 1)
        assert.lengthOf(written, mistakes.length)
        mistakes.forEach((mistake, index) => {
          const start = `error: ${path}: `
          const line = written[index] ?? ""
          assert.isTrue(line.startsWith(start), line)
          if (typeof mistake === "string") assert.strictEqual(line, `${start}${mistake}\n`)
          else assert.match(line.slice(start.length), mistake)
        })
      })
    )
  }

  it.scoped("that can't be read ends the program, with the reason", () =>
    Effect.gen(function* () {
      const config = yield* temporaryFolder
      const path = join(config, "open-interest", "open-interest.json")
      mkdirSync(path, { recursive: true })
      const written = watchStandardError()
      yield* Effect.flip(withFile(config)(Effect.void))
      assert.deepStrictEqual(written, [`error: ${path}: EISDIR: illegal operation on a directory, read\n`])
    })
  )
})

describe("a setting", () => {
  it.scoped(
    "counts from a flag before the environment, and from there before a file; where it is from can be told",
    () =>
      Effect.gen(function* () {
        vi.stubEnv("OPEN_INTEREST_BINANCE_RETRY_TIMES", "2")
        vi.stubEnv("OPEN_INTEREST_BINANCE_BASE_URL", "https://two.test")
        vi.stubEnv("OPEN_INTEREST_BITGET_BASE_URL", undefined)
        const { config, path } = yield* configured(
          section({ RETRY_TIMES: 3, BASE_URL: "https://three.test", TIMEOUT_TOTAL: "3s" })
        )
        const flag = new Map([["OPEN_INTEREST_BINANCE_BASE_URL", "http://127.0.0.1:1"]])
        const [options, given] = yield* Effect.all([
          Effect.map(binance, Either.getOrThrow),
          SettingSources.given(known)
        ]).pipe(Effect.provide(SettingSources.fromFlag("--simulated", flag)), withFile(config))
        assert.strictEqual(options.baseUrl, "http://127.0.0.1:1")
        const expected = Policy.withTotalTimeout(Policy.withRetry(Policy.standard, { times: 2 }), "3 seconds")
        assert.isTrue(Equal.equals(options.policy, expected))
        assert.deepStrictEqual(given, [
          { key: "OPEN_INTEREST_BINANCE_BASE_URL", text: "http://127.0.0.1:1", source: "--simulated" },
          { key: "OPEN_INTEREST_BINANCE_TIMEOUT_TOTAL", text: "3s", source: path },
          { key: "OPEN_INTEREST_BINANCE_RETRY_TIMES", text: "2", source: "environment" }
        ])
      })
  )
})

describe("oi with a settings file", () => {
  it.scopedLive("takes the one in the working folder before the user's", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const { config } = yield* configured(section({ RETRY_TIMES: 7, BREAKER_PROBES: 7 }))
      const policy = Effect.map(
        oi(["policy", "binance", "--format", "csv"], { cwd, env: { XDG_CONFIG_HOME: config } }),
        ({ stderr, stdout }) => {
          const value = (key: string) => new RegExp(`^OPEN_INTEREST_BINANCE_${key},([^,]*),`, "m").exec(stdout)?.[1]
          return [value("RETRY_TIMES"), value("BREAKER_PROBES"), ...stderr]
        }
      )
      assert.deepStrictEqual(yield* policy, ["7", "7"])
      writeFileSync(join(cwd, "open-interest.json"), section({ RETRY_TIMES: 8 }))
      assert.deepStrictEqual(yield* policy, ["8", "1"])
    })
  )

  it.scopedLive("names the file of a wrong setting, and ends with 1", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      writeFileSync(join(cwd, "open-interest.json"), section({ RETRY_TIME: 3 }))
      const line =
        'wrong setting: OPEN_INTEREST_BINANCE_RETRY_TIME: unknown setting ("3"), did you mean RETRY_TIMES? ' +
        "(./open-interest.json)"
      for (const [args, of] of [
        [["get", "binance:BTCUSD_PERP"], "binance:BTCUSD_PERP"],
        [["policy", "binance"], "binance"]
      ] as const) {
        assert.deepStrictEqual(yield* oi(args, { cwd }), { code: 1, stdout: "", stderr: [`error: ${of}: ${line}`] })
      }
    })
  )

  it.scopedLive("that makes no sense ends with 1, where settings are needed", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      writeFileSync(join(cwd, "open-interest.json"), "[]")
      assert.deepStrictEqual(yield* oi(["get", "binance:BTCUSD_PERP"], { cwd }), {
        code: 1,
        stdout: "",
        stderr: ["error: ./open-interest.json: expected an object of sections, got a list"]
      })
      for (const args of [
        ["get", "--help"],
        ["completions", "bash"]
      ]) {
        const { code, stderr } = yield* oi(args, { cwd })
        assert.deepStrictEqual([code, stderr], [0, []])
      }
    })
  )
})
