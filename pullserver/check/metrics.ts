/** `check metrics`: is this a page that Prometheus reads, and do its names follow the conventions? */

import { decodeText } from '../../shared/exposition/decode-text.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { ParseError } from '../../shared/exposition/parse-error.ts'
import type { Checked } from './checked.ts'
import { lint } from './lint.ts'

/**
 * Exit code as promtool's: 1 when the page cannot be read, 3 when a rule is broken. `extended` adds a
 * table of how many series each family has, to a page without a fault.
 */
export function checkMetrics(body: Uint8Array, options: { readonly extended: boolean }): Checked {
  let families: MetricFamily[]
  try {
    families = decodeText(body, { names: 'utf8' })
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    const place = showPlace(body, error)
    return { out: '', err: `error while linting: ${error.message}\n${place}`, exit: 1 }
  }
  const problems = lint(families)
  if (problems.length > 0) {
    const lines = problems.map(({ metric, text }) => `${metric} ${text}\n`)
    return { out: '', err: lines.join(''), exit: 3 }
  }
  return { out: options.extended ? cardinalityTable(families) : '', err: '', exit: 0 }
}

/** Line and column, the line itself, and a caret below the character at fault. */
function showPlace(body: Uint8Array, { line, column }: ParseError): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let start = 0
  for (let number = 1; number < line; number++) start = text.indexOf('\n', start) + 1
  const lineEnd = text.indexOf('\n', start)
  const before = Math.min(column - 1, longestBefore)
  for (let skip = column - 1 - before; skip > 0; skip--) start = nextCharacter(text, start)
  // No character has more than four bytes.
  const end = Math.min(lineEnd === -1 ? text.length : lineEnd, start + 4 * longestLine)
  const piece = [...text.subarray(start, end).toString()].slice(0, longestLine)
  const shown = piece.map(visible).join('')
  return `line ${line}, column ${column}:\n  ${shown}\n  ${' '.repeat(before)}^\n`
}

/** Of a long line the piece around the fault. */
const longestLine = 100
const longestBefore = 70

function nextCharacter(text: Buffer, at: number): number {
  let next = at + 1
  while (((text[next] ?? 0) & 0xc0) === 0x80) next++
  return next
}

/** A tab or another character without a shape is one blank wide, so that the caret stands right. */
function visible(character: string): string {
  return /[\p{C}\p{Z}]/u.test(character) ? ' ' : character
}

/** Series by family, most first: buckets, sum and count of a histogram are series of their own. */
function cardinalityTable(families: readonly MetricFamily[]): string {
  const counted = families
    .map((family): [string, number] => [family.name, countSeries(family)])
    .sort(([a, seriesA], [b, seriesB]) => seriesB - seriesA || (a < b ? -1 : 1))
  const total = counted.reduce((sum, [, series]) => sum + series, 0)
  const rows = counted.map(([name, series]) => [
    name,
    String(series),
    `${((100 * series) / total).toFixed(2)}%`,
  ])
  const table = [['Metric', 'Cardinality', 'Percentage'], ...rows, ['Total', String(total), '100%']]
  const widths = [0, 1, 2].map((column) => {
    return Math.max(...table.map((row) => (row[column] ?? '').length)) + columnGap
  })
  return table
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}\n`)
    .join('')
}

const columnGap = 4

function countSeries({ metrics }: MetricFamily): number {
  let series = 0
  for (const metric of metrics) {
    if ('buckets' in metric) series += metric.buckets.length + 2
    else if ('quantiles' in metric) series += metric.quantiles.length + 2
    else series++
  }
  return series
}
