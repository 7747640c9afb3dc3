/** How long `oi` takes to start and to its first figure, next to scripts that get the same figure with other clients. */
import { mkdir, mkdtemp, stat } from "node:fs/promises"
import { join } from "node:path"
import { here, startServer, timed } from "../processes.mjs"
import { spread, table, times } from "../statistics.mjs"

const oi = here("../packages/cli/dist/bin.cjs")

const script = (name, label) => ({
  label: `[${label}](../benchmarks/start/${name}.mjs)`,
  args: [here(`start/${name}.mjs`)],
  figure: (text) => text.trim()
})

/** `oi`, which prints the figure in this field of its record. */
const reading = (target, field) => ({
  label: `\`oi get ${target}\``,
  args: [oi, "get", target],
  figure: (text) => JSON.parse(text)[field]
})

const theFirstTime = (program) => ({ ...program, label: "the same, the first time", isFirstTime: true })

const oiBinance = reading("binance:BTCUSD_PERP", "contracts")
const oiBitget = reading("bitget:BTCUSDT", "base")

/** What Node is told, and the figure in what it prints. */
const programs = {
  node: { label: "`node -e 0`", args: ["-e", "0"] },
  version: { label: "`oi --version`", args: [oi, "--version"] },
  oiBinance,
  oiBinanceFirst: theFirstTime(oiBinance),
  binance: script("binance", "`binance`"),
  official: script("binance-official", "`@binance/derivatives-trading-coin-futures`"),
  ccxtBinance: script("ccxt-binance", "`ccxt`, Binance"),
  oiBitget,
  oiBitgetFirst: theFirstTime(oiBitget),
  bitgetApi: script("bitget", "`bitget-api`"),
  ccxtBitget: script("ccxt-bitget", "`ccxt`, Bitget")
}

/** By exchange, ours first. */
const sameFigure = {
  Binance: ["oiBinance", "oiBinanceFirst", "binance", "official", "ccxtBinance"],
  Bitget: ["oiBitget", "oiBitgetFirst", "bitgetApi", "ccxtBitget"]
}

export const start = async ({ folder, isQuick }) => {
  // Its time stands still, so that everybody reads the same figures, and nobody has to wait.
  const settings =
    "--at 2026-10-06T12:05:03.512Z --seed 7 --binance-weight-per-minute 1000000 --bitget-per-second 1000 --bitget-per-minute 1000000"
  const { found, stop } = await startServer(
    [here("../packages/simulator/dist/bin.mjs"), ...settings.split(" ")],
    /^(OPEN_INTEREST_(?:BINANCE|BITGET)_BASE_URL)=(\S+)$/,
    2
  )
  const home = join(folder, "home")
  await mkdir(home)

  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  const once = async ({ args, isFirstTime = false }) => {
    const cache = isFirstTime ? await mkdtemp(join(home, "first-")) : join(home, "cache")
    const homes = { XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: cache }
    return timed(args, { settings: { ...found, ...homes } })
  }
  // So that all of them find their files at hand, and `oi` its compiled code.
  for (const program of Object.values(programs)) {
    // oxlint-disable-next-line no-await-in-loop -- nothing is gained by all at once
    await once(program)
  }
  const jobs = Object.entries(programs).map(([name, program]) => ({
    name: program.label,
    rounds: isQuick ? 5 : 25,
    run: async () => {
      const { stdout, ...took } = await once(program)
      results[name].push({ ...took, figure: program.figure?.(stdout) })
    }
  }))

  const report = async () => {
    for (const names of Object.values(sameFigure)) {
      const figures = new Set(names.flatMap((name) => results[name].map(({ figure }) => figure)))
      if (figures.size !== 1) throw new Error(`${names.join(", ")} print different figures: ${[...figures].join(", ")}`)
    }
    const of = (name, what) => results[name].map((each) => each[what])
    const oursOf = (name) => Object.values(sameFigure).find((names) => names.includes(name))?.[0]
    const { size } = await stat(oi)
    const sections = [
      [
        "## A start",
        `From the start of a process to the first that it prints, and to its end. \`oi\` is one file of ${Math.round(size / 1000)} KB; the others are ` +
          "the shortest scripts that print the same figure. It starts with an empty state folder, and asks for more than all but `ccxt`: the list of " +
          "contracts, for the unit and size of one, and the price. The exchanges answer at once. As it ends the first time, `oi` leaves its compiled " +
          "code in the user's cache folder, and from then on starts with it; a first time here has an empty cache folder. The others compile " +
          "themselves each time.",
        table(
          ["", "first output ms", "× `oi get`", "ended ms", "× `node -e 0`"],
          Object.entries(programs).map(([name, { label }]) => [
            label,
            name === "node" ? "" : spread(of(name, "first")),
            oursOf(name) === undefined ? "" : times(of(name, "first"), of(oursOf(name), "first")),
            spread(of(name, "end")),
            times(of(name, "end"), of("node", "end"))
          ])
        )
      ].join("\n\n")
    ]
    const compared = Object.entries(sameFigure).map(([exchange, names]) => ({
      what: `start to the first figure, ${exchange}`,
      unit: "ms",
      entries: names
        .filter((name) => programs[name].isFirstTime !== true)
        .map((name, index) => ({ label: programs[name].label, isOurs: index === 0, values: of(name, "first") }))
    }))
    return { sections, compared }
  }

  return { jobs, report, close: stop }
}
