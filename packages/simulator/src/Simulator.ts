/**
 * Binance COIN-M, Bitget mix and Bybit as HTTP servers on this machine, for tests and for trying things out without a network.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import * as BinanceSimulator from "./BinanceSimulator.ts"
import * as BitgetSimulator from "./BitgetSimulator.ts"
import * as BybitSimulator from "./BybitSimulator.ts"
import type * as Faults from "./Faults.ts"
import * as BinanceErrors from "./internal/binance/errors.ts"
import * as Envelope from "./internal/bitget/envelope.ts"
import * as BybitBodies from "./internal/bybit/bodies.ts"
import * as Certificates from "./internal/certificates.ts"
import type { Refuse } from "./internal/faults/content.ts"
import * as FaultyApp from "./internal/faults/app.ts"
import * as RequestLog from "./internal/requestLog.ts"
import * as Limits from "./Limits.ts"

/**
 * The exchanges, as long as the scope is open in which they were started.
 *
 * @since 0.1.0
 * @category tags
 */
export class Simulator extends Context.Tag("@open-interest/simulator/Simulator")<Simulator, Service>() {}

/**
 * The exchanges, each at an address of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly binance: SimulatedExchange
  readonly bitget: SimulatedExchange
  readonly bybit: SimulatedExchange
}

/**
 * One exchange that listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedExchange {
  /** Scheme, host and port without a slash at the end: `http://127.0.0.1:34567`. */
  readonly baseUrl: string
  /** The newest 10 000 requests that were answered or given up by the client, in that order, the oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<SimulatedRequest>>
  /**
   * How many requests came since the start, refused ones included, by path without the query, in the order in which the paths
   * were first asked.
   */
  readonly requestCounts: Effect.Effect<Readonly<Record<string, number>>>
}

/**
 * A request that an exchange received.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedRequest {
  /** Upper case. */
  readonly method: string
  /** Path and query exactly as received, percent encoding included. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The status that was answered, or would have been by the end; 499 if the client went away before the answer was ready. */
  readonly status: number
  /** What went wrong with the answer, where the plan has a fault for it. */
  readonly fault?: Faults.Fault["_tag"] | undefined
}

/**
 * The options of the exchanges, and where they listen.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends BinanceSimulator.Options, BitgetSimulator.Options, BybitSimulator.Options {
  /** `weightPerMinute` and `historyPerFiveMinutes` are Binance's, `perSecond` and `perMinute` are Bitget's. Default: the exchanges' own. */
  readonly limits?: (Limits.BinanceOptions & Limits.BitgetOptions) | undefined
  /** The ports to listen on at 127.0.0.1. Default, also where one is 0: any free one. */
  readonly ports?:
    | {
        readonly binance?: number | undefined
        readonly bitget?: number | undefined
        readonly bybit?: number | undefined
      }
    | undefined
  /** What goes wrong on the way between the exchanges and their clients. Default: nothing. */
  readonly faults?: Faults.Plan | undefined
}

/**
 * Starts the exchanges on 127.0.0.1. Closing the scope closes the servers at once, with every connection to them.
 *
 * Fails with `ServeError` when a port cannot be bound, for instance because it is in use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, HttpServerError.ServeError, Scope.Scope> => {
  const { faults: plan = {}, limits, ports } = options
  const { weightPerMinute } = Limits.binance(limits)
  return Effect.all({
    binance: serve(BinanceSimulator.make(options), {
      exchange: "binance",
      plan,
      port: ports?.binance ?? 0,
      refuse: ({ status, until }) =>
        status === 418 || until !== undefined
          ? BinanceErrors.bannedBody(until)
          : BinanceErrors.tooMuchWeightBody(weightPerMinute)
    }),
    bitget: serve(BitgetSimulator.make(options), {
      exchange: "bitget",
      plan,
      port: ports?.bitget ?? 0,
      refuse: ({ now }) => Envelope.refusal(Envelope.tooManyRequests, now)
    }),
    bybit: serve(BybitSimulator.make(options), {
      exchange: "bybit",
      plan,
      port: ports?.bybit ?? 0,
      refuse: ({ now }) => BybitBodies.tooManyVisits(now)
    })
  })
}

/**
 * The exchanges as a layer that starts them when it is built and closes them with its scope.
 *
 * Fails with `ServeError` when a port cannot be bound, for instance because it is in use.
 *
 * @example
 * import { Simulator } from "@open-interest/simulator"
 * import * as Effect from "effect/Effect"
 *
 * export const contracts = Effect.gen(function* () {
 *   const { binance } = yield* Simulator.Simulator
 *   const url = `${binance.baseUrl}/dapi/v1/openInterest?symbol=BTCUSD_PERP`
 *   return yield* Effect.promise(() => fetch(url).then((response) => response.json()))
 * }).pipe(Effect.provide(Simulator.layer({ seed: 7 })))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Simulator, HttpServerError.ServeError> =>
  Layer.scoped(Simulator, make(options))

const remembered = 10_000

const host = "127.0.0.1"

const secure = (cert: string) => ({ scheme: "https", server: Https.createServer({ key: Certificates.key, cert }) })

const servers = {
  plain: () => ({ scheme: "http", server: Http.createServer() }),
  "self-signed": () => secure(Certificates.selfSigned),
  expired: () => secure(Certificates.expired)
}

const serve = (
  app: HttpApp.Default,
  options: {
    readonly exchange: typeof Faults.Exchange.Type
    readonly plan: Faults.Plan
    readonly port: number
    readonly refuse: Refuse
  }
): Effect.Effect<SimulatedExchange, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const connection = options.plan.connections?.[options.exchange] ?? "plain"
    const { scheme, server } = servers[connection === "refused" ? "plain" : connection]()
    // Node closes an idle connection after 5 s, which races with a client that is about to use it again; exchanges wait longer.
    server.keepAliveTimeout = 60_000
    const http = yield* NodeHttpServer.make(() => server, { port: options.port, host })
    const { port } = server.address() as AddressInfo
    const close = Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
    // Runs before the platform's own finalizer, which waits until every client has hung up (measured: over 20 s).
    yield* connection === "refused" ? close : Effect.addFinalizer(() => close)
    const log = RequestLog.make(remembered)
    yield* http.serve(FaultyApp.make(app, log, options))
    return {
      baseUrl: `${scheme}://${host}:${port}`,
      requests: log.requests,
      requestCounts: log.counts
    }
  })
