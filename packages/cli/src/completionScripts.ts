import { globalOptions } from "./globalOptions.ts"
import type { Argument, Command, Option } from "./specification.ts"

/** What a script needs to know. */
export interface Input {
  readonly commands: ReadonlyArray<Command>
  readonly exchanges: ReadonlyArray<string>
}

const programs = ["oi", "open-interest"]

/** What can be written for an argument: a symbol follows the exchange of a target, without a space. */
const candidates = ({ choices, name }: Argument, exchanges: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (name.startsWith("<target>")) return exchanges.map((exchange) => `${exchange}:`)
  return name.startsWith("<exchange>") ? exchanges : choices
}

const argumentsOf = (command: Command, exchanges: ReadonlyArray<string>): ReadonlyArray<string> =>
  command.arguments.flatMap((argument) => candidates(argument, exchanges))

const takesTargets = ({ arguments: given }: Command): boolean => given.some(({ name }) => name.startsWith("<target>"))

const optionsOf = ({ options }: Command): ReadonlyArray<Option> => [...options, ...globalOptions]

const words = (all: ReadonlyArray<string>): string => `'${all.join(" ")}'`

const bashValue = ({ choices = [], isList = false }: Option): string =>
  isList ? `_oi_list ${words(choices)}` : `_oi_words ${words(choices)}`

const bashCommand = (command: Command, exchanges: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = optionsOf(command)
  return [
    `    ${command.name})`,
    "      case $option in",
    ...all
      .filter(({ value }) => value !== undefined)
      .map((option) => `        ${option.name}) ${bashValue(option)}; return ;;`),
    "      esac",
    "      if [[ $current == -* ]]; then",
    `        _oi_options ${words(all.filter(({ isRepeatable }) => isRepeatable === true).map(({ name }) => name))} \\`,
    `          ${words(all.filter(({ isRepeatable }) => isRepeatable !== true).map(({ name }) => name))}`,
    "      else",
    `        _oi_words ${words(argumentsOf(command, exchanges))}`,
    ...(takesTargets(command) ? ["        _oi_nospace"] : []),
    "      fi ;;"
  ]
}

const bash = ({ commands, exchanges }: Input): ReadonlyArray<string> => {
  const names = commands.map(({ name }) => name)
  return [
    "_oi_nospace() {",
    "  type compopt > /dev/null 2>&1 && compopt -o nospace 2> /dev/null",
    "}",
    "",
    "_oi_words() {",
    '  COMPREPLY=($(compgen -W "$1" -- "$current"))',
    "}",
    "",
    "_oi_list() {",
    '  local last="${current##*,}"',
    '  COMPREPLY=($(compgen -P "${current%"$last"}" -W "$1" -- "$last"))',
    "  _oi_nospace",
    "}",
    "",
    "# Those that may be given again, and of the others those that are not there yet.",
    "_oi_options() {",
    '  local open="$1" each',
    "  for each in $2; do",
    '    [[ " ${COMP_WORDS[*]} " == *" $each "* ]] || open="$open $each"',
    "  done",
    '  _oi_words "$open"',
    "}",
    "",
    "_oi() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" option="${COMP_WORDS[COMP_CWORD-1]}" command= index',
    "  COMPREPLY=()",
    "  # For bash a colon and an equals sign are words of their own.",
    "  [[ $current == : || $option == : ]] && return",
    "  if [[ $current == = ]]; then",
    "    current=",
    "  elif [[ $option == = ]]; then",
    '    option="${COMP_WORDS[COMP_CWORD-2]}"',
    "  fi",
    "  for ((index = 1; index < COMP_CWORD; index++)); do",
    '    case "${COMP_WORDS[index]}" in',
    "      --log-level) index=$((index + 1)) ;;",
    "      -*) ;;",
    '      *) command="${COMP_WORDS[index]}"; break ;;',
    "    esac",
    "  done",
    "  case $command in",
    '    "")',
    "      case $option in",
    ...globalOptions
      .filter(({ value }) => value !== undefined)
      .map((option) => `        ${option.name}) ${bashValue(option)}; return ;;`),
    "      esac",
    "      if [[ $current == -* ]]; then",
    `        _oi_options '' ${words([...globalOptions.map(({ name }) => name), "--version"])}`,
    "      else",
    `        _oi_words ${words([...names, "help"])}`,
    "      fi ;;",
    "    help)",
    `      _oi_words ${words(names)} ;;`,
    ...commands.flatMap((command) => bashCommand(command, exchanges)),
    "  esac",
    "}",
    "",
    `complete -F _oi ${programs.join(" ")}`
  ]
}

