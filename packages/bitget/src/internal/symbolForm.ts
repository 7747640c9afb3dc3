import type { ProductType } from "../ProductType.ts"

/** How the symbols end that were seen under a product type; those of API v3 are second hand. */
const ends: Record<ProductType, RegExp> = {
  "USDT-FUTURES": /USDT$/,
  "USDC-FUTURES": /PERP$/,
  "COIN-FUTURES": /USD(?:[A-Z]\d\d)?$/,
  "UTA-COIN-FUTURES": /CM(?:[A-Z]\d\d)?$/,
  "SUSDT-FUTURES": /SUSDT$/,
  "SUSDC-FUTURES": /SPERP$/,
  "SCOIN-FUTURES": /SUSD(?:[A-Z]\d\d)?$/
}

/** Whether a symbol has the form of those of this product type. A guess, no more: the lists say where it belongs. */
export const isOf =
  (productType: ProductType) =>
  (symbol: string): boolean =>
    ends[productType].test(symbol)
