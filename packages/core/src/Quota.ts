/**
 * What an exchange lets one address send, as data: pools of weight with their windows, and what a request costs.
 *
 * For authors of an exchange package, who declare it beside their endpoints. {@link Pools} keeps the counts.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Positive } from "./internal/durationText.ts"

const Count = Schema.Int.pipe(Schema.positive())

/**
 * At most `limit` within any stretch of `window`, wherever it is placed.
 *
 * @since 0.1.0
 * @category models
 */
export class Window extends Schema.Class<Window>("@open-interest/core/Quota/Window")({
  limit: Count,
  window: Positive
}) {}

/**
 * A header of the exchange's answers that tells of one window of the pool what every sender at this address has
 * `used`, or what `remains` of its limit. `resets` says when the count starts anew: with the clock of the exchange, at
 * each whole multiple of the window (`aligned`), or as time goes by (`rolling`).
 *
 * @since 0.1.0
 * @category models
 */
export class Feed extends Schema.Class<Feed>("@open-interest/core/Quota/Feed")({
  /** In lower case. */
  header: Schema.NonEmptyString.pipe(Schema.lowercased()),
  tells: Schema.Literal("used", "remains"),
  resets: Schema.Literal("aligned", "rolling")
}) {}

/**
 * What requests are paid from: weight that the exchange counts together. Every window holds for the pool; a feed
 * tells of the first.
 *
 * @since 0.1.0
 * @category models
 */
export class Pool extends Schema.Class<Pool>("@open-interest/core/Quota/Pool")({
  name: Schema.NonEmptyString,
  /** What is counted, for a person: `weight`, `requests`. */
  unit: Schema.NonEmptyString,
  windows: Schema.Data(Schema.NonEmptyArray(Window)),
  feed: Schema.optionalWith(Feed, { exact: true })
}) {}

/**
 * What one request takes from a pool.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cost {
  readonly pool: Pool
  /** Whole. */
  readonly weight: number
}

/**
 * A window from a limit and its length.
 *
 * @since 0.1.0
 * @category constructors
 */
export const window = (limit: number, length: Duration.DurationInput): Window =>
  new Window({ limit, window: Duration.decode(length) })

/**
 * What a fraction of a limit comes to, in whole units.
 *
 * @since 0.1.0
 * @category constructors
 */
export const share = (limit: number, fraction: number): number =>
  // 0.29 of 100 are 29, whatever floats make of them.
  Math.floor(limit * fraction + 1e-9)

/**
 * Everything that an exchange imposes, for a person to read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly pools: ReadonlyArray<Pool>
  /** How many different requests a reading with its price needs at most, when nothing is known yet. */
  readonly requestsPerReading: number
}
