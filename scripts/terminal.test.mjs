import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { exchanges } from "../packages/cli/src/exchanges.ts"
import { startExchanges, written } from "./record-terminal.mjs"
import { rowsOf, svgOf, textOf } from "./terminal.mjs"

const shown = (sent, columns = 20) => textOf(rowsOf(sent, columns))

/** The elements that draw something, of a window of their own. */
const drawn = (sent, columns = 20) => {
  const picture = svgOf(rowsOf(sent, columns), { columns, title: "a test" })
  const [, body] = /<g [^>]*>\n([^]*)<\/g>/.exec(picture)
  return body.trimEnd().split("\n")
}

const attribute = (name) => (element) => new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1]

describe("what a terminal shows", () => {
  it("is written over from the beginning of the line, or erased up to its end", () => {
    assert.strictEqual(shown("reading … 1 s\r\u001b[Kdone\r\n"), "done\n")
    assert.strictEqual(shown("abcd\rAB\b-"), "A-cd")
    assert.strictEqual(shown("one\ntwo\r\nthree"), "one\n   two\nthree")
  })

  it("goes on in the next line where it is as wide as the terminal, and not before", () => {
    assert.strictEqual(shown("abcdef", 3), "abc\ndef")
    assert.strictEqual(shown("abc\r\ndef", 3), "abc\ndef")
  })

  it("has characters of two columns, which are never torn apart", () => {
    assert.strictEqual(shown("龙虾U", 4), "龙虾\nU")
    assert.strictEqual(shown("a龙虾", 4), "a龙\n虾")
    assert.strictEqual(shown("龙虾\r\u001b[31mx"), "x 虾")
    assert.strictEqual(shown("a龙\rbc"), "bc")
    assert.strictEqual(shown("龙\bx"), " x")
    assert.strictEqual(rowsOf("龙|", 20)[0].length, 3)
  })

  it("keeps marks with what they stand on", () => {
    assert.deepStrictEqual(
      rowsOf("e\u0301👩‍🚀|", 20)[0].map((cell) => cell?.text),
      ["e\u0301", "👩‍🚀", undefined, "|"]
    )
  })

  it("is not guessed: what there is no picture of is an error", () => {
    for (const sent of [
      "\u001b[2J",
      "\u001b[1;1H",
      "\u001b[38;5;1m",
      "\u001b[3m",
      "\u001b]0;a title\u0007",
      "\t",
      "\u009b31m",
      "\u200b"
    ]) {
      assert.throws(() => rowsOf(sent, 20), /no picture of/)
    }
  })
})

