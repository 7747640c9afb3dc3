import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { gzipSync } from "node:zlib"
import * as BaseUrl from "../src/BaseUrl.ts"
import * as Exchange from "../src/Exchange.ts"
import * as ExchangeClient from "../src/ExchangeClient.ts"
import { Policy } from "../src/Policy.ts"

const policy = new Policy({
  totalTimeout: Duration.seconds(20),
  attemptTimeout: Duration.seconds(5),
  retryTimes: 0
})

/** Error bodies are `{"error": "…"}` at this made-up exchange. */
const refusal = (body: unknown): ExchangeClient.Refusal | undefined =>
  typeof body === "object" && body !== null && "error" in body
    ? { meaning: "Rejected", code: "7", message: String(body.error) }
    : undefined

const client = (baseUrl: string, changes: Partial<ExchangeClient.Options> = {}) =>
  ExchangeClient.make({
    exchange: Exchange.make("acme"),
    defaults: { baseUrl: BaseUrl.make(baseUrl), policy },
    settings: {},
    refusal,
    ...changes
  })

const request = { path: "/figure", query: { of: "龙虾" }, schema: Schema.Struct({ figure: Schema.String }) }

/** What the request comes to, in one line, when the made-up exchange answers with `reply`. */
const outcome = (reply: Playback.Reply) =>
  Effect.gen(function* () {
    const { get } = yield* client("https://acme.example")
    const result = yield* Effect.either(get(request))
    return Either.match(result, {
      onLeft: (error) => error.message,
      onRight: ({ value }) => value.figure
    })
  }).pipe(Effect.provideService(HttpClient.HttpClient, Playback.client(Playback.make({ "/figure": reply }))))

const unexpected = (status: number, detail: string) =>
  `unexpected response to GET /figure?of=龙虾 (HTTP ${status}): ${detail}`

describe("an answer", () => {
  for (const [what, reply, is] of [
    ["decodes", { body: '{"figure":"1"}' }, "1"],
    ["may begin with a byte order mark", { body: '\uFEFF{"figure":"1"}' }, "1"],
    ["may be in gzip", { body: new Uint8Array(gzipSync('{"figure":"1"}')) }, "1"],
    ["that is empty is refused", { body: "" }, unexpected(200, "the body is empty")],
    ["that breaks off is refused", { body: '{"figure":' }, unexpected(200, 'not JSON: "{\\"figure\\":"')],
    [
      "that is a web page is refused by its title",
      { body: "<!DOCTYPE html><html><head><title>Acme\n</title></head></html>" },
      unexpected(200, 'not JSON: "Acme"')
    ],
    ["without the field is refused", { body: "{}" }, unexpected(200, "figure: is missing")],
    [
      "with an error inside a success is refused",
      { body: '{"error":"no","figure":"1"}' },
      unexpected(200, 'the exchange refuses it with code 7: "no"')
    ],
    [
      "that is no UTF-8 is refused",
      { body: new Uint8Array([0x7b, 0xff, 0x7d]) },
      unexpected(200, "the body is not valid UTF-8")
    ],
    [
      "in broken gzip is refused",
      { body: new Uint8Array([0x1f, 0x8b, 0, 0]) },
      unexpected(200, "the body is not valid gzip")
    ],
    [
      "over 8 MB is refused",
      { body: `{"figure":"${"1".repeat(8 * 1024 * 1024)}"}` },
      unexpected(200, "the body is longer than 8 MB")
    ],
    [
      "that inflates to over 8 MB is refused",
      { body: new Uint8Array(gzipSync(`{"figure":"${"1".repeat(8 * 1024 * 1024)}"}`)) },
      unexpected(200, "the body is longer than 8 MB")
    ],
    [
      "that redirects is refused",
      { status: 302, headers: { location: "/other" }, body: "" },
      unexpected(302, "a redirect, which is not followed")
    ],
    ["with no content is refused", { status: 201, body: "made" }, unexpected(201, 'not a success: "made"')],
    ["404 is refused", { status: 404, body: "gone" }, unexpected(404, 'not a success: "gone"')],
    ["429 is a rate limit", { status: 429, body: "" }, "rate limited: acme takes no more requests from this address"],
    ["418 is a ban", { status: 418, body: "<html>" }, "banned: acme has shut out this address"],
    ["403 is a firewall", { status: 403, body: "no" }, 'forbidden: acme refuses this address (HTTP 403: "no")'],
    ["451 is a place", { status: 451, body: "no" }, 'forbidden: acme does not serve this location (HTTP 451: "no")'],
    ["500 is a failure", { status: 500, body: "" }, 'unavailable: acme answers HTTP 500: ""'],
    ["408 is a failure", { status: 408, body: "slow" }, 'unavailable: acme answers HTTP 408: "slow"'],
    [
      "that never comes is a reset",
      "reset",
      "unavailable: cannot reach https://acme.example: connection reset (ECONNRESET)"
    ],
    [
      "with control characters is quoted without them",
      { status: 500, body: "a\u001b[31mb\r\n\u202Ec" },
      'unavailable: acme answers HTTP 500: "a [31mb c"'
    ]
  ] as const satisfies ReadonlyArray<readonly [string, Playback.Reply, string]>) {
    it.live(what, () => Effect.map(outcome(reply), (text) => assert.strictEqual(text, is)))
  }
})

