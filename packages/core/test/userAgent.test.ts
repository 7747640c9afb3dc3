import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { userAgent } from "../src/internal/userAgent.ts"

const Manifest = Schema.parseJson(Schema.Struct({ version: Schema.String, homepage: Schema.String }))

describe("the user agent", () => {
  it("names the version and the home page of the package", () => {
    const text = readFileSync(new URL("../package.json", import.meta.url), "utf8")
    const { homepage, version } = Schema.decodeSync(Manifest)(text)
    assert.strictEqual(userAgent, `open-interest/${version} (+${homepage})`)
  })
})
