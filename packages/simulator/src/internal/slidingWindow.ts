/**
 * Counts events in a window that moves with the time.
 */

export interface SlidingWindow {
  /** How many events there were in the window that ends at `now`, which never runs backwards from one call to the next. */
  readonly count: (now: number) => number
  readonly add: (now: number) => void
}

/** A window of `length` milliseconds: an event at `t` is in it from `t` on and out of it again at `t + length`. */
export const make = (length: number): SlidingWindow => {
  let times: Array<number> = []
  let oldest = 0
  return {
    count: (now) => {
      while ((times[oldest] ?? Infinity) <= now - length) {
        oldest++
      }
      // Copies no more than was passed over since the last copy, so an event costs the same however many there are.
      if (oldest * 2 > times.length) {
        times = times.slice(oldest)
        oldest = 0
      }
      return times.length - oldest
    },
    add: (now) => {
      times.push(now)
    }
  }
}
