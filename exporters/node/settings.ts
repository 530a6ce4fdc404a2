/** The settings of a run: the command line and, where it names one, the configuration file. */

import {
  FlagError,
  type Flags,
  type Parsed,
  type Program,
  parseFlags,
  readFlags,
  type ValuesOf,
} from '../../shared/flags.ts'
import type { programFlags } from './flags.ts'

/** All flags, those of the program by their types. */
export type Settings = Omit<Parsed<Flags>, 'values'> & {
  readonly values: ValuesOf<typeof programFlags> & Readonly<Record<string, unknown>>
}

export type OpenSettings = {
  readonly settings: Settings
  /** Can they change while the program runs, since some of them are in files? */
  readonly isReloadable: boolean
  /** Reads them anew. Throws a FlagError or a ConfigFileError. */
  readonly read: () => Settings
}

/**
 * Reads the settings. `--help` and `--version` end the process with 0, what is wrong with 1 and a line
 * on stderr for each problem. YAML is loaded only for those who have a file.
 */
export async function openSettings(
  program: Program,
  declarations: Flags,
  argv: readonly string[],
): Promise<OpenSettings> {
  const { env } = process
  const parsed = parseFlags(program, declarations, argv, env) as Settings
  if (parsed.values['config.file'] === '') {
    const isReloadable = argv.some((argument) => argument.startsWith('@'))
    const read = (): Settings => understood(readFlags(program, declarations, argv, env))
    return { settings: parsed, isReloadable, read }
  }
  const { readConfigFile } = await import('../../shared/config-file.ts')
  const rules = { declarations, commandLineOnly: ['config.file'] }
  const read = (): Settings => {
    const { values } = understood(readFlags(program, declarations, argv, env))
    const path = values['config.file']
    const file = path === '' ? undefined : readConfigFile(path, rules)
    return understood(readFlags(program, declarations, argv, env, file))
  }
  try {
    return { settings: read(), isReloadable: true, read }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    for (const problem of error.message.split('\n')) {
      process.stderr.write(`${program.name}: error: ${problem}\n`)
    }
    return process.exit(1)
  }
}

/** A file of arguments may have come to ask for help since the start. */
function understood(parsed: Parsed<Flags> | string): Settings {
  if (typeof parsed === 'string') throw new FlagError('--help and --version make no settings')
  // The flags of the program are among the declarations, which its callers put together.
  return parsed as Settings
}
