/**
 * The contracts of an exchange on demand: one cached list per product line, and the way from a symbol to its contract.
 *
 * For authors of an exchange package: they bring the lists, this module keeps them.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Exchange } from "./Exchange.ts"
import type * as ExchangeClient from "./ExchangeClient.ts"
import type { Instrument } from "./Instrument.ts"
import * as Instruments from "./Instruments.ts"
import * as SharedLookup from "./SharedLookup.ts"
import * as Wire from "./Wire.ts"
import { AmbiguousSymbol, type LookupError, type RequestError, UnknownSymbol } from "./SourceError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface InstrumentCatalog {
  /** All lists; fails only when not one could be read. */
  readonly instruments: Effect.Effect<Instruments.Instruments, RequestError>
  /**
   * The contract of an exchange's own symbol, or of a unified one. A symbol that is not found makes the lists be read
   * again, at most once a minute; when a list that might hold it can't be read, the failure is that of the list.
   */
  readonly instrument: (symbol: string) => Effect.Effect<Instrument, LookupError>
}

/**
 * One product line of the exchange.
 *
 * @since 0.1.0
 * @category models
 */
export interface Listing {
  readonly product: string
  /** Reads the whole list; rows that can't be read are failures beside the rest. */
  readonly read: Effect.Effect<Instruments.Instruments, RequestError>
  /** Whether a contract that settles in this currency may stand in this list, seen from its base coin. */
  readonly settlesIn: (settle: string, base: string) => boolean
}

/**
 * A list from its rows: a row that can't be read is a failure beside the rest.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fromRows = <A, I>(options: {
  readonly product: string
  readonly schema: Schema.Schema<A, I>
  /** Where the rows stand in the answer: `symbols`, `data`. */
  readonly path: string
  readonly toInstrument: (row: A) => Instrument
}): ((answer: ExchangeClient.Answer<unknown>, rows: ReadonlyArray<unknown>) => Instruments.Instruments) => {
  const decode = Wire.decodeRows(options.schema, options.path)
  return (answer, rows) => {
    const [mismatches, decoded] = Array.partitionMap(decode(rows), ({ row, symbol }) =>
      Either.mapLeft(row, (mismatch) => ({ symbol, mismatch }))
    )
    return {
      listed: decoded.map(options.toInstrument),
      failures: mismatches.map(({ mismatch, symbol }) => ({
        product: options.product,
        missing: "row",
        symbol,
        error: answer.unexpected(mismatch)
      }))
    }
  }
}

const freshFor = "5 minutes"
const searchAgainAfter = "1 minute"

const matches = ({ listed }: Instruments.Instruments, symbol: string): ReadonlyArray<Instrument> =>
  listed.filter((instrument) => instrument.symbol === symbol || instrument.unifiedSymbol === symbol)

const unreadable = ({ failures }: Instruments.Instruments): RequestError | undefined =>
  failures.find((failure) => failure.missing === "list")?.error

const combine = (answers: ReadonlyArray<Instruments.Instruments>): Instruments.Instruments => ({
  listed: answers.flatMap((answer) => answer.listed),
  failures: answers.flatMap((answer) => answer.failures)
})

/** Base and settle currency of `BTC/USDT:USDT-261225`; `undefined` for an exchange's own symbol. */
const currencies = (symbol: string): { readonly base: string; readonly settle: string } | undefined => {
  const [, base, settle] = /^([^/]+)\/[^:]+:(.+?)(?:-\d{6})?$/.exec(symbol) ?? []
  return base === undefined || settle === undefined ? undefined : { base, settle }
}

/**
 * Keeps each list for five minutes of use. The lists live in the scope of the caller: an exchange's Layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly exchange: Exchange
  readonly listings: ReadonlyArray<Listing>
}): Effect.Effect<InstrumentCatalog, never, Scope.Scope> =>
  Effect.gen(function* () {
    const lists = yield* Effect.forEach(options.listings, ({ product, read, settlesIn }) =>
      Effect.map(SharedLookup.make(read), (lookup) => ({
        settlesIn,
        ask: (maxAge: Duration.DurationInput): Effect.Effect<Instruments.Instruments> =>
          Effect.catchAll(lookup.get(maxAge), (error) =>
            Effect.succeed({ listed: [], failures: [{ product, missing: "list", symbol: undefined, error }] })
          )
      }))
    )

    /** An exchange's own symbol stands in one list only, so the first that holds it need not wait for the others. */
    const askUntilFound = (symbol: string) =>
      Effect.merge(
        Effect.forEach(
          lists,
          (list) =>
            Effect.filterOrFail(
              list.ask(freshFor),
              (answer) => matches(answer, symbol).length === 0,
              (answer) => [answer]
            ),
          { concurrency: "unbounded" }
        )
      )

    const choose = (
      symbol: string,
      { failures, listed }: Instruments.Instruments
    ): Effect.Effect<Instrument, LookupError> => {
      const { exchange } = options
      const [found, ...others] = matches({ failures, listed }, symbol)
      if (found !== undefined && others.length > 0) {
        return new AmbiguousSymbol({ exchange, symbol, candidates: [found, ...others].map((each) => each.symbol) })
      }
      if (found !== undefined) return Effect.succeed(found)
      const failure =
        failures.find((each) => each.symbol === symbol) ?? failures.find((each) => each.missing === "list")
      return failure?.error ?? new UnknownSymbol({ exchange, symbol, suggestions: Instruments.nearest(listed, symbol) })
    }

    return {
      instruments: Effect.flatMap(
        Effect.forEach(lists, (list) => list.ask(freshFor), { concurrency: "unbounded" }),
        (answers) => {
          const errors = answers.flatMap((answer) => unreadable(answer) ?? [])
          return errors[0] !== undefined && errors.length === answers.length
            ? Effect.fail(errors[0])
            : Effect.succeed(combine(answers))
        }
      ),
      instrument: (symbol) =>
        Effect.gen(function* () {
          const unified = currencies(symbol)
          const holders =
            unified === undefined ? [] : lists.filter((list) => list.settlesIn(unified.settle, unified.base))
          const asked = holders.length > 0 ? holders : lists
          const answers =
            holders.length > 0
              ? yield* Effect.forEach(holders, (list) => list.ask(freshFor), { concurrency: "unbounded" })
              : yield* askUntilFound(symbol)
          const first = combine(answers)
          if (matches(first, symbol).length > 0) return yield* choose(symbol, first)
          const again = yield* Effect.forEach(
            asked,
            (list, index) => {
              const answer = answers[index]
              return answer !== undefined && unreadable(answer) ? Effect.succeed(answer) : list.ask(searchAgainAfter)
            },
            { concurrency: "unbounded" }
          )
          return yield* choose(symbol, combine(again))
        })
    }
  })
