import { subscribe, unsubscribe } from "node:diagnostics_channel"
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync
} from "node:fs"
import { homedir } from "node:os"
import { dirname, isAbsolute, join } from "node:path"
import type { Script } from "node:vm"
import { crc32 } from "node:zlib"

/** What goes wrong here costs the next start some time, and is nobody's trouble. */
const attempt = <A>(task: () => A): A | undefined => {
  try {
    return task()
  } catch {
    return undefined
  }
}

const extension = ".compiled"

/**
 * Where compiled code of this hash, from this file, is kept for this Node.js: V8 keeps the name of the file for stack
 * traces. A relative path of the cache does not count (XDG base directories).
 */
export const pathOf = (hash: string, file: string): string | undefined => {
  const { NODE_DISABLE_COMPILE_CACHE: disabled, XDG_CACHE_HOME: given = "" } = process.env
  const cache = isAbsolute(given) ? given : attempt(() => join(homedir(), ".cache"))
  // As Node.js reads its own switch.
  if (cache === undefined || !isAbsolute(cache) || (disabled ?? "") !== "") return undefined
  const { arch, platform, version } = process
  const place = crc32(file).toString(16)
  return join(cache, "open-interest", `${hash}-${place}-${version}-${platform}-${arch}${extension}`)
}

/** Who runs this; nobody on Windows, where the profile of a user is closed to others. */
const user = process.geteuid?.()

/** Whether nobody else can have written it: what is compiled is run as it is. */
const isTrusted = ({ mode, uid }: Stats): boolean => user === undefined || (uid === user && (mode & 0o022) === 0)

/** At its end: V8 does not look for damage, and may crash or hang over a single bit. */
const checksumLength = 4

/** What {@link keep} has kept, where it is whole and the user's own. */
export const read = (path: string | undefined): Buffer | undefined => {
  if (path === undefined) return undefined
  return attempt(() => {
    if (!isTrusted(statSync(dirname(path)))) return undefined
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = fstatSync(file)
      if (!found.isFile() || !isTrusted(found)) return undefined
      const bytes = readFileSync(file)
      const data = bytes.subarray(0, -checksumLength)
      return bytes.readUInt32LE(data.length) === crc32(data) ? data : undefined
    } finally {
      closeSync(file)
    }
  })
}

/** Whether the folder is there, or could be made, under one of the user's or the system's: `sudo` leaves no folder in another's home. */
const make = (folder: string): boolean => {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found !== undefined) return user === undefined || found.uid === user || found.uid === 0
  if (!make(dirname(folder))) return false
  mkdirSync(folder, { mode: 0o700 })
  return true
}

/** More than a user has copies and versions of this program, and versions of Node.js, in use. */
const keptAtMost = 4

const removeOld = (folder: string): void => {
  const old = readdirSync(folder)
    .filter((name) => name.includes(extension))
    .map((name) => join(folder, name))
    .map((path) => ({ path, writtenAt: statSync(path).mtimeMs }))
    .toSorted((one, other) => other.writtenAt - one.writtenAt)
    .slice(keptAtMost)
  for (const { path } of old) rmSync(path)
}

const write = (path: string, script: Script): void => {
  const folder = dirname(path)
  if (!make(folder) || !isTrusted(statSync(folder))) return
  const data = script.createCachedData()
  const checksum = Buffer.alloc(checksumLength)
  checksum.writeUInt32LE(crc32(data))
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, Buffer.concat([data, checksum]), { flag: "wx", mode: 0o600 })
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  removeOld(folder)
}

const answered = "http.client.response.finish"

/** Seconds after which V8 may have forgotten code that runs but once, at the start. */
const longest = 10

/**
 * Keeps what is compiled when the program ends, and all that it prints is out. A run that no exchange has answered keeps
 * nothing, since it has compiled little of what others need, nor does a long one.
 */
export const keep = (path: string | undefined, script: Script): void => {
  if (path === undefined) return
  const onAnswer = (): void => {
    unsubscribe(answered, onAnswer)
    process.once("exit", () => {
      if (process.uptime() < longest) attempt(() => write(path, script))
    })
  }
  subscribe(answered, onAnswer)
}