describe("a hint when to come back", () => {
  const until = (headers: Record<string, string>, hint?: number) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const { get } = yield* client("https://acme.example", {
        refusal: () => ({ meaning: "Rejected", code: "7", message: "wait", until: hint })
      })
      const error = yield* Effect.flip(get(request))
      if (error._tag !== "RateLimited") return yield* Effect.dieMessage(error._tag)
      return Option.getOrUndefined(Option.map(error.until, DateTime.formatIso))
    }).pipe(
      Effect.provideService(
        HttpClient.HttpClient,
        Playback.client(Playback.make({ "/figure": { status: 429, headers, body: "{}" } }))
      )
    )

  it.effect("is the later of Retry-After and the time in the message, where they make sense", () =>
    Effect.gen(function* () {
      const now = Date.UTC(2026, 0, 1)
      assert.strictEqual(yield* until({ "retry-after": "90" }), "2026-01-01T00:01:30.000Z")
      assert.strictEqual(yield* until({ "Retry-After": "90" }, now + 120_000), "2026-01-01T00:02:00.000Z")
      assert.strictEqual(yield* until({ "retry-after": "90" }, now - 1), "2026-01-01T00:01:30.000Z")
      assert.isUndefined(yield* until({}))
      assert.isUndefined(yield* until({ "retry-after": "soon" }))
      assert.isUndefined(yield* until({ "retry-after": String(4 * 24 * 60 * 60) }))
    })
  )
})

