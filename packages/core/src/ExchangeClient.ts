/**
 * The way to an exchange and back, the same for every exchange package: base URL, policy, status, body, decoding.
 *
 * For authors of an exchange package. A request goes through whichever `HttpClient` there is; no redirect is
 * followed, no trace header is sent, and the body is read within the attempt's timeout, up to 8 MB of UTF-8. After a
 * 429 or 418 nothing more is sent until the time that the exchange stated, two minutes where a 418 states none; a time
 * in the past or more than three days ahead counts as none.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as BaseUrl from "./BaseUrl.ts"
import type { Exchange } from "./Exchange.ts"
import { interpret, statusMeaning } from "./internal/answer.ts"
import * as Body from "./internal/body.ts"
import * as RetryAfter from "./internal/retryAfter.ts"
import * as Stop from "./internal/stop.ts"
import { excerpt } from "./internal/text.ts"
import * as Transport from "./internal/transport.ts"
import { userAgent } from "./internal/userAgent.ts"
import * as Policy from "./Policy.ts"
import * as SourceError from "./SourceError.ts"
import type * as Wire from "./Wire.ts"

/**
 * What an exchange means by an error. `Rejected` is a request that it does not accept for a reason of its own.
 *
 * @since 0.1.0
 * @category models
 */
export type Meaning = "UnknownSymbol" | "SymbolNotTrading" | "RateLimited" | "Banned" | "Unavailable" | "Rejected"

/**
 * An error body as the exchange words it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly meaning: Meaning
  readonly code: string
  readonly message: string
  /** Unix milliseconds until which the exchange wants no request, where the message names them. */
  readonly until?: number | undefined
}

/**
 * What the user of an exchange package may choose of the client.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  /** Default: the exchange's own. */
  readonly baseUrl?: BaseUrl.BaseUrl | undefined
  /** Default: that of the exchange package. */
  readonly policy?: Policy.Policy | undefined
  /** Changes the HTTP client: a proxy, headers, logging. */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * What the author of an exchange package brings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly exchange: Exchange
  readonly defaults: { readonly baseUrl: BaseUrl.BaseUrl; readonly policy: Policy.Policy }
  readonly settings: Settings
  /** Recognises the exchange's error body, whatever the status; `undefined` for any other body. */
  readonly refusal: (body: unknown) => Refusal | undefined
}

/**
 * A `GET` below the base URL, and how its answer decodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request<A, I> {
  readonly path: string
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly schema: Schema.Schema<A, I>
}

/**
 * A decoded answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer<A> {
  readonly value: A
  /** When the answer had arrived, by our clock. */
  readonly receivedAt: DateTime.Utc
  /** The error for something wrong with this answer that its schema can't see. */
  readonly unexpected: (problem: Wire.Mismatch) => SourceError.UnexpectedResponse
}

/**
 * What the exchange may say about the symbol of a request.
 *
 * @since 0.1.0
 * @category errors
 */
export type SymbolError = SourceError.UnknownSymbol | SourceError.SymbolNotTrading

/**
 * Requests to one exchange. All errors name the exchange, and the symbol where there is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeClient {
  /** A request that is about no single symbol. */
  readonly get: <A, I>(request: Request<A, I>) => Effect.Effect<Answer<A>, SourceError.ExchangeError>
  /** A request about one symbol, which the exchange may not know, or not trade. */
  readonly getSymbol: <A, I>(
    symbol: string,
    request: Request<A, I>
  ) => Effect.Effect<Answer<A>, SourceError.ExchangeError | SymbolError>
  /** Bounds a whole operation, made of any number of requests, by the policy's total timeout. */
  readonly operation: Policy.Run<SourceError.SourceError, SourceError.TimedOut>["operation"]
}

const classify = (error: SourceError.SourceError): Policy.Outcome => {
  switch (error._tag) {
    case "Unavailable":
    case "TimedOut":
      return "Transient"
    case "RateLimited":
    case "Banned":
    case "Forbidden":
    case "UnexpectedResponse":
      return "Fatal"
    case "UnknownSymbol":
    case "AmbiguousSymbol":
    case "SymbolNotTrading":
      return "Ignored"
  }
}

/** Where the status says it all, a body that hangs or breaks off must not hide it. */
const withoutWaiting = <E, R>(body: Effect.Effect<Either.Either<string, string>, E, R>) => {
  const cutOff = Either.left("cut off")
  return Effect.timeoutTo(
    Effect.orElseSucceed(body, () => cutOff),
    { duration: "1 second", onSuccess: identity, onTimeout: () => cutOff }
  )
}

