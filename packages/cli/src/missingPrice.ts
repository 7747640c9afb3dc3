import type { Valuation } from "@open-interest/core/Valuation"
import * as Array from "effect/Array"
import * as Either from "effect/Either"

/** Why figures of a reading that did arrive are missing, where the price is to blame. */
export const reasons = (valuation: Valuation): ReadonlyArray<string> => {
  if (Either.isLeft(valuation.markPrice)) return [`no mark price: ${valuation.markPrice.left.message}`]
  return Array.getSomes([Either.getLeft(valuation.base), Either.getLeft(valuation.quote)])
    .filter(({ reason }) => reason === "StalePrice" || reason === "ForeignPrice")
    .map(({ message }) => message)
}
