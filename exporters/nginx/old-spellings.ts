/** Command lines written for release 0.11 and older of the original, which unit files still hold. */

/**
 * One dash before a long name, `-x=false` for a boolean, and all constant labels in one flag with commas.
 * The notes are sentences for the log, one for each old spelling met.
 */
export function modernArguments(argv: readonly string[]): { argv: string[]; notes: string[] } {
  const modern: string[] = []
  const notes: string[] = []
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [, dashes, name = '', value] = /^(--?)([a-z][\w.-]+)(?:=(.*))?$/s.exec(argument) ?? []
    if (name === 'prometheus.const-labels') {
      const labels = (value ?? rest.shift() ?? '').split(',')
      modern.push(...labels.map((label) => `--prometheus.const-label=${label}`))
      notes.push(`${dashes}${name} is an old spelling: repeat --prometheus.const-label instead`)
    } else if (dashes === '-') {
      const long = longSpelling(name, value)
      modern.push(long)
      notes.push(`-${name} is an old spelling: write ${long.replace(/=.*/s, '')}`)
    } else {
      modern.push(argument)
    }
  }
  return { argv: modern, notes }
}

function longSpelling(name: string, value: string | undefined): string {
  if (value === 'true') return `--${name}`
  if (value === 'false') return `--no-${name}`
  return value === undefined ? `--${name}` : `--${name}=${value}`
}
