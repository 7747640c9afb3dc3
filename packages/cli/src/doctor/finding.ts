/** How a thing is: as it should be, worth a look, or in the way of figures. */
export type Status = "ok" | "warning" | "problem"

/** What one check has found. */
export interface Finding {
  /** What was looked at. */
  readonly check: string
  /** `null` where it is about none in particular. */
  readonly exchange: string | null
  readonly status: Status
  readonly detail: string
  /** What to do, where there is something to do. */
  readonly advice: string | null
}

export const fields = ["check", "exchange", "status", "detail", "advice"] as const satisfies ReadonlyArray<
  keyof Finding
>

/** What a check says before it is known which one of which exchange it is. */
export type Verdict = Pick<Finding, "status" | "detail" | "advice">

export const ok = (detail: string): Verdict => ({ status: "ok", detail, advice: null })

export const warning = (detail: string, advice: string): Verdict => ({ status: "warning", detail, advice })

export const problem = (detail: string, advice: string): Verdict => ({ status: "problem", detail, advice })

/** The finding of a check. */
export const of = (check: string, exchange: string | null, verdict: Verdict): Finding => ({
  check,
  exchange,
  ...verdict
})
