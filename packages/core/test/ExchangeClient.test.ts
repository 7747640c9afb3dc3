import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { gzipSync } from "node:zlib"
import * as Backoff from "../src/Backoff.ts"
import * as BaseUrl from "../src/BaseUrl.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import * as Exchange from "../src/Exchange.ts"
import * as ExchangeClient from "../src/ExchangeClient.ts"
import * as Policy from "../src/Policy.ts"
import * as Pools from "../src/Pools.ts"
import * as Quota from "../src/Quota.ts"
import * as SourceError from "../src/SourceError.ts"

const policy = Policy.make(Policy.timeout("20 seconds"), Policy.timeout("5 seconds"))

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

const pool = (name: string) =>
  new Quota.Pool({ name, unit: "weight", windows: Data.tuple(Quota.window(10, "1 minute")) })

const request = {
  path: "/figure",
  query: { of: "龙虾" },
  costs: [{ pool: pool("figures"), weight: 1 }],
  schema: Schema.Struct({ figure: Schema.String })
}

/** What the request comes to, in one line, when the made-up exchange answers with `reply`. */
const outcome = (reply: Playback.Reply) =>
  Effect.gen(function* () {
    const { get, operation } = yield* client("https://acme.example")
    const result = yield* Effect.either(operation({ name: "figure" })(get(request)))
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
      "over 8 MB in chunks is refused, whatever length it states beside them",
      {
        headers: { "content-length": "14", "transfer-encoding": "chunked" },
        body: `{"figure":"1"}${" ".repeat(8 * 1024 * 1024)}`
      },
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
    ["201 is refused", { status: 201, body: "made" }, unexpected(201, 'not a success: "made"')],
    ["with no content is refused", { status: 204, body: "" }, unexpected(204, "not a success")],
    ["404 is refused", { status: 404, body: "gone" }, unexpected(404, 'not a success: "gone"')],
    [
      "429 is a rate limit until the window of the pool has passed",
      { status: 429, body: "" },
      "rate limited: acme takes no more requests from this address until 1970-01-01T00:01:00.000Z"
    ],
    [
      "418 is a ban for two minutes",
      { status: 418, body: "<html>" },
      "banned: acme has shut out this address until 1970-01-01T00:02:00.000Z"
    ],
    [
      "that says nonsense of when to come back is quoted with it",
      { status: 418, headers: { "retry-after": "soon" }, body: "" },
      'banned: acme has shut out this address until 1970-01-01T00:02:00.000Z (its Retry-After "soon" is unreadable)'
    ],
    [
      "503 that says nonsense of when to come back is quoted with it, too",
      { status: 503, headers: { "retry-after": "-1" }, body: "" },
      'unavailable: acme answers HTTP 503 (its Retry-After "-1" is unreadable)'
    ],
    [
      "403 is a firewall",
      { status: 403, body: "no" },
      'forbidden: acme refuses this address (HTTP 403: "no") until 1970-01-01T00:02:00.000Z'
    ],
    ["451 is a place", { status: 451, body: "no" }, 'forbidden: acme does not serve this location (HTTP 451: "no")'],
    ["500 is a failure", { status: 500, body: "" }, "unavailable: acme answers HTTP 500"],
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
    it.effect(what, () => Effect.map(outcome(reply), (text) => assert.strictEqual(text, is)))
  }
})

/** A client whose requests are played, with the times at which they left, in milliseconds since it was made. */
const playing = (
  routes: Playback.Routes,
  settings: ExchangeClient.Settings = {},
  changes: Partial<ExchangeClient.Options> = {}
) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const sent: Array<number> = []
    const httpClient = HttpClient.tapRequest(Playback.client(Playback.make(routes)), () =>
      Effect.map(Clock.currentTimeMillis, (now) => sent.push(now - began))
    )
    const { get, getSymbol, operation, transitions } = yield* Effect.provideService(
      client("https://acme.example", { settings, ...changes }),
      HttpClient.HttpClient,
      httpClient
    )
    const asked = operation({ name: "figure" })
    return {
      get: asked(get(request)),
      getOther: asked(get({ ...request, path: "/other", costs: [{ pool: pool("others"), weight: 1 }] })),
      getSymbol: asked(getSymbol("BTC", request)),
      getHeavy: (weight: number) => asked(get({ ...request, costs: [{ pool: pool("figures"), weight }] })),
      transitions,
      sent
    }
  })

/** The tag of the error, or `ok`. */
const tag = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<string, never, R> => Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => "ok" })

