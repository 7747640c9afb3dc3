import { assert, describe, it } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Script } from "node:vm"
import { crc32 } from "node:zlib"
import { binance, type Ended, environment, oi, temporaryFolder } from "./support.ts"

const bin = fileURLToPath(new URL("../dist/bin.cjs", import.meta.url))

/** A home without compiled code, and runs of the program there that read the same figure each. */
const home = Effect.gen(function* () {
  const url = yield* Playback.serve(Playback.make(binance))
  const folder = yield* temporaryFolder
  const cache = join(folder, "cache")
  const kept = join(cache, "open-interest")
  const run = (env: Record<string, string> = {}, ...args: ReadonlyArray<string>) =>
    oi(args.length === 0 ? ["get", "binance:BTCUSD_PERP", "--columns", "symbol,contracts"] : args, {
      env: { NODE_DISABLE_COMPILE_CACHE: "", XDG_CACHE_HOME: cache, OPEN_INTEREST_BINANCE_BASE_URL: url, ...env }
    })
  const files = () => (existsSync(kept) ? readdirSync(kept) : [])
  return { cache, files, folder, kept, run }
})

const figure: Ended = { code: 0, stdout: '{"symbol":"BTCUSD_PERP","contracts":"12668208"}\n', stderr: [] }

const bundle = readFileSync(bin, "latin1")
const [head = "", hash = ""] = /^\/\* program (\w+)\n/m.exec(bundle) ?? []
const codeLength = bundle.indexOf("*/", bundle.indexOf(head) + head.length) - bundle.indexOf(head) - head.length

const foreign: Ended = { code: 0, stdout: "not the program\n", stderr: [] }

/** Compiled code of something else, which V8 takes for the program's, as it only looks at the length of that. */
const compiled = (length = codeLength): Buffer => {
  const code = "(function () { process.stdout.write('not the program\\n') })"
  return withChecksum(new Script(code.padEnd(length)).createCachedData())
}

const withChecksum = (data: Buffer): Buffer => {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(data))
  return Buffer.concat([data, checksum])
}

const place = crc32(realpathSync(bin)).toString(16)
const name = `${hash}-${place}-${process.version}-${process.platform}-${process.arch}.compiled`

/** Puts the foreign code where the program's is looked for, as the user's own. */
const plant = (kept: string, data = compiled()): string => {
  mkdirSync(kept, { recursive: true, mode: 0o700 })
  writeFileSync(join(kept, name), data, { mode: 0o600 })
  return join(kept, name)
}

/** The size of everything in a folder. */
const contents = (folder: string): ReadonlyArray<readonly [string, number]> =>
  readdirSync(folder, { encoding: "utf8", recursive: true }).map((path) => [path, statSync(join(folder, path)).size])

const permissions = (path: string): number => statSync(path).mode & 0o777

