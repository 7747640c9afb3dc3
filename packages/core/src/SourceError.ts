/**
 * What can go wrong between a caller and an exchange, named by what the caller can do about it.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Exchange } from "./Exchange.ts"
import { conjunction, excerpt, quote } from "./internal/text.ts"

const common = {
  exchange: Exchange,
  /** The symbol that was asked for, where the request was about one. */
  symbol: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Defect)
}

const until = Schema.optionalWith(Schema.DateTimeUtc, { as: "Option" }).pipe(
  Schema.withConstructorDefault(() => Option.none<DateTime.Utc>())
)

/** Who refused: the `exchange` itself, or nobody was asked because of what it had said before (`gate`). */
const by = Schema.Literal("exchange", "gate").pipe(
  Schema.propertySignature,
  Schema.withConstructorDefault(() => "exchange" as const)
)

/** A hint of the exchange when to come back that makes no sense, in words, and that was not followed. */
const ignoredHint = Schema.optional(Schema.String)

const hintText = (ignored: string | undefined): string => (ignored === undefined ? "" : ` (${ignored})`)

const gateText = (by: string): string => (by === "gate" ? "; not asked again" : "")

const untilText = (time: Option.Option<DateTime.Utc>): string =>
  Option.match(time, { onNone: () => "", onSome: (at) => ` until ${DateTime.formatIso(at)}` })

/**
 * The exchange knows no such contract. Check the spelling: `suggestions` holds the nearest listed symbols, best first.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownSymbol extends Schema.TaggedError<UnknownSymbol>("@open-interest/core/SourceError/UnknownSymbol")(
  "UnknownSymbol",
  {
    ...common,
    symbol: Schema.String,
    suggestions: Schema.Array(Schema.String).pipe(
      Schema.propertySignature,
      Schema.withConstructorDefault(() => [])
    )
  }
) {
  override get message(): string {
    return `unknown symbol: ${this.exchange} knows no contract ${quote(this.symbol)}`
  }
}

/**
 * The unified symbol fits several contracts. Ask for one of the `candidates`, the exchange's own symbols.
 *
 * @since 0.1.0
 * @category errors
 */
export class AmbiguousSymbol extends Schema.TaggedError<AmbiguousSymbol>(
  "@open-interest/core/SourceError/AmbiguousSymbol"
)("AmbiguousSymbol", { ...common, symbol: Schema.String, candidates: Schema.Array(Schema.String) }) {
  override get message(): string {
    return `ambiguous symbol: ${quote(this.symbol)} fits ${conjunction(this.candidates.map((each) => excerpt(each)))}`
  }
}

/**
 * The contract is listed but delivering, settled, halted or removed. It may come back; asking at once again is no use.
 *
 * @since 0.1.0
 * @category errors
 */
export class SymbolNotTrading extends Schema.TaggedError<SymbolNotTrading>(
  "@open-interest/core/SourceError/SymbolNotTrading"
)("SymbolNotTrading", {
  ...common,
  symbol: Schema.String,
  /** The exchange's own words. */
  detail: Schema.String
}) {
  override get message(): string {
    return `not trading: ${this.exchange} says ${JSON.stringify(this.detail)}`
  }
}

/**
 * Too many requests: the exchange says so (429), or did so a moment ago (`gate`), or our own quota would let this one go
 * too late (`quota`). Wait until `until`; where there is none, the request would never fit.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("@open-interest/core/SourceError/RateLimited")(
  "RateLimited",
  {
    ...common,
    until,
    by: Schema.Literal("exchange", "gate", "quota").pipe(
      Schema.propertySignature,
      Schema.withConstructorDefault(() => "exchange" as const)
    ),
    /** What the quota lets through, where it was the quota. */
    detail: Schema.optional(Schema.String),
    ignoredHint
  }
) {
  override get message(): string {
    const time = untilText(this.until)
    if (this.by === "quota") {
      const when = time === "" ? "" : `; this request would have to wait${time}`
      const used = `our share of what ${this.exchange} allows is used up, by us or by others at this address`
      return `rate limited: ${this.detail ?? used}${when}`
    }
    const who = `${this.exchange} takes no more requests from this address${time}`
    return `rate limited: ${who}${gateText(this.by)}${hintText(this.ignoredHint)}`
  }
}

/**
 * The address is banned for having gone on after a 429 (418). Wait until `until`; a request before could make it longer.
 *
 * @since 0.1.0
 * @category errors
 */
export class Banned extends Schema.TaggedError<Banned>("@open-interest/core/SourceError/Banned")("Banned", {
  ...common,
  until,
  by,
  ignoredHint
}) {
  override get message(): string {
    const who = `${this.exchange} has shut out this address${untilText(this.until)}`
    return `banned: ${who}${gateText(this.by)}${hintText(this.ignoredHint)}`
  }
}

