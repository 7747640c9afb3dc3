/**
 * What is measured. Each is run by a process of its own, which is told of it in one message and answers with one; the
 * servers answer with their addresses and run until they are stopped.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent as Dispatcher } from "@effect/platform-node/Undici"
import * as HttpClient from "@effect/platform/HttpClient"
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import { Agent, createServer, get } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { PerformanceObserver } from "node:perf_hooks"
import { setImmediate, setTimeout } from "node:timers/promises"
import { getHeapStatistics } from "node:v8"
import * as BinanceCoinM from "../packages/binance/src/BinanceCoinM.ts"
import * as BitgetMix from "../packages/bitget/src/BitgetMix.ts"
import * as BaseUrl from "../packages/core/src/BaseUrl.ts"
import { OpenInterestSource } from "../packages/core/src/OpenInterestSource.ts"
import * as Policy from "../packages/core/src/Policy.ts"
import * as Pools from "../packages/core/src/Pools.ts"
import { key, selfSigned } from "../packages/simulator/src/internal/certificates.ts"
import * as Simulator from "../packages/simulator/src/Simulator.ts"
import { peers } from "./peers.mjs"
import { shuffled } from "./statistics.mjs"

/** How long and how much: milliseconds of wall time and of this process's CPU. */
const measured = async (work) => {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const value = await work()
  const wall = performance.now() - began
  const { system, user } = process.cpuUsage(cpu)
  return { wall, cpu: (user + system) / 1000, value }
}

const inTurn = async (times, work) => {
  const results = []
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
  for (let index = 0; index < times; index++) results.push(await work(index))
  return results
}

/** As long as the process. */
const scope = await Effect.runPromise(Scope.make())
const built = (layer) => Effect.runPromise(Layer.buildWithScope(layer, scope))

const keepAlive = () => NodeHttpClient.makeAgentLayer({ keepAlive: true })
const clients = {
  "node:http": () => Layer.provide(NodeHttpClient.layerWithoutAgent, keepAlive()),
  undici: () => NodeHttpClient.layerUndici
}

const httpOf = async (client) => Context.get(await built(clients[client]()), HttpClient.HttpClient)

const sourceOf = async (layer, http) =>
  Context.get(await built(Layer.provide(layer, Layer.succeed(HttpClient.HttpClient, http))), OpenInterestSource)

/** All of the quota is ours: there is nobody else at this address. */
const standard = Policy.withQuota(Policy.standard, { fraction: 1 })

const layers = {
  binance: (baseUrl, policy = standard) => BinanceCoinM.layer({ baseUrl: BaseUrl.make(baseUrl), policy }),
  bitget: (baseUrl, policy = standard) =>
    BitgetMix.layer({ baseUrl: BaseUrl.make(baseUrl), policy, productTypes: ["USDT-FUTURES"] })
}

/* The servers. */

/** Nobody is refused: what is compared is what clients ask for, and how they pace themselves. */
const simulated = async (options) => {
  const limits = { weightPerMinute: 1e9, historyPerFiveMinutes: 1e9, perSecond: 1e5, perMinute: 1e7 }
  const layer = Simulator.layer({ limits, seed: 7, ...options })
  return Context.get(await built(layer), Simulator.Simulator)
}

const startExchanges = async ({ latency }) => {
  const { binance, bitget } = await simulated({ latency, usdtFutures: 786 })
  process.on("message", async ({ counts }) => {
    if (counts === undefined) return
    const all = await Effect.runPromise(Effect.all([binance.requestCounts, bitget.requestCounts]))
    process.send({ requests: all.flatMap(Object.values).reduce((sum, count) => sum + count, 0) })
  })
  return { binance: binance.baseUrl, bitget: bitget.baseUrl }
}

/** What the simulated exchanges answered once, as cheaply as can be, so that the server is not what is measured. */
const startStub = async () => {
  const exchanges = await simulated({})
  const answers = new Map()
  const ask = async (url) => {
    const { baseUrl } = url.startsWith("/api/") ? exchanges.bitget : exchanges.binance
    const response = await fetch(baseUrl + url)
    const body = Buffer.from(await response.arrayBuffer())
    const headers = [...response.headers].filter(([name]) => name === "content-type" || name.startsWith("x-mbx-"))
    return { status: response.status, headers: [...headers.flat(), "content-length", body.length], body }
  }
  const answer = async (request, response) => {
    if (!answers.has(request.url)) answers.set(request.url, await ask(request.url))
    const { body, headers, status } = answers.get(request.url)
    response.writeHead(status, headers).end(body)
  }
  let connections = 0
  const secure = createSecureServer({ key, cert: selfSigned }, answer).on("connection", () => (connections += 1))
  const urls = await Promise.all(
    [createServer(answer), secure].map(async (server) => {
      await once(server.listen(0, "127.0.0.1"), "listening")
      return `127.0.0.1:${server.address().port}`
    })
  )
  process.on("message", ({ counts }) => {
    if (counts === undefined) return
    process.send({ connections })
    connections = 0
  })
  return { plain: `http://${urls[0]}`, secure: `https://${urls[1]}`, certificate: selfSigned }
}

