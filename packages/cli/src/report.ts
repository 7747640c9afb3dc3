import type { Misconfigured, UnknownExchange } from "@open-interest/core/OpenInterestSources"
import type { SourceError } from "@open-interest/core/SourceError"
import * as Effect from "effect/Effect"
import { codes, ExitCode } from "./exitCode.ts"
import { tell } from "./output.ts"

type Failure = SourceError | UnknownExchange | Misconfigured

const or = new Intl.ListFormat("en", { type: "disjunction" })

/** What a person may do about it, where that is not plain from the message. */
const hint = (failure: Failure): string | undefined => {
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
    for (const { failure, of } of failed) yield* tell(`error: ${quoted(of)}: ${failure.message}`)
    for (const text of new Set(failed.flatMap(({ failure }) => hint(failure) ?? []))) yield* tell(`hint: ${text}`)
  })

/** Something that a reader should know about a figure that was delivered. */
export const warning = (text: string): Effect.Effect<void> => tell(`warning: ${text}`)

/** Names every mistake in the arguments and ends with the code for it; does nothing where there is none. */
export const usage = (mistakes: ReadonlyArray<string>): Effect.Effect<void, ExitCode> =>
  Effect.gen(function* () {
    for (const mistake of mistakes) yield* tell(`error: ${mistake}`)
    if (mistakes.length > 0) {
      yield* tell("hint: oi --help lists the commands, oi <command> --help its arguments")
      yield* new ExitCode({ code: codes.usage })
    }
  })

/** An argument in a message: as it is, or in quotes where it would be hard to see; cut where it is endless. */
export const quoted = (text: string): string => {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return /^[^\s"]+$/.test(short) ? short : JSON.stringify(short)
}

/** Why an argument that looks like an option is none. */
export const notAnOption = (text: string): string =>
  `${quoted(text)}: unknown option, one given twice, or one without its value`
