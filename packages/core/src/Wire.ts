/**
 * Pieces of wire schemas that exchanges share.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

const earliest = Date.UTC(2010, 0, 1)
const latest = Date.UTC(2110, 0, 1)

const isMillis = (n: number): boolean => Number.isInteger(n) && n >= earliest && n <= latest

const expected = (actual: number | string) => `expected a time in milliseconds between 2010 and 2110, got ${actual}`

/**
 * Unix milliseconds as a JSON integer, between 2010 and 2110: seconds, microseconds and zero are refused.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Millis: Schema.Schema<DateTime.Utc, number> = Schema.transformOrFail(
  Schema.Number,
  Schema.DateTimeUtcFromSelf,
  {
    strict: true,
    decode: (n, _, ast) =>
      isMillis(n)
        ? ParseResult.succeed(DateTime.unsafeMake(n))
        : ParseResult.fail(new ParseResult.Type(ast, n, expected(n))),
    encode: ({ epochMillis }) => ParseResult.succeed(epochMillis)
  }
).annotations({ identifier: "Millis" })

/**
 * Reads {@link Millis} written as digits and nothing else; `None` for any other text.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parseMillis = (text: string): Option.Option<DateTime.Utc> =>
  /^\d{1,16}$/.test(text) && isMillis(Number(text)) ? Option.some(DateTime.unsafeMake(Number(text))) : Option.none()

/**
 * {@link Millis} as text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MillisText: Schema.Schema<DateTime.Utc, string> = Schema.transformOrFail(
  Schema.String,
  Schema.DateTimeUtcFromSelf,
  {
    strict: true,
    decode: (text, _, ast) =>
      Option.match(parseMillis(text), {
        onNone: () => ParseResult.fail(new ParseResult.Type(ast, text, expected(JSON.stringify(text)))),
        onSome: ParseResult.succeed
      }),
    encode: ({ epochMillis }) => ParseResult.succeed(String(epochMillis))
  }
).annotations({ identifier: "MillisText" })

/**
 * Where and how a value fails its schema: `{ path: "data[3].size", detail: "is missing" }`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mismatch {
  readonly path: string
  readonly detail: string
  /** There is no such row: nothing is wrong with what there is. */
  readonly isAbsent?: true | undefined
}

const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

/** For a value that may be of several kinds, the formatter runs in a fiber, whose failure is around the error. */
const isOutOfStack = (error: unknown): boolean =>
  (Runtime.isFiberFailure(error) ? Cause.squash(error[Runtime.FiberFailureCauseId]) : error) instanceof RangeError

/**
 * Decodes a parsed body, or a part of it. Fields that the schema does not name are ignored.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = <A, I>(schema: Schema.Schema<A, I>): ((body: unknown) => Either.Either<A, Mismatch>) => {
  const run = Schema.decodeUnknownEither(schema)
  return (body) =>
    Either.try({
      try: () =>
        Either.mapLeft(run(body), (error) => {
          const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
          return { path: pathText(issue?.path ?? []), detail: issue?.message ?? error.message }
        }),
      // The formatter prints the value, and there is a depth at which it runs out of stack.
      catch: (error) => {
        if (isOutOfStack(error)) return { path: "", detail: "nested too deeply" }
        throw error
      }
    }).pipe(Either.flatMap(identity))
}

/** The symbol of an undecoded row, where it has a readable one. */
const symbolOf = (row: unknown): string | undefined =>
  typeof row === "object" && row !== null && "symbol" in row && typeof row.symbol === "string" ? row.symbol : undefined

const below = (path: string, index: number, mismatch: Mismatch): Mismatch => ({
  path: `${path}[${index}]${/^(?:\[|$)/.test(mismatch.path) ? "" : "."}${mismatch.path}`,
  detail: mismatch.detail
})

/**
 * Decodes the rows of a list one by one, so that a strange row costs only itself. `path` is that of the list; the
 * paths of mismatches begin with it.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeRows = <A, I>(schema: Schema.Schema<A, I>, path: string) => {
  const decodeRow = decode(schema)
  return (
    rows: ReadonlyArray<unknown>
  ): ReadonlyArray<{ readonly symbol: string | undefined; readonly row: Either.Either<A, Mismatch> }> =>
    rows.map((row, index) => ({
      symbol: symbolOf(row),
      row: Either.mapLeft(decodeRow(row), (mismatch) => below(path, index, mismatch))
    }))
}

/**
 * Finds and decodes the row of a symbol in a list, which is gone through once for all symbols. No row, several, or one
 * that the schema refuses is a mismatch. `path` is that of the list.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeRowOf = <A, I>(schema: Schema.Schema<A, I>, path: string) => {
  const decodeRow = decode(schema)
  return (rows: ReadonlyArray<unknown>): ((symbol: string) => Either.Either<A, Mismatch>) => {
    const indices = new Map<string, number>()
    const repeated = new Set<string>()
    for (const [index, row] of rows.entries()) {
      const symbol = symbolOf(row)
      if (symbol === undefined) continue
      if (indices.has(symbol)) repeated.add(symbol)
      else indices.set(symbol, index)
    }
    return (symbol) => {
      if (rows.length === 0) return Either.left({ path, detail: "the list is empty", isAbsent: true })
      const index = indices.get(symbol)
      if (index === undefined) {
        const instead = rows.length === 1 ? `, but one for ${symbolOf(rows[0]) ?? "no symbol"}` : ""
        return Either.left({ path, detail: `no row for ${symbol}${instead}`, isAbsent: true })
      }
      if (repeated.has(symbol)) return Either.left({ path, detail: `several rows for ${symbol}` })
      return Either.mapLeft(decodeRow(rows[index]), (mismatch) => below(path, index, mismatch))
    }
  }
}
