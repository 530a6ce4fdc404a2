/** What the strict readers throw for a body that is not valid, and nothing else. */
export class ParseError extends Error {
  /** Counted from 1; 0 where a body has no lines. */
  readonly line: number
  /** In characters, counted from 1; 0 where the reader does not tell. */
  readonly column: number

  /** The message is the reference parser's, for those who search for it. */
  constructor(message: string, line = 0, column = 0) {
    super(message)
    this.name = 'ParseError'
    this.line = line
    this.column = column
  }
}
