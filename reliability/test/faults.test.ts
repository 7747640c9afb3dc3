/** What our client makes of every fault, over real connections: the error in full, the requests that it sent, and the time it took. */
import { assert, describe, it } from "@effect/vitest"
import * as Backoff from "@open-interest/core/Backoff"
import * as Policy from "@open-interest/core/Policy"
import type * as SourceError from "@open-interest/core/SourceError"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type Case, type CaseId, cases, type Subject } from "../cases.ts"
import * as Exchange from "../caseExchange.ts"
import { ask } from "../ask.ts"

interface Expected {
  /** The tag of the error and its message, where `<origin>`, `<time>`, `<date>`, `<seconds>` and `<body>` stand for what changes. */
  readonly error?: readonly [tag: SourceError.SourceError["_tag"], message: string]
  readonly requests: number
  /** From and to, in milliseconds. */
  readonly took: readonly [number, number]
  /** How far ahead the error says that it ends, in milliseconds. */
  readonly until?: number
  /** How long an attempt may take, in milliseconds. */
  readonly attempt?: number
}

interface About extends Subject {
  /** Method, path and query. */
  readonly request: string
  /** Where the row of a list stands, and the figure and the time in the answer. */
  readonly list: string
  readonly figurePath: string
  readonly timePath: string
}

const about = (subject: Subject): About => {
  const { exchange, figure, path, symbol } = subject
  if (figure === "markPrice") return { ...subject, request: `GET ${path}`, list: "", figurePath: "", timePath: "" }
  return exchange === "binance"
    ? { ...subject, request: `GET ${path}?symbol=${symbol}`, list: "", figurePath: figure, timePath: "time" }
    : {
        ...subject,
        request: `GET ${path}?symbol=${symbol}&productType=USDT-FUTURES`,
        list: "data.openInterestList: ",
        figurePath: "data.openInterestList[0].size",
        timePath: "data.ts"
      }
}

const soon = 2500

const right = (requests: number, took: readonly [number, number] = [0, soon]): Expected => ({ requests, took })

const unavailable = (detail: string, requests: number): Expected => ({
  error: ["Unavailable", `unavailable: ${detail}`],
  requests,
  took: [0, soon]
})

/** Not asked again: the exchange did answer. */
const unexpected = ({ request }: About, detail: string, status = 200): Expected => ({
  error: ["UnexpectedResponse", `unexpected response to ${request} (HTTP ${status}): ${detail}`],
  requests: 1,
  took: [0, soon]
})

const timedOut = (attempt: number, requests: number): Expected => ({
  error: ["TimedOut", `timed out: no complete answer to one request within ${attempt}ms`],
  requests,
  attempt,
  took: [attempt * requests, attempt * requests + soon]
})

const closed = (
  tag: "RateLimited" | "Banned" | "Forbidden",
  message: string,
  until: number,
  { requests = 1, took = [0, soon] as readonly [number, number] } = {}
): Expected => ({ error: [tag, message], requests, until, took })

const banned = ({ exchange }: About): Expected =>
  closed("Banned", `banned: ${exchange} has shut out this address until <time>`, 120_000)

/** Of Bitget the shortest window is a second, which there is time to wait for; of Binance a minute. */
const limited = ({ exchange }: About, ignored = ""): Expected => {
  const message = `rate limited: ${exchange} takes no more requests from this address until <time>${ignored}`
  return exchange === "binance"
    ? closed("RateLimited", message, 60_000)
    : closed("RateLimited", message, 1000, { requests: 2, took: [1000, 1000 + soon] })
}

