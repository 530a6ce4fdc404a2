/** What the doctor found, as a table for people. */

import type { CollectorReport } from './examine-collectors.ts'
import type { Finding } from './finding.ts'

export type Diagnosis = {
  readonly collectors: readonly CollectorReport[]
  /** Names of the collectors that are off. */
  readonly off: readonly string[]
  readonly findings: readonly Finding[]
}

/** Is nothing wrong? Having nothing to measure is not. */
export function isHealthy({ collectors, findings }: Diagnosis): boolean {
  return (
    collectors.every(({ outcome }) => outcome === 'ok' || outcome === 'no_data') &&
    findings.every(({ level }) => level === 'note')
  )
}

export function formatDiagnosis(diagnosis: Diagnosis): string {
  const { collectors, off, findings } = diagnosis
  const header = ['collector', 'outcome', 'samples', 'ms', 'why']
  const rows = collectors.map((report) => [
    report.name,
    report.outcome.replace('_', ' '),
    String(report.samples),
    (report.seconds * 1000).toFixed(1),
    report.reason ?? '',
  ])
  const sections = [table([header, ...rows], [2, 3])]
  if (off.length > 0) sections.push(`off: ${off.join(', ')}\n`)
  const remarks = collectors.flatMap(({ name, remarks }) =>
    remarks.map((text) => `  collector ${name}: ${text}\n`),
  )
  if (remarks.length > 0) sections.push(`the collectors say\n${remarks.join('')}`)
  for (const level of ['problem', 'note'] as const) {
    const found = findings.filter((finding) => finding.level === level)
    if (found.length > 0) sections.push(`${level}s\n${found.map(formatFinding).join('')}`)
  }
  return `${sections.join('\n')}\n${verdict(diagnosis)}`
}

function formatFinding({ subject, text, cure }: Finding): string {
  return `  ${subject} ${text}\n${cure === undefined ? '' : `    -> ${cure}\n`}`
}

function verdict(diagnosis: Diagnosis): string {
  const { collectors, findings } = diagnosis
  const count = (outcomes: readonly string[]): number =>
    collectors.filter(({ outcome }) => outcomes.includes(outcome)).length
  const samples = collectors.reduce((sum, report) => sum + report.samples, 0)
  const failing = count(['error', 'timeout', 'cannot start'])
  const problems = findings.filter(({ level }) => level === 'problem').length
  const parts = [
    `${count(['ok'])} collectors show ${samples} samples`,
    `${count(['no_data'])} have nothing to measure here`,
    `${failing} fail`,
    `${problems} ${problems === 1 ? 'problem' : 'problems'} in the setup`,
  ]
  return `${parts.join(', ')}\n`
}

/** Columns as wide as their longest text; `right` are those of numbers. */
function table(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0
        return right.includes(column) ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
