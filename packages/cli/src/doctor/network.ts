import * as Effect from "effect/Effect"
import { lookup } from "node:dns/promises"
import { connect as connectPlain, type Socket } from "node:net"
import { connect as connectSecure, TLSSocket } from "node:tls"
import type { Failed } from "./connection.ts"

/** Whatever is waited for, it is not waited for longer. */
export const patience = "2500 millis"

const inTime = <A>(effect: Effect.Effect<A, Failed>): Effect.Effect<A, Failed> =>
  Effect.timeoutFail(effect, {
    duration: patience,
    onTimeout: () => ({ code: "TIMEOUT", message: `no answer within ${patience}` })
  })

const failure = (error: unknown): Failed => {
  const { code = "UNKNOWN", message } = error as NodeJS.ErrnoException
  return { code, message: message === "" ? "no connection" : message }
}

/** The addresses of a host. */
export const addressesOf = (host: string): Effect.Effect<ReadonlyArray<string>, Failed> =>
  inTime(
    Effect.map(Effect.tryPromise({ try: () => lookup(host, { all: true }), catch: failure }), (found) =>
      found.map(({ address }) => address)
    )
  )

/** What a secure connection says of itself. */
const securityOf = (socket: Socket) =>
  socket instanceof TLSSocket
    ? {
        protocol: socket.getProtocol() ?? "TLS",
        validUntil: Date.parse(socket.getPeerCertificate().valid_to)
      }
    : undefined

/** The port of a URL, which does not name that of its scheme. */
export const portOf = ({ port, protocol }: URL): number =>
  port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)

/** A host as the system wants it: an IPv6 address goes without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "")

/** Connects, closes again, and says how it was secured. Nothing is sent. */
export const connect = (url: URL): Effect.Effect<ReturnType<typeof securityOf>, Failed> =>
  inTime(
    Effect.async((resume) => {
      const isSecure = url.protocol === "https:"
      const to = { host: hostOf(url), port: portOf(url) }
      const socket: Socket = isSecure ? connectSecure(to) : connectPlain(to)
      socket.once(isSecure ? "secureConnect" : "connect", () => {
        const security = securityOf(socket)
        socket.destroy()
        resume(Effect.succeed(security))
      })
      socket.on("error", (error) => resume(Effect.fail(failure(error))))
      return Effect.sync(() => socket.destroy())
    })
  )
