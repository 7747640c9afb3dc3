/**
 * What the exchanges do to every answer on its way out.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { promisify } from "node:util"
import { constants, gzip, type ZlibOptions } from "node:zlib"

/** The exchange's own clock, in milliseconds: frozen at `time`, or Effect's. */
export const currentTime = (time: DateTime.Utc | undefined): Effect.Effect<number> =>
  time === undefined ? Clock.currentTimeMillis : Effect.succeed(DateTime.toEpochMillis(time))

/** The path of a request, without its query. */
export const pathOf = (url: string): string => url.split("?", 1)[0] ?? url

/** What Binance and Bitget send. */
export const jsonContentType = "application/json;charset=UTF-8"

export const json = (body: unknown, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(body, { status, contentType: jsonContentType })

/**
 * Dates every answer by the exchange's clock. Node's own `date` header would show the machine's, and a reader who places
 * the exchange's minute by that header would be misled whenever time is frozen or virtual.
 */
export const dated =
  (now: Effect.Effect<number>) =>
  <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
    Effect.zipWith(app, now, (response, millis) =>
      HttpServerResponse.setHeader(response, "date", new Date(millis).toUTCString())
    )

/**
 * Sends every answer `latency` after its request arrived, however long it took to make. What the exchange does with the
 * request, it does at once.
 */
export const delayed =
  (latency: Duration.DurationInput | undefined) =>
  <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
    latency === undefined
      ? app
      : Effect.gen(function* () {
          const arrival = yield* Clock.currentTimeMillis
          const response = yield* app
          const elapsed = Duration.millis((yield* Clock.currentTimeMillis) - arrival)
          yield* Effect.sleep(Duration.subtract(latency, elapsed))
          return response
        })

const smallestCompressed = 1024

const acceptsGzip = (header: string | undefined): boolean =>
  header !== undefined && /(?:^|,)\s*gzip\s*(?:$|,|;(?!\s*q=0(?:\.0*)?\s*(?:$|,)))/i.test(header)

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(gzip)

/** Compresses bodies over 1 KB for whoever asks for gzip, as the exchanges do. */
export const compressed = <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const response = yield* app
    const body = response.body
    if (body._tag !== "Uint8Array" || body.body.length <= smallestCompressed) {
      return response
    }
    const varying = HttpServerResponse.setHeader(response, "vary", "accept-encoding")
    if (!acceptsGzip(request.headers["accept-encoding"])) {
      return varying
    }
    // The fastest level: a listing of the whole market takes 4 ms so, and 10 ms at the usual one.
    const bytes = yield* Effect.promise(() => compress(body.body, { level: constants.Z_BEST_SPEED }))
    return varying.pipe(
      HttpServerResponse.setHeader("content-encoding", "gzip"),
      HttpServerResponse.setBody(HttpBody.uint8Array(bytes, body.contentType))
    )
  })
