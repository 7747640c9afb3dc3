/**
 * Polls both simulated exchanges at their full quota while faults rain on the way, counts what comes of it, and looks at heap
 * and sockets. The exchanges run in a process of their own, this program once more with the word `exchanges`.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"
import * as BaseUrl from "@open-interest/core/BaseUrl"
import * as Decimal from "@open-interest/core/Decimal"
import * as OpenInterestSource from "@open-interest/core/OpenInterestSource"
import * as Policy from "@open-interest/core/Policy"
import * as Poll from "@open-interest/core/Poll"
import * as Pools from "@open-interest/core/Pools"
import type { ReadingFailure, Readings } from "@open-interest/core/Readings"
import * as Simulator from "@open-interest/simulator/Simulator"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type * as MetricState from "effect/MetricState"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readlinkSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Rain from "./rain.ts"

type Name = "binance" | "bitget"

/** Where the exchanges are: those in the rain, and the same without any, of which only the right figures are asked. */
type Addresses = Readonly<Record<"wet" | "dry", Readonly<Record<Name, string>>>>

/** How many requests were answered with each status, and how many met each fault. */
interface Received {
  readonly statuses: Record<string, number>
  readonly faults: Record<string, number>
}

const count = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

/* The exchanges. */

const exchanges = (seed: number) =>
  Effect.gen(function* () {
    const time = yield* DateTime.now
    const options = { seed, time, latency: "20 millis" } as const
    const wet = yield* Simulator.make({ ...options, faults: Rain.plan(seed) })
    const dry = yield* Simulator.make(options)
    const received: Received = { statuses: {}, faults: {} }
    const last = new Map<Name, Simulator.SimulatedRequest>()
    // The simulated exchanges remember 10 000 requests, so they are asked often enough.
    const take = (name: Name) =>
      Effect.map(wet[name].requests, (requests) => {
        const known = last.get(name)
        for (const request of known === undefined ? requests : requests.slice(requests.lastIndexOf(known) + 1)) {
          count(received.statuses, String(request.status))
          if (request.fault !== undefined) count(received.faults, request.fault)
          last.set(name, request)
        }
      })
    const takeAll = Effect.all([take("binance"), take("bitget")], { discard: true })
    process.on("message", () => void Effect.runPromise(takeAll).then(() => process.send?.(received)))
    // However the program ends that has started it, it does not stay behind.
    process.once("disconnect", () => process.exit())
    const urls = ({ binance, bitget }: Simulator.Service) => ({ binance: binance.baseUrl, bitget: bitget.baseUrl })
    process.send?.({ wet: urls(wet), dry: urls(dry) } satisfies Addresses)
    yield* Effect.repeat(takeAll, Schedule.spaced("10 seconds"))
  }).pipe(Effect.scoped)

const answerOf = <A>(child: ChildProcess): Effect.Effect<A> =>
  Effect.promise(async () => ((await once(child, "message")) as [A])[0])

/* The client. */

const httpClient = Layer.provide(NodeHttpClient.layerWithoutAgent, NodeHttpClient.makeAgentLayer({ keepAlive: true }))

/** All of the quota is ours: there is nobody else at this address. */
const policy = Policy.withQuota(Policy.standard, { fraction: 1 })

const sourceOf = (name: Name, baseUrl: string) =>
  Effect.map(
    Layer.build(
      Layer.provide(
        name === "binance"
          ? BinanceCoinM.layer({ baseUrl: BaseUrl.make(baseUrl), policy })
          : BitgetMix.layer({ baseUrl: BaseUrl.make(baseUrl), policy, productTypes: ["USDT-FUTURES"] }),
        httpClient
      )
    ),
    (context): OpenInterestSource.Service => context.unsafeMap.get(OpenInterestSource.OpenInterestSource.key)
  )

/** Each contract with a request of its own. */
const oneByOne =
  (symbols: ReadonlyArray<string>) =>
  (source: OpenInterestSource.Service): Effect.Effect<Readings> =>
    Effect.map(
      Effect.partition(
        symbols,
        (name) =>
          Effect.mapError(source.valuation(name), (error): ReadingFailure => ({
            exchange: source.exchange,
            missing: "contract",
            name,
            error
          })),
        { concurrency: "unbounded" }
      ),
      ([failures, valuations]) => ({ failures, valuations })
    )

/** How many contracts a poll asks for once a second: 30 × 1 + 10 of Binance's 40 weight, 19 + 1 of Bitget's 20 requests. */
const contracts = { binance: 30, bitget: 19 }

/** More polls than the quota is enough for, so that it is always full. */
const polls = 3

const symbolOf = ({ openInterest }: Readings["valuations"][number]) => openInterest.instrument.symbol