describe("compiled code", () => {
  it.scopedLive(
    "is kept by the first run, for the user alone, and the next says the same without keeping it anew",
    () =>
      Effect.gen(function* () {
        const { cache, files, kept, run } = yield* home
        assert.deepStrictEqual(yield* run(), figure)
        assert.deepStrictEqual(files(), [name])
        const file = join(kept, name)
        assert.deepStrictEqual([cache, kept, file].map(permissions), [0o700, 0o700, 0o600])
        const { ino, mtimeMs } = statSync(file)
        assert.deepStrictEqual(yield* run(), figure)
        assert.deepStrictEqual([statSync(file).ino, statSync(file).mtimeMs], [ino, mtimeMs])
      })
  )

  it.scopedLive("is what runs, in place of the program", () =>
    Effect.gen(function* () {
      const { kept, run } = yield* home
      plant(kept)
      assert.deepStrictEqual(yield* run(), foreign)
    })
  )

  it.scopedLive("is not kept by a run that nothing has answered", () =>
    Effect.gen(function* () {
      const { cache, run } = yield* home
      assert.strictEqual((yield* run({}, "--help")).code, 0)
      assert.strictEqual((yield* run({}, "policy")).code, 0)
      const unreachable = {
        OPEN_INTEREST_BINANCE_BASE_URL: "http://127.0.0.1:9",
        OPEN_INTEREST_BINANCE_RETRY_TIMES: "0"
      }
      assert.strictEqual((yield* run(unreachable)).code, 1)
      assert.isFalse(existsSync(cache))
    })
  )

  it.scopedLive("is not kept by a long run, which has lost part of it", () =>
    Effect.gen(function* () {
      const { cache, folder, run } = yield* home
      const preload = join(folder, "long.cjs")
      writeFileSync(preload, "process.uptime = () => 11")
      assert.deepStrictEqual(yield* run({ NODE_OPTIONS: `--require ${preload}` }), figure)
      assert.isFalse(existsSync(cache))
    })
  )

  it.scopedLive("is neither read nor kept where Node.js is told to do without", () =>
    Effect.gen(function* () {
      const { files, kept, run } = yield* home
      const off = { NODE_DISABLE_COMPILE_CACHE: "1" }
      assert.deepStrictEqual(yield* run(off), figure)
      assert.deepStrictEqual(files(), [])
      plant(kept)
      assert.deepStrictEqual(yield* run(off), figure)
    })
  )

  it.scopedLive("is kept once by runs at the same time", () =>
    Effect.gen(function* () {
      const { files, run } = yield* home
      const all = yield* Effect.all(
        Array.from({ length: 4 }, () => run()),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(all, [figure, figure, figure, figure])
      yield* run()
      assert.deepStrictEqual(files(), [name])
    })
  )

  it.scopedLive("is kept by a run that is interrupted, which ends as ever", () =>
    Effect.gen(function* () {
      const { cache, files } = yield* home
      const ended = yield* oi(["watch", "--simulated", "binance", "--columns", "symbol"], {
        env: { NODE_DISABLE_COMPILE_CACHE: "", XDG_CACHE_HOME: cache },
        interruptAfterData: 0
      })
      assert.strictEqual(ended.code, 130)
      assert.deepStrictEqual(files(), [name])
    })
  )

  it.scopedLive("names the places of the bundle in a stack trace, kept or not", () =>
    Effect.gen(function* () {
      const { folder, run } = yield* home
      const preload = join(folder, "broken.cjs")
      writeFileSync(preload, 'require("node:http").request = () => { throw new TypeError("broken") }')
      const places = Effect.map(
        run({ NODE_OPTIONS: `--require ${preload}` }, "get", "binance:BTCUSD_PERP", "--log-level", "debug"),
        ({ stderr }) => [...stderr.join("\n").matchAll(/bin\.cjs:(\d+:\d+)/g)].map(([, place = ""]) => place)
      )
      const first = yield* places
      yield* run()
      assert.deepStrictEqual(yield* places, first)
      const [line = 0, column = 0] = first[0]?.split(":").map(Number) ?? []
      assert.match(bundle.split("\n")[line - 1]?.slice(column - 1) ?? "", /^request\(/)
    })
  )

  it.scopedLive("is kept for each copy of the program, which a stack trace names", () =>
    Effect.gen(function* () {
      const { cache, files, folder, run } = yield* home
      yield* run()
      const copy = join(realpathSync(folder), "copy.cjs")
      copyFileSync(bin, copy)
      const copied = (...args: ReadonlyArray<string>) =>
        spawnSync(process.execPath, [...args, "get", "binance:BTCUSD_PERP", "--simulated", "--log-level", "debug"], {
          encoding: "utf8",
          env: { ...environment, NODE_DISABLE_COMPILE_CACHE: "", XDG_CACHE_HOME: cache }
        })
      const preload = join(folder, "broken.cjs")
      writeFileSync(preload, 'require("node:http").request = () => { throw new TypeError("broken") }')
      const { stderr } = copied("--require", preload, copy)
      assert.include(stderr, `${copy}:`)
      assert.notInclude(stderr, "bin.cjs:")
      assert.strictEqual(copied(copy).status, 0)
      assert.lengthOf(files(), 2)
    })
  )
})

describe("compiled code is not run, nothing is said of it, and it is kept anew", () => {
  for (const [what, spoil] of [
    ["that is damaged", (path) => writeFileSync(path, compiled().fill(0xff, 300, 301))],
    ["that is cut off", (path) => truncateSync(path, 400)],
    ["that is empty", (path) => truncateSync(path, 0)],
    ["that others may write", (path) => chmodSync(path, 0o620)],
    ["of another program, by its length", (path) => writeFileSync(path, compiled(codeLength + 1))],
    [
      "behind a link",
      (path) => {
        renameSync(path, `${dirname(path)}/elsewhere`)
        symlinkSync(`${dirname(path)}/elsewhere`, path)
      }
    ],
    [
      "that is a pipe",
      (path) => {
        rmSync(path)
        spawnSync("mkfifo", ["-m", "600", path])
      }
    ]
  ] satisfies ReadonlyArray<readonly [string, (path: string) => void]>) {
    it.scopedLive(what, () =>
      Effect.gen(function* () {
        const { kept, run } = yield* home
        const path = plant(kept)
        spoil(path)
        assert.deepStrictEqual(yield* run(), figure)
        assert.isTrue(readFileSync(path).length > 1_000_000)
        assert.strictEqual(permissions(path), 0o600)
        assert.deepStrictEqual(yield* run(), figure)
      })
    )
  }

  it.scopedLive.runIf(process.geteuid?.() === 0)("that belongs to another user", () =>
    Effect.gen(function* () {
      const { kept, run } = yield* home
      const path = plant(kept)
      chownSync(path, 1, 1)
      assert.deepStrictEqual(yield* run(), figure)
      assert.strictEqual(statSync(path).uid, 0)
    })
  )

  it.scopedLive("of other versions, of which the newest are left", () =>
    Effect.gen(function* () {
      const { files, kept, run } = yield* home
      const path = plant(kept)
      const others = ["a", "b", "c", "d", "e.compiled.17"].map((each) => `${each}-${name}`)
      others.forEach((other, index) => {
        writeFileSync(join(kept, other), compiled())
        utimesSync(join(kept, other), index, index)
      })
      writeFileSync(join(kept, "something else"), "")
      rmSync(path)
      assert.deepStrictEqual(yield* run(), figure)
      assert.sameMembers(files(), [name, ...others.slice(2), "something else"])
    })
  )
})

describe("where compiled code can't be kept, the program works as ever, and says nothing:", () => {
  for (const [what, spoil] of [
    ["a folder in its place", ({ kept }) => mkdirSync(join(kept, name), { recursive: true, mode: 0o700 })],
    ["a file in place of the folder", ({ cache, kept }) => (mkdirSync(cache), writeFileSync(kept, ""))],
    [
      "a folder that others may write",
      ({ kept }) => {
        plant(kept)
        chmodSync(kept, 0o770)
      }
    ]
  ] satisfies ReadonlyArray<readonly [string, (at: { cache: string; kept: string }) => void]>) {
    it.scopedLive(what, () =>
      Effect.gen(function* () {
        const at = yield* home
        spoil(at)
        const before = contents(at.cache)
        assert.deepStrictEqual([yield* at.run(), yield* at.run()], [figure, figure])
        assert.deepStrictEqual(contents(at.cache), before)
      })
    )
  }

  it.scopedLive("a full disk, on which nothing of it is left", () =>
    Effect.gen(function* () {
      const { files, folder, kept, run } = yield* home
      const preload = join(folder, "full.cjs")
      const write = "write(path, data.subarray(0, 100), options); throw new Error('ENOSPC')"
      writeFileSync(
        preload,
        `const files = require("node:fs"), write = files.writeFileSync
        files.writeFileSync = (path, data, options) => { ${write} }`
      )
      assert.deepStrictEqual(yield* run({ NODE_OPTIONS: `--require ${preload}` }), figure)
      assert.isTrue(existsSync(kept))
      assert.deepStrictEqual(files(), [])
    })
  )

  it.scopedLive("no folder that could be made", () =>
    Effect.gen(function* () {
      const { run } = yield* home
      assert.deepStrictEqual(yield* run({ XDG_CACHE_HOME: "/dev/null/cache" }), figure)
    })
  )

  it.scopedLive("no home", () =>
    Effect.gen(function* () {
      const { cache, run } = yield* home
      assert.deepStrictEqual(yield* run({ HOME: "", XDG_CACHE_HOME: "" }), figure)
      assert.isFalse(existsSync(cache))
    })
  )

  it.scopedLive.runIf(process.geteuid?.() === 0)("the home of another user, in which root leaves nothing", () =>
    Effect.gen(function* () {
      const { cache, run } = yield* home
      mkdirSync(cache)
      chownSync(cache, 1, 1)
      assert.deepStrictEqual(yield* run(), figure)
      assert.deepStrictEqual(readdirSync(cache), [])
    })
  )
})

describe("the folder of compiled code", () => {
  it.scopedLive("is .cache in the user's home where XDG_CACHE_HOME has no absolute path", () =>
    Effect.gen(function* () {
      const { folder, run } = yield* home
      for (const given of ["", "relative"]) {
        const user = join(folder, `user ${given}`)
        mkdirSync(user)
        assert.deepStrictEqual(yield* run({ HOME: user, XDG_CACHE_HOME: given }), figure)
        assert.deepStrictEqual(readdirSync(join(user, ".cache/open-interest")), [name])
      }
    })
  )
})
