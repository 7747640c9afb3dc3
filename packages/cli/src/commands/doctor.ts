import * as Command from "@effect/cli/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type * as ExchangeClient from "@open-interest/core/ExchangeClient"
import * as Settings from "@open-interest/core/Settings"
import type { ExchangeError } from "@open-interest/core/SourceError"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { dirname, join } from "node:path"
import { ask } from "../doctor/ask.ts"
import * as DoctorClock from "../doctor/clock.ts"
import * as Connection from "../doctor/connection.ts"
import * as Finding from "../doctor/finding.ts"
import * as Machine from "../doctor/machine.ts"
import * as Network from "../doctor/network.ts"
import * as Quota from "../doctor/quota.ts"
import * as FindingsTable from "../doctor/findingsTable.ts"
import { exchangeArguments, type ExchangeName, exchangesNamed } from "../exchangeArguments.ts"
import { exchanges, httpClient, simulation } from "../exchanges.ts"
import { codes, ExitCode } from "../exitCode.ts"
import { describe } from "../help.ts"
import { columns, options } from "../options.ts"
import { during, isPlain, print } from "../output.ts"
import { formatOf, type Presentation, render, type Shape } from "../render/format.ts"
import { unknown } from "../render/table.ts"
import * as report from "../report.ts"
import * as SettingSources from "../settingSources.ts"
import * as State from "../state.ts"
import * as Style from "../style.ts"

type Findings = ReadonlyArray<Finding.Finding>

const known = Object.values(exchanges).map(({ settings }) => settings)

/** The errors that an error is made of. */
const parts = (error: ConfigError.ConfigError): ReadonlyArray<Exclude<ConfigError.ConfigError, ConfigError.And>> =>
  error._op === "And" ? [...parts(error.left), ...parts(error.right)] : [error]

/** What is wrong with a setting, and where it is from. */
const wrongSetting = (key: string, message: string) =>
  Effect.map(SettingSources.find(key), (found) => {
    const source = Option.match(found, { onNone: () => "", onSome: (given) => ` (${given.source})` })
    return Finding.problem(`${key}: ${message}${source}`, "correct it, or remove it")
  })

/** The settings that are given to an exchange, and its options where they make sense. */
const settingsOf = (exchange: ExchangeName) =>
  Effect.gen(function* () {
    const { config, settings } = exchanges[exchange]
    const loaded = yield* Effect.either(Settings.load<ExchangeClient.Settings>(config, settings))
    const errors = Either.isLeft(loaded)
      ? parts(loaded.left).map((error) => ({
          key: error._op === "Or" ? settings.prefix : error.path.join("_"),
          message: error._op === "Or" ? String(error) : error.message
        }))
      : []
    const wrong = yield* Effect.forEach(errors, ({ key, message }) => wrongSetting(key, message))
    const given = (yield* SettingSources.given([settings])).filter(
      ({ key }) => !errors.some((each) => each.key === key)
    )
    const right = given.map(({ key, source, text }) => Finding.ok(`${key} = ${report.quoted(text)} (${source})`))
    return {
      findings: [...right, ...wrong].map((verdict) => Finding.of("setting", exchange, verdict)),
      options: Either.getRight(loaded)
    }
  })

/** Where something is kept: the folder, or the nearest above it that there is. */
const nearest = (path: string): Effect.Effect<string, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.flatMap(
      Effect.orElseSucceed(files.exists(path), () => false),
      (exists) => (exists || dirname(path) === path ? Effect.succeed(path) : nearest(dirname(path)))
    )
  )

/** The folder that bans are remembered in, and those that hold. */
const stateOf = (asked: ReadonlyArray<ExchangeName>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = join(yield* State.folder, "bans")
    const there = yield* nearest(folder)
    const isFolder = Effect.map(files.stat(there), ({ type }) => type === "Directory")
    const isWritable = yield* Effect.zipRight(files.access(there, { writable: true }), isFolder).pipe(
      Effect.orElseSucceed(() => false)
    )
    const verdict = isWritable
      ? Finding.ok(`${folder}, can be written`)
      : Finding.warning(
          `${folder} can't be written: bans are not remembered`,
          `make ${there} a folder that can be written, or set XDG_STATE_HOME`
        )
    const now = yield* Clock.currentTimeMillis
    const names = yield* Effect.orElseSucceed(files.readDirectory(folder), (): Array<string> => [])
    const remembered = yield* Effect.forEach(names, (name) =>
      Effect.map(
        Effect.orElseSucceed(files.readFileString(join(folder, name)), () => ""),
        (text) =>
          Machine.remembered(
            Option.getOrElse(decoded(name), () => name),
            text,
            now
          )
      )
    )
    return [
      Finding.of("state folder", null, verdict),
      ...Array.getSomes(remembered).filter(({ exchange }) => asked.some((each) => each === exchange))
    ]
  }).pipe(Effect.provide(NodeFileSystem.layer))

const withoutState = Finding.of("state folder", null, Finding.ok("not used, for --no-state"))

const decoded = Option.liftThrowable(decodeURIComponent)

const timed = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<readonly [value: A, millis: number], E> =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    const value = yield* effect
    return [value, (yield* Clock.currentTimeMillis) - before] as const
  })

/** What to do about an error of the exchange. */
const adviceFor = (error: ExchangeError): string => {
  switch (error._tag) {
    case "Banned":
    case "RateLimited":
      return Option.match(error.until, {
        onNone: () => "wait; nothing is sent before the time that the exchange has named",
        onSome: () => "wait until then; nothing is sent there before"
      })
    case "Forbidden":
      return Option.match(error.until, {
        onNone: () => "ask from an address that the exchange serves",
        onSome: () => "wait until then; if it goes on after that, ask from an address that the exchange serves"
      })
    case "UnexpectedResponse":
      return "check the base URL, and what stands between; the exchange may have changed its answers"
    default:
      return "try again in a while, and look at the status page of the exchange"
  }
}

