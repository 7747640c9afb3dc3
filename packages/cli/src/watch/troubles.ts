import type { ReadingFailure } from "@open-interest/core/Readings"
import type { Valuation } from "@open-interest/core/Valuation"
import * as MissingPrice from "../missingPrice.ts"
import * as report from "../report.ts"
import * as UnverifiedUnit from "../unverifiedUnit.ts"
import * as Failures from "./failures.ts"
import { nameOf, type Round } from "./state.ts"

/** What was said of an exchange and still holds, so that it is not said again. */
export interface Troubles {
  /** What fails, each with the kind of its error. */
  readonly failing: ReadonlyMap<string, { readonly failure: ReadingFailure; readonly kind: string }>
  /** The contracts of which figures are missing for want of a price. */
  readonly unpriced: ReadonlySet<string>
  /** The contracts of which nobody has shown the unit. */
  readonly unverified: ReadonlySet<string>
}

/** What a round brings that was not said yet: lines for standard error. */
export interface News {
  readonly errors: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
  readonly notes: ReadonlyArray<string>
  /** The failures behind the errors. */
  readonly failures: ReadonlyArray<ReadingFailure>
}

/** Nothing was said. */
export const none: Troubles = { failing: new Map(), unpriced: new Set(), unverified: new Set() }

const keyOf = ({ missing, name }: ReadingFailure): string => `${missing} ${name}`

/** Whether this failure hides how the other one stands: a list that fails says nothing of its contracts. */
const hides = (self: ReadingFailure, that: ReadingFailure): boolean =>
  Failures.isWhole(self) ? !Failures.isWhole(that) : self.missing === "product" && that.missing === "contract"

const remarks = (contracts: ReadonlyArray<{ readonly exchange: string; readonly symbol: string }>, text: string) =>
  report.together(contracts.map(({ exchange, symbol }) => ({ exchange, symbol, text })))

/** The contracts that there is a warning about after a round, and the warnings that are new. */
const warnedAfter = (
  warned: ReadonlySet<string>,
  { left = [], valuations }: Round,
  reasonsOf: (valuation: Valuation) => ReadonlyArray<string>
): { readonly warned: ReadonlySet<string>; readonly warnings: ReadonlyArray<string> } => {
  const next = new Set(warned)
  for (const { symbol } of left) next.delete(symbol)
  const said: Array<report.Remark> = []
  for (const valuation of valuations) {
    const name = nameOf(valuation)
    const about = report.remarks([valuation], reasonsOf)
    if (about.length === 0) next.delete(name)
    else if (!next.has(name)) {
      next.add(name)
      said.push(...about)
    }
  }
  return { warned: next, warnings: report.together(said) }
}

/**
 * What there is to say after one more round of an exchange: what fails now, once until it is read again or fails in
 * another way, what is read again, and who joined and left.
 */
export const after = ({ failing, unpriced, unverified }: Troubles, round: Round): readonly [Troubles, News] => {
  const { failures, joined = [], left = [] } = round
  const next = new Map(
    failures.map((failure) => {
      const before = failing.get(keyOf(failure))?.kind
      // Requests are held back because they failed: that is no other way to fail.
      const kind = failure.error._tag === "CircuitOpen" ? (before ?? failure.error._tag) : failure.error._tag
      return [keyOf(failure), { failure, kind }]
    })
  )
  const news = failures.filter((failure) => failing.get(keyOf(failure))?.kind !== next.get(keyOf(failure))?.kind)
  const gone = new Set(left.map(({ symbol }) => symbol))
  const back: Array<ReadingFailure> = []
  for (const [key, before] of failing) {
    if (next.has(key)) continue
    if (failures.some((failure) => hides(failure, before.failure))) next.set(key, before)
    else if (before.failure.missing === "product" || !gone.has(before.failure.name)) back.push(before.failure)
  }
  const prices = warnedAfter(unpriced, round, MissingPrice.reasons)
  const units = warnedAfter(unverified, round, UnverifiedUnit.reasons)
  return [
    { failing: next, unpriced: prices.warned, unverified: units.warned },
    {
      errors: Failures.lines(news),
      warnings: [...prices.warnings, ...units.warnings],
      notes: [
        ...Failures.lines(back, () => "fails no longer"),
        ...remarks(joined, "is listed now"),
        ...remarks(left, "is no longer listed")
      ],
      failures: news
    }
  ]
}
