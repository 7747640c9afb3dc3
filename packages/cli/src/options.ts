import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Effect from "effect/Effect"
import { formats } from "./render/format.ts"
import { quoted } from "./report.ts"

// `Options.choice` would not say in its error which option is meant, nor what was given.
const format = Options.text("format").pipe(
  Options.withPseudoName(formats.join("|")),
  Options.withDescription("table (default on a terminal), json, ndjson (default elsewhere) or csv"),
  Options.mapEffect((given) => {
    const known = formats.find((each) => each === given)
    const problem = `--format: expected one of ${formats.join(", ")}, got ${quoted(given)}`
    return known === undefined ? Effect.fail(ValidationError.invalidValue(HelpDoc.p(problem))) : Effect.succeed(known)
  }),
  Options.optional
)

/** The options that commands share. */
export const options = {
  format,
  simulated: Options.boolean("simulated").pipe(
    Options.withDescription("read simulated exchanges in this process, no internet needed")
  )
}
