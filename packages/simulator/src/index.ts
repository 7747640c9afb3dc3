/**
 * @since 0.1.0
 */
export * as BinanceSimulator from "./BinanceSimulator.ts"

/**
 * @since 0.1.0
 */
export * as BitgetSimulator from "./BitgetSimulator.ts"

/**
 * @since 0.1.0
 */
export * as BybitSimulator from "./BybitSimulator.ts"

/**
 * @since 0.1.0
 */
export * as Faults from "./Faults.ts"

/**
 * @since 0.1.0
 */
export * as Limits from "./Limits.ts"

/**
 * @since 0.1.0
 */
export * as Playback from "./Playback.ts"

/**
 * @since 0.1.0
 */
export * as Simulator from "./Simulator.ts"