/** How it ends, and after how many milliseconds; lets the time pass that it needs, at most ten minutes. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zip(Effect.either(effect), Clock.currentTimeMillis))
    yield* TestClock.adjust("10 minutes")
    const [result, ended] = yield* Fiber.join(fiber)
    return { result, took: ended - began }
  })

const figure: Playback.Reply = { body: '{"figure":"1"}' }

/** Bodies such as `{"error":"Banned","until":1}`, whose words are what they mean. */
const worded = (body: unknown): ExchangeClient.Refusal | undefined =>
  typeof body === "object" && body !== null && "error" in body
    ? {
        meaning: body.error as ExchangeClient.Meaning,
        code: "7",
        message: `it says ${body.error}`,
        until: "until" in body ? Number(body.until) : undefined
      }
    : undefined

describe("a hint when to come back", () => {
  const start = Date.UTC(2026, 0, 1)

  const until = (headers: Record<string, string>, stated?: number) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const body = JSON.stringify({ error: "Rejected", until: stated })
      const { get } = yield* playing({ "/figure": { status: 429, headers, body } }, {}, { refusal: worded })
      const error = yield* Effect.flip(get)
      if (error._tag !== "RateLimited") return yield* Effect.dieMessage(error._tag)
      return Option.getOrUndefined(Option.map(error.until, DateTime.formatIso))
    })

  for (const [what, headers, stated, is] of [
    ["may be a Retry-After", { "retry-after": "90" }, undefined, "2026-01-01T00:01:30.000Z"],
    ["may stand in the message", {}, start + 30_000, "2026-01-01T00:00:30.000Z"],
    ["is the later of both", { "Retry-After": "90" }, start + 120_000, "2026-01-01T00:02:00.000Z"],
    ["does not count where it has passed", { "retry-after": "90" }, start - 1, "2026-01-01T00:01:30.000Z"],
    ["is by default the window of the pool", {}, undefined, "2026-01-01T00:01:00.000Z"],
    ["that is nonsense is none", { "retry-after": "soon" }, undefined, "2026-01-01T00:01:00.000Z"],
    ["over three days is none", { "retry-after": "345600" }, undefined, "2026-01-01T00:01:00.000Z"],
    [
      "is measured by the clock of the exchange where ours is fast, and told by ours",
      { "retry-after": "Wed, 31 Dec 2025 23:02:00 GMT", date: "Wed, 31 Dec 2025 23:00:00 GMT" },
      undefined,
      "2026-01-01T00:02:00.000Z"
    ]
  ] as const) {
    it.effect(what, () => Effect.map(until(headers, stated), (time) => assert.strictEqual(time, is)))
  }

  it.effect("in a message is measured by the clock of the exchange, too", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const headers = { date: "Wed, 31 Dec 2025 23:00:00 GMT" }
      const body = JSON.stringify({ error: "Banned", until: start - 3_600_000 + 30_000 })
      const { get, sent } = yield* playing(
        { "/figure": [{ status: 418, headers, body }, figure] },
        {},
        { refusal: worded }
      )
      assert.include((yield* Effect.flip(get)).message, "until 2026-01-01T00:00:30.000Z")
      yield* TestClock.adjust("29999 millis")
      const soon = yield* Effect.fork(get)
      yield* TestClock.adjust("0 millis")
      assert.deepStrictEqual(sent, [0])
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(soon)).value.figure, "1")
      assert.deepStrictEqual(sent, [0, 30_000])
    })
  )
})

