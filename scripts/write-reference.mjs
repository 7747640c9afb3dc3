// Writes docs/api/, the reference: what each library offers, with its docstrings. Signatures are those of the emitted
// declarations, apart from what a class extends: there the source says in a line what declarations say in fifty.
// With `--check` it only looks whether all that stands there already. It fails where an export has no docstring with
// `@since` and `@category`. The examples are checked by check-examples.mjs.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { libraries, packageOf, root, writeDeclarations } from "./libraries.mjs"

writeDeclarations()

/** The text of a docstring, its example and its tags. */
const docstring = (comment) => {
  const text = comment
    .replace(/^\/\*\*\s?|\s*\*\/$/g, "")
    .replaceAll(/^ \* ?/gm, "")
    .trim()
  const [words, ...tags] = text.split(/^@(?=\w)/m)
  const tag = (name) =>
    tags.find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}\n`))?.slice(name.length)
  return {
    text: words.trim(),
    example: tag("example")?.trim(),
    since: tag("since")?.trim(),
    category: tag("category")?.trim()
  }
}

/** What a class extends, as the source has it: up to the brace that opens the body. */
const heritage = (source, name) => {
  const begin = source.indexOf(`\nexport class ${name} extends `) + `\nexport class ${name} extends `.length
  let depth = 0
  for (let at = begin; at < source.length; at++) {
    if (source[at] === "{" && depth === 0 && /[)>] $/.test(source.slice(at - 2, at))) return source.slice(begin, at - 1)
    if ("({[".includes(source[at])) depth++
    if (")}]".includes(source[at])) depth--
  }
  throw new Error(`the class ${name} has no body`)
}

const signatureOf = (declaration, source) =>
  declaration
    .replaceAll("    ", "  ")
    .replace(
      /(class (\w+) extends )\2_base(?:<\w+>|<\{[\s\S]*?^\}>)?(?= \{$)/m,
      (_, head, name) => head + heritage(source, name)
    )
    .replaceAll(/import\("[^"]*?(\w+)(?:\.ts)?"\)\./g, "$1.")
    .replace(/\{\n\}$/, "{}")
    .replace(/^export declare /, "export ")

const undocumented = []

/** The exports of a module, in the order of the source, each with its docstring. */
const exportsOf = (name, module, source) =>
  readFileSync(`${root}.tsbuild/${name}/src/${module}.d.ts`, "utf8")
    .split(/^(?=\/\*\*|export |declare |import )/m)
    .flatMap((part, index, parts) => {
      const [, exported] = /^export (?:declare )?(?:const|class|function|interface|type) (\w+)/.exec(part) ?? []
      if (exported === undefined) return []
      const before = parts[index - 1]
      const { category, example, since, text } = docstring(before.startsWith("/**") ? before.trim() : "")
      if (text === "" || since === undefined || category === undefined) {
        undocumented.push(`packages/${name}/src/${module}.ts: ${exported}`)
      }
      return [{ name: exported, text, example, since, category, signature: signatureOf(part.trim(), source) }]
    })

const modulesOf = (name) => {
  const { exports } = packageOf(name)
  return readdirSync(`${root}packages/${name}/src`)
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .map((file) => file.slice(0, -3))
    .filter((module) => exports[`./${module}`] !== null)
    .map((module) => {
      const source = readFileSync(`${root}packages/${name}/src/${module}.ts`, "utf8")
      return {
        name,
        module,
        text: docstring(/^\/\*\*[\s\S]*?\*\//.exec(source)[0]).text,
        exports: exportsOf(name, module, source)
      }
    })
}

/** Where each entry of a page stands: of headings that differ in case alone, or not at all, the later ones get a number. */
const anchorsOf = (headings) => {
  const seen = new Map()
  return new Map(
    headings.map((heading) => {
      const key = heading.toLowerCase().replaceAll(" ", "-")
      const before = seen.get(key) ?? 0
      seen.set(key, before + 1)
      return [heading, before === 0 ? key : `${key}-${before}`]
    })
  )
}

/** `{@link make}` as a link where the page has it, and as code elsewhere. */
const linked = (text, anchors) =>
  text.replaceAll(/\{@link ([\w.]+)\}/g, (_, name) =>
    anchors.has(name) ? `[\`${name}\`](#${anchors.get(name)})` : `\`${name}\``
  )

