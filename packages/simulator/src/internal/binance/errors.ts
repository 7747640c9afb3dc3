/**
 * The refusals of Binance COIN-M, as recorded.
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { BinanceVerdict } from "../../Limits.ts"
import { json } from "../http.ts"

/** Recorded on fapi, 2026-10-07. */
export const invalidSymbol = json({ code: -1121, msg: "Invalid symbol." }, 400)

/** Documented on the COIN-M error page as INVALID_PAIR. */
export const invalidPair = json({ code: -4087, msg: "Invalid pair." }, 400)

/** Recorded on dapi openInterest, 2026-06-30; the error page does not list the code. */
export const notTrading = json(
  { code: -4108, msg: "Symbol is on delivering or delivered or settling or closed or pre-trading." },
  400
)

/** Documented as MANDATORY_PARAM_EMPTY_OR_MALFORMED. */
export const missingParameter = (name: string): HttpServerResponse.HttpServerResponse =>
  json({ code: -1102, msg: `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.` }, 400)

/** Documented as TOO_MANY_PARAMETERS. */
export const duplicateParameter = json({ code: -1101, msg: "Duplicate values for a parameter detected." }, 400)

// The error bodies of `/futures/data` have their members in the other order (recorded on fapi, 2026-09-12).
const history = (code: number, msg: string): HttpServerResponse.HttpServerResponse => json({ msg, code }, 400)

/**
 * Recorded on fapi for `startTime` (2026-08-03, 2026-09-12), `endTime` (2026-09-23) and `period`; the same is assumed of
 * `limit` and of dapi.
 */
export const invalidHistoryParameter = (name: string): HttpServerResponse.HttpServerResponse =>
  history(-1130, `parameter '${name}' is invalid.`)

/** Documented as INVALID_CONTRACT_TYPE; the wording is that of the documentation. */
export const invalidContractType = history(-4104, "Invalid contract type.")

/** Documented as INVALID_PAIR. */
export const invalidHistoryPair = history(-4087, "Invalid pair.")

/** Documented as START_TIME_GREATER_THAN_END_TIME. */
export const startAfterEnd = history(-1023, "Start time is greater than end time.")

/** Documented for every endpoint; not seen on this one. */
export const missingHistoryParameter = (name: string): HttpServerResponse.HttpServerResponse =>
  history(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)

/** Documented for every endpoint; not seen on this one. */
export const duplicateHistoryParameter = history(-1101, "Duplicate values for a parameter detected.")

/** As recorded on the spot host, in the wording that general documentation has today; COIN-M's page has an older one. */
export const tooMuchWeightBody = (weightPerMinute: number): unknown => ({
  code: -1003,
  msg: `Too much request weight used; current limit is ${weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`
})

export const tooMuchWeight = (
  weightPerMinute: number,
  { retryAfterSeconds }: Extract<BinanceVerdict, { readonly status: 429 }>
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeader(json(tooMuchWeightBody(weightPerMinute), 429), "retry-after", String(retryAfterSeconds))

/** The wording of this limit was never recorded. */
export const tooManyHistoryRequests = (
  historyPerFiveMinutes: number,
  { retryAfterSeconds }: Extract<BinanceVerdict, { readonly status: 429 }>
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeader(
    json(
      { code: -1003, msg: `Too many requests; current limit is ${historyPerFiveMinutes} requests per 5 MINUTE.` },
      429
    ),
    "retry-after",
    String(retryAfterSeconds)
  )

/** Documented; older pages say "Way too many requests" and "the websocket". No page shows it without a time. */
export const bannedBody = (until: number | undefined): unknown => ({
  code: -1003,
  msg: `Way too much request weight used; IP banned${until === undefined ? "" : ` until ${until}`}. Please use WebSocket Streams for live updates to avoid bans.`
})

export const banned = ({
  retryAfterSeconds,
  until
}: Extract<BinanceVerdict, { readonly status: 418 }>): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeader(json(bannedBody(until), 418), "retry-after", String(retryAfterSeconds))

/** An unknown path leads to the web site's page and not to JSON (python-binance#541). */
export const pageNotFound = HttpServerResponse.text(
  `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Binance</title></head>
<body><div id="__APP"><h1>404</h1><p>Sorry! The page you're looking for cannot be found.</p></div></body>
</html>
`,
  { status: 404, contentType: "text/html; charset=utf-8" }
)

/**
 * The edge's refusal of a request that its firewall dislikes, such as a doubled slash in the path (cryptofeed#869). Body
 * as recorded in unicorn-binance-websocket-api#344.
 */
export const requestBlocked = HttpServerResponse.text(
  `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">
<TITLE>ERROR: The request could not be satisfied</TITLE>
</HEAD><BODY>
<H1>403 ERROR</H1>
<H2>The request could not be satisfied.</H2>
<HR noshade size="1px">
Request blocked.
We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error. Try again later, or contact the app or website owner.
<BR clear="all">
If you provide content to customers through CloudFront, you can find steps to troubleshoot and help prevent this error by reviewing the CloudFront documentation.
<BR clear="all">
<HR noshade size="1px">
<PRE>
Generated by cloudfront (CloudFront)
Request ID: kuiCRZQMrhTDV8UuorzlwwIUACVGVU06iXyDcgZ-5OUkegdZvUB8Mg==
</PRE>
<ADDRESS>
</ADDRESS>
</BODY></HTML>
`,
  { status: 403, contentType: "text/html" }
)
