/**
 * A circuit breaker with one circuit per key: after failures calls are rejected for a while, then a few probes decide.
 *
 * It never waits, and sees one outcome per call: put a retry of rejections outside it, time limits inside. Its shape
 * follows `effect/persistence/CircuitBreaker` of Effect 4.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Positive } from "./internal/durationText.ts"

const Count = Schema.Int.pipe(Schema.positive())

/**
 * Opens after so many failures in a row, in the order in which the calls end.
 *
 * @since 0.1.0
 * @category models
 */
export class Consecutive extends Schema.TaggedClass<Consecutive>("@open-interest/core/CircuitBreaker/Consecutive")(
  "Consecutive",
  { failures: Count }
) {}

/**
 * Opens when `threshold`, a fraction, of the last `size` calls or more have failed, once `minimumCalls` have ended.
 *
 * @since 0.1.0
 * @category models
 */
export class Rate extends Schema.TaggedClass<Rate>("@open-interest/core/CircuitBreaker/Rate")(
  "Rate",
  Schema.Struct({
    threshold: Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThanOrEqualTo(1)),
    size: Count,
    minimumCalls: Count
  }).pipe(
    Schema.filter(({ minimumCalls, size }) =>
      minimumCalls > size ? { path: ["minimumCalls"], message: `expected at most the size, ${size}` } : undefined
    )
  )
) {}

/**
 * When a closed circuit opens.
 *
 * @since 0.1.0
 * @category models
 */
export const TripPolicy = Schema.Union(Consecutive, Rate)

/**
 * {@link Consecutive} or {@link Rate}.
 *
 * @since 0.1.0
 * @category models
 */
export type TripPolicy = typeof TripPolicy.Type

/**
 * When a circuit opens, and for how long. Durations are text in JSON: `30 seconds`.
 *
 * @since 0.1.0
 * @category models
 */
export class Options extends Schema.Class<Options>("@open-interest/core/CircuitBreaker/Options")({
  tripPolicy: TripPolicy,
  /** The first opening of a row. */
  openDuration: Positive,
  /** Each further opening of a row is so many times longer: 1 never. */
  openDurationFactor: Schema.Finite.pipe(Schema.greaterThanOrEqualTo(1)),
  /** Bounds every opening, unless a failure itself asks for longer. */
  maxOpenDuration: Positive,
  /** How many calls a half-open circuit lets through. All must succeed to close it. */
  probes: Count
}) {}

/**
 * Opens after so many `failures` in a row. Throws a `ParseError` unless that is a whole number from 1.
 *
 * @since 0.1.0
 * @category constructors
 */
export const consecutive = (failures: number): Consecutive => new Consecutive({ failures })

/**
 * Opens by the share of failures among the last calls. Throws a `ParseError` for a `threshold` that is not above 0 and
 * at most 1, and for counts that are no whole numbers from 1 or a `minimumCalls` above `size`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const rate = (options: {
  readonly threshold: number
  readonly size: number
  readonly minimumCalls: number
}): Rate => new Rate(options)

/**
 * Options with defaults: openings of one length, at most 10 minutes or `openDuration` if that is longer, one probe.
 * Throws a `ParseError` for what {@link Options} refuses.
 *
 * @since 0.1.0
 * @category constructors
 */
export const options = (given: {
  readonly tripPolicy: TripPolicy
  readonly openDuration: Duration.DurationInput
  readonly openDurationFactor?: number | undefined
  readonly maxOpenDuration?: Duration.DurationInput | undefined
  readonly probes?: number | undefined
}): Options => {
  const openDuration = Duration.decode(given.openDuration)
  return new Options({
    tripPolicy: given.tripPolicy,
    openDuration,
    openDurationFactor: given.openDurationFactor ?? 1,
    maxOpenDuration: Duration.decode(given.maxOpenDuration ?? Duration.max(openDuration, "10 minutes")),
    probes: given.probes ?? 1
  })
}

