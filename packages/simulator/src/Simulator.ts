/**
 * Binance COIN-M and Bitget mix as HTTP servers on this machine, for tests and for trying things out without a network.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { createServer } from "node:http"
import * as BinanceSimulator from "./BinanceSimulator.ts"
import * as BitgetSimulator from "./BitgetSimulator.ts"
import * as RequestLog from "./internal/requestLog.ts"
import type * as Limits from "./Limits.ts"

/**
 * Both exchanges, as long as the scope is open in which they were started.
 *
 * @since 0.1.0
 * @category tags
 */
export class Simulator extends Context.Tag("@open-interest/simulator/Simulator")<Simulator, Service>() {}

/**
 * The two exchanges, each at an address of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly binance: SimulatedExchange
  readonly bitget: SimulatedExchange
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
  /** The status that was answered; 499 if the client went away before the answer was ready. */
  readonly status: number
}

/**
 * The options of both exchanges, and where they listen.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends BinanceSimulator.Options, BitgetSimulator.Options {
  /** `weightPerMinute` and `historyPerFiveMinutes` are Binance's, `perSecond` and `perMinute` are Bitget's. Default: the exchanges' own. */
  readonly limits?: (Limits.BinanceOptions & Limits.BitgetOptions) | undefined
  /** The ports to listen on at 127.0.0.1. Default, also where one is 0: any free one. */
  readonly ports?: { readonly binance?: number | undefined; readonly bitget?: number | undefined } | undefined
}

/**
 * Starts both exchanges on 127.0.0.1. Closing the scope closes the servers at once, with every connection to them.
 *
 * Fails with `ServeError` when a port cannot be bound, for instance because it is in use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, HttpServerError.ServeError, Scope.Scope> =>
  Effect.all({
    binance: serve(BinanceSimulator.make(options), options.ports?.binance ?? 0),
    bitget: serve(BitgetSimulator.make(options), options.ports?.bitget ?? 0)
  })

/**
 * Both exchanges as a layer that starts them when it is built and closes them with its scope.
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

const serve = (
  app: HttpApp.Default,
  port: number
): Effect.Effect<SimulatedExchange, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    // Node closes an idle connection after 5 s, which races with a client that is about to use it again; exchanges wait longer.
    const server = createServer({ keepAliveTimeout: 60_000 })
    const http = yield* NodeHttpServer.make(() => server, { port, host })
    // Runs before the platform's own finalizer, which waits until every client has hung up (measured: over 20 s).
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
    )
    const log = RequestLog.make(remembered)
    yield* http.serve(log.record(app))
    return { baseUrl: HttpServer.formatAddress(http.address), requests: log.requests, requestCounts: log.counts }
  })
