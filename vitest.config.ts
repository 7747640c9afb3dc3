import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    globalSetup: ["scripts/bundle.mjs"],
    setupFiles: ["vitest.setup.ts"],
    include: ["packages/*/test/**/*.test.ts", "examples/**/*.test.ts", "simulations/**/*.test.ts"],
    // Importing Effect takes a second per file; sharing the module graph halves the run.
    pool: "threads",
    isolate: false,
    testTimeout: 20_000
  }
})
