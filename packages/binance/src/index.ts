/**
 * @since 0.1.0
 */
export * as BinanceCoinM from "./BinanceCoinM.ts"
