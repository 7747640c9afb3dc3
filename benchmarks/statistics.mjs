/**
 * Numbers and tables of all benchmarks. A ratio is taken round by round, so that what slows down a whole round slows down both.
 */
export const shuffled = (values) =>
  values
    .map((value) => ({ value, rank: Math.random() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ value }) => value)

/** Between two values that it falls between. */
export const quantile = (values, share) => {
  const sorted = values.toSorted((one, other) => one - other)
  const place = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}

export const median = (values) => quantile(values, 0.5)

export const ratios = (values, base) => values.map((value, index) => value / base[index])

export const digits = (value) => value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0)

/** The median, and the quartiles where there is more than one value: `243.1 (238.3 – 249.1)`. */
export const spread = (values) => {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => digits(quantile(values, share)))
  return values.length === 1 ? middle : `${middle} (${low} – ${high})`
}

/** The median of the ratios. */
export const times = (values, base) => digits(median(ratios(values, base)))

export const table = (head, rows) =>
  [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
