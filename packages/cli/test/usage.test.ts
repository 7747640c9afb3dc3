import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { commands as everyCommand } from "../src/oi.ts"
import { environment, oi, oiAgainst, records } from "./support.ts"

const instantAllowed =
  "a time such as 2026-10-06T12:00:00Z or 2026-10-06T14:00+02:00, a date such as 2026-10-06 (it begins at 00:00 UTC), " +
  "or how long ago, such as 24h or 7d"

const seeHelp = "hint: oi --help lists the commands, oi <command> --help its arguments"

describe("wrong arguments end with 2, with one line each on standard error and nothing on standard output:", () => {
  for (const [args, lines] of [
    [["get"], ["error: Missing argument <target>"]],
    [["get", "BTCUSD_PERP"], ["error: BTCUSD_PERP: expected <exchange>:<symbol>, for example binance:BTCUSD_PERP"]],
    [
      ["get", "kraken:PI_XBTUSD", "binance:"],
      [
        "error: kraken:PI_XBTUSD: unknown exchange kraken, known are binance, bitget, bybit",
        "error: binance:: expected <exchange>:<symbol>, for example binance:BTCUSD_PERP"
      ]
    ],
    [
      ["get", "--frmat", "binance:BTCUSD_PERP"],
      ["error: --frmat: oi get has no such option", "hint: did you mean --format?"]
    ],
    [
      ["get", "--format", "xml", "binance:BTCUSD_PERP"],
      ["error: --format: expected one of table, json, ndjson, csv, got xml"]
    ],
    [
      ["get", "--format", "tabel", "binance:BTCUSD_PERP"],
      ["error: --format: expected one of table, json, ndjson, csv, got tabel", "hint: did you mean table?"]
    ],
    [
      ["policy", "--columns", "value,setings"],
      [
        "error: --columns: unknown column setings, known are setting, value, allowed, description",
        "hint: did you mean setting?"
      ]
    ],
    [
      ["get", "", " binance:X"],
      [
        'error: "": expected <exchange>:<symbol>, for example binance:BTCUSD_PERP',
        'error: " binance:X": unknown exchange " binance", known are binance, bitget, bybit',
        "hint: did you mean binance:X?"
      ]
    ],
    [["get", "--wizard"], ["error: --wizard: oi get has no such option"]],
    [
      ["get", "--quite", "--no-colour", "binance:BTCUSD_PERP"],
      [
        "error: --quite: oi get has no such option",
        "error: --no-colour: oi get has no such option",
        "hint: did you mean --quiet?",
        "hint: did you mean --no-color?"
      ]
    ],
    [
      ["--verbos", "get", "binance:BTCUSD_PERP"],
      ["error: --verbos: expected a command before it", "hint: did you mean --verbose?"]
    ],
    [["--simulated", "get"], ["error: --simulated: expected a command before it"]],
    [
      ["version"],
      [
        "error: unknown command version, known are get, snapshot, total, history, chart, watch, instruments, policy, doctor, completions",
        "hint: did you mean --version?"
      ]
    ],
    [
      ["instruments", "kraken", "bitgte"],
      [
        "error: unknown exchange kraken, known are binance, bitget, bybit",
        "error: unknown exchange bitgte, known are binance, bitget, bybit",
        "hint: did you mean bitget?"
      ]
    ],
    [
      ["snapshot", "kraken", "--bse", "BTC", "--raw", "--raw"],
      ["error: --bse: oi snapshot has no such option", "error: --raw: is given twice", "hint: did you mean --base?"]
    ],
    [
      ["snapshot", "binance:BTCUSD_PERP"],
      [
        "error: unknown exchange binance:BTCUSD_PERP, known are binance, bitget, bybit",
        "hint: a contract is read with: oi get binance:BTCUSD_PERP"
      ]
    ],
    [
      ["watch", "binance", "bitget:BTCUSDT", "ETHUSDT"],
      [
        "error: binance: exchanges and contracts can't be watched together",
        "error: ETHUSDT: expected <exchange>:<symbol>, for example binance:BTCUSD_PERP"
      ]
    ],
    [
      ["total", "--same", "USD", "--stale-after", "soon"],
      [
        "error: --same: expected currencies such as USD,USDT,USDC, got USD",
        "error: --stale-after: expected a duration such as 30m, 24h or 7d, got soon"
      ]
    ],
    [["snapshot", "--base", "BTC,,ETH"], ["error: --base: expected values with a comma between, got BTC,,ETH"]],
    [
      ["get", "binance:BTCUSD_PERP", "--columns", "symbol,"],
      ["error: --columns: expected values with a comma between, got symbol,"]
    ],
    [
      ["total", "--asset-class", "crypto,shares"],
      [
        "error: --asset-class: expected one of crypto, stock, metal, commodity, currency, index, real-world, unknown, all, got shares"
      ]
    ],
    [["snapshot", "--kind=spot"], ["error: --kind: expected one of perpetual, delivery, got spot"]],
    [
      ["snapshot", "--base=", "--quote", "--simulated", "--symbol"],
      [
        "error: --base: its value is missing",
        "error: --quote: its value is missing",
        "error: --symbol: its value is missing"
      ]
    ],
    [
      ["history", "binance:BTCUSD_PERP", "bitget:BTCUSDT", "--since", "2026-02-30", "--until", "now", "--limit", "0"],
      [
        "error: bitget:BTCUSDT: the history of one contract at a time",
        `error: --since: expected ${instantAllowed}, got 2026-02-30`,
        `error: --until: expected ${instantAllowed}, got now`,
        "error: --limit: expected a whole number from 1 to 1000000, got 0"
      ]
    ],
    [
      ["history", "binance:BTCUSD_PERP", "--since", "2026-10-06", "--until", "2026-10-05T23:59:59Z"],
      ["error: --since: 2026-10-06T00:00:00.000Z is after the end, 2026-10-05T23:59:59.000Z"]
    ],
    [
      ["history", "binance:BTCUSD_PERP", "--period", "3h"],
      ["error: --period: expected one of 5m, 15m, 30m, 1h, 2h, 4h, 6h, 12h, 1d, got 3h"]
    ],
    [
      ["chart", "-", "--since", "7d", "--output=chart.gif", "--width", "40", "binance:BTCUSD_PERP"],
      [
        "error: binance:BTCUSD_PERP: drawn alone, without -",
        "error: --since: only where a target is read; the records on standard input are drawn as they are",
        "error: --output: expected a path that ends in .svg or .png, got chart.gif",
        "error: --width: expected a whole number from 600 to 4000, got 40"
      ]
    ],
    [
      ["chart", "binance:BTCUSD_PERP", "--symbol", "BTC*", "--height", "9"],
      [
        "error: --symbol: only for the records on standard input; a target is one contract",
        "error: --height: expected a whole number from 10 to 200, got 9"
      ]
    ],
    [
      ["gett"],
      [
        "error: unknown command gett, known are get, snapshot, total, history, chart, watch, instruments, policy, doctor, completions",
        "hint: did you mean get?"
      ]
    ]
  ] as const) {
    it.live(`oi ${args.join(" ")}`, () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* oi(args)
        assert.deepStrictEqual([code, stdout, stderr], [2, "", [...lines, seeHelp]])
      })
    )
  }
})

