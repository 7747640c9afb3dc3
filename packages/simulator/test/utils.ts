import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

export type Row = { readonly [key: string]: Json }

/** The moment at which the simulated exchanges of these tests stand still. */
export const time = DateTime.unsafeMake("2026-10-06T12:05:03.512Z")

/** A recorded body; they are kept beside the tests of the packages that decode them. */
export const fixtureText = (name: string): string => {
  const exchange = name.slice(0, name.indexOf("-"))
  return readFileSync(new URL(`../../${exchange}/test/fixtures/${name}`, import.meta.url), "utf8")
}

// The shape of a fixture is what the test is about, so it is stated by the test that reads it.
export const fixture = <A = Row>(name: string): A => JSON.parse(fixtureText(name))

/** Asks an application in memory, without a socket. */
export const get = (app: HttpApp.Default, path: string, headers: Record<string, string> = {}) =>
  app.pipe(
    Effect.provideService(
      HttpServerRequest.HttpServerRequest,
      HttpServerRequest.fromWeb(new Request(`http://localhost${path}`, { headers }))
    ),
    Effect.map((response) => HttpServerResponse.toWeb(response))
  )

export const getText = (app: HttpApp.Default, path: string): Effect.Effect<string> =>
  Effect.flatMap(get(app, path), (response) => Effect.promise(() => response.text()))

export const getJson = <A = Row>(app: HttpApp.Default, path: string): Effect.Effect<A> =>
  Effect.map(getText(app, path), (text) => JSON.parse(text))

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const typeName = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value)

/** Asserts that two bodies have the same keys in the same order and the same JSON types, all the way down. */
export const assertSameShape = (actual: unknown, recorded: unknown, path = "$"): void => {
  assert.strictEqual(typeName(actual), typeName(recorded), path)
  if (isObject(actual) && isObject(recorded)) {
    assert.deepStrictEqual(Object.keys(actual), Object.keys(recorded), path)
    for (const name of Object.keys(recorded)) {
      assertSameShape(actual[name], recorded[name], `${path}.${name}`)
    }
  } else if (Array.isArray(actual) && Array.isArray(recorded)) {
    // Lists of objects are compared item by item, as far as both reach; lists of texts may have any length.
    for (const [i, item] of recorded.entries()) {
      if (i < actual.length) {
        assertSameShape(actual[i], item, `${path}[${i}]`)
      }
    }
  }
}

/** Asserts that a row has every field of a trimmed or documented one, in that order and with the same JSON type. */
export const assertCovers = (actual: Row, partial: Row): void => {
  const names = Object.keys(partial)
  assert.deepStrictEqual(
    Object.keys(actual).filter((name) => names.includes(name)),
    names
  )
  for (const name of names) {
    assertSameShape(actual[name], partial[name], `$.${name}`)
  }
}
