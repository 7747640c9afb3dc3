/** What is to be thought of what a client made of a fault. */

/** The higher the rank, the better. */
export const verdicts = {
  "right figure": { rank: 3, means: "the figure that the exchange has" },
  "right error": { rank: 3, means: "nothing that came could be relied on, and it says so" },
  "needless error": { rank: 2, means: "the fault passes or does no harm, and the figure was to be had" },
  "stumbled over": { rank: 2, means: "no word of what is wrong, but a `TypeError` where the answer is read" },
  "still waiting": { rank: 1, means: "neither figure nor error after 25 s" },
  "asked into a ban": { rank: 0, means: "sent again before the time that the exchange had set" },
  hole: { rank: 0, means: "no figure and no error: `undefined`, `NaN`" },
  "taken as right": { rank: 0, means: "the right figure, out of an answer that can't be relied on" },
  "wrong figure": { rank: 0, means: "another figure, another contract's, or another time, as if it were right" }
}

/** Answers that carry the right figure and something else that makes another of it. */
const wrongWhereTaken = {
  otherSymbol: "the figure of another contract",
  seconds: "its time is in January 1970"
}

/** What was overlooked where an answer was taken as right. */
const overlooked = {
  gzipBomb: "all 32 MB were read",
  invalidUtf8: "a wrong character in a name",
  rowTwice: "the first of the rows, or the last"
}

const isHole = (figure) => figure === undefined || figure === null || Number.isNaN(figure)

/** Some clients make a number of it, which has fewer digits, and some keep trailing zeros. */
const isSame = (figure, right) =>
  typeof figure === "number"
    ? figure === Number(right)
    : figure === right || (figure.includes(".") && figure.replace(/\.?0+$/, "") === right)

const ofValue = (id, best, { figure, time }, right) => {
  if (isHole(figure)) return { verdict: "hole", said: `${figure}` }
  if (!isSame(figure, right.figure)) return { verdict: "wrong figure", said: `${figure}` }
  const note = wrongWhereTaken[id]
  if (note !== undefined) return { verdict: "wrong figure", said: note }
  if (best === "error") return { verdict: "taken as right", said: overlooked[id] }
  return Number(time) === right.time ? { verdict: "right figure" } : { verdict: "wrong figure", said: `time ${time}` }
}

/** `right` is what the exchange has, and `requests` how many it received. */
export const verdictOf = (id, { best, silence = 0 }, { outcome, patience, requests, right }) => {
  const { error, took, value } = outcome
  // A pause of a second ends a little before or after it by another clock.
  const isTooSoon = requests > 1 && took + 50 < silence * (requests - 1)
  if (value === undefined && error === undefined) return { verdict: "still waiting", took: patience }
  if (value !== undefined) return { ...ofValue(id, best, value, right), took }
  const said = `${error.name}: ${error.message}`
  if (isTooSoon) return { verdict: "asked into a ban", said, took }
  if (best === "figure") return { verdict: "needless error", said, took }
  return { verdict: error.name === "TypeError" ? "stumbled over" : "right error", said, took }
}
