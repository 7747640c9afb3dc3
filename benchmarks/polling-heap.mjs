/**
 * Polls a market of 800 contracts on the virtual clock and looks at the heap on the way. Ends with 1 where it is more
 * than 5 MB off what it was after warming up.
 */
import { build } from "esbuild"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const { values: flags } = parseArgs({ options: { rounds: { type: "string", default: "10000" } } })
const rounds = Number(flags.rounds)
const contracts = 800
const looks = 20
const allowed = 5

if (globalThis.gc === undefined) throw new Error("run it with node --expose-gc")
if (!(Number.isSafeInteger(rounds) && rounds >= looks)) throw new Error(`--rounds: a whole number from ${looks}`)

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

// One bundle for all, so that TypeScript needs no step of its own and everything meets the one copy of Effect.
const ours = [
  "InstrumentCatalog",
  "Instrument",
  "OpenInterest",
  "OpenInterestSource",
  "Poll",
  "SimulationClock",
  "Valuation"
]
const effects = ["BigDecimal", "DateTime", "Effect", "Either", "Stream"]
await build({
  stdin: {
    contents: [
      ...ours.map((name) => `export * as ${name} from "../packages/core/src/${name}.ts"`),
      ...effects.map((name) => `export * as ${name} from "effect/${name}"`),
      `export { MarkPrice } from "../packages/core/src/MarkPrice.ts"`
    ].join("\n"),
    resolveDir: here(".")
  },
  outfile: here("dist/polling.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning"
})
const {
  BigDecimal,
  DateTime,
  Effect,
  Either,
  Instrument,
  InstrumentCatalog,
  MarkPrice,
  OpenInterest,
  OpenInterestSource,
  Poll,
  SimulationClock,
  Stream,
  Valuation
} = await import("./dist/polling.mjs")

const perpetual = (number) =>
  Instrument.make({
    exchange: "mock",
    symbol: `COIN${number}USDT`,
    base: `COIN${number}`,
    quote: "USDT",
    settle: "USDT",
    contractSize: { amount: "1", unit: "base" }
  })

/** With each reading of the list the oldest contract makes room for a new one. */
const market = () => {
  let listed = Array.from({ length: contracts }, (_, number) => perpetual(number))
  let next = contracts
  return Effect.sync(() => {
    listed = [...listed.slice(1), perpetual(next++)]
    return { listed, failures: [] }
  })
}

/** Without validation, which would take most of the time. Every second figure is that of the round before. */
const valuation = (instrument, index, round, timestamp) => {
  const changes = Math.floor((round + (index % 2)) / 2)
  const openInterest = new OpenInterest.OpenInterest(
    {
      instrument,
      amount: BigDecimal.make(BigInt(1_000_000 + 7 * index + changes), 2),
      unit: "base",
      sides: "one",
      timestamp: DateTime.unsafeMake(changes * 1000),
      timestampKind: "event",
      receivedAt: timestamp,
      unitVerified: true,
      sidesVerified: true
    },
    true
  )
  const price = new MarkPrice({ instrument, price: BigDecimal.make(BigInt(50_000 + round), 2), timestamp }, true)
  return new Valuation.Valuation({ openInterest, markPrice: Either.right(price) }, true)
}

const source = Effect.gen(function* () {
  const { exchange } = perpetual(0)
  let round = 0
  const catalog = yield* InstrumentCatalog.make({
    exchange,
    lists: [{ product: "mock", read: market(), settlesIn: () => true }]
  })
  return OpenInterestSource.make({
    exchange,
    catalog,
    openInterest: () => Effect.dieMessage("all at once"),
    markPrice: () => Effect.dieMessage("all at once"),
    bulk: (instruments) =>
      Effect.map(DateTime.now, (now) => {
        round += 1
        const valuations = new Map(
          instruments.map((instrument, index) => [instrument, valuation(instrument, index, round, now)])
        )
        return (instrument) => Either.right(valuations.get(instrument))
      })
  })
})

const megabytes = () => {
  globalThis.gc()
  return process.memoryUsage().heapUsed / 1e6
}

const heap = []
const every = Math.floor(rounds / looks)
const total = { rounds: 0, valuations: 0, joined: 0, left: 0 }

const poll = Effect.flatMap(source, (service) =>
  Poll.market(service, {}, { interval: "1 minute", distinct: true }).pipe(
    Stream.take(rounds),
    Stream.runForEach(({ joined, left, valuations }) =>
      Effect.sync(() => {
        total.rounds += 1
        total.valuations += valuations.length
        total.joined += joined.length
        total.left += left.length
        if (total.rounds % every !== 0) return
        heap.push(megabytes())
        process.stdout.write(`${String(total.rounds).padStart(8)} rounds ${heap.at(-1).toFixed(2).padStart(8)} MB\n`)
      })
    )
  )
)

const began = performance.now()
await Effect.runPromise(SimulationClock.run(Effect.scoped(poll), SimulationClock.make()))

const [base, ...later] = heap
const most = Math.max(...later.map((each) => Math.abs(each - base)))
process.stdout.write(
  `${total.rounds} rounds of ${contracts} contracts: ${total.valuations} changed figures, ${total.joined} contracts joined, ` +
    `${total.left} left, in ${((performance.now() - began) / 1000).toFixed(0)} s\n` +
    `heap within ${most.toFixed(2)} MB of the first look; ${allowed} MB are allowed\n`
)
if (most > allowed) process.exitCode = 1