/** What one request shows. */
const askedOf = (
  exchange: ExchangeName,
  given: ExchangeClient.Settings
): Effect.Effect<Findings, never, HttpClient.HttpClient> =>
  Effect.map(ask(exchange, given), ({ error, head }) => {
    const of = (check: string) => (verdict: Finding.Verdict) => Finding.of(check, exchange, verdict)
    const answered = Option.match(error, {
      onNone: () =>
        Option.match(head, {
          onNone: () => [],
          onSome: ({ receivedAt, sentAt, status }) => [Finding.ok(`HTTP ${status} in ${receivedAt - sentAt} ms`)]
        }),
      onSome: (each) => [Finding.problem(each.message, adviceFor(each))]
    })
    return [
      ...answered.map(of("request")),
      ...Option.match(head, {
        onNone: () => [],
        onSome: (each) => [
          of("clock")(DoctorClock.fromHeader(each.headers["date"], each)),
          ...Quota.told(exchanges[exchange].limits(given).pools, each.headers).map(of("quota"))
        ]
      })
    ]
  })

/** The way to an exchange, step by step; where one fails, no further is tried. */
const wayTo = (exchange: ExchangeName, given: ExchangeClient.Settings) =>
  Effect.gen(function* () {
    const baseUrl = given.baseUrl ?? exchanges[exchange].defaults.baseUrl
    const url = new URL(baseUrl)
    const host = Network.hostOf(url)
    const target = `${url.hostname}:${Network.portOf(url)}`
    const base = Finding.ok(baseUrl === url.origin ? baseUrl : `${baseUrl}, origin ${url.origin}`)
    const findings = [Finding.of("base URL", exchange, base)]

    const addresses = yield* Effect.either(timed(Network.addressesOf(host)))
    const lookup = Either.match(addresses, {
      onLeft: (failure) => Connection.failed(host, failure),
      onRight: ([found, millis]) => Connection.lookedUp(host, found, millis)
    })
    findings.push(Finding.of("DNS", exchange, lookup))
    if (Either.isLeft(addresses)) return findings

    const connection = yield* Effect.either(timed(Network.connect(url)))
    const now = yield* Clock.currentTimeMillis
    const connect = Either.match(connection, {
      onLeft: (failure) => Connection.failed(target, failure),
      onRight: ([tls, millis]) => Connection.connected(target, { millis, tls }, now)
    })
    findings.push(Finding.of("connection", exchange, connect))
    return Either.isLeft(connection) ? findings : [...findings, ...(yield* askedOf(exchange, given))]
  })

const checkOf = (exchange: ExchangeName) =>
  Effect.gen(function* () {
    const { findings, options } = yield* settingsOf(exchange)
    return Option.isNone(options) ? findings : [...findings, ...(yield* wayTo(exchange, options.value))]
  })

const shape: Shape<Record<keyof Finding.Finding, string | null>> = {
  fields: Finding.fields,
  columns: Finding.fields.map((field) => ({
    title: field.toUpperCase(),
    cell: (finding) => finding[field] ?? unknown
  }))
}

/** Findings as they are asked for: a table for people, unless they choose its columns, has what to do below what is wrong. */
const toText = (findings: Findings, output: Presentation): Effect.Effect<string> =>
  Option.isNone(output.columns) && formatOf(output.format) === "table"
    ? Effect.sync(() =>
        FindingsTable.text(findings, {
          width: process.stdout.columns || Infinity,
          paint: isPlain(process.stdout) ? Style.plain : Style.painted
        })
      )
    : render(
        output,
        findings.map((finding) => ({ ...finding })),
        shape
      )

/** What the settings file says, and the settings of it behind all others. */
const settingsFile = SettingSources.file(known).pipe(
  Effect.map(
    Option.match({
      onNone: () => ({ findings: [Finding.ok("none")], layer: Layer.empty as Layer.Layer<never> }),
      onSome: (file) => ({ findings: [Finding.ok(file.name)], layer: SettingSources.behind(file) })
    })
  ),
  Effect.catchAll(({ mistakes, path }) =>
    Effect.succeed({
      findings: mistakes.map((mistake) => Finding.problem(`${path}: ${mistake}`, "correct the file, or remove it")),
      layer: Layer.empty as Layer.Layer<never>
    })
  )
)

export const doctor = Command.make(
  "doctor",
  {
    format: options.format,
    columns: columns(Finding.fields),
    simulated: options.simulated,
    noState: options.noState,
    exchanges: exchangeArguments
  },
  ({ columns, exchanges: names, format, noState, simulated }) =>
    Effect.gen(function* () {
      const asked = yield* exchangesNamed(names)
      const file = yield* settingsFile
      const checked = Effect.forEach(asked, checkOf, { concurrency: "unbounded" }).pipe(
        Effect.provide(simulated || noState ? httpClient : Layer.provideMerge(httpClient, State.pools)),
        Effect.provide(simulated ? simulation : Layer.empty),
        Effect.provide(file.layer),
        during(`checking ${asked.join(", ")}`)
      )
      const findings: Findings = [
        Finding.of("Node.js", null, Machine.node(process.versions.node)),
        ...file.findings.map((verdict) => Finding.of("settings file", null, verdict)),
        ...(simulated ? [] : noState ? [withoutState] : yield* stateOf(asked)),
        ...(yield* checked).flat()
      ]
      yield* print(yield* toText(findings, { columns, format, raw: false }))
      if (findings.some(({ status }) => status === "problem")) yield* new ExitCode({ code: codes.nothing })
    })
).pipe(Command.withDescription(describe("doctor")))