describe("after a refusal that holds for a while", () => {
  it.effect("nothing is sent until the stated time; who has less time fails at once with the same error", () =>
    Effect.gen(function* () {
      const { get, getOther, sent } = yield* playing({
        "/figure": [{ status: 418, headers: { "retry-after": "30" }, body: "" }, figure],
        "/other": figure
      })
      assert.strictEqual(yield* tag(get), "Banned")
      yield* TestClock.adjust("9 seconds")
      const again = yield* Effect.flip(get)
      assert.strictEqual(
        again.message,
        "banned: acme has shut out this address until 1970-01-01T00:00:30.000Z; not asked again"
      )
      assert.strictEqual(yield* tag(getOther), "Banned")
      yield* TestClock.adjust("2 seconds")
      const waiting = yield* Effect.fork(tag(get))
      yield* TestClock.adjust("18999 millis")
      assert.deepStrictEqual(sent, [0])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([yield* Fiber.join(waiting), sent], ["ok", [0, 30_000]])
    })
  )

  it.effect("a 429 closes its own pool only", () =>
    Effect.gen(function* () {
      const { get, getOther, sent } = yield* playing({
        "/figure": [{ status: 429, headers: { "retry-after": "30" }, body: "" }, figure],
        "/other": figure
      })
      assert.deepStrictEqual(
        [yield* tag(get), yield* tag(get), yield* tag(getOther)],
        ["RateLimited", "RateLimited", "ok"]
      )
      assert.lengthOf(sent, 2)
    })
  )

  for (const status of [418, 403]) {
    it.effect(`a ${status} closes the exchange`, () =>
      Effect.gen(function* () {
        const { getOther, get, sent } = yield* playing({ "/figure": { status, body: "" }, "/other": figure })
        const told = yield* Effect.flip(get)
        const gate = yield* Effect.flip(getOther)
        assert.deepStrictEqual([gate._tag, sent.length], [told._tag, 1])
        assert.include(gate.message, "until 1970-01-01T00:02:00.000Z; not asked again")
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* tag(getOther), "ok")
      })
    )
  }

  for (const status of [418, 403]) {
    it.effect(`a ${status} closes the exchange for as long as it is known to last, unless it says how long`, () =>
      Effect.gen(function* () {
        const replies = [
          { status, headers: { "retry-after": "60" }, body: "" },
          { status, body: "" }
        ]
        const { get } = yield* playing({ "/figure": replies }, {}, { unstatedBan: "10 minutes" })
        yield* Effect.flip(get)
        assert.include((yield* Effect.flip(get)).message, "until 1970-01-01T00:01:00.000Z; not asked again")
        yield* TestClock.adjust("1 minute")
        yield* Effect.flip(get)
        assert.include((yield* Effect.flip(get)).message, "until 1970-01-01T00:11:00.000Z; not asked again")
      })
    )
  }

  it.effect("a 429 without a time is not taken for a ban, however long one is known to last", () =>
    Effect.gen(function* () {
      const { get } = yield* playing({ "/figure": [{ status: 429, body: "" }, figure] }, {}, { unstatedBan: "1 hour" })
      yield* Effect.flip(get)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* tag(get), "ok")
    })
  )

  it.effect("a 451 closes nothing, whatever else the answer says", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ error: "Banned", until: 60_000 })
      const reply = { status: 451, headers: { "retry-after": "30" }, body }
      const { getOther, get, sent } = yield* playing({ "/figure": reply, "/other": figure }, {}, { refusal: worded })
      assert.deepStrictEqual([yield* tag(get), yield* tag(get), yield* tag(getOther)], ["Forbidden", "Forbidden", "ok"])
      assert.lengthOf(sent, 3)
    })
  )

  it.effect("a retry is not sent either, and of two times the later counts", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing(
        {
          "/figure": [
            figure,
            { status: 503, body: "", after: "1 second" },
            { status: 429, headers: { "retry-after": "60" }, body: "", after: "1 second" },
            { status: 429, headers: { "retry-after": "5" }, body: "", after: "1100 millis" },
            figure
          ]
        },
        { policy: Policy.withRetry(policy, { times: 3 }) }
      )
      yield* get
      const fiber = yield* Effect.fork(Effect.all([tag(get), tag(get), tag(get)], { concurrency: "unbounded" }))
      yield* TestClock.adjust("2 seconds")
      // The one that was rate limited for five seconds meets a gate that is closed for 60.
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["RateLimited", "RateLimited", "RateLimited"])
      assert.lengthOf(sent, 4)
    })
  )

  it.effect("a wait is measured by the monotonic clock: one that is set back does not stretch it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const clock = yield* Effect.clock
      let back = 0
      const settable: Clock.Clock = {
        ...clock,
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        currentTimeNanos: clock.currentTimeNanos,
        sleep: (duration) => clock.sleep(duration),
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now - back),
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() - back,
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos()
      }
      const { get } = yield* playing({ "/figure": [{ status: 418, body: "" }, figure] })
      const ask = Effect.withClock(get, settable)
      yield* Effect.flip(ask)
      back = 3_600_000
      const again = yield* Effect.flip(ask)
      assert.include(again.message, "banned: acme has shut out this address until 2026-01-01T00:02:00.000Z")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* ask).value.figure, "1")
    })
  )

  it.effect("nothing leaves from the moment its head arrives, though its body never ends", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const endless = HttpClient.make((request) =>
        Effect.sync(() => {
          sent.push(request.url)
          const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([123])) })
          return HttpClientResponse.fromWeb(
            request,
            new Response(body, { status: 418, headers: { "retry-after": "120" } })
          )
        })
      )
      const { get, operation } = yield* Effect.provideService(
        client("https://acme.example"),
        HttpClient.HttpClient,
        endless
      )
      const ask = Effect.timed(Effect.flip(operation({ name: "figure" })(get(request))))
      const first = yield* Effect.fork(ask)
      yield* TestClock.adjust("0 millis")
      assert.lengthOf(sent, 1)
      const second = yield* Effect.fork(ask)
      yield* TestClock.adjust("1 seconds")
      for (const fiber of [first, second]) {
        const [took, error] = yield* Fiber.join(fiber)
        assert.deepStrictEqual([error._tag, Duration.toMillis(took)], ["Banned", 1000])
        // From the arrival of the head, at second 0, nothing of the two minutes is lost.
        assert.include(error.message, "until 1970-01-01T00:02:0")
      }
      assert.lengthOf(sent, 1)
    })
  )

  it.effect("it holds though who sent the request is gone before the body has ended", () =>
    Effect.gen(function* () {
      const endless = HttpClient.make((request) =>
        Effect.sync(() =>
          HttpClientResponse.fromWeb(
            request,
            new Response(new ReadableStream(), { status: 418, headers: { "retry-after": "90" } })
          )
        )
      )
      const { get, operation } = yield* Effect.provideService(
        client("https://acme.example"),
        HttpClient.HttpClient,
        endless
      )
      const ask = operation({ name: "figure" })(get(request))
      const gone = yield* Effect.fork(ask)
      yield* TestClock.adjust("10 millis")
      yield* Fiber.interrupt(gone)
      const error = yield* Effect.flip(ask)
      assert.include(error.message, "until 1970-01-01T00:01:30.000Z; not asked again")
    })
  )

  describe("worded in the body of another status,", () => {
    for (const [status, error, until, tags] of [
      [400, "RateLimited", undefined, ["RateLimited", "RateLimited", "ok"]],
      [200, "RateLimited", undefined, ["RateLimited", "RateLimited", "ok"]],
      [400, "Banned", undefined, ["Banned", "Banned", "Banned"]],
      [200, "Banned", 60_000, ["Banned", "Banned", "Banned"]],
      [429, "Banned", 60_000, ["Banned", "Banned", "Banned"]],
      [500, "Banned", 60_000, ["Banned", "Banned", "Banned"]],
      [418, "RateLimited", 60_000, ["Banned", "Banned", "Banned"]],
      [400, "Unavailable", undefined, ["Unavailable", "ok", "ok"]]
    ] as const) {
      it.effect(`${error} with HTTP ${status} closes what it would close by its own`, () =>
        Effect.gen(function* () {
          const { getOther, get, sent } = yield* playing(
            { "/figure": [{ status, body: JSON.stringify({ error, until }) }, figure], "/other": figure },
            {},
            { refusal: worded }
          )
          assert.deepStrictEqual([yield* tag(get), yield* tag(get), yield* tag(getOther)], [...tags])
          assert.lengthOf(sent, tags.filter((each) => each === "ok").length + 1)
        })
      )
    }
  })
})

