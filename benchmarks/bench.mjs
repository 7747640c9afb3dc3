/**
 * Runs the benchmarks, all in one run, and writes docs/performance.md; parts that are named it only prints. Nothing here
 * asserts a time.
 */
import { rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { availableParallelism, cpus, loadavg } from "node:os"
import { parseArgs } from "node:util"
import { manifestOf, root, run, temporaryFolder } from "../packaging/support.mjs"
import { install } from "./parts/install.mjs"
import { market } from "./parts/market.mjs"
import { policy } from "./parts/policy.mjs"
import { reading } from "./parts/reading.mjs"
import { start } from "./parts/start.mjs"
import { bundlePrograms, here } from "./processes.mjs"
import { digits, median, ratios, spread, table } from "./statistics.mjs"

const parts = { reading, market, policy, start, install }

const { positionals, values: flags } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
  allowPositionals: true
})
const isQuick = flags.quick
const unknown = positionals.find((name) => !Object.hasOwn(parts, name))
if (unknown !== undefined) throw new Error(`no part ${unknown}: there are ${Object.keys(parts).join(", ")}`)
const names = positionals.length === 0 ? Object.keys(parts) : positionals

const load = loadavg()[0]
const began = performance.now()
const minutes = () => ((performance.now() - began) / 60_000).toFixed(1)

const folder = temporaryFolder()
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))

await run("npx", ["-y", manifestOf(root).packageManager, "-s", "run", "build"])
await bundlePrograms()

const prepared = []
for (const name of names) {
  process.stderr.write(`preparing ${name}\n`)
  // oxlint-disable-next-line no-await-in-loop -- one after the other, so that nothing is in the way of what comes
  prepared.push(await parts[name]({ folder, isQuick }))
}

/**
 * All in one sequence: each job so many times, evenly over the whole run, and each time among others, so that what slows down the
 * machine for a while meets everybody.
 */
const sequence = prepared
  .flatMap(({ jobs }) => jobs)
  .flatMap((job) =>
    Array.from({ length: job.rounds }, (_, round) => ({ job, at: (round + Math.random()) / job.rounds }))
  )
  .toSorted((one, other) => one.at - other.at)

for (const [index, { job }] of sequence.entries()) {
  process.stderr.write(`${minutes()} min, ${index + 1}/${sequence.length}: ${job.name}\n`)
  // oxlint-disable-next-line no-await-in-loop -- they would disturb each other
  await job.run()
}
prepared.forEach(({ close }) => close?.())

const reports = await Promise.all(prepared.map(({ report }) => report()))

const shown = (values, unit) => {
  const value = median(values)
  return `${Number.isInteger(value) ? value : digits(value)} ${unit}`.trim()
}

/**
 * The others that are ahead, or behind, one line for each figure; of ours, where there are several, the best in this.
 * `ratioOf` is how many times the one that is behind takes, by what the two took.
 */
const lines = (head, ratioOf) => {
  const rows = reports
    .flatMap(({ compared }) => compared)
    .flatMap(({ entries, unit, what }) => {
      const [ours] = entries
        .filter(({ isOurs }) => isOurs)
        .toSorted((one, other) => median(one.values) - median(other.values))
      const others = entries
        .filter(({ isOurs }) => !isOurs)
        .map(({ label, values }) => ({ label, values, ratio: ratioOf(ours.values, values) }))
        .filter(({ ratio }) => median(ratio) > 1)
        .map(({ label, ratio, values }) => `${label} ${shown(values, unit)}: × ${spread(ratio)}`)
      return others.length === 0 ? [] : [[what, `${ours.label} ${shown(ours.values, unit)}`, others.join("<br>")]]
    })
  return rows.length === 0 ? "Nowhere in this run." : table(head, rows).replace("| ---: | ---: |", "| --- | --- |")
}

const { dependencies } = manifestOf(here("."))
const versions = [
  ...["effect", "@effect/platform", "@effect/platform-node"].map((name) => {
    const { version } = manifestOf(here(`../packages/cli/node_modules/${name}`))
    return `${name} ${version}`
  }),
  ...Object.entries(dependencies).map(([name, version]) => `${name} ${version}`)
]

const report = `# Performance

What a reading, a market, a policy, a start, an import and an installation cost, next to other clients and libraries. All of it is measured in one run by

\`\`\`sh
npx -y pnpm@12.18.0 install
cd benchmarks && npx -y pnpm@12.18.0 bench
\`\`\`

which writes this page. How it is done, and what is not measured, is told [there](../benchmarks/README.md).

<!-- written by \`npx -y pnpm@12.18.0 bench\` in benchmarks/ -->
${
  isQuick
    ? "\n**From a run with `--quick`**: few rounds, short warm-ups, perhaps beside other work. The figures show the order of size, no more.\n"
    : ""
}
- ${new Date().toISOString().slice(0, 10)}, ${minutes()} minutes; Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, load before ${load.toFixed(1)}
- ${versions.join(", ")}
- Medians, with the quartiles in brackets; a ratio is the median of the rounds' ratios. 1 KB is 1000 bytes. "× ours" is to ours over undici where nothing else is said. Lower is better everywhere.

## Where others are ahead

"×" is how many times theirs ours takes.

${lines(["", "ours", "theirs"], (ours, theirs) => ratios(ours, theirs))}

They do not do the same. With every figure, ours checks all that it uses, keeps the digits of the exchange and counts its quota, and it has timeouts,
retries, a circuit breaker, a bulkhead and telemetry around each request; the others have a part of this, or nothing. It is the price of that,
and of Effect. A reading over a real network takes 50 to 200 ms, beside which these parts of a millisecond are small; for a program that
reads all day on a small machine they may not be. A whole market at once, without a limit of one's own, is quicker as long as the exchange
allows it.

## Where ours is ahead

"×" is how many times ours theirs takes.

${lines(["", "ours", "theirs"], (ours, theirs) => ratios(theirs, ours))}

${reports.flatMap(({ sections }) => sections).join("\n\n")}
`

if (positionals.length === 0) {
  await writeFile(here("../docs/performance.md"), report)
  process.stderr.write(`docs/performance.md is written, after ${minutes()} minutes\n`)
} else process.stdout.write(report)
