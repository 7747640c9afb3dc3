/** Foreign text for a message: one line, no control characters or direction marks, at most `limit` characters. */
export const excerpt = (text: string, limit = 160): string => {
  const line = text
    .slice(0, limit * 4)
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
  const characters = [...line]
  return characters.length > limit || text.length > limit * 4 ? `${characters.slice(0, limit).join("")}…` : line
}

/** An HTML page by its title, anything else by its beginning. */
export const summary = (text: string): string => {
  const title = /<title>([^<]*)<\/title>/i.exec(text.slice(0, 4096))?.[1]
  return excerpt(title ?? text)
}