describe("what an error means for the policy:", () => {
  const second = Duration.seconds(1)
  const backoff = { base: second, cap: second, jitter: "none" as const }
  const retrying = Policy.withRetry(policy, { times: 1, backoff })

  for (const [what, reply, is, sentAt] of [
    ["an outage is asked again", { status: 503, body: "" }, "ok", [0, 1000]],
    ["a reset is asked again", "reset", "ok", [0, 1000]],
    [
      "an outage with a time is asked again then",
      { status: 503, headers: { "retry-after": "3" }, body: "" },
      "ok",
      [0, 3000]
    ],
    [
      "an outage with a time beyond ours is not",
      { status: 503, headers: { "retry-after": "21" }, body: "" },
      "Unavailable",
      [0]
    ],
    ["an attempt out of time is asked again", { body: "", after: Duration.infinity }, "ok", [0, 6000]],
    [
      "a rate limit is asked again when it ends",
      { status: 429, headers: { "retry-after": "7" }, body: "" },
      "ok",
      [0, 7000]
    ],
    ["a rate limit beyond our time is not", { status: 429, body: "" }, "RateLimited", [0]],
    ["a ban is asked again when it ends", { status: 418, headers: { "retry-after": "7" }, body: "" }, "ok", [0, 7000]],
    ["a ban beyond our time is not", { status: 418, headers: { "retry-after": "120" }, body: "" }, "Banned", [0]],
    ["a firewall is not", { status: 403, headers: { "retry-after": "1" }, body: "" }, "Forbidden", [0]],
    ["a place that is not served is not", { status: 451, body: "" }, "Forbidden", [0]],
    ["a strange answer is not", { body: "{}" }, "UnexpectedResponse", [0]],
    ["an unknown symbol is not", { status: 400, body: '{"error":"UnknownSymbol"}' }, "UnknownSymbol", [0]],
    [
      "a symbol that does not trade is not",
      { status: 400, body: '{"error":"SymbolNotTrading"}' },
      "SymbolNotTrading",
      [0]
    ]
  ] as const satisfies ReadonlyArray<readonly [string, Playback.Reply, string, ReadonlyArray<number>]>) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const { getSymbol, sent } = yield* playing(
          { "/figure": [reply, figure] },
          { policy: retrying },
          { refusal: worded }
        )
        const { result, took } = yield* timed(tag(getSymbol))
        assert.deepStrictEqual([result, sent], [Either.right(is), [...sentAt]])
        if (is !== "ok") assert.strictEqual(took, 0, "it fails at once")
      })
    )
  }

  it.effect("the reason of the last failure is reported, not that it was not asked again", () =>
    Effect.gen(function* () {
      const breaker = { tripPolicy: CircuitBreaker.consecutive(2), openDuration: Duration.minutes(1) }
      const { get, sent } = yield* playing(
        { "/figure": { status: 500, body: "" } },
        { policy: Policy.withCircuitBreaker(Policy.withRetry(retrying, { times: 5 }), breaker) }
      )
      const { result } = yield* timed(tag(get))
      assert.deepStrictEqual([result, sent], [Either.right("Unavailable"), [0, 1000]])
    })
  )

  const counting = Policy.make(
    Policy.timeout("1 second"),
    Policy.circuitBreaker({ tripPolicy: CircuitBreaker.consecutive(2), openDuration: "1 hour" }),
    Policy.timeout("500 millis")
  )

  /** What becomes of three calls where the second failure in a row opens the circuit. */
  for (const [what, reply, tags] of [
    ["an outage counts", { status: 503, body: "" }, ["Unavailable", "Unavailable", "CircuitOpen"]],
    ["an attempt out of time counts", { body: "", after: Duration.infinity }, ["TimedOut", "TimedOut", "CircuitOpen"]],
    ["a strange answer does not", { body: "{}" }, ["UnexpectedResponse", "UnexpectedResponse", "UnexpectedResponse"]],
    ["a place that is not served counts", { status: 451, body: "" }, ["Forbidden", "Forbidden", "CircuitOpen"]],
    [
      "what a firewall keeps from being sent does not",
      { status: 403, body: "" },
      ["Forbidden", "Forbidden", "Forbidden"]
    ],
    ["what a ban keeps from being sent does not", { status: 418, body: "" }, ["Banned", "Banned", "Banned"]],
    [
      "what a rate limit keeps from being sent does not",
      { status: 429, body: "" },
      ["RateLimited", "RateLimited", "RateLimited"]
    ],
    [
      "an unknown symbol does not",
      { status: 400, body: '{"error":"UnknownSymbol"}' },
      ["UnknownSymbol", "UnknownSymbol", "UnknownSymbol"]
    ],
    [
      "a symbol that does not trade does not",
      { status: 400, body: '{"error":"SymbolNotTrading"}' },
      ["SymbolNotTrading", "SymbolNotTrading", "SymbolNotTrading"]
    ]
  ] as const satisfies ReadonlyArray<readonly [string, Playback.Reply, ReadonlyArray<string>]>) {
    it.effect(`for the circuit breaker ${what}`, () =>
      Effect.gen(function* () {
        const { getSymbol } = yield* playing({ "/figure": reply }, { policy: counting }, { refusal: worded })
        const fiber = yield* Effect.fork(Effect.all([tag(getSymbol), tag(getSymbol), tag(getSymbol)]))
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(yield* Fiber.join(fiber), [...tags])
      })
    )
  }

  it.effect("for the circuit breaker a ban and a rate limit count each time that they arrive", () =>
    Effect.gen(function* () {
      for (const status of [418, 429]) {
        const { get, sent } = yield* playing(
          { "/figure": { status, headers: { "retry-after": "2" }, body: "" } },
          { policy: counting }
        )
        const results: Array<string> = []
        for (let call = 0; call < 3; call++) {
          results.push(yield* tag(get))
          yield* TestClock.adjust("2 seconds")
        }
        assert.strictEqual(results[2], "CircuitOpen")
        assert.lengthOf(sent, 2)
      }
    })
  )

  it.effect("what was refused by the circuit breaker is asked again when it lets it through, where there is time", () =>
    Effect.gen(function* () {
      const breaker = { tripPolicy: CircuitBreaker.consecutive(1), openDuration: Duration.seconds(4) }
      const { get, sent } = yield* playing(
        { "/figure": [{ status: 503, body: "" }, figure] },
        { policy: Policy.withCircuitBreaker(Policy.withRetry(retrying, { times: 2 }), breaker) }
      )
      const { result } = yield* timed(tag(get))
      assert.deepStrictEqual([result, sent], [Either.right("ok"), [0, 4000]])
    })
  )
})

