/**
 * Measures what is in market-programs.mjs against exchanges on this machine, and prints Markdown. Nothing here asserts a time.
 */
import { build } from "esbuild"
import { fork } from "node:child_process"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import { availableParallelism, cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false }
  }
})
const rounds = flags.quick ? 2 : Number(flags.rounds)
/** How many contracts ccxt reads one by one: all of them, or for a quick look some, which are not the whole market. */
const contracts = flags.quick ? 100 : 786
const warmUp = flags.quick ? 2000 : 6000
const readings = flags.quick ? 1000 : 3000
const latency = 50

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const load = loadavg()[0]

// One bundle for all, so that TypeScript needs no step of its own and everything meets the one copy of Effect.
await build({
  entryPoints: [here("market-programs.mjs")],
  outfile: here("dist/market-programs.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  external: ["ccxt"],
  nodePaths: [here("../packages/cli/node_modules")],
  // What undici asks for of Node.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: "warning"
})

/** Whatever ends this process ends those that it started, too. */
const started = new Set()
process.once("exit", () => started.forEach((child) => child.kill()))
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))

const ask = async (child, message) => {
  child.send(message)
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${message.program} ended with ${code} before it answered`)
  })
  const [answer] = await Promise.race([once(child, "message"), ended])
  return answer
}

/** A process of its own, until `use` is done with it. */
const withProgram = async (message, use) => {
  const child = fork(here("dist/market-programs.mjs"))
  started.add(child)
  try {
    return await use(await ask(child, message), child)
  } finally {
    started.delete(child)
    child.removeAllListeners("exit")
    child.kill()
  }
}

const run = (message) => withProgram(message, (answer) => answer)

/** Both exchanges, new each time, for Binance tells everybody how much everybody has used. */
const withExchanges = (use) =>
  withProgram({ program: "startExchanges", latency: `${latency} millis` }, async (urls, server) => {
    const result = await use(urls)
    return { ...result, ...(await ask(server, { counts: true })) }
  })

const shuffled = (values) =>
  values
    .map((value) => ({ value, rank: Math.random() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ value }) => value)

/** All jobs in each round, each time in another order; the results of each by its name. */
const measureAll = async (jobs, times) => {
  const results = Object.fromEntries(Object.keys(jobs).map((name) => [name, []]))
  for (let round = 0; round < times; round++) {
    for (const [name, job] of shuffled(Object.entries(jobs))) {
      process.stderr.write(`${round + 1}/${times} ${name}\n`)
      // oxlint-disable-next-line no-await-in-loop -- they would disturb each other
      results[name].push(await job())
    }
  }
  return results
}

/** How many sources read their market after the first of a process. */
const times = flags.quick ? 2 : 3
const clients = ["node:http", "undici"]
const exchangeInfo = await readFile(here("../packages/binance/test/fixtures/binance-dapi-exchangeInfo.json"), "utf8")

const markets = await measureAll(
  {
    roundTrip: () => withExchanges(async (urls) => ({ times: await run({ program: "roundTrip", ...urls }) })),
    ...Object.fromEntries(
      clients.flatMap((client) =>
        ["binance", "bitget"].map((exchange) => [
          `${exchange} ${client}`,
          () => withExchanges((urls) => run({ program: `${exchange}Snapshots`, client, times, ...urls }))
        ])
      )
    )
  },
  rounds
)

const oneByOne = await measureAll(
  {
    asItComes: () => withExchanges((urls) => run({ program: "ccxtOneByOne", contracts, settings: {}, ...urls })),
    unlimited: () =>
      withExchanges((urls) =>
        run({ program: "ccxtOneByOne", contracts, settings: { enableRateLimit: false }, ...urls })
      )
  },
  1
)

const readers = {
  ccxt: "ccxt",
  undici: "undici alone, and `JSON.parse`",
  node: "`node:http` alone, and `JSON.parse`",
  effectUndici: "Effect's `HttpClient` over undici, without spans, and `JSON.parse`",
  effectNode: "Effect's `HttpClient` over `node:http`, without spans, and `JSON.parse`",
  bareUndici: "ours over undici, with a policy of nothing but the quota",
  oursUndici: "ours over undici",
  oursNode: "ours over `node:http`"
}

const singles = await withProgram({ program: "startStub", exchangeInfo }, (urls) =>
  measureAll(
    Object.fromEntries(
      Object.keys(readers).map((reader) => [
        reader,
        () => run({ program: "reading", reader, warmUp, readings, ...urls })
      ])
    ),
    rounds
  )
)

const quantile = (values, share) =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)]
const median = (values) => quantile(values, 0.5)
const digits = (value) => value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0)
const spread = (values) => `${digits(quantile(values, 0.25))} – ${digits(quantile(values, 0.75))}`
const table = (head, rows) =>
  [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")

const trip = median(markets.roundTrip.flatMap(({ times }) => times))

const states = {
  first: "the first of a process",
  unlisted: "contracts not listed yet",
  listed: "contracts at hand"
}

/** What ours took in each state, of all rounds. */
const ofOurs = (exchange, client) => {
  const results = markets[`${exchange} ${client}`]
  // All but those with the contracts at hand asked for the list, too.
  const requests = (results[0].requests - (1 + times)) / (1 + 2 * times)
  return Object.entries(states).map(([state, label]) => {
    const each = results.flatMap((result) => result[state])
    if (each.some(({ failures }) => failures > 0)) throw new Error(`a contract of ${exchange} is missing`)
    return {
      label: `${label}, ${client}`,
      isListed: state === "listed",
      contracts: each[0].contracts,
      requests: state === "listed" ? requests : requests + 1,
      walls: each.map(({ wall }) => wall),
      cpus: each.map(({ cpu }) => cpu)
    }
  })
}

const binance = clients.flatMap((client) => ofOurs("binance", client))
const bitget = clients.flatMap((client) => ofOurs("bitget", client))
const [asItComes] = oneByOne.asItComes
const [unlimited] = oneByOne.unlimited

/** What ccxt took for as many contracts and from the same state: with its markets to load, or loaded. */
const ofCcxt = (results, isListed, what) =>
  (results[what] * bitget[0].contracts) / contracts + (isListed ? 0 : results.load[what])

const binanceTable = table(
  ["ours", "contracts", "requests", "wall ms", "quartiles", "round trips", "CPU ms"],
  binance.map(({ contracts, cpus, label, requests, walls }) => [
    label,
    contracts,
    requests,
    digits(median(walls)),
    spread(walls),
    digits(median(walls) / trip),
    digits(median(cpus))
  ])
)

const bitgetTable = table(
  ["", "contracts", "requests", "wall ms", "quartiles", "CPU ms", "quartiles"],
  [
    ...bitget.map(({ contracts, cpus, label, requests, walls }) => [
      `ours, ${label}`,
      contracts,
      requests,
      digits(median(walls)),
      spread(walls),
      digits(median(cpus)),
      spread(cpus)
    ]),
    ...[
      ["ccxt, `enableRateLimit` as it comes", asItComes],
      ["ccxt, `enableRateLimit: false`", unlimited]
    ].flatMap(([label, { contracts, cpu, load, requests, wall }]) => [
      [`${label}, its markets`, "", requests - contracts, digits(load.wall), "", digits(load.cpu), ""],
      [`${label}, the figures`, contracts, contracts, digits(wall), "", digits(cpu), ""]
    ])
  ]
)

const ratioTable = table(
  ["ccxt ÷ ours", "wall", "CPU", "wall, ccxt without its limit", "CPU, ccxt without its limit"],
  bitget.map(({ cpus, isListed, label, walls }) => [
    label,
    ...[asItComes, unlimited].flatMap((results) => [
      digits(ofCcxt(results, isListed, "wall") / median(walls)),
      digits(ofCcxt(results, isListed, "cpu") / median(cpus))
    ])
  ])
)

/** Round by round, so that what slows down a whole round slows down both. */
const ratio = (name, what) => digits(median(singles[name].map((each, index) => each[what] / singles.ccxt[index][what])))

const singleTable = table(
  ["one reading", "CPU µs", "quartiles", "CPU × ccxt", "wall µs", "wall × ccxt"],
  Object.entries(readers).map(([name, label]) => {
    const cpuTimes = singles[name].map(({ cpu }) => cpu)
    return [
      label,
      digits(median(cpuTimes)),
      spread(cpuTimes),
      ratio(name, "cpu"),
      digits(median(singles[name].map(({ wall }) => wall))),
      ratio(name, "wall")
    ]
  })
)

const versionOf = async (directory) => {
  const { name, version } = JSON.parse(await readFile(here(`${directory}/package.json`), "utf8"))
  return `${name} ${version}`
}
const packages = await Promise.all(
  [
    "../node_modules/effect",
    "../packages/cli/node_modules/@effect/platform",
    "../packages/cli/node_modules/@effect/platform-node",
    "node_modules/ccxt"
  ].map(versionOf)
)

const report = `# What a market and a reading cost

Written by \`bench:market\` of [this directory](README.md) on ${new Date().toISOString().slice(0, 10)}.

- Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, load before ${load.toFixed(1)}
- ${packages.join(", ")}
- ${rounds} rounds, each thing in a process of its own; medians and quartiles
- The simulated exchanges answer after ${latency} ms; a plain request over a kept connection takes ${digits(trip)} ms: a round trip

## All contracts of Binance COIN-M

${binanceTable}

## All contracts of Bitget's USDT-FUTURES

The same figures: ours from the tickers, with their prices, those of ccxt with \`fetchOpenInterest\` one after the other.${
  contracts < 786 ? ` It read only ${contracts} of them; the ratios count as if it had read all.` : ""
}

${bitgetTable}

Where ours had no list of contracts yet, ccxt is taken with the time for its markets.

${ratioTable}

## One contract of Binance, again and again

Warm: after ${warmUp} readings, ${readings} more, one after the other, from a server that answers at once.

${singleTable}
`

process.stdout.write(report)
if (flags.write) await writeFile(here("market.md"), report)
