import { assert, describe, it } from "@effect/vitest"
import * as Decimal from "@open-interest/core/Decimal"
import type * as History from "@open-interest/core/History"
import * as InstrumentArchive from "@open-interest/core/InstrumentArchive"
import type * as Playback from "@open-interest/simulator/Playback"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as HistoryPlan from "../src/internal/historyPlan.ts"
import { slotsOf } from "../src/internal/slots.ts"
import { toInstrument } from "../src/internal/instrument.ts"
import { exchangeInfo, play, recorded } from "./support.ts"

const path = "/futures/data/openInterestHist"
const at = (text: string): number => Date.parse(text)
const iso = (millis: number): string => new Date(millis).toISOString()

const row = (timestamp: number, fields: Record<string, unknown> = {}) => ({
  pair: "BTCUSD",
  contractType: "PERPETUAL",
  sumOpenInterest: "2909783.00000000",
  sumOpenInterestValue: "3377.42432722",
  timestamp,
  ...fields
})

/** An exchange that has every row between the times that it is asked for. */
const complete = (url: URL): Playback.Reply => {
  const read = (name: string) => url.searchParams.get(name) ?? ""
  const period = periods[read("period")] ?? assert.fail()
  const rows = []
  for (let stamp = Number(read("startTime")); stamp <= Number(read("endTime")); stamp += period) {
    rows.push(row(stamp, { pair: read("pair"), contractType: read("contractType") }))
  }
  assert.isAtMost(rows.length, Number(read("limit")))
  assert.isAtMost(Number(read("limit")), 500)
  return { body: JSON.stringify(rows) }
}

const minute = 60_000
const hour = 60 * minute
const periods: Record<string, number> = {
  "5m": 5 * minute,
  "1h": hour,
  "4h": 4 * hour,
  "6h": 6 * hour,
  "1d": 24 * hour
}

/** The elements of a history as lines, requests beside them. */
const read = (
  request: History.Request,
  options: { readonly now?: string; readonly reply?: Playback.Reply | ((url: URL) => Playback.Reply) } = {}
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(at(options.now ?? "2026-10-06T12:02:00Z"))
    const { received, result } = yield* play({ [path]: options.reply ?? complete }, (source) =>
      Stream.runCollect(source.history(request))
    )
    return {
      elements: Chunk.toReadonlyArray(result),
      requests: received.flatMap((each) => (each.path.startsWith(path) ? [new URL(each.path, "http://x")] : []))
    }
  }).pipe(Effect.provide(InstrumentArchive.layerMemory))

const stamps = (elements: ReadonlyArray<History.Element>) =>
  elements.flatMap((each) => (each._tag === "HistoryPoint" ? [each.openInterest.timestamp.epochMillis] : []))

const notices = (elements: ReadonlyArray<History.Element>) =>
  elements.flatMap((each) =>
    each._tag === "HistoryNotice" ? [[each.reason, iso(each.from.epochMillis), iso(each.to.epochMillis)]] : []
  )

