import { generateKeyPairSync, sign } from "node:crypto"

/** A DER element (ITU-T X.690): its tag, its length, and what is in it. */
const element = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>): Buffer => element(0x30, ...parts)

const hex = (tag: number, text: string): Buffer => element(tag, Buffer.from(text, "hex"))

/** `261120120000Z`, which is read so until 2049. */
const utcTime = (millis: number): Buffer =>
  element(0x17, Buffer.from(`${new Date(millis).toISOString().slice(2, 19).replaceAll(/\D/g, "")}Z`))

/** A key, and a certificate for 127.0.0.1 that is signed with it (RFC 5280). Times are Unix milliseconds. */
export const selfSigned = (times: {
  readonly from: number
  readonly until: number
}): { readonly key: string; readonly cert: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const ecdsaWithSha256 = sequence(hex(0x06, "2a8648ce3d040302"))
  const commonName = sequence(hex(0x06, "550403"), element(0x0c, Buffer.from("loopback")))
  const name = sequence(element(0x31, commonName))
  const address = sequence(hex(0x87, "7f000001"))
  const alternativeName = sequence(hex(0x06, "551d11"), element(0x04, address))
  const body = sequence(
    hex(0xa0, "020102"),
    hex(0x02, "01"),
    ecdsaWithSha256,
    name,
    sequence(utcTime(times.from), utcTime(times.until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, sequence(alternativeName))
  )
  const signature = sign("sha256", body, privateKey)
  const der = sequence(body, ecdsaWithSha256, element(0x03, Buffer.from([0]), signature))
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`
  }
}
