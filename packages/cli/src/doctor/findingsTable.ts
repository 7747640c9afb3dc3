import { line, wrapped } from "../render/text.ts"
import type { Painter } from "../style.ts"
import type { Finding, Status } from "./finding.ts"

const gap = "  "

/** What is left of a narrow window for the words at its right. */
const narrowest = 24

const widest = (texts: ReadonlyArray<string>): number => Math.max(0, ...texts.map(({ length }) => length))

const kindOf: Record<Status, "error" | "warning" | undefined> = { ok: undefined, warning: "warning", problem: "error" }

/** Findings for a person: how it is, what was looked at, what was found, and below that what to do. */
export const text = (
  findings: ReadonlyArray<Finding>,
  { paint, width }: { readonly width: number; readonly paint: Painter }
): string => {
  const widths = {
    status: widest(findings.map(({ status }) => status)),
    check: widest(findings.map(({ check }) => check)),
    exchange: widest(findings.map(({ exchange }) => exchange ?? ""))
  }
  const margin = widths.status + widths.check + widths.exchange + 3 * gap.length
  const room = Math.max(narrowest, width - margin)
  return findings
    .flatMap(({ advice, check, detail, exchange, status }) => {
      const kind = kindOf[status]
      const begin = [
        `${kind === undefined ? status : paint(kind, status)}${" ".repeat(widths.status - status.length)}`,
        check.padEnd(widths.check),
        (exchange ?? "").padEnd(widths.exchange)
      ]
      const [first = "", ...others] = [
        ...wrapped(line(detail), room),
        ...(advice === null ? [] : wrapped(`→ ${line(advice)}`, room))
      ]
      return [[...begin, first].join(gap), ...others.map((each) => " ".repeat(margin) + each)]
    })
    .map((each) => `${each}\n`)
    .join("")
}
