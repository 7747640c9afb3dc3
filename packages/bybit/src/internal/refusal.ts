import type { Meaning, Refusal } from "@open-interest/core/ExchangeClient"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as wire from "./wire.ts"

/**
 * What the error codes mean to a reader of public data; a code that is not here is a rejected request. Sources:
 * docs/exchanges/bybit.md.
 */
const meanings = new Map<number, Meaning>([
  [429, "Unavailable"],
  [10000, "Unavailable"],
  [10006, "RateLimited"],
  [10009, "Banned"],
  [10016, "Unavailable"],
  [10018, "RateLimited"]
])

/** One code for all that may be wrong with a parameter; the words say which. */
const wrongParameter = 10001

const meaningOf = (code: number, message: string): Meaning =>
  code === wrongParameter && /\bsymbols?\b/i.test(message) ? "UnknownSymbol" : (meanings.get(code) ?? "Rejected")

const decode = Schema.decodeUnknownOption(wire.ErrorBody)

/** Bybit's error body, whatever the status: any code but 0. */
export const refusal = (body: unknown): Refusal | undefined =>
  decode(body).pipe(
    Option.filter(({ retCode }) => retCode !== wire.success),
    Option.map(({ retCode, retMsg }) => {
      const message = retMsg ?? ""
      return { meaning: meaningOf(retCode, message), code: String(retCode), message }
    }),
    Option.getOrUndefined
  )
