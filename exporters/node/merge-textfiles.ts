/** Merges the families of several textfiles into one list, the first file winning every clash. */

import type { LabelPair, Metric, MetricFamily } from '../../shared/exposition/family.ts'
import type { Complaint, Textfile } from './textfiles.ts'

type Merged = {
  readonly families: readonly MetricFamily[]
  readonly complaints: readonly Complaint[]
}

/** A family and where it came from. */
type Growing = {
  family: MetricFamily
  /** The file whose HELP is shown, and all whose samples are. */
  helpFrom: string | undefined
  readonly files: string[]
  readonly metrics: Metric[]
  /** Which file gave each series, by its labels. */
  readonly series: Map<string, string>
}

/** `files` in the order of their precedence. */
export function mergeTextfiles(files: readonly Textfile[]): Merged {
  const growing = new Map<string, Growing>()
  const complaints: Complaint[] = []
  for (const { path, families } of files) {
    for (const family of families) {
      const known = growing.get(family.name) ?? begin(family)
      growing.set(family.name, known)
      const refusal = describeConflict(known, family)
      if (refusal === undefined) addFamily(known, family, path, complaints)
      else complaints.push({ file: path, reason: 'conflict', ...refusal })
    }
  }
  const families = [...growing.values()].map(({ family, files: sources, metrics }) => ({
    ...family,
    metrics,
    help: family.help || `Metric read from ${sources.join(', ')}`,
  }))
  return { families, complaints }
}

function begin(family: MetricFamily): Growing {
  return { family, helpFrom: undefined, files: [], metrics: [], series: new Map() }
}

function describeConflict(
  known: Growing,
  family: MetricFamily,
): Pick<Complaint, 'err' | 'kept'> | undefined {
  const [first] = known.files
  if (first === undefined) return undefined
  if (known.family.type !== family.type) {
    const err = `family ${family.name} is dropped: its type is ${family.type}, not ${known.family.type}`
    return { err, kept: first }
  }
  if (family.help && known.helpFrom !== undefined && known.family.help !== family.help) {
    const err = `family ${family.name} is dropped: its HELP differs`
    return { err, kept: known.helpFrom }
  }
  return undefined
}

function addFamily(known: Growing, family: MetricFamily, path: string, complaints: Complaint[]) {
  if (family.help && known.helpFrom === undefined) {
    known.family = { ...known.family, help: family.help }
    known.helpFrom = path
  }
  known.files.push(path)
  for (const metric of alignLabels(family.metrics)) {
    const key = JSON.stringify(metric.labels)
    const owner = known.series.get(key)
    if (owner === undefined) {
      known.series.set(key, path)
      known.metrics.push(metric)
    } else {
      const series = `${family.name}{${metric.labels.map(formatLabel).join(',')}}`
      const err = `series ${series} is dropped: it is there`
      complaints.push({ file: path, reason: 'conflict', err, kept: owner })
    }
  }
}

/** All metrics of a family get the same label names, sorted; what one lacks is empty. */
function alignLabels(metrics: readonly Metric[]): Metric[] {
  const names = new Set(metrics.flatMap(({ labels }) => labels.map(({ name }) => name)))
  const sorted = [...names].sort()
  return metrics.map((metric) => {
    const values = new Map(metric.labels.map(({ name, value }) => [name, value]))
    return { ...metric, labels: sorted.map((name) => ({ name, value: values.get(name) ?? '' })) }
  })
}

function formatLabel({ name, value }: LabelPair): string {
  return `${name}=${JSON.stringify(value)}`
}