/** Figure and price of each contract, digit by digit. */
const figuresOf = ({ valuations }: Readings): ReadonlyMap<string, readonly [figure: string, price: string]> =>
  new Map(
    valuations.map((valuation) => [
      symbolOf(valuation),
      [
        Decimal.format(valuation.openInterest.amount),
        Either.match(valuation.markPrice, { onLeft: () => "", onRight: ({ price }) => Decimal.format(price) })
      ]
    ])
  )

interface Tally {
  rounds: number
  /** Rounds that were due while another was still being read. */
  late: number
  readings: number
  readonly failures: Record<string, number>
  withoutPrice: number
  /** What must not be, in words; only the first few of each exchange. */
  readonly wrong: Array<string>
}

const interval = Duration.seconds(1)

/** Looks at each round: every contract there once, as a reading with the right figures or as a failure, and no round lost. */
const watch = (
  name: Name,
  source: OpenInterestSource.Service,
  right: ReturnType<typeof figuresOf>,
  { tally, until }: { readonly tally: Tally; readonly until: number }
) =>
  Effect.gen(function* () {
    let before: DateTime.Utc | undefined
    const object = (text: string) => tally.wrong.length < 5 && tally.wrong.push(`${name}: ${text}`)
    yield* Poll.make(oneByOne([...right.keys()])(source), { interval }).pipe(
      Stream.takeUntil(() => performance.now() > until),
      Stream.runForEach((round) =>
        Effect.sync(() => {
          const skipped = round.skipped.late + round.skipped.closed
          if (before !== undefined) {
            const step = round.due.epochMillis - before.epochMillis
            const rounds = step / Duration.toMillis(interval)
            if (rounds !== 1 + skipped) object(`${rounds} rounds on, and ${skipped} skipped`)
          }
          before = round.due
          tally.rounds += 1
          tally.late += skipped
          const whole = round.failures.some(({ missing }) => missing === "product")
          const named = [...round.valuations.map(symbolOf), ...round.failures.map((failure) => failure.name)]
          for (const failure of round.failures) count(tally.failures, failure.error._tag)
          for (const symbol of right.keys()) {
            const times = named.filter((each) => each === symbol).length
            if (times > 1 || (times === 0 && !whole)) object(`${symbol} is there ${times} times in a round`)
          }
          for (const [symbol, [figure, price]] of figuresOf(round)) {
            tally.readings += 1
            if (price === "") tally.withoutPrice += 1
            const [rightFigure, rightPrice] = right.get(symbol) ?? []
            if (figure !== rightFigure) object(`${symbol} has ${figure}, and ${rightFigure} would be right`)
            if (price !== "" && price !== rightPrice)
              object(`${symbol} costs ${price}, and ${rightPrice} would be right`)
          }
        })
      )
    )
  })

/** What was sent, by its outcome. */
const attempts = (): Record<string, number> => {
  const outcomes: Record<string, number> = {}
  for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
    if (metricKey.name !== "open_interest_attempts") continue
    const outcome = metricKey.tags.find(({ key }) => key === "outcome")?.value ?? ""
    outcomes[outcome] =
      (outcomes[outcome] ?? 0) + Number((metricState as MetricState.MetricState.Counter<number>).count)
  }
  return outcomes
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

interface Look {
  /** MB, after collecting garbage. */
  readonly heap: number
  readonly sockets: number
}

/** Idle ones included, which Node does not count among its active resources; where /proc is missing, only the active ones. */
const openSockets = (): number => {
  const folder = "/proc/self/fd"
  if (!existsSync(folder)) return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith("socket:")
    } catch {
      return false
    }
  }).length
}

/** Once nothing is under way: what waits in line is memory in use, and none that is lost. */
const look = Effect.delay(
  Effect.sync((): Look => {
    globalThis.gc?.()
    return {
      heap: process.memoryUsage().heapUsed / 2 ** 20,
      sockets: openSockets()
    }
  }),
  "1 second"
)

/** The fullest that a window of each exchange has been: how much of which limit. */
const fullest: Record<string, { readonly used: number; readonly limit: number }> = {}
const noteFullest = Effect.map(
  Effect.flatMap(Pools.Pools, (pools) => pools.state),
  (states) => {
    for (const { exchange, windows } of states) {
      for (const { limit, used } of windows) {
        const before = fullest[exchange]
        if (before === undefined || used / limit > before.used / before.limit) fullest[exchange] = { used, limit }
      }
    }
  }
)

const inWords = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, times]) => `${key} ${times}`)
    .join(", ")

/** MB by which the heap may differ between the ends of the parts. */
const heapWithin = 5

/** One for each request that may be under way at once. */
const socketsAtMost = polls * (contracts.binance + contracts.bitget)

const parts = 4

