/** When two scraped metrics, or two of their samples, are the same series. */
import type { LabelPair } from './family.ts'
import type { MetricSample, MetricSamples } from './proto-samples.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { quoteStray } from './stray-bytes.ts'

/** The same labels, samples of the same names and bounds, and both with a timestamp or both without. */
export function isSameMetric(a: MetricSamples, b: MetricSamples): boolean {
  if (Number.isNaN(a.timestampMs) !== Number.isNaN(b.timestampMs)) return false
  if (a.samples.length !== b.samples.length || !haveSameLabels(a.labels, b.labels)) return false
  return a.samples.every((sample, index) => isSameSample(sample, b.samples[index]))
}

/** In the same order; a target keeps to its own. */
export function haveSameLabels(a: readonly LabelPair[], b: readonly LabelPair[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    if (a[index]?.name !== b[index]?.name || a[index]?.value !== b[index]?.value) return false
  }
  return true
}

export function isSameSample(a: MetricSample, b: MetricSample | undefined): boolean {
  return a.suffix === b?.suffix && a.bound?.value === b.bound?.value
}

/** Gives the place of the first sample that is the same as another one, -1 for none. */
export function finderOf(samples: readonly MetricSample[]): (sample: MetricSample) => number {
  if (samples.length < many) {
    return (sample) => samples.findIndex((other) => isSameSample(sample, other))
  }
  const places = new Map<string, number>()
  // No bound is written as a suffix is, and in one metric those with a bound have one suffix.
  const keyOf = ({ suffix, bound }: MetricSample) => bound?.value ?? suffix
  for (const [index, sample] of samples.entries()) {
    const key = keyOf(sample)
    if (!places.has(key)) places.set(key, index)
  }
  return (sample) => places.get(keyOf(sample)) ?? -1
}

/** From so many on they are looked up: a target may send as many as its page has room for. */
const many = 32

/** The same for the same metric of a family. */
export function hashMetric(family: string, labels: readonly LabelPair[]): number {
  let hash = hashText(family, labels.length)
  for (const { name, value } of labels) hash = hashText(value, hashText(name, hash))
  return Math.imul(hash ^ (hash >>> 15), factor)
}

/** Nothing can be stored under labels of which two have one name. */
export function checkUnique(labels: readonly LabelPair[]): void {
  const names = labels.length < many ? undefined : new Set<string>()
  for (let index = 0; index < labels.length; index++) {
    const { name = '' } = labels[index] ?? {}
    let isTaken = name === '__name__' || names?.has(name) === true
    if (names === undefined) {
      for (let other = 0; other < index; other++) isTaken ||= labels[other]?.name === name
    } else names.add(name)
    if (!isTaken) continue
    const error = new ScrapeParseError(
      `label name ${quoteStray(name)} is not unique: invalid sample`,
    )
    error.samples = 1
    throw error
  }
}

function hashText(text: string, start: number): number {
  let hash = start
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ text.charCodeAt(index), factor)
  }
  return hash
}

const factor = 0x9e3779b1
