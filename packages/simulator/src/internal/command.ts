/**
 * The program that runs the exchanges until it is stopped.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Faults from "../Faults.ts"
import * as Simulator from "../Simulator.ts"

export const usage = `Binance COIN-M, Bitget mix and Bybit as local HTTP servers, until Ctrl-C.

  --latency N                      milliseconds between a request and its answer (0 to 60000, default 0)
  --seed N                         which figures to show (0 to 4294967295, default 0)
  --at TIME                        stand still at this time (ISO 8601 with Z or an offset)
  --binance-port N                 default: any free port
  --bitget-port N                  default: any free port
  --bybit-port N                   default: any free port
  --history-order oldest-first|newest-first
                                   how Binance sorts its history (default oldest-first)
  --usdt-futures N                 how many contracts Bitget lists as USDT-FUTURES (0 to 2000, default 62)
  --coin-futures quarterlies|none  what Bitget lists as COIN-FUTURES in version 2 (default quarterlies)
  --trouble SYMBOL=delivering|vanished
                                   a contract that is listed and cannot be read; any number of times
  --faults FILE                    what goes wrong on the way: a plan as JSON, see the README
  --binance-weight-per-minute N    what Binance serves in a UTC minute (default 2400)
  --binance-history-per-five-minutes N
                                   what its history serves in five UTC minutes (default 1000)
  --bitget-per-second N            what each endpoint of Bitget serves in a second (default 20)
  --bitget-per-minute N            what Bitget serves in a minute (default 6000)
  --help                           print this

When it is stopped, it prints to stderr how often each path was asked.`

/** Why the program did not run: one line for a person, and the exit code. */
export class CommandError extends Data.TaggedError("CommandError")<{
  readonly message: string
  readonly exitCode: 1 | 2
}> {}

const wrong = (message: string) => Either.left(new CommandError({ message, exitCode: 2 }))

const integer = (flag: string, text: string, greatest: number): Either.Either<number, CommandError> => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value <= greatest
    ? Either.right(value)
    : wrong(`--${flag} must be an integer from 0 to ${greatest}, not "${text}"`)
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

const time = (flag: string, text: string): Either.Either<DateTime.Utc, CommandError> =>
  Option.match(isoTime.test(text) ? DateTime.make(text) : Option.none(), {
    onNone: () => wrong(`--${flag} must be a time such as 2026-10-06T12:05:00Z, not "${text}"`),
    onSome: (parsed) => Either.right(DateTime.toUtc(parsed))
  })

const coinFutures = (flag: string, text: string): Either.Either<"quarterlies" | "none", CommandError> =>
  text === "quarterlies" || text === "none"
    ? Either.right(text)
    : wrong(`--${flag} must be "quarterlies" or "none", not "${text}"`)

const historyOrder = (flag: string, text: string): Either.Either<"oldest first" | "newest first", CommandError> =>
  text === "oldest-first"
    ? Either.right("oldest first")
    : text === "newest-first"
      ? Either.right("newest first")
      : wrong(`--${flag} must be "oldest-first" or "newest-first", not "${text}"`)

const optional = <A>(
  flag: string,
  text: string | undefined,
  parse: (flag: string, text: string) => Either.Either<A, CommandError>
): Either.Either<A | undefined, CommandError> => (text === undefined ? Either.right(undefined) : parse(flag, text))

const port = (flag: string, text: string) => integer(flag, text, 65_535)

const trouble = (
  flag: string,
  texts: ReadonlyArray<string>
): Either.Either<NonNullable<Simulator.Options["trouble"]>, CommandError> =>
  Either.map(
    Either.all(
      texts.map((text) => {
        const [, symbol, kind] = /^(.+)=(delivering|vanished)$/.exec(text) ?? []
        return symbol !== undefined && (kind === "delivering" || kind === "vanished")
          ? Either.right([symbol, kind] as const)
          : wrong(`--${flag} must be SYMBOL=delivering or SYMBOL=vanished, not "${text}"`)
      })
    ),
    (entries) => Object.fromEntries(entries)
  )

/** The first thing that is wrong with a plan, in one line. */
const problemOf = (error: ParseResult.ParseError): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const path = issue?.path.map(String).join(".") ?? ""
  return `${path === "" ? "" : `${path}: `}${issue?.message.replaceAll(/\s+/g, " ") ?? error.message}`
}

const faults = (flag: string, file: string): Either.Either<Faults.Plan, CommandError> =>
  Either.flatMap(
    Either.mapLeft(
      Either.try(() => readFileSync(file, "utf8")),
      () => new CommandError({ message: `--${flag}: cannot read ${file}`, exitCode: 2 })
    ),
    (text) =>
      Either.mapLeft(
        Schema.decodeUnknownEither(Schema.parseJson(Faults.Plan))(text),
        (error) => new CommandError({ message: `--${flag}: ${file}: ${problemOf(error)}`, exitCode: 2 })
      )
  )

