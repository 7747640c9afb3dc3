import * as Option from "effect/Option"
import type { Exchange } from "../Exchange.ts"
import type * as Pools from "../Pools.ts"
import * as SourceError from "../SourceError.ts"

/** Why the pools let a request not go, as the error of whoever asked for it. */
export const toError = (
  held: Pools.Closed | Pools.Full | Pools.TooHeavy,
  { exchange, symbol }: { readonly exchange: Exchange; readonly symbol: string | undefined }
): SourceError.RateLimited | SourceError.Banned | SourceError.Forbidden => {
  switch (held._tag) {
    case "Closed": {
      const fields = { exchange, symbol, until: Option.some(held.until), by: "gate" } as const
      switch (held.refusal) {
        case "RateLimited":
          return new SourceError.RateLimited(fields)
        case "Banned":
          return new SourceError.Banned(fields)
        case "Forbidden":
          return new SourceError.Forbidden({ ...fields, status: 403, detail: "" })
      }
    }
    case "Full":
      return new SourceError.RateLimited({ exchange, symbol, until: Option.some(held.from), by: "quota" })
    case "TooHeavy": {
      const { pool, share, weight } = held
      const detail = `a weight of ${weight} never fits into the ${share} that are our share of ${pool}`
      return new SourceError.RateLimited({ exchange, symbol, by: "quota", detail })
    }
  }
}
