import * as HelpDoc from "@effect/cli/HelpDoc"
import { globalOptions } from "./globalOptions.ts"
import type { Command, Option } from "./specification.ts"
import { version } from "./version.ts"

/** Every command in a line, and a line to paste. */
export const commands = {
  get: {
    usage: "get <exchange>:<symbol> …",
    summary: "Open interest of contracts, now, in contracts, coins and money",
    example: "oi get binance:BTCUSD_PERP bitget:BTC/USDT:USDT"
  },
  snapshot: {
    usage: "snapshot [<exchange> …]",
    summary: "Open interest of the whole market, now, or of the part of it that the options name",
    example: "oi snapshot --base BTC --base ETH --kind perpetual"
  },
  total: {
    usage: "total [<exchange> …]",
    summary: "Open interest added up by underlying, exchange or margin, with what it rests on and what it leaves out",
    example: "oi total --base BTC --by exchange --same USD,USDT,USDC"
  },
  history: {
    usage: "history <exchange>:<symbol>",
    summary: "Open interest of a contract over time, as its exchange keeps it, the oldest row first",
    example: "oi history binance:BTCUSD_PERP --period 1d --since 7d"
  },
  instruments: {
    usage: "instruments [<exchange> …]",
    summary: "The contracts that exchanges list, with their sizes and states",
    example: "oi instruments bitget --format csv"
  },
  policy: {
    usage: "policy [<exchange> …]",
    summary: "How exchanges are asked: time limits, retries, quotas, in words",
    example: "oi policy binance"
  }
}

/** What a command says of itself at the top of its help. */
export const describe = (name: keyof typeof commands): HelpDoc.HelpDoc => HelpDoc.p(commands[name].summary)

const pageWidth = 100

/** Words in lines that are not longer than that. */
const wrapped = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Terms with what they mean beside them, or below those that are too long. */
const definitions = (
  terms: ReadonlyArray<readonly [term: string, meaning: string]>,
  widest = 28
): ReadonlyArray<string> => {
  const width = Math.min(widest, Math.max(...terms.map(([term]) => term.length)))
  const margin = " ".repeat(2 + width + 2)
  return terms.flatMap(([term, meaning]) => {
    const [first = "", ...others] = wrapped(meaning, pageWidth - margin.length)
    const beside = term.length > width ? [`  ${term}`, margin + first] : [`  ${term.padEnd(width)}  ${first}`]
    return [...beside, ...others.map((line) => margin + line)]
  })
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, "", ...lines]

const ofOption = ({ description, isRepeatable, name, value }: Option): readonly [string, string] => [
  value === undefined ? name : `${name} <${value}>`,
  isRepeatable === true ? `${description}; may be repeated` : description
]

const page = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

/** The help of the program. */
export const overview = page([
  `oi ${version}: open interest of crypto futures, with its unit`,
  ...section("USAGE", ["  oi <command> [<option> …]"]),
  ...section("COMMANDS", definitions(Object.values(commands).map(({ summary, usage }) => [usage, summary]))),
  ...section("OPTIONS OF EVERY COMMAND", definitions(globalOptions.map(ofOption))),
  ...section("EXAMPLE", [`  ${commands.get.example}`]),
  "",
  "oi help <command> shows the arguments and options of a command, and an example."
])

/** The help of a command. That of the framework takes ten lines for an option, and a line of 300 letters for the usage. */
export const ofCommand = ({ arguments: given, name, options, paragraphs }: Command): string => {
  const { example, usage } = commands[name as keyof typeof commands]
  return page([
    ...paragraphs.flatMap((text, index) => wrapped(index === 0 ? `oi ${name}: ${text}` : text, pageWidth)),
    ...section("USAGE", [`  oi ${usage} [<option> …]`]),
    ...section("ARGUMENTS", definitions(given.map((argument) => [argument.name, argument.description]))),
    ...section("OPTIONS", definitions(options.map(ofOption))),
    ...section("OPTIONS OF EVERY COMMAND", definitions(globalOptions.map(ofOption))),
    ...section("EXAMPLE", [`  ${example}`])
  ])
}
