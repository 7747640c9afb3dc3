/**
 * Counts what one client and we say of the same things, and keeps every difference.
 */
import assert from "node:assert/strict"

/**
 * `explained` are the differences that are as they should be, each with both sides and its reason. One of them that no
 * longer shows, or shows otherwise, is a failure too.
 */
export const makeTally = (client, explained = []) => {
  let values = 0
  const differences = []
  const reason = (found) => explained.find(({ contract, what }) => contract === found.contract && what === found.what)
  return {
    /** Neither side may leave a value out: nothing is `null`. */
    same: (contract, what, theirs, ours) => {
      values += 1
      if (theirs === undefined || theirs !== ours) differences.push({ contract, what, theirs, ours })
    },
    check: () => {
      assert.ok(values > 0)
      assert.deepEqual(
        differences.map((found) => ({ ...found, because: reason(found)?.because })),
        explained,
        `${client} and we disagree`
      )
    },
    report: () => {
      const known = differences.filter((found) => reason(found) !== undefined).length
      return `${client}: ${values} values compared, ${differences.length - known} differ, ${known} more as explained`
    }
  }
}
