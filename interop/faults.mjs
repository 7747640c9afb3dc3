/**
 * Every fault of the matrix, met by our client and by those of other people, each with its own settings, against the same
 * exchange with the same plan in the same run. Writes docs/reliability.md.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { bundle } from "../reliability/bundle.mjs"
import { verdictOf, verdicts } from "./faultVerdicts.mjs"

/** Milliseconds: longer than our client takes at most, and than the longest time limit of the others that is no minutes. */
const patience = 25_000

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const version = (name) => JSON.parse(readFileSync(path(`node_modules/${name}/package.json`), "utf8")).version

const files = await bundle()
const { cases, start } = await import(files.exchanges)

/** Nobody here goes through a proxy. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name) && !name.startsWith("OPEN_INTEREST_"))
)

/** A client as a process: one job at a time, and a new process where one has ended over a job. */
const makeClient = (title, exchange, file, ...args) => {
  let child
  const begin = () => {
    child = fork(file, args, { env, serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] })
  }
  return {
    title,
    exchange,
    run: async (job) => {
      if (child === undefined) begin()
      child.send(job)
      const ended = new AbortController()
      const outcome = await Promise.race([
        once(child, "message", ended).then(([message]) => message),
        once(child, "exit", ended).then(([code, signal]) => {
          child = undefined
          return { error: { name: "the process ended", message: String(code ?? signal) }, took: 0 }
        })
      ])
      ended.abort()
      return outcome
    },
    stop: () => child?.kill()
  }
}

const peer = (name, exchange) => {
  const file = path("faultClients.mjs")
  return makeClient(`\`${name}\` ${version(name)}`, exchange, file, name)
}

const clients = [
  makeClient("ours", "binance", files.client),
  peer("ccxt", "binance"),
  peer("binance", "binance"),
  peer("@binance/derivatives-trading-coin-futures", "binance"),
  makeClient("ours", "bitget", files.client),
  peer("ccxt", "bitget"),
  peer("bitget-api", "bitget")
]

const meet = async (id, client) => {
  const exchange = await start(id, client.exchange)
  const { asks, isCold } = cases[id]
  const { baseUrl, right, subject } = exchange
  const outcome = await client.run({ subject, baseUrl, asks, isCold, patience })
  const requests = await exchange.stop()
  return { ...verdictOf(id, cases[id], { outcome, requests, right, patience }), baseUrl, requests }
}

const seconds = (millis) => (millis < 100 ? "below 0.1 s" : `${(millis / 1000).toFixed(1)} s`)

/** For a cell of a table: one line, no marks of its own, nothing that differs from run to run. */
const plain = (text, baseUrl) => {
  const line = text
    .replace(/^(\w+): (?:unavailable|timed out|rate limited|banned|forbidden): /, "$1: ")
    .replaceAll(baseUrl, "…")
    .replaceAll(/\/(?:d?api|fapi)\/[\w/?=&-]+/g, "…")
    .replaceAll("……", "…")
    .replaceAll("unexpected response to GET … ", "")
    .replaceAll(new URL(baseUrl).host, "…")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "(time)")
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, "(date)")
    .replaceAll(/\b1\d{12}\b/g, "(time)")
    .replaceAll(/[\s|`]+/g, " ")
    .trim()
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}

const cell = ({ baseUrl, requests, said, took, verdict }) => {
  const count = `${requests} ${requests === 1 ? "request" : "requests"}`
  const words = said === undefined ? [] : [`\`${plain(said, baseUrl)}\``]
  return [`**${verdict}**`, ...words, `${count}, ${seconds(took)}`].join("<br>")
}

const row = (cells) => `| ${cells.join(" | ")} |`

const table = (head, rows) => [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")

const ids = Object.keys(cases)
const results = new Map(clients.map((client) => [client, new Map()]))
for (const id of ids) {
  process.stderr.write(`${cases[id].name}\n`)
  // oxlint-disable-next-line no-await-in-loop -- they would disturb each other
  await Promise.all(clients.map(async (client) => results.get(client).set(id, await meet(id, client))))
}
clients.forEach(({ stop }) => stop())

const of = (exchange) => clients.filter((client) => client.exchange === exchange)

const matrix = (exchange) =>
  table(
    ["fault", ...of(exchange).map(({ title }) => title)],
    ids.map((id) => [cases[id].name, ...of(exchange).map((client) => cell(results.get(client).get(id)))])
  )

const counts = table(
  ["", ...clients.map(({ exchange, title }) => `${title}, ${exchange}`)],
  Object.entries(verdicts).map(([verdict, { means }]) => [
    `**${verdict}**: ${means}`,
    ...clients.map((client) => [...results.get(client).values()].filter((each) => each.verdict === verdict).length)
  ])
)

/** What others did better than we, by the verdict. */
const better = ["binance", "bitget"].flatMap((exchange) => {
  const [ours, ...others] = of(exchange)
  return ids.flatMap((id) => {
    const rankOf = (client) => verdicts[results.get(client).get(id).verdict].rank
    const ahead = others.filter((other) => rankOf(other) > rankOf(ours))
    const theirs = ahead.map((other) => `${other.title} ${results.get(other).get(id).verdict}`)
    const our = results.get(ours).get(id).verdict
    return ahead.length === 0 ? [] : [`- ${cases[id].name}, ${exchange}: ${theirs.join(", ")}; ours ${our}.`]
  })
})

/** Where both come to the same, and another sooner. */
const sooner = ["binance", "bitget"].map((exchange) => {
  const [ours, ...others] = of(exchange)
  const slower = ids.filter((id) => {
    const our = results.get(ours).get(id)
    return (
      our.took > 500 &&
      others.some((other) => {
        const { took, verdict } = results.get(other).get(id)
        return verdict === our.verdict && took < our.took / 2
      })
    )
  })
  return `- ${exchange}: ${slower.length === 0 ? "none" : slower.map((id) => cases[id].name).join("; ")}.`
})

const marker = "<!-- written by `npx -y pnpm@12.18.0 run faults` in interop/ -->"
const target = path("../docs/reliability.md")
const [intro] = readFileSync(target, "utf8").split(marker)
const model = cpus()[0]?.model.trim() ?? "unknown processor"

writeFileSync(
  target,
  `${intro}${marker}

Node ${process.version.slice(1)}, ${cpus().length} × ${model}.

## In short

How many of the ${ids.length} faults ended how:

${counts}

### Where another did better

${better.length === 0 ? "By these verdicts, nowhere." : better.join("\n")}

Where another came to the same in less than half the time, because it does not ask again, or gives up sooner:

${sooner.join("\n")}

## Binance COIN-M

${matrix("binance")}

## Bitget

${matrix("bitget")}
`
)
