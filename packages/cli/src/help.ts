import * as HelpDoc from "@effect/cli/HelpDoc"
import { globalOptions } from "./globalOptions.ts"
import { wrapped } from "./render/text.ts"
import type { Command, Option } from "./specification.ts"
import { version } from "./version.ts"

interface About {
  readonly usage: string
  readonly summary: string
  /** A line to paste. */
  readonly example: string
  /** What is to be done before it is of use. */
  readonly installation?: ReadonlyArray<string>
}

/** What there is to say about every command. */
export const commands = {
  get: {
    usage: "get <exchange>:<symbol> …",
    summary: "Open interest of contracts, now, in contracts, coins and money",
    example: "oi get binance:BTCUSD_PERP bitget:BTC/USDT:USDT"
  },
  snapshot: {
    usage: "snapshot [<exchange> …]",
    summary: "Open interest of the whole market, now, or of the part of it that the options name",
    example: "oi snapshot --base BTC,ETH --kind perpetual"
  },
  total: {
    usage: "total [<exchange> …]",
    summary:
      "Open interest added up by underlying, exchange or settle currency, with what it rests on and what it leaves out",
    example: "oi total --base BTC --by exchange --same USD,USDT,USDC"
  },
  history: {
    usage: "history <exchange>:<symbol>",
    summary: "Open interest of a contract over time, as its exchange keeps it, the oldest row first",
    example: "oi history binance:BTCUSD_PERP --period 1d --since 7d"
  },
  chart: {
    usage: "chart <target> | -",
    summary: "The history of a contract, or records from standard input, as a line chart",
    example: "oi chart binance:BTCUSD_PERP --period 1h --since 7d"
  },
  watch: {
    usage: "watch [<target> …]",
    summary: "Open interest again and again, of contracts or of the market as oi snapshot: a live table, or a stream",
    example: "oi watch --base BTC --interval 10s"
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
  },
  doctor: {
    usage: "doctor [<exchange> …]",
    summary: "Whether everything is as it should be, from settings to the clock, and what to do where it is not",
    example: "oi doctor binance"
  },
  completions: {
    usage: "completions bash|zsh|fish",
    summary: "A script that makes a shell complete commands, options and their values",
    example: "oi completions bash",
    installation: [
      '  bash  eval "$(oi completions bash)"    in ~/.bashrc',
      '  zsh   eval "$(oi completions zsh)"     in ~/.zshrc, after compinit',
      "  fish  oi completions fish | source     in ~/.config/fish/config.fish"
    ]
  }
} satisfies Readonly<Record<string, About>>

/** What a command says of itself at the top of its help. */
export const describe = (name: keyof typeof commands): HelpDoc.HelpDoc => HelpDoc.p(commands[name].summary)

/** No line of a page is longer, however wide the window. */
export const widestPage = 100

type Definition = readonly [term: string, meaning: string]

const widestTerm = 28

/** Terms with what they mean beside them, or below those that are too long. */
const definitions = (terms: ReadonlyArray<Definition>, pageWidth: number): ReadonlyArray<string> => {
  const room = Math.min(widestTerm, Math.floor(pageWidth / 3))
  const width = Math.min(room, Math.max(0, ...terms.map(([term]) => term.length)))
  const margin = " ".repeat(2 + width + 2)
  return terms.flatMap(([term, meaning]) => {
    const [first = "", ...others] = wrapped(meaning, pageWidth - margin.length)
    const beside = term.length > width ? [`  ${term}`, margin + first] : [`  ${term.padEnd(width)}  ${first}`]
    return [...beside, ...others.map((line) => margin + line)]
  })
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, "", ...lines]

const ofOption = ({ choices = [], description, isRepeatable, name, value }: Option): Definition => {
  const areNamed = choices.every((choice) => value?.includes(choice))
  const meaning = areNamed ? description : `${description}: ${choices.join(", ")}`
  return [
    value === undefined ? name : `${name} <${value}>`,
    isRepeatable === true ? `${meaning}; may be repeated` : meaning
  ]
}

const page = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

/** The help of the program, for a window of this width. */
export const overview = (width = widestPage): string =>
  page([
    ...wrapped(`oi ${version}: open interest of crypto futures, with its unit`, width),
    ...section("USAGE", ["  oi <command> [<option> …]"]),
    ...section(
      "COMMANDS",
      definitions(
        Object.values(commands).map(({ summary, usage }) => [usage, summary]),
        width
      )
    ),
    ...section("OPTIONS OF EVERY COMMAND", definitions(globalOptions.map(ofOption), width)),
    ...section("EXAMPLE", [`  ${commands.get.example}`]),
    "",
    ...wrapped("oi --version prints the version.", width),
    ...wrapped("oi help <command> shows the arguments and options of a command, and an example.", width)
  ])

/**
 * The help of a command, for a window of this width. That of the framework takes ten lines for an option, and a line of
 * 300 letters for the usage.
 */
export const ofCommand = ({ arguments: given, name, options, paragraphs }: Command, width = widestPage): string => {
  const { example, installation = [], usage }: About = commands[name as keyof typeof commands]
  return page([
    ...paragraphs.flatMap((text, index) => wrapped(index === 0 ? `oi ${name}: ${text}` : text, width)),
    ...section("USAGE", [`  oi ${usage} [<option> …]`]),
    ...section(
      "ARGUMENTS",
      definitions(
        given.map((argument) => [argument.name, argument.description]),
        width
      )
    ),
    ...section("OPTIONS", definitions(options.map(ofOption), width)),
    ...section("OPTIONS OF EVERY COMMAND", definitions(globalOptions.map(ofOption), width)),
    ...section("INSTALLATION", installation),
    ...section("EXAMPLE", [`  ${example}`])
  ])
}
