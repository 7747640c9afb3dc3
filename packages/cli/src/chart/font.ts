/** Dots of a glyph, across and down; the last two rows are below the base line. */
export const size = { across: 5, down: 9, above: 7 } as const

/** The printable characters of ASCII in order. A row of a glyph is a digit of base 32; blank rows at its end are left out. */
const glyphs =
  // Space to slash
  " 4444404 aa aavavaa 4fke5u4 op248j3 cik8lid 44 2488842 8422248 04lel4 044v44 00000cc48 000v 00000cc 01248g " +
  // Digits, and colon to at
  "ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 00cc0cc 00cc0cc48 248g842 00v0v 8421248 eh12404 eh1dlle " +
  // Capital letters, and bracket to back quote
  "ehhvhhh uhhuhhu ehggghe sihhhis vgguggv vgguggg ehgnhhf hhhvhhh e44444e 72222ic hikokih ggggggv hrllhhh hhpljhh ehhhhhe uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla hha4ahh hhha444 v1248gv e88888e 0g8421 e22222e 4ah 0000000v 842 " +
  // Small letters, and brace to tilde
  "00e1fhf ggmphhu 00egghe 11djhhf 00ehvge 698s888 00fhhhf1e ggmphhh 40c444e 2062222ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe 00mphhugg 00djhhf11 00mpggg 00ege1u 88s8896 00hhhjd 00hhha4 00hhlla 00ha4ah 00hhhhf1e 00v248v 2448442 4444444 8442448 008l2"

const ascii: ReadonlyArray<string> = glyphs.split(" ").slice(1)

/** Of a text that has been cut. */
const ellipsis = "000000l"

/** Of a character that the font does not have. */
const unknown = "vhhhhhv"

/** The rows of a character from the top, each with a bit for every dot, the leftmost the highest. */
export const rowsOf = (character: string): ReadonlyArray<number> => {
  const code = character.codePointAt(0) ?? 0
  const glyph = character === " " ? "" : character === "…" ? ellipsis : (ascii[code - 0x21] ?? unknown)
  return Array.from({ length: size.down }, (_, row) => Number.parseInt(glyph[row] ?? "0", 32))
}
