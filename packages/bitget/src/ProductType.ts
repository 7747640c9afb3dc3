/**
 * Bitget's product types: one list of contracts each.
 *
 * @since 0.1.0
 */
import type * as Array from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * Margined in USDT, in USDC, in coins; and the same three with play money.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProductType = Schema.Literal(
  "USDT-FUTURES",
  "USDC-FUTURES",
  "COIN-FUTURES",
  "SUSDT-FUTURES",
  "SUSDC-FUTURES",
  "SCOIN-FUTURES"
)

/**
 * One of Bitget's product types.
 *
 * @since 0.1.0
 * @category models
 */
export type ProductType = typeof ProductType.Type

/**
 * The three with real money.
 *
 * @since 0.1.0
 * @category constants
 */
export const real: Array.NonEmptyReadonlyArray<ProductType> = ["USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES"]

/**
 * Whether its contracts are traded with play money.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDemo = (self: ProductType): boolean => !real.includes(self)

const settleCurrency: Record<ProductType, string | undefined> = {
  "USDT-FUTURES": "USDT",
  "USDC-FUTURES": "USDC",
  "COIN-FUTURES": undefined,
  "SUSDT-FUTURES": "SUSDT",
  "SUSDC-FUTURES": "SUSDC",
  "SCOIN-FUTURES": undefined
}

/**
 * The currency in which a contract on this base coin settles: coin-margined ones settle in the coin itself (inferred
 * from their margin coins; Bitget names no settle currency).
 *
 * @since 0.1.0
 * @category getters
 */
export const settle = (self: ProductType, base: string): string => settleCurrency[self] ?? base

/**
 * Product types separated by commas, from the configuration key `name`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (name: string): Config.Config<Array.NonEmptyReadonlyArray<ProductType>> =>
  Config.mapOrFail(Config.string(name), (text) =>
    Either.mapLeft(
      Schema.decodeUnknownEither(Schema.NonEmptyArray(ProductType))(text.split(",").map((each) => each.trim())),
      () =>
        ConfigError.InvalidData(
          [],
          `expected one or more of ${ProductType.literals.join(", ")}, separated by commas, got ${JSON.stringify(text)}`
        )
    )
  )
