import { assert, describe, it } from "@effect/vitest"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"
import { binance, bitget, hasTerminals, oi, oiAgainst, oiOnTerminal, records } from "./support.ts"

const note = "note: the exchanges are simulated, these figures are made up"

describe("oi watch off a terminal", () => {
  it.live("prints a record for each new reading, and says once what fails", () =>
    Effect.gen(function* () {
      const openInterest = binance["/dapi/v1/openInterest"]
      let round = 0
      const moving = {
        ...binance,
        "/dapi/v1/openInterest": (url: URL) => {
          if (url.searchParams.get("symbol") === "ETHUSD_PERP") return { status: 400, body: '{"code":-1121,"msg":""}' }
          const reply = typeof openInterest === "function" ? openInterest(url) : { body: "" }
          const body = reply === "reset" ? "" : String(reply.body)
          // The second round has what the first one had.
          return { body: round++ < 2 ? body : body.replace("12668208", "12668209") }
        }
      }
      const { code, stderr, stdout } = yield* oiAgainst({ binance: moving }, [
        "watch",
        "binance:BTCUSD_PERP",
        "binance:ETHUSD_PERP",
        "--interval=1s",
        "--rounds=3"
      ])
      assert.deepStrictEqual(
        records(stdout).map(({ contracts, symbol }) => [symbol, contracts]),
        [
          ["BTCUSD_PERP", "12668208"],
          ["BTCUSD_PERP", "12668209"]
        ]
      )
      assert.deepStrictEqual(
        Object.keys(JSON.parse(stdout.split("\n")[0] ?? "")),
        Object.keys(OpenInterestRecord.OpenInterestRecord.fields)
      )
      assert.deepStrictEqual(stderr.filter((each) => each.startsWith("error: ")).length, 1)
      assert.match(stderr[0] ?? "", /^error: binance:ETHUSD_PERP: unknown symbol/)
      assert.strictEqual(code, 3)
    })
  )

  it.live("says when an exchange goes away, goes on with the other, and says when it is back", () =>
    Effect.gen(function* () {
      let asked = 0
      const openInterest = binance["/dapi/v1/openInterest"]
      const away = {
        ...binance,
        "/dapi/v1/openInterest": (url: URL) => {
          asked++
          const isAway = asked === 2 || asked === 3
          return isAway || typeof openInterest !== "function" ? ("reset" as const) : openInterest(url)
        }
      }
      const { code, stderr, stdout } = yield* oiAgainst(
        { binance: away, bitget },
        ["watch", "binance:BTCUSD_PERP", "bitget:BTCUSDT", "--interval=1s", "--rounds=5"],
        { env: { OPEN_INTEREST_BINANCE_RETRY_TIMES: "0" } }
      )
      assert.strictEqual(code, 3)
      assert.lengthOf(stderr, 2)
      assert.match(stderr[0] ?? "", /^error: binance:BTCUSD_PERP: unavailable: /)
      assert.strictEqual(stderr[1], "note: binance:BTCUSD_PERP: fails no longer")
      assert.sameMembers(
        records(stdout).map(({ exchange }) => exchange),
        ["binance", "bitget"]
      )
    })
  )

  it.live("warns once of contracts whose unit nobody has verified, as oi get does", () =>
    Effect.gen(function* () {
      const targets = ["bitget:BTCUSD_CM", "bitget:BTCUSDT", "--simulated"]
      const warning = "warning: bitget:BTCUSD_CM: unit not verified, taken to be coins"
      const [once, again] = yield* Effect.all([
        oi(["get", ...targets]),
        oi(["watch", ...targets, "--interval", "1s", "--rounds", "2"])
      ])
      assert.deepStrictEqual(
        [once.stderr, again.stderr],
        [
          [note, warning],
          [note, warning]
        ]
      )
      assert.include(
        records(again.stdout).map(({ symbol }) => symbol),
        "BTCUSD_CM"
      )
    })
  )

  it.live("ends quietly when the reader has closed the pipe, and with 130 when it is interrupted", () =>
    Effect.gen(function* () {
      const args = ["watch", "--simulated", "bitget:BTCUSDT", "--interval", "1s"]
      const [closed, interrupted] = yield* Effect.all(
        [oi(args, { closeEarly: true }), oi(args, { interruptAfterData: 10 })],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([closed.code, closed.stderr], [0, [note]])
      assert.deepStrictEqual([interrupted.code, interrupted.stderr], [130, [note]])
      assert.deepStrictEqual(
        records(interrupted.stdout).map(({ symbol }) => symbol),
        ["BTCUSDT"]
      )
    })
  )

  it.live("prints a table for each round where one is asked for", () =>
    Effect.gen(function* () {
      const args = ["watch", "--simulated", "binance", "--base", "BTC", "--format", "table", "--rounds", "1"]
      const { code, stdout } = yield* oi(args)
      assert.match(stdout, /^binance: 3 contracts, next in \d+ s, .*\nCONTRACT .*\nbinance:BTCUSD_PERP .*\n.*\n.*\n\n$/)
      assert.notInclude(stdout, "\u001b")
      assert.strictEqual(code, 0)
    })
  )

  it.live("prints one array of all rounds, and refuses one that would have no end", () =>
    Effect.gen(function* () {
      const args = ["watch", "--simulated", "bitget:BTCUSDT", "--format", "json", "--columns", "symbol"]
      const { code, stdout } = yield* oi([...args, "--interval", "1s", "--rounds", "2"])
      // The second round may have come before the figure was new.
      assert.deepStrictEqual(new Set(JSON.parse(stdout).map(JSON.stringify)), new Set(['{"symbol":"BTCUSDT"}']))
      assert.strictEqual(code, 0)
      const endless = yield* oi(args)
      assert.deepStrictEqual(
        [endless.code, endless.stdout, endless.stderr[0]],
        [2, "", "error: --format json: only with --rounds, for one array has to end; ndjson does without"]
      )
    })
  )

  it.live("writes plain digits in its table where that is asked for", () =>
    Effect.gen(function* () {
      const args = ["watch", "--simulated", "binance:BTCUSD_PERP", "--format", "table", "--rounds", "1"]
      const row = (stdout: string) => stdout.split("\n")[2] ?? ""
      const [grouped, plain] = yield* Effect.all([oi(args), oi([...args, "--raw"])])
      assert.match(row(grouped.stdout), / \d{2},\d{3},\d{3} contracts /)
      assert.match(row(plain.stdout), / \d{8} contracts .* \d{10} USD /)
      assert.notInclude(row(plain.stdout), ",")
    })
  )

  it.live("refuses an interval that the quota can't bear, and says which one it can for so many contracts", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oi(["watch", "--simulated", "binance", "--interval", "2s"])
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.strictEqual(stderr[1], "error: --interval: expected 3s or longer for 30 contracts of binance, got 2s")
    })
  )
})

