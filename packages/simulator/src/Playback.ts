/**
 * An exchange that answers with given bodies: for a test that is about one answer, recorded or made up.
 *
 * It plays over real HTTP ({@link serve}), or in place of the network as an `HttpClient` ({@link client}), where
 * waits run on the test's clock.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * One answer. `reset` breaks the connection off instead.
 *
 * @since 0.1.0
 * @category models
 */
export type Reply =
  | "reset"
  | {
      readonly body: string | Uint8Array<ArrayBuffer>
      /** Default: 200. */
      readonly status?: number | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
      /** How long the answer takes; `Duration.infinity` never comes. Default: no time. */
      readonly after?: Duration.DurationInput | undefined
    }

/**
 * What each path answers: always the same; one reply after the other, the last for ever; or as the query wants it.
 *
 * @since 0.1.0
 * @category models
 */
export type Routes = Readonly<Record<string, Reply | ReadonlyArray<Reply> | ((url: URL) => Reply)>>

/**
 * A request as it came.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  /** Path and query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Routes being played, with the requests so far.
 *
 * @since 0.1.0
 * @category models
 */
export interface Playback {
  readonly received: ReadonlyArray<Received>
  /** The reply to a request; a path without a route gets a 404. */
  readonly reply: (url: URL, headers: Readonly<Record<string, string>>) => Reply
}

const isSequence = (route: Reply | ReadonlyArray<Reply>): route is ReadonlyArray<Reply> => Array.isArray(route)

const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304

const nothing = (url: URL): Reply => ({ status: 404, body: `no reply for ${url.pathname}` })

/**
 * A playback of routes, which a {@link client} or {@link serve} puts into effect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (routes: Routes): Playback => {
  const received: Array<Received> = []
  const played = new Map<string, number>()
  return {
    received,
    reply: (url, headers) => {
      received.push({ path: url.pathname + url.search, headers })
      const route = routes[url.pathname]
      if (route === undefined) return nothing(url)
      if (typeof route === "function") return route(url)
      if (!isSequence(route)) return route
      const index = played.get(url.pathname) ?? 0
      played.set(url.pathname, index + 1)
      return route[index] ?? route[route.length - 1] ?? nothing(url)
    }
  }
}

/**
 * The playback in place of the network, whatever the host of the request.
 *
 * @since 0.1.0
 * @category client
 */
export const client = (playback: Playback): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.suspend(() => {
      const reply = playback.reply(url, request.headers)
      if (reply === "reset") {
        const cause = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })
        return new HttpClientError.RequestError({ request, reason: "Transport", cause })
      }
      const { after = 0, body, headers = {}, status = 200 } = reply
      const response = HttpClientResponse.fromWeb(
        request,
        new Response(hasNoBody(status) ? null : body, { status, headers })
      )
      return Duration.isFinite(Duration.decode(after)) ? Effect.delay(Effect.succeed(response), after) : Effect.never
    })
  )

/** Milliseconds. What takes longer never comes: a timer beyond this would fire at once. */
const longestTimer = 2 ** 31 - 1

/** A route that throws breaks its connection off, not the program. */
const attempt = (reply: () => Reply): Reply => {
  try {
    return reply()
  } catch {
    return "reset"
  }
}

const listen = (server: Server) =>
  Effect.async<string>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      resume(Effect.succeed(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    })
  })

/**
 * The playback over HTTP on a port of its own at 127.0.0.1, until the scope closes. Returns the base URL.
 *
 * @since 0.1.0
 * @category server
 */
export const serve = (playback: Playback): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const waiting = new Set<NodeJS.Timeout>()
    const server = createServer((request, response) => {
      const reply = attempt(() =>
        playback.reply(
          new URL(request.url ?? "/", "http://localhost"),
          Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
        )
      )
      if (reply === "reset") return void request.socket.destroy()
      const { after = 0, body, headers = {}, status = 200 } = reply
      const millis = Duration.toMillis(after)
      if (millis > longestTimer) return
      const timer = setTimeout(() => {
        waiting.delete(timer)
        response.writeHead(status, { ...headers }).end(body)
      }, millis)
      waiting.add(timer)
    })
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        for (const timer of waiting) clearTimeout(timer)
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
    )
    return yield* listen(server)
  })
