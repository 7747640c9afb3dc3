import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import * as BaseUrl from "../src/BaseUrl.ts"
import * as CircuitBreaker from "../src/CircuitBreaker.ts"
import * as Exchange from "../src/Exchange.ts"
import * as ExchangeClient from "../src/ExchangeClient.ts"
import * as Policy from "../src/Policy.ts"
import * as Quota from "../src/Quota.ts"

const pool = new Quota.Pool({
  name: "weight",
  unit: "weight",
  windows: Data.tuple(Quota.window(100, "1 minute"), Quota.window(1000, "1 hour")),
  feed: new Quota.Feed({ header: "x-used", tells: "used", resets: "rolling" })
})

/** Metrics are of the whole process, so that each test has an exchange of its own. */
const playing = (exchange: string, replies: ReadonlyArray<Playback.Reply>, policy: Policy.Policy) =>
  Effect.gen(function* () {
    const client = yield* ExchangeClient.make({
      exchange: Exchange.make(exchange),
      defaults: { baseUrl: BaseUrl.make("https://acme.example:8443/api"), policy },
      settings: {},
      refusal: (body) =>
        JSON.stringify(body) === '"slow down"' ? { meaning: "RateLimited", code: "7", message: "slow down" } : undefined
    })
    const request = { path: "/figure", costs: [{ pool, weight: 7 }], schema: Schema.Struct({ figure: Schema.String }) }
    return client
      .getSymbol("BTC", request)
      .pipe(client.operation({ name: "openInterest", symbol: "BTC" }), Effect.either)
  }).pipe(Effect.provideService(HttpClient.HttpClient, Playback.client(Playback.make({ "/api/figure": replies }))))

/** The metrics of an exchange as lines: name, the other tags, and the state. */
const metrics = (exchange: string): Effect.Effect<Record<string, unknown>> =>
  Effect.map(Metric.snapshot, (pairs) => {
    const found: Record<string, unknown> = {}
    for (const { metricKey, metricState } of pairs) {
      const tags = new Map(metricKey.tags.map(({ key, value }) => [key, value]))
      if (!metricKey.name.startsWith("open_interest_") || tags.get("exchange") !== exchange) continue
      tags.delete("exchange")
      const name = metricKey.name.slice("open_interest_".length)
      const { count, sum, value } = metricState as { count?: number; sum?: number; value?: number }
      found[[name, ...Array.from(tags, ([key, text]) => `${key}=${text}`)].join(" ")] =
        sum === undefined ? (value ?? count) : { count, sum }
    }
    return found
  })

const figure: Playback.Reply = { body: '{"figure":"1"}' }
const backoff = { base: Duration.seconds(1), jitter: "none" } as const
const patient = Policy.withRetry(
  Policy.make(Policy.timeout("30 seconds"), Policy.quota({ fraction: 1 }), Policy.timeout("5 seconds")),
  { times: 9, backoff }
)

const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

describe("the metrics", () => {
  it.effect("count attempts by their outcome, retries, waits and refusals, and show the weight", () =>
    Effect.gen(function* () {
      const get = yield* playing(
        "acme-counts",
        [
          { status: 503, body: "" },
          "reset",
          { body: "", after: Duration.infinity },
          { status: 429, headers: { "retry-after": "9" }, body: "" },
          { ...figure, headers: { "x-used": "40" } }
        ],
        patient
      )
      yield* inTime(get)
      assert.deepStrictEqual(yield* metrics("acme-counts"), {
        "attempts outcome=ok": 1,
        "attempts outcome=Unavailable": 2,
        "attempts outcome=TimedOut": 1,
        "attempts outcome=RateLimited": 1,
        retries: 4,
        // Back-off is no wait, and the gate had opened by the end of it.
        wait_milliseconds: { count: 5, sum: 0 },
        "refusals refusal=RateLimited": 1,
        "weight_used pool=weight window=1m": 40,
        "weight_left pool=weight window=1m": 60,
        "weight_used pool=weight window=1h": 35,
        "weight_left pool=weight window=1h": 965
      })
    })
  )

  it.effect("show the weight after any answer: what it tells of others, and after a refusal ours", () =>
    Effect.gen(function* () {
      for (const [exchange, status, body, used] of [
        ["acme-mistaken", 400, "{}", 40],
        ["acme-limited", 429, "", 7],
        ["acme-coded", 400, '"slow down"', 7]
      ] as const) {
        yield* yield* playing(exchange, [{ status, body, headers: { "x-used": "40" } }], patient)
        assert.propertyVal(yield* metrics(exchange), "weight_used pool=weight window=1m", used)
      }
    })
  )

  it.effect("measure the wait for the gate", () =>
    Effect.gen(function* () {
      const get = yield* playing(
        "acme-waits",
        [{ status: 418, headers: { "retry-after": "12" }, body: "" }, figure],
        Policy.without(patient, "Retry")
      )
      yield* get
      yield* inTime(get)
      const seen = yield* metrics("acme-waits")
      assert.deepInclude(seen, {
        "attempts outcome=ok": 1,
        "attempts outcome=Banned": 1,
        "refusals refusal=Banned": 1,
        wait_milliseconds: { count: 2, sum: 12_000 }
      })
      assert.notProperty(seen, "retries")
    })
  )

  it.effect("count what was interrupted, and what was never sent not at all", () =>
    Effect.gen(function* () {
      const get = yield* playing("acme-interrupted", [{ body: "", after: Duration.infinity }], patient)
      const sent = yield* Effect.fork(get)
      yield* TestClock.adjust("1 second")
      const queued = yield* Effect.fork(get)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(queued)
      yield* Fiber.interrupt(sent)
      assert.deepInclude(yield* metrics("acme-interrupted"), {
        "attempts outcome=interrupted": 1,
        wait_milliseconds: { count: 1, sum: 0 }
      })
    })
  )

  it.effect("tell how the circuit breaker stands, and each change of it", () =>
    Effect.gen(function* () {
      const breaker = { tripPolicy: CircuitBreaker.consecutive(2), openDuration: "1 second" } as const
      const get = yield* playing(
        "acme-breaker",
        [
          { status: 500, body: "" },
          { status: 500, body: "" },
          { status: 500, body: "" },
          { ...figure, after: "1 second" }
        ],
        Policy.make(Policy.timeout("20 seconds"), Policy.circuitBreaker(breaker), Policy.timeout("5 seconds"))
      )
      const state = Effect.map(metrics("acme-breaker"), (seen) => seen["breaker_state"])
      yield* get
      assert.isUndefined(yield* state, "nothing has changed yet")
      yield* get
      yield* get
      assert.strictEqual(yield* state, 2)
      yield* TestClock.adjust("1 second")
      yield* get
      assert.strictEqual(yield* state, 2)
      yield* TestClock.adjust("1 second")
      const probe = yield* Effect.fork(get)
      yield* TestClock.adjust("0 millis")
      assert.strictEqual(yield* state, 1)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(probe)
      assert.deepInclude(yield* metrics("acme-breaker"), {
        breaker_state: 0,
        "breaker_transitions to=Open": 2,
        "breaker_transitions to=HalfOpen": 2,
        "breaker_transitions to=Closed": 1,
        "attempts outcome=Unavailable": 3,
        "attempts outcome=ok": 1
      })
    })
  )
})

