/**
 * What goes wrong between an exchange and its clients, as a plan: plain data that can come from JSON, and a seed. The same
 * plan meets the same requests in the same order with the same faults.
 *
 * Times are whole milliseconds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const day = 86_400_000

const Millis = Schema.Int.pipe(Schema.between(0, day))

/**
 * One thing that goes wrong with one answer. The exchange has served the request, and counted it, before it does.
 *
 * On the way:
 *
 * - `Delay`: nothing comes for `millis`, then the whole answer;
 * - `Trickle`: the head at once, the body in ten pieces over `millis`;
 * - `Reset`: the connection is reset after `nothing` of the answer, its `head`, or `half` of its body;
 * - `CutOff`: half of the body, and an orderly end of the connection; `framing` is how the length of the body was stated,
 *   `length` or `chunked`;
 * - `WrongLength`: `content-length` is `by` bytes more than there are, or fewer; the connection stays open.
 *
 * The bytes:
 *
 * - `TruncatedGzip`: half of a compressed body, complete as far as HTTP goes;
 * - `GzipBomb`: the right answer and so many `megabytes` of spaces, compressed to half a percent;
 * - `ByteOrderMark`: three bytes before the body;
 * - `InvalidUtf8`: a byte in the first text of the body that is no UTF-8.
 *
 * What it says:
 *
 * - `Field`: every member called `name` is `json`, any text, JSON or not: `"\"N/A\""`, `"1e400"`, `"NaN"`;
 * - `NoField`: every member called `name` is missing;
 * - `Time`: every member called `name`, milliseconds as a number or text, is `shift` milliseconds later, earlier if negative;
 * - `Seconds`: every member called `name` is in seconds instead;
 * - `Row`: the row of `symbol`, in whichever list, is `null`, there `twice`, or `missing`;
 * - `Header`: a header called `name` says `value`.
 *
 * Another answer:
 *
 * - `Answer`: this `status` (200), these `headers` and this `body` (none) instead;
 * - `Refusal`: the exchange's own refusal with status 429 or 418, and a hint when to come back: `retryAfter` as the header
 *   says it, `retryAfterDate` as an HTTP date so much later, `bannedUntil` so much later in Binance's message. Without any, none.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Fault = Schema.Union(
  Schema.TaggedStruct("Delay", { millis: Millis }),
  Schema.TaggedStruct("Trickle", { millis: Millis }),
  Schema.TaggedStruct("Reset", { after: Schema.Literal("nothing", "head", "half") }),
  Schema.TaggedStruct("CutOff", { framing: Schema.Literal("length", "chunked") }),
  Schema.TaggedStruct("WrongLength", { by: Schema.Int }),
  Schema.TaggedStruct("TruncatedGzip", {}),
  Schema.TaggedStruct("GzipBomb", { megabytes: Schema.Int.pipe(Schema.between(1, 256)) }),
  Schema.TaggedStruct("ByteOrderMark", {}),
  Schema.TaggedStruct("InvalidUtf8", {}),
  Schema.TaggedStruct("Field", { name: Schema.String, json: Schema.String }),
  Schema.TaggedStruct("NoField", { name: Schema.String }),
  Schema.TaggedStruct("Time", { name: Schema.String, shift: Schema.Int }),
  Schema.TaggedStruct("Seconds", { name: Schema.String }),
  Schema.TaggedStruct("Row", { symbol: Schema.String, as: Schema.Literal("null", "twice", "missing") }),
  Schema.TaggedStruct("Header", { name: Schema.String, value: Schema.String }),
  Schema.TaggedStruct("Answer", {
    status: Schema.optional(Schema.Int.pipe(Schema.between(200, 599))),
    headers: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
    body: Schema.optional(Schema.String)
  }),
  Schema.TaggedStruct("Refusal", {
    status: Schema.Literal(418, 429),
    retryAfter: Schema.optional(Schema.String),
    retryAfterDate: Schema.optional(Schema.Int),
    bannedUntil: Schema.optional(Schema.Int)
  })
)

/**
 * One thing that goes wrong with one answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = typeof Fault.Type

/**
 * The exchanges that a plan can name.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Exchange = Schema.Literal("binance", "bitget", "bybit")

/**
 * Which requests meet a fault: those of one `exchange`, to one `path` without its query, over a connection that has served
 * another request before (`reused`); each of these narrows the rule down. Of the requests that are left, counted from 1 at
 * each exchange, `nth` picks by number and `share`, above 0 and at most 1, by chance; without both, all of them.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Rule = Schema.Struct({
  exchange: Schema.optional(Exchange),
  path: Schema.optional(Schema.String.pipe(Schema.startsWith("/"))),
  reused: Schema.optional(Schema.Literal(true)),
  nth: Schema.optional(Schema.Array(Schema.Int.pipe(Schema.positive()))),
  share: Schema.optional(Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1))),
  fault: Fault
})

/**
 * Which requests meet which fault.
 *
 * @since 0.1.0
 * @category models
 */
export type Rule = typeof Rule.Type

/**
 * What is wrong before any request: nobody listens at the port (`refused`), or the exchange speaks https, with a certificate
 * that it has signed itself, valid or expired in 2020.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Connection = Schema.Literal("refused", "self-signed", "expired")

/**
 * The rules, of which the first counts that holds for a request, what is wrong with the connection to each exchange, and the
 * seed of chance, 0 by default.
 *
 * As JSON the same; a member that is not known is an error.
 *
 * @example
 * import { Faults } from "@open-interest/simulator"
 * import * as Schema from "effect/Schema"
 *
 * export const plan = Schema.decodeUnknownSync(Faults.Plan)({
 *   seed: 7,
 *   rules: [
 *     { path: "/dapi/v1/openInterest", nth: [1], fault: { _tag: "Reset", after: "half" } },
 *     { exchange: "bitget", share: 0.1, fault: { _tag: "Delay", millis: 2000 } }
 *   ]
 * })
 *
 * @since 0.1.0
 * @category schemas
 */
export const Plan = Schema.Struct({
  seed: Schema.optional(Schema.Int.pipe(Schema.between(0, 2 ** 32 - 1))),
  connections: Schema.optional(
    Schema.Struct({
      binance: Schema.optional(Connection),
      bitget: Schema.optional(Connection),
      bybit: Schema.optional(Connection)
    })
  ),
  rules: Schema.optional(Schema.Array(Rule))
  // A misspelt member would otherwise be no member at all, and its rule would hold for every request.
}).annotations({ parseOptions: { onExcessProperty: "error" } })

/**
 * What goes wrong, and where.
 *
 * @since 0.1.0
 * @category models
 */
export type Plan = typeof Plan.Type