describe("a row", () => {
  it.effect("carries contracts and coins as the recorded body has them, of the kind period", () =>
    Effect.gen(function* () {
      const { elements } = yield* read(
        { symbol: "BTCUSD_PERP", period: "5m", limit: 1, until: DateTime.unsafeMake("2026-10-06T10:55:00Z") },
        { reply: { body: recorded("binance-dapi-openInterestHist.2026-10-06.json") } }
      )
      const [point] = elements
      assert(point?._tag === "HistoryPoint")
      const { amount, sides, timestamp, timestampKind, unit } = point.openInterest
      assert.deepStrictEqual(
        [Decimal.format(amount), unit, sides, timestampKind, DateTime.formatIso(timestamp)],
        ["2909783", "contracts", "one", "period", "2026-10-06T10:55:00.000Z"]
      )
      assert.strictEqual(Option.getOrThrow(Option.map(point.base, Decimal.format)), "3377.42432722")
    })
  )

  const refused: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, string]> = [
    ["of another pair", [row(at("2026-10-06T12:00:00Z"), { pair: "ETHUSD" })], '[0].pair: asked for "BTCUSD"'],
    ["of another slot", [row(at("2026-10-06T12:00:00Z"), { contractType: "NEXT_QUARTER" })], "[0].contractType"],
    ["without a figure", [row(at("2026-10-06T12:00:00Z"), { sumOpenInterest: "" })], "[0].sumOpenInterest"],
    ["with a time in seconds", [row(at("2026-10-06T12:00:00Z") / 1000)], "[0].timestamp"],
    [
      "that another of the same time contradicts",
      [row(at("2026-10-06T12:00:00Z")), row(at("2026-10-06T12:00:00Z"), { sumOpenInterest: "1" })],
      "[1]: two rows of one time with different figures"
    ]
  ]
  for (const [what, rows, message] of refused) {
    it.effect(`${what} is refused`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          read({ symbol: "BTCUSD_PERP", period: "1h", limit: 1 }, { reply: { body: JSON.stringify(rows) } })
        )
        assert.strictEqual(error._tag, "UnexpectedResponse")
        assert.include(error.message, message)
      })
    )
  }
})

describe("a request", () => {
  it.effect("names pair and slot, not the symbol, and only as many rows as there can be", () =>
    Effect.gen(function* () {
      const { requests } = yield* read({ symbol: "BTC/USD:BTC", period: "1h", limit: 3 })
      assert.deepStrictEqual(
        requests.map((url) => Object.fromEntries(url.searchParams)),
        [
          {
            pair: "BTCUSD",
            contractType: "PERPETUAL",
            period: "1h",
            limit: "3",
            startTime: String(at("2026-10-06T10:00:00Z")),
            endTime: String(at("2026-10-06T12:00:00Z") + 1)
          }
        ]
      )
    })
  )

  it.effect("gives thirty rows where nothing says how many", () =>
    Effect.gen(function* () {
      const { elements } = yield* read({ symbol: "BTCUSD_PERP", period: "1d" })
      assert.deepStrictEqual(elements.map(({ _tag }) => _tag).filter((tag) => tag === "HistoryPoint").length, 30)
    })
  )

  it.effect("is split into pages of 500 rows, oldest first, each row once", () =>
    Effect.gen(function* () {
      const since = DateTime.unsafeMake("2026-10-01T00:00:00Z")
      const { elements, requests } = yield* read({ symbol: "BTCUSD_PERP", period: "5m", since })
      const first = at("2026-10-01T00:00:00Z")
      const last = at("2026-10-06T12:00:00Z")
      const rows = (last - first) / (5 * minute) + 1
      assert.lengthOf(requests, Math.ceil(rows / 500))
      assert.deepStrictEqual(
        stamps(elements),
        Array.from({ length: rows }, (_, index) => first + index * 5 * minute)
      )
      assert.deepStrictEqual(notices(elements), [])
    })
  )

  it.effect("asks for no page that nobody takes", () =>
    Effect.gen(function* () {
      const since = DateTime.unsafeMake("2026-10-01T00:00:00Z")
      const { elements, requests } = yield* read({ symbol: "BTCUSD_PERP", period: "5m", since, limit: 500 })
      assert.lengthOf(stamps(elements), 500)
      assert.strictEqual(stamps(elements)[0], since.epochMillis)
      assert.lengthOf(requests, 1)
    })
  )

  for (const limit of [0, -1]) {
    it.effect(`for ${limit} rows gives none, and asks for none`, () =>
      Effect.gen(function* () {
        const since = DateTime.unsafeMake("2026-10-01T00:00:00Z")
        for (const request of [{ limit }, { limit, since }]) {
          const { elements, requests } = yield* read({ symbol: "BTCUSD_PERP", period: "1h", ...request })
          assert.deepStrictEqual([elements, requests], [[], []])
        }
      })
    )
  }

  for (const limit of [NaN, 2.5, Infinity]) {
    it.effect(`for ${limit} rows is a defect that says why, as it is for a stream`, () =>
      Effect.gen(function* () {
        const since = DateTime.unsafeMake("2026-10-01T00:00:00Z")
        for (const request of [{ limit }, { limit, since }]) {
          const exit = yield* Effect.exit(read({ symbol: "BTCUSD_PERP", period: "1h", ...request }))
          assert.include(String(exit), `a limit of ${limit} is no whole number`)
        }
      })
    )
  }

  it.effect("for more rows than time has is one for all that there are", () =>
    Effect.gen(function* () {
      const limit = Number.MAX_SAFE_INTEGER
      const { elements } = yield* read({ symbol: "BTCUSD_PERP", period: "1d", limit })
      assert.deepStrictEqual(notices(elements), [
        ["BeforeKept", "1970-01-01T00:00:00.000Z", "2026-09-06T00:00:00.000Z"]
      ])
      assert.lengthOf(stamps(elements), 30)
    })
  )

  it.effect("fails with the exchange's error after the rows that had arrived", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(at("2026-10-06T12:02:00Z"))
      let asked = 0
      const reply = (url: URL): Playback.Reply => (asked++ === 0 ? complete(url) : { status: 418, body: "" })
      const { result } = yield* play({ [path]: reply }, (source) =>
        source
          .history({ symbol: "BTCUSD_PERP", period: "5m", since: DateTime.unsafeMake("2026-10-04T00:00:00Z") })
          .pipe(Stream.either, Stream.runCollect)
      )
      assert.lengthOf(Chunk.toReadonlyArray(result), 501)
      const last = Chunk.unsafeLast(result)
      assert(last._tag === "Left")
      assert.strictEqual(last.left._tag, "Banned")
    })
  )
})

