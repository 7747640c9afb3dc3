import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { layer } from "../exchanges.ts"
import { outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import * as Market from "../market.ts"
import * as MissingPrice from "../missingPrice.ts"
import { options, presentation } from "../options.ts"
import { during, print } from "../output.ts"
import { render } from "../render/format.ts"
import { encode, fields, readings } from "../render/openInterest.ts"
import * as report from "../report.ts"
import * as TargetArguments from "../targetArguments.ts"

export const get = Command.make(
  "get",
  {
    output: presentation(fields),
    simulated: options.simulated,
    noState: options.noState,
    targets: Args.text({ name: "target" }).pipe(Args.withDescription(TargetArguments.description), Args.atLeast(1))
  },
  ({ noState, output, simulated, targets }) =>
    Effect.gen(function* () {
      const [mistakes, asked] = TargetArguments.parse(targets)
      yield* report.usage(mistakes)
      const outcomes = yield* Effect.flatMap(OpenInterestSources.OpenInterestSources, (all) =>
        all.valuations(asked)
      ).pipe(
        Effect.provide(
          layer(
            asked.map(({ exchange }) => exchange),
            { noState, simulated }
          )
        ),
        during(`reading ${asked.length > 3 ? `${asked.length} contracts` : asked.join(", ")}`)
      )

      const delivered = outcomes.flatMap(({ of, result }) =>
        Either.isRight(result) ? [{ of, valuation: result.right }] : []
      )
      const records = delivered.map(({ valuation }) => encode(OpenInterestRecord.fromValuation(valuation)))
      if (records.length > 0) yield* print(yield* render(output, records, readings))
      yield* Effect.forEach(
        delivered.flatMap(({ of, valuation }) => MissingPrice.reasons(valuation).map((reason) => `${of}: ${reason}`)),
        report.warning
      )
      yield* Market.tellUnverifiedUnits(delivered.map(({ valuation }) => valuation))
      yield* report.failures(
        outcomes.flatMap(({ of, result }) => (Either.isLeft(result) ? [{ of: String(of), failure: result.left }] : []))
      )
      yield* outcome({ delivered: delivered.length, failed: outcomes.length - delivered.length })
    })
).pipe(Command.withDescription(describe("get")))
