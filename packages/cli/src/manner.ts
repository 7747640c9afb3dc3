import * as Context from "effect/Context"
import * as LogLevel from "effect/LogLevel"

/** How the program speaks beside its data. */
export interface Manner {
  /** Errors, and nothing else. */
  readonly quiet: boolean
  /** One line per request. */
  readonly verbose: boolean
  /** The least that is logged. */
  readonly logLevel: LogLevel.LogLevel
}

/** The manner of this run. */
export class CurrentManner extends Context.Reference<CurrentManner>()("@open-interest/cli/CurrentManner", {
  defaultValue: (): Manner => ({ quiet: false, verbose: false, logLevel: LogLevel.Info })
}) {}
