// Writes into docs/policies.md what `oi policy` says, and into docs/exchanges/ the conventions that the packages state.
// With `--check` it only looks whether all that stands there already.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { setup } from "./bundle.mjs"

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

await setup()
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPEN_INTEREST_")))
const oi = (...args) => execFileSync(process.execPath, [path("packages/cli/dist/bin.cjs"), ...args], { env }).toString()

const words = ["```", "$ oi policy binance", oi("policy", "binance").trimEnd(), "```"].join("\n")

/** RFC 4180, as far as `oi` writes it. */
const rows = oi("policy", "binance", "--format", "csv")
  .trimEnd()
  .split("\r\n")
  .slice(1)
  .map((line) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
    )
  )

const settings = [
  "| variable | default | allowed | |",
  "| --- | --- | --- | --- |",
  "| `OPEN_INTEREST_BINANCE_POLICY` | | JSON, as `oi policy binance --format json` prints it | a whole policy, which the others change |",
  ...rows.map(([key, value, allowed, description]) => `| \`${key}\` | \`${value}\` | ${allowed} | ${description} |`)
].join("\n")

/** What a package states of its figures, as a table. */
const conventions = async (module) => {
  const { outputFiles } = await build({
    stdin: { contents: `export { conventions } from "./${module}"`, resolveDir: path("packages") },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm"
  })
  const { conventions } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  )
  const alike = new Map()
  for (const { field, product, series, sides, timestamp, unit } of conventions) {
    const facts = { unit, sides, "time stamp": timestamp }
    const key = JSON.stringify([series, field, facts])
    const products = [...(alike.get(key)?.products ?? []), product]
    alike.set(key, { products, title: `${series === "now" ? "" : `${series}, `}\`${field}\``, facts })
  }
  return [...alike.values()]
    .map(({ facts, products, title }) =>
      [
        `${products.join(", ")}: ${title}`,
        "",
        "| | | evidence |",
        "| --- | --- | --- |",
        ...Object.entries(facts).map(
          ([name, { evidence, value, verified }]) =>
            `| ${name} | \`${value}\`${verified ? "" : ", **unverified**"} | ${evidence} |`
        )
      ].join("\n")
    )
    .join("\n\n")
}

/** The module of each exchange that states its conventions; the page in docs/exchanges/ has the name of the exchange. */
const modules = {
  binance: "binance/src/BinanceCoinM.ts",
  bitget: "bitget/src/BitgetMix.ts",
  bybit: "bybit/src/BybitV5.ts"
}

const stated = Object.entries(modules).map(async ([exchange, module]) => [exchange, await conventions(module)])

const written = { words, settings, ...Object.fromEntries(await Promise.all(stated)) }

for (const name of ["docs/policies.md", ...Object.keys(modules).map((exchange) => `docs/exchanges/${exchange}.md`)]) {
  const file = path(name)
  const old = readFileSync(file, "utf8")
  const fresh = old.replaceAll(
    /(<!-- written by `[^`]*`: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin, part, end) => `${begin}\n${written[part]}\n\n${end}`
  )
  if (fresh === old) continue
  if (process.argv.includes("--check")) {
    process.stderr.write(`${name} is stale: npx -y pnpm@12.18.0 run docs\n`)
    process.exitCode = 1
  } else writeFileSync(file, fresh)
}