/**
 * The exchange does not serve this address: its firewall (403), or the country (451). After a 403 nothing is sent until
 * `until`.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>("@open-interest/core/SourceError/Forbidden")("Forbidden", {
  ...common,
  status: Schema.Int,
  /** An excerpt of the exchange's answer. */
  detail: Schema.String,
  until,
  by,
  ignoredHint
}) {
  override get message(): string {
    const who = this.status === 451 ? "does not serve this location" : "refuses this address"
    const said = this.detail === "" ? "" : `: ${JSON.stringify(this.detail)}`
    const when = `${untilText(this.until)}${gateText(this.by)}${hintText(this.ignoredHint)}`
    return `forbidden: ${this.exchange} ${who} (HTTP ${this.status}${said})${when}`
  }
}

/**
 * The exchange could not be reached, or could not answer (DNS, TLS, refused, reset, 5xx). Trying later may help.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unavailable extends Schema.TaggedError<Unavailable>("@open-interest/core/SourceError/Unavailable")(
  "Unavailable",
  {
    ...common,
    /** What happened, in words. */
    detail: Schema.String,
    /** Before this time the exchange wants no other request. */
    until,
    ignoredHint
  }
) {
  override get message(): string {
    return `unavailable: ${this.detail}${hintText(this.ignoredHint)}`
  }
}

/**
 * Too many requests have failed, so none is sent for a while: until `until`, or until one that tries has ended.
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>("@open-interest/core/SourceError/CircuitOpen")(
  "CircuitOpen",
  { ...common, until }
) {
  override get message(): string {
    const when = Option.isNone(this.until) ? " until one has succeeded again" : untilText(this.until)
    return `circuit open: too many requests to ${this.exchange} failed, nothing is sent${when}`
  }
}

/**
 * No answer within the time allowed: `attempt` bounds one request with its body, `total` the whole operation with
 * its retries.
 *
 * @since 0.1.0
 * @category errors
 */
export class TimedOut extends Schema.TaggedError<TimedOut>("@open-interest/core/SourceError/TimedOut")("TimedOut", {
  ...common,
  timeout: Schema.Literal("attempt", "total"),
  after: Schema.DurationFromMillis
}) {
  override get message(): string {
    const what = this.timeout === "attempt" ? "no complete answer to one request" : "no result"
    return `timed out: ${what} within ${Duration.format(this.after)}`
  }
}

/**
 * An answer that is not what the exchange documents: not JSON, another shape, another symbol, nothing in it, a figure
 * out of range, or a refusal of our request that we cannot explain.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponse extends Schema.TaggedError<UnexpectedResponse>(
  "@open-interest/core/SourceError/UnexpectedResponse"
)("UnexpectedResponse", {
  ...common,
  /** Method, path and query: `GET /dapi/v1/openInterest?symbol=BTCUSD_PERP`. */
  request: Schema.String,
  status: Schema.Int,
  /** The field: `data.openInterestList[0].size`; empty where the answer as a whole is wrong. */
  path: Schema.String,
  /** What is wrong with it. */
  detail: Schema.String,
  /** The beginning of the answer. */
  excerpt: Schema.String
}) {
  override get message(): string {
    const where = this.path === "" ? "" : `${this.path}: `
    return `unexpected response to ${this.request} (HTTP ${this.status}): ${where}${this.detail}`
  }
}

/**
 * The exchange has no such data: it publishes no history, or none of this contract. Asking again is no use.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unsupported extends Schema.TaggedError<Unsupported>("@open-interest/core/SourceError/Unsupported")(
  "Unsupported",
  {
    ...common,
    /** What is not there, and why: `no history: …`. */
    detail: Schema.String
  }
) {
  override get message(): string {
    return `not supported: ${this.detail}`
  }
}

/**
 * Why a request may fail whatever it asks for.
 *
 * @since 0.1.0
 * @category errors
 */
export const ExchangeError = Schema.Union(
  RateLimited,
  Banned,
  Forbidden,
  Unavailable,
  TimedOut,
  CircuitOpen,
  UnexpectedResponse
)

/**
 * Any reason why a request may fail whatever it asks for.
 *
 * @since 0.1.0
 * @category errors
 */
export type ExchangeError = typeof ExchangeError.Type

/**
 * Why a symbol may lead to no contract.
 *
 * @since 0.1.0
 * @category errors
 */
export const LookupError = Schema.Union(UnknownSymbol, AmbiguousSymbol, ...ExchangeError.members)

/**
 * Any reason why a symbol may lead to no contract.
 *
 * @since 0.1.0
 * @category errors
 */
export type LookupError = typeof LookupError.Type

/**
 * Why there may be no figure: every error of a source.
 *
 * @since 0.1.0
 * @category errors
 */
export const SourceError = Schema.Union(SymbolNotTrading, ...LookupError.members)

/**
 * Any error of a source.
 *
 * @since 0.1.0
 * @category errors
 */
export type SourceError = typeof SourceError.Type

/**
 * Why there may be no history.
 *
 * @since 0.1.0
 * @category errors
 */
export const HistoryError = Schema.Union(Unsupported, ...SourceError.members)

/**
 * Why there may be no history.
 *
 * @since 0.1.0
 * @category errors
 */
export type HistoryError = typeof HistoryError.Type
