// The packages as a user gets them: packed, installed by npm into an application elsewhere, type-checked, run, bundled.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { createServer as createNetServer } from "node:net"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { after, before, describe, it } from "node:test"
import { runInNewContext } from "node:vm"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { install, libraries, manifestOf, modulesOf, packages, root, run, tool } from "./support.mjs"

let application, installed, packed, remove

before(async () => {
  ;({ application, installed, packed, remove } = await install())
})

after(() => remove())

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

describe("each package", () => {
  for (const name of packages) {
    it(`${name} has its readme, the licence, and says what it is`, () => {
      assert.equal(readFileSync(join(installed(name), "LICENSE"), "utf8"), readFileSync(`${root}LICENSE`, "utf8"))
      assert.match(readFileSync(join(installed(name), "README.md"), "utf8"), new RegExp(`^# @open-interest/${name}\n`))
      const { description, engines, homepage, license, repository, scripts } = manifestOf(installed(name))
      assert.ok(description.length > 0)
      assert.deepEqual(repository, { type: "git", url: `git+${homepage}.git`, directory: `packages/${name}` })
      assert.deepEqual([license, engines, scripts], ["MIT", { node: ">=20.19" }, undefined])
    })

    it(`${name} passes publint`, () => tool("publint/src/cli.js", "--strict", packed[name]))
  }

  for (const name of libraries) {
    it(`${name} has of every module the code, the types, the source, and maps that lead there, and nothing else`, () => {
      const files = filesOf(installed(name)).filter((file) => file !== "CHANGELOG.md")
      const modules = files.filter((file) => file.startsWith("src/")).map((file) => file.slice(4, -3))
      const expected = modules.flatMap((module) => [
        `src/${module}.ts`,
        ...[".js", ".js.map", ".d.ts", ".d.ts.map"].map((ending) => `dist/${module}${ending}`)
      ])
      const programs = name === "simulator" ? ["dist/bin.mjs"] : []
      const others = ["LICENSE", "README.md", "package.json"]
      assert.deepEqual(files.toSorted(), [...expected, ...programs, ...others].toSorted())
      for (const map of files.filter((file) => file.endsWith(".map"))) {
        const { sources } = JSON.parse(readFileSync(join(installed(name), map), "utf8"))
        assert.ok(sources.length > 0)
        for (const source of sources) assert.ok(existsSync(join(installed(name), dirname(map), source)), map)
      }
    })

    it(`${name} has types that others find, from every module that may be imported`, async () => {
      const modules = modulesOf(installed(name))
      assert.ok(modules.length > 0)
      await tool(
        "@arethetypeswrong/cli/dist/index.js",
        "--profile",
        "esm-only",
        "--entrypoints",
        ".",
        ...modules,
        "--",
        packed[name]
      )
    })
  }

  it("that is a program carries the licences of those whose code is inside, as its last comment", () => {
    for (const [name, file] of Object.entries({ cli: "dist/bin.cjs", simulator: "dist/bin.mjs" })) {
      const program = readFileSync(join(installed(name), file), "utf8")
      const notices = program.slice(program.lastIndexOf("/*"))
      for (const who of [
        "Effectful Technologies Inc",
        "Einar Otto Stangvik",
        "Tomas Della Vedova",
        "The Contributors"
      ]) {
        assert.ok(notices.includes(who), `${who} in ${name}`)
      }
      assert.equal(notices.includes("Sindre Sorhus"), name === "cli")
      assert.match(notices, /\neffect \d|, effect \d/)
      assert.ok(notices.endsWith("*/\n"))
    }
  })

  it("is installed without another of ours or of Effect beside it", async () => {
    const stdout = await run("npm", ["ls", "--all", "--parseable", "--long"], { cwd: application })
    const names = stdout
      .split("\n")
      .flatMap((line) => /:(@open-interest\/\w+|effect|@effect\/[\w-]+)@/.exec(line)?.[1] ?? [])
    assert.ok(names.length > packages.length)
    assert.equal(new Set(names).size, names.length)
  })

  it("needs Effect, brought by who uses it, and core one package more; the command needs none", () => {
    const needs = (name) => {
      const { dependencies, optionalDependencies, peerDependencies } = manifestOf(installed(name))
      return [dependencies, optionalDependencies, peerDependencies].flatMap((each) => Object.keys(each ?? {}))
    }
    const effect = ["@effect/platform", "effect"]
    assert.deepEqual(Object.fromEntries(packages.map((name) => [name, needs(name)])), {
      core: ["leven", ...effect],
      binance: ["@open-interest/core", ...effect],
      bitget: ["@open-interest/core", ...effect],
      bybit: ["@open-interest/core", ...effect],
      simulator: ["@effect/platform", "@effect/platform-node", "effect"],
      cli: []
    })
  })
})

