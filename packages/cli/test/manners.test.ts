import { assert, describe, it, vi } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as Logger from "effect/Logger"
import { parse } from "../src/globalOptions.ts"
import { CurrentManner, type Manner } from "../src/manner.ts"
import { logger } from "../src/output.ts"
import * as report from "../src/report.ts"
import { type Command, mistakesOf } from "../src/specification.ts"
import * as Style from "../src/style.ts"
import { binance, oiAgainst, oiHere } from "./support.ts"

const usual: Manner = { quiet: false, verbose: false, logLevel: LogLevel.Info }

describe("the options of every command", () => {
  it("may stand anywhere, and leave the other arguments in their order", () => {
    for (const args of [
      ["--verbose", "get", "--no-color", "binance:X", "--log-level", "debug"],
      ["--log-level", "debug", "get", "binance:X", "--verbose", "--no-color"]
    ]) {
      assert.deepStrictEqual(parse(args), {
        manner: { quiet: false, verbose: true, logLevel: LogLevel.Debug },
        noColor: true,
        rest: ["get", "binance:X"],
        mistakes: []
      })
    }
  })

  it("are not looked for after --", () => {
    const { manner, rest } = parse(["get", "--", "--quiet", "--log-level"])
    assert.deepStrictEqual([manner, rest], [usual, ["get", "--", "--quiet", "--log-level"]])
  })

  it("log errors alone where quiet is asked for, unless a level is given", () => {
    assert.strictEqual(parse(["--quiet"]).manner.logLevel, LogLevel.Error)
    assert.strictEqual(parse(["--quiet", "--log-level", "info"]).manner.logLevel, LogLevel.Info)
  })

  for (const [args, mistakes, rest] of [
    [["--log-level"], [{ text: "--log-level: its value is missing" }], []],
    [["--log-level", "--quiet"], [{ text: "--log-level: its value is missing" }], []],
    [
      ["--log-level", "warn", "get"],
      [
        {
          text: "--log-level: expected one of debug, info, warning, error, none, got warn",
          hint: "did you mean warning?"
        }
      ],
      ["get"]
    ],
    [["--quiet", "--verbose"], [{ text: "--quiet: not together with --verbose" }], []]
  ] as const) {
    it(`are refused where they make no sense: ${args.join(" ")}`, () => {
      const parsed = parse(args)
      assert.deepStrictEqual(parsed.rest, rest)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(parsed.mistakes)), mistakes)
    })
  }
})

describe("the options of a command", () => {
  const command: Command = {
    name: "get",
    paragraphs: [],
    arguments: [],
    options: [
      { name: "--format", value: "table|csv", description: "" },
      { name: "--base", value: "coin", isRepeatable: true, description: "" },
      { name: "--strict", description: "" }
    ]
  }
  const texts = (...args: ReadonlyArray<string>) =>
    mistakesOf(command, args).map(({ hint, text }) => (hint === undefined ? text : `${text}; ${hint}`))

  it("are fine where each has its value, and only those are repeated that may be", () => {
    assert.deepStrictEqual(texts("--format", "csv", "a", "--base", "A", "--base", "-B", "--strict", "-", "b"), [])
    assert.deepStrictEqual(texts("a", "--", "--frmat", "--strict", "--strict"), [])
    assert.deepStrictEqual(texts("--base", "A", "--format", "--base", "B"), ["--format: its value is missing"])
  })

  it("are named where they are mistaken", () => {
    assert.deepStrictEqual(texts("--frmat", "csv", "-x", "--wizard"), [
      "--frmat: oi get has no such option; did you mean --format?",
      "-x: oi get has no such option",
      "--wizard: oi get has no such option"
    ])
    assert.deepStrictEqual(texts("--base", "", "--format"), [
      "--base: its value is missing",
      "--format: its value is missing"
    ])
    assert.deepStrictEqual(texts("--strict", "--strict", "--format", "csv", "--format", "csv"), [
      "--strict: is given twice",
      "--format: is given twice"
    ])
  })
})

describe("colours", () => {
  const terminal = { isTTY: true }

  it("are there on a terminal, unless it or its environment forbids them", () => {
    const shown = (environment: Readonly<Record<string, string>>, stream = terminal) => [
      Style.isTerminal(stream, environment),
      Style.isColored(stream, environment)
    ]
    assert.deepStrictEqual(shown({ TERM: "xterm" }), [true, true])
    assert.deepStrictEqual(shown({ NO_COLOR: "" }), [true, true])
    assert.deepStrictEqual(shown({ NO_COLOR: "1" }), [true, false])
    assert.deepStrictEqual(shown({ TERM: "dumb" }), [false, false])
    assert.deepStrictEqual(shown({ TERM: "xterm" }, { isTTY: false }), [false, false])
  })

  it("end where the text ends", () => {
    assert.strictEqual(Style.painted("error", "error:"), "\u001b[1;31merror:\u001b[0m")
    assert.strictEqual(Style.plain("error", "error:"), "error:")
  })

  it.live("are forbidden by --no-color to everything that is drawn", () =>
    Effect.gen(function* () {
      vi.stubEnv("NO_COLOR", "")
      yield* oiHere(["--version"])
      assert.strictEqual(process.env["NO_COLOR"], "")
      yield* oiHere(["--version", "--no-color"])
      assert.strictEqual(process.env["NO_COLOR"], "1")
      vi.unstubAllEnvs()
    })
  )
})