const millis = (flag: string, text: string) => integer(flag, text, 60_000)

const count = (flag: string, text: string) => integer(flag, text, 2000)

const seed = (flag: string, text: string) => integer(flag, text, 2 ** 32 - 1)

// What a client that reads limits keeps in 32 bits.
const limit = (flag: string, text: string) => integer(flag, text, 2 ** 31 - 1)

const flags = (args: ReadonlyArray<string>) =>
  Either.try({
    try: () =>
      parseArgs({
        args: [...args],
        options: {
          latency: { type: "string" },
          seed: { type: "string" },
          at: { type: "string" },
          "binance-port": { type: "string" },
          "bitget-port": { type: "string" },
          "bybit-port": { type: "string" },
          trouble: { type: "string", multiple: true },
          faults: { type: "string" },
          "history-order": { type: "string" },
          "usdt-futures": { type: "string" },
          "coin-futures": { type: "string" },
          "binance-weight-per-minute": { type: "string" },
          "binance-history-per-five-minutes": { type: "string" },
          "bitget-per-second": { type: "string" },
          "bitget-per-minute": { type: "string" },
          help: { type: "boolean" }
        }
      }).values,
    // Node explains itself over several lines.
    catch: (error) =>
      new CommandError({ message: String((error as Error).message).replaceAll(/\s+/g, " "), exitCode: 2 })
  })

/** What the arguments ask for: `"help"`, or the options of the simulator. */
export const parse = (args: ReadonlyArray<string>): Either.Either<"help" | Simulator.Options, CommandError> =>
  Either.gen(function* () {
    const values = yield* flags(args)
    if (values.help === true) {
      return "help"
    }
    const latency = yield* optional("latency", values.latency, millis)
    return {
      latency: latency === undefined ? undefined : Duration.millis(latency),
      seed: yield* optional("seed", values.seed, seed),
      time: yield* optional("at", values.at, time),
      ports: {
        binance: yield* optional("binance-port", values["binance-port"], port),
        bitget: yield* optional("bitget-port", values["bitget-port"], port),
        bybit: yield* optional("bybit-port", values["bybit-port"], port)
      },
      trouble: values.trouble === undefined ? undefined : yield* trouble("trouble", values.trouble),
      faults: yield* optional("faults", values.faults, faults),
      historyOrder: yield* optional("history-order", values["history-order"], historyOrder),
      usdtFutures: yield* optional("usdt-futures", values["usdt-futures"], count),
      coinFutures: yield* optional("coin-futures", values["coin-futures"], coinFutures),
      limits: {
        weightPerMinute: yield* optional("binance-weight-per-minute", values["binance-weight-per-minute"], limit),
        historyPerFiveMinutes: yield* optional(
          "binance-history-per-five-minutes",
          values["binance-history-per-five-minutes"],
          limit
        ),
        perSecond: yield* optional("bitget-per-second", values["bitget-per-second"], limit),
        perMinute: yield* optional("bitget-per-minute", values["bitget-per-minute"], limit)
      }
    }
  })

const cannotListen = (cause: unknown): CommandError => {
  const { address, code, message, port } = cause as NodeJS.ErrnoException & { address?: string; port?: number }
  return new CommandError({
    message: code === "EADDRINUSE" ? `${address}:${port} is already in use` : `cannot listen: ${message}`,
    exitCode: 1
  })
}

const reportCounts = (name: string, { requestCounts }: Simulator.SimulatedExchange): Effect.Effect<void> =>
  Effect.flatMap(requestCounts, (counts) =>
    Effect.forEach(Object.entries(counts), ([path, count]) => Console.error(`${name} ${path}: ${count}`), {
      discard: true
    })
  )

/**
 * Starts the exchanges, prints where they are, one line each, and stays until it is interrupted; then prints how often each
 * path was asked.
 */
export const serve = (options: Simulator.Options): Effect.Effect<never, CommandError> =>
  Effect.gen(function* () {
    const simulator = yield* Simulator.make(options)
    yield* Console.log(`OPEN_INTEREST_BINANCE_BASE_URL=${simulator.binance.baseUrl}`)
    yield* Console.log(`OPEN_INTEREST_BITGET_BASE_URL=${simulator.bitget.baseUrl}`)
    yield* Console.log(`OPEN_INTEREST_BYBIT_BASE_URL=${simulator.bybit.baseUrl}`)
    return yield* Effect.ensuring(
      Effect.never,
      Effect.forEach(["binance", "bitget", "bybit"] as const, (name) => reportCounts(name, simulator[name]), {
        discard: true
      })
    )
  }).pipe(
    Effect.scoped,
    Effect.catchTag("ServeError", (error) => Effect.fail(cannotListen(error.cause)))
  )

/** The whole program. */
export const run = (args: ReadonlyArray<string>): Effect.Effect<void, CommandError> =>
  Effect.flatMap(parse(args), (parsed) => (parsed === "help" ? Console.log(usage) : serve(parsed)))