/**
 * What a call says about the callee: it works, nothing, or it fails. `retryAfter` is how long it asks to be left alone,
 * and counts if this failure opens the circuit.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | { readonly _tag: "Success" }
  | { readonly _tag: "Ignored" }
  | { readonly _tag: "Failure"; readonly retryAfter?: Duration.Duration | undefined }

/**
 * The callee works.
 *
 * @since 0.1.0
 * @category constructors
 */
export const success: Outcome = { _tag: "Success" }

/**
 * The call says nothing about the callee. It counts as nothing: it does not end a row of failures either.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ignored: Outcome = { _tag: "Ignored" }

/**
 * The callee fails.
 *
 * @since 0.1.0
 * @category constructors
 */
export const failure = (options?: { readonly retryAfter?: Duration.DurationInput | undefined }): Outcome =>
  options?.retryAfter === undefined
    ? { _tag: "Failure" }
    : { _tag: "Failure", retryAfter: Duration.decode(options.retryAfter) }

/**
 * A circuit as it is now. `retryAfter` is what is left of the open time; with nothing left the circuit stays open until
 * the next call. `probing` says whether a probe is under way. `consecutiveOpenings` is the length of the row.
 *
 * @since 0.1.0
 * @category models
 */
export type State =
  | { readonly _tag: "Closed"; readonly key: string }
  | {
      readonly _tag: "Open"
      readonly key: string
      readonly retryAfter: Duration.Duration
      readonly consecutiveOpenings: number
    }
  | { readonly _tag: "HalfOpen"; readonly key: string; readonly probing: boolean; readonly consecutiveOpenings: number }

/**
 * A change of a circuit. An opening says for how long, and which of the row it is.
 *
 * @since 0.1.0
 * @category models
 */
export type Transition =
  | {
      readonly key: string
      readonly from: "Closed" | "HalfOpen"
      readonly to: "Open"
      readonly retryAfter: Duration.Duration
      readonly consecutiveOpenings: number
    }
  | { readonly key: string; readonly from: "Open"; readonly to: "HalfOpen" }
  | { readonly key: string; readonly from: "HalfOpen"; readonly to: "Closed" }

/**
 * The call was not made: the circuit is open for another `retryAfter`.
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitOpen extends Data.TaggedError("CircuitOpen")<{
  readonly key: string
  readonly retryAfter: Duration.Duration
}> {
  override get message(): string {
    return `circuit ${JSON.stringify(this.key)} is open for another ${Duration.format(this.retryAfter)}`
  }
}

/**
 * The call was not made: the circuit waits for its probes.
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitHalfOpen extends Data.TaggedError("CircuitHalfOpen")<{ readonly key: string }> {
  override get message(): string {
    return `circuit ${JSON.stringify(this.key)} is half-open and waits for its probes`
  }
}

/**
 * Circuits by key.
 *
 * @since 0.1.0
 * @category models
 */
