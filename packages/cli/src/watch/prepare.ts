import * as InstrumentFilter from "@open-interest/core/InstrumentFilter"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import type { Service } from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import * as Settings from "@open-interest/core/Settings"
import type { LookupError } from "@open-interest/core/SourceError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { ExchangeName } from "../exchangeArguments.ts"
import { exchanges } from "../exchanges.ts"
import * as Interval from "./interval.ts"
import type { Subject } from "./rounds.ts"

/** What is to be watched at an exchange. */
export interface Asked {
  readonly exchange: ExchangeName
  readonly of: Subject["of"]
}

/** The same, with what could be found out before the first round. */
export interface Prepared extends Asked {
  readonly source: Either.Either<Service, OpenInterestSources.UnknownExchange | OpenInterestSources.Misconfigured>
  /** How many contracts there will be to read, as far as the exchange has said so in time. */
  readonly contracts: Option.Option<number>
  /** Symbols that lead to no contract, whenever they are asked for. */
  readonly mistakes: ReadonlyArray<{ readonly symbol: string; readonly error: LookupError }>
}

/** What a list takes to arrive when all is well. Where it takes longer, the rounds need not wait for it. */
const patience = Duration.seconds(5)

const isMistake = ({ _tag }: LookupError): boolean => _tag === "UnknownSymbol" || _tag === "AmbiguousSymbol"

const look = (source: Service, of: Subject["of"]): Effect.Effect<Pick<Prepared, "contracts" | "mistakes">> => {
  if ("filter" in of) {
    return Effect.map(Effect.option(source.instruments), (listing) => ({
      contracts: Option.map(
        // A list that is missing may have what is looked for.
        Option.filter(listing, ({ failures }) => failures.length === 0),
        ({ listed }) => listed.filter(InstrumentFilter.toPredicate(of.filter)).length
      ),
      mistakes: []
    }))
  }
  const mistakes = Effect.forEach(
    of.symbols,
    (symbol) =>
      Effect.match(source.instrument(symbol), {
        onFailure: (error) => (isMistake(error) ? [{ symbol, error }] : []),
        onSuccess: () => []
      }),
    { concurrency: "unbounded" }
  )
  return Effect.map(mistakes, (each) => {
    const all = each.flat()
    return { contracts: Option.some(of.symbols.length - all.length), mistakes: all }
  })
}

/** Looks at the lists of an exchange, which the first round needs anyway. */
export const prepare = (asked: Asked): Effect.Effect<Prepared, never, OpenInterestSources.OpenInterestSources> =>
  Effect.gen(function* () {
    const source = yield* Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) =>
      Effect.either(all.source(asked.exchange))
    )
    const unknown = { contracts: Option.none(), mistakes: [] }
    const found = Either.isLeft(source)
      ? unknown
      : yield* Effect.timeoutTo(look(source.right, asked.of), {
          duration: patience,
          onSuccess: (each) => each,
          onTimeout: () => unknown
        })
    return { ...asked, source, ...found }
  })

/** Whether it is certain that no round will have a reading. */
export const isInVain = ({ contracts, source }: Prepared): boolean =>
  Either.isLeft(source) || Option.contains(contracts, 0)

/** The mistake in an interval that the quota can't bear, for so many contracts; nothing where that is not known. */
export const tooShort = (
  { contracts, exchange }: Pick<Prepared, "contracts" | "exchange">,
  interval: Duration.Duration
): Effect.Effect<ReadonlyArray<string>> => {
  const { config, costOfReadings, settings } = exchanges[exchange]
  return Effect.gen(function* () {
    const count = yield* contracts
    const options = yield* Settings.load(config, settings)
    const fraction = options.policy?.fraction ?? Policy.defaultFraction
    const shortest = Interval.shortest(costOfReadings(count, options), fraction)
    if (Duration.greaterThanOrEqualTo(interval, shortest)) return []
    const seconds = (each: Duration.Duration) => `${Duration.toSeconds(each)}s`
    const contractsText = count === 1 ? "1 contract" : `${count} contracts`
    return [
      `--interval: expected ${seconds(shortest)} or longer for ${contractsText} of ${exchange}, got ${seconds(interval)}`
    ]
  }).pipe(Effect.orElseSucceed(() => []))
}
