import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { codes, ExitCode } from "./exitCode.ts"
import * as Progress from "./progress.ts"
import { line } from "./render/text.ts"
import * as Style from "./style.ts"

// Each write answers for itself; without a listener the stream would end the program with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})

const progress = Style.isTerminal(process.stderr, process.env) ? Progress.make(process.stderr) : Progress.none

/** On a terminal, and only while work takes long: one line on standard error, gone before anything else is written. */
export const { during } = progress

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void, NodeJS.ErrnoException> =>
  text === ""
    ? Effect.void
    : Effect.async((resume) => {
        progress.erase()
        stream.write(text, (error) => resume(error ? Effect.fail(error) : Effect.void))
      })

/** Where there is no terminal, or no colour is wanted. */
export const isPlain = (stream: NodeJS.WriteStream): boolean => !Style.isColored(stream, process.env)

const paint = (stream: NodeJS.WriteStream): Style.Painter => (isPlain(stream) ? Style.plain : Style.painted)

/** One line of everything that is not data. Whatever an exchange put into it, it stays one line. */
export const tell = (text: string): Effect.Effect<void> => Effect.ignore(write(process.stderr, `${line(text)}\n`))

/** As {@link tell}, with what kind of line it is at its beginning. */
export const tellLabelled = (label: Style.Label, text: string): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.ignore(write(process.stderr, `${paint(process.stderr)(label, `${label}:`)} ${line(text)}\n`))
  )

/** As {@link tell}, at once: for what happens within other work, and does not wait. */
export const tellNow = (text: string): void => {
  progress.erase()
  process.stderr.write(`${line(text)}\n`)
}

/** What is logged goes to standard error, which keeps it to one line each. */
export const logger: Logger.Logger<unknown, void> = Logger.map(Logger.logfmtLogger, tellNow)

/**
 * Data, and nothing else. Waits until it is out, so that the program never ends before its data. A reader that has
 * closed the pipe has read enough: then it says `false`, and more need not be read.
 */
export const print = (text: string): Effect.Effect<boolean, ExitCode> =>
  write(process.stdout, text).pipe(
    Effect.as(true),
    Effect.catchAll((error) =>
      error.code === "EPIPE"
        ? Effect.succeed(false)
        : Effect.zipRight(
            tellLabelled("error", `standard output: ${error.message}`),
            new ExitCode({ code: codes.nothing })
          )
    )
  )

/** Help is data when it is asked for; its headings stand out on a terminal. */
export const printHelp = (help: string): Effect.Effect<boolean, ExitCode> =>
  Effect.suspend(() => print(help.replace(/^[A-Z][A-Z ]+$/gm, (title) => paint(process.stdout)("heading", title))))
