import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Finding, of, ok, problem, type Verdict, warning } from "./finding.ts"

const oldest = [20, 19] as const

/** Whether this version of Node.js, such as `22.4.1`, is one that the program is made for. */
export const node = (version: string): Verdict => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1])
  return isOld
    ? problem(`${version} is older than ${oldest.join(".")}`, `install Node.js ${oldest.join(".")} or newer`)
    : ok(version)
}

const Kept = Schema.parseJson(
  Schema.Struct({ refusal: Schema.String, until: Schema.DateTimeUtc, writtenAt: Schema.DateTimeUtc })
)

const refusals = new Map([
  ["Banned", "this address is banned"],
  ["Forbidden", "this address is forbidden"],
  ["RateLimited", "the rate limit was exceeded"]
])

/**
 * What a file of the folder for bans says, by its name and its text; nothing where it has ended. A closure lasts no
 * longer than when it was written, however the clock has been set since.
 */
export const remembered = (name: string, text: string, now: number): Option.Option<Finding> => {
  const [exchange = "", origin = "", ...pool] = name.split(" ")
  const kept = Schema.decodeOption(Kept)(text)
  if (Option.isNone(kept)) {
    const verdict = warning(`the entry of ${origin} can't be read`, "remove it from the folder for bans")
    return Option.some(of("remembered", exchange, verdict))
  }
  const { refusal, until, writtenAt } = kept.value
  const end = Math.min(until.epochMillis, now + until.epochMillis - writtenAt.epochMillis)
  if (end <= now) return Option.none()
  const what = [refusals.get(refusal) ?? refusal, ...(pool.length === 0 ? [] : [`of ${pool.join(" ")}`])].join(" ")
  const time = new Date(end).toISOString()
  const verdict = warning(`${what} at ${origin} until ${time}`, `wait until ${time}; nothing is sent there before`)
  return Option.some(of("remembered", exchange, verdict))
}
