import stringWidth from "string-width"
import { crc32, deflateSync } from "node:zlib"
import * as Drawing from "./drawing.ts"
import * as Font from "./font.ts"

type Rgb = readonly [red: number, green: number, blue: number]

const rgb = (colour: Drawing.Colour): Rgb => {
  const value = Number.parseInt(colour.slice(1), 16)
  return [value >> 16, (value >> 8) & 0xff, value & 0xff]
}

/** Rows of pixels, three bytes each. */
interface Canvas {
  readonly width: number
  readonly height: number
  readonly bytes: Uint8Array
}

/** Puts a colour over a pixel, as much of it as it covers, from 0 to 1. */
const cover = ({ bytes, width }: Canvas, across: number, down: number, colour: Rgb, part: number): void => {
  const at = (down * width + across) * 3
  for (const [index, value] of colour.entries()) {
    const under = bytes[at + index] ?? 0
    bytes[at + index] = Math.round(under + (value - under) * part)
  }
}

/** How far a place is from the straight line between two others. */
const distance = ([x, y]: Drawing.Place, [fromX, fromY]: Drawing.Place, [toX, toY]: Drawing.Place): number => {
  const [dx, dy] = [toX - fromX, toY - fromY]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - fromX) * dx + (y - fromY) * dy) / length))
  return Math.hypot(x - fromX - along * dx, y - fromY - along * dy)
}

/** Draws what is within a radius of a line, with soft edges. No pixel is covered twice where the line turns. */
const stroke = (canvas: Canvas, points: ReadonlyArray<Drawing.Place>, radius: number, colour: Rgb): void => {
  const parts = new Map<number, number>()
  const reach = radius + 1
  for (const [index, to] of points.entries()) {
    const from = points[Math.max(0, index - 1)] ?? to
    const firstDown = Math.max(0, Math.floor(Math.min(from[1], to[1]) - reach))
    const lastDown = Math.min(canvas.height - 1, Math.ceil(Math.max(from[1], to[1]) + reach))
    const firstAcross = Math.max(0, Math.floor(Math.min(from[0], to[0]) - reach))
    const lastAcross = Math.min(canvas.width - 1, Math.ceil(Math.max(from[0], to[0]) + reach))
    for (let down = firstDown; down <= lastDown; down++) {
      for (let across = firstAcross; across <= lastAcross; across++) {
        const part = Math.min(1, radius + 0.5 - distance([across + 0.5, down + 0.5], from, to))
        const at = down * canvas.width + across
        if (part > (parts.get(at) ?? 0)) parts.set(at, part)
      }
    }
  }
  for (const [at, part] of parts) cover(canvas, at % canvas.width, Math.floor(at / canvas.width), colour, part)
}

/** A dot of the font is a square of so many pixels. */
const dot = 2

const starts = { start: 0, middle: 0.5, end: 1 }

const write = (
  canvas: Canvas,
  { anchor, at: [across, down], colour, text }: Extract<Drawing.Shape, { kind: "text" }>
) => {
  const ink = rgb(colour)
  // The space after the last character is no part of the text.
  const width = stringWidth(text) * Drawing.characterWidth - (Drawing.characterWidth - Font.size.across * dot)
  let left = Math.round(across - starts[anchor] * width)
  const top = Math.round(down) - Font.size.above * dot
  for (const character of text) {
    for (const [row, bits] of Font.rowsOf(character).entries()) {
      for (let pixel = 0; pixel < Font.size.across * dot * dot; pixel++) {
        const column = Math.floor(pixel / dot) % Font.size.across
        const x = left + column * dot + (pixel % dot)
        const y = top + row * dot + Math.floor(pixel / (Font.size.across * dot))
        const isInside = x >= 0 && x < canvas.width && y >= 0 && y < canvas.height
        if (isInside && bits & (0b1_0000 >> column)) cover(canvas, x, y, ink, 1)
      }
    }
    left += stringWidth(character) * Drawing.characterWidth
  }
}

/** The pixels of a drawing, each three bytes: red, green, blue. */
export const pixels = ({ height, shapes, width }: Drawing.Drawing): Uint8Array => {
  const canvas = { width, height, bytes: new Uint8Array(width * height * 3).fill(0xff) }
  for (const shape of shapes) {
    if (shape.kind === "line") stroke(canvas, shape.points, shape.width / 2, rgb(shape.colour))
    else if (shape.kind === "dot") stroke(canvas, [shape.at], shape.radius, rgb(shape.colour))
    else write(canvas, shape)
  }
  return canvas.bytes
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data])
  return Buffer.concat([uint32(data.length), named, uint32(crc32(named))])
}

/** A drawing as a file: PNG, eight bits each of red, green and blue. */
export const png = (drawing: Drawing.Drawing): Uint8Array => {
  const { height, width } = drawing
  const bytes = pixels(drawing)
  // Each row begins with the number of its filter; 0 is none.
  const rows = new Uint8Array(height * (1 + width * 3))
  for (let row = 0; row < height; row++) {
    rows.set(bytes.subarray(row * width * 3, (row + 1) * width * 3), row * (1 + width * 3) + 1)
  }
  return Buffer.concat([
    signature,
    chunk("IHDR", Buffer.concat([uint32(width), uint32(height), Uint8Array.of(8, 2, 0, 0, 0)])),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array())
  ])
}
