/** Command line flags in Go's spellings: `--web.listen-address=:9100`, `--no-collector.cpu`, `@file`. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { parseDuration } from './duration.ts'
import { formatHelp } from './flags-help.ts'
import { nearest } from './nearest.ts'

export type FlagOptions = {
  /** Accepted, but not in --help. */
  readonly hidden?: boolean
  /** What --help shows after the `=` instead of the default. */
  readonly placeholder?: string
  /** Environment variable that gives the value where the command line does not. */
  readonly env?: string
  /** Smallest value of an integer, or of a duration in milliseconds. */
  readonly min?: number
  /** Largest value of an integer. */
  readonly max?: number
}

/** One declared flag; `Value` is what the program gets. */
export type Flag<Value = unknown> = FlagOptions & {
  readonly help: string
  /** `boolean` takes no value but has a `--no-` form; `many` may be repeated. */
  readonly kind: 'boolean' | 'one' | 'many'
  /** Defaults as an operator would type them. */
  readonly defaults: readonly string[]
  /** How --help writes the default: Go quotes strings and nothing else. */
  readonly quoted: boolean
  /** Throws an Error that says what is wrong with the text. */
  readonly read: (texts: readonly string[]) => Value
}

export type Flags = Readonly<Record<string, Flag>>
export type ValuesOf<F> = { readonly [N in keyof F]: F[N] extends Flag<infer V> ? V : never }

export type Program = {
  /** As in metrics and log lines: `node_exporter`. */
  readonly name: string
  readonly description: string
  readonly version: string
  /** Flags of the original that this release does not have: using one is an error that says so. */
  readonly notYet?: readonly string[]
}

export type Parsed<F> = {
  readonly values: ValuesOf<F>
  /** Names that stand on the command line, `--no-x` as `x`, or in the configuration file. */
  readonly given: ReadonlySet<string>
  /** Every flag as text, for the status pages; a repeated one joined by commas. */
  readonly texts: Readonly<Record<string, string>>
}

/** What a configuration file gives: texts by flag name, as the command line would have them. */
export type FlagTexts = ReadonlyMap<string, readonly string[]>

/** Makers of flag declarations; the text after each default tells how it reads its value. */
export const flag = {
  string(help: string, fallback: string, options: FlagOptions = {}): Flag<string> {
    return { ...options, help, kind: 'one', defaults: [fallback], quoted: true, read: last }
  },
  /** A path of our own web addresses. */
  path(help: string, fallback: string, options: FlagOptions = {}): Flag<string> {
    const read = (texts: readonly string[]): string => {
      if (last(texts).startsWith('/')) return last(texts)
      throw new RangeError(`want a path that begins with /, got ${JSON.stringify(last(texts))}`)
    }
    return { ...options, help, kind: 'one', defaults: [fallback], quoted: true, read }
  },
  /** Repeatable; what is given replaces the defaults. */
  strings(help: string, fallback: readonly string[], options: FlagOptions = {}): Flag<string[]> {
    return {
      ...options,
      help,
      kind: 'many',
      defaults: fallback,
      quoted: false,
      read: (texts) => [...texts],
    }
  },
  boolean(help: string, fallback: boolean, options: FlagOptions = {}): Flag<boolean> {
    const defaults = [String(fallback)]
    return { ...options, help, kind: 'boolean', defaults, quoted: false, read: readBoolean }
  },
  integer(help: string, fallback: number, options: FlagOptions = {}): Flag<number> {
    const defaults = [String(fallback)]
    const read = (texts: readonly string[]): number => {
      const value = readInteger(texts)
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = options
      if (value < min) throw new RangeError(`want ${min} or more, got ${value}`)
      if (value > max) throw new RangeError(`want ${max} or less, got ${value}`)
      return value
    }
    return { ...options, help, kind: 'one', defaults, quoted: false, read }
  },
  /** Go and Prometheus durations; the value is in milliseconds. */
  duration(help: string, fallback: string, options: FlagOptions = {}): Flag<number> {
    const read = (texts: readonly string[]): number => {
      const value = parseDuration(last(texts))
      if (value >= (options.min ?? Number.NEGATIVE_INFINITY)) return value
      throw new RangeError(`want ${options.min} ms or more, got ${last(texts)}`)
    }
    return { ...options, help, kind: 'one', defaults: [fallback], quoted: false, read }
  },
  /** One of a few words. */
  choice<const C extends string>(
    help: string,
    fallback: NoInfer<C>,
    choices: readonly C[],
    options: FlagOptions = {},
  ): Flag<C> {
    const read = (texts: readonly string[]): C => {
      const found = choices.find((choice) => choice === last(texts))
      if (found !== undefined) return found
      throw new RangeError(`enum value must be one of ${choices.join(',')}, got '${last(texts)}'`)
    }
    return { ...options, help, kind: 'one', defaults: [fallback], quoted: false, read }
  },
}

/**
 * Reads the command line by the declarations, for a main.ts. `--help` and `--version` print to stdout and
 * exit with 0; a command line that cannot be understood prints one line to stderr and exits with 1.
 */
export function parseFlags<const F extends Flags>(
  program: Program,
  declarations: F,
  argv: readonly string[] = process.argv.slice(2),
  env: Readonly<Record<string, string | undefined>> = process.env,
): Parsed<F> {
  try {
    const parsed = readFlags(program, declarations, argv, env)
    if (typeof parsed !== 'string') return parsed
    process.stdout.write(parsed)
    return process.exit(0)
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    process.stderr.write(`${program.name}: error: ${error.message}, try --help\n`)
    return process.exit(1)
  }
}