describe("rows", () => {
  it.effect("come sorted and once, in whatever order and however often they are sent", () =>
    Effect.gen(function* () {
      const sent = ["11", "09", "10", "12", "10"].map((each) => row(at(`2026-10-06T${each}:00:00Z`)))
      const { elements } = yield* read(
        { symbol: "BTCUSD_PERP", period: "1h", limit: 4 },
        { reply: { body: JSON.stringify(sent) } }
      )
      assert.deepStrictEqual(
        stamps(elements).map(iso),
        ["09", "10", "11", "12"].map((each) => `2026-10-06T${each}:00:00.000Z`)
      )
    })
  )

  it.effect("that are not sent are missed where they should be, save for the newest, which may not be out yet", () =>
    Effect.gen(function* () {
      const sent = ["05", "06", "09"].map((each) => row(at(`2026-10-06T${each}:00:00Z`)))
      const { elements } = yield* read(
        { symbol: "BTCUSD_PERP", period: "1h", limit: 10 },
        { reply: { body: JSON.stringify(sent) } }
      )
      assert.deepStrictEqual(notices(elements), [
        ["Missing", "2026-10-06T03:00:00.000Z", "2026-10-06T04:00:00.000Z"],
        ["Missing", "2026-10-06T07:00:00.000Z", "2026-10-06T08:00:00.000Z"],
        ["Missing", "2026-10-06T10:00:00.000Z", "2026-10-06T10:00:00.000Z"]
      ])
      assert.deepStrictEqual(
        elements.map(({ _tag }) => _tag[7]),
        ["N", "P", "P", "N", "P", "N"]
      )
    })
  )

  it.effect("beside the grid count for the stamp before them, and what is not there is missed on the grid", () =>
    Effect.gen(function* () {
      const sent = ["06:00:00.003", "07:00:00.003", "08:00:00.003"].map((each) => row(at(`2026-10-06T${each}Z`)))
      const { elements } = yield* read(
        { symbol: "BTCUSD_PERP", period: "1h", limit: 4, until: DateTime.unsafeMake("2026-10-06T08:00:00Z") },
        { reply: { body: JSON.stringify(sent) } }
      )
      assert.deepStrictEqual(notices(elements), [
        ["Missing", "2026-10-06T05:00:00.000Z", "2026-10-06T05:00:00.000Z"],
        ["Missing", "2026-10-06T08:00:00.000Z", "2026-10-06T08:00:00.000Z"]
      ])
      assert.deepStrictEqual(stamps(elements).map(iso), ["2026-10-06T06:00:00.003Z", "2026-10-06T07:00:00.003Z"])
    })
  )

  it.effect("older than the exchange keeps are not asked for, and a notice says so", () =>
    Effect.gen(function* () {
      const { elements, requests } = yield* read({
        symbol: "BTCUSD_PERP",
        period: "1d",
        since: DateTime.unsafeMake("2026-09-01T00:00:00Z")
      })
      assert.deepStrictEqual(notices(elements), [
        ["BeforeKept", "2026-09-01T00:00:00.000Z", "2026-09-06T00:00:00.000Z"]
      ])
      assert.strictEqual(requests[0]?.searchParams.get("startTime"), String(at("2026-09-07T00:00:00Z")))
    })
  )
})

