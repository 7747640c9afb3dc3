import * as fc from "effect/FastCheck"

// The same cases in every run, so that a test that passed once passes again; another seed looks elsewhere.
fc.configureGlobal({ seed: Number(process.env["FAST_CHECK_SEED"] ?? 20_261_120) })
