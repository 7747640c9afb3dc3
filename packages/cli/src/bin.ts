import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { stripVTControlCharacters } from "node:util"
import { get } from "./commands/get.ts"
import { history } from "./commands/history.ts"
import { instruments } from "./commands/instruments.ts"
import { policy } from "./commands/policy.ts"
import { snapshot } from "./commands/snapshot.ts"
import { total } from "./commands/total.ts"
import { codes } from "./exitCode.ts"
import { overview } from "./help.ts"
import { separated, withoutValue } from "./options.ts"
import { print, tell, withPlainConsole } from "./output.ts"
import * as report from "./report.ts"
import { version } from "./version.ts"

const oi = Command.make("oi").pipe(Command.withSubcommands([get, snapshot, total, history, instruments, policy]))

const environment = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  CliConfig.layer({ showBuiltIns: false }),
  // Standard output is for data.
  Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))
)

const args = separated(process.argv.slice(2))

// The framework's wizard asks on a terminal and waits for ever where there is none.
const wizard = args.filter((argument) => argument === "--wizard")

const program =
  args.length === 0 || /^(?:--help|-h)$/.test(args.join(" "))
    ? print(overview)
    : withPlainConsole(Command.run(oi, { name: "oi", version })([...process.argv.slice(0, 2), ...args]))

report.usage([...wizard.map(report.notAnOption), ...withoutValue(args)]).pipe(
  Effect.zipRight(program),
  Effect.catchIf(ValidationError.isValidationError, ({ error }) =>
    report.usage([stripVTControlCharacters(HelpDoc.toAnsiText(error)).trim()])
  ),
  Effect.as<number>(codes.delivered),
  Effect.catchTag("ExitCode", ({ code }) => Effect.succeed(code)),
  Effect.catchAllCause((cause) =>
    Cause.isInterruptedOnly(cause)
      ? Effect.failCause(cause)
      : Effect.as(tell(`error: unexpected: ${Cause.pretty(cause)}`), codes.nothing)
  ),
  Effect.provide(environment),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, end) => end(Exit.isSuccess(exit) ? Number(exit.value) : codes.interrupted)
  })
)
