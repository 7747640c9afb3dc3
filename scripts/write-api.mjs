// Writes what each library offers, as declarations without comments, into its api.md, so that a change of it shows in a diff.
// With `--check` it only looks whether all that stands there already.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { libraries, packageOf, root, writeDeclarations } from "./libraries.mjs"

writeDeclarations()

/** Texts are looked at only so that nothing inside them is taken for a comment. */
const withoutComments = (code) =>
  code.replaceAll(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/.*$/gm, "$1")

const declarations = (code) =>
  withoutComments(code)
    .split("\n")
    .filter((line) => !/^\s*$|^import |^export \{\};$/.test(line))
    .join("\n")
    .replaceAll("    ", "  ")

const report = (name) => {
  const folder = `${root}packages/${name}`
  const { exports } = packageOf(name)
  const modules = readdirSync(`${folder}/src`)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .filter((module) => exports[`./${module}`] !== null)
  const sections = modules.map((module) => {
    const code = readFileSync(`${root}.tsbuild/${name}/src/${module}.d.ts`, "utf8")
    if (code.includes("/internal/")) throw new Error(`what ${name}/${module} offers rests on a closed module`)
    const path = module === "index" ? "" : `/${module}`
    return `## @open-interest/${name}${path}\n\n\`\`\`ts\n${declarations(code)}\n\`\`\``
  })
  return `${[`# What @open-interest/${name} offers`, "Written by `npx -y pnpm@12.18.0 run docs`: all that can be imported, without its docstrings.", ...sections].join("\n\n").trimEnd()}\n`
}

for (const name of libraries) {
  const file = `${root}packages/${name}/api.md`
  const fresh = report(name)
  if (existsSync(file) && readFileSync(file, "utf8") === fresh) continue
  if (process.argv.includes("--check")) {
    process.stderr.write(`packages/${name}/api.md is stale: npx -y pnpm@12.18.0 run docs\n`)
    process.exitCode = 1
  } else writeFileSync(file, fresh)
}
