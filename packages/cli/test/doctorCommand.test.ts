import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { selfSigned } from "./certificate.ts"
import { binance, bitget, oi, oiHere, recorded, records, temporaryFolder } from "./support.ts"

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const lists = "/dapi/v1/exchangeInfo"
const bybitLists = "/v5/market/instruments-info"

/** Settings of this test alone, and a home that no run has been at. */
const setUp = (env: Readonly<Record<string, string>>) =>
  Effect.map(temporaryFolder, (home) => {
    for (const [name, text] of Object.entries({
      XDG_STATE_HOME: join(home, "state"),
      XDG_CONFIG_HOME: join(home, "config"),
      ...env
    })) {
      vi.stubEnv(name, text)
    }
    return home
  })

const serve = (routes: Playback.Routes) =>
  Effect.gen(function* () {
    const playback = Playback.make(routes)
    return { url: yield* Playback.serve(playback), received: playback.received }
  })

/** The code, and every finding that is not as it should be. */
const examined = (...args: ReadonlyArray<string>) =>
  Effect.map(oiHere(["doctor", ...args]), ({ code, stdout }) => {
    const findings = records(stdout)
    return { code, findings, wrong: findings.filter(({ status }) => status !== "ok") }
  })

const checksOf = (findings: ReadonlyArray<Record<string, unknown>>, exchange: string) =>
  findings.filter((finding) => finding["exchange"] === exchange).map(({ check, status }) => `${check} ${status}`)

const reachable = ["setting ok", "base URL ok", "DNS ok", "connection ok", "request ok", "clock ok"]

