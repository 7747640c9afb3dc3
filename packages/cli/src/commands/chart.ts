import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as History from "@open-interest/core/History"
import * as InstrumentFilter from "@open-interest/core/InstrumentFilter"
import type { OpenInterestRecord } from "@open-interest/core/OpenInterestRecord"
import * as Quantity from "@open-interest/core/Quantity"
import * as Array from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Chart from "../chart/chart.ts"
import * as Drawing from "../chart/drawing.ts"
import { png } from "../chart/png.ts"
import * as Records from "../chart/records.ts"
import * as Series from "../chart/series.ts"
import { svg } from "../chart/svg.ts"
import * as Text from "../chart/text.ts"
import { codes, ExitCode, outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import * as HistoryRows from "../historyRows.ts"
import { oneOf, options, several, standardInput } from "../options.ts"
import { during, isPlain, print } from "../output.ts"
import { and } from "../render/conjunction.ts"
import * as report from "../report.ts"
import * as TargetArguments from "../targetArguments.ts"

/** How large a chart is, in characters and in pixels. */
const sizes = {
  text: { width: { least: 40, most: 1000, usual: 80 }, height: { least: 10, most: 200, usual: 20 } },
  picture: { width: { least: 600, most: 4000, usual: 960 }, height: { least: 240, most: 2000, usual: 480 } }
}

type Side = "width" | "height"

const length = (name: Side, text: string, usual: string): Options.Options<Option.Option<string>> => {
  const { picture } = sizes
  return Options.text(name).pipe(
    Options.withPseudoName(text),
    Options.withDescription(
      `${text}, ${sizes.text[name].least} to ${sizes.text[name].most}; ${usual} where it is not given. ` +
        `Of a picture pixels, ${picture[name].least} to ${picture[name].most}; ${picture[name].usual} where it is not given`
    ),
    Options.optional
  )
}

/** Draws one kind of file. */
const files = {
  svg: (drawing: Drawing.Drawing) => new TextEncoder().encode(svg(drawing)),
  png
}

type FileKind = keyof typeof files

const parseFile = (path: string): Option.Option<{ readonly path: string; readonly kind: FileKind }> => {
  const [, kind] = /[^/\\]\.(svg|png)$/i.exec(path) ?? []
  return kind === undefined ? Option.none() : Option.some({ path, kind: kind.toLowerCase() as FileKind })
}

/** Where a chart goes, and how large it is. */
interface Canvas {
  readonly file: { readonly path: string; readonly kind: FileKind } | undefined
  readonly width: number
  readonly height: number
}

/** What the options say of the canvas, and the mistakes in them. */
const parseCanvas = (given: {
  readonly output: Option.Option<string>
  readonly width: Option.Option<string>
  readonly height: Option.Option<string>
}): { readonly canvas: Canvas; readonly mistakes: ReadonlyArray<string> } => {
  const file = HistoryRows.parsed("output", given.output, parseFile, "a path that ends in .svg or .png")
  const allowed = Option.isSome(given.output) ? sizes.picture : sizes.text
  const lengthOf = (name: Side) => {
    const { least, most } = allowed[name]
    const parse = (text: string) =>
      Option.filter(Option.some(Number(text)), (value) => /^\d{1,4}$/.test(text) && value >= least && value <= most)
    return HistoryRows.parsed(name, given[name], parse, `a whole number from ${least} to ${most}`)
  }
  const [width, height] = [lengthOf("width"), lengthOf("height")]
  // On a terminal that is narrower than the narrowest chart, lines are broken.
  const { least, most, usual } = allowed.width
  const columns = Option.isSome(given.output) ? usual : Math.min(most, Math.max(least, process.stdout.columns || usual))
  return {
    canvas: { file: file.value, width: width.value ?? columns, height: height.value ?? allowed.height.usual },
    mistakes: [...file.mistakes, ...width.mistakes, ...height.mistakes]
  }
}

const reasonOf = (error: PlatformError): string =>
  error._tag === "SystemError" ? (error.description ?? error.message) : error.message

/** Draws charts below each other, to standard output or to a file. */
const deliver = (
  charts: Array.NonEmptyReadonlyArray<Chart.Chart>,
  { file, height, width }: Canvas
): Effect.Effect<void, ExitCode, FileSystem.FileSystem> => {
  if (file === undefined) {
    const style = { width, height, isAscii: process.env["TERM"] === "dumb", isColoured: !isPlain(process.stdout) }
    return print(charts.map((chart) => Text.text(chart, style)).join("\n"))
  }
  const drawing = Drawing.stacked(Array.map(charts, (chart) => Drawing.make(chart, { width, height })))
  return Effect.flatMap(FileSystem.FileSystem, ({ writeFile }) => writeFile(file.path, files[file.kind](drawing))).pipe(
    Effect.catchAll((error) =>
      Effect.zipRight(
        report.error(`${report.quoted(file.path)}: ${reasonOf(error)}`),
        new ExitCode({ code: codes.nothing })
      )
    )
  )
}

const nameOf = ({ exchange, symbol }: { readonly exchange: string; readonly symbol: string }): string =>
  report.quoted(`${exchange}:${symbol}`)

/** Says which series have no chart for want of figures, and in which units there are some. */
const tellNoFigures = (
  empty: ReadonlyArray<Series.Series>,
  records: ReadonlyArray<OpenInterestRecord>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const series of empty) yield* report.error(`${nameOf(series)}: no figures in ${series.unit}`)
    const names = new Set(empty.map(nameOf))
    const ofThese = records.filter((record) => names.has(nameOf(record)))
    const known = Quantity.Unit.literals.filter((unit) => ofThese.some((record) => record[unit] !== null))
    if (known.length > 0) yield* report.hint(`choose with --unit; there are figures in ${and(known)}`)
  })

