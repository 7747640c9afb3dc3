import * as AutoCorrect from "@effect/cli/AutoCorrect"
import * as CliConfig from "@effect/cli/CliConfig"

/** No word is longer; comparing texts takes the product of their lengths. */
const longest = 64

/** So many letters may be wrong; two of them are one pair the wrong way round. */
const tolerated = (length: number): number => (length <= 2 ? 0 : length === 3 ? 1 : Math.max(2, Math.floor(length / 3)))

/** The known word that a mistyped one most likely means: one that it begins, or one that is a few letters off. */
export const nearest = (mistyped: string, known: ReadonlyArray<string>): string | undefined => {
  if (mistyped.length > longest) return undefined
  const text = mistyped.toLowerCase()
  const begun = known.find((word) => text.length >= 2 && word.toLowerCase().startsWith(text))
  if (begun !== undefined) return begun
  const ranked = known
    .map((word) => ({
      word,
      distance: AutoCorrect.levensteinDistance(text, word.toLowerCase(), CliConfig.defaultConfig)
    }))
    .filter(({ distance }) => distance <= tolerated(text.length))
    .toSorted((a, b) => a.distance - b.distance)
  return ranked[0]?.word
}

/** The same as a question, to be put after a mistake. */
export const didYouMean = (mistyped: string, known: ReadonlyArray<string>): string | undefined => {
  const found = nearest(mistyped, known)
  return found === undefined ? undefined : `did you mean ${found}?`
}
