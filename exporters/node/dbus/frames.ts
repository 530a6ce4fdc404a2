/** Cuts what a socket delivers into D-Bus messages. */

import { messageBytes, prefixBytes } from './message.ts'
import { MalformedMessage } from './signature.ts'

export class Frames {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #size = 0
  /** Bytes of the message that has begun, as far as known. */
  #wanted = prefixBytes

  /** Throws from `take` on a message larger than this. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  /** The next whole message, undefined until it is there. Throws a MalformedMessage. */
  take(): Buffer | undefined {
    if (this.#size < this.#wanted) return undefined
    const bytes = this.#joined()
    if (this.#wanted === prefixBytes) {
      const size = messageBytes(bytes)
      if (size > this.#maxBytes) {
        throw new MalformedMessage(`a message of ${size} bytes, more than ${this.#maxBytes}`)
      }
      this.#wanted = size
      if (this.#size < size) return undefined
    }
    const message = bytes.subarray(0, this.#wanted)
    this.#chunks = [bytes.subarray(this.#wanted)]
    this.#size -= this.#wanted
    this.#wanted = prefixBytes
    return message
  }

  /** All there is in one piece; done once for the beginning of a message and once for its end. */
  #joined(): Buffer {
    const [first] = this.#chunks
    if (this.#chunks.length === 1 && first !== undefined) return first
    const joined = Buffer.concat(this.#chunks, this.#size)
    this.#chunks = [joined]
    return joined
  }
}
