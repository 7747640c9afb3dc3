import * as NodeStream from "@effect/platform-node/NodeStream"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { quoted } from "../report.ts"

/** A line that is no record, counted from 1, and why. */
export interface BadLine {
  readonly line: number
  readonly problem: string
}

/** Records, and beside them the lines that are none. */
export interface Records {
  readonly records: ReadonlyArray<OpenInterestRecord.OpenInterestRecord>
  readonly badLines: ReadonlyArray<BadLine>
}

const decode = Schema.decodeUnknownEither(OpenInterestRecord.OpenInterestRecord)

const longestProblem = 200

/** The first thing that is wrong. */
const problemOf = (error: ParseResult.ParseError): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const text = issue === undefined ? error.message : [issue.path.join("."), issue.message].filter(Boolean).join(": ")
  return text.length > longestProblem ? `${text.slice(0, longestProblem)}…` : text
}

const parse = (text: string): Either.Either<OpenInterestRecord.OpenInterestRecord, string> =>
  Either.try({
    try: (): unknown => JSON.parse(text),
    catch: () => `expected a record as JSON, got ${quoted(text)}`
  }).pipe(Either.flatMap((value) => Either.mapLeft(decode(value), problemOf)))

/** Reads ndjson; an empty line is none. */
export const fromLines = <E, R>(lines: Stream.Stream<string, E, R>): Effect.Effect<Records, E, R> =>
  Effect.suspend(() => {
    const records: Array<OpenInterestRecord.OpenInterestRecord> = []
    const badLines: Array<BadLine> = []
    let line = 0
    return Stream.runForEach(lines, (text) =>
      Effect.sync(() => {
        line += 1
        if (text.trim() === "") return
        const parsed = parse(text)
        if (Either.isRight(parsed)) records.push(parsed.right)
        else badLines.push({ line, problem: parsed.left })
      })
    ).pipe(Effect.as({ records, badLines }))
  })

/** Reads ndjson from standard input, to its end. */
export const fromStandardInput: Effect.Effect<Records, Error> = fromLines(
  NodeStream.fromReadable<Error, Uint8Array>(
    () => process.stdin,
    (error) => (error instanceof Error ? error : new Error(String(error)))
  ).pipe(Stream.decodeText("utf-8"), Stream.splitLines)
)
