import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Target from "@open-interest/core/Target"
import type { Valuation } from "@open-interest/core/Valuation"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { exchanges, layer } from "../exchanges.ts"
import { type ExitCode, outcome } from "../exitCode.ts"
import { options } from "../options.ts"
import { print } from "../output.ts"
import { render, type Shape } from "../render/format.ts"
import { grouped } from "../render/table.ts"
import * as report from "../report.ts"

const encode = Schema.encodeSync(OpenInterestRecord.OpenInterestRecord)

type Printed = typeof OpenInterestRecord.OpenInterestRecord.Encoded

const figure = (digits: string | null, unit: string): string => (digits === null ? "–" : `${grouped(digits)} ${unit}`)

const shape: Shape<Printed> = {
  fields: Object.keys(OpenInterestRecord.OpenInterestRecord.fields),
  columns: [
    { title: "CONTRACT", cell: (record) => `${record.exchange}:${record.symbol}` },
    { title: "CONTRACTS", align: "right", cell: (record) => figure(record.contracts, "contracts") },
    { title: "BASE", align: "right", cell: (record) => figure(record.base, record.baseCurrency) },
    { title: "QUOTE", align: "right", cell: (record) => figure(record.quote, record.quoteCurrency) },
    { title: "MARK PRICE", align: "right", cell: (record) => figure(record.markPrice, record.quoteCurrency) },
    { title: "REPORTED IN", cell: (record) => record.unit },
    { title: "SIDES", cell: (record) => record.sides },
    { title: "TIME", cell: (record) => `${record.timestamp} (${record.timestampKind})` }
  ]
}

/** Mistyped targets are all named, and nothing is read then. */
const parse = (texts: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Target.Target>, ExitCode> => {
  const known = Object.keys(exchanges)
  const [mistakes, targets] = Array.partitionMap(texts, (text) => {
    if (text.startsWith("-")) return Either.left(report.notAnOption(text))
    const target = Target.parse(text)
    if (Option.isNone(target)) {
      return Either.left(`${report.quoted(text)}: expected <exchange>:<symbol>, for example binance:BTCUSD_PERP`)
    }
    return known.includes(target.value.exchange)
      ? Either.right(target.value)
      : Either.left(
          `${report.quoted(text)}: unknown exchange ${report.quoted(target.value.exchange)}, known are ${known.join(", ")}`
        )
  })
  return Effect.as(report.usage(mistakes), targets)
}

/** Why a figure of a reading that did arrive is missing, where the price is to blame. */
const warnings = (of: Target.Target, valuation: Valuation): ReadonlyArray<string> => {
  if (Either.isLeft(valuation.markPrice)) return [`${of}: no mark price: ${valuation.markPrice.left.message}`]
  return Array.getSomes([Either.getLeft(valuation.base), Either.getLeft(valuation.quote)])
    .filter(({ reason }) => reason === "StalePrice" || reason === "ForeignPrice")
    .map((refused) => `${of}: ${refused.message}`)
}

export const get = Command.make(
  "get",
  {
    ...options,
    targets: Args.text({ name: "target" }).pipe(
      Args.withDescription("<exchange>:<symbol>, the symbol as the exchange writes it or unified (BTC/USDT:USDT)"),
      Args.atLeast(1)
    )
  },
  ({ format, simulated, targets }) =>
    Effect.gen(function* () {
      const asked = yield* parse(targets)
      const outcomes = yield* Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) =>
        all.valuations(asked)
      ).pipe(Effect.provide(layer({ simulated })))

      const delivered = outcomes.flatMap(({ of, result }) =>
        Either.isRight(result) ? [{ of, valuation: result.right }] : []
      )
      const records = delivered.map(({ valuation }) => encode(OpenInterestRecord.fromValuation(valuation)))
      if (records.length > 0) yield* print(yield* render(format, records, shape))
      yield* Effect.forEach(
        delivered.flatMap(({ of, valuation }) => warnings(of, valuation)),
        report.warning
      )
      yield* report.failures(
        outcomes.flatMap(({ of, result }) => (Either.isLeft(result) ? [{ of: String(of), failure: result.left }] : []))
      )
      yield* outcome({ delivered: delivered.length, failed: outcomes.length - delivered.length })
    })
).pipe(Command.withDescription("Open interest of contracts, now, in contracts, coins and money"))
