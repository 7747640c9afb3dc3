import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Instrument from "@open-interest/core/Instrument"
import type * as InstrumentFilter from "@open-interest/core/InstrumentFilter"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Record from "effect/Record"
import { didYouMean } from "./nearest.ts"
import { formats } from "./render/format.ts"
import { quoted } from "./report.ts"
import { listed } from "./specification.ts"

/** A mistake in the value of an option, and after it what was meant, where that can be guessed. */
const mistaken = (problem: string, guess: string | undefined): Effect.Effect<never, ValidationError.ValidationError> =>
  Effect.fail(
    ValidationError.invalidValue(HelpDoc.blocks([problem, ...(guess === undefined ? [] : [guess])].map(HelpDoc.p)))
  )

// `Options.choice` would not say in its error which option is meant, nor what was given.
const choose =
  <A extends string>(name: string, allowed: ReadonlyArray<A>) =>
  (given: string): Effect.Effect<A, ValidationError.ValidationError> => {
    const known = allowed.find((each) => each === given)
    return known === undefined
      ? mistaken(`--${name}: expected one of ${allowed.join(", ")}, got ${quoted(given)}`, didYouMean(given, allowed))
      : Effect.succeed(known)
  }

/** An option that is one of a few words. */
export const oneOf = <A extends string>(
  name: string,
  allowed: ReadonlyArray<A>,
  description: string
): Options.Options<A> =>
  Options.text(name).pipe(
    Options.withPseudoName(allowed.join("|")),
    Options.withDescription(description),
    Options.mapEffect(choose(name, allowed))
  )

const narrowing = ["base", "quote", "settle", "kind", "direction", "symbol"] as const

/** An option that may be given several times. */
export const repeatable = (
  name: string,
  pseudoName: string,
  description: string
): Options.Options<ReadonlyArray<string>> =>
  Options.text(name).pipe(Options.withPseudoName(pseudoName), Options.withDescription(description), Options.repeated)

/** Values with commas between. */
const separatedByCommas =
  (name: string) =>
  (given: string): Effect.Effect<ReadonlyArray<string>, ValidationError.ValidationError> => {
    const values = given.split(",").map((value) => value.trim())
    return values.includes("")
      ? mistaken(`--${name}: expected values with a comma between, got ${quoted(given)}`, undefined)
      : Effect.succeed(values)
  }

/** An option that may be several things: with commas between, or given several times. */
export const several = (
  name: string,
  pseudoName: string,
  description: string
): Options.Options<ReadonlyArray<string>> =>
  Options.mapEffect(repeatable(name, `${pseudoName}${listed}`, description), (all) =>
    Effect.map(Effect.forEach(all, separatedByCommas(name)), (values) => values.flat())
  )

/** An option that is several of a few words: with commas between, or given several times. */
export const severalOf = <A extends string>(
  name: string,
  allowed: ReadonlyArray<A>,
  description: string
): Options.Options<ReadonlyArray<A>> =>
  Options.mapEffect(several(name, allowed.join("|"), description), Effect.forEach(choose(name, allowed)))

/** Which contracts. */
const filter = {
  base: several("base", "coin", "only contracts on these coins, such as BTC,ETH"),
  quote: several("quote", "currency", "only contracts quoted in these currencies, such as USD,USDT"),
  settle: several("settle", "currency", "only contracts margined and settled in these currencies, such as BTC,USDT"),
  kind: severalOf("kind", Instrument.Kind.literals, "only contracts without an end, or only those with one"),
  direction: severalOf(
    "direction",
    Instrument.Direction.literals,
    "only contracts that settle in the quote currency, in the coin, or in neither"
  ),
  symbol: several("symbol", "pattern", "only these symbols; in quotes, * is any text and ? any one character: 'BTC*'")
}

/** The filter of the options; an option that is not given is no part of it. */
export const toFilter = (given: {
  readonly [Name in (typeof narrowing)[number]]: NonNullable<InstrumentFilter.InstrumentFilter[Name]>
}): InstrumentFilter.InstrumentFilter => Record.filter(given, (values) => values.length > 0)

/** The options that commands share. */
export const options = {
  format: Options.optional(
    oneOf("format", formats, "table (default on a terminal), json, ndjson (default elsewhere) or csv")
  ),
  simulated: Options.boolean("simulated").pipe(
    Options.withDescription("read simulated exchanges in this process, no internet needed")
  ),
  raw: Options.boolean("raw").pipe(Options.withDescription("plain digits in tables: 1234567.8 for 1,234,567.8")),
  noState: Options.boolean("no-state").pipe(
    Options.withDescription("go without what earlier runs have kept, bans included, and keep nothing")
  ),
  filter
}

const columnsOf =
  (fields: ReadonlyArray<string>) =>
  (columns: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, ValidationError.ValidationError> => {
    const wrong = columns.find((name) => !fields.includes(name))
    if (wrong !== undefined) {
      const problem = `--columns: unknown column ${quoted(wrong)}, known are ${fields.join(", ")}`
      return mistaken(problem, didYouMean(wrong, fields))
    }
    const twice = columns.find((name, index) => columns.indexOf(name) !== index)
    return twice === undefined ? Effect.succeed(columns) : mistaken(`--columns: ${twice} is given twice`, undefined)
  }

/** Which of these fields are printed. */
export const columns = (fields: ReadonlyArray<string>): Options.Options<Option.Option<ReadonlyArray<string>>> =>
  Options.text("columns").pipe(
    Options.withPseudoName(`field=${fields.join("|")}${listed}`),
    Options.withDescription("only these fields, in this order"),
    Options.mapEffect(separatedByCommas("columns")),
    Options.mapEffect(columnsOf(fields)),
    Options.optional
  )

/** How records with these fields are printed. */
export const presentation = (fields: ReadonlyArray<string>) => ({
  format: options.format,
  columns: columns(fields),
  raw: options.raw
})

/** A lone dash, which stands for standard input. */
export const standardInput = "-"

/**
 * Arguments as the framework wants them: `--base BTC` for `--base=BTC`, for it does not know that form of an option that
 * may be repeated, and a lone dash at the end, for it takes all that follows one for arguments.
 */
export const separated = (args: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...args
    .filter((argument) => argument !== standardInput)
    .flatMap((argument) => {
      const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(argument) ?? []
      return name === undefined || value === undefined ? [argument] : [name, value]
    }),
  ...args.filter((argument) => argument === standardInput)
]
