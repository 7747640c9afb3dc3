import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Outcome } from "../Policy.ts"
import type { SourceError } from "../SourceError.ts"
import * as Transport from "./transport.ts"

const transient = (notBefore: Option.Option<DateTime.Utc>): Outcome => ({ _tag: "Transient", notBefore })
const refused = (notBefore: Option.Option<DateTime.Utc>): Outcome => ({ _tag: "Refused", notBefore })
const closed = (notBefore: Option.Option<DateTime.Utc>): Outcome => ({ _tag: "Closed", notBefore })
const fatal: Outcome = { _tag: "Fatal" }
const ignored: Outcome = { _tag: "Ignored" }

/**
 * What each error means for a policy; which answer is which error, the exchange package says. A ban may pass, but is
 * over by then only where there is time to wait for its end. What was not sent says nothing about the exchange, and what
 * weighs more than our whole share never will be.
 */
export const classify = (error: SourceError): Outcome => {
  switch (error._tag) {
    case "RateLimited":
      if (error.by === "quota") return Option.isNone(error.until) ? ignored : refused(error.until)
      return error.by === "exchange" ? transient(error.until) : closed(error.until)
    case "Banned":
      return error.by === "exchange" ? transient(error.until) : closed(error.until)
    case "Unavailable":
      return Transport.isLasting(error.cause) ? fatal : transient(error.until)
    case "TimedOut":
      return transient(Option.none())
    case "CircuitOpen":
      return refused(error.until)
    case "Forbidden":
      return error.by === "exchange" ? fatal : closed(error.until)
    // The exchange did answer: one contract that is out of the ordinary is no reason to stop asking for the others.
    case "UnexpectedResponse":
    case "UnknownSymbol":
    case "AmbiguousSymbol":
    case "SymbolNotTrading":
      return ignored
  }
}
