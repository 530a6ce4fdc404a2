/** Rows of the exposition corpus of /work/shared, for the tests that check against it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedFolder } from '../../shared-folder.ts'

export type CorpusSample = {
  name: string
  labels: Record<string, string>
  value: string
  timestamp_ms?: number
  timestamp_s?: number
}

export type CorpusFamily = {
  name: string
  type: string
  help?: string
  unit?: string
  samples: CorpusSample[]
}

type Verdict = { parse: boolean; scrape?: boolean; duplicate_series_dropped?: number; err?: string }

export type CorpusRow = {
  id: string
  input?: string
  input_b64?: string
  valid: boolean
  verdicts: { prometheus_3_14: Verdict; expfmt: Verdict; expfmt_legacy_names?: Verdict }
  quirk?: string
  expected?: CorpusFamily[]
  expected_prometheus?: CorpusFamily[]
  expected_expfmt?: CorpusFamily[]
  expected_summary?: { families: number; samples: number }
  expected_expfmt_summary?: { families: number; samples: number }
  recommended_expected?: CorpusFamily[]
}

/** Rows of `train.<name>.jsonl`; none where the shared folder is absent. */
export function corpusRows(name: 'text' | 'openmetrics'): CorpusRow[] {
  const folder = sharedFolder()
  if (folder === undefined) return []
  const text = readFileSync(join(folder, `corpora/exposition/train.${name}.jsonl`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CorpusRow)
}

export function inputBytes(row: CorpusRow): Uint8Array {
  return row.input_b64 === undefined
    ? Buffer.from(row.input ?? '')
    : Buffer.from(row.input_b64, 'base64')
}

/** Go's spelling of a number to a number. */
export function goNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}
