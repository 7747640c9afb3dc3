import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** How many requests a call has sent; every call counts anew. */
const requestsSent: FiberRef.FiberRef<{ count: number }> = globalValue("@open-interest/core/internal/oneRequest", () =>
  FiberRef.unsafeMake({ count: 0 })
)

const counted = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transform(client, (send, request) =>
    Effect.flatMap(FiberRef.get(requestsSent), (sent) =>
      Effect.suspend(() =>
        ++sent.count === 1
          ? send
          : Effect.dieMessage(`transformClient sent a second request for one call (${request.url}): use Policy.retry`)
      )
    )
  )

/**
 * The client with a user's change to it. What that sends beyond the one request of a call would be neither paid nor
 * stopped by a ban.
 */
export const limit = (
  client: HttpClient.HttpClient,
  change: (client: HttpClient.HttpClient) => HttpClient.HttpClient
): HttpClient.HttpClient =>
  HttpClient.transform(change(counted(client)), (call) =>
    Effect.suspend(() => Effect.locally(call, requestsSent, { count: 0 }))
  )

/**
 * Runs an attempt below its span, and follows no redirect to further requests: fetch does so unless it is told not to,
 * `node:http` and undici never do.
 */
export const attempt =
  (span: Tracer.AnySpan) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.mapInputContext(effect, (context: Context.Context<R>) =>
      context.pipe(
        Context.add(Tracer.ParentSpan, span),
        Context.add(FetchHttpClient.RequestInit, {
          ...Option.getOrUndefined(Context.getOption(FetchHttpClient.RequestInit)(context)),
          redirect: "manual"
        })
      )
    )
