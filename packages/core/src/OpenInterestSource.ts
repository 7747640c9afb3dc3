/**
 * Open interest from one exchange: the service, and the mock layers that stand in for it in tests.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Exchange from "./Exchange.ts"
import type { Instrument } from "./Instrument.ts"
import * as InstrumentCatalog from "./InstrumentCatalog.ts"
import type { Listing } from "./Listing.ts"
import type { MarkPrice } from "./MarkPrice.ts"
import { OpenInterest } from "./OpenInterest.ts"
import { type LookupError, type ExchangeError, type SourceError, TimedOut, Unavailable } from "./SourceError.ts"
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

/** How long a reading that has arrived waits for its price. */
const priceGrace = Duration.seconds(5)

/** A price is not worth a reading, so even its defects are only a missing price. */
const eitherPrice = ({ exchange, markPrice }: Pick<Service, "exchange" | "markPrice">, symbol: string) =>
  Effect.either(
    Effect.catchAllDefect(markPrice(symbol), (cause) =>
      Effect.fail(new Unavailable({ exchange, symbol, detail: `a defect in the source: ${String(cause)}`, cause }))
    )
  )

/**
 * A service from what an exchange has to bring; the valuation follows from it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (exchange: Omit<Service, "valuation">): Service => ({
  ...exchange,
  valuation: (symbol) =>
    Effect.acquireUseRelease(
      Effect.forkDaemon(Effect.interruptible(eitherPrice(exchange, symbol))),
      (price) =>
        Effect.gen(function* () {
          const reading = yield* exchange.openInterest(symbol)
          const late = new TimedOut({ exchange: exchange.exchange, symbol, timeout: "total", after: priceGrace })
          const markPrice = yield* Effect.timeoutTo(Fiber.join(price), {
            duration: priceGrace,
            onSuccess: identity,
            onTimeout: () => Either.left(late)
          })
          return Valuation.make(reading, markPrice)
        }),
      // Not waited for: a price that is slow to end must not hold the reading up.
      Fiber.interruptFork
    )
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
    return make({
      exchange,
      instruments: catalog.instruments,
      instrument: catalog.instrument,
      openInterest: (symbol) => Effect.flatMap(catalog.instrument(symbol), read),
      markPrice: (symbol) =>
        Effect.flatMap(catalog.instrument(symbol), (instrument) => {
          const found = markPrices.findLast((price) => price.instrument.symbol === instrument.symbol)
          return found === undefined
            ? new Unavailable({ exchange, symbol, detail: "the mock was given no mark price for it" })
            : Effect.succeed(found)
        })
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
