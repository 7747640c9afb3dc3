import * as LogLevel from "effect/LogLevel"
import type { Manner } from "./manner.ts"
import { didYouMean } from "./nearest.ts"
import { type Mistake, quoted } from "./report.ts"
import type { Option } from "./specification.ts"

const levels = {
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warning: LogLevel.Warning,
  error: LogLevel.Error,
  none: LogLevel.None
}

const levelNames = Object.keys(levels) as ReadonlyArray<keyof typeof levels>

/** The options that every command has. */
export const globalOptions: ReadonlyArray<Option> = [
  { name: "--quiet", description: "only errors beside the data: no notes, warnings, hints, nor progress" },
  { name: "--verbose", description: "one line on standard error per request: what is asked, and how long it took" },
  { name: "--no-color", description: "no colours, as with NO_COLOR in the environment" },
  {
    name: "--log-level",
    value: levelNames.join("|"),
    choices: levelNames,
    description: "what is logged to standard error, info where it is not given; debug also shows where a fault happened"
  },
  { name: "--help", description: "this help; -h and oi help <command> print it as well" }
]

/** The manner that arguments ask for, and the other arguments. */
export interface Parsed {
  readonly manner: Manner
  readonly noColor: boolean
  readonly rest: ReadonlyArray<string>
  readonly mistakes: ReadonlyArray<Mistake>
}

const wrongLevel = (given: string | undefined): Mistake =>
  given === undefined || given.startsWith("--")
    ? { text: "--log-level: its value is missing" }
    : {
        text: `--log-level: expected one of ${levelNames.join(", ")}, got ${quoted(given)}`,
        hint: didYouMean(given, levelNames)
      }

/** Takes the options that every command has out of the arguments, wherever they stand before `--`. */
export const parse = (args: ReadonlyArray<string>): Parsed => {
  const end = args.includes("--") ? args.indexOf("--") : args.length
  const given = new Set<string>()
  const rest: Array<string> = []
  const mistakes: Array<Mistake> = []
  let logLevel: LogLevel.LogLevel | undefined
  for (let index = 0; index < end; index++) {
    const argument = args[index] ?? ""
    if (argument === "--log-level") {
      const value = args[index + 1]
      const known = levelNames.find((name) => name === value)
      if (known === undefined) mistakes.push(wrongLevel(value))
      else logLevel = levels[known]
      if (value !== undefined && !value.startsWith("--")) index++
    } else if (argument === "--quiet" || argument === "--verbose" || argument === "--no-color") given.add(argument)
    else rest.push(argument)
  }
  const quiet = given.has("--quiet")
  const verbose = given.has("--verbose")
  if (quiet && verbose) mistakes.push({ text: "--quiet: not together with --verbose" })
  return {
    manner: {
      quiet,
      verbose,
      logLevel: logLevel ?? (quiet ? LogLevel.Error : LogLevel.Info)
    },
    noColor: given.has("--no-color"),
    rest: [...rest, ...args.slice(end)],
    mistakes
  }
}
