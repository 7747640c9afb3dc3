/**
 * Open interest from one exchange: the service, and the mock layers that stand in for it in tests.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Stream from "effect/Stream"
import * as Exchange from "./Exchange.ts"
import type { ExchangeClient } from "./ExchangeClient.ts"
import type * as History from "./History.ts"
import type { Instrument } from "./Instrument.ts"
import * as InstrumentCatalog from "./InstrumentCatalog.ts"
import { everything, type InstrumentFilter } from "./InstrumentFilter.ts"
import * as Quarantine from "./internal/quarantine.ts"
import type { Listing, ListingFailure } from "./Listing.ts"
import type { MarkPrice } from "./MarkPrice.ts"
import { OpenInterest } from "./OpenInterest.ts"
import { combine, type ReadingFailure, type Readings } from "./Readings.ts"
import {
  type ExchangeError,
  type HistoryError,
  type LookupError,
  type SourceError,
  TimedOut,
  Unavailable,
  Unsupported
} from "./SourceError.ts"
import * as Valuation from "./Valuation.ts"

/**
 * A `symbol` is the exchange's own (`BTCUSD_PERP`) or the unified one (`BTC/USD:BTC`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly exchange: Exchange.Exchange
  /** All contracts that the exchange lists, from a cache of at most five minutes. */
  readonly instruments: Effect.Effect<Listing, ExchangeError>
  /** The contract of a symbol. */
  readonly instrument: (symbol: string) => Effect.Effect<Instrument, LookupError>
  /** The open interest of a contract now, in the unit in which the exchange reports it. */
  readonly openInterest: (symbol: string) => Effect.Effect<OpenInterest, SourceError>
  /** The mark price of a contract now, in quote currency per base coin. */
  readonly markPrice: (symbol: string) => Effect.Effect<MarkPrice, LookupError>
  /**
   * The open interest of a contract with its mark price, read at the same time. It fails only where the reading does;
   * a price that could not be had, or did not come within 5 s after the reading, is part of the value as an error.
   */
  readonly valuation: (symbol: string) => Effect.Effect<Valuation.Valuation, SourceError>
  /**
   * Many of these at once, in the fewest requests that the exchange allows, each contract once. What could not be read
   * is a failure beside the rest, named by the symbol as it was asked for.
   */
  readonly readings: (symbols: ReadonlyArray<string>) => Effect.Effect<Readings>
  /**
   * The whole market now, or those contracts of it that the filter names, in the fewest requests. It fails only where
   * no contract can be listed; whatever else is missing stands beside the rest. A contract that the exchange calls not
   * trading is not asked for again for five minutes, and named each time; one that is listed as `pending`, before its
   * first trade, has no open interest yet and is no part of it.
   */
  readonly snapshot: (filter?: InstrumentFilter) => Effect.Effect<Readings, ExchangeError>
  /**
   * The series that the exchange keeps of a contract, oldest rows first, and between them notices of rows that it does
   * not have. It is read page by page as it is consumed. Rows that have been given stay given when a later page fails.
   */
  readonly history: (request: History.Request) => Stream.Stream<History.Element, HistoryError>
}

/**
 * The tag of one exchange's open interest: each exchange package gives a layer of it, and so do the mocks below.
 *
 * @since 0.1.0
 * @category tags
 */
export class OpenInterestSource extends Context.Tag("@open-interest/core/OpenInterestSource")<
  OpenInterestSource,
  Service
>() {}

/**
 * What an exchange has to bring.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  readonly exchange: Exchange.Exchange
  readonly catalog: InstrumentCatalog.InstrumentCatalog
  /** Bounds each reading and each price as an operation of its own: that of the `ExchangeClient`. Default: unbounded. */
  readonly operation?: ExchangeClient["operation"] | undefined
  readonly openInterest: (instrument: Instrument) => Effect.Effect<OpenInterest, SourceError>
  readonly markPrice: (instrument: Instrument) => Effect.Effect<MarkPrice, ExchangeError>
  /** The prices of all contracts with one lookup, for when several are read. Default: that of each on its own. */
  readonly markPrices?:
    | Effect.Effect<(instrument: Instrument) => Either.Either<MarkPrice, ExchangeError>, ExchangeError>
    | undefined
  /** Several contracts with one request or few: what came of each. Default: each on its own, all at once. */
  readonly bulk?:
    | ((
        instruments: ReadonlyArray<Instrument>
      ) => Effect.Effect<(instrument: Instrument) => Either.Either<Valuation.Valuation, SourceError>>)
    | undefined
  /** Default: `Unsupported`. */
  readonly history?: Service["history"] | undefined
}

