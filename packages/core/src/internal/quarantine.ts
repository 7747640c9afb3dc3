import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Instrument } from "../Instrument.ts"
import type { SourceError, SymbolNotTrading } from "../SourceError.ts"

const period = Duration.unsafeToNanos("5 minutes")

/**
 * Keeps a contract that does not trade from being asked for again and again: for five minutes the error of the first
 * time answers for it. A state lasts for hours as a rule (BTCUSD_PERP on 2026-06-30), and ends without notice.
 */
export const make = () => {
  const kept = new Map<string, { readonly until: bigint; readonly error: SymbolNotTrading }>()
  return <A, E extends SourceError>(
    { symbol }: Instrument,
    read: Effect.Effect<A, E>
  ): Effect.Effect<A, E | SymbolNotTrading> =>
    Effect.flatMap(Clock.currentTimeNanos, (now): Effect.Effect<A, E | SymbolNotTrading> => {
      const found = kept.get(symbol)
      if (found !== undefined && now < found.until) return Effect.fail(found.error)
      kept.delete(symbol)
      return Effect.tapError(read, (error) =>
        Effect.sync(() => {
          if (error._tag === "SymbolNotTrading") kept.set(symbol, { until: now + period, error })
        })
      )
    })
}
