import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/**
 * The exit codes of the command line. `nothing` is also that of a wrong setting, `partly` means that some was
 * delivered and some failed.
 */
export const codes = { delivered: 0, nothing: 1, usage: 2, partly: 3, interrupted: 130 } as const

/** Ends the program with a code; everything that there is to say has been said. */
export class ExitCode extends Data.TaggedError("ExitCode")<{ readonly code: number }> {}

/** How a command ends that had several things to deliver. */
export const outcome = (count: {
  readonly delivered: number
  readonly failed: number
}): Effect.Effect<void, ExitCode> => {
  if (count.failed === 0) return Effect.void
  return new ExitCode({ code: count.delivered === 0 ? codes.nothing : codes.partly })
}
