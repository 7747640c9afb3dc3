import { assert, describe, it } from "@effect/vitest"
import type * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Simulator } from "../src/index.ts"
import * as Command from "../src/internal/command.ts"

const recording = Effect.gen(function* () {
  const lines = yield* Queue.unbounded<string>()
  const errors = yield* Queue.unbounded<string>()
  const base = yield* Effect.console
  const console: Console.Console = {
    ...base,
    log: (...args) => Queue.offer(lines, args.join(" ")),
    error: (...args) => Queue.offer(errors, args.join(" "))
  }
  return { lines, errors, console }
})

describe("arguments", () => {
  it("become options", () => {
    const parsed = Either.getOrThrow(
      Command.parse(
        [
          "--seed 7 --at 2026-10-06T14:05:03+02:00 --binance-port 4001 --bitget-port=4002 --bybit-port 4003 --coin-futures none",
          "--binance-weight-per-minute 6000 --bitget-per-second 0 --bitget-per-minute 2147483647",
          "--binance-history-per-five-minutes 10 --history-order newest-first --usdt-futures 786",
          "--latency 50 --trouble BTCUSD_PERP=delivering --trouble 龙虾USDT=vanished"
        ].flatMap((line) => line.split(" "))
      )
    )
    assert.deepStrictEqual(parsed, {
      latency: Duration.millis(50),
      seed: 7,
      time: DateTime.unsafeMake("2026-10-06T12:05:03Z"),
      ports: { binance: 4001, bitget: 4002, bybit: 4003 },
      trouble: { BTCUSD_PERP: "delivering", 龙虾USDT: "vanished" },
      historyOrder: "newest first",
      usdtFutures: 786,
      faults: undefined,
      coinFutures: "none",
      limits: { weightPerMinute: 6000, historyPerFiveMinutes: 10, perSecond: 0, perMinute: 2147483647 }
    })
  })

  it("may be none", () => {
    assert.isTrue(Either.isRight(Command.parse([])))
  })

  const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
    [["--seed", "many"], /--seed must be an integer from 0 to 4294967295, not "many"/],
    [["--seed=-1"], /--seed/],
    [["--seed", "1.5"], /--seed/],
    [["--at", "yesterday"], /--at must be a time such as .*, not "yesterday"/],
    [["--at", "2026-10-06T12:05"], /--at/],
    [["--at", "2026-13-06T12:05:00Z"], /--at/],
    [["--binance-port", "65536"], /--binance-port must be an integer from 0 to 65535/],
    [["--bitget-port", ""], /--bitget-port/],
    [["--coin-futures", "perpetuals"], /--coin-futures must be "quarterlies" or "none", not "perpetuals"/],
    [["--latency", "50ms"], /--latency must be an integer from 0 to 60000, not "50ms"/],
    [["--trouble", "BTCUSDT"], /--trouble must be SYMBOL=delivering or SYMBOL=vanished, not "BTCUSDT"/],
    [["--trouble", "BTCUSDT=vanished", "--trouble", "=vanished"], /not "=vanished"/],
    [["--trouble", "BTCUSDT=broken"], /--trouble/],
    [["--history-order", "sorted"], /--history-order must be "oldest-first" or "newest-first", not "sorted"/],
    [["--usdt-futures", "2001"], /--usdt-futures must be an integer from 0 to 2000/],
    [["--binance-weight-per-minute", "off"], /--binance-weight-per-minute must be an integer from 0 to 2147483647/],
    [["--binance-history-per-five-minutes=-1"], /--binance-history-per-five-minutes/],
    [["--bitget-per-second=-1"], /--bitget-per-second/],
    [["--bitget-per-minute", "2147483648"], /--bitget-per-minute/],
    [["--nope"], /--nope/],
    [["--seed"], /--seed/],
    [["--seed", "--at"], /--seed/],
    [["serve"], /serve/]
  ]
  for (const [args, message] of wrong) {
    it(`that are wrong are refused in one line: ${args.join(" ")}`, () => {
      const error = Either.getOrThrow(Either.flip(Command.parse(args)))
      assert.strictEqual(error.exitCode, 2)
      assert.match(error.message, message)
      assert.notInclude(error.message, "\n")
    })
  }
})

