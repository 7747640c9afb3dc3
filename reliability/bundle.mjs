// Bundles what a plain Node program needs of this folder: the exchanges in trouble, and our client as a process.
import { build } from "esbuild"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))

export const bundle = async () => {
  await build({
    entryPoints: ["exchangesProcess", "clientProcess"].map((name) => `${here}${name}.ts`),
    outdir: `${here}dist`,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"\nconst require = createRequireOfBundle(import.meta.url)'
    }
  })
  return { exchanges: `${here}dist/exchangesProcess.mjs`, client: `${here}dist/clientProcess.mjs` }
}
