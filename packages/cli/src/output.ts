import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"

const to =
  (stream: NodeJS.WriteStream) =>
  (text: string): Effect.Effect<void> =>
    text === ""
      ? Effect.void
      : Effect.async((resume) => {
          stream.write(text, () => resume(Effect.void))
        })

/** Data, and nothing else. Waits until it is out, so that the program never ends before its data. */
export const write = to(process.stdout)

/** One line of everything that is not data. Whatever an exchange put into it, it stays one line. */
export const tell = (text: string): Effect.Effect<void> =>
  to(process.stderr)(`${text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")}\n`)

const isPlain = !process.stdout.isTTY || Boolean(process.env["NO_COLOR"]) || process.env["TERM"] === "dumb"

/**
 * What the framework for commands prints: help goes to standard output, without colours off a terminal; what it says
 * of wrong arguments is left to us.
 */
export const withPlainConsole = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Console.consoleWith((console) =>
    Effect.withConsole(effect, {
      ...console,
      log: (text) => write(`${(isPlain ? stripVTControlCharacters(String(text)) : String(text)).trimEnd()}\n`),
      error: () => Effect.void
    })
  )
