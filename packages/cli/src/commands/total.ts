import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Instrument from "@open-interest/core/Instrument"
import * as Total from "@open-interest/core/Total"
import * as TotalRecord from "@open-interest/core/TotalRecord"
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { exchangeArguments, exchangesNamed } from "../exchangeArguments.ts"
import { codes, ExitCode, outcome } from "../exitCode.ts"
import { describe } from "../help.ts"
import * as Market from "../market.ts"
import { oneOf, options, presentation, repeatable, severalOf } from "../options.ts"
import { print } from "../output.ts"
import { render } from "../render/format.ts"
import { encode, fields, sums } from "../render/total.ts"
import * as report from "../report.ts"
import * as Time from "../time.ts"

const currencies = (text: string): ReadonlyArray<string> => text.toUpperCase().split(",")

const isEquivalence = (text: string): boolean => /^[^,\s]+(?:,[^,\s]+)+$/.test(text)

/** What nobody chose to leave out: the time of the reading makes no sense of it. */
const isOutOfTime = ({ reason }: Total.LeftOut): boolean => reason === "Stale" || reason === "InFuture"

const remarks = (leftOut: ReadonlyArray<Total.LeftOut>): ReadonlyArray<string> =>
  report.together(
    leftOut.map(({ valuation, why }) => {
      const { exchange, symbol } = valuation.openInterest.instrument
      return { exchange, symbol, text: `left out: ${why}` }
    })
  )

/** One line per exchange for what holds for several of its product lines. */
const byExchange = (bases: ReadonlyArray<Total.UnknownSides | Total.Doubt | Total.Halved>): ReadonlyArray<string> =>
  Object.values(Array.groupBy(bases, ({ _tag, exchange }) => `${_tag} ${exchange}`)).map((alike) => {
    const [{ exchange, why }] = alike
    const contracts = alike.reduce((sum, each) => sum + each.contracts, 0)
    const products = alike.map(({ product }) => product).join(", ")
    return `${contracts} ${contracts === 1 ? "contract" : "contracts"} of ${exchange} (${products}): ${why}`
  })

/** What the sums rest on, and what is not in them. */
const tellBasis = (total: Total.Total): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.forEach(remarks(total.leftOut.filter((each) => !isOutOfTime(each))), report.note)
    const [equivalences, unknownSides] = Array.partitionMap(total.assumptions, (each) =>
      each._tag === "Equivalence" ? Either.left(each.message) : Either.right(each)
    )
    yield* Effect.forEach(byExchange(total.halved), report.note)
    yield* Effect.forEach([...byExchange(unknownSides), ...equivalences], (text) => report.note(`assumed: ${text}`))
    yield* Effect.forEach(byExchange(total.doubts), (text) => report.note(`in doubt: ${text}`))
    yield* Market.tellMissingPrices(total.counted)
    yield* Effect.forEach(remarks(total.leftOut.filter(isOutOfTime)), report.error)
  })

export const total = Command.make(
  "total",
  {
    output: presentation(fields),
    simulated: options.simulated,
    noState: options.noState,
    by: oneOf("by", Total.By.literals, "what sums are split by; underlying where it is not given").pipe(
      Options.withDefault("underlying" as const)
    ),
    strict: Options.boolean("strict").pipe(
      Options.withDescription("leave out exchanges that do not say whether they count one side or both")
    ),
    base: options.filter.base,
    assetClass: severalOf(
      "asset-class",
      [...Instrument.AssetClass.literals, "all"],
      "only futures on this, or on anything; crypto where it is not given"
    ),
    same: repeatable(
      "same",
      "currency,currency",
      "currencies to add one to one, as if they were worth the same, such as USD,USDT,USDC"
    ),
    staleAfter: Options.text("stale-after").pipe(
      Options.withPseudoName("duration"),
      Options.withDescription("how old a reading may be to count; 5m where it is not given"),
      Options.optional
    ),
    exchanges: exchangeArguments
  },
  ({ assetClass, base, by, exchanges: names, noState, output, same, simulated, staleAfter, strict }) =>
    Effect.gen(function* () {
      const oldest = Option.map(staleAfter, (text) => ({ text, age: Time.parseDuration(text) }))
      yield* report.usage([
        ...same
          .filter((text) => !isEquivalence(text))
          .map((text) => `--same: expected currencies such as USD,USDT,USDC, got ${report.quoted(text)}`),
        ...Option.match(oldest, {
          onNone: () => [],
          onSome: ({ age, text }) =>
            Option.isSome(age) ? [] : [`--stale-after: expected ${Time.durationAllowed}, got ${report.quoted(text)}`]
        })
      ])
      const filter = base.length === 0 ? {} : { base }
      const request = { exchanges: yield* exchangesNamed(names), filter, noState, simulated }
      const market = yield* Market.read(request)
      const total = Total.make({
        ...market,
        by,
        strict,
        now: yield* DateTime.now,
        staleAfter: Option.getOrUndefined(Option.flatMap(oldest, ({ age }) => age)),
        assetClasses: assetClass.includes("all")
          ? "all"
          : assetClass.length === 0
            ? undefined
            : assetClass.filter((each) => each !== "all"),
        equivalences: same.map(currencies)
      })
      const records = [...TotalRecord.fromTotal(total), ...TotalRecord.acrossUnderlyings(total)]
      const delivered = total.counted.length
      const failed = Market.failed(market) + total.leftOut.filter(isOutOfTime).length
      if (delivered > 0) {
        yield* print(
          yield* render(
            output,
            records.map((record) => encode(record)),
            sums(by)
          )
        )
      }
      yield* tellBasis(total)
      yield* Market.tellFailures(market)
      if (delivered === 0 && failed === 0) {
        yield* market.valuations.length === 0
          ? Market.tellNothingListed(request)
          : report.error("nothing to add up: every contract is left out")
        yield* new ExitCode({ code: codes.nothing })
      }
      yield* outcome({ delivered, failed })
    })
).pipe(Command.withDescription(describe("total")))
