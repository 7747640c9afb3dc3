/**
 * Which request meets which fault of a plan.
 */
import type * as Faults from "../../Faults.ts"
import * as Figures from "../figures.ts"

export interface Request {
  /** Without the query. */
  readonly path: string
  /** Whether its connection has served another before. */
  readonly isReused: boolean
}

export type Choice = (request: Request) => Faults.Fault | undefined

/** Counts the requests of one exchange. A rule counts every request that it is about, also one that meets an earlier rule. */
export const make = (plan: Faults.Plan, exchange: typeof Faults.Exchange.Type): Choice => {
  const rules = (plan.rules ?? []).map((rule, index) => ({
    rule,
    key: Figures.key(plan.seed ?? 0, "faults", exchange, String(index)),
    count: 0
  }))
  return ({ isReused, path }) => {
    const about = rules.filter(
      ({ rule }) =>
        (rule.exchange ?? exchange) === exchange &&
        (rule.path ?? path) === path &&
        (isReused || rule.reused === undefined)
    )
    for (const each of about) each.count += 1
    return about.find(
      ({ count, key, rule }) =>
        (rule.nth?.includes(count) ?? true) && (rule.share === undefined || Figures.fraction(key, count) < rule.share)
    )?.rule.fault
  }
}