/** Draws every series that has figures, and says what is missing. */
const draw = (
  all: ReadonlyArray<Series.Series>,
  records: ReadonlyArray<OpenInterestRecord>,
  canvas: Canvas
): Effect.Effect<{ readonly delivered: number; readonly failed: number }, ExitCode, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const [empty, charts] = Array.partitionMap(all, (series) =>
      Option.match(Chart.make(series), { onNone: () => Either.left(series), onSome: Either.right })
    )
    if (Array.isNonEmptyReadonlyArray(charts)) yield* deliver(charts, canvas)
    for (const series of all) {
      const unknown = series.rows.filter(({ amount }) => amount === null).length
      if (unknown > 0 && !empty.includes(series)) {
        yield* report.note(
          `${nameOf(series)}: ${unknown} of ${series.rows.length} rows have no figure in ${series.unit}`
        )
      }
    }
    yield* tellNoFigures(empty, records)
    return { delivered: charts.length, failed: empty.length }
  })

/** More charts below each other are no help. */
const mostCharts = 10

/** So many bad lines are named one by one. */
const namedSingly = 10

const tellBadLines = (badLines: ReadonlyArray<Records.BadLine>): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const { line, problem } of badLines.slice(0, namedSingly)) {
      yield* report.error(`standard input, line ${line}: ${problem}`)
    }
    const more = badLines.length - namedSingly
    if (more > 0) {
      yield* report.error(
        `standard input: ${more} more lines are no records, the last is line ${badLines.at(-1)?.line}`
      )
    }
    if (badLines.length > 0) yield* report.hint("a chart is drawn from what oi prints with --format ndjson")
  })