/** How long a reading that has arrived waits for its price. */
const priceGrace = Duration.seconds(5)

/** What comes of a read that takes nothing down: neither its errors nor its defects are anybody else's. */
const eitherOf = <A, E>(
  exchange: Exchange.Exchange,
  symbol: string | undefined,
  read: Effect.Effect<A, E>
): Effect.Effect<Either.Either<A, E | Unavailable>> =>
  Effect.either(
    Effect.catchAllDefect(read, (cause) =>
      Effect.fail(new Unavailable({ exchange, symbol, detail: `a defect in the source: ${String(cause)}`, cause }))
    )
  )

/** Looks up prices while readings are made, which are told how to come by them once they have arrived. */
const whilePricing = <P, A, E>(
  {
    exchange,
    name,
    prices
  }: {
    readonly exchange: Exchange.Exchange
    /** What the prices are of, where it is one contract. */
    readonly name?: string
    readonly prices: Effect.Effect<P, LookupError>
  },
  read: (pricesFor: (symbol: string) => Effect.Effect<Either.Either<P, LookupError>>) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.acquireUseRelease(
    Effect.forkDaemon(Effect.interruptible(eitherOf(exchange, name, prices))),
    (fiber) =>
      read((symbol) =>
        Effect.flatMap(Fiber.poll(fiber), (found) => {
          if (Option.isSome(found)) return found.value
          const late = new TimedOut({ exchange, symbol, timeout: "total", after: priceGrace })
          return Effect.timeoutTo(Fiber.join(fiber), {
            duration: priceGrace,
            onSuccess: identity,
            onTimeout: () => Either.left(late)
          })
        })
      ),
    // Not waited for: a price that is slow to end must not hold the reading up.
    Fiber.interruptFork
  )

/**
 * A service from what an exchange has to bring; everything else follows from it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (parts: Parts): Service => {
  const { bulk, catalog, exchange, markPrices } = parts
  const operation: ExchangeClient["operation"] = parts.operation ?? (() => identity)
  const openInterest = operationOn(operation, "openInterest", parts.openInterest)
  const markPrice = operationOn(operation, "markPrice", parts.markPrice)
  const quarantine = Quarantine.make()

  const valuation = (symbol: string, instrument: Effect.Effect<Instrument, LookupError>) =>
    whilePricing({ exchange, name: symbol, prices: markPrice(symbol, instrument) }, (priceFor) =>
      Effect.flatMap(openInterest(symbol, instrument), (reading) =>
        Effect.map(priceFor(symbol), (price) => Valuation.make(reading, price))
      )
    )

  const readEach = (
    instruments: ReadonlyArray<Instrument>,
    value: (instrument: Instrument) => Effect.Effect<Valuation.Valuation, SourceError>
  ) =>
    Effect.forEach(
      instruments,
      (instrument) => eitherOf(exchange, instrument.symbol, quarantine.read(instrument, value(instrument))),
      { concurrency: "unbounded" }
    )

  const oneByOne = (instruments: ReadonlyArray<Instrument>) =>
    readEach(instruments, (instrument) => valuation(instrument.symbol, Effect.succeed(instrument)))

  const each =
    markPrices === undefined
      ? oneByOne
      : (instruments: ReadonlyArray<Instrument>) =>
          Effect.if(quarantine.keepsAll(instruments), {
            // Nothing will be read, so there is nothing to price.
            onTrue: () => oneByOne(instruments),
            onFalse: () =>
              whilePricing({ exchange, prices: operation({ name: "markPrice" })(markPrices) }, (pricesFor) =>
                readEach(instruments, (instrument) =>
                  Effect.gen(function* () {
                    const { symbol } = instrument
                    const reading = yield* openInterest(symbol, Effect.succeed(instrument))
                    const price = Effect.flatMap(Effect.flatten(pricesFor(symbol)), (priceOf) => priceOf(instrument))
                    return Valuation.make(reading, yield* eitherOf(exchange, symbol, price))
                  })
                )
              )
          })

  const read =
    bulk === undefined
      ? each
      : (instruments: ReadonlyArray<Instrument>) =>
          Effect.map(eitherOf(exchange, undefined, bulk(instruments)), (results) =>
            instruments.map((instrument) => Either.flatMap(results, (resultOf) => resultOf(instrument)))
          )

  /** Reads these contracts, and names what is missing: by the symbols that were asked for, where some were. */
  const readAll = (asked: ReadonlyArray<{ readonly names: ReadonlyArray<string>; readonly instrument: Instrument }>) =>
    Effect.map(read(asked.map(({ instrument }) => instrument)), (results): Readings => {
      const [failures, valuations] = Array.partitionMap(results, (result, index) =>
        Either.mapLeft(result, (error) =>
          (asked[index]?.names ?? []).map((name) => contractFailure(exchange, name, error))
        )
      )
      return { valuations, failures: failures.flat() }
    })

  return {
    exchange,
    instruments: catalog.instruments,
    instrument: catalog.instrument,
    openInterest: (symbol) => openInterest(symbol, catalog.instrument(symbol)),
    markPrice: (symbol) => markPrice(symbol, catalog.instrument(symbol)),
    valuation: (symbol) => valuation(symbol, catalog.instrument(symbol)),
    readings: (symbols) =>
      Effect.gen(function* () {
        const [failures, asked] = yield* Effect.partition(
          new Set(symbols),
          (name) =>
            Effect.mapBoth(catalog.instrument(name), {
              onFailure: (error) => contractFailure(exchange, name, error),
              onSuccess: (instrument) => ({ name, instrument })
            }),
          { concurrency: "unbounded" }
        )
        const contracts = Object.values(Array.groupBy(asked, ({ instrument }) => instrument.symbol)).map((group) => ({
          names: group.map(({ name }) => name),
          instrument: group[0].instrument
        }))
        return combine([yield* readAll(contracts), { valuations: [], failures }])
      }),
    snapshot: (filter = everything) =>
      Effect.gen(function* () {
        const listing = yield* catalog.matching(filter)
        const listed = listing.listed.filter(({ status }) => status !== "pending")
        const readings = yield* readAll(listed.map((instrument) => ({ names: [instrument.symbol], instrument })))
        return combine([
          { valuations: readings.valuations, failures: byProduct(listed, readings.failures) },
          { valuations: [], failures: listing.failures.map(listingFailure(exchange)) }
        ])
      }),
    history:
      parts.history ??
      (({ symbol }) =>
        Stream.fail(new Unsupported({ exchange, symbol, detail: `no history: ${exchange} publishes none` })))
  }
}

