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
  const errorOf = ({ symbol }: Instrument, now: bigint): SymbolNotTrading | undefined => {
    const found = kept.get(symbol)
    return found !== undefined && now < found.until ? found.error : undefined
  }
  return {
    /** Whether none of these is to be asked for. */
    keepsAll: (instruments: ReadonlyArray<Instrument>): Effect.Effect<boolean> =>
      Effect.map(Clock.currentTimeNanos, (now) => instruments.every((each) => errorOf(each, now) !== undefined)),
    read: <A, E extends SourceError>(
      instrument: Instrument,
      read: Effect.Effect<A, E>
    ): Effect.Effect<A, E | SymbolNotTrading> =>
      Effect.flatMap(Clock.currentTimeNanos, (now): Effect.Effect<A, E | SymbolNotTrading> => {
        const known = errorOf(instrument, now)
        if (known !== undefined) return Effect.fail(known)
        kept.delete(instrument.symbol)
        return Effect.tapError(read, (error) =>
          Effect.sync(() => {
            if (error._tag === "SymbolNotTrading") kept.set(instrument.symbol, { until: now + period, error })
          })
        )
      })
  }
}
