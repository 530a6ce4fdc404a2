/** The parse rows of the exposition corpora: inputs, verdicts and what was read from them. */

export type CorpusSample = {
  name: string
  labels: Record<string, string>
  value: string
  timestamp_ms?: number
  timestamp_s?: string
  exemplar?: CorpusExemplar
  native_histogram?: true
}

export type CorpusExemplar = {
  labels: Record<string, string>
  value: string
  timestamp_s?: string
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
  error?: string
  expected?: CorpusFamily[]
  expected_prometheus?: CorpusFamily[]
  expected_expfmt?: CorpusFamily[]
  expected_summary?: { families: number; samples: number }
  expected_expfmt_summary?: { families: number; samples: number }
  recommended_expected?: CorpusFamily[]
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
