/** All contracts of a market. */
import { ask, run, startProgram } from "../processes.mjs"
import { digits, median, spread, table, times as ratio } from "../statistics.mjs"

const latency = 50
const official = "@binance/derivatives-trading-coin-futures"
const unlimited = { enableRateLimit: false }

const ours = [
  { label: "ours over undici", client: "undici" },
  { label: "ours over `node:http`", client: "node:http" }
]

const markets = {
  binance: {
    title: "All contracts of Binance COIN-M",
    text:
      "Figures and prices. The exchange has no request for the figures of all contracts, so everybody asks once for each. The others ask " +
      "for all at the same time; ours has 16 requests under way at most, and keeps to the limit of the exchange.",
    whole: [
      ...ours,
      { label: "`ccxt`, all at once", peer: "ccxt", way: "atOnce" },
      { label: "`ccxt` without its limit, all at once", peer: "ccxt", way: "atOnce", settings: unlimited },
      { label: "`binance`, all at once", peer: "binance", way: "atOnce" },
      { label: `\`${official}\`, all at once`, peer: official, way: "atOnce" }
    ],
    sequences: [
      { label: "`ccxt`", peer: "ccxt" },
      { label: "`ccxt` without its limit", peer: "ccxt", settings: unlimited },
      { label: "`binance`", peer: "binance" },
      { label: `\`${official}\``, peer: official }
    ]
  },
  bitget: {
    title: "All contracts of Bitget's USDT-FUTURES",
    text:
      "Figures and prices. The exchange's tickers have both for all contracts at once: ours reads them, and so can the others, where the " +
      "figure is a text in a field of the exchange (`holdingAmount`).",
    whole: [
      ...ours,
      { label: "`ccxt`, `fetchTickers`", peer: "ccxt", way: "tickers", settings: unlimited },
      { label: "`bitget-api`, `getFuturesAllTickers`", peer: "bitget-api", way: "tickers" }
    ],
    sequences: [
      { label: "`ccxt`", peer: "ccxt" },
      { label: "`ccxt` without its limit", peer: "ccxt", settings: unlimited },
      { label: "`bitget-api`", peer: "bitget-api" }
    ]
  }
}

const states = { first: "the first of a process", unlisted: "contracts not listed yet", listed: "contracts at hand" }

export const market = async ({ isQuick }) => {
  const rounds = isQuick ? 2 : 5
  /** How many sources read their market after the first of a process. */
  const times = isQuick ? 1 : 2
  /** How many contracts are read one after the other at most. */
  const contracts = isQuick ? 50 : 262

  /** Both exchanges, new each time, for Binance tells everybody how much everybody has used. */
  const withExchanges = async (use) => {
    const { answer, child, stop } = await startProgram({ program: "startExchanges", latency: `${latency} millis` })
    try {
      const result = await use(answer)
      return { ...result, ...(await ask(child, { counts: true })) }
    } finally {
      stop()
    }
  }

  const trips = []
  const all = Object.entries(markets).flatMap(([exchange, { sequences, whole }]) => [
    ...whole.map((who) => ({ ...who, exchange, program: "snapshots", times, rounds, results: [] })),
    ...sequences.map((who) => ({
      ...who,
      exchange,
      program: "inSequence",
      contracts,
      // It takes long, and so many requests are an average by themselves.
      rounds: exchange === "binance" ? 2 : 1,
      results: []
    }))
  ])
  const jobs = [
    {
      name: "round trips",
      rounds,
      run: async () => {
        const { values } = await withExchanges(async (urls) => ({
          values: await run({ program: "roundTrip", ...urls })
        }))
        trips.push(...values)
      }
    },
    ...all.map(({ label, results, rounds, ...message }) => ({
      name: `${message.exchange}, ${label}, ${message.program}`,
      rounds,
      run: async () => {
        results.push(await withExchanges((urls) => run({ ...message, baseUrl: urls[message.exchange] })))
      }
    }))
  ]

  const ofMarket = (exchange) => {
    const rows = all.filter((each) => each.exchange === exchange)
    const whole = rows.filter(({ program }) => program === "snapshots")
    const sequences = rows.filter(({ program }) => program === "inSequence")
    const figures = new Set(whole.flatMap(({ results }) => results.map(({ first }) => first[0].value)))
    if (figures.size !== 1) throw new Error(`not everybody reads all of ${exchange}: ${[...figures].join(", ")}`)
    return { whole, sequences, count: [...figures][0] }
  }
  const of = ({ results }, state, what) => results.flatMap((result) => result[state].map((each) => each[what]))

  /** All of them, list included, as if `contracts` had been all. */
  const inAll = ({ results }, what, count) =>
    results.map(({ count: asked, each, list }) => list[what] + (each[what] * count) / asked)

  const report = () => {
    const trip = median(trips)
    const sections = Object.entries(markets).map(([exchange, { text, title }]) => {
      const { count, sequences, whole } = ofMarket(exchange)
      const [base] = whole
      const stateTable = (what, unit) =>
        table(
          [unit, ...Object.values(states).flatMap((state) => [state, "× ours"])],
          whole.map((row) => [
            row.label,
            ...Object.keys(states).flatMap((state) => [
              spread(of(row, state, what)),
              ratio(of(row, state, what), of(base, state, what))
            ])
          ])
        )
      // All but those with the contracts at hand asked for the list, too; ccxt by a request for each kind of market.
      const requests = table(
        ["requests", ...Object.values(states)],
        whole.map(({ label, peer, results }) => {
          const lists = peer === "ccxt" ? (exchange === "bitget" ? 6 : 1) : 1
          const figures = (results[0].requests - lists * (1 + times)) / (1 + 2 * times)
          return [label, figures + lists, figures + lists, figures]
        })
      )
      const sequenceTable = table(
        ["one contract after the other, list included", "requests", "wall ms", "× ours", "CPU ms", "× ours"],
        sequences.map((row) => [
          row.label,
          row.results[0].requests - row.results[0].count + count,
          ...["wall", "cpu"].flatMap((what) => {
            const values = inAll(row, what, count)
            return [spread(values), digits(median(values) / median(of(base, "first", what)))]
          })
        ])
      )
      const listed = ours.map(({ label }, index) => {
        const wall = median(of(whole[index], "listed", "wall"))
        return `${label} ${digits(wall / trip)}`
      })
      return [
        `## ${title}`,
        `${count} contracts; every answer comes ${latency} ms after its request, so that a request over a kept connection, a round trip, takes ` +
          `${digits(trip)} ms. ${text}`,
        stateTable("wall", "wall ms"),
        stateTable("cpu", "CPU ms"),
        requests,
        `With the contracts at hand, in round trips: ${listed.join(", ")}.`,
        `The shortest program with the other clients asks for one contract after the other, without prices. ` +
          `The ratios are to ours over undici, the first of a process.` +
          (contracts < count ? ` They asked for ${contracts} contracts; the figures count as if it had been all.` : ""),
        sequenceTable
      ].join("\n\n")
    })

    const compared = Object.keys(markets).flatMap((exchange) => {
      const { whole } = ofMarket(exchange)
      return ["first", "listed"].flatMap((state) =>
        ["wall", "cpu"].map((what) => ({
          what: `all contracts of ${exchange === "binance" ? "Binance" : "Bitget"}, ${states[state]}, ${what === "cpu" ? "CPU" : "wall"}`,
          unit: "ms",
          entries: whole.map((row) => ({
            label: row.label,
            isOurs: row.peer === undefined,
            values: of(row, state, what)
          }))
        }))
      )
    })
    return { sections, compared }
  }

  return { jobs, report }
}
