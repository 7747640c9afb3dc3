import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"

/** How many requests an attempt has sent; every attempt counts anew. */
const requestsSent: FiberRef.FiberRef<{ count: number }> = globalValue("@open-interest/core/internal/oneRequest", () =>
  FiberRef.unsafeMake({ count: 0 })
)

/** What a client sends beyond the one request of an attempt would be neither paid nor stopped by a ban. */
export const limit = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transform(client, (send, request) =>
    Effect.flatMap(FiberRef.get(requestsSent), (sent) =>
      Effect.suspend(() =>
        ++sent.count === 1
          ? send
          : Effect.dieMessage(`transformClient sent a second request for one call (${request.url}): use Policy.retry`)
      )
    )
  )

/** Fetch follows redirects unless it is told not to; `node:http` and undici never do. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.serviceOption(FetchHttpClient.RequestInit), (init) =>
    Effect.provideService(effect, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(init),
      redirect: "manual"
    })
  )

/** Runs an attempt, which counts its requests anew and follows no redirect to further ones. */
export const attempt = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.locally(withoutRedirects(effect), requestsSent, { count: 0 }))
