import * as OpenInterest from "@open-interest/core/OpenInterest"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Quantity from "@open-interest/core/Quantity"
import * as Effect from "effect/Effect"

/** The application: it knows a source, and not which. */
export const notional = (symbol: string) =>
  Effect.gen(function* () {
    const source = yield* OpenInterestSource.OpenInterestSource
    const reading = yield* source.openInterest(symbol)
    return Quantity.format(yield* OpenInterest.toQuote(reading))
  })
