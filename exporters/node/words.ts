/** Walks over the words and decimal numbers of a /proc file, in its bytes. */

const newline = 0x0a
const space = 0x20
const tab = 0x09
const zero = 0x30
const nine = 0x39
const minus = 0x2d

/** A number of this many digits is exact as a sum in a double; longer ones take the slow road. */
const exactDigits = 15
const exactHexDigits = 13

export class Words {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Is there a line at all, at or after this place? */
  get hasMore(): boolean {
    return this.at < this.bytes.length
  }

  /** Goes to the beginning of the next line. */
  nextLine(): void {
    // Lines like `intr` are tens of kilobytes: indexOf runs at memory speed.
    const end = this.bytes.indexOf(newline, this.at)
    this.at = end < 0 ? this.bytes.length : end + 1
  }

  /** Goes to the next word of this line; false when there is none. */
  toWord(): boolean {
    const bytes = this.bytes
    let at = this.at
    let byte = bytes[at]
    while (byte === space || byte === tab) {
      at += 1
      byte = bytes[at]
    }
    this.at = at
    return byte !== undefined && byte !== newline
  }

  /** Goes behind the word that starts here and says where that is. */
  toWordEnd(): number {
    const bytes = this.bytes
    let at = this.at
    let byte = bytes[at]
    while (byte !== undefined && byte !== space && byte !== tab && byte !== newline) {
      at += 1
      byte = bytes[at]
    }
    this.at = at
    return at
  }

  /** The next word of this line as a string, empty when there is none. */
  word(): string {
    if (!this.toWord()) return ''
    const start = this.at
    return this.bytes.toString('utf8', start, this.toWordEnd())
  }

  /** Does the text stand here? */
  startsWith(text: string): boolean {
    const bytes = this.bytes
    for (let i = 0; i < text.length; i += 1) {
      if (bytes[this.at + i] !== text.charCodeAt(i)) return false
    }
    return true
  }

  /** Reads the next word of this line as a decimal number. Throws a SyntaxError when it is not one. */
  number(): number {
    if (!this.toWord()) throw new SyntaxError(`expected a number, found the end of ${this.#line()}`)
    const bytes = this.bytes
    const start = this.at
    let at = start
    if (bytes[at] === minus) at += 1
    const firstDigit = at
    let value = 0
    let byte = bytes[at]
    while (byte !== undefined && byte >= zero && byte <= nine) {
      value = value * 10 + (byte - zero)
      at += 1
      byte = bytes[at]
    }
    const isWhole = byte === undefined || byte === space || byte === tab || byte === newline
    if (at === firstDigit || !isWhole) throw this.#notANumber()
    this.at = at
    if (at - firstDigit > exactDigits) return Number(bytes.toString('latin1', start, at))
    return firstDigit === start ? value : -value
  }

  /**
   * Reads the next word of this line as a hexadecimal number without prefix, or its part up to the
   * byte `end`. Throws as number does.
   */
  hex(end = space): number {
    if (!this.toWord()) throw new SyntaxError(`expected a number, found the end of ${this.#line()}`)
    const bytes = this.bytes
    const start = this.at
    let at = start
    let value = 0
    for (;;) {
      const digit = hexDigit(bytes[at])
      if (digit < 0) break
      value = value * 16 + digit
      at += 1
    }
    const byte = bytes[at]
    const isWhole =
      byte === undefined || byte === space || byte === tab || byte === newline || byte === end
    if (at === start || !isWhole) throw this.#notANumber()
    this.at = at
    if (at - start > exactHexDigits) return Number(`0x${bytes.toString('latin1', start, at)}`)
    return value
  }

  /** What is left of this line, without the white space around it. */
  rest(): string {
    const start = this.at
    const end = this.bytes.indexOf(newline, start)
    this.at = end < 0 ? this.bytes.length : end
    return this.bytes.toString('utf8', start, this.at).trim()
  }

  #notANumber(): SyntaxError {
    const start = this.at
    const word = this.bytes.toString('utf8', start, this.toWordEnd())
    return new SyntaxError(`expected a number, found ${JSON.stringify(word)} in ${this.#line()}`)
  }

  /** The line for an error message, quoted and cut. */
  #line(): string {
    const start = this.bytes.lastIndexOf(newline, Math.max(0, this.at - 1)) + 1
    const end = this.bytes.indexOf(newline, start)
    const line = this.bytes.toString('utf8', start, end < 0 ? undefined : end)
    return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}...` : line)
  }
}

/** -1 for what is none. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined || byte < zero) return -1
  if (byte <= nine) return byte - zero
  const letter = byte | 0x20 // in lower case
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1
}
