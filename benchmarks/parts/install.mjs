/** How large each client is as npm installs it, and how long it takes to import. */
import { build } from "esbuild"
import { join } from "node:path"
import { at, installAlone, manifestOf, pack } from "../../packaging/support.mjs"
import { here, timed } from "../processes.mjs"
import { spread, table, times } from "../statistics.mjs"

const { dependencies } = manifestOf(here("."))

const reading = [
  "@open-interest/binance/BinanceCoinM",
  "@open-interest/bitget/BitgetMix",
  "@open-interest/core/OpenInterestSource",
  "effect/Effect"
]
const overFetch = [...reading, "@effect/platform/FetchHttpClient"]
const overNode = [...reading, "@effect/platform-node/NodeHttpClient"]

const ours = ["core", "binance", "bitget"].map((name) => `@open-interest/${name}`)

/** What to install, and what a program with it imports. */
const clients = {
  fetch: {
    label: "ours, over `fetch`",
    packages: [...ours, "effect", "@effect/platform"],
    modules: overFetch
  },
  node: {
    label: "ours, over `node:http` or undici",
    packages: [...ours, "effect", "@effect/platform", "@effect/platform-node"],
    modules: overNode
  },
  cli: { label: "`oi`", packages: ["@open-interest/cli"] },
  ...Object.fromEntries(
    ["ccxt", "binance", "bitget-api", "@binance/derivatives-trading-coin-futures"].map((name) => [
      name,
      { label: `\`${name}\``, packages: [name], modules: [name] }
    ])
  )
}

const script = (modules) =>
  [
    ...modules.map((module) => `await import(${JSON.stringify(module)})`),
    "const { system, user } = process.cpuUsage()",
    "process.stdout.write(JSON.stringify({ cpu: (user + system) / 1000, memory: process.memoryUsage.rss() / 1e6 }))"
  ].join("\n")

const forms = { installed: "as installed", bundled: "from a bundle" }

/** What ccxt asks for with some exchanges, and does not bring. */
const missing = {
  name: "missing",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^protobufjs\// }, ({ path }) => ({ path, namespace: "missing" }))
    onLoad({ filter: /(?:)/, namespace: "missing" }, () => ({ contents: "module.exports = {}" }))
  }
}

/** The file with all that the modules need. */
const bundled = async (folder, modules) => {
  const outfile = join(folder, "bundle.mjs")
  await build({
    stdin: {
      contents: modules.map((module, index) => `export * as m${index} from "${module}"`).join("\n"),
      resolveDir: folder
    },
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node20",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [missing],
    logLevel: "error"
  })
  return outfile
}

export const install = async ({ folder, isQuick }) => {
  const packed = await pack(folder)
  const source = (name) => {
    if (name.startsWith("@open-interest/")) return packed[name.split("/")[1]]
    return name in dependencies ? `${name}@${dependencies[name]}` : at(name)
  }
  const installs = Object.fromEntries(
    await Promise.all(
      Object.entries(clients).map(async ([name, { packages }]) => {
        const cwd = join(folder, name.replaceAll("/", "-"))
        return [name, { cwd, ...(await installAlone(cwd, ...packages.map(source))) }]
      })
    )
  )

  const imported = Object.entries(clients).filter(([, { modules }]) => modules !== undefined)
  const imports = await Promise.all(
    imported.flatMap(([name, { label, modules }]) => {
      const { cwd } = installs[name]
      const shared = { label, cwd, isOurs: modules.length > 1 }
      return [
        { ...shared, form: "installed", modules, results: [] },
        bundled(cwd, modules).then((file) => ({ ...shared, form: "bundled", modules: [file], results: [] }))
      ]
    })
  )
  const nothing = { label: "nothing: Node alone", cwd: folder, form: "installed", modules: [], results: [] }
  const all = [nothing, ...imports]
  const once = async ({ cwd, modules }) => {
    const { end, stdout } = await timed(["--input-type=module", "-e", script(modules)], { cwd })
    return { wall: end, ...JSON.parse(stdout) }
  }
  // So that all of them find their files at hand.
  for (const each of all) {
    // oxlint-disable-next-line no-await-in-loop -- nothing is gained by all at once
    await once(each)
  }
  const jobs = all.map((each) => ({
    name: `import ${each.label}, ${each.form}`,
    rounds: isQuick ? 4 : 15,
    run: async () => {
      each.results.push(await once(each))
    }
  }))

  const report = () => {
    const of = ({ results }, what) => results.map((each) => each[what])
    const importTable = (form) => {
      const rows = all.filter((each) => each.form === form)
      const ours = rows.find(({ isOurs }) => isOurs)
      return table(
        [forms[form], "wall ms", "× ours", "CPU ms", "× ours", "memory MB"],
        rows.map((each) => [
          each.label,
          ...["wall", "cpu"].flatMap((what) => [spread(of(each, what)), times(of(each, what), of(ours, what))]),
          spread(of(each, "memory"))
        ])
      )
    }
    const sections = [
      [
        "## An import",
        "A process that imports what a program needs to read both exchanges with ours, or all of another client, and ends: the time of the " +
          "whole process, and its memory at the end. A bundle is one file, minified by esbuild. The ratios are to ours over `fetch`.",
        ...Object.keys(forms).map(importTable)
      ].join("\n\n"),
      [
        "## An installation",
        "What `npm install` brings into an empty folder, everything that it needs included: sizes of the files, not of the blocks that they take.",
        table(
          ["", "packages", "files", "MB"],
          Object.entries(clients).map(([name, { label }]) => {
            const { bytes, files, packages } = installs[name]
            return [label, packages, files, (bytes / 1e6).toFixed(1)]
          })
        )
      ].join("\n\n")
    ]
    const compared = [
      ...Object.entries(forms).flatMap(([form, how]) =>
        [
          ["wall", "ms"],
          ["CPU", "ms"],
          ["memory", "MB"]
        ].map(([what, unit]) => ({
          what: `import, ${how}, ${what}`,
          unit,
          entries: imports
            .filter((each) => each.form === form)
            .map((each) => ({ label: each.label, isOurs: each.isOurs, values: of(each, what.toLowerCase()) }))
        }))
      ),
      ...[
        ["size", "MB", ({ bytes }) => bytes / 1e6],
        ["packages", "", ({ packages }) => packages]
      ].map(([what, unit, valueOf]) => ({
        what: `installation, ${what}`,
        unit,
        entries: imported.map(([name, { label, modules }]) => ({
          label,
          isOurs: modules.length > 1,
          values: [valueOf(installs[name])]
        }))
      }))
    ]
    return { sections, compared }
  }

  return { jobs, report }
}
