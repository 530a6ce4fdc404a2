/** and, or, unless: series stay or go by whether the other side has any series that matches. */
import type { Binary } from './ast.ts'
import type { Evaluation } from './evaluation.ts'
import { materialize, type Rows, tableRows, uniteEqual } from './rows.ts'
import { rowsBySignature, signatureOf } from './signature.ts'

export function setOperation(
  evaluation: Evaluation,
  { operator, matching }: Binary,
  left: Rows,
  right: Rows,
  count: number,
): Rows {
  const signature = signatureOf(matching)
  if (operator === 'or') {
    const kept = tableRows(materialize(evaluation, left, count))
    const taken = presenceBySignature(evaluation, kept, signature, count)
    return uniteEqual(evaluation, concatenate(kept, mask(right, taken, signature, 'absent')), count)
  }
  const there = presenceBySignature(evaluation, right, signature, count)
  return mask(left, there, signature, operator === 'and' ? 'present' : 'absent')
}

type Presence = ReadonlyMap<string, Uint8Array>
type Signature = (labels: Rows['labels'][number]) => string

/** At which steps any row of each signature is there. */
function presenceBySignature(
  evaluation: Evaluation,
  rows: Rows,
  signature: Signature,
  count: number,
): Presence {
  const presence = new Map<string, Uint8Array>()
  const values = new Float64Array(count)
  const present = new Uint8Array(count)
  for (const [key, members] of rowsBySignature(rows.labels, signature)) {
    evaluation.holdSamples(count)
    const any = new Uint8Array(count)
    presence.set(key, any)
    for (const row of members) {
      rows.fill(row, values, present)
      for (let k = 0; k < count; k++) if (present[k] === 1) any[k] = 1
    }
  }
  return presence
}

/** The rows where the signature is there, or where it is not. */
function mask(
  rows: Rows,
  presence: Presence,
  signature: Signature,
  keepWhere: 'present' | 'absent',
): Rows {
  const wanted = keepWhere === 'present' ? 1 : 0
  return {
    ...rows,
    fill(row, values, present) {
      const other = presence.get(signature(rows.labels[row] ?? []))
      if (other === undefined && wanted === 1) {
        present.fill(0)
        return
      }
      rows.fill(row, values, present)
      if (other === undefined) return
      for (let k = 0; k < present.length; k++) if (other[k] !== wanted) present[k] = 0
    },
  }
}

function concatenate(first: Rows, second: Rows): Rows {
  const border = first.labels.length
  return {
    labels: [...first.labels, ...second.labels],
    fill(row, values, present) {
      if (row < border) first.fill(row, values, present)
      else second.fill(row - border, values, present)
    },
  }
}
