import type { InstrumentFilter } from "@open-interest/core/InstrumentFilter"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Readings from "@open-interest/core/Readings"
import type { ExchangeError } from "@open-interest/core/SourceError"
import type { Valuation } from "@open-interest/core/Valuation"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { ExchangeName } from "./exchangeArguments.ts"
import { layer } from "./exchanges.ts"
import * as MissingPrice from "./missingPrice.ts"
import { during } from "./output.ts"
import * as report from "./report.ts"
import * as UnverifiedUnit from "./unverifiedUnit.ts"
import { or } from "./render/conjunction.ts"

/** What was asked for. */
export interface Request {
  readonly exchanges: ReadonlyArray<ExchangeName>
  readonly filter: InstrumentFilter
  readonly noState: boolean
  readonly simulated: boolean
}

/** The readings of several exchanges, and beside them what could not be read. */
export interface Market extends Readings.Readings {
  readonly failedExchanges: ReadonlyArray<{
    readonly exchange: string
    readonly error: ExchangeError | OpenInterestSources.UnknownExchange | OpenInterestSources.Misconfigured
  }>
}

/** Reads the market of the exchanges, as far as the filter goes. */
export const read = ({ exchanges, filter, noState, simulated }: Request): Effect.Effect<Market> =>
  Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) => all.snapshots(filter, exchanges)).pipe(
    Effect.provide(layer(exchanges, { noState, simulated })),
    during(`reading ${exchanges.join(", ")}`),
    Effect.map((outcomes) => ({
      ...Readings.combine(outcomes.flatMap(({ result }) => (Either.isRight(result) ? [result.right] : []))),
      failedExchanges: outcomes.flatMap(({ of, result }) =>
        Either.isLeft(result) ? [{ exchange: of, error: result.left }] : []
      )
    }))
  )

/** How much could not be read. */
export const failed = ({ failedExchanges, failures }: Market): number => failures.length + failedExchanges.length

/** Warns of figures that are missing for want of a price. */
export const tellMissingPrices = (valuations: ReadonlyArray<Valuation>): Effect.Effect<void> =>
  Effect.forEach(report.together(report.remarks(valuations, MissingPrice.reasons)), report.warning, { discard: true })

/** Says for which contracts nobody has shown the unit that their exchange counts in. */
export const tellUnverifiedUnits = (valuations: ReadonlyArray<Valuation>): Effect.Effect<void> =>
  Effect.forEach(report.together(report.remarks(valuations, UnverifiedUnit.reasons)), report.warning, { discard: true })

/** Names what could not be read: exchanges, then product lines and contracts. */
export const tellFailures = ({ failedExchanges, failures }: Market): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const { error, exchange } of failedExchanges) yield* report.error(`${exchange}: ${error.message}`)
    for (const { error, exchange, missing, name } of failures) {
      if (missing === "product") yield* report.error(`${exchange}:${name}: ${error.message}`)
    }
    const contracts = failures.filter(({ missing }) => missing === "contract")
    const remarks = contracts.map(({ error, exchange, name }) => ({ exchange, symbol: name, text: error.message }))
    yield* Effect.forEach(report.together(remarks), report.error)
    const errors = [...failedExchanges, ...failures].map(({ error }) => error)
    // Nobody mistyped these: they were listed a moment ago.
    yield* report.hints(errors.filter(({ _tag }) => _tag !== "UnknownSymbol"))
  })

/** Says that the exchanges list nothing of what was asked for. */
export const tellNothingListed = ({
  exchanges,
  filter
}: Pick<Request, "exchanges" | "filter">): Effect.Effect<void> => {
  const given = Object.entries(filter).flatMap(([name, values]: [string, ReadonlyArray<string>]) =>
    values.map((value) => `--${name} ${report.quoted(value)}`)
  )
  const listed = `listed at ${or(exchanges)}`
  return Effect.zipRight(
    report.error(given.length === 0 ? `no contract is ${listed}` : `no contract ${listed} matches ${given.join(" ")}`),
    report.hint(`list what there is with: oi instruments ${exchanges.join(" ")}`)
  )
}