export interface CircuitBreaker {
  /**
   * Makes a call if its circuit lets it through. `classify` says what its exit means; by default a success is a
   * `Success`, a failure or defect a `Failure`. An exit that is only interruption is always `Ignored`. Where `classify`
   * throws, the outcome is `Ignored` and the call dies. A call admitted before the circuit opened runs to its end and
   * changes nothing. A probe holds its place until it ends: give it a time limit.
   */
  readonly execute: <A0 = unknown, E0 = unknown>(options: {
    readonly key: string
    readonly classify?: ((exit: Exit.Exit<A0, E0>) => Outcome) | undefined
  }) => <A extends A0, E extends E0, R>(
    self: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | CircuitOpen | CircuitHalfOpen, R>
  /** A circuit that was never used is closed. */
  readonly state: (key: string) => Effect.Effect<State>
  /** All that happens from the moment of subscription, however slowly it is read. Ends with the scope. */
  readonly transitions: Stream.Stream<Transition>
}

interface Closed {
  readonly _tag: "Closed"
  /** From here on the next opening is the first of a row. */
  readonly resetsAt: number
  /** Whether each of the last calls failed; a ring, and empty where only failures in a row count. */
  readonly ring: Array<boolean>
  recorded: number
  failures: number
}

interface Open {
  readonly _tag: "Open"
  readonly until: number
}

interface HalfOpen {
  readonly _tag: "HalfOpen"
  running: number
  succeeded: number
}

interface Circuit {
  phase: Closed | Open | HalfOpen
  openings: number
  /** Milliseconds of the last opening. */
  openFor: number
  /** Calls under way. A circuit that they refer to is not forgotten. */
  calls: number
}

/** An outcome counts only in the very phase that admitted the call. */
interface Permit {
  readonly circuit: Circuit
  readonly phase: Closed | HalfOpen
}

const closed = (resetsAt: number): Closed => ({ _tag: "Closed", resetsAt, ring: [], recorded: 0, failures: 0 })

// Whole milliseconds. Rounded, since a virtual clock that is set to a date is off by some nanoseconds; read unsafely,
// since its safe reading throws between two milliseconds.
const monotonicMillis = Effect.clockWith((clock) =>
  Effect.succeed(Math.round(Number(clock.unsafeCurrentTimeNanos()) / 1e6))
)

const recordAndTrip = (policy: TripPolicy, phase: Closed, failed: boolean): boolean => {
  if (policy._tag === "Consecutive") {
    phase.failures = failed ? phase.failures + 1 : 0
    return phase.failures >= policy.failures
  }
  const slot = phase.recorded++ % policy.size
  phase.failures += Number(failed) - Number(phase.ring[slot] ?? false)
  phase.ring[slot] = failed
  return phase.ring.length >= policy.minimumCalls && phase.failures / phase.ring.length >= policy.threshold
}

const isInitial = ({ phase }: Circuit, now: number): boolean =>
  phase._tag === "Closed" && phase.failures === 0 && phase.ring.length === 0 && now >= phase.resetsAt

const outcomeOf = <A, E>(
  exit: Exit.Exit<A, E>,
  classify: ((exit: Exit.Exit<A, E>) => Outcome) | undefined
): Outcome => {
  if (Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)) return ignored
  if (classify !== undefined) return classify(exit)
  return Exit.isSuccess(exit) ? success : failure()
}

