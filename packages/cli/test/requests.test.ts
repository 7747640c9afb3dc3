import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import { withEachRequest } from "../src/requests.ts"

const attributes = {
  "open_interest.exchange": "binance",
  "open_interest.waited_ms": 0.4,
  "http.request.method": "GET",
  "server.address": "dapi.binance.com",
  "url.path": "/dapi/v1/openInterest"
}

describe("a request", () => {
  it.effect("is told of when it has ended, with what came of it and how long it took", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const ended: Array<Tracer.Span> = []
      const request = (name: string, more: Readonly<Record<string, unknown>>) =>
        Effect.useSpan(name, { attributes: { ...attributes, ...more } }, (span) => {
          ended.push(span)
          return Effect.sleep("85 millis")
        })
      const fiber = yield* Effect.fork(
        Effect.all([
          request("open_interest.attempt", { "http.response.status_code": 200, "open_interest.symbol": "BTCUSD_PERP" }),
          request("open_interest.openInterest", {}),
          request("open_interest.attempt", {
            "error.type": "Unavailable",
            "open_interest.waited_ms": 120.6,
            "http.request.resend_count": 2
          })
        ]).pipe(withEachRequest((text) => told.push(text)))
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(told, [
        "GET dapi.binance.com/dapi/v1/openInterest for BTCUSD_PERP: HTTP 200 in 85 ms",
        "GET dapi.binance.com/dapi/v1/openInterest: Unavailable in 85 ms, its turn came after 121 ms, retry 2"
      ])
      assert.isTrue(ended.every(({ status }) => status._tag === "Ended"))
    })
  )
})