const expectations: Readonly<Record<CaseId, (about: About) => Expected>> = {
  refused: () => unavailable("cannot reach <origin>: connection refused (ECONNREFUSED)", 0),
  unresolvable: () => unavailable("cannot reach <origin>: host not found (ENOTFOUND)", 0),
  selfSigned: () =>
    unavailable(
      "cannot reach <origin>: no secure connection: the server has signed its certificate itself (DEPTH_ZERO_SELF_SIGNED_CERT)",
      0
    ),
  expired: () =>
    unavailable(
      "cannot reach <origin>: no secure connection: the certificate has expired, by the clock of this machine (CERT_HAS_EXPIRED)",
      0
    ),
  resetBefore: () => unavailable("cannot reach <origin>: connection reset (ECONNRESET)", 2),
  resetBeforeOnce: () => right(2),
  resetHead: () => unavailable("the answer broke off: connection reset (ECONNRESET)", 2),
  resetBody: () => unavailable("the answer broke off: connection reset (ECONNRESET)", 2),
  resetBodyOnce: () => right(2),
  resetReused: () => right(2),
  slowHead: () => timedOut(200, 2),
  slowHeadOnce: () => ({ ...right(2, [500, 500 + soon]), attempt: 500 }),
  slowBody: () => timedOut(200, 2),
  cutOffLength: () => unavailable("the answer broke off: connection reset (ECONNRESET)", 2),
  cutOffChunked: () => unavailable("the answer broke off: connection reset (ECONNRESET)", 2),
  lengthTooLong: () => timedOut(200, 2),
  lengthTooShort: (about) => unexpected(about, 'not JSON: "<body>"'),
  truncatedGzip: (about) => unexpected(about, "the body is not valid gzip"),
  gzipBomb: (about) => unexpected(about, "the body is longer than 8 MB"),
  byteOrderMark: () => right(1),
  invalidUtf8: (about) => unexpected(about, "the body is not valid UTF-8"),
  html: (about) => unexpected(about, 'not JSON: "Just a moment..."'),
  empty: (about) => unexpected(about, "the body is empty"),
  noContent: (about) => unexpected(about, "not a success", 204),
  nullRow: (about) =>
    unexpected(about, `${about.list}no row for ${about.symbol}${about.list === "" ? "" : ", but one for no symbol"}`),
  rowTwice: (about) => unexpected(about, `${about.list}several rows for ${about.symbol}`),
  rowMissing: (about) =>
    unexpected(about, `${about.list}${about.list === "" ? `no row for ${about.symbol}` : "the list is empty"}`),
  fieldMissing: (about) => unexpected(about, `${about.figurePath}: is missing`),
  otherSymbol: (about) =>
    unexpected(
      about,
      about.exchange === "binance"
        ? 'symbol: asked for "BTCUSD_PERP", answered for "ETHUSD_PERP"'
        : `${about.list}no row for BTCUSDT, but one for ETHUSDT`
    ),
  notANumber: (about) => unexpected(about, `${about.figurePath}: expected a decimal number, got "N/A"`),
  nan: (about) => unexpected(about, 'not JSON: "<body>"'),
  tooLarge: (about) => unexpected(about, `${about.figurePath}: Expected string, actual Infinity`),
  tooLargeText: (about) => unexpected(about, `${about.figurePath}: expected a decimal number, got "1e400"`),
  negative: (about) => unexpected(about, `${about.figurePath}: expected a number that is not negative, got -1`),
  staleTime: () => right(1),
  futureTime: () => right(1),
  seconds: (about) => {
    // Bitget's times are text.
    const seconds = about.exchange === "binance" ? "<seconds>" : '"<seconds>"'
    return unexpected(about, `${about.timePath}: expected a time in milliseconds between 2010 and 2110, got ${seconds}`)
  },
  redirect: (about) => unexpected(about, "a redirect, which is not followed", 302),
  unavailable: ({ exchange }) => unavailable(`${exchange} answers HTTP 503: "503 Service Temporarily Unavailable"`, 2),
  unavailableOnce: () => right(2),
  firewall: ({ exchange }) =>
    closed(
      "Forbidden",
      `forbidden: ${exchange} refuses this address (HTTP 403: "ERROR: The request could not be satisfied") until <time>`,
      120_000
    ),
  location: ({ exchange }) => ({
    error: [
      "Forbidden",
      exchange === "binance"
        ? 'forbidden: binance does not serve this location (HTTP 451: "Service unavailable from a restricted location")'
        : 'forbidden: bitget does not serve this location (HTTP 451: "{\\"code\\":0,\\"msg\\":\\"Service unavailable from a restricted location\\"}")'
    ],
    requests: 1,
    took: [0, soon]
  }),
  banned,
  bannedUntil: banned,
  bannedWithoutHint: banned,
  limited: () => right(2, [1000, 1000 + soon]),
  limitedDate: () => right(2, [1000, 3000 + soon]),
  limitedMinute: ({ exchange }) =>
    closed("RateLimited", `rate limited: ${exchange} takes no more requests from this address until <time>`, 60_000),
  limitedWithoutHint: (about) => limited(about),
  absurdHint: (about) => limited(about, ' (its Retry-After "999999999" is over three days ahead)'),
  pastHint: (about) => limited(about, ' (its Retry-After "<date>" has passed)'),
  quotaBackwards: () => right(3),
  quotaNegative: () => right(2),
  quotaAbsurd: ({ exchange }) =>
    // The header counts for everybody at this address, and is believed until the minute ends.
    exchange === "binance"
      ? {
          error: [
            "RateLimited",
            "rate limited: our share of what binance allows is used up, by us or by others at this address; this request would have to wait until <time>"
          ],
          requests: 1,
          took: [0, soon]
        }
      : right(2)
}