/** What is written to standard error meanwhile. */
const saying = (manner: Manner, work: Effect.Effect<void>): Effect.Effect<string> =>
  Effect.gen(function* () {
    let written = ""
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((text: unknown, done: unknown) => {
      written += String(text)
      if (typeof done === "function") done()
      return true
    })
    yield* Effect.provideService(work, CurrentManner, manner)
    spy.mockRestore()
    return written
  })

describe("what is said beside the data", () => {
  const everything = Effect.all([report.error("a"), report.warning("b"), report.note("c"), report.hint("d")], {
    discard: true
  })

  it.effect("has its kind before it", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* saying(usual, everything), "error: a\nwarning: b\nnote: c\nhint: d\n")
    })
  )

  it.effect("has a line of its own for what is logged, whatever is in it", () =>
    Effect.gen(function* () {
      const logged = Effect.logWarning("a\u202E\u009bb\nc").pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.match(yield* saying(usual, logged), /^timestamp=\S+ level=WARN fiber=#\d+ message="a b\\nc"\n$/)
    })
  )

  it.effect("is errors alone where quiet is asked for", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* saying({ ...usual, quiet: true }, everything), "error: a\n")
      const { code, stderr } = yield* oiHere(["gett", "--quiet"])
      assert.deepStrictEqual([code, stderr.length], [2, 1])
    })
  )

  it.effect("has one line for what nobody has foreseen, and a stack trace only for who debugs", () =>
    Effect.gen(function* () {
      const cause = Cause.parallel(Cause.die(new TypeError("no\nsuch thing")), Cause.die("thrown"))
      const unexpected = report.unexpected(cause)
      const error = "error: unexpected: no such thing; thrown"
      assert.deepStrictEqual((yield* saying(usual, unexpected)).trimEnd().split("\n"), [
        error,
        "hint: --log-level debug shows where it happened"
      ])
      const [first, ...trace] = (yield* saying({ ...usual, logLevel: LogLevel.Debug }, unexpected)).split("\n")
      assert.strictEqual(first, error)
      assert.isTrue(trace.some((line) => /^ +at .*manners\.test\.ts/.test(line)))
    })
  )
})

describe("oi --quiet", () => {
  it.live("says nothing beside the data, also not that exchanges are simulated", () =>
    Effect.gen(function* () {
      const args = ["get", "--simulated", "binance:BTCUSD_PERP", "--columns", "symbol"]
      const loud = yield* oiHere(args)
      assert.deepStrictEqual(loud.stderr, ["note: the exchanges are simulated, these figures are made up"])
      assert.deepStrictEqual(yield* oiHere([...args, "--quiet"]), { ...loud, stderr: [""] })
      assert.deepStrictEqual([loud.code, loud.stdout], [0, '{"symbol":"BTCUSD_PERP"}\n'])
    })
  )
})

describe("oi --verbose", () => {
  it.live("has one line per request, also for those that fail and are sent again", () =>
    Effect.gen(function* () {
      const routes = { ...binance, "/dapi/v1/openInterest": { status: 503, body: "" } }
      const { code, stderr } = yield* oiAgainst({ binance: routes }, ["get", "binance:BTCUSD_PERP", "--verbose"], {
        env: { OPEN_INTEREST_BINANCE_RETRY_TIMES: "1" }
      })
      assert.strictEqual(code, 1)
      const asked = stderr
        .filter((line) => line.startsWith("asked: "))
        .map((line) => line.replaceAll(/\d+ ms/g, "<n> ms"))
      assert.deepStrictEqual(asked.map((line) => line.replace(/, its turn came after <n> ms/, "")).toSorted(), [
        "asked: GET 127.0.0.1/dapi/v1/exchangeInfo: HTTP 200 in <n> ms",
        "asked: GET 127.0.0.1/dapi/v1/openInterest for BTCUSD_PERP: HTTP 503, Unavailable in <n> ms",
        "asked: GET 127.0.0.1/dapi/v1/openInterest for BTCUSD_PERP: HTTP 503, Unavailable in <n> ms, retry 1",
        "asked: GET 127.0.0.1/dapi/v1/premiumIndex: HTTP 200 in <n> ms"
      ])
      assert.lengthOf(stderr, asked.length + 2)
    })
  )
})
