/**
 * Lists that are asked for over and over: encoded once, and again when they have moved.
 */
import * as Envelope from "./envelope.ts"

export interface Rows {
  /** The rows of `name` as they are at `time`, in milliseconds; only the newest time of a name is remembered. */
  readonly at: (name: string, time: number, rows: () => unknown) => Envelope.Data
}

export const make = (): Rows => {
  const newest = new Map<string, { readonly time: number; readonly data: Envelope.Data }>()
  return {
    at: (name, time, rows) => {
      const known = newest.get(name)
      if (known?.time === time) {
        return known.data
      }
      const data = Envelope.encode(rows())
      newest.set(name, { time, data })
      return data
    }
  }
}
