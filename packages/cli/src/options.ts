import * as Options from "@effect/cli/Options"
import { formats } from "./render/format.ts"

/** The options that commands share. */
export const options = {
  format: Options.choice("format", formats).pipe(
    Options.withDescription("table (default on a terminal), json, ndjson (default elsewhere) or csv"),
    Options.optional
  ),
  simulated: Options.boolean("simulated").pipe(
    Options.withDescription("read simulated exchanges in this process, no internet needed")
  )
}
