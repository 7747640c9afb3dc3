// Bundles soak.ts, so that TypeScript needs no step of its own, and runs it where garbage can be collected on request.
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

await build({
  entryPoints: [here("soak.ts")],
  outfile: here("dist/soak.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  // What undici asks for of Node.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: "warning"
})

const child = spawn(process.execPath, ["--expose-gc", here("dist/soak.mjs"), ...process.argv.slice(2)], {
  stdio: "inherit"
})
child.once("exit", (code) => (process.exitCode = code ?? 1))