describe("rows that are taken slowly", () => {
  it.effect("are not asked for when they are kept no more by then, and a notice says so", () =>
    Effect.gen(function* () {
      const now = at("2026-10-06T12:02:00Z")
      yield* TestClock.setTime(now)
      const since = DateTime.unsafeMake(now - 31 * 24 * hour)
      const { received, result } = yield* play({ [path]: complete }, (source) =>
        source.history({ symbol: "BTCUSD_PERP", period: "5m", since, limit: 2 }).pipe(
          // Whoever takes the first notice is busy for a while.
          Stream.mapEffect((element) =>
            element._tag === "HistoryNotice" && element.from.epochMillis < since.epochMillis + hour
              ? Effect.as(TestClock.adjust("22 minutes"), element)
              : Effect.succeed(element)
          ),
          Stream.runCollect
        )
      )
      const elements = Chunk.toReadonlyArray(result)
      assert.deepStrictEqual(notices(elements), [
        ["BeforeKept", "2026-09-05T12:05:00.000Z", "2026-09-06T12:05:00.000Z"],
        ["BeforeKept", "2026-09-06T12:10:00.000Z", "2026-09-06T12:25:00.000Z"]
      ])
      assert.deepStrictEqual(stamps(elements).map(iso), ["2026-09-06T12:30:00.000Z", "2026-09-06T12:35:00.000Z"])
      const asked = received.filter((each) => each.path.startsWith(path))
      assert.deepStrictEqual(
        asked.map((each) => new URL(each.path, "http://x").searchParams.get("startTime")),
        [String(at("2026-09-06T12:30:00Z"))]
      )
    }).pipe(Effect.provide(InstrumentArchive.layerMemory))
  )
})