describe("after a refusal that holds for a while", () => {
  const asking = (replies: ReadonlyArray<Playback.Reply>, settings: ExchangeClient.Settings = {}) =>
    Effect.gen(function* () {
      const playback = Playback.make({ "/figure": replies })
      const { get } = yield* Effect.provideService(
        client("https://acme.example", { settings }),
        HttpClient.HttpClient,
        Playback.client(playback)
      )
      const ask = Effect.map(Effect.either(get(request)), (result) => (Either.isLeft(result) ? result.left._tag : "ok"))
      return { ask, sent: () => playback.received.length }
    })
  const fine = { body: '{"figure":"1"}' }

  it.effect("nothing is sent until the stated time, and the error stays the same", () =>
    Effect.gen(function* () {
      const { ask, sent } = yield* asking([{ status: 429, headers: { "retry-after": "30" }, body: "" }, fine])
      assert.strictEqual(yield* ask, "RateLimited")
      yield* TestClock.adjust("29999 millis")
      assert.deepStrictEqual([yield* ask, yield* ask, sent()], ["RateLimited", "RateLimited", 1])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([yield* ask, sent()], ["ok", 2])
    })
  )

  it.effect("a retry is not sent either, and of two times the later counts", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<Playback.Reply> = [
        { status: 503, body: "", after: "1 second" },
        { status: 429, headers: { "retry-after": "60" }, body: "", after: "1 second" },
        { status: 429, headers: { "retry-after": "5" }, body: "", after: "1100 millis" },
        fine
      ]
      const { ask, sent } = yield* asking(answers, { policy: new Policy({ ...policy, retryTimes: 3 }) })
      const fiber = yield* Effect.fork(Effect.all([ask, ask, ask], { concurrency: "unbounded" }))
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["RateLimited", "RateLimited", "RateLimited"])
      yield* TestClock.adjust("45999 millis")
      assert.deepStrictEqual([yield* ask, sent()], ["RateLimited", 3])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([yield* ask, sent()], ["ok", 4])
    })
  )

  it.effect("the time of our own is told, and a clock that is set back does not stretch it", () =>
    Effect.gen(function* () {
      const playback = Playback.make({ "/figure": [{ status: 418, body: "" }, fine] })
      const { get } = yield* Effect.provideService(
        client("https://acme.example"),
        HttpClient.HttpClient,
        Playback.client(playback)
      )
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      yield* Effect.flip(get(request))
      const clock = yield* Effect.clock
      const setBack: Clock.Clock = {
        ...clock,
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) => clock.sleep(duration),
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now - 3_600_000),
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() - 3_600_000,
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos()
      }
      const again = yield* Effect.flip(Effect.withClock(get(request), setBack))
      assert.strictEqual(again.message, "banned: acme has shut out this address until 2026-01-01T00:02:00.000Z")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Effect.withClock(get(request), setBack)).value.figure, "1")
    })
  )

  it.effect("a time in the message counts where there is none in the headers", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const until = Date.UTC(2026, 0, 1) + 30_000
      const playback = Playback.make({ "/figure": [{ status: 418, body: "{}" }, fine] })
      const { get } = yield* Effect.provideService(
        client("https://acme.example", {
          refusal: (body) =>
            JSON.stringify(body) === "{}" ? { meaning: "Banned", code: "7", message: "wait", until } : undefined
        }),
        HttpClient.HttpClient,
        Playback.client(playback)
      )
      yield* Effect.flip(get(request))
      yield* TestClock.adjust("29999 millis")
      assert.strictEqual((yield* Effect.flip(get(request)))._tag, "Banned")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* get(request)).value.figure, "1")
    })
  )

  it.effect("a ban without a time holds for two minutes, a rate limit without one for none", () =>
    Effect.gen(function* () {
      const banned = yield* asking([{ status: 418, body: "" }, fine])
      assert.strictEqual(yield* banned.ask, "Banned")
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual(yield* banned.ask, "Banned")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* banned.ask, banned.sent()], ["ok", 2])
      const limited = yield* asking([{ status: 429, body: "" }, fine])
      assert.deepStrictEqual([yield* limited.ask, yield* limited.ask, limited.sent()], ["RateLimited", "ok", 2])
    })
  )
})

describe("the attempt's timeout", () => {
  it.effect("ends a wait for the headers", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(outcome({ body: "", after: Duration.infinity }))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "timed out: no complete answer to one request within 5s")
    })
  )
})

const clients = {
  "node:http": Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer({ keepAlive: true })),
  undici: NodeHttpClient.layerUndici,
  fetch: FetchHttpClient.layer
}

