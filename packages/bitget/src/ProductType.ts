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
 * Those of API v2: margined in USDT, in USDC, in coins; and the same three with play money.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Classic = Schema.Literal(
  "USDT-FUTURES",
  "USDC-FUTURES",
  "COIN-FUTURES",
  "SUSDT-FUTURES",
  "SUSDC-FUTURES",
  "SCOIN-FUTURES"
)

/**
 * A product type of API v2.
 *
 * @since 0.1.0
 * @category models
 */
export type Classic = typeof Classic.Type

/**
 * Those of API v2, and `UTA-COIN-FUTURES`: the coin-margined contracts that only API v3 (the "unified trading account")
 * has since 2026-09-17, `BTCUSD_CM` and `BTCCMZ26`. There they are called `COIN-FUTURES` as well.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProductType = Schema.Literal(...Classic.literals, "UTA-COIN-FUTURES")

/**
 * One of Bitget's product types.
 *
 * @since 0.1.0
 * @category models
 */
export type ProductType = typeof ProductType.Type

/**
 * The four with real money.
 *
 * @since 0.1.0
 * @category constants
 */
export const real: Array.NonEmptyReadonlyArray<ProductType> = [
  "USDT-FUTURES",
  "USDC-FUTURES",
  "COIN-FUTURES",
  "UTA-COIN-FUTURES"
]

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
  "UTA-COIN-FUTURES": undefined,
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
