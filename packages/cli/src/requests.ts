import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

const nanosPerMilli = 1_000_000n

/** What was asked, what came of it, and how long it took, by the attributes that `Telemetry` gives each attempt. */
const describe = (attributes: ReadonlyMap<string, unknown>, millis: bigint): string => {
  const get = (name: string) => attributes.get(name)
  const withWord = (word: string, name: string) => (get(name) === undefined ? [] : [`${word} ${get(name)}`])
  const asked = [
    get("http.request.method"),
    `${get("server.address")}${get("url.path")}`,
    ...withWord("for", "open_interest.symbol")
  ]
  const outcome = [...withWord("HTTP", "http.response.status_code"), get("error.type") ?? []].flat()
  const waited = Math.round(Number(get("open_interest.waited_ms")))
  return [
    `${asked.join(" ")}: ${outcome.join(", ")} in ${millis} ms`,
    ...(waited === 0 ? [] : [`its turn came after ${waited} ms`]),
    ...withWord("retry", "http.request.resend_count")
  ].join(", ")
}

/** Calls back with one line for each request to an exchange that has ended. */
export const withEachRequest =
  (tell: (text: string) => void) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.tracer, (tracer) =>
      Effect.withTracer(
        effect,
        Tracer.make({
          context: tracer.context,
          span: (name, ...rest) => {
            const span = tracer.span(name, ...rest)
            if (name !== "open_interest.attempt") return span
            const end = span.end.bind(span)
            span.end = (endTime, exit) => {
              end(endTime, exit)
              tell(describe(span.attributes, (endTime - span.status.startTime) / nanosPerMilli))
            }
            return span
          }
        })
      )
    )
