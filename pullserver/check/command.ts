/** The sub-commands `check metrics` and `check config`, as promtool has them; they start no server. */

import type { Checked } from './checked.ts'
import { checkConfig } from './config.ts'
import { checkMetrics } from './metrics.ts'

/**
 * Runs the check that the command line asks for; undefined when it asks for none and the server is to
 * start. `readInput` gives all of stdin.
 */
export function runCheck(
  argv: readonly string[],
  readInput: () => Uint8Array,
): Checked | undefined {
  const [command, what, ...rest] = argv
  if (command !== 'check') return undefined
  if (rest.includes('--help') || rest.includes('-h') || what === '--help' || what === '-h') {
    return { out: usage, err: '', exit: 0 }
  }
  const flags = rest.filter((argument) => argument.startsWith('-'))
  const operands = rest.filter((argument) => !argument.startsWith('-'))
  const known = what === 'metrics' ? ['--extended'] : []
  const unknown = flags.find((flag) => !known.includes(flag))
  if (what === undefined) return wrong("must select a subcommand of 'check'")
  if (what !== 'metrics' && what !== 'config') return wrong(`expected command but got "${what}"`)
  if (unknown !== undefined) return wrong(`unknown long flag '${unknown}'`)
  if (what === 'config') {
    return operands.length > 0
      ? checkConfig(operands)
      : wrong("required argument 'config-files' not provided")
  }
  if (operands[0] !== undefined) return wrong(`unexpected ${operands[0]}`)
  return checkMetrics(readInput(), { extended: flags.length > 0 })
}

function wrong(reason: string): Checked {
  return { out: '', err: `prometheus: error: ${reason}, try --help\n`, exit: 1 }
}

const usage = `usage: pullserver check metrics [--extended] < page
       pullserver check config FILE...

check metrics  Reads a metrics page in the text format from stdin. Says where it breaks a rule of the
               format (exit code 1) and which names break the conventions (exit code 3).
               --extended adds a table of how many series each family has.
check config   Reads configuration files as the server would, and says all that is wrong with them.

$ curl -s localhost:9100/metrics | pullserver check metrics
`
