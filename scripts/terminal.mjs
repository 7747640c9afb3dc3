// What a terminal shows of what a program wrote to it, and a picture of that: SVG with nothing in it that is fetched or run.
import stringWidth from "string-width"

/** As dark terminals have them: black, red, green, yellow, blue, magenta, cyan and white. */
const colours = "#484f58 #ff7b72 #7ee787 #e3b341 #79c0ff #d2a8ff #56d4dd #c9d1d9".split(" ")
const bright = "#6e7681 #ffa198 #aff5b4 #f2cc60 #a5d6ff #e2c5ff #b3f0ff #ffffff".split(" ")
const paper = "#161b22"
const ink = "#e6edf3"

const plain = { ink, paper, bold: false, dim: false, underlined: false, inverse: false }

/** A style after one parameter of SGR (ECMA-48, 8.3.117). */
const styled = (style, code) => {
  if (code === 0) return plain
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 4) return { ...style, underlined: true }
  if (code === 7) return { ...style, inverse: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 24) return { ...style, underlined: false }
  if (code === 27) return { ...style, inverse: false }
  if (code === 39) return { ...style, ink }
  if (code === 49) return { ...style, paper }
  if (code >= 30 && code <= 37) return { ...style, ink: colours[code - 30] }
  if (code >= 40 && code <= 47) return { ...style, paper: colours[code - 40] }
  if (code >= 90 && code <= 97) return { ...style, ink: bright[code - 90] }
  if (code >= 100 && code <= 107) return { ...style, paper: bright[code - 100] }
  throw new Error(`no picture of SGR ${code}`)
}

const blank = { text: " ", width: 1, style: plain }
const segmenter = new Intl.Segmenter("en")
const escape = "\u001b"
const part = new RegExp(`${escape}\\[([?\\d;]*)([@-~])|${escape}[^[]|\\p{Cc}|\\P{Cc}+`, "gu")

/**
 * The rows of a terminal of so many columns after it was sent this: cells `{ text, width, style }`, where one of two columns is
 * followed by `undefined`. What it does not know, as all that moves the cursor up, is an error.
 */
export const rowsOf = (sent, columns) => {
  const rows = [[]]
  let across = 0
  let style = plain

  const put = (text) => {
    const width = stringWidth(text)
    if (width === 0) throw new Error(`no picture of ${JSON.stringify(text)} alone`)
    if (across + width > columns) {
      rows.push([])
      across = 0
    }
    const row = rows.at(-1)
    while (row.length < across) row.push(blank)
    // What covers half of a character takes all of it away.
    if (row[across] === undefined && across < row.length) row[across - 1] = blank
    if (row[across + width] === undefined && across + width < row.length) row[across + width] = blank
    row.splice(across, width, { text, width, style }, ...Array.from({ length: width - 1 }))
    across += width
  }

  for (const [all, parameters, final] of sent.matchAll(part)) {
    if (all === "\r") across = 0
    else if (all === "\n") rows.push([])
    else if (all === "\b") across = Math.max(0, across - 1)
    else if (final === "m") for (const code of parameters.split(";")) style = styled(style, Number(code))
    else if (final === "K" && /^0?$/.test(parameters)) rows.at(-1).splice(across)
    // Modes, of the keyboard for example, show nothing.
    else if ((final === "h" || final === "l") && parameters.startsWith("?")) continue
    else if (/^\p{Cc}/u.test(all)) throw new Error(`no picture of ${JSON.stringify(all)}`)
    else for (const { segment } of segmenter.segment(all)) put(segment)
  }
  return rows
}

/** The text of rows, without what only a picture shows. */
export const textOf = (rows) =>
  rows
    .map((row) =>
      row
        .map((cell) => cell?.text ?? "")
        .join("")
        .trimEnd()
    )
    .join("\n")

const cell = { width: 8.4, height: 18 }
const margin = 18
const bar = 34
/** From the top of a row to the line that its letters stand on. */
const baseline = 13.5

const number = (value) => String(Math.round(value * 100) / 100)
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Which ways the lines go from the middle of a character that draws a box. */
const boxes = {
  "─": "lr",
  "│": "ud",
  "┌": "rd",
  "┐": "ld",
  "└": "ru",
  "┘": "lu",
  "├": "udr",
  "┤": "udl",
  "┬": "lrd",
  "┴": "lru",
  "┼": "lrud"
}
const ways = {
  l: `h${number(-cell.width / 2)}`,
  r: `h${number(cell.width / 2)}`,
  u: `v${number(-cell.height / 2)}`,
  d: `v${number(cell.height / 2)}`
}

