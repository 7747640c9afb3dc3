import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Exit from "effect/Exit"
import { codes } from "./exitCode.ts"
import { run } from "./oi.ts"

NodeRuntime.runMain(run(process.argv.slice(2)), {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  teardown: (exit, end) => end(Exit.isSuccess(exit) ? Number(exit.value) : codes.interrupted)
})
