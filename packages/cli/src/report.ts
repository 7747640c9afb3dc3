import type { Misconfigured, UnknownExchange } from "@open-interest/core/OpenInterestSources"
import type { HistoryError, SourceError } from "@open-interest/core/SourceError"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import { codes, ExitCode } from "./exitCode.ts"
import { tell } from "./output.ts"
import { escaped } from "./render/text.ts"

type Failure = SourceError | HistoryError | UnknownExchange | Misconfigured

const or = new Intl.ListFormat("en", { type: "disjunction" })

/** What a person may do about it, where that is not plain from the message. */
const hintFor = (failure: Failure): string | undefined => {
  switch (failure._tag) {
    case "UnknownSymbol":
      return failure.suggestions.length === 0
        ? `list what there is with: oi instruments ${failure.exchange}`
        : `did you mean ${or.format(failure.suggestions.map((symbol) => `${failure.exchange}:${symbol}`))}?`
    case "Unavailable":
    case "Forbidden":
      return "where an exchange can't be reached, --simulated reads a simulated one"
    default:
      return undefined
  }
}

/** Exactly one `error:` line per failure, and after them each hint once. */
export const failures = (
  failed: ReadonlyArray<{ readonly of: string; readonly failure: Failure }>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const { failure, of } of failed) yield* error(`${quoted(of)}: ${failure.message}`)
    yield* hints(failed.map(({ failure }) => failure))
  })

/** What may be done about these failures, each hint once. */
export const hints = (failed: ReadonlyArray<Failure>): Effect.Effect<void> =>
  Effect.forEach(new Set(failed.flatMap((failure) => hintFor(failure) ?? [])), hint, { discard: true })

/** What a person may do. */
export const hint = (text: string): Effect.Effect<void> => tell(`hint: ${text}`)

/** Something that was asked for and is not there. */
export const error = (text: string): Effect.Effect<void> => tell(`error: ${text}`)

/** Something that a reader should know about a figure that was delivered. */
export const warning = (text: string): Effect.Effect<void> => tell(`warning: ${text}`)

/** Something that a reader may want to know. */
export const note = (text: string): Effect.Effect<void> => tell(`note: ${text}`)

/** A remark about one contract, of which a whole market may have hundreds. */
export interface Remark {
  readonly exchange: string
  readonly symbol: string
  readonly text: string
}

/** So many contracts of an exchange with the same remark are named one by one. */
const namedSingly = 3

/** What a remark says of any contract, at any time. */
const general = ({ symbol, text }: Remark): string => text.replaceAll(symbol, "<symbol>")
const timeless = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")

/**
 * One line per contract. Where more than three contracts of an exchange have the same remark but for their symbols and
 * for times in it, they share a line, which counts them, names the first three, and has the latest of the times.
 */
export const together = (remarks: ReadonlyArray<Remark>): ReadonlyArray<string> =>
  Object.values(
    Array.groupBy(remarks, (remark) => JSON.stringify([remark.exchange, timeless(general(remark))]))
  ).flatMap((same) => {
    if (same.length <= namedSingly) {
      return same.map(({ exchange, symbol, text }) => `${quoted(`${exchange}:${symbol}`)}: ${text}`)
    }
    const names = same.slice(0, namedSingly).map(({ symbol }) => quoted(symbol))
    const latest = same.map(general).toSorted().at(-1)
    return [`${same[0].exchange}: ${same.length} contracts (${names.join(", ")}, …): ${latest}`]
  })

/** Names every mistake in the arguments and ends with the code for it; does nothing where there is none. */
export const usage = (mistakes: ReadonlyArray<string>): Effect.Effect<void, ExitCode> =>
  Effect.gen(function* () {
    for (const mistake of mistakes) yield* error(mistake)
    if (mistakes.length > 0) {
      yield* hint("oi --help lists the commands, oi <command> --help its arguments")
      yield* new ExitCode({ code: codes.usage })
    }
  })

/** An argument in a message: as it is, or in quotes where it would be hard to see; cut where it is endless. */
export const quoted = (text: string): string => {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text
  const json = escaped(JSON.stringify(short))
  return /^[^\s"]+$/.test(short) && json === `"${short}"` ? short : json
}

/** Why an argument that looks like an option is none. */
export const notAnOption = (text: string): string =>
  `${quoted(text)}: unknown option, one given twice, or one without its value`
