import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as BaseUrl from "../src/BaseUrl.ts"

const allowed = [
  "https://dapi.binance.com",
  "https://dapi.binance.com/",
  "https://proxy.example/binance",
  "https://10.0.0.1:8443",
  "HTTPS://API.BITGET.COM",
  "https://[2001:db8::1]/x",
  "http://127.0.0.1",
  "http://127.0.0.1:8080",
  "http://127.255.3.4:1/x/y",
  "http://localhost:3000",
  "HTTP://LOCALHOST",
  "http://[::1]:8080",
  "http://[0:0:0:0:0:0:0:1]"
]

const refused = [
  "",
  " ",
  "dapi.binance.com",
  "//dapi.binance.com",
  "https:dapi.binance.com",
  "https://",
  "https://a b.com",
  "https://example.com:99999",
  "ftp://127.0.0.1",
  "ws://127.0.0.1",
  "file:///etc/hosts",
  "javascript:https://example.com",
  // Plain http to somewhere else, however much it looks like this machine.
  "http://dapi.binance.com",
  "http://10.0.0.1",
  "http://192.168.0.1",
  "http://0.0.0.0",
  "http://128.0.0.1",
  "http://27.0.0.1",
  "http://127.0.0.1.evil.com",
  "http://127.0.0.1.nip.io:8080",
  "http://localhost.evil.com",
  "http://notlocalhost",
  "http://evil.com/127.0.0.1",
  "http://evil.com\\@127.0.0.1",
  "http://[::2]",
  "http://[::ffff:8.8.8.8]",
  // Credentials, query and fragment would go along with, or into, every request.
  "https://user@example.com",
  "https://user:secret@example.com",
  "https://:secret@example.com",
  "http://127.0.0.1@evil.com",
  "http://evil.com@127.0.0.1",
  "https://example.com?",
  "https://example.com?x=1",
  "https://example.com/#",
  "https://example.com#x",
  // What an URL parser forgives at the end of an URL breaks it once a path follows.
  "https://example.com ",
  " https://example.com",
  "https://example.com\n",
  "https://example.com\t/x",
  "https://example.com\\",
  "https://example.com/\u0000"
]

describe("a base URL", () => {
  for (const url of allowed) {
    it(`may be ${url}`, () => {
      assert.strictEqual(BaseUrl.make(url), url)
    })
  }

  for (const url of refused) {
    it(`may not be ${JSON.stringify(url)}`, () => {
      assert.throws(
        () => BaseUrl.make(url),
        ParseResult.ParseError,
        "expected an https URL, or an http URL on a loopback"
      )
    })
  }

  it("may be http on an address that is a loopback address in another spelling", () => {
    for (const url of ["http://0x7f.1", "http://127.1", "http://2130706433", "http://0177.0.0.1"]) {
      assert.strictEqual(new URL(BaseUrl.join(BaseUrl.make(url), "/x")).href, "http://127.0.0.1/x")
    }
  })
})

describe("a base URL from the configuration", () => {
  const load = (key: string, value: string) =>
    Effect.withConfigProvider(
      Config.nested(BaseUrl.config("BASE_URL"), "OPEN_INTEREST_BINANCE"),
      ConfigProvider.fromMap(new Map([[key, value]]), { pathDelim: "_" })
    )

  it.effect("is read from its key", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* load("OPEN_INTEREST_BINANCE_BASE_URL", "http://127.0.0.1:8080"),
        BaseUrl.make("http://127.0.0.1:8080")
      )
    })
  )

  it.effect("fails with the key once, the value, and what is allowed", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load("OPEN_INTEREST_BINANCE_BASE_URL", "http://localhost.evil.com"))
      assert(ConfigError.isInvalidData(error))
      assert.deepStrictEqual(error.path, ["OPEN_INTEREST_BINANCE", "BASE_URL"])
      assert.strictEqual(
        error.message,
        'expected an https URL, or an http URL on a loopback address (127.0.0.0/8, localhost, [::1]), without credentials, query or fragment, got "http://localhost.evil.com"'
      )
      assert.strictEqual(String(error).split("BASE_URL").length, 2)
    })
  )

  it.effect("fails for an empty value, which is no missing one", () =>
    Effect.gen(function* () {
      assert.isTrue(ConfigError.isInvalidData(yield* Effect.flip(load("OPEN_INTEREST_BINANCE_BASE_URL", ""))))
      assert.isTrue(ConfigError.isMissingData(yield* Effect.flip(load("ANOTHER_KEY", ""))))
    })
  )
})

describe("a path below a base URL", () => {
  it("has one slash before it, whatever the two end and begin with", () => {
    for (const base of ["https://example.com", "https://example.com/", "https://example.com//"]) {
      for (const path of ["dapi/v1", "/dapi/v1", "//dapi/v1"]) {
        assert.strictEqual(BaseUrl.join(BaseUrl.make(base), path), "https://example.com/dapi/v1")
      }
    }
  })

  it("goes below the path of the base, and keeps its own end", () => {
    const base = BaseUrl.make("http://127.0.0.1:8080/binance/")
    assert.strictEqual(BaseUrl.join(base, "/dapi/v1/"), "http://127.0.0.1:8080/binance/dapi/v1/")
  })
})

describe("a base URL on a loopback address", () => {
  it("is told from every other, with TLS or without", () => {
    for (const url of ["http://127.0.0.1:8080", "https://127.9.9.9", "https://localhost/x", "http://[::1]:1"]) {
      assert.isTrue(BaseUrl.isLoopback(BaseUrl.make(url)), url)
    }
    for (const url of ["https://dapi.binance.com", "https://10.0.0.1", "https://localhost.evil.com"]) {
      assert.isFalse(BaseUrl.isLoopback(BaseUrl.make(url)), url)
    }
  })
})
