import stringWidth from "string-width"
import * as Text from "../render/text.ts"

/** How a piece of a line looks, where the terminal knows colours. */
export type Style = "plain" | "strong" | "dim" | "up" | "down" | "warning"

const codes: Record<Style, string> = { plain: "", strong: "1", dim: "2", up: "32", down: "31", warning: "33" }

/** Text with its look: control codes, which take no room. */
export const paint = (text: string, style: Style): string =>
  style === "plain" ? text : `\u001b[${codes[style]}m${text}\u001b[0m`

/** At most so many columns of a terminal; what is cut ends with an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  return width < 1 ? "" : `${Text.cut(text, width - 1)}…`
}

/** Filled up with spaces to so many columns. */
export const pad = (text: string, width: number, align: "left" | "right"): string => {
  const spaces = " ".repeat(Math.max(0, width - stringWidth(text)))
  return align === "right" ? spaces + text : text + spaces
}
