import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"
import { codes, ExitCode } from "./exitCode.ts"
import * as Progress from "./progress.ts"
import { line } from "./render/text.ts"

// Each write answers for itself; without a listener the stream would end the program with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})

const isPlain = (stream: NodeJS.WriteStream): boolean =>
  !stream.isTTY || Boolean(process.env["NO_COLOR"]) || process.env["TERM"] === "dumb"

const progress = isPlain(process.stderr) ? Progress.none : Progress.make(process.stderr)

/** On a terminal, and only while work takes long: one line on standard error, gone before anything else is written. */
export const { during } = progress

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void, NodeJS.ErrnoException> =>
  text === ""
    ? Effect.void
    : Effect.async((resume) => {
        progress.erase()
        stream.write(text, (error) => resume(error ? Effect.fail(error) : Effect.void))
      })

/** One line of everything that is not data. Whatever an exchange put into it, it stays one line. */
export const tell = (text: string): Effect.Effect<void> => Effect.ignore(write(process.stderr, `${line(text)}\n`))

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
        : Effect.zipRight(tell(`error: standard output: ${error.message}`), new ExitCode({ code: codes.nothing }))
    )
  )

/**
 * What the framework for commands prints: help goes to standard output, without colours off a terminal; what it says
 * of wrong arguments is left to us.
 */
export const withPlainConsole = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Console.consoleWith((console) =>
    Effect.withConsole(effect, {
      ...console,
      log: (text) =>
        print(`${(isPlain(process.stdout) ? stripVTControlCharacters(String(text)) : String(text)).trimEnd()}\n`).pipe(
          // A console can't fail; the program ends with the code all the same.
          Effect.catchAll(({ code }) => Effect.sync(() => (process.exitCode = code)))
        ),
      error: () => Effect.void
    })
  )
