/**
 * The envelope around everything that Bitget's API says, success or not.
 */
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { json } from "../http.ts"

export const success = (data: unknown, requestTime: number): HttpServerResponse.HttpServerResponse =>
  json({ code: "00000", msg: "success", requestTime, data })

/** A refusal before it is dated. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly msg: string
}

export const refused = (refusal: Refusal, requestTime: number): HttpServerResponse.HttpServerResponse =>
  json({ code: refusal.code, msg: refusal.msg, requestTime, data: null }, refusal.status)

/** Recorded on 2026-07-11 and 2026-09-15. */
export const unknownSymbol = (symbol: string): Refusal => ({
  status: 400,
  code: "40034",
  msg: `Parameter ${symbol} does not exist`
})

/** A parameter that is missing; also, with the value in the parameter's place, an unknown product type (2026-09-15). */
export const emptyParameter = (parameter: string): Refusal => ({
  status: 400,
  code: "40019",
  msg: `Parameter ${parameter} cannot be empty`
})

/** Seen in a client's log; Bitget documents the status. */
export const tooManyRequests: Refusal = { status: 429, code: "429", msg: "Too Many Requests" }

export const unknownPath: Refusal = { status: 404, code: "40404", msg: "Request URL NOT FOUND" }
