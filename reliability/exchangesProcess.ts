/** The cases and their exchanges for a program without Effect. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type CaseId, cases, type Exchange as Name } from "./cases.ts"
import * as Exchange from "./caseExchange.ts"

export { cases }

/** Starts the exchange of a case; `stop` gives how many requests it has received. */
export const start = async (id: CaseId, name: Name) => {
  const scope = await Effect.runPromise(Scope.make())
  const { baseUrl, received, right, subject } = await Effect.runPromise(
    Scope.extend(Exchange.start(cases[id], name), scope)
  )
  return {
    baseUrl,
    right,
    subject,
    stop: async () => {
      const count = await Effect.runPromise(received)
      await Effect.runPromise(Scope.close(scope, Exit.void))
      return count
    }
  }
}
