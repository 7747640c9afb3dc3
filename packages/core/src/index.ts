/**
 * Where an exchange is asked: `https` anywhere, plain `http` only on a loopback address.
 *
 * @since 0.1.0
 */
export * as BaseUrl from "./BaseUrl.ts"

/**
 * From contracts to coins to money and back.
 *
 * @since 0.1.0
 */
export * as Conversion from "./Conversion.ts"

/**
 * Decimal figures as exchanges write them: read strictly from text, computed exactly, printed plainly.
 *
 * @since 0.1.0
 */
export * as Decimal from "./Decimal.ts"

/**
 * The identifier of an exchange.
 *
 * @since 0.1.0
 */
export * as Exchange from "./Exchange.ts"

/**
 * The way to an exchange and back, the same for every exchange package: base URL, policy, status, body, decoding.
 *
 * @since 0.1.0
 */
export * as ExchangeClient from "./ExchangeClient.ts"

/**
 * One futures contract as an exchange lists it.
 *
 * @since 0.1.0
 */
export * as Instrument from "./Instrument.ts"

/**
 * The contracts of an exchange on demand: one cached list per product line, and the way from a symbol to its contract.
 *
 * @since 0.1.0
 */
export * as InstrumentCatalog from "./InstrumentCatalog.ts"

/**
 * The record of a contract as the command line prints it: one flat object of text, for files and pipes.
 *
 * @since 0.1.0
 */
export * as InstrumentRecord from "./InstrumentRecord.ts"

/**
 * What an exchange lists, and what of it could not be read.
 *
 * @since 0.1.0
 */
export * as Listing from "./Listing.ts"

/**
 * The price at which an exchange marks positions in one contract.
 *
 * @since 0.1.0
 */
export * as MarkPrice from "./MarkPrice.ts"

/**
 * One reading of the open interest of one contract.
 *
 * @since 0.1.0
 */
export * as OpenInterest from "./OpenInterest.ts"

/**
 * The record of a reading as the command line prints it: one flat object of text, for files and pipes.
 *
 * @since 0.1.0
 */
export * as OpenInterestRecord from "./OpenInterestRecord.ts"

/**
 * Open interest from one exchange: the service, and the mock layers that stand in for it in tests.
 *
 * @since 0.1.0
 */
export * as OpenInterestSource from "./OpenInterestSource.ts"

/**
 * Several exchanges side by side, each by its name.
 *
 * @since 0.1.0
 */
export * as OpenInterestSources from "./OpenInterestSources.ts"

/**
 * How patiently an exchange is asked: time limits and retries, as a value.
 *
 * @since 0.1.0
 */
export * as Policy from "./Policy.ts"

/**
 * An amount that carries its unit, in its type and in its value.
 *
 * @since 0.1.0
 */
export * as Quantity from "./Quantity.ts"

/**
 * One slow lookup shared by many callers, for what an exchange package needs again and again: the list of contracts,
 * the mark prices of a product.
 *
 * @since 0.1.0
 */
export * as SharedLookup from "./SharedLookup.ts"

/**
 * What can go wrong between a caller and an exchange, named by what the caller can do about it.
 *
 * @since 0.1.0
 */
export * as SourceError from "./SourceError.ts"

/**
 * A contract by name: which exchange, which symbol.
 *
 * @since 0.1.0
 */
export * as Target from "./Target.ts"

/**
 * A reading together with its price: the same position in contracts, in coins and in money.
 *
 * @since 0.1.0
 */
export * as Valuation from "./Valuation.ts"

/**
 * Pieces of wire schemas that exchanges share.
 *
 * @since 0.1.0
 */
export * as Wire from "./Wire.ts"
