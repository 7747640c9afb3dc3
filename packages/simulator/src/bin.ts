import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Command from "./internal/command.ts"

// The runtime reports failures on stdout, which belongs to the two addresses: the one line on stderr is all there is to say.
NodeRuntime.runMain(
  Effect.catchAll(Command.run(process.argv.slice(2)), (error) =>
    Effect.zipRight(
      Console.error(`error: ${error.message}`),
      Effect.sync(() => {
        process.exitCode = error.exitCode
      })
    )
  ),
  { disableErrorReporting: true, disablePrettyLogger: true }
)
