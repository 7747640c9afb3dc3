// Writes into sizes.md how large each package is: packed, unpacked, installed with all that it needs, and in a browser.
import { lstatSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { at, filesOf, installAlone, manifestOf, pack, packages, run, sum, temporaryFolder } from "./support.mjs"

const folder = temporaryFolder()
const packed = await pack(folder)

const kilobytes = (bytes) => `${Math.round(bytes / 1000)} KB`
const megabytes = (bytes) => `${(bytes / 1_000_000).toFixed(1)} MB`

const installs = {
  core: ["core"],
  binance: ["binance", "core"],
  bitget: ["bitget", "core"],
  bybit: ["bybit", "core"],
  simulator: ["simulator"],
  cli: ["cli"]
}

const rowOf = async (name) => {
  const application = join(folder, `with-${name}`)
  const installed = await installAlone(application, ...installs[name].map((each) => packed[each]))
  const files = filesOf(join(application, "node_modules/@open-interest", name))
  const cells = [
    `\`@open-interest/${name}\``,
    kilobytes(lstatSync(packed[name]).size),
    kilobytes(sum(files)),
    files.length,
    installed.packages,
    megabytes(installed.bytes)
  ]
  return `| ${cells.join(" | ")} |`
}
const rows = await Promise.all(packages.map(rowOf))

const bundles = {
  "a reading of Binance": ['export * as Source from "@open-interest/binance/BinanceCoinM"'],
  "a reading of Bitget": ['export * as Source from "@open-interest/bitget/BitgetMix"'],
  "a reading of Bybit": ['export * as Source from "@open-interest/bybit/BybitV5"'],
  "all, side by side": [
    'export { layer as binance } from "@open-interest/binance/BinanceCoinM"',
    'export { layer as bitget } from "@open-interest/bitget/BitgetMix"',
    'export { layer as bybit } from "@open-interest/bybit/BybitV5"',
    'export { layer } from "@open-interest/core/OpenInterestSources"'
  ]
}
const browser = join(folder, "browser")
await installAlone(
  browser,
  ...["core", "binance", "bitget", "bybit"].map((name) => packed[name]),
  at("effect"),
  at("@effect/platform")
)
const bundleRowOf = async ([what, lines]) => {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: [
        ...lines,
        'export { layer as http } from "@effect/platform/FetchHttpClient"',
        'export { runPromise } from "effect/Effect"'
      ].join("\n"),
      resolveDir: browser
    },
    absWorkingDir: browser,
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    outfile: "out.js",
    write: false,
    metafile: true
  })
  const [{ inputs }] = Object.values(metafile.outputs)
  const ours = Object.entries(inputs)
    .filter(([file]) => file.includes("@open-interest/"))
    .reduce((total, [, { bytesInOutput }]) => total + bytesInOutput, 0)
  const [{ contents }] = outputFiles
  const cells = [what, ...[contents.length, gzipSync(contents, { level: 9 }).length, ours].map(kilobytes)]
  return `| ${cells.join(" | ")} |`
}
const bundleRows = await Promise.all(Object.entries(bundles).map(bundleRowOf))

const npm = (await run("npm", ["--version"])).trim()
const esbuild = manifestOf(`${import.meta.dirname}/node_modules/esbuild`).version
writeFileSync(
  `${import.meta.dirname}/sizes.md`,
  `# Sizes

Written by \`cd packaging && npx -y pnpm@12.18.0 sizes\`, with npm ${npm}, esbuild ${esbuild}, ${at("effect")} and
${at("@effect/platform")} on ${process.platform}-${process.arch}. 1 KB is 1000 bytes.

| package | packed | unpacked | files | installs, itself included | on disk |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

The last two columns are what \`npm install\` of this package alone brings, peers included: sizes of the files, not of the blocks
that they take. The libraries ship their source beside \`dist\`, so that a debugger and an editor find it.

In a browser, over \`fetch\`, bundled and minified; the rest of each bundle is of Effect, and shared with whatever else in an application uses it:

| application | minified | compressed (gzip) | minified, ours of it |
| --- | --- | --- | --- |
${bundleRows.join("\n")}
`
)
rmSync(folder, { recursive: true, force: true })
