import * as Instrument from "@open-interest/core/Instrument"
import * as MarkPrice from "@open-interest/core/MarkPrice"
import * as OpenInterest from "@open-interest/core/OpenInterest"
import type { ReadingFailure } from "@open-interest/core/Readings"
import * as SourceError from "@open-interest/core/SourceError"
import * as Valuation from "@open-interest/core/Valuation"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Columns from "../src/watch/columns.ts"
import type { Round } from "../src/watch/state.ts"
import type { Look } from "../src/watch/view.ts"

export const time = (text: string): DateTime.Utc => DateTime.unsafeMake(`2026-10-06T${text}Z`)

export const binance = (symbol: string, listedAt?: string): Instrument.Instrument =>
  Instrument.make({
    exchange: "binance",
    symbol,
    base: symbol.slice(0, 3),
    quote: "USD",
    settle: symbol.slice(0, 3),
    contractSize: { amount: "100", unit: "quote" },
    ...(listedAt === undefined ? {} : { listedAt: DateTime.unsafeMake(listedAt) })
  })

export const bitget = (symbol: string): Instrument.Instrument =>
  Instrument.make({
    exchange: "bitget",
    symbol,
    base: symbol.replace("USDT", ""),
    quote: "USDT",
    settle: "USDT",
    contractSize: { amount: "1", unit: "base" }
  })

export const lost = new SourceError.Unavailable({ exchange: binance("BTCUSD_PERP").exchange, detail: "reset" })

/** A reading of contracts by Binance, or of coins by Bitget, whose stamp is that of the reply. */
export const reading = (
  instrument: Instrument.Instrument,
  amount: string,
  {
    at = "12:05:00",
    price,
    unitVerified = true
  }: { readonly at?: string; readonly price?: string; readonly unitVerified?: boolean } = {}
): Valuation.Valuation => {
  const timestamp = time(at)
  const isBitget = instrument.exchange === "bitget"
  return Valuation.make(
    OpenInterest.make({
      instrument,
      amount,
      unit: isBitget ? "base" : "contracts",
      timestamp,
      timestampKind: isBitget ? "reply" : "event",
      unitVerified
    }),
    price === undefined ? Either.left(lost) : Either.right(MarkPrice.make({ instrument, price, timestamp }))
  )
}

export const failure = (
  name: string,
  error: SourceError.SourceError = lost,
  missing: "contract" | "product" = "contract"
): ReadingFailure => ({ exchange: error.exchange, missing, name, error })

/** A round in which nothing happened but what is given. */
export const round = (given: Partial<Round> = {}): Round => ({
  due: time("12:05:00"),
  startedAt: time("12:05:00"),
  readAt: time("12:05:01"),
  skipped: { late: 0, closed: 0 },
  closedUntil: Option.none(),
  valuations: [],
  failures: [],
  ...given
})

/** A window of 80 × 24 without colours, 12 seconds after the rounds. */
export const look = (given: Partial<Look> = {}): Look => ({
  size: { columns: 80, rows: 24 },
  hasColour: false,
  raw: false,
  now: time("12:05:12"),
  interval: Duration.seconds(30),
  pools: [],
  sorting: Columns.bySize,
  hasKeys: true,
  ...given
})
