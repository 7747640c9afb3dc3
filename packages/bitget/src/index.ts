/**
 * @since 0.1.0
 */
export * as BitgetMix from "./BitgetMix.ts"

/**
 * @since 0.1.0
 */
export * as ProductType from "./ProductType.ts"
