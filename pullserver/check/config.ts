/** `check config`: would the pull server start with these files? */

import { statSync } from 'node:fs'
import { ConfigError, loadConfig } from '../config/load.ts'
import type { Checked } from './checked.ts'

/** As promtool: exit code 1 when a file is missing, which says nothing of the others, or has a fault. */
export function checkConfig(files: readonly string[]): Checked {
  for (const file of files) {
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) continue
    return {
      out: '',
      err: `prometheus: error: path '${file}' does not exist, try --help\n`,
      exit: 1,
    }
  }
  const checked: Checked = { out: '', err: '', exit: 0 }
  for (const file of files) {
    checked.out += `Checking ${file}\n`
    try {
      const { warnings } = loadConfig(file)
      for (const warning of warnings) checked.err += `  WARNING: ${warning}\n`
      checked.out += ` SUCCESS: ${file} is valid prometheus config file syntax\n\n`
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      for (const problem of error.problems) checked.err += `  FAILED: ${problem}\n`
      checked.out += '\n'
      checked.exit = 1
    }
  }
  return checked
}
