/** From one time to another, in milliseconds since 1970; both are the same where there is but one. */
export interface TimeAxis {
  readonly first: number
  readonly last: number
}

/** A time on the axis, as it is written there. */
export interface Label {
  /** From 0 at the first time to 1 at the last. */
  readonly position: number
  readonly text: string
  /** Where the text begins. */
  readonly start: number
}

/** Where a time stands, from 0 to 1; in the middle where there is but one. */
export const position = ({ first, last }: TimeAxis, time: number): number =>
  first === last ? 0.5 : (time - first) / (last - first)

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const milliseconds = [1, 2, 5, 10, 20, 50, 100, 200, 500]

const fixed = [
  ...milliseconds,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 4, 7, 14].map((count) => count * day)
]

const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12_000, 24_000, 60_000, 120_000]

const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** `12:05`, and as much after it as the time or the step needs. */
const clock = (time: number, step: number): string => {
  const iso = new Date(time).toISOString()
  const from = iso.indexOf("T") + 1
  const isWhole = (unit: number) => step >= unit && time % unit === 0
  return iso.slice(from, from + (isWhole(minute) ? 5 : isWhole(second) ? 8 : 12))
}

/** `2026-10-06 12:05`, in UTC, and the seconds where there are any. */
export const format = (time: number): string => {
  const iso = new Date(time).toISOString()
  return `${iso.slice(0, iso.indexOf("T"))} ${clock(Math.floor(time / second) * second, minute)}`
}

const date = (time: number): string => {
  const at = new Date(time)
  return `${at.getUTCDate()} ${names[at.getUTCMonth()]}`
}

interface Tick {
  readonly time: number
  readonly text: string
}

// More could not be written on any axis, and are not worth being made.
const mostTicks = 1000

/** Weeks begin on Monday; the first day of 1970 was a Thursday. */
const offsetOf = (step: number): number => (step % (7 * day) === 0 ? 4 * day : 0)

const inSteps = ({ first, last }: TimeAxis, step: number): ReadonlyArray<Tick> => {
  const offset = offsetOf(step)
  const start = Math.ceil((first - offset) / step) * step + offset
  return Array.from({ length: Math.max(0, Math.floor((last - start) / step) + 1) }, (_, index) => {
    const time = start + index * step
    return { time, text: time % day === 0 ? date(time) : clock(time, step) }
  })
}

const inMonths = ({ first, last }: TimeAxis, step: number): ReadonlyArray<Tick> => {
  const monthOf = (time: number) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth()
  const ticks: Array<Tick> = []
  for (let month = Math.floor(monthOf(first) / step) * step; month <= monthOf(last); month += step) {
    const year = Math.floor(month / 12)
    // `Date.UTC` takes the years 0 to 99 for those of the last century.
    const time = new Date(0).setUTCFullYear(year, month - year * 12, 1)
    const text = step % 12 === 0 ? String(year) : `${names[month - year * 12]} ${year}`
    if (time >= first && time <= last) ticks.push({ time, text })
  }
  return ticks
}

/**
 * The times that are written below an axis of this length, as close together as they can be read: the texts are at least
 * `gap` apart and end where the axis does. A tick is a round time in UTC; where there is none, it is the first time.
 */
export const labels = (
  axis: TimeAxis,
  space: { readonly length: number; readonly gap: number; readonly widthOf: (text: string) => number }
): ReadonlyArray<Label> => {
  const placed = ({ text, time }: Tick): Label => {
    const width = space.widthOf(text)
    const at = position(axis, time)
    return { position: at, text, start: Math.max(0, Math.min(space.length - width, at * space.length - width / 2)) }
  }
  const isReadable = (all: ReadonlyArray<Label>) =>
    all.every(({ start }, index) => {
      const before = all[index - 1]
      return before === undefined || before.start + space.widthOf(before.text) + space.gap <= start
    })
  const length = axis.last - axis.first
  const candidates = [
    ...fixed.filter((step) => length / step < mostTicks).map((step) => () => inSteps(axis, step)),
    ...months.filter((step) => length / (step * 28 * day) < mostTicks).map((step) => () => inMonths(axis, step))
  ]
  for (const ticks of length === 0 ? [] : candidates) {
    const all = ticks().map(placed)
    // The last text has been moved inwards, and may have come too close to its neighbour.
    const readable = [all, all.slice(0, -1)].find((each) => each.length > 0 && isReadable(each))
    if (readable !== undefined) return readable
  }
  return [placed({ time: axis.first, text: clock(axis.first, minute) })]
}