const policy = (attempt: number): Policy.Policy =>
  Policy.make(
    Policy.timeout("5 seconds"),
    Policy.retry({ times: 1, backoff: Backoff.exponential({ base: "10 millis", jitter: "none" }) }),
    Policy.timeout(attempt)
  )

/** A message without what differs from run to run. */
const normalised = (message: string, { baseUrl }: Exchange.Exchange): string =>
  message
    .replaceAll(baseUrl, "<origin>")
    .replace(/(?<=not JSON: ")\{.*(?="$)/, "<body>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, "<date>")
    .replaceAll(/(?<!\d)1\d{9}(?!\d)/g, "<seconds>")

const check = (id: CaseId, exchange: Subject["exchange"]) =>
  Effect.gen(function* () {
    const each = cases[id]
    const simulated = yield* Exchange.start(each, exchange)
    const { baseUrl, subject } = simulated
    const expected = expectations[id](about(subject))
    const { result, took } = yield* ask(subject, { ...each, baseUrl, policy: policy(expected.attempt ?? 4000) })
    if (expected.error === undefined) {
      assert.deepStrictEqual(result, Either.right(simulated.right), exchange)
      assert.isAbove(yield* simulated.faulty, 0, exchange)
    } else {
      const error = Either.getOrThrow(Either.flip(result))
      const [tag, message] = expected.error
      assert.deepStrictEqual<ReadonlyArray<string>>(
        [error.exchange, error._tag, normalised(error.message, simulated)],
        [exchange, tag, message]
      )
      if (expected.until !== undefined) {
        const until = "until" in error ? Option.getOrThrow(error.until) : DateTime.unsafeMake(0)
        const ahead = until.epochMillis - Date.now()
        assert.isTrue(ahead > expected.until - soon && ahead <= expected.until + soon, `${exchange}: ${ahead} ms ahead`)
      }
    }
    assert.strictEqual(yield* simulated.received, expected.requests, `requests to ${exchange}`)
    const [from, to] = expected.took
    assert.isTrue(took >= from - 5 && took <= to, `${exchange}: took ${took} ms`)
  }).pipe(Effect.scoped)

describe("both exchanges, with", () => {
  for (const [id, { name }] of Object.entries(cases) as ReadonlyArray<[CaseId, Case]>) {
    it.live(name, () =>
      Effect.all([check(id, "binance"), check(id, "bitget")], { concurrency: "unbounded", discard: true })
    )
  }
})
