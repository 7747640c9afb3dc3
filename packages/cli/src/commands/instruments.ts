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
import { options, presentation } from "../options.ts"
import { during, print } from "../output.ts"
import { render, type Shape } from "../render/format.ts"
import { figures, unknown } from "../render/table.ts"
import * as report from "../report.ts"

const encode = Schema.encodeSync(InstrumentRecord.InstrumentRecord)

type Printed = typeof InstrumentRecord.InstrumentRecord.Encoded

const currencies = { quote: "quoteCurrency", base: "baseCurrency", settle: "settleCurrency" } as const

const sizeUnit = (record: Printed): string => record[currencies[record.contractSizeUnit]]

const shape: Shape<Printed> = {
  fields: Object.keys(InstrumentRecord.InstrumentRecord.fields),
  figures: { multiplier: () => "", contractSize: sizeUnit },
  columns: [
    { title: "CONTRACT", cell: (record) => `${record.exchange}:${record.symbol}` },
    { title: "UNIFIED", cell: (record) => record.unifiedSymbol },
    { title: "PRODUCT", cell: (record) => (record.demo ? `${record.product} (demo)` : record.product) },
    { title: "KIND", cell: (record) => `${record.kind}, ${record.direction}` },
    figures("CONTRACT SIZE", (record) => record.contractSize, sizeUnit),
    { title: "ASSET", cell: (record) => record.assetClass },
    { title: "STATUS", cell: (record) => record.status },
    { title: "LISTED", cell: (record) => record.listedAt?.slice(0, 10) ?? unknown },
    { title: "DELIVERY", cell: (record) => record.deliveryAt ?? unknown }
  ]
}

export const instruments = Command.make(
  "instruments",
  {
    output: presentation(shape.fields),
    simulated: options.simulated,
    noState: options.noState,
    exchanges: exchangeArguments
  },
  ({ exchanges: names, noState, output, simulated }) =>
    Effect.gen(function* () {
      const asked = yield* exchangesNamed(names)
      const outcomes = yield* Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) =>
        all.instruments(asked)
      ).pipe(
        Effect.provide(layer(asked, { noState, simulated })),
        during(`reading the contracts of ${asked.join(", ")}`)
      )

      const lists = outcomes.flatMap(({ of, result }) => (Either.isRight(result) ? [{ of, ...result.right }] : []))
      const records = lists.flatMap(({ listed }) => listed.map((each) => encode(InstrumentRecord.fromInstrument(each))))
      const failed = [
        ...outcomes.flatMap(({ of, result }) => (Either.isLeft(result) ? [{ of, failure: result.left }] : [])),
        ...lists.flatMap(({ failures, of }) =>
          failures.map(({ error, product, symbol }) => ({ of: `${of}:${symbol ?? product}`, failure: error }))
        )
      ]
      if (records.length > 0 || failed.length === 0) yield* print(yield* render(output, records, shape))
      yield* report.failures(failed)
      yield* outcome({ delivered: records.length, failed: failed.length })
    })
).pipe(Command.withDescription(describe("instruments")))