const bare = (text) => text.replace(/\.$/, "")

/** A value and a type of one name are one entry: the value, and what is said of the type besides. */
const entriesOf = (exports) =>
  [...new Set(exports.map(({ name }) => name))].map((name) => {
    const same = exports.filter((each) => each.name === name)
    const [first] = same
    return {
      ...first,
      text: same
        .map(({ text }) => text)
        .filter((text, index) => index === 0 || !first.text.includes(bare(text)))
        .join("\n\n"),
      signature: same.map(({ signature }) => signature).join("\n\n")
    }
  })

const page = ({ exports, module, name, text }) => {
  const entries = entriesOf(exports)
  const categories = [...new Set(entries.map(({ category }) => category))].map((category) => ({
    category,
    entries: entries.filter((each) => each.category === category)
  }))
  const anchors = anchorsOf([
    module,
    ...categories.flatMap((each) => [each.category, ...each.entries.map(({ name }) => name)])
  ])
  return `${[
    `# ${module}`,
    `\`import * as ${module} from "@open-interest/${name}/${module}"\` · [source](../../../packages/${name}/src/${module}.ts) · [all modules](../README.md)`,
    linked(text, anchors),
    ...categories.flatMap(({ category, entries }) => [
      `## ${category}`,
      ...entries.flatMap((each) => [
        `### ${each.name}`,
        linked(each.text, anchors),
        `\`\`\`ts\n${each.signature}\n\`\`\``,
        ...(each.example === undefined ? [] : [`Example:\n\n\`\`\`ts\n${each.example}\n\`\`\``]),
        `Since ${each.since}`
      ])
    ])
  ].join("\n\n")}\n`
}

const modules = libraries.flatMap(modulesOf)
for (const name of undocumented) process.stderr.write(`${name} has no docstring with @since and @category\n`)
if (undocumented.length > 0) process.exit(1)

const firstParagraph = (text) => text.split("\n\n")[0].replaceAll("\n", " ")

const index = `${[
  "# API reference",
  "Written by `npx -y pnpm@12.18.0 run docs` from the docstrings; their examples are type-checked by `run check`. What is closed (`internal/`) is not in it.",
  ...libraries.flatMap((library) => [
    `## @open-interest/${library}`,
    [
      "| module | |",
      "| --- | --- |",
      ...modules
        .filter(({ name }) => name === library)
        .map(
          ({ module, name, text }) =>
            `| [${module}](${name}/${module}.md) | ${linked(firstParagraph(text), new Map())} |`
        )
    ].join("\n")
  ])
].join("\n\n")}\n`

const pages = new Map([["README.md", index], ...modules.map((each) => [`${each.name}/${each.module}.md`, page(each)])])

const folder = `${root}docs/api/`
const present = existsSync(folder)
  ? readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".md"))
  : []
const stale = [
  ...present.filter((file) => !pages.has(file)),
  ...[...pages]
    .filter(([file, text]) => !present.includes(file) || readFileSync(folder + file, "utf8") !== text)
    .map(([file]) => file)
]
if (process.argv.includes("--check")) {
  for (const file of stale) process.stderr.write(`docs/api/${file} is stale: npx -y pnpm@12.18.0 run docs\n`)
  if (stale.length > 0) process.exitCode = 1
} else {
  for (const file of stale) {
    const text = pages.get(file)
    if (text === undefined) rmSync(folder + file)
    else {
      mkdirSync(dirname(folder + file), { recursive: true })
      writeFileSync(folder + file, text)
    }
  }
}
