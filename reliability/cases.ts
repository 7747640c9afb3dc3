/** Every fault that a poller of JSON over HTTP meets, as a plan for the simulated exchanges, and the best that can be made of it. */
import type * as Faults from "@open-interest/simulator/Faults"

export type Exchange = "binance" | "bitget"

/** What a client is asked for, and where it then asks. */
export interface Subject {
  readonly exchange: Exchange
  readonly symbol: string
  readonly path: string
  /** The members of the answer with the figure and its time. */
  readonly figure: string
  readonly time: string
  /** Another contract, which exists. */
  readonly other: string
  /** The header that states what was used of the limit, or what is left. */
  readonly quotaHeader: string
}

const binance: Subject = {
  exchange: "binance",
  symbol: "BTCUSD_PERP",
  path: "/dapi/v1/openInterest",
  figure: "openInterest",
  time: "time",
  other: "ETHUSD_PERP",
  quotaHeader: "x-mbx-used-weight-1m"
}

const bitget: Subject = {
  exchange: "bitget",
  symbol: "BTCUSDT",
  path: "/api/v2/mix/market/open-interest",
  figure: "size",
  time: "ts",
  other: "ETHUSDT",
  quotaHeader: "x-mbx-used-remain-limit"
}

/** Binance's open interest is no list; its mark prices are. */
const binancePrices: Subject = { ...binance, path: "/dapi/v1/premiumIndex", figure: "markPrice" }

/**
 * The best that a client can make of it:
 *
 * - `figure`: the right figure, since what is wrong passes, or does no harm;
 * - `error`: an error, since nothing that came is a figure to rely on.
 */
export type Best = "figure" | "error"

export interface Case {
  readonly name: string
  readonly best: Best
  readonly subjects: Readonly<Record<Exchange, Subject>>
  readonly plan: (subject: Subject) => Faults.Plan
  /** Where the client is pointed, if not at the simulated exchange. */
  readonly baseUrl?: string
  /** How often the client asks; the last time counts. Once, unless said otherwise. */
  readonly asks?: number
  /** The client can't learn of the contracts before it asks. */
  readonly isCold?: true
  /** The exchange's clock stands still early in a minute. */
  readonly isEarly?: true
  /** Milliseconds by which the time of the figure is off. */
  readonly shift?: number
  /** Nothing may be sent for so many milliseconds: who does, asks for a ban. */
  readonly silence?: number
}

const subjects = { binance, bitget }

