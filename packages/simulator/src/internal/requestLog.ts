/**
 * Remembers what an exchange was asked, so that a test can assert on it.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { SimulatedRequest } from "../Simulator.ts"
import { pathOf } from "./http.ts"

export interface RequestLog {
  readonly requests: Effect.Effect<ReadonlyArray<SimulatedRequest>>
  readonly counts: Effect.Effect<Readonly<Record<string, number>>>
  /** `fault` is the name of what goes wrong with the answer, where something does. */
  readonly record: <E, R>(app: HttpApp.Default<E, R>, fault?: SimulatedRequest["fault"]) => HttpApp.Default<E, R>
}

/** A log that forgets its oldest request when it holds more than `capacity`, and counts them all. */
export const make = (capacity: number): RequestLog => {
  const newest: Array<SimulatedRequest> = []
  const counts = new Map<string, number>()
  return {
    counts: Effect.sync(() => Object.fromEntries(counts)),
    requests: Effect.sync(() => newest.slice()),
    // On exit, and not on success: a client that gave up waiting still asked.
    record: (app, fault) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const path = pathOf(request.url)
        counts.set(path, (counts.get(path) ?? 0) + 1)
        return Effect.onExit(app, (exit) =>
          Effect.sync(() => {
            newest.push({
              method: request.method,
              url: request.url,
              headers: { ...request.headers },
              // The server interrupts what it has nobody to answer any more.
              status: Exit.isInterrupted(exit) ? 499 : HttpServerError.exitResponse(exit).status,
              ...(fault === undefined ? {} : { fault })
            })
            if (newest.length > capacity) {
              newest.shift()
            }
          })
        )
      })
  }
}
