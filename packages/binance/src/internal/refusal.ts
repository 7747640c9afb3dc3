import type { Meaning, Refusal } from "@open-interest/core/ExchangeClient"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ErrorBody } from "./wire.ts"

/**
 * What the error codes mean to a reader of public data; a code that is not here is a rejected request. Statuses
 * outrank codes, but for a message that names the end of a ban; see the client in core. Sources: docs/exchanges/binance.md.
 */
const meanings = new Map<string, Meaning>([
  ["-1000", "Unavailable"],
  ["-1001", "Unavailable"],
  ["-1003", "RateLimited"],
  ["-1006", "Unavailable"],
  ["-1007", "Unavailable"],
  ["-1008", "Unavailable"],
  ["-1121", "UnknownSymbol"],
  // Not on the page of error codes; recorded for BTCUSD_PERP itself on 2026-06-30.
  ["-4108", "SymbolNotTrading"]
])

const bannedUntil = /banned until (\d{13})\b/i

const decode = Schema.decodeUnknownOption(ErrorBody)

/** Binance's error body, whatever the status; an answer with figures has no `code`. */
export const refusal = (body: unknown): Refusal | undefined =>
  Option.match(decode(body), {
    onNone: () => undefined,
    onSome: ({ code, msg }) => {
      const until = bannedUntil.exec(msg)?.[1]
      return {
        meaning: until === undefined ? (meanings.get(String(code)) ?? "Rejected") : "Banned",
        code: String(code),
        message: msg,
        until: until === undefined ? undefined : Number(until)
      }
    }
  })
