import type * as Quota from "@open-interest/core/Quota"
import * as Duration from "effect/Duration"
import { ok, type Verdict, warning } from "./finding.ts"

/** The part of a limit of which less is left than a person should know of. */
const little = 0.1

/** What the headers of an answer (names in lower case) tell of the limits, each header once. */
export const told = (
  pools: ReadonlyArray<Quota.Pool>,
  headers: Readonly<Record<string, string | undefined>>
): ReadonlyArray<Verdict> => {
  const byHeader = new Map(
    pools.flatMap((pool) => (pool.feed === undefined ? [] : [[pool.feed.header, pool] as const]))
  )
  return Array.from(byHeader).flatMap(([header, { feed, unit, windows }]) => {
    const text = headers[header] ?? ""
    if (feed === undefined || !/^\d{1,9}$/.test(text)) return []
    const { limit, window } = windows[0]
    const left = feed.tells === "remains" ? Number(text) : limit - Number(text)
    const detail = `${text} of ${limit} ${unit} ${feed.tells === "remains" ? "left" : "used"} within ${Duration.format(window)}`
    return left < limit * little
      ? [warning(detail, "wait a little, and see who else sends requests from this address")]
      : [ok(detail)]
  })
}
