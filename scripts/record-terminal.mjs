// Writes docs/terminal.svg: a session with `oi` in a shell on a pseudo-terminal (by `script` of util-linux), against the
// simulated exchanges. Their figures follow the clock, so that every recording has others.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { setup } from "./bundle.mjs"
import { rowsOf, svgOf } from "./terminal.mjs"

const commands = [
  "oi get binance:BTCUSD_PERP bitget:BTCUSDT bybit:BTCUSDT --columns exchange,symbol,contracts,base,quote",
  "oi total --base BTC --by exchange --same USD,USDT,USDC --columns group,amount,share,contracts,oldest",
  "oi get binance:BTCUSDPERP",
  "oi chart binance:BTCUSD_PERP --since 3d"
]
const columns = 112
/** More than any of this takes. */
const longest = 60_000

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

const prompt = "\u001b[32m$\u001b[0m "
const endOfInput = "\u0004"

/** What a shell writes to its terminal while these lines are typed, each when what the one before does has ended. */
export const written = async (lines, { columns, folder, variables }) => {
  const shell = spawn("script", ["--quiet", "--return", "--command", `stty cols ${columns}; exec sh -i`, "/dev/null"], {
    cwd: folder,
    // Nothing of who records this, so that the picture shows nothing of theirs.
    env: { LANG: "C.UTF-8", TERM: "xterm-256color", HOME: folder, PS1: `\n${prompt}`, ...variables },
    timeout: longest
  })
  const keys = [...lines.map((line) => `${line}\r`), endOfInput]
  let all = ""
  let last = ""
  shell.stdout.setEncoding("utf8").on("data", (text) => {
    last += text
    if (!last.endsWith(prompt)) return
    all += last
    last = ""
    shell.stdin.write(keys.shift())
  })
  const [code] = await once(shell, "close")
  if (keys.length > 0) throw new Error(`the shell ended with ${code}, before all was typed: ${all}${last}`)
  return all.slice(0, all.lastIndexOf(prompt)).trim()
}

/** How many the simulator starts: all that `oi` knows, or it would ask a real one. */
const exchangeCount = 3

/** The exchanges, and where they are, as the environment of `oi` has it. */
export const startExchanges = async () => {
  const server = spawn(process.execPath, [path("packages/simulator/dist/bin.mjs")], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: longest
  })
  const urls = []
  for await (const line of createInterface({ input: server.stdout })) {
    if (urls.push(line.split("=")) === exchangeCount) return { server, variables: Object.fromEntries(urls) }
  }
  throw new Error("the simulated exchanges ended before they said where they are")
}

const record = async () => {
  await setup()
  const folder = mkdtempSync(join(tmpdir(), "open-interest-terminal-"))
  symlinkSync(path("packages/cli/dist/bin.cjs"), join(folder, "oi"))
  const { server, variables } = await startExchanges()
  try {
    const PATH = [folder, process.env.PATH].join(delimiter)
    const text = await written(commands, { columns, folder, variables: { ...variables, PATH } })
    const title = "oi in a terminal, with figures of simulated exchanges"
    writeFileSync(path("docs/terminal.svg"), svgOf(rowsOf(text, columns), { columns, title }))
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await record()
