/** The page that the exposition's benches write and read: families of 25 series with four labels, 122 bytes a line. */
import { family } from '../shared/exposition/declare.ts'
import type { MetricFamily } from '../shared/exposition/family.ts'
import { textFormat } from '../shared/exposition/negotiate.ts'
import { Page } from '../shared/exposition/page.ts'
import { Registry, type Series } from '../shared/exposition/registry.ts'

export const labelNames = ['device', 'fstype', 'mountpoint', 'mode'] as const
export const seriesPerFamily = 25

export type Machine = {
  readonly registry: Registry
  readonly handles: readonly Series[]
  /** Gives 40% of the series another value. */
  change(round: number): void
}

export function machine(seriesCount: number): Machine {
  const registry = new Registry()
  const handles: Series[] = []
  for (let index = 0; index < seriesCount; index++) {
    const declaration = declare(Math.floor(index / seriesPerFamily))
    handles.push(registry.series(declaration, ...labels(index)))
  }
  for (const [index, handle] of handles.entries()) handle.set(nodeValue(index))
  return { registry, handles, change: changing(handles) }
}

/**
 * Sets two of five handles in each round, in the same way for everyone who is measured. The values are made
 * beforehand, as making them takes longer than writing them; they come again after many rounds only.
 */
export function changing(
  handles: readonly { set(value: number): void }[],
): (round: number) => void {
  const indexes = [...handles.keys()].filter((index) => index % 5 < 2)
  const rounds = Math.max(16, Math.ceil(200_000 / handles.length))
  const values = Array.from({ length: rounds }, (_, round) =>
    Float64Array.from(indexes, (index) => nodeValue(index, round)),
  )
  return (round) => {
    const ofRound = values[round % rounds] as Float64Array
    for (let at = 0; at < indexes.length; at++) {
      handles[indexes[at] as number]?.set(ofRound[at] as number)
    }
  }
}

export function machinePage(seriesCount: number, round = 0): Buffer {
  const { registry, change } = machine(seriesCount)
  change(round)
  return Buffer.from(new Page().render([registry], textFormat))
}

/** The same as objects of the model. */
export function machineFamilies(seriesCount: number): MetricFamily[] {
  return Array.from({ length: Math.ceil(seriesCount / seriesPerFamily) }, (_, number) => {
    const { name, help, type } = declare(number)
    const first = number * seriesPerFamily
    const length = Math.min(seriesPerFamily, seriesCount - first)
    const metrics = Array.from({ length }, (_, offset) => {
      const values = labels(first + offset)
      const pairs = labelNames.map((label, at) => ({ name: label, value: values[at] ?? '' }))
      return { labels: pairs, value: nodeValue(first + offset) }
    })
    return { name, help, type, metrics }
  })
}

export function declare(index: number) {
  const name = `node_bench_subsystem_${index}_bytes`
  return family('gauge', name, 'A family of the bench.', labelNames)
}

export function labels(index: number): [string, string, string, string] {
  const place = index % seriesPerFamily
  return [`/dev/mapper/vg-${place}`, 'ext4', `/var/lib/containers/${place}`, 'read']
}

/**
 * Small integers, large integers, cpu seconds and ratios in equal parts; a series stays of its kind. A real
 * node-exporter's page is kinder: two thirds of its values are small integers, and hardly any has the 17
 * digits of a ratio. Ratios hardly come back, as V8 remembers the text of numbers it has seen.
 */
export function nodeValue(index: number, round = 0): number {
  const step = index + round
  switch (index % 4) {
    case 0:
      return step % 1000
    case 1:
      return 1_000_000 + step * 4096
    case 2:
      return Math.round(step * 123.37 * 100) / 100
    default:
      return ((index * 7919 + round * 104_729) % 1_000_003) / 1_000_003
  }
}
