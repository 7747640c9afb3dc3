import * as Target from "@open-interest/core/Target"
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { exchanges } from "./exchanges.ts"
import { nearest } from "./nearest.ts"
import * as report from "./report.ts"

/** What a target is, for the help. */
export const description = "<exchange>:<symbol>, the symbol as the exchange writes it or unified (BTC/USDT:USDT)"

/** The targets, or what is wrong with each text that is none. */
export const parse = (
  texts: ReadonlyArray<string>
): readonly [mistakes: ReadonlyArray<report.Mistake>, targets: ReadonlyArray<Target.Target>] => {
  const known = Object.keys(exchanges)
  return Array.partitionMap(texts, (text) => {
    const target = Target.parse(text)
    if (Option.isNone(target)) {
      return Either.left({
        text: `${report.quoted(text)}: expected <exchange>:<symbol>, for example binance:BTCUSD_PERP`
      })
    }
    const { exchange, symbol } = target.value
    if (known.includes(exchange)) return Either.right(target.value)
    const meant = nearest(exchange, known)
    return Either.left({
      text: `${report.quoted(text)}: unknown exchange ${report.quoted(exchange)}, known are ${known.join(", ")}`,
      hint: meant === undefined ? undefined : `did you mean ${report.quoted(`${meant}:${symbol}`)}?`
    })
  })
}
