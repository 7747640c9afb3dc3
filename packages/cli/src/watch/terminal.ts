import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Size } from "./view.ts"

/** What a terminal reads from; `process.stdin` on one is such. */
export interface Input {
  readonly isTTY?: boolean
  readonly setRawMode: (isRaw: boolean) => unknown
  readonly resume: () => unknown
  readonly pause: () => unknown
  readonly on: (event: "data" | "end", listener: (data?: unknown) => void) => unknown
  readonly off: (event: "data" | "end", listener: (data?: unknown) => void) => unknown
}

/** What a terminal writes to; `process.stdout` on one is such. */
export interface Output {
  readonly columns: number
  readonly rows: number
  readonly write: (text: string, done?: (error?: Error | null) => void) => unknown
  readonly on: (event: "resize", listener: () => void) => unknown
  readonly off: (event: "resize", listener: () => void) => unknown
}

/** What a person may want. */
export type Key = "quit" | "interrupt" | "next" | "previous" | "reverse"

/** What happens at a terminal. */
export type Event = Key | "resize"

/** A terminal that is drawn over in place. */
export interface Terminal {
  readonly size: Effect.Effect<Size>
  readonly events: Stream.Stream<Event>
  /** Whether keys can be pressed. */
  readonly hasKeys: boolean
  /** Shows these lines and nothing else; `false` where the terminal is gone. */
  readonly draw: (lines: ReadonlyArray<string>) => Effect.Effect<boolean>
}

const escape = "\u001b"
const control = `${escape}[`

const keys: Readonly<Record<string, Key>> = {
  q: "quit",
  Q: "quit",
  "\u0003": "interrupt",
  r: "reverse",
  R: "reverse",
  [`${control}C`]: "next",
  [`${control}B`]: "next",
  [`${control}D`]: "previous",
  [`${control}A`]: "previous"
}

/** A whole control sequence is one key, whatever letters are in it. */
const pressed = new RegExp(`${escape}\\[[\\d;]*[\\x40-\\x7e]|${escape}O.|[^]`, "gu")

/** The keys in what a terminal sent; arrows come in two forms. Those that mean nothing are left out. */
export const keysOf = (text: string): ReadonlyArray<Key> =>
  (text.match(pressed) ?? []).flatMap((each) => keys[each.replace(`${escape}O`, control)] ?? [])

// Another screen, so that what was there before comes back as it was; without a cursor, and no line goes on in the next.
const enter = `${control}?1049h${control}?25l${control}?7l`
const leave = `${control}0m${control}?7h${control}?25h${control}?1049l`

/** Where a terminal does not say how large it is. */
const usual: Size = { columns: 80, rows: 24 }

/** Each line is erased before it is written: behind a line as wide as the window, its last character would go. */
const frame = (lines: ReadonlyArray<string>, { rows }: Size): string => {
  const text = lines.map((line) => `${control}2K${line}`).join("\r\n")
  return `${control}H${text}${lines.length < rows ? `\r\n${control}J` : ""}`
}

/**
 * Takes the terminal over, as long as the scope is open; then it is as it was before, however the program ends. Keys
 * come one by one, without an echo, Ctrl-C among them. An input that ends is as good as `quit`.
 */
export const make = (input: Input, output: Output): Effect.Effect<Terminal, never, Scope.Scope> =>
  Effect.gen(function* () {
    const hasKeys = input.isTTY === true
    // Who presses more keys at once than this has lost track anyway.
    const events = yield* Queue.sliding<Event>(64)
    const offer = (event: Event) => void events.unsafeOffer(event)
    const onData = (data?: unknown) => keysOf(String(data)).forEach(offer)
    const onEnd = () => offer("quit")
    const onResize = () => offer("resize")

    yield* Effect.acquireRelease(
      Effect.sync(() => {
        let isOver = false
        const restore = () => {
          if (isOver) return
          isOver = true
          output.off("resize", onResize)
          if (hasKeys) {
            input.off("data", onData)
            input.off("end", onEnd)
            input.setRawMode(false)
            input.pause()
          }
          output.write(leave)
        }
        process.once("exit", restore)
        output.write(enter)
        output.on("resize", onResize)
        if (hasKeys) {
          input.setRawMode(true)
          input.on("data", onData)
          input.on("end", onEnd)
          input.resume()
        }
        return restore
      }),
      (restore) =>
        Effect.sync(() => {
          process.off("exit", restore)
          restore()
        })
    )

    // Some terminals say 0.
    const size = Effect.sync(() => ({ columns: output.columns || usual.columns, rows: output.rows || usual.rows }))
    return {
      hasKeys,
      size,
      events: Stream.fromQueue(events),
      draw: (lines) =>
        Effect.flatMap(size, (window) =>
          Effect.async<boolean>((resume) => {
            output.write(frame(lines, window), (error) => resume(Effect.succeed(!error)))
          })
        )
    }
  })
