/** The bytes below a gob: numbers and lengths, none of which may lead behind the end. */

/** The file is no gob, or a damaged one; the message names the byte. */
export class GobError extends Error {
  override readonly name = 'GobError'
}

export class GobReader {
  readonly #content: Buffer
  at = 0
  /** Of the message that is read. */
  end: number

  constructor(content: Buffer) {
    this.#content = content
    this.end = content.length
  }

  fail(reason: string): never {
    throw new GobError(`${reason} (byte ${this.at})`)
  }

  /** Small ones are one byte; before others stands their negated length. Inexact above 2^53. */
  uint(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const length = 0x100 - first
    if (length > 8) return this.fail(`a number is ${length} bytes long`)
    let value = 0
    for (let i = 0; i < length; i++) value = value * 0x100 + this.#byte()
    return value
  }

  /** The lowest bit says whether the others are to be inverted. */
  int(): number {
    const value = this.uint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** A count of things that take at least so many bytes each, so that nobody makes room for more. */
  length(bytesEach: number): number {
    const count = this.uint()
    if (count * bytesEach > this.end - this.at) {
      return this.fail(`what is said to have ${count} parts ends too early`)
    }
    return count
  }

  bytes(): Buffer {
    const length = this.length(1)
    this.at += length
    return this.#content.subarray(this.at - length, this.at)
  }

  #byte(): number {
    const byte = this.at < this.end ? this.#content[this.at] : undefined
    if (byte === undefined) return this.fail('a value ends too early')
    this.at += 1
    return byte
  }
}