/* One reading. A reader makes so many one after the other, and tells of each. */

const paths = {
  binance: "/dapi/v1/openInterest?symbol=BTCUSD_PERP",
  bitget: "/api/v2/mix/market/open-interest?symbol=BTCUSDT&productType=USDT-FUTURES"
}
const symbols = { binance: "BTCUSD_PERP", bitget: "BTCUSDT" }
const figures = {
  binance: ({ openInterest }) => openInterest,
  bitget: ({ data }) => data.openInterestList[0].size
}

const oneByOne = (one) => (readings, tell) => inTurn(readings, async () => tell(await one()))

/** How many readings the quota of an exchange lets through at once. */
const quotas = { binance: 1000, bitget: 20 }

/** Many in one fiber, as a program that reads again and again does; then again with a quota of its own, so that nothing waits. */
const inFibers = (one, exchange) => (readings, tell) => {
  const perFiber = Math.min(quotas[exchange], readings)
  const told = Effect.map(one, tell)
  return inTurn(readings / perFiber, () =>
    Effect.runPromise(Effect.provide(Effect.repeatN(told, perFiber - 1), Pools.layerMemory))
  )
}

const requestOverNode = (url) => {
  const agent = new Agent({ keepAlive: true })
  return () =>
    new Promise((resolve, reject) => {
      get(url, { agent }, (response) => {
        const chunks = []
        response.on("data", (chunk) => chunks.push(chunk))
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      }).on("error", reject)
    })
}

const effectClient = async (client, exchange, baseUrl) => {
  const http = HttpClient.withTracerDisabledWhen(await httpOf(client), () => true)
  const one = http.get(baseUrl + paths[exchange]).pipe(
    Effect.flatMap(({ text }) => text),
    Effect.map((text) => figures[exchange](JSON.parse(text)))
  )
  return inFibers(one, exchange)
}

const ourReader = async (client, exchange, baseUrl, policy) => {
  const source = await sourceOf(layers[exchange](baseUrl, policy), await httpOf(client))
  const one = Effect.map(source.openInterest(symbols[exchange]), ({ amount }) => BigDecimal.format(amount))
  return inFibers(one, exchange)
}

const readers = {
  node: (exchange, baseUrl) => {
    const request = requestOverNode(baseUrl + paths[exchange])
    return oneByOne(async () => figures[exchange](await request()))
  },
  undici: (exchange, baseUrl) => {
    const dispatcher = new Dispatcher()
    return oneByOne(async () => {
      const { body } = await dispatcher.request({ origin: baseUrl, path: paths[exchange], method: "GET" })
      return figures[exchange](JSON.parse(await body.text()))
    })
  },
  effectNode: (exchange, baseUrl) => effectClient("node:http", exchange, baseUrl),
  effectUndici: (exchange, baseUrl) => effectClient("undici", exchange, baseUrl),
  bareUndici: (exchange, baseUrl) =>
    ourReader("undici", exchange, baseUrl, Policy.withQuota(Policy.empty, { fraction: 1 })),
  oursNode: (exchange, baseUrl) => ourReader("node:http", exchange, baseUrl),
  oursUndici: (exchange, baseUrl) => ourReader("undici", exchange, baseUrl)
}

const readerOf = async ({ baseUrl, exchange, reader }) => {
  if (reader in readers) return readers[reader](exchange, baseUrl)
  const { list, openInterest, symbol } = await peers[reader][exchange](baseUrl, { enableRateLimit: false })
  // The one that has to know the contracts before it reads.
  if (reader === "ccxt") await list()
  return oneByOne(() => openInterest(symbol))
}

const heldBytes = () => {
  const { external_memory: external, used_heap_size: used } = getHeapStatistics()
  return used + external
}

/**
 * By how many bytes a reading makes V8's heap and what hangs on it grow: the median over stretches in which no garbage was
 * collected.
 */
const allocated = async (read, readings) => {
  const perStretch = 20
  const collections = []
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()))
  observer.observe({ entryTypes: ["gc"] })
  const stretches = []
  let before
  let told = 0
  await read(readings, () => {
    if (told++ % perStretch !== 0) return
    const now = { at: performance.now(), bytes: heldBytes() }
    if (before !== undefined) stretches.push({ from: before.at, to: now.at, bytes: now.bytes - before.bytes })
    before = now
  })
  // They are told of later.
  await setTimeout(50)
  const whole = stretches.filter(
    ({ from, to }) => !collections.some(({ duration, startTime }) => startTime + duration >= from && startTime <= to)
  )
  if (whole.length < 5) throw new Error("garbage was collected in nearly every stretch")
  return whole.map(({ bytes }) => bytes / perStretch).toSorted((one, other) => one - other)[whole.length >> 1]
}

const noted = () => {
  const seen = { figure: undefined }
  return { seen, tell: (figure) => (seen.figure = Number(figure)) }
}

/** Once it is warm, and each by reading: microseconds and bytes. */
const reading = async ({ readings, warmUp, ...which }) => {
  const read = await readerOf(which)
  const { seen, tell } = noted()
  await read(warmUp, tell)
  const { cpu, wall } = await measured(() => read(readings, tell))
  const bytes = await allocated(read, 500)
  return { cpu: (cpu * 1000) / readings, wall: (wall * 1000) / readings, bytes, ...seen }
}

