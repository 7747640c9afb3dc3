import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import stringWidth from "string-width"
import * as Help from "../src/help.ts"
import { commands } from "../src/oi.ts"
import { mistakesOf } from "../src/specification.ts"
import { oiHere } from "./support.ts"

/** Written with `vitest -u`; a change in them is a change that people see. */
const pages = [
  { name: "oi", text: Help.overview() },
  ...commands().map((command) => ({ name: command.name, text: Help.ofCommand(command) }))
]

describe("the help", () => {
  for (const { name, text } of pages) {
    it(`of ${name} is as it was, and fits into a line of 100 characters`, async () => {
      await expect(text).toMatchFileSnapshot(`help/${name}.txt`)
      assert.deepStrictEqual(
        text.split("\n").filter((line) => stringWidth(line) > 100),
        []
      )
    })
  }

  it("fits into a narrower window, down to its longest word, with the same words in it", () => {
    const words = (text: string) => text.split(/\s+/)
    const both = (width: number) => [
      Help.overview(width),
      ...commands().map((command) => Help.ofCommand(command, width))
    ]
    for (const width of [80, 60, 40]) {
      for (const [index, text] of both(width).entries()) {
        assert.deepStrictEqual(words(text), words(pages[index]?.text ?? ""))
        // A term, and what is to be pasted, stay whole.
        const whole = /^ {2}(?:\S+(?: \S+)*|(?:bash|zsh|fish) .+)$/
        const tooWide = text.split("\n").filter((line) => stringWidth(line) > width && !whole.test(line))
        assert.deepStrictEqual(tooWide, [])
      }
    }
  })

  it.live("is as wide as the window, where that is narrower than a page", () =>
    Effect.gen(function* () {
      const before = process.stdout.columns
      for (const [columns, width] of [
        [60, 60],
        [200, 100]
      ] as const) {
        process.stdout.columns = columns
        assert.strictEqual((yield* oiHere(["--help"])).stdout, Help.overview(width))
      }
      process.stdout.columns = before
    })
  )

  for (const command of commands()) {
    it(`of ${command.name} has an example that the command takes`, () => {
      const [, name, ...args] = /\nEXAMPLE\n\n {2}(oi .+)\n/.exec(Help.ofCommand(command))?.[1]?.split(" ") ?? []
      assert.strictEqual(name, command.name)
      assert.deepStrictEqual(mistakesOf(command, args), [])
    })
  }

  it.live("is printed for oi help and --help, wherever it stands", () =>
    Effect.gen(function* () {
      const overview = { code: 0, stdout: Help.overview(), stderr: [""] }
      for (const args of [[], ["help"], ["--help"], ["-h"], ["help", "--quiet"]]) {
        assert.deepStrictEqual(yield* oiHere(args), overview)
      }
      const ofGet = { ...overview, stdout: pages.find(({ name }) => name === "get")?.text ?? "" }
      for (const args of [
        ["help", "get"],
        ["get", "--help"],
        ["--help", "get"],
        ["get", "--frmat", "x", "-h"]
      ]) {
        assert.deepStrictEqual(yield* oiHere(args), ofGet)
      }
    })
  )

  it.live("of a command that there is not is a mistake", () =>
    Effect.gen(function* () {
      for (const args of [
        ["help", "totl"],
        ["totl", "--help"]
      ]) {
        const { code, stderr, stdout } = yield* oiHere(args)
        assert.deepStrictEqual([code, stdout, stderr[1]], [2, "", "hint: did you mean total?"])
        assert.match(stderr[0] ?? "", /^error: unknown command totl, known are get, /)
      }
    })
  )

  it.live("is no help where -- says that options have ended", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* oiHere(["get", "--", "--help"])
      assert.deepStrictEqual(
        [code, stderr[0]],
        [2, "error: --help: expected <exchange>:<symbol>, for example binance:BTCUSD_PERP"]
      )
    })
  )
})
