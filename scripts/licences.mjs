// Which packages a program or a library is made of, and under which licences.
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

/** The text that has to go with every copy. */
const termsOf = (folder) => {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(name))
  if (files.length === 0) throw new Error(`${folder} has no text of its licence`)
  return files.map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim()).join("\n\n")
}

const inOrder = (packages) => packages.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))

const describe = (folder) => {
  const { license, name, version } = manifestOf(folder)
  return { folder, name, version, licence: license ?? "none stated" }
}

/** The packages of which esbuild has put something into its output. */
export const bundledIn = ({ outputs }, root) => {
  const inputs = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))
  const folders = inputs.flatMap(([file, { bytesInOutput }]) => {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []
    return folder === undefined || bytesInOutput === 0 ? [] : [join(root, folder)]
  })
  return inOrder([...new Set(folders)].map(describe))
}

/** A comment with the licence of everything in a bundle: packages with the same words share them. */
export const notices = (packages) => {
  const alike = new Map()
  for (const each of packages) {
    const terms = termsOf(each.folder)
    alike.set(terms, [...(alike.get(terms) ?? []), each])
  }
  const sections = [...alike].map(
    ([terms, sharing]) => `${sharing.map(({ name, version }) => `${name} ${version}`).join(", ")}\n\n${terms}`
  )
  return `/*\nThis file contains code of others, under these licences.\n\n${sections.join("\n\n---\n\n").replaceAll("*/", "* /")}\n*/\n`
}

const find = (name, from) => {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name)
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate)
  }
  return undefined
}

/**
 * What is installed with a package, itself left out: its dependencies and peers, and theirs. Programs for one kind of
 * machine are left out as well, because each machine has others.
 */
export const installedWith = (folder) => {
  const found = new Map()
  const visit = (from) => {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifestOf(from)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const at = find(name, from)
      const isOptional = optionalDependencies?.[name] !== undefined || peerDependenciesMeta?.[name]?.optional === true
      if (at === undefined && !isOptional) throw new Error(`${name}, which ${from} needs, is not installed`)
      if (at === undefined || found.has(at) || manifestOf(at).os !== undefined) continue
      found.set(at, describe(at))
      visit(at)
    }
  }
  visit(folder)
  return inOrder([...found.values()])
}

/** Every package in a folder of pnpm's, whatever it is for. */
export const everythingIn = (store) =>
  inOrder(
    readdirSync(store)
      .flatMap((entry) => {
        const modules = join(store, entry, "node_modules")
        return existsSync(modules)
          ? readdirSync(modules).flatMap((name) =>
              name.startsWith("@")
                ? readdirSync(join(modules, name)).map((each) => join(modules, name, each))
                : join(modules, name)
            )
          : []
      })
      .filter((folder) => !lstatSync(folder).isSymbolicLink() && existsSync(join(folder, "package.json")))
      .map(describe)
  )