/** Runs within a tracer that keeps every span, and gives those of a name. */
const traced = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const native = yield* Effect.tracer
    const spans: Array<Tracer.Span> = []
    const tracer: Tracer.Tracer = {
      ...native,
      span: (...options) => {
        const span = native.span(...options)
        spans.push(span)
        return span
      }
    }
    yield* Effect.exit(Effect.withTracer(effect, tracer))
    return (name: string) => spans.filter((span) => span.name === name)
  })

const parentOf = ({ parent }: Tracer.Span): string | undefined =>
  Option.isSome(parent) && parent.value._tag === "Span" ? parent.value.name : undefined

const ended = ({ status }: Tracer.Span): string =>
  status._tag === "Started" ? "not" : Exit.isSuccess(status.exit) ? "ok" : "failed"

describe("the spans", () => {
  it.effect("are one per operation and one per attempt within it", () =>
    Effect.gen(function* () {
      const replies: ReadonlyArray<Playback.Reply> = [
        { status: 503, headers: { "retry-after": "2" }, body: "" },
        { status: 429, headers: { "retry-after": "3" }, body: "" },
        "reset",
        figure
      ]
      const get = yield* playing("acme-spans", replies, patient)
      const spans = yield* inTime(traced(get))

      const operations = spans("open_interest.openInterest")
      assert.lengthOf(operations, 1)
      assert.deepStrictEqual(Object.fromEntries(operations[0]?.attributes ?? []), {
        "open_interest.exchange": "acme-spans",
        "open_interest.symbol": "BTC"
      })
      assert.deepStrictEqual(operations.map(ended), ["ok"])

      assert.lengthOf(spans("http.client GET"), 0, "an attempt is the span of its request")
      const common = {
        "open_interest.exchange": "acme-spans",
        "open_interest.symbol": "BTC",
        "open_interest.waited_ms": 0,
        "http.request.method": "GET",
        "server.address": "acme.example",
        "url.path": "/figure"
      }
      assert.deepStrictEqual(
        spans("open_interest.attempt").map((span) => [
          parentOf(span),
          ended(span),
          Object.fromEntries(span.attributes)
        ]),
        [
          [
            "open_interest.openInterest",
            "failed",
            { ...common, "http.response.status_code": 503, "error.type": "Unavailable" }
          ],
          [
            "open_interest.openInterest",
            "failed",
            {
              ...common,
              "http.request.resend_count": 1,
              "http.response.status_code": 429,
              "error.type": "RateLimited"
            }
          ],
          [
            "open_interest.openInterest",
            "failed",
            { ...common, "http.request.resend_count": 2, "error.type": "Unavailable" }
          ],
          [
            "open_interest.openInterest",
            "ok",
            { ...common, "http.request.resend_count": 3, "http.response.status_code": 200 }
          ]
        ]
      )
    })
  )

  it.effect("of an attempt begin with its turn, and say how long it waited for that", () =>
    Effect.gen(function* () {
      const ban: Playback.Reply = { status: 418, headers: { "retry-after": "12" }, body: "" }
      const get = yield* playing("acme-waiting-spans", [ban, figure], Policy.without(patient, "Retry"))
      yield* get
      const spans = yield* inTime(traced(get))
      const [attempt, ...others] = spans("open_interest.attempt")
      assert.lengthOf(others, 0)
      assert.strictEqual(attempt?.attributes.get("open_interest.waited_ms"), 12_000)
    })
  )

  it.effect("of an operation fail with it, where nothing was sent", () =>
    Effect.gen(function* () {
      const get = yield* playing("acme-failing-spans", [{ status: 418, body: "" }], patient)
      yield* get
      const spans = yield* traced(Effect.withSpan(get, "caller"))
      assert.deepStrictEqual(
        spans("open_interest.openInterest").map((span) => [parentOf(span), ended(span)]),
        [["caller", "failed"]]
      )
      assert.lengthOf(spans("open_interest.attempt"), 0)
    })
  )
})
