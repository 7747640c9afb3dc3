/**
 * The identifier of an exchange.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Lower-case ASCII letters, digits and hyphens, beginning with a letter: `binance`, `bitget`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Exchange = Schema.String.pipe(
  Schema.pattern(/^[a-z][a-z0-9-]*$/, {
    message: () => "expected an exchange: lower-case letters, digits and hyphens"
  }),
  Schema.brand("@open-interest/core/Exchange")
).annotations({ identifier: "Exchange" })

/**
 * The identifier of an exchange, checked.
 *
 * @since 0.1.0
 * @category models
 */
export type Exchange = typeof Exchange.Type

/**
 * An {@link Exchange} from a literal; throws a `ParseError` where the text is none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (id: string): Exchange => Exchange.make(id)
