import * as Command from "@effect/cli/Command"
import * as OpenInterestRecord from "@open-interest/core/OpenInterestRecord"
import * as Effect from "effect/Effect"
import { exchangeArguments, exchangesNamed } from "../exchangeArguments.ts"
import { codes, ExitCode, outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import * as Market from "../market.ts"
import { options, presentation, toFilter } from "../options.ts"
import { print } from "../output.ts"
import { render } from "../render/format.ts"
import { encode, fields, readings } from "../render/openInterest.ts"

export const snapshot = Command.make(
  "snapshot",
  {
    output: presentation(fields),
    simulated: options.simulated,
    noState: options.noState,
    ...options.filter,
    exchanges: exchangeArguments
  },
  ({ exchanges: names, noState, output, simulated, ...given }) =>
    Effect.gen(function* () {
      const request = { exchanges: yield* exchangesNamed(names), filter: toFilter(given), noState, simulated }
      const market = yield* Market.read(request)
      const records = market.valuations.map((valuation) => encode(OpenInterestRecord.fromValuation(valuation)))
      const failed = Market.failed(market)
      if (records.length > 0) yield* print(yield* render(output, records, readings))
      yield* Market.tellMissingPrices(market.valuations)
      yield* Market.tellUnverifiedUnits(market.valuations)
      yield* Market.tellFailures(market)
      if (records.length === 0 && failed === 0) {
        yield* Market.tellNothingListed(request)
        yield* new ExitCode({ code: codes.nothing })
      }
      yield* outcome({ delivered: records.length, failed })
    })
).pipe(Command.withDescription(describe("snapshot")))
