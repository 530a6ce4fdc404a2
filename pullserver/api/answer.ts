/** What an API handler gives back, and how answers and errors become Prometheus' JSON envelope. */

export type Answer = {
  /** JSON text of `data`, already written: a query result is written without building objects. */
  readonly dataJson: string
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

/** The error types of the HTTP API with the status each one travels with. */
const statusOf = {
  bad_data: 400,
  not_found: 404,
  execution: 422,
  canceled: 499,
  internal: 500,
  timeout: 503,
} as const

export type ErrorType = keyof typeof statusOf

/** A refusal that the client gets to read; anything else thrown is a defect of ours and a 500. */
export class ApiError extends Error {
  readonly type: ErrorType

  constructor(type: ErrorType, message: string) {
    super(message)
    this.type = type
  }

  get status(): number {
    return statusOf[this.type]
  }
}

export function answer(data: unknown, warnings: readonly string[] = []): Answer {
  return { dataJson: JSON.stringify(data), warnings }
}

/** The whole body of a successful answer; empty warnings and infos are left out, as Grafana expects. */
export function writeAnswer({ dataJson, warnings = [], infos = [] }: Answer): string {
  const tail = `${writeNotes('warnings', 'warning', warnings)}${writeNotes('infos', 'info', infos)}`
  return `{"status":"success","data":${dataJson}${tail}}`
}

export function writeError(error: ApiError): string {
  return JSON.stringify({ status: 'error', errorType: error.type, error: error.message })
}

/** At most ten notes of a kind travel, the rest is counted, as Prometheus does. */
function writeNotes(key: string, kind: string, notes: readonly string[]): string {
  if (notes.length === 0) return ''
  const shown = notes.slice(0, 10)
  if (notes.length > 10) {
    shown.push(`${notes.length - 10} more ${kind} annotations omitted`)
  }
  return `,"${key}":${JSON.stringify(shown)}`
}