for (const [name, layer] of Object.entries(clients)) {
  describe(`over real HTTP with ${name}`, () => {
    const get = (reply: Playback.Reply, changes: Partial<ExchangeClient.Options> = {}) =>
      Effect.gen(function* () {
        const playback = Playback.make({ "/figure": reply, "/other": { body: '{"figure":"2"}' } })
        const { get } = yield* client(yield* Playback.serve(playback), changes)
        const result = yield* Effect.either(get(request))
        const text = Either.match(result, { onLeft: (error) => error.message, onRight: ({ value }) => value.figure })
        return { text, received: playback.received }
      }).pipe(Effect.scoped, Effect.provide(layer))

    it.live("the request arrives as it was meant, and the answer is read", () =>
      Effect.gen(function* () {
        const { received, text } = yield* get({ body: '{"figure":"1"}' })
        assert.strictEqual(text, "1")
        assert.deepStrictEqual(
          received.map(({ path }) => path),
          ["/figure?of=%E9%BE%99%E8%99%BE"]
        )
        assert.match(received[0]?.headers["user-agent"] ?? "", /^open-interest\//)
        assert.strictEqual(received[0]?.headers["accept-encoding"], "gzip")
        assert.notProperty(received[0]?.headers, "traceparent")
      })
    )

    it.live("gzip is inflated", () =>
      Effect.gen(function* () {
        const body = new Uint8Array(gzipSync('{"figure":"1"}'))
        assert.strictEqual((yield* get({ body, headers: { "content-encoding": "gzip" } })).text, "1")
      })
    )

    it.live("a redirect is not followed", () =>
      Effect.gen(function* () {
        const { received, text } = yield* get({ status: 302, headers: { location: "/other" }, body: "" })
        assert.strictEqual(text, unexpected(302, "a redirect, which is not followed"))
        assert.strictEqual(received.length, 1)
      })
    )

    it.live("a reset is a failure", () =>
      Effect.gen(function* () {
        assert.match((yield* get("reset")).text, /^unavailable: cannot reach http:\/\/127\.0\.0\.1:\d+: /)
      })
    )

    it.live("a body that breaks off is a failure", () =>
      Effect.gen(function* () {
        const headers = { "content-length": "100", connection: "close" }
        const { text } = yield* get({ body: '{"figure":"1"}', headers })
        assert.match(text, /^unavailable: the answer broke off: /)
      })
    )

    it.live("a refusal counts though its body breaks off or never ends", () =>
      Effect.gen(function* () {
        const retrying = { settings: { policy: new Policy({ ...policy, retryTimes: 3 }) } }
        for (const headers of [{ "content-length": "100" }, { "content-length": "100", connection: "close" }]) {
          const { received, text } = yield* get({ status: 418, body: "{", headers }, retrying)
          assert.strictEqual(text, "banned: acme has shut out this address")
          assert.lengthOf(received, 1)
        }
        const impatient = new Policy({ ...policy, attemptTimeout: Duration.millis(200), retryTimes: 1 })
        const endless = { status: 418, body: "{", headers: { "content-length": "100" } }
        const { received, text } = yield* get(endless, { settings: { policy: impatient } })
        assert.match(text, /^banned: acme has shut out this address until /)
        assert.lengthOf(received, 1)
      })
    )

    it.live("a body that stops halfway is bounded by the attempt's timeout", () =>
      Effect.gen(function* () {
        const { text } = yield* get(
          { body: '{"figure":"1"}', headers: { "content-length": "100" } },
          {
            settings: { policy: new Policy({ ...policy, attemptTimeout: Duration.millis(100) }) }
          }
        )
        assert.strictEqual(text, "timed out: no complete answer to one request within 100ms")
      })
    )
  })
}

describe("without a network", () => {
  it.live("a server that speaks no TLS says so", () =>
    Effect.gen(function* () {
      const plain = yield* Playback.serve(Playback.make({}))
      const { get } = yield* client(plain.replace("http:", "https:"))
      const error = yield* Effect.flip(get(request))
      assert.match(
        error.message,
        /^unavailable: cannot reach https:\/\/127\.0\.0\.1:\d+: no secure connection \([A-Z_]+\)$/
      )
    }).pipe(Effect.scoped, Effect.provide(clients["node:http"]))
  )

  it.live("a refused connection says so", () =>
    Effect.gen(function* () {
      const { get } = yield* client("http://127.0.0.1:9")
      const error = yield* Effect.flip(get(request))
      assert.strictEqual(
        error.message,
        "unavailable: cannot reach http://127.0.0.1:9: connection refused (ECONNREFUSED)"
      )
    }).pipe(Effect.provide(clients["node:http"]))
  )
})
