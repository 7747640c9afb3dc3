/** Kept equal to package.json by a test. */
export const userAgent = "open-interest/0.1.0 (+https://github.com/open-interest/open-interest)"

/** A name such as `Mozilla/5.0 (…)`, which no other runtime gives itself. */
const isBrowser = (): boolean => typeof navigator !== "undefined" && String(navigator.userAgent).startsWith("Mozilla/")

/**
 * The header that names us, except in a browser: there it would make each request two, the first of which asks the
 * exchange whether it takes the header (CORS).
 */
export const header = (): { readonly "user-agent"?: string } => (isBrowser() ? {} : { "user-agent": userAgent })
