import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as BaseUrl from "../src/BaseUrl.ts"
import * as Exchange from "../src/Exchange.ts"
import * as ExchangeClient from "../src/ExchangeClient.ts"
import * as Policy from "../src/Policy.ts"
import * as Pools from "../src/Pools.ts"
import * as Quota from "../src/Quota.ts"

/** For as long as the scope, `navigator` is that of a runtime which calls itself so, or there is none. */
const calledItself = (navigator: { readonly userAgent?: string } | undefined) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.getOwnPropertyDescriptor(globalThis, "navigator")
      Object.defineProperty(globalThis, "navigator", { configurable: true, value: navigator })
      return before
    }),
    (before) =>
      Effect.sync(() => {
        if (before === undefined) Reflect.deleteProperty(globalThis, "navigator")
        else Object.defineProperty(globalThis, "navigator", before)
      })
  )

/** What the made-up exchange is asked by `fetch`, and what comes of its answer. */
const ask = (answer: () => Response) =>
  Effect.gen(function* () {
    const asked: Array<Headers> = []
    const fetch = (_: unknown, init?: RequestInit) => {
      asked.push(new Headers(init?.headers))
      return Promise.resolve(answer())
    }
    const client = yield* ExchangeClient.make({
      exchange: Exchange.make("acme"),
      defaults: { baseUrl: BaseUrl.make("https://acme.example"), policy: Policy.make() },
      settings: {},
      refusal: () => undefined
    }).pipe(Effect.provide(Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))))
    const pool = new Quota.Pool({ name: "figures", unit: "weight", windows: Data.tuple(Quota.window(10, "1 minute")) })
    const result = yield* Effect.either(
      client.get({
        path: "/figure",
        costs: [{ pool, weight: 1 }],
        schema: Schema.Struct({ figure: Schema.String })
      })
    )
    return {
      asked,
      text: Either.match(result, { onLeft: ({ message }) => message, onRight: ({ value }) => value.figure })
    }
  }).pipe(Effect.provide(Pools.layerMemory))

const answer = () => new Response('{"figure":"1"}')
const chrome = "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

describe("in a browser", () => {
  it.scoped("no header is sent that the exchange would have to be asked about first", () =>
    Effect.gen(function* () {
      yield* calledItself({ userAgent: chrome })
      const { asked, text } = yield* ask(answer)
      assert.strictEqual(text, "1")
      // `accept` is always allowed; `accept-encoding` belongs to the browser, which drops ours.
      assert.deepStrictEqual(
        asked.map((headers) => [...headers.keys()]),
        [["accept", "accept-encoding"]]
      )
    })
  )

  it.scoped("a redirect, which has no status there, is not followed and says so", () =>
    Effect.gen(function* () {
      yield* calledItself({ userAgent: chrome })
      // Of the answers without a status this is the one that Node.js can make.
      const { text } = yield* ask(() => Response.error())
      assert.strictEqual(text, "unexpected response to GET /figure (HTTP 0): a redirect, which is not followed")
    })
  )
})

describe("elsewhere", () => {
  for (const [runtime, navigator] of [
    ["Node.js 20", undefined],
    ["Node.js 21 and later", { userAgent: "Node.js/22" }],
    ["Deno", { userAgent: "Deno/2.5.0" }],
    ["React Native", {}]
  ] as const) {
    it.scoped(`the requests name us: ${runtime}`, () =>
      Effect.gen(function* () {
        yield* calledItself(navigator)
        const { asked } = yield* ask(answer)
        assert.match(asked[0]?.get("user-agent") ?? "", /^open-interest\//)
      })
    )
  }
})