describe("an application", () => {
  it("type-checks, libraries included, with every module imported", () =>
    tool("typescript/bin/tsc", "--project", application))

  it("has one error in types that are not ours where it imports all of @effect/platform-node", async () => {
    const program = join(application, "all-of-platform-node.ts")
    cpSync(`${root}examples/reading.ts`, program)
    const { stdout } = await tool("typescript/bin/tsc", "--project", application, "--noEmit").catch((error) => error)
    rmSync(program)
    assert.deepEqual(
      [...stdout.matchAll(/node_modules\/(\S+)\(.*error (TS\d+): .*?'(.*?)'/g)].map((match) => match.slice(1)),
      [["@effect/platform-node-shared/dist/dts/NodeSocketServer.d.ts", "TS7016", "ws"]]
    )
    assert.equal(stdout.match(/error TS/g).length, 1)
  })

  /** Releases of Node.js, the lowest of them the lowest that the packages promise. */
  const { optionalDependencies } = manifestOf(`${import.meta.dirname}/runtimes`)
  const runtimes = [20, 22, 24].map((major) => {
    const name = `node-${major}-${process.platform}-${process.arch}`
    const version = optionalDependencies[name]?.split("@").at(-1)
    return { major, version, program: `${import.meta.dirname}/runtimes/node_modules/${name}/bin/node` }
  })

  for (const { major, program, version } of runtimes) {
    describe(`on Node.js ${major}`, { skip: version === undefined && "not fetched for this kind of machine" }, () => {
      const start = (script, ...args) => run(program, [join(application, script), ...args], { cwd: application })

      it("is that version", async () => assert.equal(await run(program, ["--version"]), `v${version}\n`))

      it("reads from a mock layer in place of the exchange", async () => {
        assert.equal(await start("out/mocked.js"), "1266820800 USD\n")
      })

      it("reads from both simulated exchanges over HTTP", async () => {
        assert.deepEqual((await start("out/simulated.js")).trimEnd().split("\n"), [
          "1289235600 USD",
          "binance:BTCUSD_PERP 18100.9999202 BTC",
          "bitget:BTC/USDT:USDT 28475.764 BTC"
        ])
      })

      it("imports every module", () => start("out/everything.js"))

      it("has the command, which says its version and reads from the simulator, a program as well, past no proxy", async () => {
        const oi = "node_modules/@open-interest/cli/dist/bin.cjs"
        assert.equal(await start(oi, "--version"), `${manifestOf(installed("cli")).version}\n`)

        let proxied = 0
        const proxy = createNetServer((socket) => {
          proxied++
          socket.destroy()
        })
        await once(proxy.listen(0, "127.0.0.1"), "listening")
        const simulator = spawn(
          program,
          [join(installed("simulator"), "dist/bin.mjs"), "--seed", "7", "--at", "2026-10-11T12:00:00Z"],
          { stdio: ["ignore", "pipe", "ignore"] }
        )
        try {
          const address = `http://127.0.0.1:${proxy.address().port}`
          const env = {
            XDG_STATE_HOME: join(application, "state"),
            XDG_CACHE_HOME: join(application, "cache"),
            NODE_USE_ENV_PROXY: "1",
            ...Object.fromEntries(
              ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
                [name, address],
                [name.toLowerCase(), address]
              ])
            )
          }
          for await (const line of createInterface(simulator.stdout)) {
            const [name, value] = line.split("=")
            env[name] = value
            if (name === "OPEN_INTEREST_BITGET_BASE_URL") break
          }
          const args = ["get", "binance:BTCUSD_PERP", "--columns", "quote", "--format", "csv"]
          const stdout = await run(program, [join(application, oi), ...args], { cwd: application, env })
          assert.equal(stdout, "quote\r\n1289235600\r\n")
          assert.equal(proxied, 0)
        } finally {
          proxy.close()
          simulator.kill()
          await once(simulator, "exit")
        }
      })
    })
  }

  describe("bundled for a browser", () => {
    /** What a browser has, and Node.js as well, by the same names. */
    const standard =
      `AbortController AbortSignal Blob DecompressionStream Headers ReadableStream Request Response TextDecoder
      TextEncoder URL URLSearchParams clearInterval clearTimeout console crypto performance queueMicrotask setInterval setTimeout
      structuredClone`.split(/\s+/)
    let code

    before(async () => {
      const { outputFiles } = await build({
        absWorkingDir: application,
        entryPoints: ["out/browser.js"],
        bundle: true,
        minify: true,
        platform: "browser",
        format: "iife",
        globalName: "application",
        target: "es2022",
        write: false,
        logLevel: "silent"
      })
      code = outputFiles[0].text
    })

    it("is 130 KB at most once compressed, and imports nothing of Node.js", (test) => {
      const size = gzipSync(code, { level: 9 }).length
      test.diagnostic(`${size} bytes compressed, ${code.length} minified`)
      assert.ok(size <= 130_000)
      assert.doesNotMatch(code, /["']node:/)
      assert.doesNotMatch(code, /\brequire\(/)
    })

    it("reads with what a browser has, and asks the exchange for no permission (CORS)", async () => {
      const asked = []
      const answers = {
        "/dapi/v1/exchangeInfo": "binance-dapi-exchangeInfo.json",
        "/dapi/v1/openInterest": "binance-dapi-openInterest.perp-2026-10-06.json"
      }
      const server = createServer(({ method, url }, response) => {
        const name = answers[url.split("?")[0]]
        asked.push(`${method} ${url}`)
        response.writeHead(name === undefined ? 404 : 200, { "content-type": "application/json" })
        response.end(name === undefined ? "" : readFileSync(`${root}packages/binance/test/fixtures/${name}`))
      })
      await once(server.listen(0, "127.0.0.1"), "listening")
      try {
        const sent = []
        const globals = {
          ...Object.fromEntries(standard.map((name) => [name, globalThis[name]])),
          fetch: (input, init) => {
            sent.push([...new Headers(init.headers).keys()])
            return fetch(input, init)
          },
          navigator: { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" }
        }
        const baseUrl = `http://127.0.0.1:${server.address().port}`
        const program = `${code};application.read("BTCUSD_PERP", ${JSON.stringify(baseUrl)})`
        assert.equal(await runInNewContext(program, globals), "1266820800 USD")
        assert.deepEqual(asked, ["GET /dapi/v1/exchangeInfo", "GET /dapi/v1/openInterest?symbol=BTCUSD_PERP"])
        // A browser asks for permission before it sends any other header; `accept-encoding` it sets by itself, over ours.
        for (const names of sent) assert.deepEqual(names, ["accept", "accept-encoding"])
      } finally {
        server.close()
        server.closeAllConnections()
      }
    })
  })
})
