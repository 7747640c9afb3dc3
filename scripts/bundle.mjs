// Bundles the programs of the workspace into one file each, so that they start fast and run without node_modules.
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { bundledIn, notices } from "./licences.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))

const shebang = "#!/usr/bin/env node\n"

/** What string-width makes as it is loaded takes long beside the rest of a start, and few runs meet text that needs it. */
const madeOnFirstUse = [
  ["", "const made = {};\n"],
  [
    "const segmenter = new Intl.Segmenter();",
    "const segmenter = { segment: (text) => (made.segmenter ??= new Intl.Segmenter()).segment(text) };"
  ],
  [
    "const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;",
    "const rgiEmojiRegex = { test: (text) => (made.rgiEmoji ??= /^\\p{RGI_Emoji}$/v).test(text) };"
  ]
]

/** Effect finds out whether V8 keeps a certain frame, which it does, and for that V8 counts the lines of the whole bundle. */
const knownOfV8 = [
  ['standard.effect_internal_function(() => new Error().stack)?.includes("effect_internal_function") === true', "true"]
]

/** Loads a file of a package with other words in it. */
const changing = (name, filter, changes) => ({
  name,
  setup({ onLoad }) {
    onLoad({ filter }, async ({ path }) => {
      let contents = await readFile(path, "utf8")
      for (const [before, after] of changes) {
        if (!contents.includes(before)) throw new Error(`${path} has no such line any more: ${before}`)
        contents = contents.replace(before, () => after)
      }
      return { contents }
    })
  }
})

const built = async (entryPoint, format, banner = "") => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`${root}packages/${entryPoint}`],
    outfile: "bundle.js",
    bundle: true,
    minify: true,
    platform: "node",
    format,
    target: "node20",
    write: false,
    metafile: true,
    // All licences stand at the end, also of what has no comment about its own.
    legalComments: "none",
    logLevel: "warning",
    plugins: [
      changing("string-width", /[\\/]string-width[\\/]index\.js$/, madeOnFirstUse),
      changing("effect", /[\\/]effect[\\/]dist[\\/]esm[\\/]Utils\.js$/, knownOfV8)
    ],
    banner: { js: banner }
  })
  return { text: outputFiles.map(({ text }) => text).join(""), others: bundledIn(metafile, root) }
}

/** The program as a comment, which packages/cli/src/bin.ts finds and compiles: no byte over 127, no end of a comment. */
const embedded = (program) => {
  if (program.includes("*!")) throw new Error("the program has *! in it, which stands for the end of a comment")
  const code = `(function (require) {"use strict"\n${program}})`
    .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll("*/", "*!")
  return `/* program ${createHash("sha256").update(code).digest("hex").slice(0, 16)}\n${code}\n*/\n`
}

const bundles = {
  cli: async () => {
    const [start, program] = await Promise.all(["bin", "program"].map((name) => built(`cli/src/${name}.ts`, "cjs")))
    return { file: "bin.cjs", text: start.text + embedded(program.text), others: program.others }
  },
  simulator: async () => {
    // CommonJS packages inside the bundle ask for `require`.
    const require =
      'import { createRequire as createRequireOfBundle } from "node:module"\nconst require = createRequireOfBundle(import.meta.url)'
    return { file: "bin.mjs", ...(await built("simulator/src/bin.ts", "esm", require)) }
  }
}

/** Writes the bundle of a program, and gives the packages of others that are inside. */
export const bundle = async (name) => {
  const { file, others, text } = await bundles[name]()
  const outfile = `${root}packages/${name}/dist/${file}`
  await mkdir(dirname(outfile), { recursive: true })
  await writeFile(outfile, shebang + text + notices(others))
  await chmod(outfile, 0o755)
  return others
}

/** Also the set-up of the tests, which run the programs as a user does. */
export const setup = async () => {
  await Promise.all(Object.keys(bundles).map(bundle))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup()