describe("oi", () => {
  it.live("prints its version, which is that of its package", () =>
    Effect.gen(function* () {
      const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
      const { code, stdout } = yield* oi(["--version"])
      assert.deepStrictEqual([code, stdout.trim()], [0, version])
    })
  )

  it.live(
    "lists its commands, whose help has no control codes off a terminal, and an example that works",
    () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* oi(["--help"])
        assert.deepStrictEqual([code, stderr], [0, []])
        const commands = Array.from(stdout.matchAll(/^  ([a-z]+) .*  [A-Z].*$/gm), ([, name = ""]) => name)
        assert.deepStrictEqual(
          commands,
          everyCommand().map(({ name }) => name)
        )
        yield* Effect.forEach(
          commands,
          (command) =>
            Effect.gen(function* () {
              const help = yield* oi([command, "--help"])
              assert.deepStrictEqual([help.code, help.stderr], [0, []])
              assert.notMatch(help.stdout, /\p{Cc}(?<!\n)/u)
              const example = /\nEXAMPLE\n\n  oi (.+)$/m.exec(help.stdout)?.[1]?.split(" ") ?? []
              assert.strictEqual(example[0], command)
              const once = command === "watch" ? ["--rounds", "1"] : []
              const isAlone = command === "policy" || command === "completions"
              const tried = yield* oi(isAlone ? example : [...example, "--simulated", ...once])
              assert.deepStrictEqual([tried.code, tried.stdout === ""], [0, false], example.join(" "))
            }),
          { concurrency: "unbounded" }
        )
      }),
    // Two processes for each command.
    60_000
  )

  /** Runs a pipeline in which `oi` is the program, and gives the exit code of its first command on standard output. */
  const pipeline = (command: string) => {
    const bin = fileURLToPath(new URL("../dist/bin.cjs", import.meta.url))
    const script = `oi() { "$0" "$1" "$@"; }; ${command}; echo "\${PIPESTATUS[0]}"`.replace(
      '"$1" "$@"',
      `"${bin}" "$@"`
    )
    const { stderr, stdout } = spawnSync("bash", ["-c", script, process.execPath], {
      encoding: "utf8",
      env: environment
    })
    return { stdout, stderr: stderr.trimEnd().split("\n") }
  }
  const note = "note: the exchanges are simulated, these figures are made up"

  it("ends quietly when the reader has closed the pipe, and still says what failed", () => {
    assert.deepStrictEqual(pipeline("oi instruments --simulated | true"), { stdout: "0\n", stderr: [note] })
    const failing = pipeline("oi get --simulated binance:BTCUSD_PERP binance:NOPE | true")
    assert.strictEqual(failing.stdout, "3\n")
    assert.include(failing.stderr, 'error: binance:NOPE: unknown symbol: binance knows no contract "NOPE"')
  })

  it("ends quietly at a closed pipe in every format, and at its help and version", () => {
    for (const command of [
      "get --help",
      "--version",
      ...["table", "json", "csv"].map((format) => `policy --format ${format}`)
    ]) {
      assert.deepStrictEqual(pipeline(`oi ${command} | true`), { stdout: "0\n", stderr: [""] })
    }
  })

  it("says so in one line when standard output takes nothing", () => {
    for (const command of ["oi get --simulated binance:BTCUSD_PERP", "oi --help", "oi --version"]) {
      const { stderr, stdout } = pipeline(`${command} > /dev/full`)
      assert.strictEqual(stdout, "1\n")
      assert.deepStrictEqual(
        stderr.filter((line) => line !== note),
        ["error: standard output: ENOSPC: no space left on device, write"]
      )
    }
  })

  it("delivers its data when standard error takes nothing", () => {
    const { stdout } = pipeline("oi get --simulated binance:BTCUSD_PERP 2> /dev/full")
    assert.match(stdout, /^\{"exchange":"binance".+\}\n0\n$/)
  })
})

