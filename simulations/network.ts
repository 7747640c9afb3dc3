/** A network of virtual time: round trips that last, in front of an exchange that counts by its own rules and clock. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as SimulationClock from "@open-interest/core/SimulationClock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How long each way takes: some of it always, the rest by chance. */
export interface Delay {
  /** Milliseconds, each way. */
  readonly atLeast: number
  readonly atMost: number
}

/** What the exchange answers, in a word. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Options {
  readonly clock: SimulationClock.SimulationClock
  readonly delay: Delay
  readonly random: () => number
  /** What the exchange does with a request that arrives now, by its own clock. */
  readonly reply: (url: URL, now: number) => Reply
}

/** Milliseconds that one way takes this time. */
export const oneWay = ({ atLeast, atMost }: Delay, random: () => number): number =>
  atLeast + (atMost - atLeast) * random()

/** `Date` as exchanges send it: their own time, to the second. */
export const dateHeader = (now: number): string => new Date(now).toUTCString()

/** The exchange in place of the network. The round trip takes true time, whatever the clock of the client says. */
export const client = ({ clock, delay, random, reply }: Options): HttpClient.HttpClient => {
  const travel = Effect.suspend(() => clock.sleep(Duration.millis(oneWay(delay, random))))
  return HttpClient.make((request, url) =>
    Effect.gen(function* () {
      yield* travel
      const { body, headers, status } = reply(url, clock.unsafeCurrentTimeMillis())
      yield* travel
      const response = HttpClientResponse.fromWeb(request, new Response(null, { status, headers }))
      // A body of the platform comes by promises, each of which takes turns of the event loop.
      return Object.defineProperty(response, "stream", { value: Stream.make(new TextEncoder().encode(body)) })
    })
  )
}

/** The line that runs the same simulation again. */
export const replay = (name: string, seed: number): string =>
  `replay: SIMULATION_SEED=${seed} npx -y pnpm@12.18.0 simulate -t "${name}"`

/** Another seed looks elsewhere. */
export const seed = Number(process.env["SIMULATION_SEED"] ?? 20_261_120)

/** How many times longer than in the tests: `SIMULATION_LENGTH=7` simulates a week of Binance. */
export const length = Number(process.env["SIMULATION_LENGTH"] ?? 1)

export const print = (text: string): void => void process.stdout.write(`${text}\n`)
