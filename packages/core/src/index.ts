/**
 * How long to wait before asking again: longer each time, and not everybody at once.
 *
 * @since 0.1.0
 */
export * as Backoff from "./Backoff.ts"

/**
 * Where an exchange is asked: `https` anywhere, plain `http` only on a loopback address.
 *
 * @since 0.1.0
 */
export * as BaseUrl from "./BaseUrl.ts"

/**
 * How open interest has changed from one reading to a later one: what is due to the position, and what to the price.
 *
 * @since 0.1.0
 */
export * as Change from "./Change.ts"

/**
 * No more calls for a while after too many failures, one circuit per key.
 *
 * @since 0.1.0
 */
export * as CircuitBreaker from "./CircuitBreaker.ts"

/**
 * What a figure of an exchange counts, with the evidence for it: its unit, its sides, and what its time stamp means.
 *
 * @since 0.1.0
 */
export * as Convention from "./Convention.ts"

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
 * Open interest over time, as an exchange keeps it: a series of its own, which is not that of the readings of now.
 *
 * @since 0.1.0
 */
export * as History from "./History.ts"

/**
 * One futures contract as an exchange lists it.
 *
 * @since 0.1.0
 */
export * as Instrument from "./Instrument.ts"

/**
 * Contracts that were listed once: what is needed to read the history of one that has been delivered since.
 *
 * @since 0.1.0
 */
export * as InstrumentArchive from "./InstrumentArchive.ts"

/**
 * The contracts of an exchange on demand: one cached list per product line, and the way from a symbol to its contract.
 *
 * @since 0.1.0
 */
export * as InstrumentCatalog from "./InstrumentCatalog.ts"

/**
 * Which contracts of a market: by currency, kind, direction or symbol.
 *
 * @since 0.1.0
 */
export * as InstrumentFilter from "./InstrumentFilter.ts"

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
 * Open interest again and again: rounds of readings on a steady grid of times, as a stream.
 *
 * @since 0.1.0
 */
export * as Poll from "./Poll.ts"

/**
 * What has been sent to each exchange, and what it has said about that: the store behind rate limits and bans.
 *
 * @since 0.1.0
 */
export * as Pools from "./Pools.ts"

/**
 * An amount that carries its unit, in its type and in its value.
 *
 * @since 0.1.0
 */
export * as Quantity from "./Quantity.ts"

/**
 * What an exchange lets one address send, as data.
 *
 * @since 0.1.0
 */
export * as Quota from "./Quota.ts"

/**
 * Many readings at once: those that arrived, and beside them what is missing and why.
 *
 * @since 0.1.0
 */
export * as Readings from "./Readings.ts"

/**
 * Settings of an exchange from configuration, under a prefix.
 *
 * @since 0.1.0
 */
export * as Settings from "./Settings.ts"

/**
 * One slow lookup shared by many callers, for what an exchange package needs again and again: the list of contracts,
 * the mark prices of a product.
 *
 * @since 0.1.0
 */
export * as SharedLookup from "./SharedLookup.ts"

/**
 * A clock for simulations that runs as fast as the program.
 *
 * @since 0.1.0
 */
export * as SimulationClock from "./SimulationClock.ts"

/**
 * What can go wrong between a caller and an exchange, named by what the caller can do about it.
 *
 * @since 0.1.0
 */
export * as SourceError from "./SourceError.ts"

/**
 * The pieces of a policy, as data.
 *
 * @since 0.1.0
 */
export * as Strategy from "./Strategy.ts"

/**
 * A contract by name: which exchange, which symbol.
 *
 * @since 0.1.0
 */
export * as Target from "./Target.ts"

/**
 * What policies and pools tell: metrics, and the names of spans.
 *
 * @since 0.1.0
 */
export * as Telemetry from "./Telemetry.ts"

/**
 * Open interest summed across contracts and exchanges: what counts, what it rests on, and beside it what does not.
 *
 * @since 0.1.0
 */
export * as Total from "./Total.ts"

/**
 * The record of a sum of open interest as the command line prints it: one flat object of text, for files and pipes.
 *
 * @since 0.1.0
 */
export * as TotalRecord from "./TotalRecord.ts"

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