/** The first of a process, in milliseconds for all. */
const firstReadings = async ({ readings, ...which }) => {
  const { seen, tell } = noted()
  const { cpu, wall } = await measured(async () => (await readerOf(which))(readings, tell))
  return { cpu, wall, ...seen }
}

/* Whole markets. */

const roundTrip = async ({ binance }) => {
  const one = requestOverNode(binance + paths.binance)
  await inTurn(10, one)
  return (await inTurn(20, () => measured(one))).map(({ wall }) => wall)
}

/** A source that knows nothing yet, and what takes a snapshot of it; both give the number of figures. */
const ourMarket = async ({ baseUrl, client, exchange }) => {
  const http = await httpOf(client)
  return async () => {
    const source = await sourceOf(layers[exchange](baseUrl), http)
    return async () => {
      const { failures, valuations } = await Effect.runPromise(source.snapshot())
      if (failures.length > 0) throw new Error(`a contract of ${exchange} is missing`)
      return valuations.length
    }
  }
}

const ways = {
  atOnce: async ({ openInterest, prices }, symbols) => {
    const [, ...found] = await Promise.all([prices(), ...symbols.map(openInterest)])
    return found
  },
  tickers: ({ tickers }) => tickers()
}

const peersMarket =
  ({ baseUrl, exchange, peer, settings, way }) =>
  async () => {
    const client = await peers[peer][exchange](baseUrl, settings)
    let symbols
    return async () => {
      symbols ??= await client.list()
      const found = await ways[way](client, symbols)
      if (found.includes(undefined)) throw new Error("a figure is missing")
      return found.length
    }
  }

/**
 * The first snapshot of a process; and then of `times` sources over the same connections the first, which asks for the list of
 * contracts, and the second, which has it at hand.
 */
const snapshots = async ({ times, ...who }) => {
  const make = await (who.peer === undefined ? ourMarket(who) : peersMarket(who))
  const first = await measured(await make())
  const later = await inTurn(times, async () => {
    const snapshot = await make()
    const unlisted = await measured(snapshot)
    // Until ours has to ask for the prices again.
    if (who.peer === undefined) await setTimeout(1100)
    return { unlisted, listed: await measured(snapshot) }
  })
  return { first: [first], unlisted: later.map(({ unlisted }) => unlisted), listed: later.map(({ listed }) => listed) }
}

/** One contract after the other, `contracts` of them, without prices; their list for itself. */
const inSequence = async ({ baseUrl, contracts, exchange, peer, settings }) => {
  const client = await peers[peer][exchange](baseUrl, settings)
  const list = await measured(client.list)
  const symbols = list.value.slice(0, contracts)
  const each = await measured(() => inTurn(symbols.length, (index) => client.openInterest(symbols[index])))
  if (each.value.includes(undefined)) throw new Error("a figure is missing")
  return { list: { cpu: list.cpu, wall: list.wall }, each: { cpu: each.cpu, wall: each.wall }, count: symbols.length }
}

/* Policies: all pipelines in one process, each round in another order. */

const policies = async ({ rounds, warmUp }) => {
  const { callsPerRound, compared, pieces } = await import("./pipelines.mjs")
  /** Microseconds per call. */
  const timeOf = async ({ call, prepare }, inFlight) => {
    await prepare?.()
    // What the one before has left to do is not for this one to pay.
    await setImmediate()
    let left = callsPerRound
    const worker = async () => {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
      while (left-- > 0) await call()
    }
    const { wall } = await measured(() => Promise.all(Array.from({ length: inFlight }, worker)))
    return (wall * 1000) / callsPerRound
  }
  const pipelines = [
    ...Object.entries(compared),
    ...pieces.flatMap(({ alone, label, without }) => [
      [`${label}, alone`, alone],
      [`${label}, without`, without]
    ])
  ]
  const jobs = [1, 100].flatMap((inFlight) =>
    pipelines.map(([name, pipeline]) => ({ name: `${name}, ${inFlight}`, pipeline, inFlight, times: [] }))
  )
  await inTurn(warmUp + rounds, (round) => {
    // Each time another order, so that nobody always comes after the same one's garbage.
    const order = shuffled(jobs)
    return inTurn(order.length, async (index) => {
      const { inFlight, pipeline, times } = order[index]
      const time = await timeOf(pipeline, inFlight)
      if (round >= warmUp) times.push(time)
    })
  })
  return {
    callsPerRound,
    labels: Object.fromEntries(Object.entries(compared).map(([name, { label }]) => [name, label])),
    pieces: pieces.map(({ label }) => label),
    times: Object.fromEntries(jobs.map(({ name, times }) => [name, times]))
  }
}

const programs = {
  startExchanges,
  startStub,
  reading,
  firstReadings,
  roundTrip,
  snapshots,
  inSequence,
  policies
}

process.once("message", async ({ program, ...options }) => {
  process.send(await programs[program](options))
})
