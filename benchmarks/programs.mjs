/**
 * What market.mjs measures. Each is run by a process of its own, which is told of it in one message and answers with one; the
 * servers answer with their addresses and run until they are stopped.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent as Dispatcher } from "@effect/platform-node/Undici"
import * as HttpClient from "@effect/platform/HttpClient"
import { binancecoinm, bitget as bitgetOfCcxt } from "ccxt"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import { Agent, createServer, get } from "node:http"
import { setTimeout } from "node:timers/promises"
import * as BinanceCoinM from "../packages/binance/src/BinanceCoinM.ts"
import * as BitgetMix from "../packages/bitget/src/BitgetMix.ts"
import * as BaseUrl from "../packages/core/src/BaseUrl.ts"
import { OpenInterestSource } from "../packages/core/src/OpenInterestSource.ts"
import * as Policy from "../packages/core/src/Policy.ts"
import * as Pools from "../packages/core/src/Pools.ts"
import * as Simulator from "../packages/simulator/src/Simulator.ts"

/** How long and how much: milliseconds of wall time and of this process's CPU. */
const measured = async (work) => {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const value = await work()
  const wall = performance.now() - began
  const { system, user } = process.cpuUsage(cpu)
  return { wall, cpu: (user + system) / 1000, value }
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
const policy = Policy.withQuota(Policy.standard, { fraction: 1 })

/* The servers. */

/** Nobody is refused: what is compared is what clients ask for, and how they pace themselves. */
const startExchanges = async ({ latency }) => {
  const limits = { weightPerMinute: 1e9, historyPerFiveMinutes: 1e9, perSecond: 1e5, perMinute: 1e7 }
  const options = { latency, limits, seed: 7, usdtFutures: 786 }
  const { binance, bitget } = Context.get(await built(Simulator.layer(options)), Simulator.Simulator)
  process.on("message", async ({ counts }) => {
    if (counts === undefined) return
    const all = await Effect.runPromise(Effect.all([binance.requestCounts, bitget.requestCounts]))
    process.send({ requests: all.flatMap(Object.values).reduce((sum, count) => sum + count, 0) })
  })
  return { binance: binance.baseUrl, bitget: bitget.baseUrl }
}

/** One list and one figure, as cheaply as can be, so that the server is not what is measured. */
const startStub = async ({ exchangeInfo }) => {
  const server = createServer((request, response) => {
    const figure = { symbol: "BTCUSD_PERP", pair: "BTCUSD", openInterest: "12668208", contractType: "PERPETUAL" }
    const body = request.url.includes("exchangeInfo") ? exchangeInfo : JSON.stringify({ ...figure, time: Date.now() })
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body)
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  return { binance: `http://127.0.0.1:${server.address().port}` }
}

/* Whole markets. */

const path = "/dapi/v1/openInterest?symbol=BTCUSD_PERP"

const requestOverNode = (url) => {
  const agent = new Agent({ keepAlive: true })
  return () =>
    new Promise((resolve, reject) => {
      get(url + path, { agent }, (response) => {
        const chunks = []
        response.on("data", (chunk) => chunks.push(chunk))
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
      }).on("error", reject)
    })
}

const inTurn = async (times, work) => {
  const results = []
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
  for (let index = 0; index < times; index++) results.push(await work(index))
  return results
}

const roundTrip = async ({ binance }) => {
  const one = requestOverNode(binance)
  await inTurn(10, one)
  return (await inTurn(20, () => measured(one))).map(({ wall }) => wall)
}

/**
 * The first snapshot of a process; and then of `times` sources over the same connections the first, which asks for the list of
 * contracts, and the second, which has it at hand.
 */
const snapshots = async ({ client, times }, layer) => {
  const http = await httpOf(client)
  const one = async (source) => {
    const { cpu, value, wall } = await measured(() => Effect.runPromise(source.snapshot()))
    return { cpu, wall, contracts: value.valuations.length, failures: value.failures.length }
  }
  const first = await one(await sourceOf(layer, http))
  const later = await inTurn(times, async () => {
    const source = await sourceOf(layer, http)
    const unlisted = await one(source)
    // Until the prices have to be asked for again.
    await setTimeout(1100)
    return { unlisted, listed: await one(source) }
  })
  return { first: [first], unlisted: later.map(({ unlisted }) => unlisted), listed: later.map(({ listed }) => listed) }
}

const binanceSnapshots = ({ binance, ...rest }) =>
  snapshots(rest, BinanceCoinM.layer({ baseUrl: BaseUrl.make(binance), policy }))

const bitgetSnapshots = ({ bitget, ...rest }) =>
  snapshots(rest, BitgetMix.layer({ baseUrl: BaseUrl.make(bitget), policy, productTypes: ["USDT-FUTURES"] }))

/** Without the spot and margin markets and the list of coins, which the simulator does not have. */
const ccxtBitget = (bitget, settings) => {
  const client = new bitgetOfCcxt({
    ...settings,
    has: { fetchCurrencies: false },
    options: { fetchMarkets: { types: ["swap"] } }
  })
  for (const api of Object.keys(client.urls.api)) client.urls.api[api] = bitget
  return client
}

/** `settings` are none, or `{ enableRateLimit: false }`. */
const ccxtOneByOne = async ({ bitget, contracts, settings }) => {
  const client = ccxtBitget(bitget, settings)
  const load = await measured(() => client.loadMarkets())
  const symbols = Object.values(client.markets)
    .filter(({ linear, quote }) => linear && quote === "USDT")
    .slice(0, contracts)
    .map(({ symbol }) => symbol)
  const { cpu, value, wall } = await measured(() =>
    inTurn(symbols.length, (index) => client.fetchOpenInterest(symbols[index]))
  )
  if (value.some(({ openInterestAmount }) => openInterestAmount === undefined)) throw new Error("a figure is missing")
  return { cpu, wall, contracts: value.length, load: { cpu: load.cpu, wall: load.wall } }
}

/* One reading. */

/** Calls `batch` until it is warm, and then measures one reading, in microseconds. */
const perReading = async (batch, { warmUp, readings }) => {
  const perBatch = 1000
  await inTurn(warmUp / perBatch, () => batch(perBatch))
  const { cpu, wall } = await measured(() => inTurn(readings / perBatch, () => batch(perBatch)))
  return { cpu: (cpu * 1000) / readings, wall: (wall * 1000) / readings }
}

const inBatches = (one) => (times) => inTurn(times, one)

/** Many in one fiber, as a program that reads again and again does. Each batch has a quota of its own: 2400 last a minute. */
const effectInBatches = (one) => (times) =>
  Effect.runPromise(Effect.provide(Effect.repeatN(one, times - 1), Pools.layerMemory))

const effectClient = async (client, url) => {
  const http = HttpClient.withTracerDisabledWhen(await httpOf(client), () => true)
  return effectInBatches(
    http.get(url + path).pipe(
      Effect.flatMap(({ text }) => text),
      Effect.map(JSON.parse)
    )
  )
}

const ourReading = async (client, binance, ofPolicy) => {
  const layer = BinanceCoinM.layer({ baseUrl: BaseUrl.make(binance), policy: ofPolicy })
  const source = await sourceOf(layer, await httpOf(client))
  return effectInBatches(source.openInterest("BTCUSD_PERP"))
}

const readers = {
  node: ({ binance }) => inBatches(requestOverNode(binance)),
  undici: ({ binance }) => {
    const dispatcher = new Dispatcher()
    return inBatches(async () => {
      const { body } = await dispatcher.request({ origin: binance, path, method: "GET" })
      return JSON.parse(await body.text())
    })
  },
  effectNode: ({ binance }) => effectClient("node:http", binance),
  effectUndici: ({ binance }) => effectClient("undici", binance),
  bareUndici: ({ binance }) => ourReading("undici", binance, Policy.withQuota(Policy.empty, { fraction: 1 })),
  oursNode: ({ binance }) => ourReading("node:http", binance, policy),
  oursUndici: ({ binance }) => ourReading("undici", binance, policy),
  ccxt: async ({ binance }) => {
    const client = new binancecoinm({ enableRateLimit: false })
    client.urls.api.dapiPublic = `${binance}/dapi/v1`
    client.urls.api.dapiData = `${binance}/futures/data`
    await client.loadMarkets()
    return inBatches(() => client.fetchOpenInterest("BTC/USD:BTC"))
  }
}

const reading = async ({ reader, ...rest }) => perReading(await readers[reader](rest), rest)

const programs = {
  startExchanges,
  startStub,
  roundTrip,
  binanceSnapshots,
  bitgetSnapshots,
  ccxtOneByOne,
  reading
}

process.once("message", async ({ program, ...options }) => {
  process.send(await programs[program](options))
})