describe("the quota", () => {
  it.effect("is asked for one request at a time until the exchange can answer, whatever it says", () =>
    Effect.gen(function* () {
      for (const [index, [first, times]] of (
        [
          [figure, [0, 1000, 1000]],
          [{ status: 404, body: "" }, [0, 1000, 1000]],
          [{ body: "{}" }, [0, 1000, 1000]],
          [{ status: 500, body: "" }, [0, 1000, 2000]]
        ] as const
      ).entries()) {
        const baseUrl = BaseUrl.make(`https://acme${index}.example`)
        const { get, sent } = yield* playing(
          {
            "/figure": [
              { ...first, after: "1 second" },
              { ...figure, after: "1 second" }
            ]
          },
          { baseUrl }
        )
        yield* timed(Effect.all([tag(get), tag(get), tag(get)], { concurrency: "unbounded" }))
        assert.deepStrictEqual(sent, [...times])
      }
    })
  )

  it.effect("is shared by all clients of an origin, and half of it is ours", () =>
    Effect.gen(function* () {
      const one = yield* playing({ "/figure": figure })
      const two = yield* playing({ "/figure": figure })
      yield* Effect.all([one.get, two.get, one.get, two.get, one.get])
      const full = yield* Effect.flip(two.get)
      assert.strictEqual(
        full.message,
        "rate limited: our share of what acme allows is used up, by us or by others at this address; this request would have to wait until 1970-01-01T00:01:00.000Z"
      )
      assert.deepInclude(full, { by: "quota" })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* tag(two.get), "ok")
      assert.deepStrictEqual([one.sent.length, two.sent.length], [3, 3])
    })
  )

  it.effect("is taken by the share of the policy, and waited for where there is time", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing(
        { "/figure": figure },
        {
          policy: Policy.make(Policy.timeout("2 minutes"), Policy.quota({ fraction: 0.1 }), Policy.timeout("5 seconds"))
        }
      )
      const { result, took } = yield* timed(Effect.all([get, get]))
      assert.isTrue(Either.isRight(result))
      assert.deepStrictEqual([took, sent], [60_000, [0, 60_000]])
    })
  )

  it.effect("that a request never fits into fails it at once, and is no reason to ask again", () =>
    Effect.gen(function* () {
      const { getHeavy, sent } = yield* playing({ "/figure": figure }, { policy: Policy.standard })
      assert.strictEqual(yield* tag(getHeavy(5)), "ok")
      const { result, took } = yield* timed(Effect.flip(getHeavy(6)))
      assert.strictEqual(
        Either.getOrThrow(result).message,
        "rate limited: a weight of 6 never fits into the 5 that are our share of figures"
      )
      assert.deepStrictEqual([took, sent], [0, [0]])
    })
  )

  it.effect("is paid by each retry, too", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing(
        { "/figure": { status: 500, body: "" } },
        {
          policy: Policy.withRetry(policy, { times: 9, backoff: { factor: 1, jitter: "none" } })
        }
      )
      const { result } = yield* timed(Effect.flip(get))
      assert.strictEqual(Either.getOrThrow(result)._tag, "Unavailable")
      assert.deepStrictEqual(sent, [0, 250, 500, 750, 1000])
    })
  )
})

