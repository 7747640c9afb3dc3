import stringWidth from "string-width"

/**
 * What text of others may hold that is not to reach a terminal: control characters, marks that turn a line around,
 * characters that nobody sees, other ends of a line, halves of a pair.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const unprintables = new RegExp(`${unprintable.source}+`, unprintable.flags)

/** More marks on one character than any script writes would cover the lines above and below. */
const pile = /(\p{M}{4})\p{M}+/gu

/** The part of the text that is not wider than that on a terminal. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let kept = ""
  let taken = 0
  for (const { segment } of new Intl.Segmenter("en").segment(text)) {
    taken += stringWidth(segment)
    if (taken > width) break
    kept += segment
  }
  return kept
}

const widestCell = 120

/** What can't be shown is seen to be there. */
export const printable = (text: string): string => text.replace(unprintable, "\uFFFD").replace(pile, "$1")

/** In a cell of a table: no column is endless. */
export const cell = (text: string): string => {
  // To measure endless text would take long, and its end is not shown anyway.
  const head = text.slice(0, 16 * widestCell)
  const shown = printable(head)
  return head === text && stringWidth(shown) <= widestCell ? shown : `${cut(shown, widestCell - 1)}…`
}

const longestLine = 4000

/** In a message: whatever an exchange put into it, it stays one line. */
export const line = (text: string): string => {
  const shown = text.slice(0, longestLine).replace(unprintables, " ").replace(pile, "$1")
  return text.length > longestLine ? `${shown}…` : shown
}

/** In JSON: the same value, written so that a terminal shows it as text. */
export const escaped = (json: string): string =>
  json.replace(unprintable, (character) =>
    // What holds the text together is white space outside of strings.
    character === "\n"
      ? character
      : Array.from(character.split(""), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")
  )

/** Words in lines that are not wider than that on a terminal, unless one word is. */
export const wrapped = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}
