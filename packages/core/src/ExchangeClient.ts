/**
 * The way to an exchange and back, the same for every exchange package: base URL, policy, quota, status, body, decoding.
 *
 * For authors of an exchange package. A request goes through whichever `HttpClient` there is; no redirect is
 * followed, no trace header is sent, and the body is read within the attempt's timeout, up to 8 MB of UTF-8. Every
 * attempt, also a retry and a hedged copy, waits for its turn in {@link Pools} and pays there. After a 429 nothing more
 * is sent from its pool, after a 418 or 403 nothing to the exchange, until the time that it stated.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import * as BaseUrl from "./BaseUrl.ts"
import type * as CircuitBreaker from "./CircuitBreaker.ts"
import type { Exchange } from "./Exchange.ts"
import { type Asked, interpret, refusalOf, Refused, statusMeaning } from "./internal/answer.ts"
import * as Body from "./internal/body.ts"
import * as CallContext from "./internal/callContext.ts"
import { classify } from "./internal/classify.ts"
import * as HeldBack from "./internal/heldBack.ts"
import * as OneRequest from "./internal/oneRequest.ts"
import * as RetryAfter from "./internal/retryAfter.ts"
import { excerpt } from "./internal/text.ts"
import * as Transport from "./internal/transport.ts"
import * as UserAgent from "./internal/userAgent.ts"
import * as Policy from "./Policy.ts"
import * as Pools from "./Pools.ts"
import type * as Quota from "./Quota.ts"
import * as SourceError from "./SourceError.ts"
import * as Telemetry from "./Telemetry.ts"
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
  /**
   * Changes the HTTP client: a proxy, headers, logging. It sends one request per call, for one is paid; a second is a
   * defect. To send again is up to the policy.
   */
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
  /**
   * How long the exchange wants no request after a ban or a firewall that states no end, where its documentation says.
   * Default: two minutes, doubled each time that it comes again.
   */
  readonly unstatedBan?: Duration.DurationInput | undefined
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
  /** What each attempt takes from the exchange's pools. */
  readonly costs: ReadonlyArray<Quota.Cost>
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
 * A whole operation, by the name of its method, and the symbol that it is about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operation {
  readonly name: string
  readonly symbol?: string | undefined
}

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
  readonly operation: (
    operation: Operation
  ) => <A, E extends SourceError.SourceError, R>(
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | SourceError.ExchangeError, R>
  /** Every change of the policy's circuit breaker. */
  readonly transitions: Stream.Stream<CircuitBreaker.Transition>
}

/** Milliseconds. How long an answer may take to say in words what its status has said already. */
const patience = 1000

/**
 * Where the status says it all, a body that hangs or breaks off must not hide it, nor may the attempt end over it: it
 * gets at most half of what is left.
 */
const withoutWaiting = <E, R>(body: Effect.Effect<Either.Either<string, string>, E, R>) =>
  Effect.flatMap(CallContext.timeLeft, (left) => {
    const cutOff = Either.left("cut off")
    return Effect.timeoutTo(
      Effect.orElseSucceed(body, () => cutOff),
      { duration: Math.min(patience, left / 2), onSuccess: identity, onTimeout: () => cutOff }
    )
  })

