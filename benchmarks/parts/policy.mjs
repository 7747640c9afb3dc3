/** What a policy costs per call, next to what others build for the same purpose. */
import { run } from "../processes.mjs"
import { digits, median, spread, table, times } from "../statistics.mjs"

const modes = { 1: "one call at a time", 100: "100 calls in flight" }

const inShort = {
  oursReal: "ours, with Binance's pool of 2400",
  cockatiel: "cockatiel (no quota)",
  p: "p-retry > p-limit > p-throttle (no timeouts, no breaker)"
}

export const policy = async ({ isQuick }) => {
  const rounds = isQuick ? 3 : 8
  const warmUp = isQuick ? 2 : 3
  const results = []
  const jobs = [
    {
      name: "policies",
      rounds: isQuick ? 1 : 3,
      run: async () => {
        results.push(await run({ program: "policies", rounds, warmUp }))
      }
    }
  ]

  const report = () => {
    const [{ callsPerRound, labels, pieces }] = results
    const of = (name, inFlight) => results.flatMap(({ times }) => times[`${name}, ${inFlight}`])
    const comparison = (inFlight) =>
      table(
        [modes[inFlight], "µs per call", "× cockatiel", "× Effect put together"],
        Object.entries(labels).map(([name, label]) => [
          label,
          spread(of(name, inFlight)),
          ...["cockatiel", "naive"].map((base) => times(of(name, inFlight), of(base, inFlight)))
        ])
      )
    const columns = Object.keys(modes).flatMap((inFlight) => [
      ["alone", inFlight],
      ["without", inFlight]
    ])
    const breakdown = table(
      [
        "piece of ours, µs per call",
        ...columns.map(
          ([which, inFlight]) => `${which === "alone" ? "alone" : "all the others"}, ${inFlight} in flight`
        )
      ],
      pieces.map((label) => [
        label,
        ...columns.map(([which, inFlight]) => digits(median(of(`${label}, ${which}`, inFlight))))
      ])
    )
    const sections = [
      [
        "## A policy",
        `The overhead around a call that does nothing, which never fails and never waits. ${rounds} rounds of ${callsPerRound} calls each in a process, after ${warmUp} to warm up; processes: ${results.length}.`,
        ...Object.keys(modes).map(comparison),
        "What dominates:",
        breakdown
      ].join("\n\n")
    ]
    const compared = Object.entries(modes).map(([inFlight, mode]) => ({
      what: `a policy, ${mode}`,
      unit: "µs",
      entries: Object.entries(inShort).map(([name, label]) => ({
        label,
        isOurs: name === "oursReal",
        values: of(name, inFlight)
      }))
    }))
    return { sections, compared }
  }

  return { jobs, report }
}
