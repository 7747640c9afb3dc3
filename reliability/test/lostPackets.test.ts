/** A connection that is never made, as where packets are lost: nobody takes it, and the queue of those who wait is full. */
import { assert, describe, it } from "@effect/vitest"
import * as Backoff from "@open-interest/core/Backoff"
import * as Policy from "@open-interest/core/Policy"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { platform } from "node:os"
import { Worker } from "node:worker_threads"
import { ask } from "../ask.ts"
import { cases } from "../cases.ts"

/** Listens, says where, and stops for good before it takes a connection. */
const program = `
const { parentPort } = require("node:worker_threads")
const server = require("node:net").createServer()
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)))
})
`

/** The port of a listener whose queue is full; as long as the scope. */
const silentPort = Effect.acquireRelease(
  Effect.promise(async () => {
    const worker = new Worker(program, { eval: true })
    const [port] = (await once(worker, "message")) as [number]
    const sockets: Array<Socket> = []
    let isTaken = true
    while (isTaken) {
      const socket = connect(port, "127.0.0.1").on("error", () => {})
      sockets.push(socket)
      // oxlint-disable-next-line no-await-in-loop -- one after the other fills the queue
      isTaken = await Promise.race([
        once(socket, "connect").then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200))
      ])
    }
    return { port, sockets, worker }
  }),
  ({ sockets, worker }) =>
    Effect.promise(() => {
      for (const socket of sockets) socket.destroy()
      return worker.terminate()
    })
)

const policy = Policy.make(
  Policy.timeout("5 seconds"),
  Policy.retry({ times: 1, backoff: Backoff.exponential({ base: "10 millis", jitter: "none" }) }),
  Policy.timeout("300 millis")
)

// Other systems refuse what does not fit into the queue, instead of leaving it unanswered.
describe.skipIf(platform() !== "linux")("both exchanges, with", () => {
  it.live("a connection that is never made", () =>
    Effect.gen(function* () {
      const { port } = yield* silentPort
      const { subjects } = Object.values(cases)[0] ?? assert.fail()
      for (const subject of [subjects.binance, subjects.bitget]) {
        const began = performance.now()
        const error = yield* Effect.flip(
          Effect.flatMap(ask(subject, { isCold: true, baseUrl: `http://127.0.0.1:${port}`, policy }), ({ result }) =>
            Either.match(result, { onLeft: Effect.fail, onRight: Effect.succeed })
          )
        )
        const took = performance.now() - began
        assert.strictEqual(error._tag, "TimedOut")
        assert.strictEqual(error.message, "timed out: no complete answer to one request within 300ms")
        assert.isTrue(took >= 600 && took < 3000, `took ${took} ms`)
      }
    }).pipe(Effect.scoped)
  )
})
