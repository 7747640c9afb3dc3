/**
 * @since 0.1.0
 */
export * as BybitV5 from "./BybitV5.ts"
