import * as Decimal from "@open-interest/core/Decimal"
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import { grouped } from "../render/table.ts"

/** A round figure on an axis, as it is written there. */
export interface Tick {
  readonly value: BigDecimal.BigDecimal
  readonly label: string
}

/** From one round figure to another, both of which are ticks. */
export interface FigureAxis {
  readonly lowest: BigDecimal.BigDecimal
  readonly highest: BigDecimal.BigDecimal
  /** The lowest first. */
  readonly ticks: ReadonlyArray<Tick>
  /** What a label counts: 1, or that power of ten. */
  readonly power: number
}

/** No label is longer. */
export const longestLabel = 13

/** The decimals are as many for each of the labels. */
const labels = (values: ReadonlyArray<BigDecimal.BigDecimal>, power: number): ReadonlyArray<string> => {
  const texts = values.map(({ scale, value }) => Decimal.format(BigDecimal.make(value, scale + power)).split("."))
  const decimals = Math.max(...texts.map(([, fraction = ""]) => fraction.length))
  return texts.map(([whole = "", fraction = ""]) =>
    grouped(decimals === 0 ? whole : `${whole}.${fraction.padEnd(decimals, "0")}`)
  )
}

/** 0 where that does; enough of them for every figure that is read. */
const powers = [0, ...Array.from({ length: 34 }, (_, index) => 3 * index + 3).flatMap((power) => [power, -power])]

const ceiling = (figure: bigint, step: bigint): bigint => (figure + step - 1n) / step

/** The least of 1, 2 and 5 times a power of ten that reaches from below `low` to above `high` in so many ticks. */
const stepBetween = (low: bigint, high: bigint, most: number): bigint => {
  for (let power = 1n; ; power *= 10n) {
    for (const digit of [1n, 2n, 5n]) {
      const step = digit * power
      if (ceiling(high, step) - low / step < BigInt(most)) return step
    }
  }
}

/** The round figures from `low` to `high`, a step apart, where labels have room for them. */
const ticksBetween = (
  low: bigint,
  high: bigint,
  step: bigint,
  scale: number
): Pick<FigureAxis, "ticks" | "power"> | undefined => {
  const lowest = low / step
  const values = Array.from({ length: Number(ceiling(high, step) - lowest) + 1 }, (_, index) =>
    BigDecimal.make((lowest + BigInt(index)) * step, scale)
  )
  const choices = powers
    .map((power) => ({ power, texts: labels(values, power) }))
    .map(({ power, texts }) => ({ power, texts, length: Math.max(...texts.map(({ length }) => length)) }))
    .filter(({ length }) => length <= longestLabel)
  // The figures as they are, or else in the power that makes them shortest.
  const [best] = choices.toSorted(
    (one, other) => Number(other.power === 0) - Number(one.power === 0) || one.length - other.length
  )
  return best && { ticks: values.map((value, index) => ({ value, label: best.texts[index] ?? "" })), power: best.power }
}

/**
 * The axis of figures that are not negative, with at most so many ticks, and two at least. Figures that are all the same
 * stand in the middle of it; a difference that no label has room for looks like none.
 */
export const make = (figures: NonEmptyReadonlyArray<BigDecimal.BigDecimal>, most: number): FigureAxis => {
  const least = figures.reduce(BigDecimal.min)
  const greatest = figures.reduce(BigDecimal.max)
  // Three more places make room for steps below the last digit.
  const scale = Math.max(least.scale, greatest.scale) + 3
  const isConstant = BigDecimal.equals(least, greatest)
  const at = (figure: BigDecimal.BigDecimal) => BigDecimal.scale(figure, scale).value
  const tenth = at(least) / 10n
  const low = isConstant ? at(least) - tenth : at(least)
  const high = isConstant ? at(greatest) + (tenth === 0n ? 10n ** BigInt(scale) : tenth) : at(greatest)
  for (let step = stepBetween(low, high, Math.max(most, 3)); ; step *= 10n) {
    const found = ticksBetween(low, high, step, scale)
    if (found !== undefined) {
      return {
        ...found,
        lowest: BigDecimal.make((low / step) * step, scale),
        highest: BigDecimal.make(ceiling(high, step) * step, scale)
      }
    }
  }
}

const words: Readonly<Record<number, string>> = {
  0: "",
  3: "thousand ",
  6: "million ",
  9: "billion ",
  12: "trillion "
}

/** What stands before the unit of the labels: nothing, or by how much they are to be multiplied. */
export const multiplier = ({ power }: FigureAxis): string => words[power] ?? `10^${power} `

const resolution = 1_000_000_000n

/** Where a figure stands, from 0 at the lowest to 1 at the highest. Only here does a figure become a number. */
export const position = ({ highest, lowest }: FigureAxis, figure: BigDecimal.BigDecimal): number => {
  const above = BigDecimal.subtract(figure, lowest)
  const length = BigDecimal.subtract(highest, lowest)
  const scale = Math.max(above.scale, length.scale)
  const ratio = (BigDecimal.scale(above, scale).value * resolution) / BigDecimal.scale(length, scale).value
  return Number(ratio) / Number(resolution)
}
