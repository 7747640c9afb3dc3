import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Exit from "effect/Exit"
import { codes } from "./exitCode.ts"
import { run } from "./oi.ts"

NodeRuntime.runMain(run(process.argv.slice(2)), {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  // All is written by now; Node alone would first wait for its own work in the background.
  teardown: (exit) => process.exit(Exit.isSuccess(exit) ? Number(exit.value) : codes.interrupted)
})
