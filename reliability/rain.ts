/** Faults of every passing kind, each at chance: about one answer in seven meets one. None of them closes an exchange. */
import type * as Faults from "@open-interest/simulator/Faults"

const faults: ReadonlyArray<readonly [share: number, fault: Faults.Fault]> = [
  [0.02, { _tag: "Reset", after: "nothing" }],
  [0.01, { _tag: "Reset", after: "head" }],
  [0.01, { _tag: "Reset", after: "half" }],
  [0.01, { _tag: "CutOff", framing: "length" }],
  [0.01, { _tag: "CutOff", framing: "chunked" }],
  [0.01, { _tag: "TruncatedGzip" }],
  [0.01, { _tag: "InvalidUtf8" }],
  [0.01, { _tag: "ByteOrderMark" }],
  [0.01, { _tag: "NoField", name: "symbol" }],
  [0.01, { _tag: "Delay", millis: 700 }],
  [0.005, { _tag: "Delay", millis: 7000 }],
  [0.01, { _tag: "Trickle", millis: 900 }],
  [0.01, { _tag: "Answer", body: "<html><head><title>One moment, please</title></head></html>" }],
  [0.005, { _tag: "Answer", body: "" }],
  [0.02, { _tag: "Answer", status: 503, body: "busy" }]
]

export const plan = (seed: number): Faults.Plan => ({ seed, rules: faults.map(([share, fault]) => ({ share, fault })) })