/** The operator's command line is wrong; the message is what to print after `error: `. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/**
 * As parseFlags, without a process to end: a string is the text that --help or --version asked for.
 * The command line wins over `file`, the file over the environment.
 */
export function readFlags<const F extends Flags>(
  program: Program,
  declarations: F,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  file: FlagTexts = new Map(),
): Parsed<F> | string {
  const found = readArguments(declarations, expandFiles(argv), program.notYet ?? [])
  if (found.help) return formatHelp(program, declarations)
  if (found.version) return versionText(program)
  const values: Record<string, unknown> = {}
  const texts: Record<string, string> = {}
  for (const [name, declaration] of Object.entries(declarations)) {
    const given =
      found.texts.get(name) ??
      file.get(name) ??
      fromEnvironment(declaration, env) ??
      declaration.defaults
    texts[name] = given.join(',')
    try {
      values[name] = declaration.read(given)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new FlagError(`bad value for flag '--${name}': ${reason}`, { cause: error })
    }
  }
  // Every name of F was just read by its own declaration; the loop cannot say so in types.
  return {
    values: values as ValuesOf<F>,
    given: new Set([...file.keys(), ...found.texts.keys()]),
    texts,
  }
}

type Found = { help: boolean; version: boolean; texts: Map<string, string[]> }

/** Lets commander take the arguments apart and collects what each flag was given. */
function readArguments(
  declarations: Flags,
  argv: readonly string[],
  notYet: readonly string[],
): Found {
  const found: Found = { help: false, version: false, texts: new Map() }
  const command = new Command()
  const on = (
    flags: string,
    name: string,
    take: (text: string | null | undefined) => void,
  ): void => {
    command.addOption(new Option(flags))
    command.on(`option:${name}`, take)
  }
  on('-h, --help', 'help', () => {
    found.help = true
  })
  on('--help-long', 'help-long', () => {
    found.help = true
  })
  on('--version', 'version', () => {
    found.version = true
  })
  for (const [name, { kind }] of Object.entries(declarations)) {
    const take = (text: string): void => {
      const texts = found.texts.get(name)
      if (texts === undefined) found.texts.set(name, [text])
      else if (kind === 'many') texts.push(text)
      else throw new FlagError(`flag '${name}' cannot be repeated`)
    }
    if (kind === 'boolean') {
      on(`--${name}`, name, () => take('true'))
      on(`--no-${name}`, `no-${name}`, () => take('false'))
    } else {
      // An optional value, so that commander never takes the next flag for one, as kingpin does not.
      on(`--${name} [value]`, name, (text) => {
        if (typeof text !== 'string') throw new FlagError(`expected argument for flag '--${name}'`)
        take(text)
      })
    }
  }
  const { operands, unknown } = command.parseOptions([...argv])
  if (operands[0] !== undefined) throw new FlagError(`unexpected ${operands[0]}`)
  if (unknown[0] !== undefined)
    throw new FlagError(describeUnknown(declarations, unknown[0], notYet))
  return found
}

function describeUnknown(declarations: Flags, argument: string, notYet: readonly string[]): string {
  const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(argument) ?? []
  if (notYet.includes(name)) return `flag '--${name}' is not in this release: leave it out`
  if (value !== undefined) {
    const positive = name.replace(/^no-/, '')
    if (declarations[positive]?.kind === 'boolean') return `unexpected ${value}`
  }
  if (argument.startsWith('--')) {
    const shown = Object.keys(declarations).filter((known) => declarations[known]?.hidden !== true)
    const negated = name.startsWith('no-') ? 'no-' : ''
    const meant = nearest(name.slice(negated.length), shown)
    const hint = meant === undefined ? '' : ` (did you mean --${negated}${meant}?)`
    return `unknown long flag '--${name}'${hint}`
  }
  return `unknown short flag '${argument.slice(0, 2)}'`
}

/** Replaces `@file` by the lines of the file, one argument each; `#` begins a comment line. */
function expandFiles(argv: readonly string[]): string[] {
  return argv.flatMap((argument) => {
    if (!argument.startsWith('@')) return [argument]
    const path = argument.slice(1)
    try {
      const lines = readFileSync(path, 'utf8').split(/\r?\n/)
      return lines.filter((line) => line !== '' && !line.startsWith('#'))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new FlagError(`failed to open arguments file "${path}": ${reason}`, { cause: error })
    }
  })
}

/** An empty variable counts as absent; a repeatable flag takes one value a line. */
function fromEnvironment(
  { env, kind }: Flag,
  variables: Readonly<Record<string, string | undefined>>,
): string[] | undefined {
  const text = env === undefined ? undefined : variables[env]
  if (text === undefined || text === '') return undefined
  return kind === 'many' ? text.replace(/\r?\n$/, '').split(/\r?\n/) : [text]
}

function versionText({ name, version }: Program): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return [
    `${name}, version ${version} (narthex)`,
    `  node version:     ${process.version}`,
    `  platform:         ${process.platform}/${arch}`,
    '',
  ].join('\n')
}

function last(texts: readonly string[]): string {
  return texts.at(-1) ?? ''
}

/** The words of Go's strconv.ParseBool, which environment variables may use. */
function readBoolean(texts: readonly string[]): boolean {
  const text = last(texts)
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false
  throw new RangeError(`want true or false, got ${JSON.stringify(text)}`)
}

function readInteger(texts: readonly string[]): number {
  const text = last(texts)
  const value = Number(text)
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new RangeError(`want a whole number, got ${JSON.stringify(text)}`)
}
