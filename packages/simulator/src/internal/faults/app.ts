/**
 * An exchange whose answers meet the faults of a plan on their way out.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Headers from "@effect/platform/Headers"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Socket } from "node:net"
import type * as Faults from "../../Faults.ts"
import { pathOf } from "../http.ts"
import type { RequestLog } from "../requestLog.ts"
import { type Answer, type Refuse, withFault } from "./content.ts"
import * as Choice from "./choice.ts"
import * as Connection from "./connection.ts"

/** A long answer would be compressed already. */
const uncompressed = <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
  Effect.updateService(app, HttpServerRequest.HttpServerRequest, (request) =>
    request.modify({ headers: Headers.remove(request.headers, "accept-encoding") })
  )

const toAnswer = ({ body, headers, status }: HttpServerResponse.HttpServerResponse): Answer => ({
  status,
  headers: Headers.remove(headers, "content-length"),
  body: body._tag === "Uint8Array" ? body.body : new Uint8Array()
})

const fromAnswer = ({ body, headers, status }: Answer): HttpServerResponse.HttpServerResponse =>
  body.length === 0
    ? HttpServerResponse.empty({ status, headers: status === 204 ? headers : { ...headers, "content-length": "0" } })
    : HttpServerResponse.uint8Array(body, {
        status,
        headers,
        contentType: headers["content-type"] ?? "text/html; charset=utf-8"
      })

/** The exchange as the plan makes it appear; every request is recorded, with the fault that it met. */
export const make = (
  app: HttpApp.Default,
  log: RequestLog,
  {
    exchange,
    plan,
    refuse
  }: {
    readonly exchange: typeof Faults.Exchange.Type
    readonly plan: Faults.Plan
    readonly refuse: Refuse
  }
): HttpApp.Default => {
  const choose = Choice.make(plan, exchange)
  const known = new WeakSet<Socket>()
  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
    const fault = choose({ path: pathOf(request.url), isReused: known.has(socket) })
    known.add(socket)
    if (fault === undefined) return yield* log.record(app)
    switch (fault._tag) {
      case "Delay":
        return yield* log.record(Effect.zipLeft(app, Effect.sleep(fault.millis)), fault._tag)
      case "Trickle":
      case "Reset":
      case "CutOff":
      case "WrongLength": {
        const response = yield* log.record(uncompressed(app), fault._tag)
        yield* Connection.send(fault, toAnswer(response), NodeHttpServerRequest.toServerResponse(request))
        return response
      }
      default:
        return yield* log.record(
          Effect.flatMap(uncompressed(app), (response) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) =>
              Effect.map(
                Effect.promise(() => withFault(fault, toAnswer(response), refuse, now)),
                fromAnswer
              )
            )
          ),
          fault._tag
        )
    }
    // The server runs it uninterruptibly, and an answer that nobody waits for would hold the process for as long as it takes.
  }).pipe(Effect.interruptible)
}
