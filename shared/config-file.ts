/** Flags in a YAML file: their names without dashes, checked as on the command line, every error with its place. */
import { readFileSync } from 'node:fs'
import type { Flag, Flags, FlagTexts } from './flags.ts'
import { nearest } from './nearest.ts'
import { type Position, parseYaml, type YamlEntry, type YamlValue } from './yaml.ts'

/** The operator's file is wrong: one problem or more, each a line such as `x.yml:3:1: ...`. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

type Rules = {
  readonly declarations: Flags
  /** Flags that make no sense in the file, such as the one that names it. */
  readonly commandLineOnly: readonly string[]
}

/** Throws a ConfigFileError with all that is wrong with the file. */
export function readConfigFile(path: string, rules: Rules): FlagTexts {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigFileError([`cannot read the configuration file: ${reason}`])
  }
  return parseConfigFile(text, path, rules)
}

/** As readConfigFile, of a text; `path` is for the messages. */
export function parseConfigFile(text: string, path: string, rules: Rules): FlagTexts {
  const { value, problems: yamlProblems } = parseYaml(text)
  const problems: string[] = []
  const refuse = ({ line, column }: Position, message: string): void => {
    problems.push(`${path}:${line}:${column}: ${message}`)
  }
  for (const { at, message } of yamlProblems) refuse(at, message)
  if (problems.length > 0) throw new ConfigFileError(problems)
  const texts = new Map<string, readonly string[]>()
  if (value.kind === 'map') {
    for (const entry of value.entries) {
      const given = readEntry(entry, rules, refuse)
      if (given !== undefined) texts.set(entry.key, given)
    }
  } else if (value.kind !== 'null') {
    refuse(value.at, 'want flags by name, as in collector.cpu.info: true')
  }
  if (problems.length > 0) throw new ConfigFileError(problems)
  return texts
}

type Refuse = (at: Position, message: string) => void

function readEntry(entry: YamlEntry, rules: Rules, refuse: Refuse): readonly string[] | undefined {
  const { key, keyAt, value } = entry
  const declaration = Object.hasOwn(rules.declarations, key) ? rules.declarations[key] : undefined
  if (declaration === undefined) {
    refuse(keyAt, describeUnknown(entry, rules.declarations))
    return undefined
  }
  if (rules.commandLineOnly.includes(key)) {
    refuse(keyAt, `${key} belongs on the command line`)
    return undefined
  }
  const texts = textsOf(value, declaration)
  if (typeof texts === 'string') {
    refuse(value.at, `${key}: ${texts}`)
    return undefined
  }
  try {
    declaration.read(texts)
    return texts
  } catch (error) {
    refuse(value.at, `${key}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** The texts of a value, or what is wrong with its form. */
function textsOf(value: YamlValue, { kind }: Flag): readonly string[] | string {
  if (value.kind === 'scalar') return [value.text]
  if (value.kind === 'null') {
    return "there is no value: leave the key out for the default, or write '' for the empty text"
  }
  if (value.kind === 'map') return 'want a value, got a map; keys are whole names'
  if (kind !== 'many') return 'want one value, got a list'
  if (value.items.length === 0) return 'the list is empty: leave the key out for the default'
  const texts = value.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []))
  return texts.length === value.items.length ? texts : 'want a list of texts'
}

function describeUnknown({ key, value }: YamlEntry, declarations: Flags): string {
  const [, dashes = '', no = '', bare = ''] = /^(--)?(no-)?(.*)$/s.exec(key) ?? []
  if ((dashes || no) && Object.hasOwn(declarations, bare)) {
    const isSwitch = declarations[bare]?.kind === 'boolean'
    return `unknown key ${key}; write ${bare}: ${isSwitch ? no === '' : '...'}`
  }
  if (value.kind === 'map') {
    return `unknown key ${key}; keys are whole names, as in collector.cpu.info: true`
  }
  const meant = nearest(key, Object.keys(declarations))
  return `unknown key ${key}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}
