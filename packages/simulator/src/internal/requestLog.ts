/**
 * Remembers what an exchange was asked, so that a test can assert on it.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import type { SimulatedRequest } from "../Simulator.ts"

export interface RequestLog {
  readonly requests: Effect.Effect<ReadonlyArray<SimulatedRequest>>
  readonly record: <E, R>(app: HttpApp.Default<E, R>) => HttpApp.Default<E, R>
}

/** A log that forgets its oldest request when it holds more than `capacity`. */
export const make = (capacity: number): RequestLog => {
  const newest: Array<SimulatedRequest> = []
  return {
    requests: Effect.sync(() => newest.slice()),
    // On exit, and not on success: a client that gave up waiting still asked.
    record: (app) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        Effect.onExit(app, (exit) =>
          Effect.sync(() => {
            newest.push({
              method: request.method,
              url: request.url,
              headers: { ...request.headers },
              status: HttpServerError.exitResponse(exit).status
            })
            if (newest.length > capacity) {
              newest.shift()
            }
          })
        )
      )
  }
}
