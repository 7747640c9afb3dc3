import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Playback from "../src/Playback.ts"

const text = (client: HttpClient.HttpClient, path: string) =>
  Effect.flatMap(client.get(`http://localhost${path}`), (response) =>
    Effect.map(response.text, (body) => [response.status, body])
  )

describe("a playback in place of the network", () => {
  it.effect("answers each path as it was told, and remembers what it was asked", () =>
    Effect.gen(function* () {
      const playback = Playback.make({
        "/always": { body: "same" },
        "/sequence": [{ body: "first", status: 503 }, { body: "then" }],
        "/query": (url) => ({ body: url.searchParams.get("symbol") ?? "none" })
      })
      const client = Playback.client(playback)
      assert.deepStrictEqual(yield* text(client, "/always"), [200, "same"])
      assert.deepStrictEqual(yield* text(client, "/sequence"), [503, "first"])
      assert.deepStrictEqual(yield* text(client, "/sequence"), [200, "then"])
      assert.deepStrictEqual(yield* text(client, "/sequence"), [200, "then"])
      assert.deepStrictEqual(yield* text(client, "/query?symbol=龙虾USDT"), [200, "龙虾USDT"])
      assert.deepStrictEqual(yield* text(client, "/nothing"), [404, "no reply for /nothing"])
      assert.strictEqual(playback.received.length, 6)
      assert.strictEqual(playback.received[4]?.path, "/query?symbol=%E9%BE%99%E8%99%BEUSDT")
    })
  )

  it.effect("takes its time on the test's clock, or for ever", () =>
    Effect.gen(function* () {
      const client = Playback.client(
        Playback.make({
          "/slow": { body: "late", after: "3 seconds" },
          "/never": { body: "", after: Duration.infinity }
        })
      )
      const slow = yield* Effect.fork(text(client, "/slow"))
      const never = yield* Effect.fork(text(client, "/never"))
      yield* TestClock.adjust("2999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(slow)))
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(slow), [200, "late"])
      yield* TestClock.adjust("1 day")
      assert.isTrue(Option.isNone(yield* Fiber.poll(never)))
    })
  )

  it.effect("breaks a connection off", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(text(Playback.client(Playback.make({ "/": "reset" })), "/"))
      assert.strictEqual(error._tag, "RequestError")
    })
  )
})

describe("a playback over HTTP", () => {
  it.live("breaks off where a route throws or its scope closes, and never answers what takes weeks", () =>
    Effect.gen(function* () {
      const failed = (url: string) =>
        Effect.promise(() =>
          fetch(url).then(
            () => false,
            () => true
          )
        )
      const weeks = yield* Effect.scoped(
        Effect.gen(function* () {
          const url = yield* Playback.serve(
            Playback.make({
              "/throws": () => {
                throw new Error("a bug")
              },
              "/weeks": { body: "", after: "30 days" }
            })
          )
          assert.isTrue(yield* failed(`${url}/throws`))
          const fiber = yield* Effect.forkDaemon(failed(`${url}/weeks`))
          yield* Effect.sleep("100 millis")
          assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
          return fiber
        })
      )
      assert.isTrue(yield* Fiber.join(weeks))
    })
  )

  it.live("gives status, headers and body, and ends with its scope", () =>
    Effect.gen(function* () {
      const playback = Playback.make({
        "/": { status: 429, headers: { "retry-after": "7" }, body: "wait" },
        "/reset": "reset"
      })
      const baseUrl = yield* Effect.scoped(
        Effect.gen(function* () {
          const url = yield* Playback.serve(playback)
          const response = yield* Effect.promise(() => fetch(url, { headers: { "X-Caller": "test" } }))
          assert.deepStrictEqual([response.status, response.headers.get("retry-after")], [429, "7"])
          assert.strictEqual(yield* Effect.promise(() => response.text()), "wait")
          assert.isTrue(
            yield* Effect.promise(() =>
              fetch(`${url}/reset`).then(
                () => false,
                () => true
              )
            )
          )
          return url
        })
      )
      assert.strictEqual(playback.received[0]?.headers["x-caller"], "test")
      assert.isTrue(
        yield* Effect.promise(() =>
          fetch(baseUrl).then(
            () => false,
            () => true
          )
        )
      )
    })
  )
})
