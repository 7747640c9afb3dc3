/** Foreign text for a message: one line, no control characters or direction marks, at most `limit` characters. */
export const excerpt = (text: string, limit = 160): string => {
  const line = text
    .slice(0, limit * 4)
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
  const characters = [...line]
  return characters.length > limit || text.length > limit * 4 ? `${characters.slice(0, limit).join("")}…` : line
}

/** `A, B, and C`. What knows languages is loaded with the first list, not with the program. */
export const conjunction = (items: ReadonlyArray<string>): string =>
  new Intl.ListFormat("en", { type: "conjunction" }).format(items)

/** An HTML page by its title, anything else by its beginning. */
export const summary = (text: string): string => {
  const title = /<title>([^<]*)<\/title>/i.exec(text.slice(0, 4096))?.[1]
  return excerpt(title ?? text)
}

/** Foreign text between quotation marks, so that it can be told apart character by character: cut, and escaped. */
export const quote = (text: string, limit = 160): string => {
  const [...characters] = text.slice(0, limit * 2)
  const isCut = characters.length > limit || text.length > limit * 2
  const quoted = JSON.stringify(isCut ? `${characters.slice(0, limit).join("")}…` : text)
  return quoted.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (each) => `\\u{${(each.codePointAt(0) as number).toString(16)}}`
  )
}
