import * as Command from "@effect/cli/Command"
import * as InstrumentRecord from "@open-interest/core/InstrumentRecord"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { exchangeArguments, exchangesNamed } from "../exchangeArguments.ts"
import { layer } from "../exchanges.ts"
import { outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import { options } from "../options.ts"
import { print } from "../output.ts"
import { render, type Shape } from "../render/format.ts"
import { grouped } from "../render/table.ts"
import * as report from "../report.ts"

const encode = Schema.encodeSync(InstrumentRecord.InstrumentRecord)

type Printed = typeof InstrumentRecord.InstrumentRecord.Encoded

const currencies = { quote: "quoteCurrency", base: "baseCurrency", settle: "settleCurrency" } as const

const shape: Shape<Printed> = {
  fields: Object.keys(InstrumentRecord.InstrumentRecord.fields),
  columns: [
    { title: "CONTRACT", cell: (record) => `${record.exchange}:${record.symbol}` },
    { title: "UNIFIED", cell: (record) => record.unifiedSymbol },
    { title: "PRODUCT", cell: (record) => (record.demo ? `${record.product} (demo)` : record.product) },
    { title: "KIND", cell: (record) => `${record.kind}, ${record.direction}` },
    {
      title: "CONTRACT SIZE",
      align: "right",
      cell: (record) => `${grouped(record.contractSize)} ${record[currencies[record.contractSizeUnit]]}`
    },
    { title: "ASSET", cell: (record) => record.assetClass },
    { title: "STATUS", cell: (record) => record.status },
    { title: "LISTED", cell: (record) => record.listedAt?.slice(0, 10) ?? "–" },
    { title: "DELIVERY", cell: (record) => record.deliveryAt ?? "–" }
  ]
}

export const instruments = Command.make(
  "instruments",
  {
    format: options.format,
    simulated: options.simulated,
    exchanges: exchangeArguments
  },
  ({ exchanges: names, format, simulated }) =>
    Effect.gen(function* () {
      const asked = yield* exchangesNamed(names)
      const outcomes = yield* Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) =>
        all.instruments(asked)
      ).pipe(Effect.provide(layer({ simulated })))

      const lists = outcomes.flatMap(({ of, result }) => (Either.isRight(result) ? [{ of, ...result.right }] : []))
      const records = lists.flatMap(({ listed }) => listed.map((each) => encode(InstrumentRecord.fromInstrument(each))))
      const failed = [
        ...outcomes.flatMap(({ of, result }) => (Either.isLeft(result) ? [{ of, failure: result.left }] : [])),
        ...lists.flatMap(({ failures, of }) =>
          failures.map(({ error, product, symbol }) => ({ of: `${of}:${symbol ?? product}`, failure: error }))
        )
      ]
      if (records.length > 0 || failed.length === 0) yield* print(yield* render(format, records, shape))
      yield* report.failures(failed)
      yield* outcome({ delivered: records.length, failed: failed.length })
    })
).pipe(Command.withDescription(describe("instruments")))
