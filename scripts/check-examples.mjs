// Type-checks every program that stands in a docstring, in the README or in docs/, so that none of them goes stale.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
// Below examples/, because from there the packages are found by their names.
const folder = join(root, "examples", ".extracted")

const sources = readdirSync(join(root, "packages"))
  .flatMap((name) => readdirSync(join(root, "packages", name, "src")).map((file) => `packages/${name}/src/${file}`))
  .filter((file) => file.endsWith(".ts"))

const inDocstrings = sources.flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/^ \* @example\n((?: \*.*\n)+?) \* @since/gm)].map(([, text]) => [
    file,
    text.replaceAll(/^ \* ?/gm, "")
  ])
)

const documents = ["README.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`)].filter((file) =>
  file.endsWith(".md")
)

const inDocuments = documents.flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, text]) => [file, text])
)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const programs = [...inDocstrings, ...inDocuments]
for (const [index, [file, text]] of programs.entries()) {
  writeFileSync(join(folder, `${file.replaceAll(/\W/g, "_")}_${index}.ts`), `${text}\nexport {}\n`)
}
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: {
      noEmit: true,
      composite: false,
      declaration: false,
      declarationMap: false,
      noUnusedLocals: false
    },
    include: ["*.ts"]
  })
)
const { status } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
  stdio: "inherit"
})
if (status === 0) {
  rmSync(folder, { recursive: true })
  process.stdout.write(`${programs.length} programs of docstrings and documents type-check\n`)
}
process.exitCode = status ?? 1
