/**
 * What a figure of an exchange counts, with the evidence for it: its unit, its sides, and what its time stamp means.
 *
 * An exchange package states each of its conventions once, as data: its readings are made from them, and so are the
 * tables in the documentation.
 *
 * @since 0.1.0
 */
import type * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { Exchange } from "./Exchange.ts"
import type { Instrument } from "./Instrument.ts"
import * as OpenInterest from "./OpenInterest.ts"
import * as Quantity from "./Quantity.ts"

const fact = <A extends string>(value: Schema.Schema<A>) =>
  Schema.Struct({
    value,
    /** Whether somebody has shown it on the wire, or it is only believed. */
    verified: Schema.Boolean,
    /** Who says so. */
    evidence: Schema.String
  })

/**
 * The convention of one endpoint, for the contracts of one product line.
 *
 * @since 0.1.0
 * @category models
 */
export class Convention extends Schema.Class<Convention>("@open-interest/core/Convention")({
  exchange: Exchange,
  product: Schema.NonEmptyString,
  /** A reading of `now`, or a row of the `history` that the exchange keeps: two series that are never joined. */
  series: Schema.Literal("now", "history"),
  /** Path of the endpoint and field of the answer: `/dapi/v1/openInterest openInterest`. */
  field: Schema.NonEmptyString,
  unit: fact(Quantity.Unit),
  sides: fact(OpenInterest.Sides),
  timestamp: fact(OpenInterest.TimestampKind)
}) {}

/**
 * A reading by a convention. `amount` is not negative, as the schema of its wire has seen to.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reading = (
  { sides, timestamp, unit }: Convention,
  read: {
    readonly instrument: Instrument
    readonly amount: BigDecimal.BigDecimal
    readonly timestamp: DateTime.Utc
    readonly receivedAt: DateTime.Utc
  }
): OpenInterest.OpenInterest =>
  new OpenInterest.OpenInterest(
    {
      ...read,
      unit: unit.value,
      unitVerified: unit.verified,
      sides: sides.value,
      sidesVerified: sides.verified,
      timestampKind: timestamp.value
    },
    // All of it has been decoded already, and a whole market is hundreds of readings.
    true
  )
