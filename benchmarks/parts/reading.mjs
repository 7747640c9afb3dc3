/** One reading of one contract, again and again, and the connections that readings take. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { ask, run, startProgram } from "../processes.mjs"
import { digits, median, spread, table, times } from "../statistics.mjs"

const official = "@binance/derivatives-trading-coin-futures"

const ours = { oursUndici: "ours over undici", oursNode: "ours over `node:http`" }

/** By exchange: ours, the others, and what ours is built on. */
const readers = {
  binance: {
    ...ours,
    ccxt: "`ccxt`",
    binance: "`binance`",
    [official]: `\`${official}\``,
    undici: "undici alone, and `JSON.parse`",
    node: "`node:http` alone, and `JSON.parse`",
    effectUndici: "Effect's `HttpClient` over undici, without spans, and `JSON.parse`",
    effectNode: "Effect's `HttpClient` over `node:http`, without spans, and `JSON.parse`",
    bareUndici: "ours over undici, with a policy of nothing but the quota"
  },
  bitget: { ...ours, ccxt: "`ccxt`", "bitget-api": "`bitget-api`" }
}
const beneath = new Set(["undici", "node", "effectUndici", "effectNode", "bareUndici"])
const names = { binance: "Binance", bitget: "Bitget" }
const readingsOverTls = 200

const sameFigure = (results) => {
  const figures = new Set(results.flat().map(({ figure }) => figure))
  if (figures.size !== 1) throw new Error(`not everybody reads the same figure: ${[...figures].join(", ")}`)
}

export const reading = async ({ folder, isQuick }) => {
  const rounds = isQuick ? 2 : 5
  const warmUp = isQuick ? 1000 : 5000
  const readings = isQuick ? 1000 : 3000

  const stub = await startProgram({ program: "startStub" })
  const { answer: urls } = stub
  const certificate = join(folder, "certificate.pem")
  await writeFile(certificate, urls.certificate)

  const all = Object.entries(readers).flatMap(([exchange, labels]) =>
    Object.entries(labels).map(([reader, label]) => ({ exchange, reader, label, warm: [], first: [] }))
  )
  const jobs = all.flatMap(({ exchange, first, reader, warm }) => [
    {
      name: `a reading of ${exchange}, ${reader}`,
      rounds: beneath.has(reader) ? Math.ceil(rounds / 2) : rounds,
      run: async () => {
        warm.push(await run({ program: "reading", exchange, reader, warmUp, readings, baseUrl: urls.plain }))
      }
    },
    {
      name: `first readings of ${exchange}, ${reader}`,
      rounds: beneath.has(reader) ? 0 : Math.ceil(rounds / 2),
      run: async () => {
        await ask(stub.child, { counts: true })
        const result = await run(
          { program: "firstReadings", exchange, reader, readings: readingsOverTls, baseUrl: urls.secure },
          { NODE_EXTRA_CA_CERTS: certificate }
        )
        first.push({ ...result, ...(await ask(stub.child, { counts: true })) })
      }
    }
  ])

  const of = (results, what) => results.map((each) => each[what])

  const report = () => {
    const sections = Object.keys(readers).map((exchange) => {
      const rows = all.filter((each) => each.exchange === exchange)
      sameFigure(rows.flatMap(({ first, warm }) => [...warm, ...first]))
      const [{ first: ourFirst, warm: ourWarm }] = rows
      const clients = rows.filter(({ reader }) => !beneath.has(reader))
      const warmTable = (shown) =>
        table(
          ["one reading, warm", "CPU µs", "× ours", "wall µs", "× ours", "KB allocated", "× ours"],
          shown.map(({ label, warm }) => [
            label,
            ...["cpu", "wall", "bytes"].flatMap((what) => {
              const scale = what === "bytes" ? 1000 : 1
              return [spread(of(warm, what).map((value) => value / scale)), times(of(warm, what), of(ourWarm, what))]
            })
          ])
        )
      const firstTable = table(
        [`${readingsOverTls} readings, cold, over TLS`, "TCP connections", "wall ms", "× ours", "CPU ms", "× ours"],
        clients.map(({ first, label }) => [
          label,
          [...new Set(of(first, "connections"))].join(", "),
          ...["wall", "cpu"].flatMap((what) => [spread(of(first, what)), times(of(first, what), of(ourFirst, what))])
        ])
      )
      const lower = rows.filter(({ reader }) => beneath.has(reader))
      const steps = ["undici", "effectUndici", "bareUndici", "oursUndici"].flatMap((reader) =>
        rows.filter((row) => row.reader === reader).map(({ warm }) => median(of(warm, "cpu")))
      )
      const [http, client, exchangeClient, policy] = steps.map((step, index) => digits(step - (steps[index - 1] ?? 0)))
      return [
        `## One contract of ${names[exchange]}, again and again`,
        `Warm: after ${warmUp} readings, ${readings} more, one after the other, from a server that answers at once.`,
        warmTable(clients),
        `Cold: the first ${readingsOverTls} of a process, with the list of contracts where a client asks for it, over TLS as at the exchange.`,
        firstTable,
        ...(lower.length === 0
          ? []
          : [
              "What ours is built on, in the same run; what a line adds to the one that it is built on is its own cost:",
              warmTable(lower),
              `What dominates, over undici: ${http} µs are the request and the parsing, ${client} µs Effect's client around them, ` +
                `${exchangeClient} µs ours around that (contract, quota, checks, spans, metrics), and ${policy} µs the policy, ` +
                "most of all its timeouts, each of which runs what it bounds in a fiber of its own (see below, a policy)."
            ])
      ].join("\n\n")
    })

    const compared = Object.keys(readers).flatMap((exchange) => {
      const clients = all.filter((each) => each.exchange === exchange && !beneath.has(each.reader))
      const compare = (what, unit, series, key) => ({
        what: `${what}, ${names[exchange]}`,
        unit,
        entries: clients.map((client) => ({
          label: client.label,
          isOurs: client.reader in ours,
          values: of(client[series], key)
        }))
      })
      return [
        compare("one reading, CPU", "µs", "warm", "cpu"),
        compare("one reading, wall", "µs", "warm", "wall"),
        compare("one reading, allocated", "bytes", "warm", "bytes"),
        compare(`connections for ${readingsOverTls} readings`, "", "first", "connections"),
        compare(`${readingsOverTls} readings, cold, over TLS, wall`, "ms", "first", "wall"),
        compare(`${readingsOverTls} readings, cold, over TLS, CPU`, "ms", "first", "cpu")
      ]
    })
    return { sections, compared }
  }

  return { jobs, report, close: stub.stop }
}
