import * as CliConfig from "@effect/cli/CliConfig"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type { Span } from "@effect/cli/HelpDoc/Span"
import * as HashMap from "effect/HashMap"
import { globalOptions } from "./globalOptions.ts"
import { didYouMean } from "./nearest.ts"
import { type Mistake, quoted } from "./report.ts"

/** An option as a person sees it. */
export interface Option {
  /** `--format` */
  readonly name: string
  /** `table|json`, or `coin,…`; an option without it is a switch. */
  readonly value?: string | undefined
  /** The words that its value may be. */
  readonly choices?: ReadonlyArray<string>
  /** Whether its value is several of them, with commas between. */
  readonly isList?: boolean
  readonly isRepeatable?: boolean
  readonly description: string
}

/** An argument that is no option. */
export interface Argument {
  /** `<exchange> …` */
  readonly name: string
  /** The words that it may be. */
  readonly choices: ReadonlyArray<string>
  readonly description: string
}

/** At the end of a value that is several of the words before it. */
export const listed = ",…"

/** A command, by what it says of itself. */
export interface Command {
  readonly name: string
  /** What it does, and an example. */
  readonly paragraphs: ReadonlyArray<string>
  readonly arguments: ReadonlyArray<Argument>
  readonly options: ReadonlyArray<Option>
}

const textOf = (span: Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Sequence":
      return textOf(span.left) + textOf(span.right)
    default:
      return textOf(span.value)
  }
}

const blocks = (doc: HelpDoc.HelpDoc): ReadonlyArray<HelpDoc.HelpDoc> =>
  HelpDoc.isSequence(doc) ? [...blocks(doc.left), ...blocks(doc.right)] : [doc]

/** The text of each paragraph. */
export const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  blocks(doc).flatMap((block) => (HelpDoc.isParagraph(block) ? [textOf(block.value)] : []))

/** The blocks below a heading. */
const section = (doc: HelpDoc.HelpDoc, title: string): ReadonlyArray<HelpDoc.HelpDoc> => {
  let current = ""
  return blocks(doc).filter((block) => {
    if (HelpDoc.isHeader(block)) current = textOf(block.value)
    return current === title && !HelpDoc.isHeader(block)
  })
}

interface Definition {
  readonly term: string
  readonly description: string
}

/** Terms and their descriptions, which stand between a sentence on the type and one on how often it may be given. */
const definitions = (sections: ReadonlyArray<HelpDoc.HelpDoc>): ReadonlyArray<Definition> =>
  sections.flatMap((block) =>
    HelpDoc.isDescriptionList(block)
      ? block.definitions.map(([term, description]) => {
          const [, said = ""] = paragraphs(description)
          return { term: textOf(term), description: said }
        })
      : []
  )

const choicesOf = (value: string): ReadonlyArray<string> => (value.includes("|") ? value.split("|") : [])

/** `coin`, `table|json`, or `field=symbol|base`, where the words are too many to stand for themselves. */
const valuePattern = new RegExp(`^(?:(?<noun>\\w+)=)?(?<words>.*?)(?<list>${listed})?$`)

const toOption = ({ description, term }: Definition): Option => {
  const isRepeatable = term.endsWith("...")
  const [name = "", value] = (isRepeatable ? term.slice(0, -3) : term).split(" ")
  if (value === undefined) return { name, isRepeatable, description }
  const { list = "", noun, words = "" } = valuePattern.exec(value)?.groups ?? {}
  return {
    name,
    value: `${noun ?? words}${list}`,
    choices: choicesOf(words),
    isList: list === listed,
    isRepeatable,
    description
  }
}

const toArgument = ({ description, term }: Definition): Argument => {
  const name = term.replace(/(?: \d+\+|\.\.\.)$/, " …")
  return { name, choices: choicesOf(name.replace(/[<>]| …/g, "")), description }
}

/** The command of this name, which the program has. */
export const commandOf = <A>(program: CommandDescriptor.Command<A>, name: string): Command => {
  const help = CommandDescriptor.getHelp(HashMap.unsafeGet(CommandDescriptor.getSubcommands(program), name), {
    ...CliConfig.defaultConfig,
    showBuiltIns: false
  })
  return {
    name,
    paragraphs: section(help, "DESCRIPTION").flatMap(paragraphs),
    arguments: definitions(section(help, "ARGUMENTS")).map(toArgument),
    options: definitions(section(help, "OPTIONS")).map(toOption)
  }
}

/** What is wrong with the options among the arguments of a command, which the framework would not say as well. */
export const mistakesOf = (command: Command, args: ReadonlyArray<string>): ReadonlyArray<Mistake> => {
  const mistakes: Array<Mistake> = []
  const given = new Set<string>()
  for (let index = 0; index < args.length && args[index] !== "--"; index++) {
    const argument = args[index] ?? ""
    if (!/^-./.test(argument)) continue
    const option = command.options.find(({ name }) => name === argument)
    if (option === undefined) {
      const known = [...command.options, ...globalOptions].map(({ name }) => name)
      mistakes.push({
        text: `${quoted(argument)}: oi ${command.name} has no such option`,
        hint: didYouMean(argument, known)
      })
      continue
    }
    if (given.has(argument) && option.isRepeatable !== true) mistakes.push({ text: `${argument}: is given twice` })
    given.add(argument)
    if (option.value === undefined) continue
    const value = args[index + 1] ?? ""
    if (value === "" || value.startsWith("--")) mistakes.push({ text: `${argument}: its value is missing` })
    if (!value.startsWith("--")) index++
  }
  return mistakes
}
