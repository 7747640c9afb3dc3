import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { type Keys, wholePolicyKey } from "@open-interest/core/Settings"
import * as Array from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import { codes, ExitCode } from "./exitCode.ts"
import { didYouMean } from "./nearest.ts"
import * as report from "./report.ts"

/** Where settings come from. */
export interface Source {
  /** For a person: a flag, `environment`, or the path of a file. */
  readonly name: string
  readonly provider: ConfigProvider.ConfigProvider
}

const environment: Source = { name: "environment", provider: ConfigProvider.fromEnv() }

/** The sources in use; what one says counts before what those behind it say. */
class Sources extends Context.Reference<Sources>()("@open-interest/cli/settingSources/Sources", {
  defaultValue: (): ReadonlyArray<Source> => [environment]
}) {}

/** A source from texts by their whole names. */
const fromTexts = (name: string, texts: ReadonlyMap<string, string>): Source => ({
  name,
  provider: ConfigProvider.fromMap(new Map(texts), { pathDelim: "_" })
})

const use = (sources: ReadonlyArray<Source>): Layer.Layer<never> =>
  Layer.merge(
    Layer.succeed(Sources, sources),
    Layer.setConfigProvider(
      sources.map(({ provider }) => provider).reduce((first, next) => ConfigProvider.orElse(first, () => next))
    )
  )

/** Settings that a flag stands for, before all others. */
export const fromFlag = (name: string, texts: ReadonlyMap<string, string>): Layer.Layer<never> =>
  Layer.unwrapEffect(Effect.map(Sources, (sources) => use([fromTexts(name, texts), ...sources])))

const fileName = "open-interest.json"

/** The user's folder for settings; a relative path does not count (XDG base directories). */
const folder = Config.string("XDG_CONFIG_HOME").pipe(
  Config.validate({ message: "expected an absolute path", validation: isAbsolute }),
  Effect.orElseSucceed(() => join(homedir(), ".config")),
  Effect.map((path) => join(path, "open-interest"))
)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What a JSON value is, for a person. */
const shown = (value: unknown): string => {
  if (Array.isArray(value)) return "a list"
  return isObject(value) ? "an object" : report.quoted(JSON.stringify(value))
}

/** What a value says, as the environment would say it. */
const textOf = (key: string, value: unknown): Option.Option<string> => {
  if (typeof value === "string") return Option.some(value)
  if (typeof value === "number" || typeof value === "boolean") return Option.some(String(value))
  const mayBeWhole = key === wholePolicyKey && typeof value === "object" && value !== null
  return mayBeWhole ? Option.some(JSON.stringify(value)) : Option.none()
}

/** What a section that there is not may have meant: the whole name of a setting, as the environment has it, or another. */
const meantBy = (section: string, known: ReadonlyArray<Keys>): string => {
  const prefixes = known.map(({ prefix }) => prefix)
  const whole = known.flatMap(({ known: keys, prefix }) => keys.map((key) => ({ prefix, key })))
  const setting = whole.find(({ key, prefix }) => section === `${prefix}_${key}`)
  if (setting !== undefined) return `write {"${setting.prefix}": {"${setting.key}": …}}`
  return didYouMean(section, prefixes) ?? `known are ${prefixes.join(", ")}`
}

/** The texts of a settings file by their whole names, or what is wrong with it, in one line each. */
const parse = (
  json: string,
  known: ReadonlyArray<Keys>
): Either.Either<ReadonlyMap<string, string>, ReadonlyArray<string>> => {
  const parsed = Either.try({
    try: (): unknown => JSON.parse(json),
    catch: (error) => [`not JSON: ${(error as SyntaxError).message}`]
  })
  return Either.flatMap(parsed, (sections) => {
    if (!isObject(sections)) return Either.left([`expected an object of sections, got ${shown(sections)}`])
    const [mistakes, texts] = Array.partitionMap(
      Object.entries(sections).flatMap(
        ([section, settings]): ReadonlyArray<Either.Either<readonly [string, string], string>> => {
          if (!known.some(({ prefix }) => prefix === section)) {
            return [Either.left(`${report.quoted(section)}: unknown section, ${meantBy(section, known)}`)]
          }
          if (!isObject(settings))
            return [Either.left(`${section}: expected an object of settings, got ${shown(settings)}`)]
          return Object.entries(settings).map(([key, value]) =>
            Either.fromOption(
              Option.map(textOf(key, value), (text) => [`${section}_${key}`, text] as const),
              () => `${section}: ${report.quoted(key)}: expected a text, a number, true or false, got ${shown(value)}`
            )
          )
        }
      ),
      (each) => each
    )
    return mistakes.length > 0 ? Either.left(mistakes) : Either.right(new Map(texts))
  })
}

