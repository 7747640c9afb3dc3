/**
 * Where an exchange is asked: `https` anywhere, plain `http` only on a loopback address.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

const rule =
  "an https URL, or an http URL on a loopback address (127.0.0.0/8, localhost, [::1]), without credentials, query or fragment"

const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host)

/** For messages: without the credentials that somebody may have put in. */
const shown = (text: string): string => JSON.stringify(text.replace(/\/\/[^/]*@/, "//***@"))

const isAllowed = (text: string): boolean => {
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) return false
  const url = new URL(text)
  return (
    (url.protocol === "https:" || isLoopbackHost(url.hostname)) &&
    url.username === "" &&
    url.password === "" &&
    // URL parsers drop or replace the rest of these, but not once a path has been joined.
    !/[?#\\\s\p{Cc}]/u.test(text)
  )
}

/**
 * Text such as `https://dapi.binance.com` or `http://127.0.0.1:8080`. A path is kept: requests go below it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BaseUrl = Schema.String.pipe(
  Schema.filter((text) => isAllowed(text) || `expected ${rule}, got ${shown(text)}`),
  Schema.brand("@open-interest/core/BaseUrl")
).annotations({ identifier: "BaseUrl" })

/**
 * A URL that requests may go to.
 *
 * @since 0.1.0
 * @category models
 */
export type BaseUrl = typeof BaseUrl.Type

/**
 * A {@link BaseUrl} from text; throws a `ParseError` where it is not allowed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (url: string): BaseUrl => BaseUrl.make(url)

/**
 * A {@link BaseUrl} from the configuration key `name`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (name: string): Config.Config<BaseUrl> =>
  Config.mapOrFail(Config.string(name), (text) =>
    isAllowed(text)
      ? Either.right(make(text))
      : Either.left(ConfigError.InvalidData([], `expected ${rule}, got ${shown(text)}`))
  )

/**
 * The URL of a path below the base, with exactly one slash between them: exchanges' firewalls refuse two.
 *
 * @since 0.1.0
 * @category combinators
 */
export const join = (base: BaseUrl, path: string): string => `${base.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`

/**
 * Whether requests stay on this machine: a simulated exchange, a proxy, a recording.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLoopback = (self: BaseUrl): boolean => isLoopbackHost(new URL(self).hostname)
