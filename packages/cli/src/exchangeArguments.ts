import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { exchanges } from "./exchanges.ts"
import type { ExitCode } from "./exitCode.ts"
import { didYouMean } from "./nearest.ts"
import * as report from "./report.ts"

export type ExchangeName = keyof typeof exchanges

const known = Object.keys(exchanges) as ReadonlyArray<ExchangeName>

export const isExchange = (name: string): name is ExchangeName => Object.hasOwn(exchanges, name)

/** Any number of exchanges; none stands for all of them. */
export const exchangeArguments = Args.text({ name: "exchange" }).pipe(
  Args.withDescription(`${known.join(", ")}; all of them where none is given`),
  Args.repeated
)

/** The exchanges of these names, each once. Mistyped ones are all named, and nothing is done then. */
export const exchangesNamed = (names: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<ExchangeName>, ExitCode> => {
  const mistakes = names
    .filter((name) => !isExchange(name))
    .map((name) => ({
      text: `unknown exchange ${report.quoted(name)}, known are ${known.join(", ")}`,
      hint: name.includes(":") ? `a contract is read with: oi get ${report.quoted(name)}` : didYouMean(name, known)
    }))
  return Effect.as(report.usage(mistakes), names.length === 0 ? known : [...new Set(names.filter(isExchange))])
}
