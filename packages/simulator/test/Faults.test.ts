import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Https from "node:https"
import * as Net from "node:net"
import { gunzipSync } from "node:zlib"
import { BinanceSimulator, BitgetSimulator, Faults, Simulator } from "../src/index.ts"
import * as Choice from "../src/internal/faults/choice.ts"
import { getJson, type Row, time } from "./utils.ts"

const binancePath = "/dapi/v1/openInterest?symbol=BTCUSD_PERP"
const bitgetPath = "/api/v2/mix/market/open-interest?symbol=BTCUSDT&productType=USDT-FUTURES"

interface Seen {
  readonly head: string
  readonly body: Buffer
  readonly end: "closed" | "reset" | "open"
  /** Milliseconds until the head and until the end. */
  readonly headAfter: number
  readonly after: number
}

const parts = (bytes: Buffer) => {
  const at = bytes.indexOf("\r\n\r\n")
  return at === -1
    ? { head: bytes.toString(), body: Buffer.alloc(0) }
    : { head: bytes.subarray(0, at).toString(), body: bytes.subarray(at + 4) }
}

/** What comes over a connection of its own until it ends, or until nothing has come for `patience` milliseconds. */
const raw = (
  baseUrl: string,
  path: string,
  { headers = "connection: close\r\n", patience = 2000 } = {}
): Effect.Effect<Seen> =>
  Effect.async((resume) => {
    const began = performance.now()
    const chunks: Array<Buffer> = []
    let headAfter = Infinity
    const socket = Net.connect(Number(new URL(baseUrl).port), "127.0.0.1")
    const done = (end: Seen["end"]) => {
      clearTimeout(timer)
      socket.destroy()
      resume(Effect.succeed({ ...parts(Buffer.concat(chunks)), end, headAfter, after: performance.now() - began }))
    }
    let timer = setTimeout(done, patience, "open")
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`)
    socket.on("data", (chunk) => {
      headAfter = Math.min(headAfter, performance.now() - began)
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(done, patience, "open")
    })
    socket.on("error", () => done("reset"))
    socket.on("end", () => done("closed"))
  })

const started = (faults: Faults.Plan) => Simulator.make({ time, faults })

const statusOf = ({ head }: Seen): number => Number(head.split(" ")[1])

const headerOf = ({ head }: Seen, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]

const untouched = await Effect.runPromise(getJson(BinanceSimulator.make({ time }), binancePath))
const whole = Buffer.from(JSON.stringify(untouched))

const withFault = (fault: Faults.Fault, use: (seen: Seen) => void, options?: Parameters<typeof raw>[2]) =>
  Effect.gen(function* () {
    const { binance } = yield* started({ rules: [{ fault }] })
    use(yield* raw(binance.baseUrl, binancePath, options))
    assert.deepStrictEqual(
      (yield* binance.requests).map((request) => request.fault),
      [fault._tag]
    )
  })

describe("on the way", () => {
  it.scopedLive("an answer that is delayed comes whole, and later", () =>
    withFault({ _tag: "Delay", millis: 200 }, ({ body, headAfter }) => {
      assert.isAtLeast(headAfter, 195)
      assert.deepStrictEqual(body, whole)
    })
  )

  it.scopedLive("one that trickles has its head at once and its body in time", () =>
    withFault({ _tag: "Trickle", millis: 300 }, ({ after, body, headAfter }) => {
      assert.isBelow(headAfter, 150)
      assert.isAtLeast(after, 300)
      assert.deepStrictEqual(body, whole)
    })
  )

  it.scopedLive("a reset comes before anything, after the head, or within the body", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Reset", after: "nothing" }, ({ end, head }) => {
        assert.strictEqual(end, "reset")
        assert.strictEqual(head, "")
      })
      yield* withFault({ _tag: "Reset", after: "head" }, ({ body, end, head }) => {
        assert.strictEqual(end, "reset")
        assert.match(head, /^HTTP\/1.1 200/)
        assert.strictEqual(body.length, 0)
      })
      yield* withFault({ _tag: "Reset", after: "half" }, (seen) => {
        assert.strictEqual(seen.end, "reset")
        assert.strictEqual(headerOf(seen, "content-length"), String(whole.length))
        assert.deepStrictEqual(seen.body, whole.subarray(0, whole.length / 2))
      })
    })
  )

  it.scopedLive("a body that is cut off ends in good order before it is complete", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "CutOff", framing: "length" }, (seen) => {
        assert.strictEqual(seen.end, "closed")
        assert.strictEqual(headerOf(seen, "content-length"), String(whole.length))
        assert.deepStrictEqual(seen.body, whole.subarray(0, whole.length / 2))
      })
      yield* withFault({ _tag: "CutOff", framing: "chunked" }, (seen) => {
        assert.strictEqual(seen.end, "closed")
        assert.strictEqual(headerOf(seen, "transfer-encoding"), "chunked")
        const half = whole.subarray(0, whole.length / 2)
        assert.strictEqual(seen.body.toString(), `${half.length.toString(16)}\r\n${half.toString()}\r\n`)
      })
    })
  )

  it.scopedLive("a length may be wrong both ways, and the connection stays open", () =>
    Effect.gen(function* () {
      for (const by of [10, -10]) {
        const check = (seen: Seen) => {
          assert.strictEqual(seen.end, "open")
          assert.strictEqual(headerOf(seen, "content-length"), String(whole.length + by))
          assert.deepStrictEqual(seen.body, whole)
        }
        yield* withFault({ _tag: "WrongLength", by }, check, { headers: "", patience: 200 })
      }
    })
  )

  it.scopedLive("ends with the client that hangs up", () =>
    Effect.gen(function* () {
      const rules = [
        { nth: [1], fault: { _tag: "Delay", millis: 60_000 } },
        { nth: [2], fault: { _tag: "Trickle", millis: 60_000 } }
      ] as const
      const { binance } = yield* started({ rules })
      yield* raw(binance.baseUrl, binancePath, { patience: 100 })
      yield* raw(binance.baseUrl, binancePath, { patience: 100 })
      assert.deepStrictEqual((yield* raw(binance.baseUrl, binancePath)).body, whole)
      assert.deepStrictEqual(
        (yield* binance.requests).map(({ fault, status }) => [fault, status]),
        [
          // Given up before the answer was ready, and while it came.
          ["Delay", 499],
          ["Trickle", 200],
          [undefined, 200]
        ]
      )
    })
  )
})

describe("the bytes", () => {
  it.scopedLive("a truncated gzip is complete as far as HTTP goes, and can't be inflated", () =>
    withFault({ _tag: "TruncatedGzip" }, (seen) => {
      assert.strictEqual(headerOf(seen, "content-encoding"), "gzip")
      assert.strictEqual(headerOf(seen, "content-length"), String(seen.body.length))
      assert.throws(() => gunzipSync(seen.body), /unexpected end/)
    })
  )

  it.scopedLive("a gzip bomb is small and inflates to the answer and so many megabytes", () =>
    withFault({ _tag: "GzipBomb", megabytes: 3 }, (seen) => {
      assert.isBelow(seen.body.length, 20_000)
      const inflated = gunzipSync(seen.body)
      assert.strictEqual(inflated.length, whole.length + 3 * 1024 * 1024)
      assert.deepStrictEqual(JSON.parse(inflated.toString()), untouched)
    })
  )

  it.scopedLive("a byte order mark and a wrong byte are all that is added", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "ByteOrderMark" }, ({ body }) => {
        assert.deepStrictEqual(body, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), whole]))
      })
      yield* withFault({ _tag: "InvalidUtf8" }, ({ body }) => {
        assert.strictEqual(body.length, whole.length + 1)
        assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(body))
        assert.match(body.toString(), /^\{"symbol":"\ufffdBTCUSD_PERP"/)
      })
    })
  )
})

describe("what it says", () => {
  const json = ({ body }: Seen): Row => JSON.parse(body.toString())

  it.scopedLive("a field may be anything, also what is no JSON, or be missing", () =>
    Effect.gen(function* () {
      for (const text of ['"N/A"', "null", "1e400", "NaN", "$&"]) {
        yield* withFault({ _tag: "Field", name: "openInterest", json: text }, ({ body }) => {
          assert.strictEqual(
            body.toString(),
            whole.toString().replace(/"openInterest":"\d+"/, () => `"openInterest":${text}`)
          )
        })
      }
      yield* withFault({ _tag: "NoField", name: "openInterest" }, (seen) => {
        const { openInterest: _, ...rest } = untouched
        assert.deepStrictEqual(json(seen), rest)
      })
    })
  )

  it.scopedLive("a time may be another, or in seconds", () =>
    Effect.gen(function* () {
      const then = Number(untouched["time"])
      yield* withFault({ _tag: "Time", name: "time", shift: -60_000 }, (seen) => {
        assert.deepStrictEqual(json(seen), { ...untouched, time: then - 60_000 })
      })
      yield* withFault({ _tag: "Seconds", name: "time" }, (seen) => {
        assert.deepStrictEqual(json(seen), { ...untouched, time: Math.floor(then / 1000) })
      })
    })
  )

  it.scopedLive("a time that is text stays text", () =>
    Effect.gen(function* () {
      const { bitget } = yield* started({ rules: [{ fault: { _tag: "Time", name: "ts", shift: 1000 } }] })
      const body = JSON.parse((yield* raw(bitget.baseUrl, bitgetPath)).body.toString())
      const right = yield* getJson<{ data: Row }>(BitgetSimulator.make({ time }), bitgetPath)
      assert.deepStrictEqual(body, { ...right, data: { ...right.data, ts: String(Number(right.data["ts"]) + 1000) } })
    })
  )

  it.scopedLive("a row of a list may be null, there twice, or missing", () =>
    Effect.gen(function* () {
      const rows = yield* getJson<ReadonlyArray<Row>>(BinanceSimulator.make({ time }), "/dapi/v1/premiumIndex")
      const is = (row: Row) => row["symbol"] === "ETHUSD_PERP"
      const expected = {
        null: rows.map((row) => (is(row) ? null : row)),
        twice: rows.flatMap((row) => (is(row) ? [row, row] : [row])),
        missing: rows.filter((row) => !is(row))
      }
      for (const as of ["null", "twice", "missing"] as const) {
        const { binance } = yield* started({ rules: [{ fault: { _tag: "Row", symbol: "ETHUSD_PERP", as } }] })
        // A compressed answer would be out of reach.
        const seen = yield* raw(binance.baseUrl, "/dapi/v1/premiumIndex", {
          headers: "connection: close\r\naccept-encoding: gzip\r\n"
        })
        assert.deepStrictEqual<unknown>(json(seen), expected[as], as)
      }
    })
  )

  it.scopedLive("a header may say something else", () =>
    withFault({ _tag: "Header", name: "X-MBX-USED-WEIGHT-1M", value: "-1" }, (seen) => {
      assert.strictEqual(headerOf(seen, "x-mbx-used-weight-1m"), "-1")
      assert.deepStrictEqual(seen.body, whole)
    })
  )
})

describe("another answer", () => {
  it.scopedLive("is given as the plan has it, dated by the exchange", () =>
    Effect.gen(function* () {
      const fault = { _tag: "Answer", status: 302, headers: { Location: "/maintenance" }, body: "<p>gone</p>" } as const
      yield* withFault(fault, (seen) => {
        assert.strictEqual(statusOf(seen), 302)
        assert.strictEqual(headerOf(seen, "location"), "/maintenance")
        assert.strictEqual(headerOf(seen, "content-type"), "text/html; charset=utf-8")
        assert.strictEqual(headerOf(seen, "date"), "Tue, 06 Oct 2026 12:05:03 GMT")
        assert.isUndefined(headerOf(seen, "x-mbx-used-weight-1m"))
        assert.strictEqual(seen.body.toString(), "<p>gone</p>")
      })
      yield* withFault({ _tag: "Answer" }, (seen) => {
        assert.strictEqual(statusOf(seen), 200)
        assert.strictEqual(seen.body.length, 0)
      })
      yield* withFault({ _tag: "Answer", status: 204 }, (seen) => {
        assert.strictEqual(statusOf(seen), 204)
        assert.strictEqual(seen.body.length, 0)
      })
    })
  )

  it.scopedLive("a refusal is the exchange's own, with the hints of the plan", () =>
    Effect.gen(function* () {
      yield* withFault({ _tag: "Refusal", status: 429, retryAfter: "7" }, (seen) => {
        assert.strictEqual(statusOf(seen), 429)
        assert.strictEqual(headerOf(seen, "retry-after"), "7")
        assert.match(seen.body.toString(), /"code":-1003,"msg":"Too much request weight used; current limit is 2400/)
      })
      yield* withFault({ _tag: "Refusal", status: 418 }, (seen) => {
        assert.strictEqual(statusOf(seen), 418)
        assert.isUndefined(headerOf(seen, "retry-after"))
        assert.match(seen.body.toString(), /IP banned\. Please/)
      })
      const before = Date.now()
      yield* withFault({ _tag: "Refusal", status: 418, retryAfterDate: 60_000, bannedUntil: 120_000 }, (seen) => {
        const later = Date.parse(headerOf(seen, "retry-after") ?? "") - before
        assert.isTrue(later > 58_000 && later < 62_000, String(later))
        const until = Number(/banned until (\d{13})\./.exec(seen.body.toString())?.[1]) - before
        assert.isTrue(until >= 120_000 && until < 122_000, String(until))
      })
      const { bitget } = yield* started({ rules: [{ fault: { _tag: "Refusal", status: 429, retryAfter: "1" } }] })
      const seen = yield* raw(bitget.baseUrl, bitgetPath)
      assert.strictEqual(statusOf(seen), 429)
      assert.include(seen.body.toString(), '"code":"429","msg":"Too Many Requests"')
    })
  )
})

describe("a rule", () => {
  const fault: Faults.Fault = { _tag: "ByteOrderMark" }
  const request = (path: string, isReused = false): Choice.Request => ({ path, isReused })
  /** The numbers of the requests that meet a fault. */
  const met = (choice: Choice.Choice, requests: ReadonlyArray<Choice.Request>) =>
    requests.flatMap((each, index) => (choice(each) === undefined ? [] : [index + 1]))
  const ten = Array.from({ length: 10 }, () => request("/a"))

  it("holds for every request, or for those of an exchange and a path, by number", () => {
    assert.strictEqual(met(Choice.make({ rules: [{ fault }] }, "binance"), ten).length, 10)
    const plan: Faults.Plan = { rules: [{ exchange: "binance", path: "/b", nth: [2, 3], fault }] }
    const requests = [request("/a"), request("/b"), request("/b"), request("/a"), request("/b"), request("/b")]
    assert.deepStrictEqual(met(Choice.make(plan, "binance"), requests), [3, 5])
    assert.deepStrictEqual(met(Choice.make(plan, "bitget"), requests), [])
  })

  it("may be about connections alone that are used again", () => {
    const choice = Choice.make({ rules: [{ reused: true, nth: [1], fault }] }, "bitget")
    assert.deepStrictEqual(met(choice, [request("/"), request("/", true), request("/", true)]), [2])
  })

  it("gives way to one before it, and counts all the same", () => {
    const other: Faults.Fault = { _tag: "InvalidUtf8" }
    const choice = Choice.make(
      {
        rules: [
          { nth: [1], fault: other },
          { nth: [1, 2], fault }
        ]
      },
      "binance"
    )
    assert.deepStrictEqual(
      ten.slice(0, 3).map((each) => choice(each)?._tag),
      ["InvalidUtf8", "ByteOrderMark", undefined]
    )
  })

  it("with a share picks about so many by chance, the same ones for the same seed", () => {
    const requests = Array.from({ length: 2000 }, () => request("/"))
    const pick = (seed: number, exchange: "binance" | "bitget" = "binance") =>
      met(Choice.make({ seed, rules: [{ share: 0.25, fault }] }, exchange), requests)
    FastCheck.assert(
      FastCheck.property(FastCheck.nat(), (seed) => {
        const picked = pick(seed)
        assert.deepStrictEqual(picked, pick(seed))
        assert.isTrue(picked.length > 400 && picked.length < 600, String(picked.length))
      }),
      { numRuns: 20 }
    )
    assert.notDeepEqual(pick(1), pick(2))
    assert.notDeepEqual(pick(1), pick(1, "bitget"))
  })
})

describe("a connection", () => {
  it.scopedLive("is refused where nobody listens, and the other exchange is there", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* started({ connections: { binance: "refused" } })
      const error = yield* Effect.flip(Effect.tryPromise(() => fetch(binance.baseUrl)))
      assert.match(String((error.error as Error).cause), /ECONNREFUSED/)
      assert.strictEqual(statusOf(yield* raw(bitget.baseUrl, bitgetPath)), 200)
    })
  )

  it.scopedLive("is secure, and nobody vouches for the certificate, which may have expired as well", () =>
    Effect.gen(function* () {
      const { binance, bitget } = yield* started({ connections: { binance: "self-signed", bitget: "expired" } })
      const ask = ({ baseUrl }: Simulator.SimulatedExchange, path: string, rejectUnauthorized: boolean) =>
        Effect.async<string>((resume) => {
          Https.get(baseUrl + path, { rejectUnauthorized, agent: false }, (response) => {
            response.resume()
            resume(Effect.succeed(String(response.statusCode)))
          }).on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(String(error.code))))
        })
      assert.match(binance.baseUrl, /^https:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(yield* ask(binance, binancePath, false), "200")
      assert.strictEqual(yield* ask(binance, binancePath, true), "DEPTH_ZERO_SELF_SIGNED_CERT")
      assert.strictEqual(yield* ask(bitget, bitgetPath, false), "200")
      assert.strictEqual(yield* ask(bitget, bitgetPath, true), "CERT_HAS_EXPIRED")
    })
  )
})

describe("a plan", () => {
  const decode = Schema.decodeUnknownEither(Schema.parseJson(Faults.Plan))

  it("is the same after a way through JSON", () => {
    const plan: Faults.Plan = {
      seed: 7,
      connections: { bitget: "expired" },
      rules: [{ exchange: "binance", path: "/dapi/v1/openInterest", share: 0.5, fault: { _tag: "Delay", millis: 1 } }]
    }
    assert.deepStrictEqual(Either.getOrThrow(decode(JSON.stringify(plan))), plan)
    assert.deepStrictEqual(Either.getOrThrow(decode("{}")), {})
  })

  it("is refused where anything in it is not known or out of range", () => {
    const wrong: ReadonlyArray<unknown> = [
      { rulez: [] },
      { rules: [{ nht: [1], fault: { _tag: "ByteOrderMark" } }] },
      { rules: [{ fault: { _tag: "Meteor" } }] },
      { rules: [{ fault: { _tag: "Delay", millis: -1 } }] },
      { rules: [{ fault: { _tag: "Delay", millis: Duration.toMillis("2 days") } }] },
      { rules: [{ fault: { _tag: "GzipBomb", megabytes: 100_000 } }] },
      { rules: [{ nth: [0], fault: { _tag: "ByteOrderMark" } }] },
      { rules: [{ share: 1.5, fault: { _tag: "ByteOrderMark" } }] },
      { rules: [{ path: "dapi", fault: { _tag: "ByteOrderMark" } }] },
      { rules: [{ exchange: "kraken", fault: { _tag: "ByteOrderMark" } }] },
      { connections: { binance: "haunted" } },
      { seed: -1 }
    ]
    for (const plan of wrong) assert.isTrue(Either.isLeft(decode(JSON.stringify(plan))), JSON.stringify(plan))
  })
})
