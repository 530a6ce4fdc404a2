/** What can go wrong with a query: its text, or its evaluation. Texts are Prometheus' own. */

/** Offsets into the query text, `end` exclusive. */
export type Span = { readonly start: number; readonly end: number }

/** A query that cannot be evaluated at all; the API answers 400 bad_data. */
export class QueryError extends Error {
  /** 1-based; the column counts bytes, as Prometheus does. 0 when the error has no position. */
  readonly line: number
  readonly column: number
  readonly start: number
  readonly end: number

  constructor(message: string, place: { line: number; column: number } & Span) {
    super(message)
    this.line = place.line
    this.column = place.column
    this.start = place.start
    this.end = place.end
  }
}

/** A parse error at a place of the text: "1:5: parse error: ...". */
export function parseError(text: string, span: Span, reason: string): QueryError {
  const { line, column } = positionOf(text, span.start)
  return new QueryError(`${line}:${column}: parse error: ${reason}`, { line, column, ...span })
}

/** A query error that belongs to no place of the text. */
export function queryError(message: string): QueryError {
  return new QueryError(message, { line: 0, column: 0, start: 0, end: 0 })
}

/** Line and column (in bytes) of an offset, both 1-based. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return {
    line: before.split('\n').length,
    column: Buffer.byteLength(before.slice(lineStart)) + 1,
  }
}

/** An evaluation that failed; the API answers 422 execution, 503 timeout or 499 canceled. */
export class ExecutionError extends Error {
  readonly kind: 'execution' | 'timeout' | 'canceled'

  constructor(message: string, kind: 'execution' | 'timeout' | 'canceled' = 'execution') {
    super(message)
    this.kind = kind
  }
}

/** More samples at once than the limit allows; fewer steps at a time may do. */
export class TooManySamplesError extends ExecutionError {
  constructor() {
    super('query processing would load too many samples into memory in query execution')
  }
}