describe("oi instruments", () => {
  it.live("ends with 1 and prints nothing where not one row can be read", () =>
    Effect.gen(function* () {
      const rows = { "/dapi/v1/exchangeInfo": { body: '{"symbols":[{"symbol":"A"},{"symbol":"B"}]}' } }
      const { code, stderr, stdout } = yield* oiAgainst({ binance: rows }, [
        "instruments",
        "binance",
        "--format",
        "json"
      ])
      assert.deepStrictEqual([code, stdout, stderr.length], [1, "", 2])
      assert.match(
        stderr[0] ?? "",
        /^error: binance:A: unexpected response to GET .+ symbols\[0\]\.contractType: is missing$/
      )
    })
  )

  it.live("lists all contracts of the exchanges, with the unit of their size", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* oi(["instruments", "--simulated"])
      const listed = records(stdout)
      const find = (symbol: string) => listed.find((each) => each["symbol"] === symbol)
      assert.strictEqual(code, 0)
      assert.strictEqual(listed.filter(({ exchange }) => exchange === "binance").length, 30)
      assert.deepInclude(find("BTCUSD_PERP"), { contractSize: "100", contractSizeUnit: "quote", direction: "inverse" })
      assert.deepInclude(find("BTCUSDZ26"), { contractSize: "1", contractSizeUnit: "base", direction: "inverse" })
      assert.deepInclude(find("1000BONKUSDT"), { underlying: "BONK", multiplier: "1000" })
      assert.deepInclude(find("TSLAUSDT"), { assetClass: "real-world" })
    })
  )

  it.live("lists one exchange where one is named, also as a table", () =>
    Effect.gen(function* () {
      const { stdout } = yield* oi(["instruments", "bitget", "--simulated", "--format", "table"])
      const [head = "", ...rows] = stdout.trimEnd().split("\n")
      assert.match(head, /^CONTRACT +UNIFIED +PRODUCT +KIND +CONTRACT SIZE +ASSET +STATUS +LISTED +DELIVERY$/)
      assert.isTrue(rows.every((row) => row.startsWith("bitget:")))
      assert.match(
        rows.find((row) => row.startsWith("bitget:BTCUSDZ26")) ?? "",
        /BTC\/USD:BTC-261225 .*delivery, inverse +1 BTC/
      )
    })
  )
})
