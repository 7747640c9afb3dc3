// A line whenever the position in a contract has changed by 5 % or more within 15 minutes, whatever the price did.
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { BinanceCoinM } from "@open-interest/binance"
import { Change, Decimal, OpenInterestSource, Poll } from "@open-interest/core"
import { BigDecimal, Console, Effect, Either, Layer, Option, Stream } from "effect"
import { fileURLToPath } from "node:url"

const threshold = BigDecimal.unsafeFromString("5")

const describe = (change: Change.Change): Option.Option<string> =>
  Option.gen(function* () {
    const percentage = yield* Option.flatMap(Either.getRight(change.position), (position) => position.percentage)
    if (BigDecimal.lessThan(BigDecimal.abs(percentage), threshold)) return yield* Option.none()
    const { symbol } = change.after.openInterest.instrument
    const words = Either.match(change.quadrant, { onLeft: (error) => error.message, onRight: Change.describe })
    return `${symbol}: ${Decimal.format(percentage)} % in 15 minutes: ${words}`
  })

/** The alerts for these contracts, as long as somebody listens. */
export const alerts = (symbols: ReadonlyArray<string>) =>
  Stream.unwrap(
    Effect.map(OpenInterestSource.OpenInterestSource, (source) =>
      Poll.targets(source, symbols, { interval: "1 minute", distinct: true }).pipe(
        Stream.tap(({ failures }) => Effect.forEach(failures, ({ error }) => Console.error(error.message))),
        Poll.valuations,
        Change.within("15 minutes"),
        Stream.filterMap(describe)
      )
    )
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  Stream.runForEach(alerts(["BTCUSD_PERP", "ETHUSD_PERP"]), Console.log).pipe(
    Effect.provide(Layer.provide(BinanceCoinM.layerConfig(), NodeHttpClient.layer)),
    NodeRuntime.runMain
  )
}