/** What a file says, where there is one. */
const read = (path: string): Effect.Effect<Option.Option<string>, string> =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(path)).pipe(
    Effect.asSome,
    Effect.catchAll((error) =>
      error._tag === "SystemError" && error.reason === "NotFound"
        ? Effect.succeedNone
        : Effect.fail(error.description ?? error.message)
    ),
    Effect.provide(NodeFileSystem.layer)
  )

/** A settings file that can't be understood, and what is wrong with it, in one line each. */
export interface Misunderstood {
  readonly path: string
  readonly mistakes: ReadonlyArray<string>
}

/** The first settings file that there is, in the working folder or in the user's folder for settings. */
export const file = (known: ReadonlyArray<Keys>): Effect.Effect<Option.Option<Source>, Misunderstood> =>
  Effect.gen(function* () {
    for (const path of [`./${fileName}`, join(yield* folder, fileName)]) {
      const texts = yield* read(path).pipe(
        Effect.mapError((mistake) => [mistake]),
        Effect.flatMap(Effect.transposeMapOption((text) => parse(text, known))),
        Effect.mapError((mistakes) => ({ path, mistakes }))
      )
      if (Option.isSome(texts)) return Option.some(fromTexts(path, texts.value))
    }
    return Option.none()
  })

/** A source behind all others. */
export const behind = (source: Source): Layer.Layer<never> =>
  Layer.unwrapEffect(Effect.map(Sources, (sources) => use([...sources, source])))

/** Settings from {@link file}, behind all others. What can't be understood ends the program: it was meant for something. */
export const fromFile = (known: ReadonlyArray<Keys>): Layer.Layer<never, ExitCode> =>
  file(known).pipe(
    Effect.map(Option.match({ onNone: () => Layer.empty, onSome: behind })),
    Effect.catchAll(({ mistakes, path }) =>
      Effect.zipRight(
        Effect.forEach(mistakes, (mistake) => report.error(`${path}: ${mistake}`)),
        new ExitCode({ code: codes.nothing })
      )
    ),
    Layer.unwrapEffect
  )

/** A setting that is given, and the name of the source that counts. */
export interface Given {
  readonly key: string
  readonly text: string
  readonly source: string
}

/** The setting of this whole name, where it is given. */
export const find = (key: string): Effect.Effect<Option.Option<Given>> =>
  Effect.flatMap(Sources, (sources) =>
    Effect.firstSuccessOf(
      sources.map(({ name, provider }) =>
        Effect.map(provider.load(Config.string(key)), (text) => ({ key, text, source: name }))
      )
    )
  ).pipe(Effect.option)

/** Every setting that is given, by its whole name, in the order of the keys. */
export const given = (known: ReadonlyArray<Keys>): Effect.Effect<ReadonlyArray<Given>> =>
  Effect.map(
    Effect.forEach(
      known.flatMap(({ known, prefix }) => known.map((key) => `${prefix}_${key}`)),
      find
    ),
    Array.getSomes
  )

/** The same error, which names the file that a wrong setting is in. */
export const locate = (error: ConfigError.ConfigError): Effect.Effect<ConfigError.ConfigError> => {
  switch (error._op) {
    case "And":
      return Effect.zipWith(locate(error.left), locate(error.right), ConfigError.And)
    case "Or":
      return Effect.zipWith(locate(error.left), locate(error.right), ConfigError.Or)
    default:
      return Effect.map(find(error.path.join("_")), (found) =>
        Option.isSome(found) && found.value.source !== environment.name
          ? ConfigError.InvalidData([...error.path], `${error.message} (${found.value.source})`)
          : error
      )
  }
}
