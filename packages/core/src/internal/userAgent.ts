/** Kept equal to package.json by a test. */
export const userAgent = "open-interest/0.1.0 (+https://github.com/open-interest/open-interest)"
