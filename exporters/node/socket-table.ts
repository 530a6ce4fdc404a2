/** Reads the tables of sockets that the kernel shows as /proc/net/tcp and udp, without strings. */

import { Words } from './words.ts'

const colon = 0x3a

/**
 * Calls `visit` with the state and the bytes to be sent and to be read of each socket. Throws a
 * SyntaxError for a line that is cut off, which names `file`.
 */
export function readSocketTable(
  bytes: Buffer,
  { file, fewestColumns }: { file: string; fewestColumns: number },
  visit: (state: number, tx: number, rx: number) => void,
): void {
  const words = new Words(bytes)
  words.nextLine() // headings
  for (; words.hasMore; words.nextLine()) {
    for (let column = 0; column < 3 && words.toWord(); column += 1) words.toWordEnd()
    const state = words.hex()
    const tx = words.hex(colon)
    if (words.bytes[words.at] !== colon) {
      throw new SyntaxError(`${file}: expected tx_queue:rx_queue in column 5`)
    }
    words.at += 1
    visit(state, tx, words.hex())
    let columns = 5
    for (; words.toWord(); columns += 1) words.toWordEnd()
    if (columns < fewestColumns) {
      throw new SyntaxError(`${file}: expected ${fewestColumns} columns, got ${columns}`)
    }
  }
}
