/**
 * Measures what is in pipelines.mjs, all in one run and one process, and prints Markdown. Nothing here asserts a time.
 */
import { build } from "esbuild"
import { readFile, writeFile } from "node:fs/promises"
import { availableParallelism, cpus, loadavg } from "node:os"
import { setImmediate } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "40" }, write: { type: "boolean", default: false } }
})
const rounds = Number(flags.rounds)
const warmUpRounds = 5

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const load = loadavg()[0]

// One bundle for all, so that TypeScript needs no step of its own and everything meets the one copy of Effect.
await build({
  entryPoints: [here("pipelines.mjs")],
  outfile: here("dist/pipelines.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning"
})
const { callsPerRound, compared, pieces } = await import("./dist/pipelines.mjs")

/** How many calls are under way at the same time. */
const modes = [1, 100]

/** Microseconds per call. */
const measure = async ({ call, prepare }, inFlight) => {
  await prepare?.()
  // What the one before has left to do is not for this one to pay.
  await setImmediate()
  let left = callsPerRound
  const worker = async () => {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    while (left-- > 0) await call()
  }
  const start = process.hrtime.bigint()
  await Promise.all(Array.from({ length: inFlight }, worker))
  return Number(process.hrtime.bigint() - start) / 1000 / callsPerRound
}

const shuffled = (values) =>
  values
    .map((value) => ({ value, rank: Math.random() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ value }) => value)

const pipelines = [...Object.values(compared), ...pieces.flatMap(({ alone, without }) => [alone, without])]
const jobs = modes.flatMap((inFlight) => pipelines.map((pipeline) => ({ pipeline, inFlight, times: [] })))

for (let round = -warmUpRounds; round < rounds; round++) {
  // Each time another order, so that nobody always comes after the same one's garbage.
  for (const { inFlight, pipeline, times } of shuffled(jobs)) {
    // oxlint-disable-next-line no-await-in-loop -- they would disturb each other
    const time = await measure(pipeline, inFlight)
    if (round >= 0) times.push(time)
  }
}

const quantile = (values, share) =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)]
const median = (values) => quantile(values, 0.5)
const digits = (value) => value.toFixed(value < 10 ? 2 : 1)

const timesOf = (pipeline, inFlight) =>
  jobs.find((job) => job.pipeline === pipeline && job.inFlight === inFlight)?.times ?? []
/** Round by round, so that what slows down a whole round slows down both. */
const ratio = (times, base) => digits(median(times.map((time, index) => time / base[index])))

const table = (head, rows) => [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows]
const markdown = (rows) => rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const comparison = (inFlight) =>
  markdown(
    table(
      ["pipeline", "µs per call", "quartiles", "× cockatiel", "× Effect put together"],
      Object.values(compared).map((pipeline) => {
        const times = timesOf(pipeline, inFlight)
        return [
          pipeline.label,
          digits(median(times)),
          `${digits(quantile(times, 0.25))} – ${digits(quantile(times, 0.75))}`,
          ratio(times, timesOf(compared.cockatiel, inFlight)),
          ratio(times, timesOf(compared.naive, inFlight))
        ]
      })
    )
  )

const breakdown = markdown(
  table(
    [
      "piece of ours",
      ...modes.flatMap((inFlight) => [`alone, ${inFlight} in flight`, `all the others, ${inFlight} in flight`])
    ],
    pieces.map(({ alone, label, without }) => [
      label,
      ...modes.flatMap((inFlight) => [alone, without].map((pipeline) => digits(median(timesOf(pipeline, inFlight)))))
    ])
  )
)

const versionOf = async (directory) => {
  const { name, version } = JSON.parse(await readFile(here(`${directory}/package.json`), "utf8"))
  return `${name} ${version}`
}
const packages = await Promise.all(
  [
    "../node_modules/effect",
    ...["cockatiel", "p-retry", "p-limit", "p-throttle"].map((name) => `node_modules/${name}`)
  ].map(versionOf)
)

const report = `# What a policy costs per call

Written by \`bench\` of [this directory](README.md) on ${new Date().toISOString().slice(0, 10)}.

- Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, load before ${load.toFixed(1)}
- ${packages.join(", ")}
- ${rounds} rounds of ${callsPerRound} calls each, after ${warmUpRounds} to warm up; medians; a ratio is the median of the rounds' ratios

## One call at a time

${comparison(1)}

## 100 calls in flight

${comparison(100)}

## What dominates

Microseconds per call.

${breakdown}
`

process.stdout.write(report)
if (flags.write) await writeFile(here("results.md"), report)
