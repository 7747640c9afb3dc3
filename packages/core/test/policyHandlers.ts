import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type * as Policy from "../src/Policy.ts"

export class Failure extends Data.TaggedError("Failure")<{ readonly text: string; readonly outcome: Policy.Outcome }> {}

const at = (millis: number | undefined) => Option.map(Option.fromNullable(millis), (each) => DateTime.unsafeMake(each))

/** It may pass, but not before so many milliseconds since 1970. */
export const transient = (notBefore?: number): Policy.Outcome => ({ _tag: "Transient", notBefore: at(notBefore) })

export const refused = (notBefore?: number): Policy.Outcome => ({ _tag: "Refused", notBefore: at(notBefore) })

const from = Option.match({ onNone: () => "", onSome: ({ epochMillis }: DateTime.Utc) => ` until ${epochMillis}` })

/** Turns what a policy refuses into text that says all of it. */
export const handlers: Policy.Handlers<Failure, Failure> = {
  classify: ({ outcome }) => outcome,
  reject: (refusal, { symbol }) => {
    const who = symbol === undefined ? "" : `${symbol}: `
    switch (refusal._tag) {
      case "TimedOut":
        return new Failure({
          text: `${who}${refusal.timeout} ${Duration.format(refusal.after)}`,
          outcome: transient()
        })
      case "CircuitOpen":
        return new Failure({
          text: `${who}open${from(refusal.until)}`,
          outcome: { _tag: "Refused", notBefore: refusal.until }
        })
      case "RateLimited":
        return new Failure({
          text: `${who}limited${from(refusal.from)}, ${refusal.detail}`,
          outcome: { _tag: "Refused", notBefore: refusal.from }
        })
    }
  }
}