describe("a dated contract", () => {
  const types = (requests: ReadonlyArray<URL>) =>
    requests.map(({ searchParams }) => [
      searchParams.get("contractType"),
      iso(Number(searchParams.get("startTime"))),
      iso(Number(searchParams.get("endTime")) - 1)
    ])

  it.effect("is read from the slot that it held, without the row at the roll, which is named", () =>
    Effect.gen(function* () {
      const { elements, requests } = yield* read({
        symbol: "BTCUSD_261225",
        period: "1h",
        since: DateTime.unsafeMake("2026-09-25T05:00:00Z"),
        until: DateTime.unsafeMake("2026-09-25T11:00:00Z")
      })
      assert.deepStrictEqual(types(requests), [
        ["NEXT_QUARTER", "2026-09-25T05:00:00.000Z", "2026-09-25T07:00:00.000Z"],
        ["CURRENT_QUARTER", "2026-09-25T09:00:00.000Z", "2026-09-25T11:00:00.000Z"]
      ])
      assert.deepStrictEqual(notices(elements), [["Roll", "2026-09-25T08:00:00.000Z", "2026-09-25T08:00:00.000Z"]])
      assert.lengthOf(stamps(elements), 6)
    })
  )

  it.effect("loses both rows around a roll where none stands at it", () =>
    Effect.gen(function* () {
      const { elements } = yield* read({
        symbol: "BTCUSD_261225",
        period: "6h",
        since: DateTime.unsafeMake("2026-09-25T00:00:00Z"),
        until: DateTime.unsafeMake("2026-09-25T18:00:00Z")
      })
      assert.deepStrictEqual(notices(elements), [["Roll", "2026-09-25T06:00:00.000Z", "2026-09-25T12:00:00.000Z"]])
      assert.deepStrictEqual(stamps(elements).map(iso), ["2026-09-25T00:00:00.000Z", "2026-09-25T18:00:00.000Z"])
    })
  )

  it.effect("that was delivered is served from the archive while its rows exist", () =>
    Effect.gen(function* () {
      const info = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
      const september = {
        ...info.symbols.find((each: { symbol: string }) => each.symbol === "BTCUSD_261225"),
        symbol: "BTCUSD_260925",
        deliveryDate: at("2026-09-25T08:00:00Z"),
        onboardDate: at("2026-03-27T08:00:00Z")
      }
      const before = { body: JSON.stringify({ ...info, symbols: [...info.symbols, september] }) }
      const request: History.Request = { symbol: "BTCUSD_260925", period: "1h", limit: 4 }
      const { result } = yield* Effect.gen(function* () {
        yield* TestClock.setTime(at("2026-09-25T07:00:00Z"))
        yield* play({ [exchangeInfo]: before }, (source) => source.instruments)
        yield* TestClock.setTime(at("2026-10-06T12:02:00Z"))
        return yield* play({ [path]: complete }, (source) =>
          Effect.all({
            unlisted: Effect.flip(source.openInterest("BTCUSD_260925")),
            history: Stream.runCollect(source.history(request))
          })
        )
      }).pipe(Effect.provide(InstrumentArchive.layerMemory))
      assert.strictEqual(result.unlisted._tag, "UnknownSymbol")
      const elements = Chunk.toReadonlyArray(result.history)
      assert.deepStrictEqual(
        stamps(elements).map(iso),
        ["05", "06", "07"].map((each) => `2026-09-25T${each}:00:00.000Z`)
      )
      assert.deepStrictEqual(notices(elements), [["Roll", "2026-09-25T08:00:00.000Z", "2026-09-25T08:00:00.000Z"]])
    })
  )

  it.effect("that is not listed and not in the archive is unknown", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read({ symbol: "BTCUSD_250926", period: "1h" }))
      assert.strictEqual(error._tag, "UnknownSymbol")
    })
  )

  it.effect("of an unusual delivery day has no known place in the series", () =>
    Effect.gen(function* () {
      const info = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
      for (const each of info.symbols) {
        if (each.symbol === "BTCUSD_261225") each.deliveryDate = at("2026-12-18T08:00:00Z")
      }
      yield* TestClock.setTime(at("2026-10-06T12:02:00Z"))
      const { received, result } = yield* play({ [exchangeInfo]: { body: JSON.stringify(info) } }, (source) =>
        Effect.flip(Stream.runCollect(source.history({ symbol: "BTCUSD_261225", period: "1h" })))
      )
      assert.strictEqual(result._tag, "Unsupported")
      assert.lengthOf(received, 1)
    })
  )
})

