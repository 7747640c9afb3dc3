import stringWidth from "string-width"

/** How a piece of a line looks, where the terminal knows colours. */
export type Style = "plain" | "strong" | "dim" | "up" | "down" | "warning"

const codes: Record<Style, string> = { plain: "", strong: "1", dim: "2", up: "32", down: "31", warning: "33" }

/** Text with its look: control codes, which take no room. */
export const paint = (text: string, style: Style): string =>
  style === "plain" ? text : `\u001b[${codes[style]}m${text}\u001b[0m`

/** Text of an exchange on a terminal: no control characters, no marks that reorder the line. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD")

const characters = new Intl.Segmenter("en", { granularity: "grapheme" })

/** At most so many columns of a terminal; what is cut ends with an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let kept = ""
  let used = 0
  for (const { segment } of characters.segment(text)) {
    used += stringWidth(segment)
    if (used >= width) break
    kept += segment
  }
  return width < 1 ? "" : `${kept}…`
}

/** Filled up with spaces to so many columns. */
export const pad = (text: string, width: number, align: "left" | "right"): string => {
  const spaces = " ".repeat(Math.max(0, width - stringWidth(text)))
  return align === "right" ? spaces + text : text + spaces
}
