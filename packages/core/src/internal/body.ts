import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Lists of instruments are 0.4 to 0.6 MB; anything near this is no answer to us. */
const maxBytes = 8 * 1024 * 1024

/** A body that arrived but can't be text: too long, not gzip, not UTF-8. */
export class Unreadable extends Data.TaggedError("Unreadable")<{ readonly detail: string }> {}

const tooLong = new Unreadable({ detail: "longer than 8 MB" })

const collect = <E, R>(
  stream: Stream.Stream<Uint8Array, E, R>
): Effect.Effect<Uint8Array<ArrayBuffer>, E | Unreadable, R> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return stream.pipe(
      Stream.runForEach((chunk) => {
        chunks.push(chunk)
        length += chunk.length
        return length > maxBytes ? tooLong : Effect.void
      }),
      Effect.map(() => {
        const bytes = new Uint8Array(length)
        let offset = 0
        for (const chunk of chunks) {
          bytes.set(chunk, offset)
          offset += chunk.length
        }
        return bytes
      })
    )
  })

/** Fetch inflates by itself, `node:http` does not: the first two bytes tell, since no JSON begins with them. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const inflate = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<Uint8Array, Unreadable> =>
  collect(
    Stream.fromReadableStream(
      () => new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
      () => new Unreadable({ detail: "not valid gzip" })
    )
  )

const decode = (bytes: Uint8Array): Effect.Effect<string, Unreadable> =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new Unreadable({ detail: "not valid UTF-8" })
  })

/** The body as text, read to its end, inflated, bounded before and after, and decoded fatally. */
export const read = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string, HttpClientError.ResponseError | Unreadable> =>
  collect(response.stream).pipe(
    Effect.catchTag("ResponseError", (error) =>
      error.reason === "EmptyBody" ? Effect.succeed(new Uint8Array()) : error
    ),
    Effect.flatMap((bytes) => (isGzip(bytes) ? inflate(bytes) : Effect.succeed(bytes))),
    Effect.flatMap(decode)
  )