describe("the picture", () => {
  it("has the colours and weights of SGR, each up to where it ends", () => {
    const sent = "\u001b[1;31merror:\u001b[0m so \u001b[36mit\u001b[39m is \u001b[92;4mhere\u001b[24m now\u001b[m"
    const elements = drawn(sent, 40)
    const looks = elements.map((element) => [
      />([^<]*)</.exec(element)[1],
      attribute("fill")(element),
      attribute("font-weight")(element),
      attribute("text-decoration")(element)
    ])
    assert.deepStrictEqual(looks, [
      ["error:", "#ff7b72", "bold", undefined],
      ["so", undefined, undefined, undefined],
      ["it", "#56d4dd", undefined, undefined],
      ["is", undefined, undefined, undefined],
      ["here", "#aff5b4", undefined, "underline"],
      ["now", "#aff5b4", undefined, undefined]
    ])
  })

  it("has what is behind text, also behind a space, and turns both around", () => {
    const [, behind] = drawn("a \u001b[41mb c")
    assert.match(behind, /^<rect x="34.8" [^>]*width="25.2"[^>]* fill="#ff7b72"\/><text [^>]*>b c<\/text>$/)
    assert.match(drawn("\u001b[103mb")[0], /^<rect [^>]*fill="#f2cc60"\/>/)
    const [inverse] = drawn("\u001b[7;33m now\u001b[27m")
    assert.match(inverse, /^<rect [^>]*width="33.6"[^>]* fill="#e3b341"\/><text [^>]*fill="#161b22"[^>]*> now<\/text>$/)
    const [, dim] = drawn("a \u001b[2mb")
    assert.strictEqual(attribute("opacity")(dim), "0.6")
  })

  it("puts every word where its column is, and makes it as long as its columns", () => {
    const columnsOf = (text) =>
      drawn(text).map((element) => [attribute("x")(element), attribute("textLength")(element)])
    assert.deepStrictEqual(columnsOf("ab  cde"), [
      ["18", "16.8"],
      ["51.6", "25.2"]
    ])
    // Two columns each.
    assert.deepStrictEqual(columnsOf("龙虾USDT x"), [
      ["18", "16.8"],
      ["34.8", "16.8"],
      ["51.6", "33.6"],
      ["93.6", "8.4"]
    ])
  })

  it("draws boxes and dots itself, since fonts lack them or leave gaps", () => {
    // Dots 1, 3 and 8, then 2, 4 and 7, then 5 and 6, as Unicode numbers them: down the left side and then the right.
    const [boxes, dots] = drawn("\u001b[36m└─⢅⡊⠰")
    assert.strictEqual(attribute("d")(boxes), "M22.2 43h4.2M22.2 43v-9M30.6 43h-4.2M30.6 43h4.2")
    assert.strictEqual(
      attribute("d")(dots),
      "M36.9 36.25h0M36.9 45.25h0M41.1 49.75h0M45.3 40.75h0M49.5 36.25h0M45.3 49.75h0M57.9 40.75h0M57.9 45.25h0"
    )
    assert.strictEqual(attribute("stroke")(dots), "#56d4dd")
  })

  it("is text where it says so: nothing that a program writes becomes markup", () => {
    const [element] = drawn("<script>&amp;</script>", 40)
    assert.match(element, />&lt;script&gt;&amp;amp;&lt;\/script&gt;<\/text>$/)
  })
})

const hasTerminals = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true

describe.skipIf(!hasTerminals)("a recorded shell (needs script of util-linux)", () => {
  const session = (lines) =>
    written(lines, { columns: 40, folder: tmpdir(), variables: { PATH: process.env.PATH } }).then((text) =>
      shown(text, 40)
    )

  it("is on a terminal of that width, and is typed into when it is ready", async () => {
    const text = await session(["stty size | cut -d ' ' -f 2", "sleep 0.3; test -t 1 && echo yes", "echo $HOME"])
    assert.strictEqual(
      text,
      `$ stty size | cut -d ' ' -f 2\n40\n\n$ sleep 0.3; test -t 1 && echo yes\nyes\n\n$ echo $HOME\n${tmpdir()}`
    )
  })

  it("has to live until everything is typed", async () => {
    const error = await session(["exit 3", "echo no"]).catch((error) => error)
    assert.match(error.message, /^the shell ended with 3, before all was typed/)
  })
})

describe("the exchanges of a recording", () => {
  it("are all that oi knows, so that it asks nobody else", async () => {
    const { server, variables } = await startExchanges()
    try {
      assert.deepStrictEqual(
        Object.keys(variables),
        Object.values(exchanges).map(({ settings }) => `${settings.prefix}_BASE_URL`)
      )
    } finally {
      server.kill()
    }
  })
})

describe("the picture in the README", () => {
  const picture = readFileSync(new URL("../docs/terminal.svg", import.meta.url), "utf8")

  it("fetches and runs nothing", () => {
    assert.notMatch(picture, /href|url\(|<script|<style|<foreignObject|\son\w+=|@import/)
  })

  it("shows commands that delivered, and the one that could not", () => {
    for (const word of ["$", "USDT", "contracts"]) assert.include(picture, `>${word}</text>`)
    assert.strictEqual(picture.match(/>error:</g).length, 1)
    assert.notMatch(picture, /127\.0\.0\.1|\/tmp\//)
  })
})
