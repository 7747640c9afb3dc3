import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { script, shells } from "../completionScripts.ts"
import { exchanges } from "../exchanges.ts"
import { codes, ExitCode } from "../exitCode.ts"
import { describe } from "../help.ts"
import { didYouMean } from "../nearest.ts"
import { print } from "../output.ts"
import * as report from "../report.ts"
import type * as Specification from "../specification.ts"

/** The command knows all commands, itself among them. */
export const completions = (commands: () => ReadonlyArray<Specification.Command>) =>
  Command.make(
    "completions",
    {
      shell: Args.text({ name: shells.join("|") }).pipe(Args.withDescription("the shell that the script is for"))
    },
    ({ shell }) =>
      Effect.gen(function* () {
        const known = shells.find((each) => each === shell)
        if (known === undefined) {
          const text = `expected one of ${shells.join(", ")}, got ${report.quoted(shell)}`
          yield* report.usage([{ text, hint: didYouMean(shell, shells) }])
          return yield* new ExitCode({ code: codes.usage })
        }
        yield* print(script(known, { commands: commands(), exchanges: Object.keys(exchanges) }))
      })
  ).pipe(Command.withDescription(describe("completions")))
