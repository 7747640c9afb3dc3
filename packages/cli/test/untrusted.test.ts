import { assert, describe, it } from "@effect/vitest"
import type * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import { bitget, harmful, naughty, oiAgainst } from "./support.ts"

const contract = (symbol: string) => ({
  symbol,
  baseCoin: "BTC",
  quoteCoin: "USDT",
  symbolType: "perpetual",
  symbolStatus: "normal",
  isRwa: "NO"
})

const symbols = Object.values(naughty)

/** Lists contracts that are named so, and answers for each in the same words. */
const routes: Playback.Routes = {
  ...bitget,
  "/api/v2/mix/market/contracts": (url) => ({
    body: JSON.stringify({
      code: "00000",
      data: url.searchParams.get("productType") === "USDT-FUTURES" ? symbols.map(contract) : []
    })
  }),
  "/api/v2/mix/market/open-interest": { body: JSON.stringify({ code: "40034", msg: symbols.join(" ") }) }
}

describe("an exchange whose symbols are naughty", () => {
  it.live("does no harm in a table, one row per contract", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* oiAgainst({ bitget: routes }, ["instruments", "bitget", "--format", "table"])
      const lines = stdout.trimEnd().split("\n")
      assert.deepStrictEqual([code, lines.length], [0, 1 + symbols.length])
      assert.isTrue(lines.every((line) => !harmful.test(line)))
      assert.isTrue(lines.slice(1).every((line) => /^bitget:.+ trading +– +–$/.test(line)))
    })
  )

  it.live("is quoted in CSV, with an apostrophe before a formula, and escaped in JSON, which loses nothing", () =>
    Effect.gen(function* () {
      const listed = (format: string) =>
        Effect.map(
          oiAgainst({ bitget: routes }, ["instruments", "bitget", "--columns", "symbol,kind", "--format", format]),
          ({ stdout }) => stdout
        )
      // Half of a pair has no bytes of its own.
      const sane = symbols.map((symbol) => Buffer.from(symbol).toString())
      const ndjson = yield* listed("ndjson")
      assert.notMatch(ndjson.replaceAll("\n", ""), harmful)
      assert.sameMembers(
        ndjson
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).symbol),
        symbols
      )
      const csv = yield* listed("csv")
      const found = Array.from(
        csv.matchAll(/(?:^|\r\n)(?:"((?:[^"]|"")*)"|([^",]*?)),perpetual(?=\r\n)/g),
        ([, quoted, bare]) => (quoted === undefined ? bare : quoted.replaceAll('""', '"'))
      )
      assert.sameMembers(
        found,
        sane.map((symbol) => (symbol === naughty["a formula"] ? `'${symbol}` : symbol))
      )
    })
  )

  it.live("does no harm in messages, one line per contract", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* oiAgainst({ bitget: routes }, ["snapshot", "bitget"])
      assert.deepStrictEqual([code, stderr.length], [1, symbols.length])
      assert.isTrue(stderr.every((line) => !harmful.test(line)))
      assert.isTrue(stderr.every((line) => /^error: "?bitget:\S.*: unexpected response to GET /.test(line)))
      assert.isTrue(stderr.every((line) => line.length < 4100))
    })
  )
})