const soak = ({ seconds, seed }: { readonly seconds: number; readonly seed: number }) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => fork(new URL(import.meta.url), ["exchanges", "--seed", String(seed)], { execArgv: [] })),
      (process) => Effect.sync(() => process.kill())
    )
    const { dry, wet } = yield* answerOf<Addresses>(child)
    const right = (name: Name) =>
      Effect.flatMap(sourceOf(name, dry[name]), (source) =>
        Effect.map(source.snapshot(), (readings) => new Map([...figuresOf(readings)].slice(0, contracts[name])))
      )
    const names = ["binance", "bitget"] as const
    const expected = { binance: yield* right("binance"), bitget: yield* right("bitget") }
    const before = attempts()

    const began = performance.now()
    const looks: Array<Look> = []
    const tallies = names.map((): Tally => ({
      rounds: 0,
      late: 0,
      readings: 0,
      failures: {},
      withoutPrice: 0,
      wrong: []
    }))
    const sources = { binance: yield* sourceOf("binance", wet.binance), bitget: yield* sourceOf("bitget", wet.bitget) }
    yield* Effect.fork(Effect.repeat(noteFullest, Schedule.spaced("500 millis")))
    for (let part = 1; part <= parts; part++) {
      const until = began + (seconds * 1000 * part) / parts
      yield* Effect.forEach(
        names,
        (name, index) =>
          Effect.replicateEffect(
            watch(name, sources[name], expected[name], { tally: tallies[index] as Tally, until }),
            polls,
            { concurrency: "unbounded", discard: true }
          ),
        { concurrency: "unbounded", discard: true }
      )
      looks.push(yield* look)
    }
    const took = (performance.now() - began) / 1000
    child.send("what was received")
    const received = yield* answerOf<Received>(child)
    const sent = attempts()
    for (const [outcome, times] of Object.entries(before)) sent[outcome] = (sent[outcome] ?? 0) - times

    const range = (of: (look: Look) => number) => [Math.min(...looks.map(of)), Math.max(...looks.map(of))] as const
    const heap = range((each) => each.heap)
    const sockets = range((each) => each.sockets)
    const refused = (received.statuses["429"] ?? 0) + (received.statuses["418"] ?? 0)
    const lines = [
      `${seconds} s, seed ${seed}`,
      ...names.map((name, index) => {
        const { failures, late, readings, rounds, withoutPrice } = tallies[index] as Tally
        const failed = sum(failures) === 0 ? "none failed" : `${sum(failures)} failed (${inWords(failures)})`
        return `${name}: ${rounds} rounds and ${late} that came late, ${readings} readings, ${withoutPrice} of them without a price, ${failed}`
      }),
      `sent: ${sum(sent)} requests, ${(sum(sent) / took).toFixed(1)} per second (${inWords(sent)})`,
      `received: ${sum(received.statuses)} (${inWords(received.statuses)}), of which ${sum(received.faults)} met a fault (${inWords(received.faults)})`,
      `held at most: ${names.map((name) => `${fullest[name]?.used} of the ${fullest[name]?.limit} of ${name}`).join(", ")}`,
      `heap: ${heap.map((each) => each.toFixed(1)).join(" to ")} MB; sockets: ${sockets.join(" to ")}`
    ]
    const wrong = [
      ...tallies.flatMap(({ wrong }) => wrong),
      ...(refused === 0 ? [] : [`${refused} requests were refused for too many`]),
      ...(sum(received.statuses) <= sum(sent) ? [] : ["the exchanges received more than was sent"]),
      ...(sum(received.faults) > 0 ? [] : ["no fault was met"]),
      ...(heap[1] - heap[0] <= heapWithin ? [] : [`the heap is not within ${heapWithin} MB`]),
      ...(sockets[1] <= socketsAtMost ? [] : [`there are more than ${socketsAtMost} sockets`])
    ]
    process.stdout.write(`${lines.join("\n")}\n`)
    process.stdout.write(
      wrong.length === 0
        ? "nothing lost, nothing doubled, no wrong figure, no 429 earned, heap and sockets flat\n"
        : `${wrong.map((each) => `WRONG: ${each}`).join("\n")}\n`
    )
    return wrong.length === 0 ? 0 : 1
  }).pipe(Effect.scoped)

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "120" }, seed: { type: "string", default: "1" } }
})
const numberOf = (name: "seconds" | "seed", from: number, to: number): number => {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value
  process.stderr.write(`--${name}: a whole number from ${from} to ${to}\n`)
  return process.exit(2)
}
const seed = numberOf("seed", 0, 2 ** 32 - 1)

if (positionals[0] === "exchanges") void Effect.runPromise(exchanges(seed))
else process.exitCode = await Effect.runPromise(soak({ seconds: numberOf("seconds", 10, 3600), seed }))
