// Writes into docs/licences.md what others have made of that which we publish, and fails where a licence does not let us.
// With `--check` it only looks whether all that stands there already.
import { readFileSync, writeFileSync } from "node:fs"
import { bundle } from "./bundle.mjs"
import { libraries, root } from "./libraries.mjs"
import { everythingIn, installedWith } from "./licences.mjs"

/** Those that allow what MIT allows, and ask for no more than that their text goes along. */
const permissive = ["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0"]

const programs = ["cli", "simulator"]

/** Packages, each with those of ours that it goes with. */
const collect = (entries) => {
  const all = new Map()
  for (const [of, packages] of entries) {
    for (const { licence, name, version } of packages) {
      const key = `${name} ${version}`
      all.set(key, { name, version, licence, of: [...(all.get(key)?.of ?? []), of] })
    }
  }
  return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}

const isOurs = ({ name }) => name.startsWith("@open-interest/")
const installed = collect(
  libraries.map((name) => [name, installedWith(`${root}packages/${name}`).filter((each) => !isOurs(each))])
)
const bundled = collect(await Promise.all(programs.map(async (name) => [name, await bundle(name)])))
const tools = everythingIn(`${root}node_modules/.pnpm`)

for (const { licence, name, version } of [...installed, ...bundled, ...tools]) {
  if (permissive.includes(licence)) continue
  process.stderr.write(`${name} ${version}: its licence, ${licence}, is not one of ${permissive.join(", ")}\n`)
  process.exitCode = 1
}

const table = (packages, heading) =>
  [
    `| package | version | licence | ${heading} |`,
    "| --- | --- | --- | --- |",
    ...packages.map(({ licence, name, of, version }) => `| \`${name}\` | ${version} | ${licence} | ${of.join(", ")} |`)
  ].join("\n")

const written = {
  installed: table(installed, "comes with"),
  bundled: table(bundled, "is inside the bundle of")
}

const file = `${root}docs/licences.md`
const old = readFileSync(file, "utf8")
const fresh = old.replaceAll(
  /(<!-- written by `[^`]*`: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
  (_, begin, part, end) => `${begin}\n${written[part]}\n\n${end}`
)
if (fresh !== old) {
  if (process.argv.includes("--check")) {
    process.stderr.write("docs/licences.md is stale: npx -y pnpm@12.18.0 run docs\n")
    process.exitCode = 1
  } else writeFileSync(file, fresh)
}
