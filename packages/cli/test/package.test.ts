import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { environment, temporaryFolder } from "./support.ts"

const folder = fileURLToPath(new URL("..", import.meta.url))

/** What npm prints. It is part of Node.js, and asks no registry for any of this. */
const npm = (args: ReadonlyArray<string>, cwd: string): string =>
  execFileSync("npm", ["--offline", "--no-audit", "--no-fund", "--no-update-notifier", ...args], {
    cwd,
    encoding: "utf8",
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32"
  })

interface Packed {
  readonly filename: string
  /** Bytes that are downloaded. */
  readonly size: number
  readonly files: ReadonlyArray<{ readonly path: string }>
}

const pack = (destination: string): Packed =>
  JSON.parse(npm(["pack", "--json", "--pack-destination", destination], folder))[0]

describe("the package, as npm packs it", () => {
  it.scoped("is 500 KB at most: the bundle, what it is, and its licence", () =>
    Effect.gen(function* () {
      const packed = pack(yield* temporaryFolder)
      assert.isAtMost(packed.size, 500_000)
      const files = packed.files.map(({ path }) => path).filter((path) => path !== "CHANGELOG.md")
      assert.sameMembers(files, ["package.json", "README.md", "LICENSE", "dist/bin.cjs"])
      assert.strictEqual(
        readFileSync(join(folder, "LICENSE"), "utf8"),
        readFileSync(join(folder, "../../LICENSE"), "utf8")
      )
    })
  )

  it.scoped("installs without a registry, as the only package, and runs by both of its names", () =>
    Effect.gen(function* () {
      const user = yield* temporaryFolder
      const { filename } = pack(user)
      writeFileSync(join(user, "package.json"), "{}")
      npm(["install", `./${filename}`], user)

      const installed = join(user, "node_modules")
      assert.deepStrictEqual(
        readdirSync(installed).filter((name) => !name.startsWith(".")),
        ["@open-interest"]
      )
      assert.deepStrictEqual(readdirSync(join(installed, "@open-interest")), ["cli"])
      assert.isFalse(existsSync(join(installed, "@open-interest/cli/node_modules")))
      const manifest = JSON.parse(readFileSync(join(installed, "@open-interest/cli/package.json"), "utf8"))
      for (const kind of ["dependencies", "optionalDependencies", "peerDependencies", "bundleDependencies"]) {
        assert.notProperty(manifest, kind)
      }
      for (const name of ["oi", "open-interest"]) {
        assert.strictEqual(npm(["exec", "--", name, "--version"], user), `${manifest.version}\n`)
      }
    })
  )
})
