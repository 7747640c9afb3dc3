import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { describe } from "../help.ts"
import * as HistoryRows from "../historyRows.ts"
import { options, presentation } from "../options.ts"
import { print } from "../output.ts"
import { stepwise } from "../render/format.ts"
import { encode, fields, series } from "../render/openInterest.ts"
import * as TargetArguments from "../targetArguments.ts"

export const history = Command.make(
  "history",
  {
    output: presentation(fields),
    simulated: options.simulated,
    noState: options.noState,
    ...HistoryRows.options,
    targets: Args.text({ name: "target" }).pipe(Args.withDescription(TargetArguments.description), Args.atLeast(1))
  },
  ({ noState, output, simulated, targets, ...given }) =>
    Effect.gen(function* () {
      const asked = yield* HistoryRows.parse(targets, given)
      const { add, end } = yield* stepwise(output, series)
      const rows = yield* HistoryRows.read(asked, { noState, simulated }, (page) =>
        print(add(page.map((record) => encode(record))))
      )
      yield* print(end())
      yield* HistoryRows.tell(asked, rows)
    })
).pipe(Command.withDescription(describe("history")))
