import { ok, problem, type Verdict, warning } from "./finding.ts"

/** Why there is no connection: the code of the system, or `TIMEOUT` where nothing came in time. */
export interface Failed {
  readonly code: string
  readonly message: string
}

const isCertificate = /^(?:ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/

/** What to do about the code of a failure. */
export const adviceFor = (code: string): string => {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "check the network, the DNS server and the spelling of the base URL"
    case "ECONNREFUSED":
      return "check the host and the port of the base URL, and that something listens there"
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return "check the network: there is no route"
    case "TIMEOUT":
    case "ETIMEDOUT":
      return "check the network and its firewall"
    default:
      return isCertificate.test(code)
        ? "check the clock of this machine, and whether something between opens secure connections"
        : "check the network, its firewall and the base URL"
  }
}

/** What a failure means, of the host or of the host and port that it is about. */
export const failed = (of: string, { code, message }: Failed): Verdict =>
  problem(`${of}: ${message.includes(code) ? message : `${message} (${code})`}`, adviceFor(code))

/** What came of looking a name up; `millis` is how long it took. */
export const lookedUp = (host: string, addresses: ReadonlyArray<string>, millis: number): Verdict =>
  ok(addresses.includes(host) ? `${host} is an address` : `${host}: ${addresses.join(", ")} in ${millis} ms`)

/** A connection that is there; `tls` where it is a secure one. */
export interface Connected {
  readonly millis: number
  readonly tls?: { readonly protocol: string; readonly validUntil: number } | undefined
}

const day = 86_400_000
const soon = 14 * day

/** What came of connecting at `now`, in Unix milliseconds. */
export const connected = (to: string, { millis, tls }: Connected, now: number): Verdict => {
  const detail = `${to} in ${millis} ms`
  if (tls === undefined) return ok(`${detail}, not encrypted`)
  const secured = `${detail}, ${tls.protocol}, certificate valid until ${new Date(tls.validUntil).toISOString()}`
  return tls.validUntil - now < soon
    ? warning(secured, "the certificate ends soon: expect the exchange, or the proxy before it, to renew it")
    : ok(secured)
}