describe("a plan of faults", () => {
  const written = (text: string) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const folder = mkdtempSync(join(tmpdir(), "faults-"))
        writeFileSync(join(folder, "plan.json"), text)
        return folder
      }),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    ).pipe(Effect.map((folder) => join(folder, "plan.json")))

  it.scoped("is read from a file", () =>
    Effect.gen(function* () {
      const file = yield* written('{"seed":3,"rules":[{"nth":[2],"fault":{"_tag":"Delay","millis":5}}]}')
      assert.deepInclude(Either.getOrThrow(Command.parse(["--faults", file])), {
        faults: { seed: 3, rules: [{ nth: [2], fault: { _tag: "Delay", millis: 5 } }] }
      })
    })
  )

  it.scoped("that is wrong, or not there, is refused in one line that says where", () =>
    Effect.gen(function* () {
      const file = yield* written('{"rules":[{"nht":[2],"fault":{"_tag":"Delay","millis":5}}]}')
      const wrong = Either.getOrThrow(Either.flip(Command.parse(["--faults", file])))
      assert.include(wrong.message, `--faults: ${file}: rules.0.nht: is unexpected`)
      assert.notInclude(wrong.message, "\n")
      const noJson = yield* written("{")
      assert.include(Either.getOrThrow(Either.flip(Command.parse(["--faults", noJson]))).message, "JSON")
      const missing = Either.getOrThrow(Either.flip(Command.parse(["--faults", `${file}.not`])))
      assert.strictEqual(missing.message, `--faults: cannot read ${file}.not`)
      assert.strictEqual(missing.exitCode, 2)
    })
  )
})

describe("the program", () => {
  it.live("prints where the exchanges are, a line each, and stays until it is interrupted", () =>
    Effect.gen(function* () {
      const { console, lines } = yield* recording
      const fiber = yield* Effect.fork(Effect.withConsole(Command.run(["--at", "2026-10-06T12:05:03Z"]), console))
      const binance = yield* Queue.take(lines)
      const bitget = yield* Queue.take(lines)
      assert.match(binance, /^OPEN_INTEREST_BINANCE_BASE_URL=http:\/\/127\.0\.0\.1:\d+$/)
      assert.match(bitget, /^OPEN_INTEREST_BITGET_BASE_URL=http:\/\/127\.0\.0\.1:\d+$/)
      assert.match(yield* Queue.take(lines), /^OPEN_INTEREST_BYBIT_BASE_URL=http:\/\/127\.0\.0\.1:\d+$/)
      const url = `${binance.slice(binance.indexOf("=") + 1)}/dapi/v1/exchangeInfo`
      const body = yield* Effect.promise(() => fetch(url).then((response) => response.json()))
      assert.deepInclude(body, { serverTime: Date.UTC(2026, 9, 6, 12, 5, 3) })
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* Queue.size(lines), 0)
    })
  )

  it.live("says when it is stopped how often each path was asked, on stderr", () =>
    Effect.gen(function* () {
      const { console, errors, lines } = yield* recording
      const fiber = yield* Effect.fork(Effect.withConsole(Command.run([]), console))
      const [binance, bitget, bybit] = Array.from(yield* Queue.takeN(lines, 3)).map((line) =>
        line.slice(line.indexOf("=") + 1)
      )
      const urls = [
        `${binance}/dapi/v1/premiumIndex`,
        `${binance}/dapi/v1/openInterest?symbol=BTCUSD_PERP`,
        `${binance}/dapi/v1/openInterest?symbol=NOPE`,
        `${bitget}/api/v3/market/tickers?category=COIN-FUTURES`,
        `${bybit}/v5/market/tickers?category=linear`
      ]
      for (const url of urls) {
        yield* Effect.promise(() => fetch(url).then((response) => response.text()))
      }
      assert.strictEqual(yield* Queue.size(errors), 0)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(Array.from(yield* Queue.takeAll(errors)), [
        "binance /dapi/v1/premiumIndex: 1",
        "binance /dapi/v1/openInterest: 2",
        "bitget /api/v3/market/tickers: 1",
        "bybit /v5/market/tickers: 1"
      ])
    })
  )

  it.live("explains its flags", () =>
    Effect.gen(function* () {
      const { console, lines } = yield* recording
      yield* Effect.withConsole(Command.run(["--help"]), console)
      const help = yield* Queue.take(lines)
      const flags = [
        "--seed",
        "--at",
        "--binance-port",
        "--bitget-port",
        "--bybit-port",
        "--coin-futures",
        "--history-order"
      ]
      const limits = [
        "--binance-weight-per-minute",
        "--binance-history-per-five-minutes",
        "--bitget-per-second",
        "--bitget-per-minute"
      ]
      for (const flag of [...flags, ...limits, "--usdt-futures", "--latency", "--trouble", "--faults", "--help"]) {
        assert.include(help, flag)
      }
    })
  )

  it.scopedLive("says which port is in use", () =>
    Effect.gen(function* () {
      const { bitget } = yield* Simulator.make()
      const { host, port } = new URL(bitget.baseUrl)
      const error = yield* Effect.flip(Command.run(["--bitget-port", port]))
      assert.strictEqual(error.exitCode, 1)
      assert.strictEqual(error.message, `${host} is already in use`)
    })
  )
})
