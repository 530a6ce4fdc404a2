/** Decoded families as lists of samples, to be compared with those of the corpus. */
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import { type CorpusFamily, goNumber } from './parse-corpus.ts'

/** A family in a form that two readers, or a reader and the corpus, can be compared in. */
export type Flat = { name: string; type: string; help: string | undefined; samples: string[] }

/** Families by name, samples as one line each, numbers as JavaScript writes them. */
export function flat(families: readonly MetricFamily[]): Flat[] {
  return sorted(
    families.map(({ name, type, typeNumber, help, metrics }) => {
      const samples: string[] = []
      for (const metric of metrics) {
        const labels = Object.fromEntries(metric.labels.map((pair) => [pair.name, pair.value]))
        const ts = metric.timestampMs
        const add = (sample: string, value: number, more: Record<string, string> = {}): void => {
          samples.push(
            line(sample, { ...labels, ...more }, value, ts === undefined ? undefined : Number(ts)),
          )
        }
        if ('value' in metric) add(name, metric.value)
        else if (!('valueless' in metric)) {
          if ('buckets' in metric) {
            for (const [le, count] of metric.buckets)
              add(`${name}_bucket`, Number(count), { le: `${le}` })
          } else {
            for (const [q, value] of metric.quantiles) add(name, value, { quantile: `${q}` })
          }
          // A part without a line is 0 in the model and absent in the corpus.
          const { sum = 0, count = 0 } = metric
          if (sum !== 0) add(`${name}_sum`, sum)
          if (Number(count) !== 0) add(`${name}_count`, Number(count))
        }
      }
      return { name, type: typeNumber === undefined ? type : `${typeNumber}`, help, samples }
    }),
  )
}

export function fromCorpus(families: readonly CorpusFamily[]): Flat[] {
  return sorted(
    families.map(({ name, type, help, samples }) => ({
      name,
      type: type === 'untyped' ? 'unknown' : type.replace('_', ''),
      help,
      samples: samples.flatMap(({ name: sample, labels, value, timestamp_ms: ts }) => {
        const part = sample === `${name}_sum` || sample === `${name}_count`
        const assembled = type === 'summary' || type.endsWith('histogram')
        if (part && assembled && goNumber(value) === 0) return []
        const bound = type === 'summary' ? 'quantile' : 'le'
        const plain =
          assembled && labels[bound] !== undefined
            ? { ...labels, [bound]: `${goNumber(labels[bound])}` }
            : labels
        return [line(sample, plain, goNumber(value), ts)]
      }),
    })),
  )
}

function line(name: string, labels: Record<string, string>, value: number, ts?: number): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([name, pairs, `${value}`, ts])
}

function sorted(families: Flat[]): Flat[] {
  return families.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
