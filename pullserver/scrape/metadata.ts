/** What a target says about its metric families: type, help and unit. */

export type FamilyMetadata = { readonly type: string; readonly help: string; readonly unit: string }

const unsaid: FamilyMetadata = { type: 'unknown', help: '', unit: '' }

export class MetadataTable {
  readonly #families = new Map<string, FamilyMetadata>()

  set(family: string, kind: 'type' | 'help' | 'unit', text: string): void {
    const known = this.#families.get(family) ?? unsaid
    this.#families.set(family, { ...known, [kind]: text })
  }

  entries(): ReadonlyMap<string, FamilyMetadata> {
    return this.#families
  }
}
