import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import type * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { chart } from "./commands/chart.ts"
import { completions } from "./commands/completions.ts"
import { doctor } from "./commands/doctor.ts"
import { get } from "./commands/get.ts"
import { history } from "./commands/history.ts"
import { instruments } from "./commands/instruments.ts"
import { policy } from "./commands/policy.ts"
import { snapshot } from "./commands/snapshot.ts"
import { total } from "./commands/total.ts"
import { watch } from "./commands/watch.ts"
import { exchanges } from "./exchanges.ts"
import { codes, ExitCode } from "./exitCode.ts"
import * as GlobalOptions from "./globalOptions.ts"
import * as Help from "./help.ts"
import { CurrentManner } from "./manner.ts"
import { didYouMean } from "./nearest.ts"
import { separated } from "./options.ts"
import { logger, print, printHelp, tellNow } from "./output.ts"
import * as report from "./report.ts"
import { withEachRequest } from "./requests.ts"
import * as SettingSources from "./settingSources.ts"
import * as Specification from "./specification.ts"
import { version } from "./version.ts"

const settings = SettingSources.fromFile(Object.values(exchanges).map((exchange) => exchange.settings))

/** A command that asks exchanges, or tells how they are asked. No other needs a settings file that can be understood. */
const configured = <Name extends string, R, E, A>(command: Command.Command<Name, R, E, A>) =>
  Command.provide(command, settings)

const oi = Command.make("oi").pipe(
  Command.withSubcommands([
    configured(get),
    configured(snapshot),
    configured(total),
    configured(history),
    configured(chart),
    configured(watch),
    configured(instruments),
    configured(policy),
    // Reports a settings file that can't be understood, where the others end over it.
    doctor,
    completions(() => commands())
  ])
)

const names = Object.keys(Help.commands)

const specificationOf = (name: string): Specification.Command => Specification.commandOf(oi.descriptor, name)

/** The commands of the program, as a person sees them. */
export const commands = (): ReadonlyArray<Specification.Command> => names.map(specificationOf)

const environment = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  // The framework wants one to ask questions, and we ask none.
  Layer.mock(Terminal.Terminal, {}),
  CliConfig.layer({ showBuiltIns: false }),
  Logger.replace(Logger.defaultLogger, logger)
)

const commandNamed = (name: string): Effect.Effect<Specification.Command, ExitCode> => {
  if (names.includes(name)) return Effect.succeed(specificationOf(name))
  const text = name.startsWith("-")
    ? `${report.quoted(name)}: expected a command before it`
    : `unknown command ${report.quoted(name)}, known are ${names.join(", ")}`
  const known = [...names, "help", ...GlobalOptions.globalOptions.map((option) => option.name), "--version"]
  return Effect.zipRight(report.usage([{ text, hint: didYouMean(name, known) }]), new ExitCode({ code: codes.usage }))
}

// The framework prints help and mistakes by itself, and both are ours to print.
const silent = Effect.map(Effect.console, (console): Console.Console => ({ ...console, error: () => Effect.void }))

/** Does what the arguments of a command say. */
const execute = (args: ReadonlyArray<string>) =>
  Effect.flatMap(silent, (console) =>
    Effect.withConsole(Command.run(oi, { name: "oi", version })(["node", "oi", ...args]), console)
  ).pipe(
    Effect.catchIf(ValidationError.isValidationError, ({ error }) => {
      const [text = "", hint] = Specification.paragraphs(error)
      return report.usage([{ text, hint }])
    })
  )

/** Does what the arguments say, apart from the options that every command has. */
const follow = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const beforeEnd = args.includes("--") ? args.slice(0, args.indexOf("--")) : args
    const words = beforeEnd.filter((argument) => argument !== "--help" && argument !== "-h")
    const [first, second] = words
    if (args.length === 0 || first === "help" || words.length < beforeEnd.length) {
      const topic = first === "help" ? second : first
      const command = topic === undefined ? undefined : yield* commandNamed(topic)
      const width = Math.min(Help.widestPage, process.stdout.columns || Help.widestPage)
      return yield* printHelp(command === undefined ? Help.overview(width) : Help.ofCommand(command, width))
    }
    if (first === "--version") return yield* print(`${version}\n`)
    const command = yield* commandNamed(args[0] ?? "")
    yield* report.usage(Specification.mistakesOf(command, args.slice(1)))
    return yield* execute(args)
  })

/** Runs the program with these arguments and gives the code that it ends with. */
export const run = (argv: ReadonlyArray<string>): Effect.Effect<number> => {
  const { manner, mistakes, noColor, rest } = GlobalOptions.parse(separated(argv))
  // One place says whether there are colours, also to who asks it in the middle of drawing.
  const forbidColors = Effect.sync(() => void (process.env["NO_COLOR"] = "1"))
  return Effect.when(forbidColors, () => noColor).pipe(
    Effect.zipRight(report.usage(mistakes)),
    Effect.zipRight(follow(rest)),
    manner.verbose ? withEachRequest((text) => tellNow(`asked: ${text}`)) : (effect) => effect,
    Effect.as<number>(codes.delivered),
    Effect.catchTag("ExitCode", ({ code }) => Effect.succeed(code)),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.failCause(cause) : Effect.as(report.unexpected(cause), codes.nothing)
    ),
    Logger.withMinimumLogLevel(manner.logLevel),
    Effect.provideService(CurrentManner, manner),
    Effect.provide(environment)
  )
}
