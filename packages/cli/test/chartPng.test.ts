import { assert, describe, it } from "@effect/vitest"
import { crc32, inflateSync } from "node:zlib"
import * as Drawing from "../src/chart/drawing.ts"
import { png } from "../src/chart/png.ts"
import { begin, chartOf, hour, record } from "./chartSupport.ts"

interface Chunk {
  readonly type: string
  readonly data: Buffer
}

/** The chunks of a PNG, each of which must have the checksum of its bytes. */
const chunksOf = (file: Buffer): ReadonlyArray<Chunk> => {
  const chunks: Array<Chunk> = []
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at)
    assert.strictEqual(file.readUInt32BE(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)))
    chunks.push({ type: file.toString("latin1", at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) })
    at += 12 + length
  }
  return chunks
}

describe("PNG", () => {
  it("decodes to the size that was asked for, and has both curves and all labels in their colours", () => {
    const chart = chartOf(
      ["1", "2", "1.5"].map((contracts, index) => record({ contracts, markPrice: "7", time: begin + index * hour }))
    )
    const file = Buffer.from(png(Drawing.make(chart, { width: 600, height: 240 })))
    assert.strictEqual(file.subarray(0, 8).toString("hex"), "89504e470d0a1a0a")
    const [header, data, end, ...rest] = chunksOf(file)
    assert.deepStrictEqual([header?.type, data?.type, end?.type, rest], ["IHDR", "IDAT", "IEND", []])
    assert.strictEqual(header?.data.toString("hex"), "00000258000000f00802000000")
    const bytes = inflateSync(data?.data ?? Buffer.of())
    assert.strictEqual(bytes.length, 240 * (1 + 3 * 600))
    const counts = new Map<string, number>()
    for (let row = 0; row < 240; row++) {
      const start = row * (1 + 3 * 600)
      assert.strictEqual(bytes[start], 0)
      for (let at = start + 1; at < start + 1 + 3 * 600; at += 3) {
        const colour = bytes.toString("hex", at, at + 3)
        counts.set(colour, (counts.get(colour) ?? 0) + 1)
      }
    }
    for (const colour of ["1b62a5", "c05a00", "333333", "888888", "e4e4e4"]) {
      assert.isAbove(counts.get(colour) ?? 0, 300, colour)
    }
    assert.isAbove(counts.get("ffffff") ?? 0, 600 * 240 * 0.8)
  })

  it("writes text in dots, and a box for what the font does not have", () => {
    const shapes = [{ kind: "text", at: [2, 16], anchor: "start", text: "1y龙", colour: "#000000" }] as const
    const file = Buffer.from(png({ width: 48, height: 22, title: "", shapes }))
    const bytes = inflateSync(chunksOf(file)[1]?.data ?? Buffer.of())
    const lines = Array.from({ length: 11 }, (_, row) =>
      Array.from({ length: 24 }, (_, column) => (bytes[2 * row * (1 + 3 * 48) + 1 + 6 * column] === 0 ? "#" : " "))
        .join("")
        .trimEnd()
    )
    assert.deepStrictEqual(lines, [
      "",
      "   #         #####",
      "  ##         #   #",
      "   #   #   # #   #",
      "   #   #   # #   #",
      "   #   #   # #   #",
      "   #   #   # #   #",
      "  ###   #### #####",
      "           #",
      "        ###",
      ""
    ])
  })
})
