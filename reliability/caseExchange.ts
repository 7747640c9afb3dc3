/** A simulated exchange in trouble: where it is, what would be right to read there, and what it was asked. */
import * as HttpApp from "@effect/platform/HttpApp"
import * as BinanceSimulator from "@open-interest/simulator/BinanceSimulator"
import * as BitgetSimulator from "@open-interest/simulator/BitgetSimulator"
import * as Simulator from "@open-interest/simulator/Simulator"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Case, Subject } from "./cases.ts"
import type { Figure } from "./ask.ts"

const seed = 7

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** The object with this member, wherever it stands; in a list, the row of the symbol. */
const holder = (json: unknown, name: string, symbol: string): Readonly<Record<string, unknown>> | undefined => {
  if (!isObject(json) || (json["symbol"] ?? symbol) !== symbol) return undefined
  if (name in json) return json
  for (const value of Object.values(json)) {
    const found = holder(value, name, symbol)
    if (found !== undefined) return found
  }
  return undefined
}

const query = ({ exchange, figure, symbol }: Subject): string => {
  if (figure === "markPrice") return ""
  return exchange === "binance" ? `?symbol=${symbol}` : `?symbol=${symbol}&productType=USDT-FUTURES`
}

/** Without trailing zeros. */
const plain = (decimal: string): string => (decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal)

/** What the exchange would say if nothing went wrong. */
const right = (subject: Subject, time: DateTime.Utc): Effect.Effect<Figure> =>
  Effect.promise(async () => {
    const simulator = subject.exchange === "binance" ? BinanceSimulator : BitgetSimulator
    const app = HttpApp.toWebHandler(simulator.make({ seed, time }))
    const response = await app(new Request(`http://localhost${subject.path}${query(subject)}`))
    const json: unknown = await response.json()
    return {
      figure: plain(String(holder(json, subject.figure, subject.symbol)?.[subject.figure])),
      time: Number(holder(json, subject.time, subject.symbol)?.[subject.time])
    }
  })

export interface Exchange {
  readonly subject: Subject
  readonly baseUrl: string
  readonly right: Figure
  /** How many requests have come for the figure. */
  readonly received: Effect.Effect<number>
  /** How many of those that are over met a fault. */
  readonly faulty: Effect.Effect<number>
}

/** Starts the exchange of a case; its figures stand still from now on. */
export const start = (
  { isEarly, plan, shift = 0, subjects, ...given }: Case,
  exchange: keyof Case["subjects"]
): Effect.Effect<Exchange, never, Scope.Scope> =>
  Effect.gen(function* () {
    const subject = subjects[exchange]
    const now = yield* DateTime.now
    const time = isEarly === true ? DateTime.add(DateTime.startOf(now, "minute"), { seconds: 10 }) : now
    const { [exchange]: simulated } = yield* Effect.orDie(Simulator.make({ seed, time, faults: plan(subject) }))
    const expected = yield* right(subject, time)
    return {
      subject,
      baseUrl: given.baseUrl ?? simulated.baseUrl,
      right: { ...expected, time: expected.time + shift },
      received: Effect.map(simulated.requestCounts, (counts) => counts[subject.path] ?? 0),
      faulty: Effect.map(simulated.requests, (requests) => requests.filter(({ fault }) => fault !== undefined).length)
    }
  })
