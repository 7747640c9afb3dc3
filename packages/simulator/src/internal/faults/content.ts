/**
 * Faults of what an answer says, and of its bytes.
 */
import { promisify } from "node:util"
import { constants, gzip, type ZlibOptions } from "node:zlib"
import type * as Faults from "../../Faults.ts"

/** An answer in full, not compressed. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What an exchange says to a client that it refuses; times in ms, `until` where it can and is to name the end. */
export type Refuse = (refusal: {
  readonly status: 418 | 429
  readonly now: number
  readonly until: number | undefined
}) => unknown

/** The faults that another answer can show, without a word about how it travels. */
export type Content = Exclude<Faults.Fault, { readonly _tag: "Delay" | "Trickle" | "Reset" | "CutOff" | "WrongLength" }>

const encoder = new TextEncoder()

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(gzip)

const withBody = (answer: Answer, body: Uint8Array): Answer => ({ ...answer, body })

const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Buffer.concat(parts)

/** The body with its members changed, from the inside outwards; `undefined` takes one away. What is no JSON stays as it is. */
const edit = (answer: Answer, change: (name: string, value: unknown) => unknown): Answer => {
  const text = new TextDecoder().decode(answer.body)
  try {
    return withBody(answer, encoder.encode(JSON.stringify(JSON.parse(text, change))))
  } catch {
    return answer
  }
}

/** Stands for what can't stand in a value. */
const placeholder = "\u0000"

const withText = (answer: Answer, name: string, json: string): Answer => {
  const marked = edit(answer, (member, value: unknown) => (member === name ? placeholder : value))
  const text = new TextDecoder().decode(marked.body)
  return withBody(answer, encoder.encode(text.replaceAll(JSON.stringify(placeholder), () => json)))
}

/** Changes a number, or a number that is written as text. */
const withNumber = (answer: Answer, name: string, change: (value: number) => number): Answer =>
  edit(answer, (member, value: unknown) => {
    if (member !== name) return value
    return typeof value === "string" ? String(change(Number(value))) : change(Number(value))
  })

const isRowOf = (symbol: string, row: unknown): boolean =>
  typeof row === "object" && row !== null && "symbol" in row && row.symbol === symbol

const rowsAs = { null: () => [null], twice: (row: unknown) => [row, row], missing: () => [] }

/** A byte that begins no character of UTF-8, in the first text that is a value. */
const withWrongByte = ({ body }: Answer): Uint8Array => {
  const at = Buffer.from(body).indexOf(':"') + 2
  return concat(body.subarray(0, at), Uint8Array.of(0xff), body.subarray(at))
}

const gzipped = async (answer: Answer, body: Uint8Array): Promise<Answer> => ({
  ...answer,
  headers: { ...answer.headers, "content-encoding": "gzip" },
  body: await compress(body, { level: constants.Z_BEST_SPEED })
})

const dateOf = ({ date }: Answer["headers"]): Answer["headers"] => (date === undefined ? {} : { date })

/** The answer with the fault; `now`, in ms, is when the exchange gives it. */
export const withFault = async (fault: Content, answer: Answer, refuse: Refuse, now: number): Promise<Answer> => {
  switch (fault._tag) {
    case "TruncatedGzip": {
      const whole = await gzipped(answer, answer.body)
      return withBody(whole, whole.body.subarray(0, whole.body.length / 2))
    }
    case "GzipBomb":
      return gzipped(answer, concat(answer.body, Buffer.alloc(fault.megabytes * 2 ** 20, " ")))
    case "ByteOrderMark":
      return withBody(answer, concat(Uint8Array.of(0xef, 0xbb, 0xbf), answer.body))
    case "InvalidUtf8":
      return withBody(answer, withWrongByte(answer))
    case "Field":
      return withText(answer, fault.name, fault.json)
    case "NoField":
      return edit(answer, (name, value: unknown) => (name === fault.name ? undefined : value))
    case "Time":
      return withNumber(answer, fault.name, (millis) => millis + fault.shift)
    case "Seconds":
      return withNumber(answer, fault.name, (millis) => Math.floor(millis / 1000))
    case "Row":
      return edit(answer, (_, value: unknown) =>
        Array.isArray(value)
          ? value.flatMap((row: unknown) => (isRowOf(fault.symbol, row) ? rowsAs[fault.as](row) : [row]))
          : value
      )
    case "Header":
      return { ...answer, headers: { ...answer.headers, [fault.name.toLowerCase()]: fault.value } }
    case "Answer": {
      const { body = "", headers = {}, status = 200 } = fault
      const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
      return {
        status,
        headers: { ...dateOf(answer.headers), ...Object.fromEntries(named) },
        body: encoder.encode(body)
      }
    }
    case "Refusal": {
      const { bannedUntil, retryAfter, retryAfterDate, status } = fault
      const hint =
        retryAfter ?? (retryAfterDate === undefined ? undefined : new Date(now + retryAfterDate).toUTCString())
      const until = bannedUntil === undefined ? undefined : now + bannedUntil
      return {
        status,
        headers: {
          ...dateOf(answer.headers),
          "content-type": "application/json;charset=UTF-8",
          ...(hint === undefined ? {} : { "retry-after": hint })
        },
        body: encoder.encode(JSON.stringify(refuse({ status, now, until })))
      }
    }
  }
}
