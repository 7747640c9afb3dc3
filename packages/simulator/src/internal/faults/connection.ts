/**
 * Faults of the way that an answer takes: what is written to the connection, when, and how it ends.
 */
import * as Effect from "effect/Effect"
import type { ServerResponse } from "node:http"
import type * as Faults from "../../Faults.ts"
import type { Answer } from "./content.ts"

/** The faults that need a connection. */
export type Journey = Extract<Faults.Fault, { readonly _tag: "Trickle" | "Reset" | "CutOff" | "WrongLength" }>

/** What is written piece by piece, with a pause in milliseconds after each, and how it ends. */
interface Script {
  readonly hasHead: boolean
  readonly length: number | "chunked"
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly pause: number
  readonly end: "complete" | "reset" | "close"
}

/** Milliseconds in which the system hands over what was written: a reset takes back what has not left yet. */
const toLeave = 20

const pieceCount = 10

const scriptOf = (fault: Journey, body: Uint8Array): Script => {
  const half = body.subarray(0, body.length / 2)
  const whole = { hasHead: true, length: body.length, pieces: [body], pause: 0, end: "complete" } as const
  switch (fault._tag) {
    case "Trickle": {
      const size = Math.ceil(body.length / pieceCount)
      const pieces = Array.from({ length: pieceCount }, (_, index) => body.subarray(index * size, (index + 1) * size))
      return { ...whole, pieces, pause: fault.millis / pieceCount }
    }
    case "Reset": {
      const pieces = fault.after === "half" ? [half] : []
      return { ...whole, hasHead: fault.after !== "nothing", pieces, pause: toLeave, end: "reset" }
    }
    case "CutOff":
      return { ...whole, length: fault.framing === "chunked" ? "chunked" : body.length, pieces: [half], end: "close" }
    case "WrongLength":
      return { ...whole, length: Math.max(0, body.length + fault.by) }
  }
}

const end = (response: ServerResponse, how: Script["end"]): void => {
  if (how === "reset") response.socket?.resetAndDestroy()
  if (how === "close") response.socket?.destroySoon()
  // Where the connection is over, nothing of this end is written to it; the server only learns that it has nothing to do.
  response.end()
}

/** Sends the answer in place of the server, which finds nothing left to do. */
export const send = (fault: Journey, answer: Answer, response: ServerResponse): Effect.Effect<void> =>
  Effect.gen(function* () {
    const script = scriptOf(fault, answer.body)
    if (script.hasHead) {
      const length = script.length === "chunked" ? {} : { "content-length": String(script.length) }
      response.writeHead(answer.status, { ...answer.headers, ...length })
      response.flushHeaders()
    }
    for (const piece of script.pieces) {
      response.write(piece)
      yield* Effect.sleep(script.pause)
    }
    if (script.pieces.length === 0) yield* Effect.sleep(script.pause)
    end(response, script.end)
  }).pipe(
    // The client has gone.
    Effect.onInterrupt(() => Effect.sync(() => response.end()))
  )
