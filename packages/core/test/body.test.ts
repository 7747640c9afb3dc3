import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { gzipSync } from "node:zlib"

const json = JSON.stringify({ figure: "1", of: "龙虾" })
const gzip = new Uint8Array(gzipSync(json))
const limit = 8 * 1024 * 1024

const bodies: ReadonlyArray<
  readonly [what: string, bytes: Uint8Array<ArrayBuffer>, is: Either.Either<string, string>]
> = [
  ["that is text is read as it is", new TextEncoder().encode(json), Either.right(json)],
  ["in gzip is inflated", gzip, Either.right(json)],
  ["in gzip that breaks off is no gzip", gzip.slice(0, -9), Either.left("not valid gzip")],
  [
    "in gzip with a wrong checksum is no gzip",
    gzip.with(gzip.length - 5, (gzip.at(-5) ?? 0) ^ 1),
    Either.left("not valid gzip")
  ],
  ["that only begins as gzip is none", new Uint8Array([0x1f, 0x8b]), Either.left("not valid gzip")],
  ["that inflates to 8 MB is read", new Uint8Array(gzipSync("1".repeat(limit))), Either.right("1".repeat(limit))],
  [
    "that inflates to a byte more is too long",
    new Uint8Array(gzipSync("1".repeat(limit + 1))),
    Either.left("longer than 8 MB")
  ],
  [
    "in gzip that is no UTF-8 is no text",
    new Uint8Array(gzipSync(new Uint8Array([0x7b, 0xff, 0x7d]))),
    Either.left("not valid UTF-8")
  ]
]

const platforms = {
  "where Node inflates": () => {},
  "where the platform has no more than streams": () => vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined)
}

for (const [platform, prepare] of Object.entries(platforms)) {
  describe(`a body, ${platform},`, () => {
    beforeEach(() => {
      // What the platform has is asked once, as the module is loaded.
      vi.resetModules()
      prepare()
    })
    afterEach(() => void vi.restoreAllMocks())

    for (const [what, bytes, is] of bodies) {
      it.effect(what, () =>
        Effect.gen(function* () {
          const Body = yield* Effect.promise(() => import("../src/internal/body.ts"))
          const request = HttpClientRequest.get("https://acme.example")
          const response = HttpClientResponse.fromWeb(request, new Response(bytes))
          assert.deepStrictEqual(yield* Body.read(response, response.headers), is)
        })
      )
    }
  })
}
