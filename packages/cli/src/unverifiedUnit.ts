import type { Valuation } from "@open-interest/core/Valuation"

const units = { contracts: "contracts", base: "coins", quote: "quote currency" }

/** That nobody has shown the unit which the exchange counts in. The figures themselves can't say it. */
export const reasons = ({ openInterest: { unit, unitVerified } }: Valuation): ReadonlyArray<string> =>
  unitVerified ? [] : [`unit not verified, taken to be ${units[unit]}`]
