// Mutates modules of packages/core/src, named as in `node mutate.mjs SharedLookup internal/retryAfter`, and prints
// which mutants the tests of core did not notice.
import { Stryker } from "@stryker-mutator/core"
import { existsSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** What is mutated when nothing is named: the policies and the pools. */
const modules = [
  "Backoff",
  "CircuitBreaker",
  "Policy",
  "Pools",
  "internal/admission",
  "internal/explain",
  "internal/memoryPools",
  "internal/callContext",
  "internal/retryAfter",
  "internal/rollingWindow",
  "internal/run",
  "internal/strategies/bulkhead",
  "internal/strategies/circuitBreaker",
  "internal/strategies/hedge",
  "internal/strategies/rateLimit",
  "internal/strategies/retry",
  "internal/strategies/timeout"
]

const named = process.argv.slice(2)
const files = (named.length === 0 ? modules : named).map((name) => `packages/core/src/${name}.ts`)
process.chdir(fileURLToPath(new URL("..", import.meta.url)))
for (const file of files) if (!existsSync(file)) throw new Error(`there is no ${file}`)

await new Stryker({
  mutate: files,
  testRunner: "vitest",
  plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
  vitest: { configFile: "mutation/vitest.config.mjs" },
  // A copy outside of the repository, so that nobody's linter, watcher or commit comes across mutants.
  tempDirName: mkdtempSync(join(tmpdir(), "open-interest-mutation-")),
  cleanTempDir: "always",
  // Both go through the API of TypeScript, which TypeScript 7 does not have; Vitest strips types without a check.
  disableTypeChecks: false,
  tsconfigFile: "none",
  // What runs while a module loads has been run, in the thread that all tests share, before such a mutant is there.
  ignoreStatic: true,
  ignorePatterns: ["**/dist", ".tsbuild", "interop", "docs"],
  reporters: ["progress-append-only", "clear-text"],
  clearTextReporter: { reportTests: false, logTests: false, allowColor: false },
  logLevel: "warn",
  warnings: { slow: false },
  allowConsoleColors: false
}).runMutationTest()
