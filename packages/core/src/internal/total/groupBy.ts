import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Order from "effect/Order"

/** In the order of the keys; within a group in that of the items. A key of several texts compares text by text. */
export const groupBy = <A>(
  items: ReadonlyArray<A>,
  key: (item: A) => ReadonlyArray<string>
): ReadonlyArray<NonEmptyReadonlyArray<A>> => {
  const groups = new Map<string, [A, ...Array<A>]>()
  for (const item of items) {
    const name = key(item).join("\0")
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return [...groups].toSorted(Order.mapInput(Order.string, ([name]) => name)).map(([, group]) => group)
}
