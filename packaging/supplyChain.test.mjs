// What keeps strangers' code out of an install: exact versions, their hashes, no address to fetch from, no script to run.
import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { describe, it } from "node:test"
import { manifestOf, root } from "./support.mjs"

const read = (path) => readFileSync(`${root}${path}`, "utf8")
const foldersIn = (path) =>
  readdirSync(`${root}${path}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
    .map((entry) => `${path}${entry.name}/`)

const folders = ["", ...foldersIn("")].flatMap((folder) => [folder, ...(folder === "" ? [] : foldersIn(folder))])
const withFile = (name) => folders.filter((folder) => existsSync(`${root}${folder}${name}`))
const workspaces = withFile("pnpm-workspace.yaml")
const manifests = withFile("package.json").filter((folder) => !folder.includes("dist/"))

describe("a lock file", () => {
  for (const folder of workspaces) {
    it(`of ${folder === "" ? "the root" : folder} names no address, and every package by its hash`, () => {
      const text = read(`${folder}pnpm-lock.yaml`)
      assert.doesNotMatch(text, /^(?! {4}deprecated:).*:\/\//m)
      const [, packages] = /^packages:\n([\s\S]*?)^snapshots:$/m.exec(text)
      const entries = packages.split(/\n\n+/).filter((entry) => entry.trim() !== "")
      assert.ok(entries.length > 10)
      for (const entry of entries) assert.match(entry, /^ {4}resolution: \{integrity: sha512-[\w+/]{86}==\}$/m)
    })
  }

  it("is there for everything that is installed, and what has to pass before a change lands keeps to it", () => {
    assert.deepEqual(withFile("pnpm-lock.yaml"), workspaces)
    const installs = read(".ci/run").match(/"\$\{pnpm\[@\]\}" install.*$/gm)
    assert.ok(installs.length >= 2)
    for (const line of installs) assert.match(line, /install --frozen-lockfile/)
  })
})

describe("of what is installed", () => {
  for (const folder of workspaces) {
    it(`no package runs a script in ${folder === "" ? "the root" : folder}`, () => {
      const text = read(`${folder}pnpm-workspace.yaml`)
      const [, allowed = ""] = /^allowBuilds:\n((?: {2}.*\n)*)/m.exec(text) ?? []
      for (const line of allowed.trimEnd().split("\n")) assert.match(line, /^$|: false$/)
      assert.doesNotMatch(text, /onlyBuiltDependencies|dangerouslyAllowAllBuilds/)
    })
  }

  it("every version is exact, apart from those that a user brings", () => {
    for (const folder of manifests) {
      const { dependencies, devDependencies, optionalDependencies } = manifestOf(`${root}${folder}`)
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
        assert.match(
          version,
          /^(?:catalog:|workspace:\^|link:\.\.\/node_modules\/\w+|(?:npm:[\w-]+@)?\d+\.\d+\.\d+)$/,
          `${folder} ${name}`
        )
      }
    }
    const [, catalog] = /^catalog:\n((?: {2}.*\n)*)/m.exec(read("pnpm-workspace.yaml"))
    for (const line of catalog.trimEnd().split("\n")) assert.match(line, /^ {2}[^ ]+: \d+\.\d+\.\d+$/)
  })

  it("nothing of ours runs a script either", () => {
    const lifecycle = /^(?:pre|post)?(?:install|pack|publish)$|^(?:pre|post)?prepare$|^prepublishOnly$/
    for (const folder of manifests) {
      const names = Object.keys(manifestOf(`${root}${folder}`).scripts ?? {})
      assert.deepEqual(
        names.filter((name) => lifecycle.test(name)),
        [],
        folder
      )
    }
  })
})

for (const page of ["docs/threat-model.md", "docs/promises.md"]) {
  describe(page, () => {
    const rows = read(page)
      .split("| promise | test |\n| --- | --- |\n")
      .slice(1)
      .flatMap((text) => text.slice(0, text.indexOf("\n\n")).split("\n"))

    it("names a test for each promise, and each of them is there", () => {
      assert.ok(rows.length > 0)
      for (const row of rows) {
        const [, , proof] = row.split("|")
        const files = [...proof.matchAll(/`([^`]+)`: ((?:"[^"]+"(?:, )?)+)/g)]
        assert.ok(files.length > 0, row)
        for (const [, file, names] of files) {
          const text = read(file)
          for (const [, name] of names.matchAll(/"([^"]+)"/g)) assert.ok(text.includes(name), `${file}: ${name}`)
        }
      }
    })
  })
}
