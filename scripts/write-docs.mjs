// Writes into docs/policies.md what `oi policy` says. With `--check` it only looks whether that stands there already.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { setup } from "./bundle.mjs"

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const file = path("docs/policies.md")

await setup()
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("OPEN_INTEREST_")))
const oi = (...args) => execFileSync(process.execPath, [path("packages/cli/dist/bin.mjs"), ...args], { env }).toString()

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

const written = { words, settings }

const old = readFileSync(file, "utf8")
const fresh = old.replaceAll(
  /(<!-- written by `[^`]*`: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
  (_, begin, name, end) => `${begin}\n${written[name]}\n\n${end}`
)
if (fresh !== old && process.argv.includes("--check")) {
  process.stderr.write("docs/policies.md is stale: npx -y pnpm@12.18.0 run docs\n")
  process.exitCode = 1
} else writeFileSync(file, fresh)
