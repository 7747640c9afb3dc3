import type { ReadingFailure } from "@open-interest/core/Readings"
import * as report from "../report.ts"

/** Whether nothing at all could be read of the exchange. */
export const isWhole = ({ exchange, missing, name }: ReadingFailure): boolean =>
  missing === "product" && name === exchange

/** One line each: whole exchanges and product lines first, then contracts, together where they have the same text. */
export const lines = (
  failures: ReadonlyArray<ReadingFailure>,
  text: (failure: ReadingFailure) => string = ({ error }) => error.message
): ReadonlyArray<string> => [
  ...failures
    .filter(({ missing }) => missing === "product")
    .map((failure) => `${isWhole(failure) ? "" : `${failure.exchange}:`}${failure.name}: ${text(failure)}`),
  ...report.together(
    failures
      .filter(({ missing }) => missing === "contract")
      .map((failure) => ({ exchange: failure.exchange, symbol: failure.name, text: text(failure) }))
  )
]
