import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { formats, type Presentation, render, type Shape, stepwise } from "../src/render/format.ts"
import { figures } from "../src/render/table.ts"

interface Row extends Readonly<Record<string, string | boolean | null>> {
  readonly name: string
  readonly amount: string | null
  readonly currency: string
  readonly demo: boolean
}

const rows: ReadonlyArray<Row> = [
  { name: "A", amount: "1234.5", currency: "BTC", demo: false },
  { name: "B", amount: null, currency: "BTC", demo: true }
]

const shape: Shape<Row> = {
  fields: ["name", "amount", "currency", "demo"],
  columns: [
    { title: "NAME", cell: ({ name }) => name },
    figures(
      "AMOUNT",
      ({ amount }) => amount,
      ({ currency }) => currency
    )
  ],
  figures: { amount: ({ currency }) => currency }
}

const as = (format: (typeof formats)[number], columns?: ReadonlyArray<string>, raw = false): Presentation => ({
  format: Option.some(format),
  columns: Option.fromNullable(columns),
  raw
})

describe("a format", () => {
  for (const [how, text] of [
    [as("table"), "NAME  AMOUNT (BTC)\nA          1,234.5\nB              –\n"],
    [as("table", undefined, true), "NAME  AMOUNT (BTC)\nA           1234.5\nB              –\n"],
    [as("csv"), "name,amount,currency,demo\r\nA,1234.5,BTC,false\r\nB,,BTC,true\r\n"],
    [
      as("ndjson"),
      '{"name":"A","amount":"1234.5","currency":"BTC","demo":false}\n{"name":"B","amount":null,"currency":"BTC","demo":true}\n'
    ],
    [as("json"), `${JSON.stringify(rows, null, 2)}\n`],
    [as("table", ["demo", "amount"]), "demo   amount (BTC)\nfalse       1,234.5\ntrue            –\n"],
    [as("table", ["amount", "name"], true), "amount (BTC)  name\n      1234.5  A\n         –    B\n"],
    [as("csv", ["amount", "name"]), "amount,name\r\n1234.5,A\r\n,B\r\n"],
    [as("ndjson", ["demo", "amount"]), '{"demo":false,"amount":"1234.5"}\n{"demo":true,"amount":null}\n'],
    [as("json", ["currency"]), '[\n  {\n    "currency": "BTC"\n  },\n  {\n    "currency": "BTC"\n  }\n]\n']
  ] as const) {
    const columns = Option.match(how.columns, { onNone: () => "all fields", onSome: (names) => names.join(", ") })
    it.effect(`${Option.getOrThrow(how.format)} of ${columns}${how.raw ? ", raw" : ""}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* render(how, rows, shape), text)
        const { add, end } = yield* stepwise(how, shape)
        const written = [[], rows.slice(0, 1), rows.slice(1)].map((page) => add(page)).join("")
        // A header stands alone nowhere, and pages of a table would not be aligned.
        if (Option.contains(how.format, "json") || Option.contains(how.format, "table")) assert.strictEqual(written, "")
        assert.strictEqual(written + end(), text)
      })
    )
  }

  it.effect("is ndjson off a terminal, also where nothing else is asked for", () =>
    Effect.gen(function* () {
      const expected = yield* render(as("ndjson"), rows, shape)
      assert.strictEqual(yield* render(Option.none(), rows, shape), expected)
      const { add, end } = yield* stepwise({ ...as("csv"), format: Option.none() }, shape)
      assert.strictEqual(add(rows) + end(), expected)
    })
  )

  it.effect("writes nothing by steps where nothing arrives", () =>
    Effect.gen(function* () {
      for (const format of formats) {
        const { add, end } = yield* stepwise(as(format), shape)
        assert.strictEqual(add([]) + end(), "")
      }
    })
  )
})