/** Bounds a read by the policy, together with the way to its contract. */
const operationOn =
  <A, E extends SourceError>(
    operation: ExchangeClient["operation"],
    name: string,
    read: (instrument: Instrument) => Effect.Effect<A, E>
  ) =>
  <F extends SourceError>(
    symbol: string,
    instrument: Effect.Effect<Instrument, F>
  ): Effect.Effect<A, E | F | ExchangeError> =>
    operation({ name, symbol })(Effect.flatMap(instrument, read))

const contractFailure = (exchange: Exchange.Exchange, name: string, error: SourceError): ReadingFailure => ({
  exchange,
  missing: "contract",
  name,
  error
})

/** One error that took all contracts of a product line is one failure. */
const byProduct = (
  listed: ReadonlyArray<Instrument>,
  failures: ReadonlyArray<ReadingFailure>
): ReadonlyArray<ReadingFailure> => {
  const productOf = new Map(listed.map(({ product, symbol }) => [symbol, product]))
  const sizes = Record.map(
    Array.groupBy(listed, ({ product }) => product),
    Array.length
  )
  const groups = Array.groupBy(failures, ({ name }) => productOf.get(name) ?? "")
  return Record.toEntries(groups).flatMap(([name, group]): ReadonlyArray<ReadingFailure> => {
    const [{ error, exchange }] = group
    const isWhole = group.length > 1 && group.length === sizes[name] && group.every((each) => each.error === error)
    return isWhole ? [{ exchange, missing: "product", name, error }] : group
  })
}

const listingFailure =
  (exchange: Exchange.Exchange) =>
  ({ error, missing, product, symbol }: ListingFailure): ReadingFailure => ({
    exchange,
    missing: missing === "list" ? "product" : "contract",
    name: symbol ?? product,
    error
  })

