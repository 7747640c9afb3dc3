// Bundles the programs of the workspace into one file each, so that they start fast and run without node_modules.
import { build } from "esbuild"
import { chmod } from "node:fs/promises"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const banner = [
  "#!/usr/bin/env node",
  // CommonJS packages inside the bundle ask for `require`.
  'import { createRequire as createRequireOfBundle } from "node:module"',
  "const require = createRequireOfBundle(import.meta.url)"
].join("\n")

const bundle = async (name) => {
  const outfile = `${root}packages/${name}/dist/bin.mjs`
  await build({
    entryPoints: [`${root}packages/${name}/src/bin.ts`],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node20",
    legalComments: "none",
    logLevel: "warning",
    banner: { js: banner }
  })
  await chmod(outfile, 0o755)
}

/** Also the set-up of the tests, which run the programs as a user does. */
export const setup = async () => {
  await Promise.all(["cli", "simulator"].map(bundle))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup()