describe("a perpetual that has ended", () => {
  const info = (fields: Record<string, unknown>): Playback.Reply => {
    const body = JSON.parse(recorded("binance-dapi-exchangeInfo.json"))
    for (const each of body.symbols) if (each.symbol === "BTCUSD_PERP") Object.assign(each, fields)
    return { body: JSON.stringify(body) }
  }

  it.effect("has its rows up to its end, and none of what may have come after it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(at("2026-10-06T12:02:00Z"))
      const { result } = yield* play(
        { [exchangeInfo]: info({ deliveryDate: at("2026-10-06T09:00:00Z") }), [path]: complete },
        (source) =>
          Stream.runCollect(
            source.history({
              symbol: "BTCUSD_PERP",
              period: "1h",
              since: DateTime.unsafeMake("2026-10-06T07:00:00Z"),
              until: DateTime.unsafeMake("2026-10-06T12:00:00Z")
            })
          )
      )
      const elements = Chunk.toReadonlyArray(result)
      assert.deepStrictEqual(stamps(elements).map(iso), ["2026-10-06T07:00:00.000Z", "2026-10-06T08:00:00.000Z"])
      assert.deepStrictEqual(notices(elements), [
        ["Roll", "2026-10-06T09:00:00.000Z", "2026-10-06T09:00:00.000Z"],
        ["AfterDelivery", "2026-10-06T10:00:00.000Z", "2026-10-06T12:00:00.000Z"]
      ])
    }).pipe(Effect.provide(InstrumentArchive.layerMemory))
  )
})

describe("the plan of a history", () => {
  const dated = toInstrument({
    symbol: "BTCUSD_261225",
    contractType: "CURRENT_QUARTER",
    contractStatus: "TRADING",
    contractSize: Decimal.unsafeFrom("100"),
    baseAsset: "BTC",
    quoteAsset: "USD",
    marginAsset: "BTC",
    underlyingType: "COIN",
    deliveryDate: DateTime.unsafeMake("2026-12-25T08:00:00Z"),
    onboardDate: DateTime.unsafeMake("2026-06-26T08:10:00Z")
  })
  const slots = Option.getOrThrow(slotsOf(dated))
  const day = 86_400_000

  it("knows when a contract moved from slot to slot", () => {
    assert.deepStrictEqual(
      slots.map(({ contractType, from, to }) => [contractType, iso(from), iso(to)]),
      [
        ["NEXT_QUARTER", "2026-06-26T08:00:00.000Z", "2026-09-25T08:00:00.000Z"],
        ["CURRENT_QUARTER", "2026-09-25T08:00:00.000Z", "2026-12-25T08:00:00.000Z"]
      ]
    )
  })

  it.prop(
    "has every stamp exactly once, and asks no slot for a row that another contract may have",
    [
      FastCheck.constantFrom(...Object.values(periods)),
      FastCheck.integer({ min: at("2026-05-01T00:00:00Z"), max: at("2027-02-01T00:00:00Z") }),
      FastCheck.integer({ min: 0, max: 60 * day }),
      FastCheck.integer({ min: 0, max: 40 * day })
    ],
    ([period, since, length, age]) => {
      const until = since + length
      const now = until + age
      const listedAt = at("2026-06-26T08:10:00Z")
      const steps = HistoryPlan.plan({ slots, listedAt, period, since, until, now })
      let next = Math.ceil(since / period) * period
      for (const step of steps) {
        const from = typeof step.from === "number" ? step.from : step.from.epochMillis
        const to = typeof step.to === "number" ? step.to : step.to.epochMillis
        assert.strictEqual(from, next)
        assert.isAtLeast(to, from)
        next = to + period
        if (step._tag === "HistoryNotice") continue
        assert.isAtMost((to - from) / period + 1, 500)
        assert.isAtLeast(from, now - HistoryPlan.keptFor)
        for (const stamp of [from, to]) {
          // Whichever end of its period the stamp is, the contract must have held the slot for all of it.
          const slot = slots.find((each) => each.contractType === step.contractType)
          assert(slot !== undefined)
          assert.isAtLeast(stamp - period, slot.from)
          assert.isAtMost(stamp + period, slot.to)
        }
      }
      assert.isAbove(next, Math.floor(until / period) * period)
    },
    { fastCheck: { numRuns: 500 } }
  )
})
