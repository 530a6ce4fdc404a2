/** The JSON files by which the original's tests stand in for a kernel or a radio. */

import type { Host } from './host.ts'

/** A Go struct as JSON: names without regard to case, what is missing counts as empty. */
export class JsonRecord {
  readonly #values: ReadonlyMap<string, unknown>

  constructor(value: unknown) {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    this.#values = new Map(entries.map(([name, field]) => [name.toLowerCase(), field]))
  }

  number(name: string): number {
    const value = this.#values.get(name)
    return typeof value === 'number' ? value : 0
  }

  text(name: string): string {
    const value = this.#values.get(name)
    return typeof value === 'string' ? value : ''
  }

  /** Go writes bytes in base64. Here as an address: `00:11:22:33:44:55`. */
  address(name: string): string {
    return Buffer.from(this.text(name), 'base64')
      .toString('hex')
      .replace(/..(?!$)/g, '$&:')
  }
}

/** The objects of a file, be it a list or a single one. Throws where it is missing or no JSON. */
export function readRecords(host: Host, path: string): JsonRecord[] {
  const value: unknown = JSON.parse(host.readFile(path).toString())
  return (Array.isArray(value) ? value : [value]).map((record) => new JsonRecord(record))
}
