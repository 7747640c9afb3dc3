/**
 * Our two programs as the root's build leaves them: the simulated exchanges, and the command `oi` pointed at them.
 */
import assert from "node:assert/strict"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const program = (file) => {
  const path = fileURLToPath(new URL(`../packages/${file}`, import.meta.url))
  assert.ok(existsSync(path), `${path} is missing: run the build of the repository first`)
  return path
}

/** Nothing here takes a tenth of it. */
const longest = 60_000

const started = new Set()

/** Whatever ends this process ends the one that it started, too. */
const owned = (child) => {
  started.add(child)
  return child
}
process.once("exit", () => started.forEach((child) => child.kill()))
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))

const baseUrl = /^OPEN_INTEREST_(BINANCE|BITGET|BYBIT)_BASE_URL=(\S+)$/

/** A time that stands still, so that whoever asks, and whenever, reads the same figures. */
export const still = ["--at", "2026-10-06T12:05:03.512Z"]

/** Starts the exchanges; without {@link still} their time goes on. */
export const startExchanges = async (time = []) => {
  // The clients ask as fast as they can: what is compared here is what they read, not how they pace themselves.
  const flags = [...time, "--seed", "7", "--bitget-per-second", "1000"]
  const child = owned(
    spawn(process.execPath, [program("simulator/dist/bin.mjs"), ...flags], {
      // It says there how often it was asked.
      stdio: ["ignore", "pipe", "ignore"],
      timeout: longest
    })
  )

  const urls = new Map()
  for await (const line of createInterface({ input: child.stdout })) {
    const [, exchange, url] = baseUrl.exec(line) ?? []
    if (exchange !== undefined) urls.set(exchange, url)
    if (urls.size === 3) break
  }
  assert.equal(urls.size, 3, "the simulator ended without naming its three addresses")

  return {
    binance: urls.get("BINANCE"),
    bitget: urls.get("BITGET"),
    bybit: urls.get("BYBIT"),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, "exit")
      child.kill()
      await ended
    }
  }
}

/** Bitget's product types of API v2, the three with play money included. */
const classic = ["USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES", "SUSDT-FUTURES", "SUSDC-FUTURES", "SCOIN-FUTURES"]

/** What `oi` is to read of Bitget: {@link classic}, and the contracts that only API v3 has. */
export const productTypes = { classic, uta: ["UTA-COIN-FUTURES"] }

/** The records that `oi` prints for these arguments; it may have no error to tell of. */
export const oi = async ({ exchanges, bitget = classic }, ...args) => {
  const running = promisify(execFile)(process.execPath, [program("cli/dist/bin.cjs"), ...args, "--quiet"], {
    env: {
      ...process.env,
      OPEN_INTEREST_BINANCE_BASE_URL: exchanges.binance,
      OPEN_INTEREST_BITGET_BASE_URL: exchanges.bitget,
      OPEN_INTEREST_BYBIT_BASE_URL: exchanges.bybit,
      OPEN_INTEREST_BITGET_PRODUCT_TYPES: bitget.join(","),
      // Nothing is left with who runs this.
      NODE_DISABLE_COMPILE_CACHE: "1"
    },
    timeout: longest
  })
  owned(running.child)
  const { stderr, stdout } = await running
  assert.equal(stderr, "")
  return stdout.trimEnd().split("\n").map(JSON.parse)
}
