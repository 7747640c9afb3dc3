import type { Misconfigured, UnknownExchange } from "@open-interest/core/OpenInterestSources"
import type { HistoryError, SourceError } from "@open-interest/core/SourceError"
import type { Valuation } from "@open-interest/core/Valuation"
import * as Array from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import { codes, ExitCode } from "./exitCode.ts"
import { CurrentManner } from "./manner.ts"
import { tell, tellLabelled } from "./output.ts"
import { escaped } from "./render/text.ts"
import { or } from "./render/conjunction.ts"

type Failure = SourceError | HistoryError | UnknownExchange | Misconfigured

/** What a person may do about it, where that is not plain from the message. */
const hintFor = (failure: Failure): string | undefined => {
  switch (failure._tag) {
    case "UnknownSymbol":
      return failure.suggestions.length === 0
        ? `list what there is with: oi instruments ${failure.exchange}`
        : `did you mean ${or(failure.suggestions.map((symbol) => `${failure.exchange}:${symbol}`))}?`
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

/** Where nobody asked for quiet. */
const unlessQuiet = (said: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.flatMap(CurrentManner, ({ quiet }) => (quiet ? Effect.void : said))

/** What a person may do. */
export const hint = (text: string): Effect.Effect<void> => unlessQuiet(tellLabelled("hint", text))

/** Something that was asked for and is not there. */
export const error = (text: string): Effect.Effect<void> => tellLabelled("error", text)

/** What nobody has foreseen: in one line, and where it happened for who looks for that. */
export const unexpected = (cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { logLevel } = yield* CurrentManner
    const messages = Cause.prettyErrors(cause).map(({ message }) => message)
    yield* error(`unexpected: ${messages.join("; ")}`)
    yield* LogLevel.lessThanEqual(logLevel, LogLevel.Debug)
      ? Effect.forEach(Cause.pretty(cause).split("\n"), tell)
      : hint("--log-level debug shows where it happened")
  })

/** Something that a reader should know about a figure that was delivered. */
export const warning = (text: string): Effect.Effect<void> => unlessQuiet(tellLabelled("warning", text))

/** Something that a reader may want to know. */
export const note = (text: string): Effect.Effect<void> => unlessQuiet(tellLabelled("note", text))

/** A remark about one contract, of which a whole market may have hundreds. */
export interface Remark {
  readonly exchange: string
  readonly symbol: string
  readonly text: string
}

/** What there is to say about readings. */
export const remarks = (
  valuations: ReadonlyArray<Valuation>,
  textsOf: (valuation: Valuation) => ReadonlyArray<string>
): ReadonlyArray<Remark> =>
  valuations.flatMap((valuation) => {
    const { exchange, symbol } = valuation.openInterest.instrument
    return textsOf(valuation).map((text) => ({ exchange, symbol, text }))
  })

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

/** What is wrong with the arguments, and what was meant, where that can be guessed. */
export interface Mistake {
  readonly text: string
  readonly hint?: string | undefined
}

/** Names every mistake in the arguments and ends with the code for it; does nothing where there is none. */
export const usage = (mistakes: ReadonlyArray<string | Mistake>): Effect.Effect<void, ExitCode> =>
  Effect.gen(function* () {
    if (mistakes.length === 0) return
    const all = mistakes.map((mistake): Mistake => (typeof mistake === "string" ? { text: mistake } : mistake))
    yield* Effect.forEach(all, ({ text }) => error(text))
    yield* Effect.forEach(new Set(all.flatMap((mistake) => mistake.hint ?? [])), hint)
    yield* hint("oi --help lists the commands, oi <command> --help its arguments")
    yield* new ExitCode({ code: codes.usage })
  })

/** An argument in a message: as it is, or in quotes where it would be hard to see; cut where it is endless. */
export const quoted = (text: string): string => {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text
  const json = escaped(JSON.stringify(short))
  return /^[^\s"]+$/.test(short) && json === `"${short}"` ? short : json
}