describe("the policy of one call", () => {
  it.effect("is that of the client with the changes around the call, which asks for nothing else", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing({ "/figure": { status: 503, body: "" } }, { policy: Policy.standard })
      const once: Effect.Effect<unknown, unknown, never> = Effect.provideService(
        get,
        Policy.Override,
        Policy.withRetry({ times: 0 })
      )
      yield* timed(once)
      assert.lengthOf(sent, 1)
      yield* timed(get)
      assert.lengthOf(sent, 6)
    })
  )

  it.effect("has the circuit, the bulkhead and the budget that it has in common with the others", () =>
    Effect.gen(function* () {
      const breaker = { tripPolicy: CircuitBreaker.consecutive(2), openDuration: "1 minute" } as const
      const { get } = yield* playing(
        { "/figure": { status: 503, body: "" } },
        {
          policy: Policy.make(Policy.timeout("20 seconds"), Policy.circuitBreaker(breaker), Policy.timeout("5 seconds"))
        }
      )
      assert.strictEqual(yield* tag(get), "Unavailable")
      const changed = Effect.provideService(get, Policy.Override, Policy.withAttemptTimeout("1 second"))
      assert.strictEqual(yield* tag(changed), "Unavailable")
      assert.strictEqual(yield* tag(get), "CircuitOpen")
    })
  )
})

