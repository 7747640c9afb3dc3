import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import stringWidth from "string-width"
import { fileURLToPath } from "node:url"
import { begin, hour, record } from "./chartSupport.ts"
import { environment, oi, oiHere } from "./support.ts"

const note = "note: the exchanges are simulated, these figures are made up"

/** Runs a pipeline in which `oi` is the program, and gives the exit code of its last command that is one. */
const pipeline = (command: string, input: string, settings: Record<string, string> = {}) => {
  const bin = fileURLToPath(new URL("../dist/bin.cjs", import.meta.url))
  const script = `oi() { "$0" "${bin}" "$@"; }; ${command}`
  const { status, stderr, stdout } = spawnSync("bash", ["-c", script, process.execPath], {
    encoding: "utf8",
    input,
    env: { ...environment, TERM: "xterm", ...settings }
  })
  return { code: status, stdout, stderr: stderr === "" ? [] : stderr.trimEnd().split("\n") }
}

const ndjson = (records: ReadonlyArray<unknown>): string => records.map((each) => `${JSON.stringify(each)}\n`).join("")

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "open-interest-chart-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const anotherSeries =
  "note: a history is a series of its own: its figures are not those of oi get, and can be far from them"

describe("oi chart", () => {
  it.live("draws the history of a contract, 80 columns wide and without control codes off a terminal", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(
        ["chart", "--simulated", "binance:BTC/USD:BTC", "--since=3d", "--unit", "base"],
        { env: { TERM: "xterm" } }
      )
      assert.deepStrictEqual([code, stderr], [0, [note, anotherSeries]])
      assert.notMatch(stdout, /[^\P{Cc}\n]/u)
      const lines = stdout.split("\n")
      assert.strictEqual(lines.length, 21)
      assert.match(lines[0] ?? "", /^binance:BTCUSD_PERP +\d{4}-\d\d-\d\d \d\d:00 to \d{4}-\d\d-\d\d \d\d:00 UTC$/)
      assert.strictEqual(lines[0]?.length, 80)
      assert.strictEqual(lines[1], "⠤⠒ open interest history, BTC")
      assert.match(stdout, /[\u2801-\u28ff]{2}/u)
    })
  )

  it.scoped("draws what oi history prints into a file, over the one that is there", () =>
    Effect.gen(function* () {
      const path = join(yield* temporary, "chart.svg")
      writeFileSync(path, "x".repeat(100_000))
      const history = "oi history --simulated binance:BTCUSD_PERP --period 5m --limit 600"
      const { code, stderr, stdout } = pipeline(`${history} | oi chart --output '${path}'`, "")
      assert.deepStrictEqual([code, stdout, stderr], [0, "", [note, anotherSeries]])
      const svg = readFileSync(path, "utf8")
      assert.match(svg, /^<svg [^>]+>\n<title>binance:BTCUSD_PERP: open interest history, .+ UTC<\/title>\n/)
      assert.match(svg, /<\/svg>\n$/)
      // 600 points in one line.
      assert.match(svg, /<polyline points="(?:[\d.]+,[\d.]+ ?){600}"/)
    })
  )

  it.live("is as wide as a narrow terminal", () =>
    Effect.gen(function* () {
      const before = process.stdout.columns
      process.stdout.columns = 40
      const { stdout } = yield* oiHere(["chart", "--simulated", "binance:BTCUSD_PERP"])
      process.stdout.columns = before
      const lines = stdout.trimEnd().split("\n")
      assert.strictEqual(Math.max(...lines.map((line) => stringWidth(line))), 40)
      assert.match(lines[1] ?? "", /^\d{4}-\d\d-\d\d \d\d:00 to \d{4}-\d\d-\d\d \d\d:00 UTC$/)
    })
  )

  it("neither reads nor keeps anything for records on standard input, so that --no-state changes nothing", () => {
    const input = ndjson([record({ time: begin, contracts: "5" }), record({ time: begin + hour, contracts: "6" })])
    const drawn = pipeline("oi chart -", input)
    assert.deepStrictEqual([drawn.code, drawn.stderr, drawn.stdout === ""], [0, [], false])
    assert.deepStrictEqual(pipeline("oi chart - --no-state", input), drawn)
  })

  it("draws each contract on standard input, names bad lines, and ends with 3", () => {
    const input = [
      ndjson([record({ time: begin, contracts: "5", markPrice: "7" })]),
      '{"exchange":"binance"}\nnonsense\n',
      ndjson([
        record({ time: begin, exchange: "bitget", symbol: "A\u001b[2J" }),
        record({ time: begin + hour, contracts: "6", markPrice: "7" })
      ])
    ].join("")
    const { code, stderr, stdout } = pipeline("oi chart - --height 10 --width=48", input, { TERM: "dumb" })
    assert.deepStrictEqual(stdout.split("\n"), [
      "binance:BTCUSD_PERP",
      "        2026-10-06 00:00 to 2026-10-06 01:00 UTC",
      "* open interest, contracts     mark price, USD .",
      "6.0 +                                   *****+ 8",
      "    |                         **********     |",
      "5.5 +...............**********...............+ 7",
      "    |     **********                         |",
      "5.0 +*****                                   + 6",
      "    ++---------+---------+--------+---------++",
      "     6 Oct   00:15     00:30     00:45  01:00",
      "",
      "bitget:A\uFFFD[2J                2026-10-06 00:00 UTC",
      "* open interest, contracts",
      "3,500,000 +",
      "          |",
      "          |",
      "3,000,000 +                  *",
      "          |",
      "2,500,000 +",
      "          +------------------+------------------",
      "                           00:00",
      ""
    ])
    assert.deepStrictEqual(stderr, [
      "error: standard input, line 2: symbol: is missing",
      "error: standard input, line 3: expected a record as JSON, got nonsense",
      "hint: a chart is drawn from what oi prints with --format ndjson"
    ])
    assert.strictEqual(code, 3)
  })

  it("ends with 1 where nothing can be drawn, and says in which units there are figures", () => {
    const input = `nonsense\n${ndjson([record({ time: begin, contracts: null, quote: null })])}`
    const { code, stderr, stdout } = pipeline("oi chart", input)
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.deepStrictEqual(stderr, [
      "error: binance:BTCUSD_PERP: no figures in contracts",
      "hint: choose with --unit; there are figures in base",
      "error: standard input, line 1: expected a record as JSON, got nonsense",
      "hint: a chart is drawn from what oi prints with --format ndjson"
    ])
  })

  it("ends with 1 where no record is of the symbols that were asked for", () => {
    const { code, stderr, stdout } = pipeline(
      "oi chart --symbol 'ETH*'",
      `nonsense\n${ndjson([record({ time: begin })])}`
    )
    assert.deepStrictEqual(
      [code, stdout, stderr.at(-1)],
      [1, "", "error: standard input: none of the records matches --symbol ETH*"]
    )
  })

  it("says how to choose where there are too many contracts", () => {
    const symbols = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"]
    const { code, stderr, stdout } = pipeline(
      "oi chart",
      ndjson(symbols.map((symbol) => record({ time: begin, symbol })))
    )
    assert.deepStrictEqual([code, stdout], [2, ""])
    assert.strictEqual(
      stderr[0],
      "error: standard input: 11 charts (binance:A, binance:B, binance:C, …), at most 10 are drawn: choose contracts with --symbol"
    )
  })

  it("ends with 1 and the path where a file can't be written", () => {
    const path = join(tmpdir(), "no such folder", "chart.png")
    const { code, stderr, stdout } = pipeline(`oi chart --output '${path}'`, ndjson([record({ time: begin })]))
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.deepStrictEqual(stderr, [`error: "${path}": ENOENT: no such file or directory, open '${path}'`])
  })

  it("ends quietly when the reader has closed the pipe", () => {
    const { code, stderr } = pipeline("oi chart | true; exit ${PIPESTATUS[0]}", ndjson([record({ time: begin })]))
    assert.deepStrictEqual([code, stderr], [0, []])
  })
})
