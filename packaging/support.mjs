import { execFile } from "node:child_process"
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const root = fileURLToPath(new URL("..", import.meta.url))
export const libraries = ["core", "binance", "bitget", "bybit", "simulator"]
export const packages = [...libraries, "cli"]

export const manifestOf = (folder) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))

const execute = promisify(execFile)

/** What a program prints. Nothing of the settings of whoever runs this reaches it. */
export const run = async (program, args, { cwd = root, env = {} } = {}) => {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OPEN_INTEREST_|npm_|NODE_OPTIONS$)/i.test(name))
  )
  const { stdout } = await execute(program, args, {
    cwd,
    env: { ...inherited, ...env },
    maxBuffer: 64 * 1024 * 1024
  }).catch((error) => {
    // Some tools say on standard output what is wrong.
    error.message += error.stdout
    throw error
  })
  return stdout
}

/** A tool of this folder, by the path of its program. */
export const tool = (script, ...args) =>
  run(process.execPath, [`${import.meta.dirname}/node_modules/${script}`, ...args])

/** Packs all packages as they would be published, and gives the file of each. */
export const pack = async (folder) => {
  const { packageManager } = manifestOf(root)
  const stdout = await run("npx", [
    "-y",
    packageManager,
    "--recursive",
    ...packages.map((name) => `--filter=@open-interest/${name}`),
    "pack",
    "--json",
    "--pack-destination",
    folder
  ])
  const packed = Object.fromEntries(JSON.parse(stdout).map(({ filename, name }) => [name.split("/")[1], filename]))
  for (const name of packages) if (!existsSync(packed[name])) throw new Error(`${name} was not packed`)
  return packed
}

/** The exact versions that the repository is tried with. */
const catalog = new Map(
  [...readFileSync(`${root}pnpm-workspace.yaml`, "utf8").matchAll(/^ {2}"?([@\w/-]+)"?: (\d+\.\d+\.\d+)$/gm)].map(
    ([, name, version]) => [name, version]
  )
)

export const at = (name) => `${name}@${catalog.get(name)}`

/** As a user does it, but that no script of a package may run. */
const npmInstall = (folder, ...what) =>
  run("npm", ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", ...what], { cwd: folder })

export const filesOf = (path) =>
  readdirSync(path, { recursive: true })
    .map((name) => lstatSync(join(path, name)))
    .filter((entry) => entry.isFile())

/** Of files, in bytes. */
export const sum = (files) => files.reduce((total, { size }) => total + size, 0)

const emptyApplication = (folder) =>
  writeFileSync(join(folder, "package.json"), '{ "name": "application", "private": true, "type": "module" }')

/** Installs packages into a folder that is made for them, and tells how many came, how many files they have, and how large they are. */
export const installAlone = async (folder, ...what) => {
  mkdirSync(folder)
  emptyApplication(folder)
  await npmInstall(folder, ...what)
  const modules = join(folder, "node_modules")
  const lock = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8"))
  const files = filesOf(modules)
  return { packages: Object.keys(lock.packages).length, files: files.length, bytes: sum(files) }
}

export const temporaryFolder = () => realpathSync(mkdtempSync(join(tmpdir(), "open-interest-packages-")))

/** What may be imported from an installed library, apart from its index. */
export const modulesOf = (folder) => {
  const { exports } = manifestOf(folder)
  const modules = readdirSync(join(folder, "src")).map((file) => file.replace(/\.ts$/, ""))
  return modules.filter((module) => !["index", "internal"].includes(module) && exports[`./${module}`] !== null)
}

/** The application of `application/` somewhere else, with all packages installed that it needs. */
export const install = async () => {
  const folder = temporaryFolder()
  const application = join(folder, "application")
  const installed = (name) => join(application, "node_modules/@open-interest", name)
  const packed = await pack(folder)
  cpSync(join(import.meta.dirname, "application"), application, { recursive: true })
  emptyApplication(application)
  const theirs = ["effect", "@effect/platform", "@effect/platform-node", "@types/node"].map(at)
  await npmInstall(application, ...packages.map((name) => packed[name]), ...theirs)
  const modules = libraries.flatMap((name) =>
    modulesOf(installed(name)).map((module) => `@open-interest/${name}/${module}`)
  )
  const imports = modules.map((module, index) => `export * as module${index} from "${module}"\n`)
  writeFileSync(join(application, "everything.ts"), imports.join(""))
  return { application, installed, packed, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
