import type { Meaning, Refusal } from "@open-interest/core/ExchangeClient"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as wire from "./wire.ts"

/**
 * What the error codes mean to a reader of public data; a code that is not here is a rejected request. Statuses
 * outrank codes, see the client in core; the codes still decide at 200 and 400. Sources: docs/exchanges/bitget.md.
 */
const meanings = new Map<string, Meaning>([
  ["429", "RateLimited"],
  ["40010", "Unavailable"],
  ["40015", "Unavailable"],
  ["25100", "UnknownSymbol"],
  ["40034", "UnknownSymbol"],
  ["40072", "UnknownSymbol"],
  ["40102", "UnknownSymbol"],
  ["40200", "Unavailable"],
  ["40309", "SymbolNotTrading"],
  ["40725", "Unavailable"],
  ["40844", "SymbolNotTrading"],
  ["40845", "SymbolNotTrading"],
  ["45001", "Unavailable"]
])

const decode = Schema.decodeUnknownOption(wire.ErrorBody)

/** Bitget's error body, whatever the status: any code but `00000`. */
export const refusal = (body: unknown): Refusal | undefined =>
  decode(body).pipe(
    Option.filter(({ code }) => code !== wire.success),
    Option.map(({ code, msg }) => ({ meaning: meanings.get(code) ?? "Rejected", code, message: msg ?? "" })),
    Option.getOrUndefined
  )
