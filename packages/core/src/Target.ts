/**
 * A contract by name: which exchange, which symbol.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"

/**
 * `symbol` is in the exchange's own spelling or unified.
 *
 * @since 0.1.0
 * @category models
 */
export class Target extends Data.Class<{ readonly exchange: string; readonly symbol: string }> {
  override toString(): string {
    return `${this.exchange}:${this.symbol}`
  }
}

/**
 * The target of an exchange's name and a symbol, neither of which is checked.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (exchange: string, symbol: string): Target => new Target({ exchange, symbol })

/**
 * Reads `binance:BTCUSD_PERP` or `binance:BTC/USD:BTC-261225`: the exchange ends at the first colon. `None` where
 * there is no colon, or nothing on one side of it.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parse = (text: string): Option.Option<Target> => {
  const colon = text.indexOf(":")
  return colon > 0 && colon < text.length - 1
    ? Option.some(make(text.slice(0, colon), text.slice(colon + 1)))
    : Option.none()
}
