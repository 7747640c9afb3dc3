import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

export const packageOf = (name) => JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8"))

/** The packages whose modules can be imported. */
export const libraries = readdirSync(`${root}packages`).filter((name) => packageOf(name).exports?.["./*"] !== undefined)

/** Brings the declarations of all libraries up to date, in `.tsbuild/<name>/src`; ends the program where they have errors. */
export const writeDeclarations = () => {
  const projects = libraries.map((name) => `${root}packages/${name}/tsconfig.src.json`)
  const { status } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-b", ...projects], {
    stdio: "inherit"
  })
  if (status !== 0) process.exit(status ?? 1)
}
