/** Interrupts by line and CPU: by far the largest family on machines with many CPUs. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, type Out } from '../collector.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { Words } from '../words.ts'

const total = family('counter', 'node_interrupts_total', 'Interrupts, by CPU and line.', [
  'cpu',
  'type',
  'info',
  'devices',
])

/** One row's series, by CPU; undefined for a row that the flags leave out. */
type Row = readonly Series[] | undefined

export default defineCollector({
  name: 'interrupts',
  enabled: false,
  help: 'Interrupts by line and CPU, from /proc/interrupts.',
  flags: {
    'name-include': { help: 'Regexp of what to show, of name;info;devices.', default: '' },
    'name-exclude': { help: 'Regexp of what to leave out, of name;info;devices.', default: '' },
    'include-zeros': { help: 'Show also what never happened.', default: true },
  },
  families: [total],
  start: (context) => ({
    ignores: includeAndExclude(context, { include: 'name-include', exclude: 'name-exclude' }),
    rows: new Map<string, Row>(),
  }),
  collect({ host, flags, out, state: { ignores, rows } }) {
    const words = new Words(host.proc('interrupts'))
    const values = new Float64Array(countCpus(words))
    for (words.nextLine(); words.hasMore; words.nextLine()) {
      const name = readName(words)
      if (name === undefined || !readValues(words, values)) continue
      const text = words.rest()
      const key = `${values.length} ${name}: ${text}`
      if (!rows.has(key)) rows.set(key, declareRow(name, text, values.length, ignores, out))
      const row = rows.get(key)
      if (row === undefined) continue
      for (let cpu = 0; cpu < values.length; cpu += 1) {
        const value = values[cpu] ?? 0
        if (value > 0 || flags['include-zeros']) row[cpu]?.set(value)
      }
    }
  },
})

function countCpus(words: Words): number {
  let count = 0
  for (; words.toWord(); count += 1) words.toWordEnd()
  if (count === 0) throw new SyntaxError('interrupts: expected the CPUs in the first line')
  return count
}

/** What stands before the first colon of the line. */
function readName(words: Words): string | undefined {
  words.toWord()
  const { bytes, at: start } = words
  const colon = bytes.indexOf(':', start)
  const lineEnd = bytes.indexOf('\n', start)
  if (colon < 0 || (lineEnd >= 0 && colon > lineEnd)) return undefined
  words.at = colon + 1
  return bytes.toString('utf8', start, colon)
}

/** False for lines such as ERR and MIS, which have one number and nothing behind it. */
function readValues(words: Words, values: Float64Array): boolean {
  for (let cpu = 0; cpu < values.length; cpu += 1) {
    if (!words.toWord()) return false
    values[cpu] = words.number()
  }
  return words.toWord()
}

function declareRow(
  name: string,
  text: string,
  cpus: number,
  ignores: (name: string) => boolean,
  out: Out,
): Row {
  const [first = '', ...others] = text.split(/\s+/)
  const isNumbered = /^\d+$/.test(name)
  const info = isNumbered ? first : [first, ...others].join(' ')
  const devices = isNumbered ? others.join(' ') : ''
  if (ignores(`${name};${info};${devices}`)) return undefined
  // The label is the column's number, not the id of the CPU in the headings, as in the original.
  return Array.from({ length: cpus }, (_, cpu) => out.series(total, `${cpu}`, name, info, devices))
}
