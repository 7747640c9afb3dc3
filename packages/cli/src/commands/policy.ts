import * as Command from "@effect/cli/Command"
import * as OpenInterestSources from "@open-interest/core/OpenInterestSources"
import * as Policy from "@open-interest/core/Policy"
import * as Quota from "@open-interest/core/Quota"
import * as Settings from "@open-interest/core/Settings"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { exchangeArguments, type ExchangeName, exchangesNamed } from "../exchangeArguments.ts"
import { exchanges } from "../exchanges.ts"
import { outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import { columns, options } from "../options.ts"
import { print } from "../output.ts"
import { type Presentation, render, type Shape } from "../render/format.ts"
import { json, ndjson } from "../render/json.ts"
import { unknown } from "../render/table.ts"
import * as report from "../report.ts"
import * as SettingSources from "../settingSources.ts"

interface Found {
  readonly exchange: ExchangeName
  readonly policy: Policy.Policy
  readonly limits: Quota.Limits
}

const words = ({ exchange, limits, policy }: Found): string => `${exchange}\n${Policy.explain(policy, limits)}\n`

/** The value, which a setting reads back, and what is imposed beside it. */
const record = ({ exchange, limits, policy }: Found) => ({
  exchange,
  policy: Schema.encodeSync(Policy.Policy)(policy),
  limits: limits.pools.map((pool) => Schema.encodeSync(Quota.Pool)(pool))
})

const fields = ["setting", "value", "allowed", "description"] as const

/** What may be set, and to what it is set. */
const rows = ({ exchange, policy }: Found) =>
  Settings.policySettings.map(({ allowed, description, key, value }) => ({
    setting: `${exchanges[exchange].settings.prefix}_${key}`,
    value: Option.getOrNull(value(policy)),
    allowed,
    description
  }))

const shape: Shape<ReturnType<typeof rows>[number]> = {
  fields,
  columns: fields.map((field) => ({ title: field.toUpperCase(), cell: (row) => row[field] ?? unknown }))
}

/** Words, unless a format or columns are asked for. The value of a policy is nested, and has no columns. */
const toText = (output: Presentation, found: ReadonlyArray<Found>): Effect.Effect<string> => {
  const settings = render(output, found.flatMap(rows), shape)
  if (Option.isSome(output.columns)) return settings
  switch (Option.getOrUndefined(output.format)) {
    case "json":
      return Effect.succeed(json(found.map(record)))
    case "ndjson":
      return Effect.succeed(ndjson(found.map(record)))
    case undefined:
      return Effect.succeed(found.map(words).join("\n"))
    default:
      return settings
  }
}

export const policy = Command.make(
  "policy",
  { format: options.format, columns: columns(fields), exchanges: exchangeArguments },
  ({ columns, exchanges: names, format }) =>
    Effect.gen(function* () {
      const asked = yield* exchangesNamed(names)
      const loaded = yield* Effect.forEach(asked, (exchange) => {
        const { config, defaults, limits, settings } = exchanges[exchange]
        return Settings.load(config, settings).pipe(
          Effect.map((options) => ({ exchange, policy: options.policy ?? defaults.policy, limits: limits(options) })),
          Effect.catchAll((error) => Effect.flip(SettingSources.locate(error))),
          Effect.mapError((cause) => ({
            of: exchange,
            failure: OpenInterestSources.misconfigured(exchange, cause)
          })),
          Effect.either
        )
      })
      const found = loaded.flatMap((each) => (Either.isRight(each) ? [each.right] : []))
      const failed = loaded.flatMap((each) => (Either.isLeft(each) ? [each.left] : []))
      if (found.length > 0) {
        yield* print(yield* toText({ columns, format, raw: false }, found))
      }
      yield* report.failures(failed)
      yield* outcome({ delivered: found.length, failed: failed.length })
    })
).pipe(Command.withDescription(describe("policy")))
