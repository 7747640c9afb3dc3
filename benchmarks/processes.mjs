/**
 * Everything measured runs in a process of its own; this starts them.
 */
import { build } from "esbuild"
import { fork, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Neither settings of who runs this, nor a proxy, nor what makes Node itself slow to start, as certificates to read do. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(OPEN_INTEREST_|NODE_)|_proxy$/i.test(name))
)

/** Whatever ends this process ends those that it started, too. */
const started = new Set()
process.once("exit", () => started.forEach((child) => child.kill()))
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))

const owned = (child) => {
  started.add(child)
  return child
}

const stop = (child) => {
  started.delete(child)
  child.removeAllListeners("exit")
  child.kill()
}

/** Bundles programs.mjs, so that TypeScript needs no step of its own and everything meets the one copy of Effect. */
export const bundlePrograms = () =>
  build({
    entryPoints: [here("programs.mjs")],
    outdir: here("dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    external: ["@binance/derivatives-trading-coin-futures", "binance", "bitget-api", "ccxt"],
    nodePaths: [here("../packages/cli/node_modules")],
    // What undici asks for of Node.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: "warning"
  })

export const ask = async (child, message) => {
  child.send(message)
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${message.program} ended with ${code} before it answered`)
  })
  const [answer] = await Promise.race([once(child, "message"), ended])
  return answer
}

/** One of programs.mjs, which has answered, and may go on. */
export const startProgram = async (message, settings = {}) => {
  const child = owned(fork(here("dist/programs.mjs"), { env: { ...environment, ...settings } }))
  try {
    const answer = await ask(child, message)
    return { answer, child, stop: () => stop(child) }
  } catch (error) {
    stop(child)
    throw error
  }
}

export const run = async (message, settings) => {
  const { answer, stop } = await startProgram(message, settings)
  stop()
  return answer
}

/** A program that goes on, and the first matches of a pattern with two groups, name and value, in the lines that it prints. */
export const startServer = async (args, pattern, howMany) => {
  const child = owned(spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] }))
  const found = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = pattern.exec(line) ?? []
    if (name !== undefined) found[name] = value
    if (Object.keys(found).length === howMany) break
  }
  return { found, stop: () => stop(child) }
}

/** Milliseconds from the start of a Node to the first that it prints, and to its end; and what it printed. */
export const timed = async (args, { cwd, settings } = {}) => {
  const startedAt = performance.now()
  const env = { ...environment, ...settings }
  const child = owned(spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] }))
  let firstAt
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("utf8").on("data", (text) => {
    firstAt ??= performance.now()
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text))
  const exited = once(child, "exit").then(() => performance.now())
  const [code] = await once(child, "close")
  started.delete(child)
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`)
  const endedAt = await exited
  return { first: firstAt === undefined ? undefined : firstAt - startedAt, end: endedAt - startedAt, stdout }
}
