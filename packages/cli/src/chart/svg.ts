import type * as Drawing from "./drawing.ts"

/** Text in XML 1.0, which has no place for some characters, not even escaped. */
const escaped = (text: string): string =>
  text
    .replace(/[\p{Cs}\uFFFE\uFFFF]|[^\P{Cc}\t\r\n]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")

/** A hundredth of a pixel is less than can be seen. */
const pixels = (length: number): string => String(Math.round(length * 100) / 100)

const shape = (drawn: Drawing.Shape): string => {
  switch (drawn.kind) {
    case "line": {
      const points = drawn.points.map(([across, down]) => `${pixels(across)},${pixels(down)}`).join(" ")
      return `<polyline points="${points}" stroke="${drawn.colour}" stroke-width="${drawn.width}"/>`
    }
    case "dot": {
      const [across, down] = drawn.at
      return `<circle cx="${pixels(across)}" cy="${pixels(down)}" r="${drawn.radius}" fill="${drawn.colour}"/>`
    }
    case "text": {
      const [across, down] = drawn.at
      const place = `x="${pixels(across)}" y="${pixels(down)}" text-anchor="${drawn.anchor}"`
      return `<text ${place} fill="${drawn.colour}">${escaped(drawn.text)}</text>`
    }
  }
}

/** A drawing as a file of its own: SVG 1.1, with nothing in it that is fetched or run. */
export const svg = ({ height, shapes, title, width }: Drawing.Drawing): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<g fill="none" stroke-linejoin="round" font-family="monospace" font-size="16">`,
    ...shapes.map(shape),
    "</g>",
    "</svg>",
    ""
  ].join("\n")
