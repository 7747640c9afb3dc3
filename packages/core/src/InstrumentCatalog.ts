/**
 * The contracts of an exchange on demand: one cached list per product line, and the way from a symbol to its contract.
 *
 * For authors of an exchange package: they bring the lists, this module keeps them.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Exchange } from "./Exchange.ts"
import type { Instrument } from "./Instrument.ts"
import * as InstrumentArchive from "./InstrumentArchive.ts"
import * as InstrumentFilter from "./InstrumentFilter.ts"
import { nearest } from "./internal/nearest.ts"
import * as Listing from "./Listing.ts"
import * as SharedLookup from "./SharedLookup.ts"
import { AmbiguousSymbol, type ExchangeError, type LookupError, UnknownSymbol } from "./SourceError.ts"

/**
 * What a source needs to answer for its contracts.
 *
 * @since 0.1.0
 * @category models
 */
export interface InstrumentCatalog {
  /** All lists; fails only when not one could be read. */
  readonly instruments: Effect.Effect<Listing.Listing, ExchangeError>
  /**
   * The contract of an exchange's own symbol, or of a unified one. A symbol that is not found makes the lists be read
   * again, at most once a minute, which may fail without harm; when a list or a row that might be it can't be read at
   * all, the failure is that one's.
   */
  readonly instrument: (symbol: string) => Effect.Effect<Instrument, LookupError>
  /** The lists that may hold contracts of the filter, and of them these contracts; fails as {@link instruments} does. */
  readonly matching: (filter: InstrumentFilter.InstrumentFilter) => Effect.Effect<Listing.Listing, ExchangeError>
  /** As {@link instrument}; a contract that is listed no more is looked for in the archive. */
  readonly instrumentOrArchived: (symbol: string) => Effect.Effect<Instrument, LookupError>
}

/**
 * The list of one product line of the exchange.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProductList {
  readonly product: string
  /** Reads the whole list; rows that can't be read are failures beside the rest. */
  readonly read: Effect.Effect<Listing.Listing, ExchangeError>
  /** Whether a contract that settles in this currency may stand in this list, seen from its base coin. */
  readonly settlesIn: (settle: string, base: string) => boolean
  /**
   * Whether an exchange's own symbol looks like those of this list, which then is read before the others. A guess: where
   * it is wrong, the contract is found all the same, once this list has answered or failed. Default: none does.
   */
  readonly isLike?: ((symbol: string) => boolean) | undefined
}

const freshFor = "5 minutes"
const searchAgainAfter = "1 minute"

type ByName = ReadonlyMap<string, ReadonlyArray<Instrument>>

/** The contracts of a list by both of their symbols. */
const indexOf = (listed: ReadonlyArray<Instrument>): ByName => {
  const names = new Map<string, Array<Instrument>>()
  for (const instrument of listed) {
    for (const name of new Set([instrument.symbol, instrument.unifiedSymbol])) {
      const found = names.get(name)
      if (found === undefined) names.set(name, [instrument])
      else found.push(instrument)
    }
  }
  return names
}

/** A list serves for minutes, and each reading looks for its contract in it. */
const indices = new WeakMap<ReadonlyArray<Instrument>, ByName>()

const named = (listed: ReadonlyArray<Instrument>, symbol: string): ReadonlyArray<Instrument> => {
  const index = indices.get(listed) ?? indexOf(listed)
  indices.set(listed, index)
  return index.get(symbol) ?? []
}

const holds = ({ listed }: Listing.Listing, symbol: string): boolean => named(listed, symbol).length > 0

const unreadable = ({ failures }: Listing.Listing): ExchangeError | undefined =>
  failures.find((failure) => failure.missing === "list")?.error

const nothing: Listing.Listing = { listed: [], failures: [] }

/** Base and settle currency of `BTC/USDT:USDT-261225`; `undefined` for an exchange's own symbol. */
const currencies = (symbol: string): { readonly base: string; readonly settle: string } | undefined => {
  const [, base, settle] = /^([^/]+)\/[^:]+:(.+?)(?:-\d{6})?$/.exec(symbol) ?? []
  return base === undefined || settle === undefined ? undefined : { base, settle }
}

/** A row that can't be read has only its own symbol: one that begins with the coin may be the unified one's. */
const mayBe = ({ symbol: row }: Listing.ListingFailure, symbol: string): boolean => {
  const base = currencies(symbol)?.base
  return row === symbol || (base !== undefined && row?.startsWith(base) === true)
}

/**
 * The lists that may hold contracts of a filter. Where there are lists that settle in a currency whatever the coin, its
 * contracts are in those; otherwise they are margined in the coin itself.
 */
const holding = <A extends Pick<ProductList, "settlesIn">>(
  lists: ReadonlyArray<A>,
  { settle }: InstrumentFilter.InstrumentFilter
): ReadonlyArray<A> => {
  if (settle === undefined) return lists
  const wanted = new Set(
    settle.flatMap((text) => {
      const currency = text.toUpperCase()
      const always = lists.filter(({ settlesIn }) => settlesIn(currency, ""))
      return always.length > 0 ? always : lists.filter(({ settlesIn }) => settlesIn(currency, currency))
    })
  )
  return lists.filter((list) => wanted.has(list))
}

/** A row that can't be read may be any contract, but for one whose symbol is left out. */
const mayMatch = (filter: InstrumentFilter.InstrumentFilter) => {
  const isLike = InstrumentFilter.symbolPredicate(filter)
  return ({ symbol }: Listing.ListingFailure): boolean => symbol === undefined || isLike([symbol])
}

