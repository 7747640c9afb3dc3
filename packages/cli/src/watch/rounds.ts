import type { InstrumentFilter } from "@open-interest/core/InstrumentFilter"
import type { Service } from "@open-interest/core/OpenInterestSource"
import * as Poll from "@open-interest/core/Poll"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Round } from "./state.ts"

/** What is watched at one exchange: contracts by their symbols, or those of its market that a filter names. */
export interface Subject {
  readonly exchange: string
  readonly source: Service
  readonly of: { readonly symbols: ReadonlyArray<string> } | { readonly filter: InstrumentFilter }
}

/** When to ask, how often, and whether readings are left out that the exchange has not renewed. */
export interface Options {
  readonly interval: Duration.Duration
  readonly count: Option.Option<number>
  readonly distinct: boolean
}

/** A round, and of which exchange. */
export interface Event {
  readonly exchange: string
  readonly round: Round
}

/** Milliseconds until the first round, which has to lie ahead when the stream begins. */
const start = 100

const ofOne = ({ exchange, of, source }: Subject, { count, distinct, interval }: Options): Stream.Stream<Event> =>
  Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (now) => {
      const options = { interval, distinct, phase: (now + start) % Duration.toMillis(interval) }
      const rounds: Stream.Stream<Poll.Round> =
        "symbols" in of ? Poll.targets(source, of.symbols, options) : Poll.market(source, of.filter, options)
      return Stream.mapEffect(
        Option.match(count, { onNone: () => rounds, onSome: (most) => Stream.take(rounds, most) }),
        (round) => Effect.map(DateTime.now, (readAt) => ({ exchange, round: { ...round, readAt } }))
      )
    })
  )

/** The rounds of all, each exchange in a stream of its own, so that none waits for another. The first comes at once. */
export const make = (subjects: ReadonlyArray<Subject>, options: Options): Stream.Stream<Event> =>
  Stream.mergeAll(
    subjects.map((subject) => ofOne(subject, options)),
    { concurrency: "unbounded", bufferSize: 1 }
  )
