/** The bench's series in prom-client, changing as ours do. */
import { Gauge, Registry } from 'prom-client'
import { changing, declare, labelNames, labels, nodeValue, seriesPerFamily } from '../machine.ts'

export type PromClientMachine = { readonly registry: Registry; change(round: number): void }

export function promClientMachine(seriesCount: number): PromClientMachine {
  const registry = new Registry()
  const children: Gauge.Internal<string>[] = []
  for (let first = 0; first < seriesCount; first += seriesPerFamily) {
    const { name, help } = declare(first / seriesPerFamily)
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] })
    for (let index = first; index < Math.min(first + seriesPerFamily, seriesCount); index++) {
      const child = gauge.labels(...labels(index))
      child.set(nodeValue(index))
      children.push(child)
    }
  }
  return { registry, change: changing(children) }
}
