import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { type Input, script, shells } from "../src/completionScripts.ts"
import { globalOptions } from "../src/globalOptions.ts"
import { commands } from "../src/oi.ts"
import { oiHere } from "./support.ts"

const exchanges = ["binance", "bitget", "bybit"]
const input: Input = { commands: commands(), exchanges }

const names = commands().map(({ name }) => name)

/** What bash offers after each of these lines, which end where the cursor is; bash has split them into words. */
const offered = (lines: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> => {
  const asked = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(" ")
    return `COMP_WORDS=(oi ${quoted}); COMP_CWORD=${words.length}; COMPREPLY=(); _oi; echo "\${COMPREPLY[@]}"`
  })
  const { stderr, stdout } = spawnSync("bash", ["--norc", "--noprofile"], {
    encoding: "utf8",
    input: [script("bash", input), "complete -p oi open-interest", ...asked].join("\n")
  })
  assert.strictEqual(stderr, "")
  const [first, second, ...replies] = stdout.slice(0, -1).split("\n")
  assert.deepStrictEqual([first, second], ["complete -F _oi oi", "complete -F _oi open-interest"])
  return replies.map((reply) => (reply === "" ? [] : reply.split(" ")))
}

describe("completion in bash", () => {
  it("offers what may follow, and nothing that may not", () => {
    const formats = ["table", "json", "ndjson", "csv"]
    const cases: ReadonlyArray<readonly [words: ReadonlyArray<string>, expected: ReadonlyArray<string>]> = [
      [[""], [...names, "help"]],
      [["h"], ["history", "help"]],
      [["--v"], ["--verbose", "--version"]],
      [["--log-level", "w"], ["warning"]],
      [["--log-level", "debug", "po"], ["policy"]],
      [["--quiet", "po"], ["policy"]],
      [["help", ""], names],
      [
        ["get", ""],
        ["binance:", "bitget:", "bybit:"]
      ],
      [["get", "bin"], ["binance:"]],
      [["get", "binance", ":"], []],
      [["get", "binance", ":", "b"], []],
      [["get", "--format", ""], formats],
      [["get", "--format", "="], formats],
      [["get", "--format", "=", "c"], ["csv"]],
      [["get", "--s"], ["--simulated"]],
      [["get", "--simulated", "--s"], []],
      [
        ["get", "--columns", "base,q"],
        ["base,quote", "base,quoteCurrency"]
      ],
      [["snapshot", "b"], exchanges],
      [["snapshot", "--base", "BTC", "--b"], ["--base"]],
      [["snapshot", "--base", "b"], []],
      [
        ["snapshot", "--kind", ""],
        ["perpetual", "delivery"]
      ],
      [["snapshot", "--kind", "perpetual,d"], ["perpetual,delivery"]],
      [
        ["history", "--period", "1"],
        ["15m", "1h", "12h", "1d"]
      ],
      [
        ["completions", ""],
        ["bash", "zsh", "fish"]
      ],
      [["gett", ""], []]
    ]
    const replies = offered(cases.map(([words]) => words))
    for (const [index, [words, expected]] of cases.entries()) {
      assert.deepStrictEqual([words, replies[index]?.toSorted()], [words, expected.toSorted()])
    }
  })
})

describe("completion in zsh and fish", () => {
  const zsh = script("zsh", input)
  const fish = script("fish", input)

  it("knows every command, every option and every value", () => {
    for (const command of commands()) {
      const ofZsh = zsh.split(`        ${command.name})\n`)[1]?.split(";;")[0] ?? ""
      for (const { choices = [], isList, name, value } of [...command.options, ...globalOptions]) {
        const line = ofZsh.split("\n").find((each) => each.includes(`${name}[`)) ?? ""
        const values = isList === true ? `_values -s , ${name.slice(2)} ${choices.join(" ")}` : `(${choices.join(" ")})`
        assert.isTrue(line.endsWith(`${choices.length === 0 ? (value === undefined ? "]" : ":") : values}' \\`), line)
      }
      for (const { choices = [], name, value } of command.options) {
        const parts = [
          `-n '__fish_seen_subcommand_from ${command.name}' -l ${name.slice(2)} `,
          ...(value === undefined ? ["-d"] : ["-x "]),
          ...(choices.length === 0 ? [] : [`-a '${choices.join(" ")}' -d `])
        ]
        assert.include(fish, parts.join(""))
      }
      assert.include(fish, `-n __fish_use_subcommand -a ${command.name} -d '`)
    }
    assert.include(zsh, `'*:target:compadd -S "" binance: bitget: bybit:'`)
    assert.include(fish, `-n '__fish_seen_subcommand_from get' -a 'binance: bitget: bybit:'`)
  })

  it("keeps descriptions to what they are", () => {
    const option = { name: "--odd", value: "a:b", description: "it's [so]: \\" }
    const odd: Input = {
      commands: [{ name: "get", paragraphs: ["It's: odd"], arguments: [], options: [option] }],
      exchanges
    }
    assert.include(script("zsh", odd), String.raw`'--odd[it'\''s \[so\]\: \\]:a\:b:'`)
    assert.include(script("zsh", odd), String.raw`    'get:It'\''s: odd'`)
    assert.include(script("fish", odd), String.raw`-l odd -x -d 'it\'s [so]: \\'`)
    assert.include(script("fish", odd), String.raw`-a get -d 'It\'s: odd'`)
  })
})

describe("oi completions", () => {
  it.live("prints the script of a shell, and nothing else", () =>
    Effect.gen(function* () {
      for (const shell of shells) {
        assert.deepStrictEqual(yield* oiHere(["completions", shell]), {
          code: 0,
          stdout: script(shell, input),
          stderr: [""]
        })
      }
    })
  )

  it.live("refuses a shell that it does not know", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* oiHere(["completions", "bahs"])
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.deepStrictEqual(stderr.slice(0, 2), [
        "error: expected one of bash, zsh, fish, got bahs",
        "hint: did you mean bash?"
      ])
    })
  )
})