const boxPath = (text, left, top) =>
  [...boxes[text]]
    .map((way) => `M${number(left + cell.width / 2)} ${number(top + cell.height / 2)}${ways[way]}`)
    .join("")

const isBraille = (text) => text >= "\u2800" && text <= "\u28ff"
/** Column and row of the dots of a Braille pattern, from its lowest bit on (Unicode, chapter 21.1). */
const dots = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3]
]

/** Lines of no length, which round ends make dots. */
const braillePath = (text, left, top) =>
  dots
    .filter((_, bit) => (text.codePointAt(0) - 0x2800) & (1 << bit))
    .map(
      ([column, row]) =>
        `M${number(left + (column + 0.5) * (cell.width / 2))} ${number(top + (row + 0.5) * (cell.height / 4))}h0`
    )
    .join("")

/** What is drawn as text, as lines and as dots: the fonts of a reader may lack the latter, or not fill the cell. */
const kindOf = ({ text }) => (text in boxes ? "box" : isBraille(text) ? "braille" : "word")

const paths = {
  box: { path: boxPath, stroke: 'stroke-width="1.2"' },
  braille: { path: braillePath, stroke: 'stroke-width="2.8" stroke-linecap="round"' }
}

/** Neighbours that are drawn at once: of one kind and style, without a space. A word of wide characters has them alone. */
const runsOf = (row) => {
  const runs = []
  let last
  for (const [column, each] of row.entries()) {
    if (each === undefined) continue
    const kind = kindOf(each)
    const isBlank = each.text === " " && !each.style.inverse && each.style.paper === paper && !each.style.underlined
    if (isBlank) last = undefined
    else if (last?.kind === kind && last.style === each.style && last.width === each.width && each.width === 1) {
      last.cells.push(each)
    } else {
      last = { column, kind, style: each.style, width: each.width, cells: [each] }
      runs.push(last)
    }
  }
  return runs
}

const runMarkup = (top) => (run) => {
  const { bold, dim, inverse, underlined } = run.style
  const [front, back] = inverse ? [run.style.paper, run.style.ink] : [run.style.ink, run.style.paper]
  const left = margin + run.column * cell.width
  const length = number(run.cells.length * run.width * cell.width)
  const behind =
    back === paper
      ? ""
      : `<rect x="${number(left)}" y="${number(top)}" width="${length}" height="${cell.height}" fill="${back}"/>`
  const opacity = dim ? ' opacity="0.6"' : ""
  if (run.kind !== "word") {
    const { path, stroke } = paths[run.kind]
    const drawn = run.cells.map(({ text }, index) => path(text, left + index * cell.width, top)).join("")
    return `${behind}<path d="${drawn}" stroke="${front}" ${stroke}${opacity}/>`
  }
  const looks = [
    front === ink ? "" : ` fill="${front}"`,
    bold ? ' font-weight="bold"' : "",
    underlined ? ' text-decoration="underline"' : "",
    opacity
  ].join("")
  const text = run.cells.map((each) => escaped(each.text)).join("")
  // Whatever the font, a word is as long as its cells, so that columns stay columns.
  const fit = `textLength="${length}" lengthAdjust="spacingAndGlyphs"`
  return `${behind}<text x="${number(left)}" y="${number(top + baseline)}" ${fit}${looks}>${text}</text>`
}

/** A picture of rows of so many columns, in a window of their own: dark, so that it looks the same on every page. */
export const svgOf = (rows, { columns, title }) => {
  const width = number(columns * cell.width + 2 * margin)
  const height = number(bar + rows.length * cell.height + margin)
  const buttons = ["#ff5f57", "#febc2e", "#28c840"].map(
    (fill, index) => `<circle cx="${margin + 4 + index * 20}" cy="${bar / 2}" r="6" fill="${fill}"/>`
  )
  const frame = `x="0.5" y="0.5" width="${number(width - 1)}" height="${number(height - 1)}" rx="9"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(textOf(rows))}</desc>`,
    `<rect ${frame} fill="${paper}" stroke="#30363d"/>`,
    ...buttons,
    `<g fill="${ink}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`,
    ...rows.flatMap((row, index) => runsOf(row).map(runMarkup(bar + index * cell.height))),
    "</g>",
    "</svg>",
    ""
  ].join("\n")
}
