/** Which series of the two sides of a binary operator belong together: those of one signature. */
import type { Labels } from '../labels.ts'
import type { VectorMatching } from './ast.ts'
import { type Grouping, groupKey, groupLabels } from './groups.ts'

function asGrouping({ on, labels }: VectorMatching): Grouping {
  return { grouping: labels, without: !on }
}

/** A string, equal exactly for label sets that match each other. */
export function signatureOf(matching: VectorMatching): (labels: Labels) => string {
  return groupKey(asGrouping(matching))
}

/** The labels that the members of a match group share. */
export function signatureLabels(matching: VectorMatching): (labels: Labels) => Labels {
  return groupLabels(asGrouping(matching))
}

/** The rows of each signature, in order. */
export function rowsBySignature(
  rowLabels: readonly Labels[],
  signature: (labels: Labels) => string,
): Map<string, number[]> {
  const bySignature = new Map<string, number[]>()
  for (const [row, labels] of rowLabels.entries()) {
    const key = signature(labels)
    const rows = bySignature.get(key)
    if (rows === undefined) bySignature.set(key, [row])
    else rows.push(row)
  }
  return bySignature
}