/**
 * A client of one exchange over the `HttpClient` of the context.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<ExchangeClient, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const { exchange, defaults, settings } = options
    const baseUrl = settings.baseUrl ?? defaults.baseUrl
    const { hostname, origin } = new URL(baseUrl)
    const { transformClient } = settings
    // An attempt has a span of its own, and no header of it leaves.
    const untraced = HttpClient.withTracerDisabledWhen(httpClient, () => true)
    const client = transformClient === undefined ? untraced : OneRequest.limit(untraced, transformClient)
    const runner = Policy.runner<SourceError.SourceError, SourceError.ExchangeError>({
      name: exchange,
      classify,
      reject: (refusal, { symbol }) => {
        switch (refusal._tag) {
          case "TimedOut":
            return new SourceError.TimedOut({ exchange, symbol, timeout: refusal.timeout, after: refusal.after })
          case "CircuitOpen":
            return new SourceError.CircuitOpen({ exchange, symbol, until: refusal.until })
          case "RateLimited":
            return new SourceError.RateLimited({
              exchange,
              symbol,
              by: "quota",
              until: refusal.from,
              detail: refusal.detail
            })
        }
      }
    })

    /** A policy in its three parts, at work. */
    const partsOf = (policy: Policy.Policy) => {
      const { attempt, operation, request } = Policy.split(policy)
      return {
        fraction: policy.fraction ?? Policy.defaultFraction,
        operation: runner.run(operation),
        request: runner.run(request),
        attempt: runner.run(attempt)
      }
    }
    const chosen = settings.policy ?? defaults.policy
    const compiled = new WeakMap([[chosen, partsOf(chosen)]])
    const parts = Effect.map(Policy.Override, (override) => {
      const policy = override(chosen)
      const found = compiled.get(policy) ?? partsOf(policy)
      compiled.set(policy, found)
      return found
    })

    /** Waits for the turn of a request, and gives it its permit. */
    const withPermit = <A, E, R>(
      {
        costs,
        fraction,
        symbol
      }: {
        readonly costs: ReadonlyArray<Quota.Cost>
        readonly fraction: number
        readonly symbol: string | undefined
      },
      use: (permit: Pools.Permit) => Effect.Effect<A, E, R>
    ): Effect.Effect<A, E | SourceError.ExchangeError, R> =>
      Effect.flatMap(Pools.Pools, (pools) =>
        Effect.flatMap(CallContext.timeLeft, (waitAtMost) =>
          // What the pools refuse is kept apart from what `use` fails with.
          pools
            .withPermit({ exchange, origin, costs, fraction, waitAtMost }, (permit) => Effect.either(use(permit)))
            .pipe(
              Effect.mapError((held) => HeldBack.toError(held, { exchange, symbol })),
              Effect.flatten
            )
        )
      )

    /** Until when a refusal holds: as it says, or for as long as the exchange is known to mean it. */
    const orUnstated = (
      hint: Option.Option<RetryAfter.Hint>,
      refusal: Pools.Refusal | undefined,
      now: DateTime.Utc
    ): Option.Option<RetryAfter.Hint> => {
      const { unstatedBan } = options
      if (unstatedBan === undefined || refusal === undefined || refusal === "RateLimited") return hint
      const millis = Duration.toMillis(unstatedBan)
      return Option.orElseSome(hint, () => ({ until: DateTime.add(now, { millis }), millis }))
    }

    /** One request and its whole answer, whatever it says. */
    const ask = <A, I, E extends SymbolError>(
      permit: Pools.Permit,
      asked: Asked<A, I, E>,
      path: string,
      query: Readonly<Record<string, string>>,
      span: Tracer.Span
    ): Effect.Effect<Answer<A>, SourceError.ExchangeError | E> => {
      const { symbol } = asked
      const unavailable = (what: string) => (error: HttpClientError.HttpClientError) => {
        const detail = `${what}: ${Transport.describe(error.cause)}`
        return new SourceError.Unavailable({ exchange, symbol, detail, cause: error })
      }
      const request = HttpClientRequest.get(BaseUrl.join(baseUrl, path), {
        urlParams: query,
        acceptJson: true,
        headers: { "accept-encoding": "gzip", ...UserAgent.header() }
      })
      const sent = Effect.mapError(client.execute(request), unavailable(`cannot reach ${origin}`))
      return Effect.flatMap(sent, (response) =>
        Effect.flatMap(DateTime.now, (now) => {
          const { headers, status } = response
          span.attribute("http.response.status_code", status)
          const date = Option.map(Option.fromNullable(RetryAfter.parseDate(headers["date"] ?? "", now)), (millis) =>
            DateTime.unsafeMake(millis)
          )
          const retryAfter = headers["retry-after"]
          const head = { headers, date }
          const meaning = statusMeaning(status)
          const refusal = refusalOf(status)
          const hint = orUnstated(RetryAfter.read({ retryAfter, stated: undefined }, now, date).hint, refusal, now)
          const body = Body.read(response, headers)
          const text =
            meaning === undefined ? Effect.mapError(body, unavailable("the answer broke off")) : withoutWaiting(body)
          // Any other status says only together with its body whether more may be sent.
          const saysAll = status === 200 || meaning !== undefined
          const answered = permit.answered({ ...head, refusal, hint, isFailure: status >= 500 })
          return Effect.flatMap(saysAll ? Effect.zipRight(answered, text) : text, (text) =>
            Effect.flatMap(DateTime.now, (at) => {
              const result = interpret(asked, { status, retryAfter, text, at, date })
              if (Either.isLeft(result) && result.left instanceof Refused) {
                const { refusal, toError } = result.left
                const hint = orUnstated(result.left.hint, refusal, at)
                return permit.answered({ ...head, refusal, hint }).pipe(
                  Effect.zipRight(permit.refused(refusal, hint)),
                  Effect.flatMap((until) => Effect.fail(toError(until)))
                )
              }
              const value = result as Either.Either<Answer<A>, SourceError.ExchangeError | E>
              return saysAll ? value : Effect.zipRight(answered, value)
            })
          )
        })
      ).pipe(OneRequest.attempt(span))
    }

    const send = <A, I, E extends SymbolError = never>(
      { costs, path, query = {}, schema }: Request<A, I>,
      symbol: string | undefined,
      symbolError: (refusal: Refusal) => Option.Option<E>
    ): Effect.Effect<Answer<A>, SourceError.ExchangeError | E> => {
      const asked: Asked<A, I, E> = {
        exchange,
        symbol,
        request: () => {
          const search = excerpt(decodeURIComponent(new URLSearchParams(query).toString()))
          return `GET ${path}${search === "" ? "" : `?${search}`}`
        },
        schema,
        refusal: options.refusal,
        symbolError
      }
      const call = { symbol }
      return Effect.flatMap(parts, ({ attempt, fraction, request }) =>
        request(
          withPermit({ costs, fraction, symbol }, (permit) =>
            Effect.flatMap(FiberRef.get(CallContext.current), ({ attempt: number }) =>
              Telemetry.withAttempt(
                { exchange, symbol, server: hostname, path, number, waited: permit.waited },
                (span) => attempt(ask(permit, asked, path, query, span), call)
              )
            )
          ),
          call
        )
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
      operation:
        ({ name, symbol }) =>
        (effect) =>
          Effect.flatMap(parts, ({ operation }) => operation(effect, { symbol })).pipe(
            // Whatever policy the caller may run it in, here begins a whole operation.
            CallContext.anew,
            Telemetry.withOperation({ exchange, symbol, name })
          ),
      transitions: runner.transitions
    }
  })
