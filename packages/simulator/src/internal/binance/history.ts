/**
 * `GET /futures/data/openInterestHist`: what it is asked, and its rows.
 */
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Either from "effect/Either"
import * as Figures from "../figures.ts"
import { anchorPrice } from "../priceAnchors.ts"
import { trading } from "./contracts.ts"
import * as Errors from "./errors.ts"
import * as Slots from "./slots.ts"

export type Order = "oldest first" | "newest first"

/** A question that the exchange answers with rows. Times are in milliseconds, both ends included. */
export interface Query {
  readonly base: string
  readonly contractType: ContractType
  readonly period: number
  readonly limit: number
  readonly from: number
  readonly to: number
}

const contractTypes = ["ALL", ...Slots.slots] as const

type ContractType = (typeof contractTypes)[number]

const minute = 60_000
const hour = 60 * minute

const periods: ReadonlyMap<string, number> = new Map([
  ["5m", 5 * minute],
  ["15m", 15 * minute],
  ["30m", 30 * minute],
  ["1h", hour],
  ["2h", 2 * hour],
  ["4h", 4 * hour],
  ["6h", 6 * hour],
  ["12h", 12 * hour],
  ["1d", 24 * hour]
])

// Documented as "the latest 30 days". Counted from the request, which is the strictest reading.
const reach = 30 * 24 * hour

// A figure was seen on fapi 6.2 s after the time in its row (2026-09-12).
const publishedAfter = 6_000

const longest = 500

const bases = new Map(trading.map(({ base }) => [`${base}USD`, base]))

type Parameters = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

type Parsed<A> = Either.Either<A, HttpServerResponse.HttpServerResponse>

const integer = (name: string, text: string | undefined): Parsed<number | undefined> => {
  if (text === undefined) {
    return Either.right(undefined)
  }
  return /^\d{1,15}$/.test(text) ? Either.right(Number(text)) : Either.left(Errors.invalidHistoryParameter(name))
}

/**
 * What was asked at `now`, or the refusal. In which order the exchange checks is known of two parameters only: the period
 * comes before the times (a client's recording of the fapi twin).
 */
export const parse = (parameters: Parameters, now: number): Parsed<Query> =>
  Either.gen(function* () {
    const text = (name: string): Parsed<string | undefined> => {
      const value = parameters[name]
      return value === undefined || typeof value === "string"
        ? Either.right(value === "" ? undefined : value)
        : Either.left(Errors.duplicateHistoryParameter)
    }
    const mandatory = (name: string): Parsed<string> =>
      Either.flatMap(
        text(name),
        Either.fromNullable(() => Errors.missingHistoryParameter(name))
      )

    const pair = yield* mandatory("pair")
    const contractTypeText = yield* mandatory("contractType")
    const period = yield* Either.fromNullable(periods.get(yield* mandatory("period")), () =>
      Errors.invalidHistoryParameter("period")
    )
    const contractType = yield* Either.fromNullable(
      contractTypes.find((known) => known === contractTypeText.toUpperCase()),
      () => Errors.invalidContractType
    )
    const base = yield* Either.fromNullable(bases.get(pair.toUpperCase()), () => Errors.invalidHistoryPair)
    const limit = (yield* integer("limit", yield* text("limit"))) ?? 30
    const startTime = yield* integer("startTime", yield* text("startTime"))
    const endTime = yield* integer("endTime", yield* text("endTime"))
    const oldest = now - reach
    if (limit < 1 || limit > longest) {
      return yield* Either.left(Errors.invalidHistoryParameter("limit"))
    }
    if (startTime !== undefined && endTime !== undefined && startTime > endTime) {
      return yield* Either.left(Errors.startAfterEnd)
    }
    if (startTime !== undefined && startTime < oldest) {
      return yield* Either.left(Errors.invalidHistoryParameter("startTime"))
    }
    if (endTime !== undefined && endTime < oldest) {
      return yield* Either.left(Errors.invalidHistoryParameter("endTime"))
    }
    const to = Math.min(endTime ?? Infinity, now - publishedAfter)
    return { base, contractType, period, limit, from: startTime ?? oldest, to }
  })

// On 2026-10-06 the history of BTCUSD_PERP read 2 909 783 contracts and the snapshot 12 668 208, ten minutes apart.
const shareOfSnapshot = 0.2297

const exchange = "binance"

interface Figure {
  readonly contracts: number
  readonly baseCoin: number
}

const figureOf = (base: string, slot: Slots.Slot, seed: number, time: number): Figure | undefined => {
  const holder = Slots.holder(base, slot, time)
  if (holder === undefined) {
    return undefined
  }
  const { contractSize, deliveryTime, symbol } = holder
  const level = holder.openInterest * (slot === "PERPETUAL" ? shareOfSnapshot : 1)
  const contracts = Math.round(Figures.openInterest({ seed, exchange, symbol, level, time }))
  const index = Figures.indexPrice(seed, base, anchorPrice(base), time)
  const price = Figures.markPrice({ seed, exchange, symbol, index, time, deliveryTime })
  return { contracts, baseCoin: (contracts * contractSize) / price }
}

const row = (query: Query, seed: number, time: number): unknown => {
  const { base, contractType } = query
  const held = (contractType === "ALL" ? Slots.slots : [contractType]).flatMap(
    (slot) => figureOf(base, slot, seed, time) ?? []
  )
  const sum = (of: (figure: Figure) => number) => held.reduce((total, figure) => total + of(figure), 0).toFixed(8)
  return {
    contractType,
    sumOpenInterest: sum(({ contracts }) => contracts),
    sumOpenInterestValue: sum(({ baseCoin }) => baseCoin),
    pair: `${base}USD`,
    timestamp: time
  }
}

/**
 * The newest rows of the range, on the grid of the period, each with the figures of the contract that held the slot then. The
 * key order is the recorded one. Which rows the exchange leaves out of a range with more than `limit` is not documented.
 */
export const rows = (query: Query, seed: number, order: Order): ReadonlyArray<unknown> => {
  const { base, contractType, from, limit, period, to } = query
  const newest = Math.floor(to / period) * period
  if (contractType !== "ALL" && Slots.holder(base, contractType, newest) === undefined) {
    return []
  }
  const newestFirst: Array<unknown> = []
  for (let time = newest; time >= from && newestFirst.length < limit; time -= period) {
    newestFirst.push(row(query, seed, time))
  }
  return order === "newest first" ? newestFirst : newestFirst.toReversed()
}