/**
 * Keeps each list for five minutes of use, and its dated contracts in the {@link InstrumentArchive} of the context. The
 * lists live in the scope of the caller: an exchange's Layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly exchange: Exchange
  readonly lists: ReadonlyArray<ProductList>
}): Effect.Effect<InstrumentCatalog, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { exchange } = options
    const archive = yield* InstrumentArchive.InstrumentArchive
    const lists = yield* Effect.forEach(options.lists, ({ isLike = () => false, product, read, settlesIn }) =>
      Effect.map(SharedLookup.make(Effect.tap(read, ({ listed }) => archive.keep(listed))), (lookup) => {
        let failedAt: bigint | undefined
        return {
          settlesIn,
          isLike,
          known: (now: bigint) => lookup.peek(freshFor, now),
          ask: Effect.catchAll(lookup.get(freshFor), (error) =>
            Effect.succeed<Listing.Listing>({
              listed: [],
              failures: [{ product, missing: "list", symbol: undefined, error }]
            })
          ),
          /** The list read again, unless that was done or tried within a minute; otherwise it stays as it was. */
          askAgain: (listing: Listing.Listing): Effect.Effect<Listing.Listing> =>
            Effect.gen(function* () {
              const now = yield* Clock.currentTimeNanos
              const wait = Duration.unsafeToNanos(searchAgainAfter)
              if (unreadable(listing) || (failedAt !== undefined && now - failedAt < wait)) return listing
              return yield* Effect.catchAll(lookup.get(searchAgainAfter), () =>
                Effect.sync(() => {
                  failedAt = now
                  return listing
                })
              )
            })
        }
      })
    )
    const askAll = (asked: ReadonlyArray<(typeof lists)[number]>) =>
      Effect.forEach(asked, (list) => list.ask, { concurrency: "unbounded" })

    /** The first list to arrive that holds the symbol; all of these, where none does. */
    const askUntilFound = (asked: typeof lists, symbol: string) =>
      Effect.merge(
        Effect.forEach(
          asked,
          (list) =>
            Effect.filterOrFail(
              list.ask,
              (listing) => !holds(listing, symbol),
              (listing) => [listing]
            ),
          { concurrency: "unbounded" }
        )
      )

    /**
     * An exchange's own symbol stands in one list only. So a list at hand that holds it is enough, then one in which it
     * looks at home, and otherwise the first that arrives: the others may be slow, or down, and need not be asked for it.
     */
    const askFor = (symbol: string) =>
      Effect.flatMap(Clock.currentTimeNanos, (now) => {
        const atHand = Array.findFirst(lists, (list) =>
          Option.filter(list.known(now), (listing) => holds(listing, symbol))
        )
        if (Option.isSome(atHand)) return Effect.succeed([atHand.value])
        const [others, likely] = Array.partition(lists, (list) => list.isLike(symbol))
        return Effect.flatMap(askUntilFound(likely, symbol), (first) => {
          if (first.some((listing) => holds(listing, symbol))) return Effect.succeed(first)
          return Effect.map(askUntilFound(others, symbol), (rest) => {
            if (rest.some((listing) => holds(listing, symbol))) return rest
            const listings = new Map(Array.zip([...likely, ...others], [...first, ...rest]))
            return lists.flatMap((list) => listings.get(list) ?? [])
          })
        })
      })

    const choose = (
      symbol: string,
      listings: ReadonlyArray<Listing.Listing>
    ): Effect.Effect<Instrument, LookupError> => {
      const found = listings.flatMap(({ listed }) => named(listed, symbol))
      const candidates = [...new Set(found.map((instrument) => instrument.symbol))]
      if (candidates.length > 1) return new AmbiguousSymbol({ exchange, symbol, candidates })
      if (found[0] !== undefined) return Effect.succeed(found[0])
      const { failures, listed } = Listing.combine(listings)
      const failure = failures.find((each) => mayBe(each, symbol)) ?? failures.find((each) => each.missing === "list")
      return failure?.error ?? new UnknownSymbol({ exchange, symbol, suggestions: nearest(listed, symbol) })
    }

    const combined = (asked: ReadonlyArray<(typeof lists)[number]>) =>
      Effect.flatMap(askAll(asked), (listings) => {
        const errors = listings.flatMap((listing) => unreadable(listing) ?? [])
        return errors[0] !== undefined && errors.length === listings.length
          ? Effect.fail(errors[0])
          : Effect.succeed(Listing.combine(listings))
      })

    const instrument = (symbol: string) => {
      const unified = currencies(symbol)
      const holders = unified === undefined ? [] : lists.filter((list) => list.settlesIn(unified.settle, unified.base))
      return Effect.flatMap(holders.length > 0 ? askAll(holders) : askFor(symbol), (listings) => {
        if (listings.some((listing) => holds(listing, symbol))) return choose(symbol, listings)
        const asked = holders.length > 0 ? holders : lists
        const again = Effect.forEach(asked, (list, index) => list.askAgain(listings[index] ?? nothing), {
          concurrency: "unbounded"
        })
        return Effect.flatMap(again, (listings) => choose(symbol, listings))
      })
    }

    return {
      instruments: combined(lists),
      instrument,
      matching: (filter) =>
        Effect.map(combined(holding(lists, filter)), ({ failures, listed }) => ({
          listed: listed.filter(InstrumentFilter.toPredicate(filter)),
          failures: failures.filter(mayMatch(filter))
        })),
      instrumentOrArchived: (symbol) =>
        Effect.catchTag(instrument(symbol), "UnknownSymbol", (unknown) =>
          Effect.flatMap(archive.find(exchange), (archived) =>
            named(archived, symbol).length === 0 ? unknown : choose(symbol, [{ listed: archived, failures: [] }])
          )
        )
    }
  })
