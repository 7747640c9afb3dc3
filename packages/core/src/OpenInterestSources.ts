/**
 * Several exchanges side by side, each by its name.
 *
 * @since 0.1.0
 */
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Exchange } from "./Exchange.ts"
import type { InstrumentFilter } from "./InstrumentFilter.ts"
import type { Listing } from "./Listing.ts"
import * as OpenInterestSource from "./OpenInterestSource.ts"
import type { Readings } from "./Readings.ts"
import { type ExchangeError, type SourceError, Unavailable } from "./SourceError.ts"
import type { Target } from "./Target.ts"
import type { Valuation } from "./Valuation.ts"

/**
 * There is no source of this name.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownExchange extends Schema.TaggedError<UnknownExchange>(
  "@open-interest/core/OpenInterestSources/UnknownExchange"
)("UnknownExchange", { exchange: Schema.String, known: Schema.Array(Schema.String) }) {
  override get message(): string {
    return `unknown exchange ${JSON.stringify(this.exchange)}: there are ${this.known.join(", ")}`
  }
}

/**
 * The source could not be set up, as a rule because of a wrong setting. The others work all the same.
 *
 * @since 0.1.0
 * @category errors
 */
export class Misconfigured extends Schema.TaggedError<Misconfigured>(
  "@open-interest/core/OpenInterestSources/Misconfigured"
)("Misconfigured", { exchange: Schema.String, detail: Schema.String, cause: Schema.optional(Schema.Defect) }) {
  override get message(): string {
    return this.detail
  }
}

/**
 * One answer out of several, success or failure.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome<Of, A, E> {
  readonly of: Of
  readonly result: Either.Either<A, E | UnknownExchange | Misconfigured>
}

/**
 * Sources by name. No method fails as a whole: each answer is an outcome of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The names of the sources, in the order in which they were given. */
  readonly exchanges: ReadonlyArray<string>
  readonly source: (exchange: string) => Effect.Effect<OpenInterestSource.Service, UnknownExchange | Misconfigured>
  /** Reads all targets, exchanges side by side; one outcome per target, in their order. */
  readonly valuations: (
    targets: ReadonlyArray<Target>
  ) => Effect.Effect<ReadonlyArray<Outcome<Target, Valuation, SourceError>>>
  /** Lists the contracts of these exchanges, or of all; one outcome per exchange, in their order. */
  readonly instruments: (
    exchanges?: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Outcome<string, Listing, ExchangeError>>>
  /**
   * The market of these exchanges, or of all, as far as the filter goes; one outcome per exchange, in their order.
   */
  readonly snapshots: (
    filter?: InstrumentFilter,
    exchanges?: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Outcome<string, Readings, ExchangeError>>>
}

/**
 * The tag of several sources side by side; see {@link layer}.
 *
 * @since 0.1.0
 * @category tags
 */
export class OpenInterestSources extends Context.Tag("@open-interest/core/OpenInterestSources")<
  OpenInterestSources,
  Service
>() {}

/** How many contracts of one exchange are read at the same time. */
const readingsAtOnce = 8

const explain = (error: unknown): string => {
  if (!ConfigError.isConfigError(error)) return error instanceof Error ? error.message : String(error)
  switch (error._op) {
    case "And":
    case "Or":
      return `${explain(error.left)}; ${explain(error.right)}`
    default:
      return `${error.path.join("_")}: ${error.message}`
  }
}

/**
 * Why a source could not be set up, from whatever its layer or its configuration failed with.
 *
 * @since 0.1.0
 * @category errors
 */
export const misconfigured = (exchange: string, cause: unknown): Misconfigured => {
  const what = ConfigError.isConfigError(cause) ? "wrong setting" : "could not be set up"
  return new Misconfigured({ exchange, detail: `${what}: ${explain(cause)}`, cause })
}

/** A defect in one source is no reason to lose what the others read. */
const broken = (exchange: Exchange, symbol?: string) => (defect: unknown) =>
  new Unavailable({ exchange, symbol, detail: `a defect in the source: ${explain(defect)}`, cause: defect })

type RequirementsOf<Sources extends Readonly<Record<string, AnySource>>> = Layer.Layer.Context<Sources[keyof Sources]>

type AnySource = Layer.Layer<OpenInterestSource.OpenInterestSource, unknown, unknown>

/**
 * Builds every source of the record. One that fails to build is kept as {@link Misconfigured} and met only by those
 * who ask for it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Sources extends Readonly<Record<string, AnySource>>>(
  sources: Sources
): Layer.Layer<OpenInterestSources, never, RequirementsOf<Sources>> =>
  Layer.scoped(
    OpenInterestSources,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      // One memo map for all, so that what the layers have in common (a client) is built once.
      const memoMap = yield* Layer.CurrentMemoMap
      const built = new Map(
        yield* Effect.forEach(Object.entries(sources), ([exchange, source]) =>
          Layer.buildWithMemoMap(
            source as Layer.Layer<OpenInterestSource.OpenInterestSource, unknown, RequirementsOf<Sources>>,
            memoMap,
            scope
          ).pipe(
            Effect.map((context) => Context.get(context, OpenInterestSource.OpenInterestSource)),
            Effect.catchAllDefect((defect) => Effect.fail(defect)),
            Effect.mapError((cause) => misconfigured(exchange, cause)),
            Effect.either,
            Effect.zip(Effect.makeSemaphore(readingsAtOnce)),
            Effect.map(([service, turns]) => [exchange, { service, turns }] as const)
          )
        )
      )
      const exchanges = [...built.keys()]
      const source: Service["source"] = (exchange) =>
        built.get(exchange)?.service ?? new UnknownExchange({ exchange, known: exchanges })

      const onEach = <A, E>(
        of: ReadonlyArray<string>,
        use: (service: OpenInterestSource.Service) => Effect.Effect<A, E>
      ): Effect.Effect<ReadonlyArray<Outcome<string, A, E | Unavailable>>> =>
        Effect.forEach(
          of,
          (exchange) =>
            Effect.flatMap(source(exchange), (service) =>
              Effect.catchAllDefect(use(service), broken(service.exchange))
            ).pipe(
              Effect.either,
              Effect.map((result) => ({ of: exchange, result }))
            ),
          { concurrency: "unbounded" }
        )

      return {
        exchanges,
        source,
        valuations: (targets) =>
          Effect.forEach(
            targets,
            (target) => {
              const valuation = Effect.flatMap(source(target.exchange), (service) =>
                Effect.catchAllDefect(service.valuation(target.symbol), broken(service.exchange, target.symbol))
              )
              const inTurn = built.get(target.exchange)?.turns.withPermits(1)(valuation) ?? valuation
              return Effect.map(Effect.either(inTurn), (result) => ({ of: target, result }))
            },
            { concurrency: "unbounded" }
          ),
        instruments: (of = exchanges) => onEach(of, (service) => service.instruments),
        snapshots: (filter, of = exchanges) => onEach(of, (service) => service.snapshot(filter))
      }
    })
  )
