/**
 * Measures how long `oi` takes to start and to its first figure, next to scripts that get the same figure with the client
 * libraries of the two exchanges, and prints Markdown. Nothing here asserts a time.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { setup as bundle } from "../scripts/bundle.mjs"

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "40" }, write: { type: "boolean", default: false } }
})
const rounds = Number(flags.rounds)
const warmUp = 2

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const load = loadavg()[0]
const oi = here("../packages/cli/dist/bin.mjs")

await bundle()

/** Neither settings of who runs this, nor what makes Node itself slow to start, as certificates to read do. */
const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OPEN_INTEREST_|NODE_)/.test(name)))

// In a process of its own. Its time stands still, so that everybody reads the same figures, and nobody has to wait.
const settings =
  "--at 2026-10-06T12:05:03.512Z --seed 7 --binance-weight-per-minute 1000000 --bitget-per-second 1000 --bitget-per-minute 1000000"
const server = spawn(process.execPath, [here("../packages/simulator/dist/bin.mjs"), ...settings.split(" ")], {
  env: bare,
  stdio: ["ignore", "pipe", "ignore"]
})
/** Whatever ends this process ends that one, too. */
process.once("exit", () => server.kill())
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))
const home = await mkdtemp(join(tmpdir(), "open-interest-start-"))

const environment = { ...bare, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home }
const baseUrl = /^(OPEN_INTEREST_(?:BINANCE|BITGET)_BASE_URL)=(\S+)$/
for await (const line of createInterface({ input: server.stdout })) {
  const [, name, url] = baseUrl.exec(line) ?? []
  if (name !== undefined) environment[name] = url
  if ("OPEN_INTEREST_BINANCE_BASE_URL" in environment && "OPEN_INTEREST_BITGET_BASE_URL" in environment) break
}

/** What Node is told, and the figure in what it prints. */
const programs = {
  node: { label: "`node -e 0`", args: ["-e", "0"], figure: () => undefined },
  version: { label: "`oi --version`", args: [oi, "--version"], figure: () => undefined },
  oiBinance: {
    label: "`oi get binance:BTCUSD_PERP`",
    args: [oi, "get", "binance:BTCUSD_PERP"],
    figure: (text) => JSON.parse(text).contracts
  },
  oiBitget: {
    label: "`oi get bitget:BTCUSDT`",
    args: [oi, "get", "bitget:BTCUSDT"],
    figure: (text) => JSON.parse(text).base
  },
  binance: {
    label: "[`binance`](start/binance.mjs)",
    args: [here("start/binance.mjs")],
    figure: (text) => text.trim()
  },
  bitget: { label: "[`bitget-api`](start/bitget.mjs)", args: [here("start/bitget.mjs")], figure: (text) => text.trim() }
}

/** Milliseconds from the start of a process to the first that it prints, and to its end. */
const run = async ({ args, figure }) => {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] })
  let firstAt
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("utf8").on("data", (text) => {
    firstAt ??= performance.now()
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text))
  const exited = once(child, "exit").then(() => performance.now())
  const [code] = await once(child, "close")
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`)
  const endedAt = await exited
  return {
    first: firstAt === undefined ? undefined : firstAt - startedAt,
    end: endedAt - startedAt,
    figure: figure(stdout)
  }
}

const shuffled = (values) =>
  values
    .map((value) => ({ value, rank: Math.random() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ value }) => value)

/** The results of each by its name: all in each round, in another order each time. */
const measureAll = async () => {
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, program] of shuffled(Object.entries(programs))) {
      // oxlint-disable-next-line no-await-in-loop -- they would disturb each other
      const result = await run(program)
      if (round >= 0) results[name].push(result)
    }
  }
  return results
}

const measured = await measureAll().finally(() => rm(home, { recursive: true, force: true }))
server.kill()

for (const [ours, theirs] of [
  ["oiBinance", "binance"],
  ["oiBitget", "bitget"]
]) {
  const figures = new Set([...measured[ours], ...measured[theirs]].map(({ figure }) => figure))
  if (figures.size !== 1) throw new Error(`${ours} and ${theirs} print different figures: ${[...figures].join(", ")}`)
}

const quantile = (values, share) =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)]
const median = (values) => quantile(values, 0.5)
const digits = (value) => value.toFixed(value < 10 ? 2 : 1)
const spread = (values) => `${digits(quantile(values, 0.25))} – ${digits(quantile(values, 0.75))}`
const table = (head, rows) =>
  [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")

const of = (name, what) => measured[name].map((each) => each[what])

const timeTable = table(
  ["", "first output ms", "quartiles", "ended ms", "quartiles"],
  Object.entries(programs).map(([name, { label }]) => [
    label,
    ...["first", "end"].flatMap((what) => {
      const values = of(name, what)
      return values.includes(undefined) ? ["", ""] : [digits(median(values)), spread(values)]
    })
  ])
)

const faster = median(of("binance", "first")) < median(of("bitget", "first")) ? "binance" : "bitget"

const targetTable = table(
  ["", "compared with", "×", "quartiles", "target", ""],
  [
    ["version", "node", "end", 5],
    ["oiBinance", faster, "first", 1],
    ["oiBitget", faster, "first", 1]
  ].map(([name, other, what, target]) => {
    // Round by round, so that what slows down a whole round slows down both.
    const ratios = of(name, what).map((value, index) => value / of(other, what)[index])
    const isMet = median(ratios) <= target
    return [
      programs[name].label,
      programs[other].label,
      digits(median(ratios)),
      spread(ratios),
      `≤ ${target}`,
      isMet ? "met" : "**missed**"
    ]
  })
)

const versionOf = async (name) => {
  const { version } = JSON.parse(await readFile(here(`node_modules/${name}/package.json`), "utf8"))
  return `${name} ${version}`
}
const { size } = await stat(oi)

const report = `# How long a start takes

Written by \`bench:start\` of [this directory](README.md) on ${new Date().toISOString().slice(0, 10)}.

- Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, load before ${load.toFixed(1)}
- ${(await Promise.all(["binance", "bitget-api"].map(versionOf))).join(", ")}; \`oi\` is one file of ${Math.round(size / 1000)} KB
- ${rounds} rounds, each program a process of its own, in another order each round; medians and quartiles

${timeTable}

${targetTable}
`

process.stdout.write(report)
if (flags.write) await writeFile(here("start.md"), report)
