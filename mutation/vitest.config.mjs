// Without the bundles, which no test of core runs. Read from a copy of the repository: a path in it counts from there.
export default {
  test: {
    setupFiles: ["vitest.setup.ts"],
    include: [`packages/core/test/**/${process.env["TESTS"] ?? "*"}.test.ts`],
    testTimeout: 20_000
  }
}
