import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { Exchange } from "../Exchange.ts"
import type { Answer, Meaning, Refusal } from "../ExchangeClient.ts"
import * as SourceError from "../SourceError.ts"
import * as Wire from "../Wire.ts"
import type { Hint, Refusal as PoolRefusal } from "../Pools.ts"
import * as RetryAfter from "./retryAfter.ts"
import { excerpt, summary } from "./text.ts"

/** Statuses that mean the same everywhere; they outrank the body, which may be a page of a firewall. */
export const statusMeaning = (status: number): Meaning | "Forbidden" | undefined => {
  if (status === 418) return "Banned"
  if (status === 429) return "RateLimited"
  if (status === 403 || status === 451) return "Forbidden"
  return status === 408 || status >= 500 ? "Unavailable" : undefined
}

/**
 * What an answer means, if not success. A body that says for itself that we are banned is believed under any status,
 * since a 429 may carry it; but a country that is not served is not served afterwards either.
 */
const meaningOf = (status: number, refusal: Refusal | undefined): Meaning | "Forbidden" | undefined =>
  refusal?.meaning === "Banned" && status !== 451 ? "Banned" : (statusMeaning(status) ?? refusal?.meaning)

/** What a status closes, before a word of the body is read: a country stays refused however long one waits. */
export const refusalOf = (status: number): PoolRefusal | undefined => {
  const meaning = status === 451 ? undefined : statusMeaning(status)
  return meaning === "Banned" || meaning === "RateLimited" || meaning === "Forbidden" ? meaning : undefined
}

/** A refusal that closes something, and the error that it is once it is known until when. */
export class Refused extends Data.TaggedClass("Refused")<{
  readonly refusal: PoolRefusal
  readonly hint: Option.Option<Hint>
  readonly toError: (until: DateTime.Utc) => SourceError.RateLimited | SourceError.Banned | SourceError.Forbidden
}> {}

/** An answer as it arrived; `text` is `Left`, with the reason, where the body is no text. */
export interface Arrived {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly text: Either.Either<string, string>
  readonly at: DateTime.Utc
  /** The exchange's own time, where it says it. */
  readonly date: Option.Option<DateTime.Utc>
}

/** What was asked, of whom, and how its answers are to be read. */
export interface Asked<A, I, E> {
  readonly exchange: Exchange
  readonly symbol: string | undefined
  /** Method, path and query, for messages. */
  readonly request: () => string
  readonly schema: Schema.Schema<A, I>
  readonly refusal: (body: unknown) => Refusal | undefined
  /** What a refusal says about the symbol, in a request about one. */
  readonly symbolError: (refusal: Refusal) => Option.Option<E>
}

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

/** From status and body to the value or the one error that it means. */
export const interpret = <A, I, E>(
  { exchange, refusal: readRefusal, request, schema, symbol, symbolError }: Asked<A, I, E>,
  { at, date, retryAfter, status, text }: Arrived
): Either.Either<Answer<A>, SourceError.ExchangeError | E | Refused> => {
  const body = Either.getOrElse(text, () => "")
  const json = parseJson(body)
  const refusal = Option.isSome(json) ? readRefusal(json.value) : undefined
  const unexpected = (problem: Wire.Mismatch) =>
    new SourceError.UnexpectedResponse({
      exchange,
      symbol,
      request: request(),
      status,
      // Both may quote what the exchange sent.
      path: excerpt(problem.path),
      detail: excerpt(problem.detail, 300),
      excerpt: excerpt(body)
    })
  if (status === 200 && refusal === undefined && Option.isSome(json)) {
    return Either.mapBoth(Wire.decode(schema)(json.value), {
      onLeft: unexpected,
      onRight: (value) => ({ value, receivedAt: at, unexpected })
    })
  }

  const said = refusal === undefined ? summary(body) : excerpt(refusal.message)
  const quoted = said === "" ? "" : `: ${JSON.stringify(said)}`
  const { hint, ignored } = RetryAfter.read({ retryAfter, stated: refusal?.until }, at, date)
  const fields = { exchange, symbol, ...(ignored === undefined ? {} : { ignoredHint: ignored }) }
  const wrong = (detail: string) => Either.left(unexpected({ path: "", detail }))

  switch (meaningOf(status, refusal)) {
    case "Banned": {
      const toError = (until: DateTime.Utc) => new SourceError.Banned({ ...fields, until: Option.some(until) })
      return Either.left(new Refused({ refusal: "Banned", hint, toError }))
    }
    case "RateLimited": {
      const toError = (until: DateTime.Utc) => new SourceError.RateLimited({ ...fields, until: Option.some(until) })
      return Either.left(new Refused({ refusal: "RateLimited", hint, toError }))
    }
    case "Forbidden": {
      const detail = { ...fields, status, detail: said }
      if (refusalOf(status) === undefined) return Either.left(new SourceError.Forbidden(detail))
      const toError = (until: DateTime.Utc) => new SourceError.Forbidden({ ...detail, until: Option.some(until) })
      return Either.left(new Refused({ refusal: "Forbidden", hint, toError }))
    }
    case "Unavailable": {
      const detail = `${exchange} answers HTTP ${status}${quoted}`
      const until = Option.map(hint, (each) => each.until)
      return Either.left(new SourceError.Unavailable({ ...fields, detail, until }))
    }
  }
  if (refusal !== undefined) {
    return Option.match(symbolError(refusal), {
      onNone: () => wrong(`the exchange refuses it with code ${refusal.code}${quoted}`),
      onSome: Either.left
    })
  }
  if (Either.isLeft(text)) return wrong(`the body is ${text.left}`)
  // A browser shows a redirect that is not followed without its status.
  if (status === 0 || (status >= 300 && status < 400)) return wrong("a redirect, which is not followed")
  if (status !== 200) return wrong(`not a success${quoted}`)
  return wrong(body === "" ? "the body is empty" : `not JSON: ${JSON.stringify(said)}`)
}
