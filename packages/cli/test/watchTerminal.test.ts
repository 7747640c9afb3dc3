import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { EventEmitter } from "node:events"
import * as Terminal from "../src/watch/terminal.ts"

/** A terminal that notes what happens to it, in order. */
class Fake extends EventEmitter {
  readonly isTTY: boolean = true
  columns = 80
  rows = 3
  readonly happened: Array<string> = []
  error: Error | null = null
  setRawMode = (isRaw: boolean) => this.happened.push(isRaw ? "raw" : "cooked")
  resume = () => this.happened.push("resume")
  pause = () => this.happened.push("pause")
  write = (text: string, done?: (error?: Error | null) => void) => {
    this.happened.push(text)
    done?.(this.error)
  }
}

const entered = ["\u001b[?1049h\u001b[?25l\u001b[?7l", "raw", "resume"]
const left = ["cooked", "pause", "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l"]

const listeners = (fake: Fake) => fake.eventNames().length

describe("keys", () => {
  it("are read from what a terminal sends, several at once, in both forms of the arrows", () => {
    assert.deepStrictEqual(
      ["q", "Q", "\u0003", "r", "\u001b[C\u001b[D", "\u001bOA\u001bOB", "rrq"].map((text) => [
        ...Terminal.keysOf(text)
      ]),
      [
        ["quit"],
        ["quit"],
        ["interrupt"],
        ["reverse"],
        ["next", "previous"],
        ["previous", "next"],
        ["reverse", "reverse", "quit"]
      ]
    )
  })

  it("mean nothing otherwise, and the letters of a control sequence are none", () => {
    for (const text of ["", "x", "\u001b", "\u001b[15~", "\u001b[1;5r", "\u001b[200q", "龙虾\n", "\u001bOr"]) {
      assert.deepStrictEqual(Terminal.keysOf(text), [], JSON.stringify(text))
    }
  })
})

describe("a terminal", () => {
  it.effect("is restored, however the work on it ends", () =>
    Effect.gen(function* () {
      for (const end of [Effect.void, Effect.fail("no"), Effect.interrupt, Effect.die("broken")]) {
        const fake = new Fake()
        const exits = process.listenerCount("exit")
        yield* Effect.exit(Effect.scoped(Effect.zipRight(Terminal.make(fake, fake), end)))
        assert.deepStrictEqual(fake.happened, [...entered, ...left])
        assert.strictEqual(listeners(fake), 0)
        assert.strictEqual(process.listenerCount("exit"), exits)
      }
    })
  )

  it.effect("is restored once where the program ends at once, without any finalizer", () =>
    Effect.gen(function* () {
      const fake = new Fake()
      const before = process.listeners("exit")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Terminal.make(fake, fake)
          const added = process.listeners("exit").find((each) => !before.includes(each))
          added?.(0)
          assert.deepStrictEqual(fake.happened, [...entered, ...left])
        })
      )
      assert.deepStrictEqual(fake.happened, [...entered, ...left])
    })
  )

  it.effect("draws each line over the one that was there, and erases what is below", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const fake = new Fake()
        const { draw } = yield* Terminal.make(fake, fake)
        assert.isTrue(yield* draw(["a", "b"]))
        assert.strictEqual(fake.happened.at(-1), "\u001b[H\u001b[2Ka\r\n\u001b[2Kb\r\n\u001b[J")
        // A full window: one line more would push the first one out.
        assert.isTrue(yield* draw(["a", "b", "c"]))
        assert.strictEqual(fake.happened.at(-1), "\u001b[H\u001b[2Ka\r\n\u001b[2Kb\r\n\u001b[2Kc")
        fake.error = new Error("EIO")
        assert.isFalse(yield* draw(["a"]))
      })
    )
  )

  it.effect("tells of keys and of another size, and quits where its input ends", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const fake = new Fake()
        const { events, size } = yield* Terminal.make(fake, fake)
        fake.emit("data", Buffer.from("r\u001b[C"))
        fake.columns = 40
        fake.emit("resize")
        fake.emit("end")
        const happened = yield* Stream.runCollect(Stream.take(events, 4))
        assert.deepStrictEqual(Chunk.toReadonlyArray(happened), ["reverse", "next", "resize", "quit"])
        assert.deepStrictEqual(yield* size, { columns: 40, rows: 3 })
        fake.columns = 0
        fake.rows = 0
        assert.deepStrictEqual(yield* size, { columns: 80, rows: 24 })
      })
    )
  )

  it.effect("has no keys where its input is another, which is then left alone", () =>
    Effect.gen(function* () {
      const screen = new Fake()
      const pipe = Object.assign(new Fake(), { isTTY: false })
      const exit = yield* Effect.exit(Effect.scoped(Effect.map(Terminal.make(pipe, screen), ({ hasKeys }) => hasKeys)))
      assert.deepStrictEqual(exit, Exit.succeed(false))
      assert.deepStrictEqual(pipe.happened, [])
      assert.deepStrictEqual(screen.happened, [entered[0], left[2]])
    })
  )
})