describe("oi doctor", () => {
  it.live("finds nothing wrong with simulated exchanges, and ends with 0", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* oi(["doctor", "--simulated"])
      assert.strictEqual(code, 0)
      const findings = records(stdout)
      assert.deepStrictEqual(
        findings.filter(({ status }) => status !== "ok"),
        []
      )
      for (const exchange of ["binance", "bitget", "bybit"]) {
        const found = findings.find(({ check, exchange: of }) => of === exchange && check === "base URL")
        assert.match(String(found?.["detail"]), /^http:\/\/127\.0\.0\.1:\d+$/)
        // Nothing that Bybit answers tells of its quota.
        const quota = exchange === "bybit" ? [] : ["quota ok"]
        assert.deepStrictEqual(checksOf(findings, exchange), [...reachable, ...quota])
      }
    })
  )

  it.scopedLive("sends one request to an exchange", () =>
    Effect.gen(function* () {
      const first = yield* serve(binance)
      const second = yield* serve(bitget)
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: first.url, OPEN_INTEREST_BITGET_BASE_URL: second.url })
      const { code, wrong } = yield* examined("binance", "bitget")
      assert.deepStrictEqual([code, wrong], [0, []])
      assert.deepStrictEqual([first.received.length, second.received.length], [1, 1])
    })
  )

  it.scopedLive("names a port that refuses, and still checks the other exchange", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(bitget)
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: "http://127.0.0.1:9", OPEN_INTEREST_BITGET_BASE_URL: url })
      const { code, findings, wrong } = yield* examined("binance", "bitget")
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(wrong, [
        {
          check: "connection",
          exchange: "binance",
          status: "problem",
          detail: "127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9",
          advice: "check the host and the port of the base URL, and that something listens there"
        }
      ])
      assert.deepStrictEqual(checksOf(findings, "bitget"), reachable)
    })
  )

  it.scopedLive("names a host that there is not, within 3 seconds", () =>
    Effect.gen(function* () {
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: "https://binance.invalid" })
      const [duration, { code, wrong }] = yield* Effect.timed(examined("binance"))
      assert.deepStrictEqual([code, wrong.length], [1, 1])
      assert.strictEqual(wrong[0]?.["check"], "DNS")
      assert.match(String(wrong[0]?.["detail"]), /^binance\.invalid: .*(?:ENOTFOUND|EAI_AGAIN|TIMEOUT)/)
      assert.match(String(wrong[0]?.["advice"]), /^check the network/)
      assert.isBelow(Duration.toMillis(duration), 3000)
    })
  )

  it.scopedLive("says where a connection can't be secured", () =>
    Effect.gen(function* () {
      const { received, url } = yield* serve(binance)
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: url.replace("http:", "https:") })
      const { code, wrong } = yield* examined("binance")
      assert.deepStrictEqual([code, wrong.map(({ check }) => check)], [1, ["connection"]])
      assert.lengthOf(received, 0)
    })
  )

  describe("over a secure connection", () => {
    const day = 86_400_000

    /** Serves the list of contracts with a certificate that ends so many days from now. */
    const secured = (days: number) =>
      Effect.gen(function* () {
        const until = Date.now() + days * day
        const { cert, key } = selfSigned({ from: Date.now() - 30 * day, until })
        const server = createServer({ cert, key }, (_, response) =>
          response.setHeader("content-type", "application/json").end(recorded("binance-dapi-exchangeInfo.json"))
        )
        yield* Effect.acquireRelease(
          Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
          () => Effect.sync(() => server.closeAllConnections()).pipe(Effect.as(server.close()))
        )
        const file = join(yield* temporaryFolder, "certificate.pem")
        writeFileSync(file, cert)
        return { file, until, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
      })

    /** In a process of its own: which certificates are trusted is settled when it begins. */
    const examinedAt = (url: string, env: Record<string, string>) =>
      Effect.map(
        oi(["doctor", "binance"], { env: { ...env, OPEN_INTEREST_BINANCE_BASE_URL: url } }),
        ({ code, stdout }) => {
          const findings = records(stdout)
          return {
            code,
            checks: checksOf(findings, "binance"),
            of: (name: string) => findings.find(({ check }) => check === name)
          }
        }
      )

    it.scopedLive("names the protocol and the end of the certificate, and goes on to a request", () =>
      Effect.gen(function* () {
        const { file, until, url } = yield* secured(30)
        const { checks, code, of } = yield* examinedAt(url, { NODE_EXTRA_CA_CERTS: file })
        assert.deepStrictEqual([code, checks], [0, reachable])
        const end = `${new Date(until).toISOString().slice(0, 19)}.000Z`
        assert.match(
          String(of("connection")?.["detail"]),
          new RegExp(`^127\\.0\\.0\\.1:\\d+ in \\d+ ms, TLSv1\\.3, certificate valid until ${end}$`)
        )
      })
    )

    it.scopedLive("warns of a certificate that ends soon, and delivers all the same", () =>
      Effect.gen(function* () {
        const { file, url } = yield* secured(13)
        const { checks, code } = yield* examinedAt(url, { NODE_EXTRA_CA_CERTS: file })
        assert.deepStrictEqual(
          [code, checks],
          [0, reachable.map((each) => each.replace("connection ok", "connection warning"))]
        )
      })
    )

    it.scopedLive("does not trust a certificate that nobody vouches for, or that has ended, and sends nothing", () =>
      Effect.gen(function* () {
        const [fresh, ended] = [yield* secured(30), yield* secured(-1)]
        for (const [url, env, why] of [
          [fresh.url, {}, /DEPTH_ZERO_SELF_SIGNED_CERT/],
          [ended.url, { NODE_EXTRA_CA_CERTS: ended.file }, /CERT_HAS_EXPIRED/]
        ] as const) {
          const { checks, code, of } = yield* examinedAt(url, env)
          assert.deepStrictEqual([code, checks.at(-1)], [1, "connection problem"])
          assert.match(String(of("connection")?.["detail"]), why)
          assert.match(
            String(of("connection")?.["advice"]),
            /^check the clock of this machine, and whether something between/
          )
        }
      })
    )
  })

  it.scopedLive("does not wait for an answer that never comes", () =>
    Effect.gen(function* () {
      const silent = yield* serve({ [lists]: { body: "", after: Duration.infinity } })
      const { url } = yield* serve(bitget)
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: silent.url, OPEN_INTEREST_BITGET_BASE_URL: url })
      const [duration, { code, findings, wrong }] = yield* Effect.timed(examined("binance", "bitget"))
      assert.deepStrictEqual([code, wrong.map(({ check }) => check)], [1, ["request"]])
      assert.match(String(wrong[0]?.["detail"]), /^timed out/)
      assert.deepStrictEqual(checksOf(findings, "bitget"), reachable)
      assert.isBelow(Duration.toMillis(duration), 5000)
    })
  )

  it.scopedLive("says how far a clock is off that is a minute off", () =>
    Effect.gen(function* () {
      const date = new Date(Date.now() - 60_000).toUTCString()
      const list = { body: String((binance[lists] as { readonly body: string }).body), headers: { date } }
      const { url } = yield* serve({ [lists]: list })
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: url })
      const { code, wrong } = yield* examined("binance")
      assert.deepStrictEqual([code, wrong.length], [1, 1])
      const { advice, check, detail, status } = wrong[0] ?? {}
      assert.deepStrictEqual(
        [check, status, advice],
        ["clock", "problem", "set the clock of this machine by a time server (NTP)"]
      )
      assert.match(String(detail), /^(?:59|60|61)\.\d s ahead of that of the exchange, give or take \d\.\d s$/)
    })
  )

  it.scopedLive(
    "says to wait where an address is refused for a time, as Bybit bans, and otherwise to ask from another",
    () =>
      Effect.gen(function* () {
        const advice = (status: number) =>
          Effect.gen(function* () {
            const { url } = yield* serve({ [bybitLists]: { status, body: "access too frequent" } })
            yield* setUp({ OPEN_INTEREST_BYBIT_BASE_URL: url })
            const { wrong } = yield* examined("bybit")
            return wrong.map((finding) => [finding["check"], finding["advice"]])
          })
        assert.deepStrictEqual(yield* advice(403), [
          ["request", "wait until then; if it goes on after that, ask from an address that the exchange serves"]
        ])
        assert.deepStrictEqual(yield* advice(451), [["request", "ask from an address that the exchange serves"]])
      })
  )

  it.scopedLive("tells of a ban, and sends nothing while it is remembered", () =>
    Effect.gen(function* () {
      const { received, url } = yield* serve({ [lists]: { status: 418, headers: { "retry-after": "120" }, body: "" } })
      yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: url })
      const first = yield* examined("binance")
      assert.deepStrictEqual([first.code, first.wrong.map(({ check }) => check)], [1, ["request"]])
      assert.lengthOf(received, 1)
      const second = yield* examined("binance")
      assert.strictEqual(second.code, 1)
      assert.deepStrictEqual(
        second.wrong.map(({ check, status }) => [check, status]),
        [
          ["remembered", "warning"],
          ["request", "problem"]
        ]
      )
      assert.match(String(second.wrong[0]?.["detail"]), new RegExp(`^this address is banned at ${url} until `))
      assert.match(String(second.wrong[1]?.["detail"]), /^banned: .*; not asked again$/)
      assert.lengthOf(received, 1)
    })
  )

  it.scopedLive("asks in spite of a ban that is remembered, and remembers none, with --no-state", () =>
    Effect.gen(function* () {
      const { received, url } = yield* serve({ [lists]: { status: 418, headers: { "retry-after": "120" }, body: "" } })
      const state = join(yield* temporaryFolder, "state")
      for (const asked of [1, 2]) {
        const { stdout } = yield* oi(["doctor", "binance", "--no-state"], {
          env: { OPEN_INTEREST_BINANCE_BASE_URL: url, XDG_STATE_HOME: state }
        })
        const findings = records(stdout)
        const wrong = findings.filter(({ status }) => status !== "ok").map(({ check }) => check)
        assert.deepStrictEqual([wrong, received.length, existsSync(state)], [["request"], asked, false])
        const { detail } = findings.find(({ check }) => check === "state folder") ?? {}
        assert.strictEqual(detail, "not used, for --no-state")
      }
    })
  )

  it.scopedLive("names wrong and unknown settings with where they are from, and tells the right ones", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(bitget)
      yield* setUp({
        OPEN_INTEREST_BINANCE_RETRY_TIMES: "-1",
        OPEN_INTEREST_BINANCE_RETRY_TIME: "3",
        OPEN_INTEREST_BINANCE_BASE_URL: "http://127.0.0.1:9",
        OPEN_INTEREST_BITGET_BASE_URL: url
      })
      const { code, findings, wrong } = yield* examined("binance", "bitget")
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(
        wrong.map(({ check, detail, exchange, status }) => [check, exchange, status, detail]),
        [
          [
            "setting",
            "binance",
            "problem",
            'OPEN_INTEREST_BINANCE_RETRY_TIMES: expected a whole number from 0 to 100, got "-1" (environment)'
          ],
          [
            "setting",
            "binance",
            "problem",
            'OPEN_INTEREST_BINANCE_RETRY_TIME: unknown setting ("3"), did you mean RETRY_TIMES? (environment)'
          ]
        ]
      )
      assert.strictEqual(
        findings.find(({ exchange }) => exchange === "binance")?.["detail"],
        "OPEN_INTEREST_BINANCE_BASE_URL = http://127.0.0.1:9 (environment)"
      )
      assert.deepStrictEqual(checksOf(findings, "bitget"), reachable)
    })
  )

  it.scopedLive("reports each mistake of a settings file, and goes on without the file", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(binance)
      const home = yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: url })
      mkdirSync(join(home, "config", "open-interest"), { recursive: true })
      const path = join(home, "config", "open-interest", "open-interest.json")
      writeFileSync(path, '{"OPEN_INTEREST_BINANC": {}, "OPEN_INTEREST_BITGET": 5}')
      const { code, findings, wrong } = yield* examined("binance")
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(
        wrong.map(({ check, detail }) => [check, detail]),
        [
          ["settings file", `${path}: OPEN_INTEREST_BINANC: unknown section, did you mean OPEN_INTEREST_BINANCE?`],
          ["settings file", `${path}: OPEN_INTEREST_BITGET: expected an object of settings, got 5`]
        ]
      )
      assert.deepStrictEqual(checksOf(findings, "binance"), reachable)
    })
  )

  it.scopedLive("names the settings file, and the settings that come from it", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(binance)
      const home = yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: url })
      mkdirSync(join(home, "config", "open-interest"), { recursive: true })
      const path = join(home, "config", "open-interest", "open-interest.json")
      writeFileSync(path, '{"OPEN_INTEREST_BINANCE": {"RETRY_TIMES": 3, "BASE_URL": "http://127.0.0.1:9"}}')
      const { code, findings } = yield* examined("binance")
      assert.strictEqual(code, 0)
      const details = findings.map(({ check, detail }) => `${check}: ${detail}`)
      assert.include(details, `settings file: ${path}`)
      assert.include(details, `setting: OPEN_INTEREST_BINANCE_RETRY_TIMES = 3 (${path})`)
      assert.include(details, `setting: OPEN_INTEREST_BINANCE_BASE_URL = ${url} (environment)`)
    })
  )

  it.scopedLive("warns of a state folder that can't be written, which stops nothing", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(binance)
      const home = yield* setUp({ OPEN_INTEREST_BINANCE_BASE_URL: url })
      mkdirSync(join(home, "state"))
      writeFileSync(join(home, "state", "open-interest"), "")
      const { code, wrong } = yield* examined("binance")
      assert.strictEqual(code, 0)
      const folder = join(home, "state", "open-interest")
      assert.deepStrictEqual(
        wrong.map(({ advice, check, status }) => [check, status, advice]),
        [["state folder", "warning", `make ${folder} a folder that can be written, or set XDG_STATE_HOME`]]
      )
    })
  )

  it.live("draws a table where one is asked for, and the columns that are asked for", () =>
    Effect.gen(function* () {
      const table = yield* oiHere(["doctor", "binance", "--simulated", "--format", "table"])
      assert.match(table.stdout, /^ok  Node\.js                 \d+\.\d+\.\d+\nok  settings file           none\n/)
      assert.match(table.stdout, /\nok  base URL       binance  http:\/\/127\.0\.0\.1:\d+\n/)
      const chosen = yield* oiHere([
        "doctor",
        "binance",
        "--simulated",
        "--format",
        "table",
        "--columns",
        "check,status"
      ])
      assert.match(chosen.stdout, /^check +status\nNode\.js +ok\n/)
      const csv = yield* oiHere(["doctor", "binance", "--simulated", "--format", "csv", "--columns", "check,status"])
      assert.match(csv.stdout, /^check,status\r\nNode\.js,ok\r\n/)
    })
  )
})