/** Fetch follows redirects unless it is told not to; `node:http` and undici never do. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.serviceOption(FetchHttpClient.RequestInit), (init) =>
    Effect.provideService(effect, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(init),
      redirect: "manual"
    })
  )

/**
 * A client of one exchange over the `HttpClient` of the context. What it knows of bans is its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<ExchangeClient, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const { exchange, defaults, settings } = options
    const baseUrl = settings.baseUrl ?? defaults.baseUrl
    const client = (settings.transformClient?.(httpClient) ?? httpClient).pipe(
      HttpClient.withTracerPropagation(false),
      HttpClient.withScope
    )
    const policy = Policy.run<SourceError.SourceError, SourceError.TimedOut>(settings.policy ?? defaults.policy, {
      classify,
      reject: (timeout, symbol) => new SourceError.TimedOut({ exchange, symbol, ...timeout })
    })

    const stop = Stop.make(exchange)

    /** One request and its whole answer, whatever it says. */
    const ask = (path: string, query: Readonly<Record<string, string>>, symbol: string | undefined) => {
      const unavailable = (what: string) => (error: HttpClientError.HttpClientError) => {
        const detail = `${what}: ${Transport.describe(error.cause)}`
        return new SourceError.Unavailable({ exchange, symbol, detail, cause: error })
      }
      const request = HttpClientRequest.get(BaseUrl.join(baseUrl, path), {
        urlParams: query,
        acceptJson: true,
        headers: { "accept-encoding": "gzip", "user-agent": userAgent }
      })
      return Effect.gen(function* () {
        const response = yield* Effect.mapError(
          client.execute(request),
          unavailable(`cannot reach ${new URL(baseUrl).origin}`)
        )
        const meaning = statusMeaning(response.status)
        const retryAfter = response.headers["retry-after"]
        // Where the attempt ends before the body does, nobody else will see what the status said.
        const holdAnyway = Effect.flatMap(DateTime.now, (now) =>
          meaning === "Banned" || meaning === "RateLimited"
            ? stop.hold(meaning, RetryAfter.latest([RetryAfter.parse(retryAfter, now)], now))
            : Effect.void
        )
        const body = Body.read(response).pipe(
          Effect.map((text): Either.Either<string, string> => Either.right(text)),
          Effect.catchTag("Unreadable", (error) => Effect.succeed(Either.left(error.detail)))
        )
        const text = yield* meaning === undefined
          ? Effect.mapError(body, unavailable("the answer broke off"))
          : Effect.onInterrupt(withoutWaiting(body), () => holdAnyway)
        const at = yield* DateTime.now
        return { status: response.status, retryAfter, text, at }
      }).pipe(Effect.scoped, withoutRedirects)
    }

    const send = <A, I, E extends SymbolError = never>(
      { path, query = {}, schema }: Request<A, I>,
      symbol: string | undefined,
      symbolError: (refusal: Refusal) => Option.Option<E>
    ): Effect.Effect<Answer<A>, SourceError.ExchangeError | E> => {
      const search = excerpt(decodeURIComponent(new URLSearchParams(query).toString()))
      const asked = {
        exchange,
        symbol,
        request: `GET ${path}${search === "" ? "" : `?${search}`}`,
        schema,
        refusal: options.refusal,
        symbolError
      }
      return policy.request(
        Effect.zipRight(
          stop.pass(symbol),
          ask(path, query, symbol).pipe(
            Effect.flatMap((arrived) => interpret(asked, arrived)),
            Effect.tapErrorTag("Banned", ({ until }) => stop.hold("Banned", until)),
            Effect.tapErrorTag("RateLimited", ({ until }) => stop.hold("RateLimited", until))
          )
        ),
        symbol
      )
    }

    return {
      get: (request) => send(request, undefined, Option.none),
      getSymbol: (symbol, request) =>
        send(request, symbol, ({ meaning, message }): Option.Option<SymbolError> => {
          if (meaning === "UnknownSymbol") {
            return Option.some(new SourceError.UnknownSymbol({ exchange, symbol, suggestions: [] }))
          }
          return meaning === "SymbolNotTrading"
            ? Option.some(new SourceError.SymbolNotTrading({ exchange, symbol, detail: excerpt(message) }))
            : Option.none()
        }),
      operation: policy.operation
    }
  })
