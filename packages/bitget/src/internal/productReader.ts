import type * as Instrument from "@open-interest/core/Instrument"
import type * as InstrumentCatalog from "@open-interest/core/InstrumentCatalog"
import type * as MarkPrice from "@open-interest/core/MarkPrice"
import type * as OpenInterest from "@open-interest/core/OpenInterest"
import {
  type ExchangeError,
  type SourceError,
  SymbolNotTrading,
  type UnexpectedResponse
} from "@open-interest/core/SourceError"
import type * as Valuation from "@open-interest/core/Valuation"
import type * as Wire from "@open-interest/core/Wire"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import { exchange } from "./conventions.ts"

/** One product type and the way to its figures; the ways differ between the versions of the API. */
export interface ProductReader {
  readonly list: InstrumentCatalog.ProductList
  readonly openInterest: (instrument: Instrument.Instrument) => Effect.Effect<OpenInterest.OpenInterest, SourceError>
  readonly markPrice: (instrument: Instrument.Instrument) => Effect.Effect<MarkPrice.MarkPrice, ExchangeError>
  /** The figures of all its contracts with their prices. */
  readonly valuations: Effect.Effect<
    (instrument: Instrument.Instrument) => Either.Either<Valuation.Valuation, SourceError>,
    ExchangeError
  >
}

/** One request answers for all contracts of a product type, so readings of the same moment share the prices of it. */
export const pricesFreshFor = "1 second"

/** As with prices, but much shorter than from one round of a poll to the next: a round must not find the one before. */
export const figuresFreshFor = "500 millis"

/** Why a contract has no figure: where it has no row its state may say so; else the answer is not what it should be. */
export const withoutFigure =
  ({ status, symbol }: Instrument.Instrument, unexpected: (mismatch: Wire.Mismatch) => UnexpectedResponse) =>
  (mismatch: Wire.Mismatch): UnexpectedResponse | SymbolNotTrading =>
    mismatch.isAbsent === true && status !== "trading" && status !== "restricted"
      ? new SymbolNotTrading({ exchange, symbol, detail: status })
      : unexpected(mismatch)
