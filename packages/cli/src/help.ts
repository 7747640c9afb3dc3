import * as HelpDoc from "@effect/cli/HelpDoc"
import { version } from "./version.ts"

/** Every command in a line, and a line to paste. */
const commands = {
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
export const describe = (name: keyof typeof commands): HelpDoc.HelpDoc =>
  HelpDoc.blocks([HelpDoc.p(commands[name].summary), HelpDoc.p(`For example: ${commands[name].example}`)])

const all = Object.values(commands)
const width = Math.max(...all.map(({ usage }) => usage.length))

/** The help of the program. That of the framework would put all options of a command into the line that lists it. */
export const overview = [
  `oi ${version}: open interest of crypto futures, with its unit`,
  "",
  "USAGE",
  "",
  "  oi <command>",
  "",
  "COMMANDS",
  "",
  ...all.map(({ summary, usage }) => `  ${usage.padEnd(width)}  ${summary}`),
  "",
  "oi <command> --help shows the options of a command, and an example.",
  ""
].join("\n")
