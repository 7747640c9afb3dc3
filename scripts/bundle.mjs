// Bundles the programs of the workspace into one file each, so that they start fast and run without node_modules.
import { build } from "esbuild"
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { bundledIn, notices } from "./licences.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))

const banner = [
  "#!/usr/bin/env node",
  // CommonJS packages inside the bundle ask for `require`.
  'import { createRequire as createRequireOfBundle } from "node:module"',
  "const require = createRequireOfBundle(import.meta.url)"
].join("\n")

/** What string-width makes as it is loaded takes long beside the rest of a start, and few runs meet text that needs it. */
const madeOnFirstUse = [
  [
    "const segmenter = new Intl.Segmenter();",
    "const segmenter = { segment: (text) => (made.segmenter ??= new Intl.Segmenter()).segment(text) };"
  ],
  [
    "const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;",
    "const rgiEmojiRegex = { test: (text) => (made.rgiEmoji ??= /^\\p{RGI_Emoji}$/v).test(text) };"
  ]
]

const stringWidth = {
  name: "string-width",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, async ({ path }) => {
      let contents = `const made = {};\n${await readFile(path, "utf8")}`
      for (const [before, after] of madeOnFirstUse) {
        if (!contents.includes(before)) throw new Error(`${path} has no such line any more: ${before}`)
        contents = contents.replace(before, () => after)
      }
      return { contents }
    })
  }
}

/** Writes the bundle of a program, and gives the packages of others that are inside. */
export const bundle = async (name) => {
  const outfile = `${root}packages/${name}/dist/bin.mjs`
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`${root}packages/${name}/src/bin.ts`],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
    metafile: true,
    // All licences stand at the end, also of what has no comment about its own.
    legalComments: "none",
    logLevel: "warning",
    plugins: [stringWidth],
    banner: { js: banner }
  })
  const others = bundledIn(metafile, root)
  await mkdir(dirname(outfile), { recursive: true })
  await writeFile(outfile, outputFiles.map(({ text }) => text).join("") + notices(others))
  await chmod(outfile, 0o755)
  return others
}

/** Also the set-up of the tests, which run the programs as a user does. */
export const setup = async () => {
  await Promise.all(["cli", "simulator"].map(bundle))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup()
