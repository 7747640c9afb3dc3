/**
 * The envelope around everything that Bitget's API says, success or not.
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { json, jsonContentType } from "../http.ts"

const encoder = new TextEncoder()

/** The data of an answer as it goes over the wire, to be sent any number of times. */
export type Data = Uint8Array

export const encode = (data: unknown): Data => encoder.encode(JSON.stringify(data))

const end = encoder.encode("}")

export const success = (data: Data, requestTime: number): HttpServerResponse.HttpServerResponse => {
  const start = encoder.encode(`{"code":"00000","msg":"success","requestTime":${requestTime},"data":`)
  const body = new Uint8Array(start.length + data.length + end.length)
  body.set(start)
  body.set(data, start.length)
  body.set(end, start.length + data.length)
  return HttpServerResponse.uint8Array(body, { contentType: jsonContentType })
}

/** A refusal before it is dated. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly msg: string
}

export const refusal = ({ code, msg }: Refusal, requestTime: number): unknown => ({
  code,
  msg,
  requestTime,
  data: null
})

export const refused = (what: Refusal, requestTime: number): HttpServerResponse.HttpServerResponse =>
  json(refusal(what, requestTime), what.status)

/** Recorded on 2026-07-11 and 2026-09-15. */
export const unknownSymbol = (symbol: string): Refusal => ({
  status: 400,
  code: "40034",
  msg: `Parameter ${symbol} does not exist`
})

/** Documented; no client recorded it. */
export const removed: Refusal = { status: 400, code: "40309", msg: "The contract has been removed" }

/** Recorded on the order book of version 3, 2026-09-15. */
export const unknownPair = (symbol: string): Refusal => ({
  status: 400,
  code: "25100",
  msg: `Trading pair ${symbol} does not exist`
})

/** Measured by a client of version 3, which gave the code; the wording is that of other values. */
export const unknownCategory = unknownSymbol

/** A parameter that is missing; also, with the value in the parameter's place, an unknown product type (2026-09-15). */
export const emptyParameter = (parameter: string): Refusal => ({
  status: 400,
  code: "40019",
  msg: `Parameter ${parameter} cannot be empty`
})

/** Seen in a client's log; Bitget documents the status. */
export const tooManyRequests: Refusal = { status: 429, code: "429", msg: "Too Many Requests" }

export const unknownPath: Refusal = { status: 404, code: "40404", msg: "Request URL NOT FOUND" }