const page = (title: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`

const html = { "content-type": "text/html" }

const minute = 60_000

const always = (fault: (subject: Subject) => Faults.Fault) => ({
  subjects,
  plan: (subject: Subject): Faults.Plan => ({ rules: [{ path: subject.path, fault: fault(subject) }] })
})

const once = (fault: Faults.Fault) => ({
  subjects,
  plan: ({ path }: Subject): Faults.Plan => ({ rules: [{ path, nth: [1], fault }] })
})

const connection = (which: typeof Faults.Connection.Type) => ({
  subjects,
  isCold: true as const,
  plan: (): Faults.Plan => ({ connections: { binance: which, bitget: which } })
})

const row = (as: "null" | "twice" | "missing") => ({
  subjects: { binance: binancePrices, bitget },
  plan: ({ path, symbol }: Subject): Faults.Plan => ({ rules: [{ path, fault: { _tag: "Row", symbol, as } }] })
})

const figure = (json: string) => always(({ figure }) => ({ _tag: "Field", name: figure, json }))

const time = (shift: number) => ({ shift, ...always(({ time }) => ({ _tag: "Time", name: time, shift })) })

/** The header of the first answers, one after the other; then one more is asked for. */
const quotaHeaders = (...values: ReadonlyArray<string>) => ({
  subjects,
  asks: values.length + 1,
  plan: ({ path, quotaHeader: name }: Subject): Faults.Plan => ({
    rules: values.map((value, index) => ({ path, nth: [index + 1], fault: { _tag: "Header", name, value } }))
  })
})

const all = {
  refused: { name: "connection refused", best: "error", ...connection("refused") },
  // Longer than a label of a name may be, so that no resolver has to be asked.
  unresolvable: {
    name: "host name that does not resolve",
    best: "error",
    subjects,
    isCold: true,
    plan: () => ({}),
    baseUrl: `https://${"x".repeat(64)}.invalid`
  },
  selfSigned: { name: "TLS: certificate signed by itself", best: "error", ...connection("self-signed") },
  expired: { name: "TLS: certificate expired", best: "error", ...connection("expired") },
  resetBefore: { name: "reset before the head", best: "error", ...always(() => ({ _tag: "Reset", after: "nothing" })) },
  resetBeforeOnce: {
    name: "reset before the head, once",
    best: "figure",
    ...once({ _tag: "Reset", after: "nothing" })
  },
  resetHead: { name: "reset after the head", best: "error", ...always(() => ({ _tag: "Reset", after: "head" })) },
  resetBody: { name: "reset within the body", best: "error", ...always(() => ({ _tag: "Reset", after: "half" })) },
  resetBodyOnce: { name: "reset within the body, once", best: "figure", ...once({ _tag: "Reset", after: "half" }) },
  resetReused: {
    name: "reset on a connection that is used again, once",
    best: "figure",
    subjects,
    plan: ({ path }) => ({ rules: [{ path, reused: true, nth: [1], fault: { _tag: "Reset", after: "nothing" } }] })
  },
  slowHead: { name: "no head for a minute", best: "error", ...always(() => ({ _tag: "Delay", millis: minute })) },
  slowHeadOnce: { name: "no head for a minute, once", best: "figure", ...once({ _tag: "Delay", millis: minute }) },
  slowBody: { name: "body over a minute", best: "error", ...always(() => ({ _tag: "Trickle", millis: minute })) },
  cutOffLength: {
    name: "connection closed within a body of stated length",
    best: "error",
    ...always(() => ({ _tag: "CutOff", framing: "length" }))
  },
  cutOffChunked: {
    name: "connection closed within a chunked body",
    best: "error",
    ...always(() => ({ _tag: "CutOff", framing: "chunked" }))
  },
  lengthTooLong: {
    name: "Content-Length 10 bytes too long",
    best: "error",
    ...always(() => ({ _tag: "WrongLength", by: 10 }))
  },
  lengthTooShort: {
    name: "Content-Length 10 bytes too short",
    best: "error",
    ...always(() => ({ _tag: "WrongLength", by: -10 }))
  },
  truncatedGzip: { name: "truncated gzip", best: "error", ...always(() => ({ _tag: "TruncatedGzip" })) },
  gzipBomb: { name: "32 MB in 140 KB of gzip", best: "error", ...always(() => ({ _tag: "GzipBomb", megabytes: 32 })) },
  byteOrderMark: { name: "byte order mark", best: "figure", ...always(() => ({ _tag: "ByteOrderMark" })) },
  invalidUtf8: { name: "a byte that is no UTF-8", best: "error", ...always(() => ({ _tag: "InvalidUtf8" })) },
  html: {
    name: "an HTML page with 200",
    best: "error",
    ...always(() => ({ _tag: "Answer", headers: html, body: page("Just a moment...") }))
  },
  empty: { name: "empty body with 200", best: "error", ...always(() => ({ _tag: "Answer" })) },
  noContent: { name: "204", best: "error", ...always(() => ({ _tag: "Answer", status: 204 })) },
  nullRow: { name: "null in place of the row", best: "error", ...row("null") },
  rowTwice: { name: "the row twice", best: "error", ...row("twice") },
  rowMissing: { name: "the row missing", best: "error", ...row("missing") },
  fieldMissing: {
    name: "the field missing",
    best: "error",
    ...always(({ figure }) => ({ _tag: "NoField", name: figure }))
  },
  otherSymbol: {
    name: "answer for another symbol",
    best: "error",
    ...always(({ other }) => ({ _tag: "Field", name: "symbol", json: JSON.stringify(other) }))
  },
  notANumber: { name: 'figure `"N/A"`', best: "error", ...figure('"N/A"') },
  nan: { name: "figure `NaN`, which is no JSON", best: "error", ...figure("NaN") },
  tooLarge: { name: "figure `1e400`", best: "error", ...figure("1e400") },
  tooLargeText: { name: 'figure `"1e400"`', best: "error", ...figure('"1e400"') },
  negative: { name: 'figure `"-1"`', best: "error", ...figure('"-1"') },
  staleTime: { name: "time a day ago", best: "figure", ...time(-1440 * minute) },
  futureTime: { name: "time a day ahead", best: "figure", ...time(1440 * minute) },
  seconds: { name: "time in seconds", best: "error", ...always(({ time }) => ({ _tag: "Seconds", name: time })) },
  redirect: {
    name: "redirect to a page",
    best: "error",
    ...always(() => ({ _tag: "Answer", status: 302, headers: { location: "/maintenance" } }))
  },
  unavailable: {
    name: "503",
    best: "error",
    ...always(() => ({ _tag: "Answer", status: 503, headers: html, body: page("503 Service Temporarily Unavailable") }))
  },
  unavailableOnce: {
    name: "503, once",
    best: "figure",
    ...once({ _tag: "Answer", status: 503, headers: html, body: page("503 Service Temporarily Unavailable") })
  },
  firewall: {
    name: "403 with a page of a firewall",
    best: "error",
    silence: minute,
    ...always(() => ({
      _tag: "Answer",
      status: 403,
      headers: html,
      body: page("ERROR: The request could not be satisfied")
    }))
  },
  location: {
    name: "451",
    best: "error",
    silence: minute,
    ...always(() => ({
      _tag: "Answer",
      status: 451,
      headers: { "content-type": "application/json" },
      body: '{"code":0,"msg":"Service unavailable from a restricted location"}'
    }))
  },
  banned: {
    name: "418, Retry-After 120",
    best: "error",
    silence: 2 * minute,
    ...always(() => ({ _tag: "Refusal", status: 418, retryAfter: "120" }))
  },
  bannedUntil: {
    name: "418, end in the message alone",
    best: "error",
    silence: 2 * minute,
    ...always(() => ({ _tag: "Refusal", status: 418, bannedUntil: 2 * minute }))
  },
  bannedWithoutHint: {
    name: "418 without a hint",
    best: "error",
    silence: minute,
    ...always(() => ({ _tag: "Refusal", status: 418 }))
  },
  limited: {
    name: "429, Retry-After 1, once",
    best: "figure",
    silence: 1000,
    ...once({ _tag: "Refusal", status: 429, retryAfter: "1" })
  },
  limitedDate: {
    name: "429, Retry-After as an HTTP date, once",
    best: "figure",
    // The date has no fractions of a second.
    silence: 1000,
    ...once({ _tag: "Refusal", status: 429, retryAfterDate: 2000 })
  },
  limitedMinute: {
    name: "429, Retry-After 60",
    best: "error",
    silence: minute,
    ...always(() => ({ _tag: "Refusal", status: 429, retryAfter: "60" }))
  },
  limitedWithoutHint: {
    name: "429 without a hint",
    best: "error",
    silence: 1000,
    ...always(() => ({ _tag: "Refusal", status: 429 }))
  },
  absurdHint: {
    name: "429, Retry-After 999999999",
    best: "error",
    silence: 1000,
    ...always(() => ({ _tag: "Refusal", status: 429, retryAfter: "999999999" }))
  },
  pastHint: {
    name: "429, Retry-After a day ago",
    best: "error",
    silence: 1000,
    ...always(() => ({ _tag: "Refusal", status: 429, retryAfterDate: -1440 * minute }))
  },
  quotaBackwards: { name: "quota header that runs backwards", best: "figure", ...quotaHeaders("15", "3") },
  quotaNegative: { name: "quota header `-1`", best: "figure", ...quotaHeaders("-1") },
  // Late in a minute there would be time to wait for the next.
  quotaAbsurd: { name: "quota header `999999999`", best: "figure", isEarly: true, ...quotaHeaders("999999999") }
} satisfies Readonly<Record<string, Case>>

export type CaseId = keyof typeof all

export const cases: Readonly<Record<CaseId, Case>> = all
