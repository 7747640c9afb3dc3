import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"

/** Lists of instruments are 0.4 to 0.6 MB; anything near this is no answer to us. */
const maxBytes = 8 * 1024 * 1024

/** Bytes that arrived, or why they can't be text: too long, not gzip. */
type Bytes = Either.Either<Uint8Array<ArrayBuffer>, string>

const tooLong = Either.left("longer than 8 MB")

const concat = (chunks: ReadonlyArray<Uint8Array>, length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

const collect = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Bytes, E> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return stream.pipe(
      Stream.runForEachWhile((chunk) => {
        chunks.push(chunk)
        length += chunk.length
        return Effect.succeed(length <= maxBytes)
      }),
      Effect.map(() => (length > maxBytes ? tooLong : Either.right(concat(chunks, length))))
    )
  })

/** Whether the body ends by then without anybody counting: its head states a length, and nobody inflates it on the way. */
const isBounded = (headers: Headers.Headers): boolean =>
  headers["transfer-encoding"] === undefined &&
  headers["content-encoding"] === undefined &&
  Number(headers["content-length"]) <= maxBytes

const receive = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers.Headers
): Effect.Effect<Bytes, HttpClientError.ResponseError> =>
  isBounded(headers)
    ? Effect.map(response.arrayBuffer, (buffer) => Either.right(new Uint8Array(buffer)))
    : Effect.catchTag(collect(response.stream), "ResponseError", (error) =>
        error.reason === "EmptyBody" ? Effect.succeed(Either.right(new Uint8Array())) : error
      )

/** Fetch inflates by itself, `node:http` does not: the first two bytes tell, since no JSON begins with them. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const notGzip = Either.left("not valid gzip")

/** As every platform can. */
const inflateStream = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<Bytes> =>
  Effect.merge(
    collect(
      Stream.fromReadableStream(
        () => new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
        () => notGzip
      )
    )
  )

interface Zlib {
  readonly gunzip: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number },
    done: (error: { readonly code?: string } | null, inflated: Uint8Array<ArrayBuffer>) => void
  ) => void
}

interface Global {
  readonly process?: { readonly getBuiltinModule?: (name: "zlib") => Zlib | undefined }
}

/** Node's own, which is ready sooner. Asked for at run time, so that a bundle for browsers needs nothing for it. */
const zlib = (globalThis as Global).process?.getBuiltinModule?.("zlib")

const inflate = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<Bytes> =>
  zlib === undefined
    ? inflateStream(bytes)
    : Effect.async((resume) => {
        zlib.gunzip(bytes, { maxOutputLength: maxBytes }, (error, inflated) => {
          if (error === null) resume(Effect.succeed(Either.right(inflated)))
          else resume(Effect.succeed(error.code === "ERR_BUFFER_TOO_LARGE" ? tooLong : notGzip))
        })
      })

const decoder = new TextDecoder("utf-8", { fatal: true })

const decode = (bytes: Uint8Array): Either.Either<string, string> =>
  Either.try({
    try: () => decoder.decode(bytes),
    catch: () => "not valid UTF-8"
  })

/**
 * The body as text, read to its end, inflated, bounded before and after, and decoded fatally; `Left`, with the reason,
 * where it arrived and is no text.
 */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers.Headers
): Effect.Effect<Either.Either<string, string>, HttpClientError.ResponseError> =>
  receive(response, headers).pipe(
    Effect.flatMap((received) =>
      Either.isRight(received) && isGzip(received.right) ? inflate(received.right) : Effect.succeed(received)
    ),
    Effect.map(Either.flatMap(decode))
  )