const quotedWith = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** In a description between brackets, before which a colon would end it. */
const zshText = (text: string): string => text.replaceAll(/[\\[\]:]/g, String.raw`\$&`)

const zshOption = ({ choices = [], description, isList, isRepeatable, name, value }: Option): string => {
  const action = isList === true ? `_values -s , ${name.slice(2)} ${choices.join(" ")}` : `(${choices.join(" ")})`
  const argument = value === undefined ? "" : `:${choices.length === 0 ? zshText(value) : name.slice(2)}:`
  const what = `${isRepeatable === true ? "*" : ""}${name}[${zshText(description)}]`
  return quotedWith(`${what}${argument}${value === undefined || choices.length === 0 ? "" : action}`)
}

const zshArguments = (command: Command, exchanges: ReadonlyArray<string>): ReadonlyArray<string> =>
  command.arguments.map((argument) => {
    const all = candidates(argument, exchanges)
    const action = takesTargets(command) ? `compadd -S "" ${all.join(" ")}` : `(${all.join(" ")})`
    return quotedWith(
      `${argument.name.endsWith("…") ? "*" : ""}:${zshText(argument.name.replace(/[<>]| …/g, ""))}:${action}`
    )
  })

const summary = ({ paragraphs }: Command): string => paragraphs[0] ?? ""

const zsh = ({ commands, exchanges }: Input): ReadonlyArray<string> => [
  `#compdef ${programs.join(" ")}`,
  "",
  "_oi() {",
  "  local curcontext=$curcontext state line",
  "  local -a commands",
  "  commands=(",
  ...commands.map((command) => `    ${quotedWith(`${zshText(command.name)}:${summary(command)}`)}`),
  "    'help:The help of a command'",
  "  )",
  "  _arguments -C \\",
  ...globalOptions.map((option) => `    ${zshOption(option)} \\`),
  "    '--version[the version of the program]' \\",
  "    '1: :->command' '*:: :->arguments'",
  "  case $state in",
  "    command) _describe command commands ;;",
  "    arguments)",
  "      case $line[1] in",
  "        help) _describe command commands ;;",
  ...commands.flatMap((command) => [
    `        ${command.name})`,
    "          _arguments \\",
    [...optionsOf(command).map(zshOption), ...zshArguments(command, exchanges)]
      .map((line) => `            ${line}`)
      .join(" \\\n"),
    "          ;;"
  ]),
  "      esac ;;",
  "  esac",
  "}",
  "",
  "# As a file among the functions it is called, and as text it is read.",
  `if [[ $funcstack[1] == _oi ]]; then _oi "$@"; else compdef _oi ${programs.join(" ")}; fi`
]

const fishOption = (condition: string, { choices = [], description, name, value }: Option): string =>
  [
    "  complete -c $program",
    ...(condition === "" ? [] : [`-n ${quotedWith(condition)}`]),
    `-l ${name.slice(2)}`,
    ...(value === undefined ? [] : ["-x"]),
    ...(choices.length === 0 ? [] : [`-a ${words(choices)}`]),
    `-d ${fishText(description)}`
  ].join(" ")

const fishText = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`

const fish = ({ commands, exchanges }: Input): ReadonlyArray<string> => [
  `for program in ${programs.join(" ")}`,
  "  complete -c $program -f",
  ...commands.map(
    (command) => `  complete -c $program -n __fish_use_subcommand -a ${command.name} -d ${fishText(summary(command))}`
  ),
  "  complete -c $program -n __fish_use_subcommand -a help -d 'The help of a command'",
  "  complete -c $program -n __fish_use_subcommand -l version -d 'the version of the program'",
  `  complete -c $program -n '__fish_seen_subcommand_from help' -a ${words(commands.map(({ name }) => name))}`,
  ...globalOptions.map((option) => fishOption("", option)),
  ...commands.flatMap((command) => {
    const condition = `__fish_seen_subcommand_from ${command.name}`
    const all = argumentsOf(command, exchanges)
    return [
      ...command.options.map((option) => fishOption(condition, option)),
      ...(all.length === 0 ? [] : [`  complete -c $program -n '${condition}' -a ${words(all)}`])
    ]
  }),
  "end"
]

const scripts = { bash, zsh, fish }

/** The shells that there is a script for. */
export const shells = Object.keys(scripts) as ReadonlyArray<keyof typeof scripts>

/** The script that makes a shell complete what is typed after `oi`. */
export const script = (shell: keyof typeof scripts, input: Input): string => `${scripts[shell](input).join("\n")}\n`
