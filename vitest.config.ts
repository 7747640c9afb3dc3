import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

// Many tests wait for a process or a server of theirs, so that two workers are not too many for two cores.
const maxThreads = Math.max(2, availableParallelism() - 1)

export default defineConfig({
  test: {
    globalSetup: ["scripts/bundle.mjs"],
    setupFiles: ["vitest.setup.ts"],
    include: [
      "packages/*/test/**/*.test.ts",
      "scripts/*.test.mjs",
      "examples/**/*.test.ts",
      "simulations/**/*.test.ts",
      "reliability/**/*.test.ts"
    ],
    // Importing Effect takes a second per file; sharing the module graph halves the run.
    pool: "threads",
    poolOptions: { threads: { minThreads: 1, maxThreads } },
    isolate: false,
    testTimeout: 20_000
  }
})