describe.skipIf(!hasTerminals)("oi watch on a terminal (needs script of util-linux)", () => {
  const args = ["watch", "--simulated", "binance:BTCUSD_PERP"]
  const row = /binance:BTCUSD_PERP .* contracts/
  const entered = "\u001b[?1049h\u001b[?25l\u001b[?7l"
  const left = "\u001b[?7h\u001b[?25h\u001b[?1049l"

  for (const [name, key, code] of [
    ["q", "q", 0],
    ["Ctrl-C", "\u0003", 130]
  ] as const) {
    it.live(`shows a table until ${name} is pressed, restores the terminal, and ends with ${code}`, () =>
      Effect.gen(function* () {
        const ended = yield* oiOnTerminal(args, { key, when: row })
        assert.strictEqual(ended.code, code)
        const [before, during = ""] = ended.screen.split(entered)
        assert.strictEqual(stripVTControlCharacters(before ?? "").trim(), note)
        assert.match(during, row)
        assert.isTrue(ended.screen.endsWith(left), JSON.stringify(ended.screen.slice(-80)))
      })
    )
  }

  it.live("leaves the last readings there where all rounds were read, with what there is to say about them", () =>
    Effect.gen(function* () {
      const { code, screen } = yield* oiOnTerminal(["watch", "--simulated", "bitget:BTCUSD_CM", "--rounds", "1"], {})
      assert.strictEqual(code, 0)
      const after = stripVTControlCharacters(screen.split(left)[1] ?? "").split("\r\n")
      assert.match(after[2] ?? "", /^bitget:BTCUSD_CM .* BTC /)
      assert.include(after, "warning: bitget:BTCUSD_CM: unit not verified, taken to be coins")
    })
  )

  it.live("fits into a window that becomes narrow meanwhile, also with wide characters", () =>
    Effect.gen(function* () {
      const { code, screen } = yield* oiOnTerminal(["watch", "--simulated", "bitget:龙虾USDT"], {
        before: "stty columns 100 rows 8; (sleep 1.5; stty columns 21 </dev/tty) &",
        when: /CONTRACT\r/,
        key: "q"
      })
      assert.strictEqual(code, 0)
      const frames = screen.split("\u001b[H").map((frame) => stripVTControlCharacters(frame).trimEnd().split("\r\n"))
      assert.isTrue(frames.some(([, , titles]) => titles?.startsWith("CONTRACT  ")))
      const last = frames.at(-1) ?? []
      assert.deepStrictEqual(
        last.map((line) => stringWidth(line.replace(/\r$/, "")) <= 21),
        last.map(() => true)
      )
      assert.include(last.join("\n"), "bitget:龙虾USDT")
    })
  )

  it.live("draws nothing over on a dumb one, without a control code", () =>
    Effect.gen(function* () {
      const { code, screen } = yield* oiOnTerminal([...args, "--rounds", "1"], { env: { TERM: "dumb" } })
      assert.strictEqual(code, 0)
      assert.match(screen, row)
      assert.notMatch(screen, /\p{Cc}(?<![\r\n])/u)
    })
  )
})
