/** Two buffers that pages are written into by turns, so that the one before stays readable. */
export class Output {
  #last = makeBuffer(0)
  #other = makeBuffer(0)

  /** A buffer of at least `length` bytes: not the one handed out last. */
  next(length: number): OutputBuffer {
    // Some room to grow, so that a line more now and then does not need a new buffer each time.
    const next =
      this.#other.bytes.length < length ? makeBuffer(length + (length >> 3)) : this.#other
    this.#other = this.#last
    this.#last = next
    return next
  }

  /** A larger buffer in place of the one handed out last, which nobody has seen yet. */
  grow(length: number): OutputBuffer {
    this.#last = makeBuffer(length + (length >> 3))
    return this.#last
  }

  /** Leaves both buffers to those who still read pages in them. */
  leave(): void {
    this.#last = makeBuffer(0)
    this.#other = this.#last
  }
}

export type OutputBuffer = { readonly bytes: Uint8Array<ArrayBuffer>; readonly view: DataView }

function makeBuffer(length: number): OutputBuffer {
  const buffer = new ArrayBuffer(length)
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) }
}
