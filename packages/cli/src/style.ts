/** What kind of line it is that is written beside the data. */
export type Label = "error" | "warning" | "note" | "hint"

/** Gives text the look of its kind. */
export type Painter = (kind: Label | "heading", text: string) => string

type Environment = Readonly<Record<string, string | undefined>>

type Stream = Pick<NodeJS.WriteStream, "isTTY">

/** Whether what is written there can be taken back, as a line that tells of progress is. */
export const isTerminal = ({ isTTY }: Stream, environment: Environment): boolean =>
  isTTY && environment["TERM"] !== "dumb"

/** Whether colours are shown there; `NO_COLOR` forbids them unless it is empty (no-color.org). */
export const isColored = (stream: Stream, environment: Environment): boolean =>
  isTerminal(stream, environment) && !environment["NO_COLOR"]

const codes = { error: "1;31", warning: "33", note: "36", hint: "36", heading: "1" }

/** With the colours of ANSI terminals. */
export const painted: Painter = (kind, text) => `\u001b[${codes[kind]}m${text}\u001b[0m`

/** As it is. */
export const plain: Painter = (_, text) => text