describe("the changes of the circuit breaker", () => {
  it.effect("are a stream", () =>
    Effect.gen(function* () {
      const breaker = { tripPolicy: CircuitBreaker.consecutive(1), openDuration: "1 second" } as const
      const { get, transitions } = yield* playing(
        { "/figure": [{ status: 503, body: "" }, figure] },
        {
          policy: Policy.make(Policy.timeout("20 seconds"), Policy.circuitBreaker(breaker), Policy.timeout("5 seconds"))
        }
      )
      const seen = yield* Effect.fork(Stream.runCollect(Stream.take(transitions, 3)))
      yield* TestClock.adjust("0 millis")
      yield* tag(get)
      yield* TestClock.adjust("1 second")
      yield* get
      assert.deepStrictEqual(
        Array.from(yield* Fiber.join(seen), ({ to }) => to),
        ["Open", "HalfOpen", "Closed"]
      )
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

  it.effect("does not run while a request waits for its turn", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing({
        "/figure": [
          { status: 429, headers: { "retry-after": "10" }, body: "" },
          { ...figure, after: "4 seconds" }
        ]
      })
      yield* Effect.flip(get)
      const { result, took } = yield* timed(get)
      assert.isTrue(Either.isRight(result))
      assert.deepStrictEqual([took, sent], [14_000, [0, 10_000]])
    })
  )
})

describe("the total timeout", () => {
  it.effect("ends an operation that never gets an answer, and says so", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing(
        { "/figure": { body: "", after: Duration.infinity } },
        { policy: Policy.standard }
      )
      const { result, took } = yield* timed(Effect.flip(get))
      assert.strictEqual(Either.getOrThrow(result).message, "timed out: no result within 20s")
      assert.deepStrictEqual([took, sent.length], [20_000, 4])
    })
  )

  it.effect("is that of the operation also within a caller's own policy, which may end it earlier", () =>
    Effect.gen(function* () {
      const { get } = yield* playing(
        { "/figure": { body: "", after: Duration.infinity } },
        { policy: Policy.timeout("20 seconds") }
      )
      const again = Policy.retry({ times: 1, backoff: Backoff.constant("1 second") })
      for (const [own, message, millis] of [
        [Policy.timeout("1 minute"), "no result within 20s", 20_000],
        [again, "no result within 20s", 41_000],
        [Policy.make(Policy.timeout("1 minute"), again), "no result within 20s", 41_000],
        [Policy.make(Policy.timeout("1 minute"), Policy.retry({ times: 0 })), "no result within 20s", 20_000],
        [Policy.timeout("3 seconds"), "given up by the caller", 3000]
      ] as const) {
        const run = Policy.run<SourceError.SourceError, SourceError.SourceError>(own, {
          classify: () => ({ _tag: "Transient", notBefore: Option.none() }),
          reject: () =>
            new SourceError.Unavailable({
              exchange: Exchange.make("acme"),
              symbol: undefined,
              detail: "given up by the caller"
            })
        })
        const { result, took } = yield* timed(Effect.flip(run(get)))
        assert.include(Either.getOrThrow(result).message, message)
        assert.strictEqual(took, millis)
      }
    })
  )

  it.effect("ends an operation that waits for the first answer to another", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* playing(
        { "/figure": { body: "", after: Duration.infinity } },
        { policy: Policy.timeout("20 seconds") }
      )
      const { result, took } = yield* timed(
        Effect.all([Effect.flip(get), Effect.flip(get)], { concurrency: "unbounded" })
      )
      for (const error of Either.getOrThrow(result)) {
        assert.strictEqual(error.message, "timed out: no result within 20s")
      }
      assert.deepStrictEqual([took, sent], [20_000, [0]])
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
    const get = (
      reply: Playback.Reply | ReadonlyArray<Playback.Reply>,
      changes: Partial<ExchangeClient.Options> = {}
    ) =>
      Effect.gen(function* () {
        const playback = Playback.make({ "/figure": reply, "/other": { body: '{"figure":"2"}' } })
        const { get, operation } = yield* client(yield* Playback.serve(playback), changes)
        const result = yield* Effect.either(operation({ name: "figure" })(get(request)))
        const text = Either.match(result, { onLeft: (error) => error.message, onRight: ({ value }) => value.figure })
        return { text, received: playback.received }
      }).pipe(Effect.scoped, Effect.provide([layer, Pools.layerMemory]))

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

    it.live("a body of a stated length is read, and one over 8 MB is refused by that or by what it inflates to", () =>
      Effect.gen(function* () {
        const stated = (body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
          Effect.map(get({ body, headers: { "content-length": String(body.length), ...headers } }), ({ text }) => text)
        const long = `{"figure":"1"}${" ".repeat(8 * 1024 * 1024)}`
        const zipped = new Uint8Array(gzipSync(long))
        const tooLong = unexpected(200, "the body is longer than 8 MB")
        assert.strictEqual(yield* stated('{"figure":"1"}'), "1")
        assert.strictEqual(yield* stated(long), tooLong)
        assert.strictEqual(yield* stated(zipped), tooLong)
        assert.strictEqual(yield* stated(zipped, { "content-encoding": "gzip" }), tooLong)
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

    it.live("a refusal counts though its body breaks off or never ends, and ends no attempt", () =>
      Effect.gen(function* () {
        const retrying = { settings: { policy: Policy.withRetry(policy, { times: 3 }) } }
        for (const headers of [{ "content-length": "100" }, { "content-length": "100", connection: "close" }]) {
          const { received, text } = yield* get({ status: 418, body: "{", headers }, retrying)
          assert.match(text, /^banned: acme has shut out this address until \S+Z$/)
          assert.lengthOf(received, 1)
        }
        const impatient = Policy.withAttemptTimeout(retrying.settings.policy, "200 millis")
        const endless = { status: 418, body: "{", headers: { "content-length": "100" } }
        const { received, text } = yield* get(endless, { settings: { policy: impatient } })
        assert.match(text, /^banned: acme has shut out this address until \S+Z$/)
        assert.lengthOf(received, 1)
      })
    )

    it.live("a reset is asked for again once", () =>
      Effect.gen(function* () {
        const settings = { policy: Policy.withRetry(policy, { times: 3, backoff: { base: Duration.millis(1) } }) }
        const { received, text } = yield* get(["reset", { body: '{"figure":"1"}' }], { settings })
        assert.deepStrictEqual([text, received.length], ["1", 2])
      })
    )

    it.live("a body that stops halfway is bounded by the attempt's timeout", () =>
      Effect.gen(function* () {
        const { text } = yield* get(
          { body: '{"figure":"1"}', headers: { "content-length": "100" } },
          {
            settings: { policy: Policy.withAttemptTimeout(policy, "100 millis") }
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
    }).pipe(Effect.scoped, Effect.provide([clients["node:http"], Pools.layerMemory]))
  )

  it.live("a refused connection says so", () =>
    Effect.gen(function* () {
      const { get } = yield* client("http://127.0.0.1:9")
      const error = yield* Effect.flip(get(request))
      assert.strictEqual(
        error.message,
        "unavailable: cannot reach http://127.0.0.1:9: connection refused (ECONNREFUSED)"
      )
    }).pipe(Effect.provide([clients["node:http"], Pools.layerMemory]))
  )
})

describe("a connection that can't be had", () => {
  const failingWith = (code: string) => {
    let attempts = 0
    const transformClient = () =>
      HttpClient.make((request) => {
        attempts += 1
        const cause = new AggregateError([Object.assign(new Error("refused by the test"), { code })])
        return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
      })
    return playing({}, { transformClient, policy: Policy.standard }).pipe(
      Effect.flatMap(({ get }) => Effect.flip(get)),
      Effect.map((error) => ({ error, attempts }))
    )
  }

  const insecure = {
    CERT_HAS_EXPIRED: ": the certificate has expired, by the clock of this machine",
    DEPTH_ZERO_SELF_SIGNED_CERT: ": the server has signed its certificate itself",
    ERR_TLS_CERT_ALTNAME_INVALID: ": the certificate is for another name",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: ": the certificate is signed by somebody who is not trusted here",
    ERR_SSL_NO_CIPHER_MATCH: ""
  }
  for (const [code, why] of Object.entries(insecure)) {
    it.effect(`for ${code} says why it is not secure`, () =>
      Effect.gen(function* () {
        const { error } = yield* failingWith(code)
        assert.include(error.message, `: no secure connection${why} (${code})`)
      })
    )
  }

  for (const code of ["ENOTFOUND", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"]) {
    it.effect(`for ${code} is not asked for again: it will be the same`, () =>
      Effect.gen(function* () {
        const { attempts, error } = yield* failingWith(code)
        assert.strictEqual(error._tag, "Unavailable")
        assert.include(error.message, code)
        assert.strictEqual(attempts, 1)
      })
    )
  }

  for (const code of ["EAI_AGAIN", "ECONNREFUSED", "ECONNRESET"]) {
    it.effect(`for ${code} is asked for again: it may pass`, () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(failingWith(code))
        yield* TestClock.adjust("1 minute")
        const { attempts, error } = yield* Fiber.join(fiber)
        assert.strictEqual(error._tag, "Unavailable")
        assert.isAbove(attempts, 1)
      })
    )
  }
})

describe("a change of the HTTP client", () => {
  it.effect("that sends a second request for one call is a defect, and the second does not leave", () =>
    Effect.gen(function* () {
      const transformClient = (client: HttpClient.HttpClient) =>
        client.pipe(HttpClient.filterStatusOk, HttpClient.retry({ times: 3 }))
      const { get, sent } = yield* playing({ "/figure": { status: 503, body: "" } }, { transformClient })
      const exit = yield* Effect.exit(get)
      assert.include(String(exit), "transformClient sent a second request for one call")
      assert.deepStrictEqual(sent, [0])
    })
  )

  it.effect("that asks for spans has no trace header leave", () =>
    Effect.gen(function* () {
      const playback = Playback.make({ "/figure": figure })
      const transformClient = HttpClient.withTracerDisabledWhen(() => false)
      const { get } = yield* Effect.provideService(
        client("https://acme.example", { settings: { transformClient } }),
        HttpClient.HttpClient,
        Playback.client(playback)
      )
      yield* Effect.withSpan(get(request), "caller").pipe(Effect.provide(Pools.layerMemory))
      assert.lengthOf(playback.received, 1)
      assert.doesNotHaveAnyKeys(playback.received[0]?.headers, ["traceparent", "b3"])
    })
  )

  it.effect("that sends one for each may change it, also where the policy sends again", () =>
    Effect.gen(function* () {
      const transformClient = HttpClient.mapRequest(HttpClientRequest.setHeader("via", "1.1 proxy"))
      const { get, sent } = yield* playing(
        { "/figure": [{ status: 503, body: "" }, figure] },
        { transformClient, policy: Policy.withRetry(policy, { times: 1 }) }
      )
      yield* timed(get)
      assert.lengthOf(sent, 2)
    })
  )
})