/** What the mocks answer from: contracts taken from the values that the test gives. */
const makeMock = (
  id: string,
  instruments: ReadonlyArray<Instrument>,
  markPrices: ReadonlyArray<MarkPrice>,
  read: (instrument: Instrument) => Effect.Effect<OpenInterest, SourceError>
) =>
  Effect.gen(function* () {
    const exchange = Exchange.make(id)
    const foreign = instruments.find((instrument) => instrument.exchange !== exchange)
    if (foreign !== undefined) {
      return yield* Effect.dieMessage(`a mock of ${exchange} was given ${foreign.exchange}:${foreign.symbol}`)
    }
    const listed = [...new Map(instruments.map((instrument) => [instrument.symbol, instrument])).values()]
    const catalog = yield* InstrumentCatalog.make({
      exchange,
      lists: [{ product: id, read: Effect.succeed({ listed, failures: [] }), settlesIn: () => true }]
    })
    const prices = new Map(markPrices.map((price) => [price.instrument.symbol, price]))
    return make({
      exchange,
      catalog,
      openInterest: read,
      history: ({ symbol }) =>
        Stream.fail(new Unsupported({ exchange, symbol, detail: "no history: the mock was given none" })),
      markPrice: ({ symbol }) =>
        Effect.mapError(
          Effect.fromNullable(prices.get(symbol)),
          () => new Unavailable({ exchange, symbol, detail: "the mock was given no mark price for it" })
        )
    })
  })

/**
 * A source that always gives the same readings. Its contracts are those of the readings; any other symbol is unknown,
 * with suggestions, as at a real exchange. Of several readings or prices of one contract the last counts; the
 * valuation of a contract without a price says so. A reading of another exchange is a defect.
 *
 * @since 0.1.0
 * @category mock layers
 */
export const layerReadings = (
  exchange: string,
  readings: ReadonlyArray<OpenInterest>,
  markPrices: ReadonlyArray<MarkPrice> = []
): Layer.Layer<OpenInterestSource> =>
  Layer.scoped(
    OpenInterestSource,
    makeMock(
      exchange,
      readings.map((reading) => reading.instrument),
      markPrices,
      (instrument) =>
        Effect.fromNullable(readings.findLast((reading) => reading.instrument.symbol === instrument.symbol)).pipe(
          Effect.orDie
        )
    )
  )

/**
 * What a contract of a script does, call by call: a reading, an error, or any effect of one (`Effect.never`, a delay).
 *
 * @since 0.1.0
 * @category models
 */
export interface Script {
  readonly instrument: Instrument
  readonly outcomes: ReadonlyArray<OpenInterest | Effect.Effect<OpenInterest, SourceError>>
}

/**
 * A source that plays a script: the n-th reading of a contract is its n-th outcome. A reading beyond the last is a
 * defect that names the contract, so that a test notices requests which it did not expect.
 *
 * @since 0.1.0
 * @category mock layers
 */
export const layerScript = (
  exchange: string,
  scripts: ReadonlyArray<Script>,
  markPrices: ReadonlyArray<MarkPrice> = []
): Layer.Layer<OpenInterestSource> =>
  Layer.scoped(
    OpenInterestSource,
    Effect.suspend(() => {
      const remaining = new Map<string, Array<Script["outcomes"][number]>>()
      for (const { instrument, outcomes } of scripts) {
        remaining.set(instrument.symbol, [...(remaining.get(instrument.symbol) ?? []), ...outcomes])
      }
      return makeMock(
        exchange,
        scripts.map((script) => script.instrument),
        markPrices,
        ({ symbol }) =>
          Effect.suspend(() => {
            const outcome = remaining.get(symbol)?.shift()
            if (outcome === undefined)
              return Effect.dieMessage(`the script for ${exchange}:${symbol} has no more outcomes`)
            return outcome instanceof OpenInterest ? Effect.succeed(outcome) : outcome
          })
      )
    })
  )

/**
 * A source with only the given members; using another is a defect that names it.
 *
 * @since 0.1.0
 * @category mock layers
 */
export const layerMock = (service: Layer.PartialEffectful<Service>): Layer.Layer<OpenInterestSource> =>
  Layer.mock(OpenInterestSource, service)