/** Draws records that somebody has kept. */
const fromStandardInput = (
  given: { readonly symbol: ReadonlyArray<string>; readonly unit: Quantity.Unit | undefined },
  canvas: Canvas
) =>
  Effect.gen(function* () {
    const { badLines, records } = yield* Records.fromStandardInput.pipe(
      during("reading standard input"),
      Effect.catchAll(({ message }) =>
        Effect.zipRight(report.error(`standard input: ${message}`), new ExitCode({ code: codes.nothing }))
      )
    )
    const isChosen = InstrumentFilter.symbolPredicate(given.symbol.length === 0 ? {} : { symbol: given.symbol })
    const chosen = records.filter(({ symbol, unifiedSymbol }) => isChosen([symbol, unifiedSymbol]))
    const all = Series.fromRecords(chosen, { unit: given.unit })
    const names = [...new Set(all.map(nameOf))]
    yield* report.usage(
      all.length > mostCharts
        ? [
            `standard input: ${all.length} charts (${names.slice(0, 3).join(", ")}, …), at most ${mostCharts} are drawn: choose contracts with --symbol`
          ]
        : []
    )
    const drawn = yield* draw(all, chosen, canvas)
    yield* tellBadLines(badLines)
    if (all.length === 0 && (records.length > 0 || badLines.length === 0)) {
      const patterns = given.symbol.map((pattern) => `--symbol ${report.quoted(pattern)}`).join(" ")
      const none = records.length === 0 ? "no records" : `none of the records matches ${patterns}`
      yield* report.error(`standard input: ${none}`)
      yield* new ExitCode({ code: codes.nothing })
    }
    yield* outcome({ delivered: drawn.delivered, failed: drawn.failed + badLines.length })
  })

export const chart = Command.make(
  "chart",
  {
    simulated: options.simulated,
    noState: options.noState,
    ...HistoryRows.options,
    unit: Options.optional(
      oneOf(
        "unit",
        Quantity.Unit.literals,
        "what is drawn; the unit in which the exchange reports where it is not given"
      )
    ),
    symbol: several(
      "symbol",
      "pattern",
      "of the records on standard input only these symbols; in quotes, * is any text and ? any one character: 'BTC*'"
    ),
    width: length("width", "columns", "those of the terminal, or 80,"),
    height: length("height", "lines", "20"),
    output: Options.text("output").pipe(
      Options.withPseudoName("path"),
      Options.withDescription(
        "draw a picture into this file, .svg or .png, and print nothing; a file that is there is overwritten"
      ),
      Options.optional
    ),
    targets: Args.text({ name: "target" }).pipe(
      Args.withDescription(
        `${TargetArguments.description}; or - for the records on standard input, which oi has printed as ndjson; ` +
          "off a terminal they are drawn where no target is given"
      ),
      Args.repeated
    )
  },
  ({ height, limit, noState, output, period, simulated, since, symbol, targets, unit, until, width }) =>
    Effect.gen(function* () {
      const { canvas, mistakes } = parseCanvas({ output, width, height })
      const asked = { unit: Option.getOrUndefined(unit) }
      if (targets.includes(standardInput) || (targets.length === 0 && !process.stdin.isTTY)) {
        const ofHistory = Object.entries({ period, since, until, limit }).filter(([, given]) => Option.isSome(given))
        yield* report.usage([
          ...targets
            .filter((target) => target !== standardInput)
            .map((target) => `${report.quoted(target)}: drawn alone, without -`),
          ...[...ofHistory.map(([name]) => name), ...(simulated ? ["simulated"] : [])].map(
            (name) => `--${name}: only where a target is read; the records on standard input are drawn as they are`
          ),
          ...mistakes
        ])
        return yield* fromStandardInput({ symbol, ...asked }, canvas)
      }
      const rows = yield* HistoryRows.parse(targets, { period, since, until, limit }, [
        ...(targets.length === 0 ? ["Missing argument <target>"] : []),
        ...(symbol.length === 0 ? [] : ["--symbol: only for the records on standard input; a target is one contract"]),
        ...mistakes
      ])
      const records: Array<OpenInterestRecord> = []
      const read = yield* HistoryRows.read(rows, { noState, simulated }, (page) =>
        Effect.sync(() => {
          for (const record of page) records.push(record)
          return true
        })
      )
      const series = Series.fromRecords(records, {
        ...asked,
        period: Duration.toMillis(History.toDuration(rows.request.period))
      })
      const drawn = yield* draw(series, records, canvas)
      const told = yield* Effect.either(HistoryRows.tell(rows, read))
      yield* outcome(drawn)
      yield* told
    })
).pipe(Command.withDescription(describe("chart")))
