/** What a collector declares: families as static data, registered when their first sample comes. */
import type { MetricType } from './family.ts'

export type FamilyDeclaration<Labels extends readonly string[] = readonly string[]> = {
  readonly name: string
  readonly help: string
  readonly type: MetricType
  /** In the order in which the samples give their values; a page sorts them by name. */
  readonly labelNames: Labels
  readonly unit?: string
}

/** One family: family('gauge', 'node_load1', '1m load average.', []). */
export function family<const L extends readonly string[]>(
  type: MetricType,
  name: string,
  help: string,
  labelNames: L,
): FamilyDeclaration<L> {
  return { name, help, type, labelNames }
}

/**
 * Several families that share type and label names, by name:
 * families('gauge', ['device'], { node_x_bytes: 'help.' }).node_x_bytes is a declaration.
 */
export function families<const L extends readonly string[], const H extends Record<string, string>>(
  type: MetricType,
  labelNames: L,
  helps: H,
): { readonly [N in keyof H]: FamilyDeclaration<L> } {
  const declared: Partial<Record<keyof H, FamilyDeclaration<L>>> = {}
  for (const name of Object.keys(helps) as (keyof H & string)[]) {
    declared[name] = family(type, name, helps[name] ?? '', labelNames)
  }
  return declared as { readonly [N in keyof H]: FamilyDeclaration<L> }
}
