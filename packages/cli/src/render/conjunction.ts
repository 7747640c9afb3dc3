/** Items in a sentence. What knows languages is loaded with the first list, not with the program. */
const format = (type: Intl.ListFormatType) => (items: ReadonlyArray<string>) =>
  new Intl.ListFormat("en", { type }).format(items)

/** `A, B, and C`. */
export const and = format("conjunction")

/** `A, B, or C`. */
export const or = format("disjunction")