const start = (
  options: Options,
  onTransition?: (transition: Transition) => void
): { readonly breaker: CircuitBreaker; readonly end: () => void } => {
  const circuits = new Map<string, Circuit>()
  const subscribers = new Set<Mailbox.Mailbox<Transition>>()
  let ended = false

  const publish = (transition: Transition) => {
    onTransition?.(transition)
    for (const mailbox of subscribers) mailbox.unsafeOffer(transition)
  }

  const open = (key: string, circuit: Circuit, phase: Closed | HalfOpen, outcome: Outcome, now: number) => {
    const before = phase._tag === "Closed" && now >= phase.resetsAt ? 0 : circuit.openings
    const grown = Duration.toMillis(options.openDuration) * options.openDurationFactor ** before
    const asked = outcome._tag === "Failure" ? Duration.toMillis(outcome.retryAfter ?? 0) : 0
    circuit.openings = before + 1
    circuit.openFor = Math.ceil(Math.max(Math.min(grown, Duration.toMillis(options.maxOpenDuration)), asked))
    circuit.phase = { _tag: "Open", until: now + circuit.openFor }
    const retryAfter = Duration.millis(circuit.openFor)
    publish({ key, from: phase._tag, to: "Open", retryAfter, consecutiveOpenings: circuit.openings })
  }

  const admit = (key: string, now: number): Effect.Effect<Permit, CircuitOpen | CircuitHalfOpen> => {
    const circuit = circuits.get(key) ?? { phase: closed(-Infinity), openings: 0, openFor: 0, calls: 0 }
    let phase = circuit.phase
    if (phase._tag === "Open") {
      if (now < phase.until) return new CircuitOpen({ key, retryAfter: Duration.millis(phase.until - now) })
      phase = circuit.phase = { _tag: "HalfOpen", running: 0, succeeded: 0 }
      publish({ key, from: "Open", to: "HalfOpen" })
    }
    if (phase._tag === "HalfOpen") {
      // A probe that succeeded keeps its place: another call could only undo what the probes will say.
      if (phase.running + phase.succeeded >= options.probes) return new CircuitHalfOpen({ key })
      phase.running++
    }
    circuit.calls++
    circuits.set(key, circuit)
    return Effect.succeed({ circuit, phase })
  }

  const count = (key: string, { circuit, phase }: Permit, outcome: Outcome, now: number) => {
    if (phase._tag === "Closed") {
      if (outcome._tag === "Ignored") return
      if (recordAndTrip(options.tripPolicy, phase, outcome._tag === "Failure")) open(key, circuit, phase, outcome, now)
      return
    }
    phase.running--
    if (outcome._tag === "Failure") open(key, circuit, phase, outcome, now)
    if (outcome._tag === "Success" && ++phase.succeeded === options.probes) {
      circuit.phase = closed(now + circuit.openFor)
      publish({ key, from: "HalfOpen", to: "Closed" })
    }
  }

  const release = (key: string, permit: Permit, outcome: Outcome, now: number) => {
    const { circuit, phase } = permit
    circuit.calls--
    if (circuit.phase === phase) count(key, permit, outcome, now)
    if (circuit.calls === 0 && isInitial(circuit, now)) circuits.delete(key)
  }

  const breaker: CircuitBreaker = {
    execute:
      ({ classify, key }) =>
      (self) =>
        Effect.acquireUseRelease(
          Effect.flatMap(monotonicMillis, (now) => admit(key, now)),
          () => self,
          (permit, exit) =>
            Effect.map(monotonicMillis, (now) => {
              let outcome: Outcome = ignored
              try {
                outcome = outcomeOf(exit, classify)
              } finally {
                release(key, permit, outcome, now)
              }
            })
        ),
    state: (key) =>
      Effect.map(monotonicMillis, (now) => {
        const circuit = circuits.get(key)
        if (circuit === undefined || circuit.phase._tag === "Closed") return { _tag: "Closed", key }
        const { openings: consecutiveOpenings, phase } = circuit
        return phase._tag === "Open"
          ? { _tag: "Open", key, retryAfter: Duration.millis(phase.until - now), consecutiveOpenings }
          : { _tag: "HalfOpen", key, probing: phase.running > 0, consecutiveOpenings }
      }),
    // Unbounded, so that a reader misses nothing and holds up no call: there are few transitions per open time.
    transitions: Mailbox.make<Transition>().pipe(
      Effect.tap((mailbox) => (ended ? mailbox.end : Effect.sync(() => subscribers.add(mailbox)))),
      Effect.acquireRelease((mailbox) => Effect.sync(() => subscribers.delete(mailbox))),
      Effect.map(Mailbox.toStream),
      Stream.unwrapScoped
    )
  }

  const end = () => {
    ended = true
    for (const mailbox of subscribers) mailbox.unsafeDone(Exit.void)
  }

  return { breaker, end }
}

/**
 * A circuit breaker whose `transitions` end with the scope. Calls work on.
 *
 * @example
 * import * as CircuitBreaker from "@open-interest/core/CircuitBreaker"
 * import * as Effect from "effect/Effect"
 *
 * // Five failures in a row open a circuit for 30 seconds, then for 60, and so on up to 10 minutes.
 * const program = Effect.gen(function* () {
 *   const breaker = yield* CircuitBreaker.make(
 *     CircuitBreaker.options({
 *       tripPolicy: CircuitBreaker.consecutive(5),
 *       openDuration: "30 seconds",
 *       openDurationFactor: 2
 *     })
 *   )
 *   const price = Effect.fail("down").pipe(Effect.timeout("5 seconds"), breaker.execute({ key: "prices" }))
 *   return yield* price.pipe(Effect.catchTag("CircuitOpen", ({ retryAfter }) => Effect.succeed(retryAfter)))
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<CircuitBreaker, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => start(options)),
    ({ end }) => Effect.sync(end)
  ).pipe(Effect.map(({ breaker }) => breaker))

/**
 * For internal use: as {@link make} but outside an Effect, with `transitions` that never end. `onTransition` hears of each
 * at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeMake = (options: Options, onTransition?: (transition: Transition) => void): CircuitBreaker =>
  start(options, onTransition).breaker
