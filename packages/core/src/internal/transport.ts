import { excerpt } from "./text.ts"

/** System error codes in words; anything else speaks for itself. */
const words = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EPIPE", "connection closed"],
  ["ENOTFOUND", "host not found"],
  ["EAI_AGAIN", "the name could not be looked up"],
  ["EHOSTUNREACH", "no route to the host"],
  ["ENETUNREACH", "no route to the network"],
  ["ETIMEDOUT", "connecting took too long"],
  ["UND_ERR_SOCKET", "connection closed"],
  ["UND_ERR_CONNECT_TIMEOUT", "connecting took too long"]
])

/** Why a connection can't be secure, in words. */
const distrust = new Map([
  ["CERT_HAS_EXPIRED", "the certificate has expired, by the clock of this machine"],
  ["CERT_NOT_YET_VALID", "the certificate is not valid yet, by the clock of this machine"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "the server has signed its certificate itself"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "the certificate is signed by somebody who is not trusted here"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "the certificate is signed by somebody who is not trusted here"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "the certificate is signed by somebody who is not trusted here"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the certificate is for another name"]
])

const isTls = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** The code and the message at the bottom: clients wrap them in causes, and Node in an aggregate of one error per address. */
const bottom = (error: unknown): { readonly code: string | undefined; readonly message: string } => {
  const codes: Array<string> = []
  let message = ""
  let current: unknown = error
  for (let depth = 0; depth < 8 && typeof current === "object" && current !== null; depth++) {
    if ("code" in current && typeof current.code === "string") codes.push(current.code)
    if ("message" in current && typeof current.message === "string" && current.message !== "") message = current.message
    const aggregate = "errors" in current && Array.isArray(current.errors) ? current.errors[0] : undefined
    current = aggregate ?? ("cause" in current ? current.cause : undefined)
  }
  return { code: codes.at(-1), message }
}

/** What lies at the bottom of a transport error: `connection refused (ECONNREFUSED)`. */
export const describe = (error: unknown): string => {
  const { code, message } = bottom(error)
  if (code === undefined) return message === "" ? "the connection failed" : excerpt(message)
  if (isTls.test(code)) {
    const why = distrust.get(code)
    return `no secure connection${why === undefined ? "" : `: ${why}`} (${code})`
  }
  return `${words.get(code) ?? excerpt(message)} (${code})`
}

/** Whether a transport error will be the same in a moment: there is no such host, or it can't be trusted. */
export const isLasting = (error: unknown): boolean => {
  const { code } = bottom(error)
  return code !== undefined && (code === "ENOTFOUND" || isTls.test(code))
}
