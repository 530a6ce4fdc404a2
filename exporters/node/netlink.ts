/** Asks the kernel by netlink: one request, and all that it answers. */

import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import type { Libc } from './libc.ts'
import { readMessages, writeRequest } from './netlink-message.ts'

/** Protocols of netlink, include/uapi/linux/netlink.h. */
export const NETLINK_ROUTE = 0
export const NETLINK_SOCK_DIAG = 4
export const NETLINK_GENERIC = 16

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0x80000
const MSG_TRUNC = 0x20

const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLM_F_DUMP_INTR = 0x10
const NLM_F_DUMP = 0x300

const NLMSG_NOOP = 1
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const NLMSG_OVERRUN = 4

/** The most that the kernel puts into a datagram of a dump. */
const datagramBytes = 32_768

/** How long the kernel may take for a whole answer, which it has ready in microseconds. */
const timeoutMs = 1000

/** How often a list is asked for that changes while it is being told. */
const attempts = 3

export type Question = {
  readonly protocol: number
  /** Type of the message. */
  readonly type: number
  /** All there are, rather than one. */
  readonly isDump: boolean
  /** What is behind the header of the message: a struct, attributes. */
  readonly content: readonly Uint8Array[]
}

/** What became of one attempt: all of it, or the reason to ask again. */
type Answer<T> =
  | { readonly gathered: T; readonly isInterrupted: boolean }
  | { datagramBytes: number }

export class Netlink {
  readonly #libc: Libc
  #buffer = Buffer.allocUnsafeSlow(datagramBytes)
  #sequence = 0

  constructor(libc: Libc) {
    this.#libc = libc
  }

  /**
   * Hands the content of each message of the answer to `add`, with what `begin` returned. That may be
   * called again, for a list that changed while it was told is asked for anew; one that never holds
   * still is taken as it is, as a file of /proc would be.
   *
   * Throws NoData where no system calls can be made, a system error where the kernel refuses or does
   * not answer, and a SyntaxError for an answer that is cut off.
   */
  ask<T>(question: Question, begin: () => T, add: (gathered: T, content: DataView) => void): T {
    for (let attempt = 1; ; attempt += 1) {
      const answer = this.#attempt(question, begin(), add)
      if ('gathered' in answer) {
        if (!answer.isInterrupted || attempt >= attempts) return answer.gathered
      } else if (attempt >= attempts) {
        throw new RangeError(`netlink: datagrams of ${answer.datagramBytes} bytes and growing`)
      } else this.#buffer = Buffer.allocUnsafeSlow(answer.datagramBytes)
    }
  }

  /** On a socket of its own: on one with an unfinished answer the kernel refuses to begin another. */
  #attempt<T>(
    question: Question,
    gathered: T,
    add: (gathered: T, content: DataView) => void,
  ): Answer<T> {
    const libc = this.#libc
    const { protocol, type, isDump, content } = question
    const fd = this.#open(protocol)
    try {
      libc.setReceiveTimeout(fd, timeoutMs)
      this.#sequence = (this.#sequence + 1) >>> 0
      // The acknowledgement ends the answer that is no dump, as NLMSG_DONE ends the dump.
      const flags = NLM_F_REQUEST | (isDump ? NLM_F_DUMP : NLM_F_ACK)
      libc.send(fd, writeRequest(type, flags, this.#sequence, ...content))
      return this.#receive(fd, gathered, add)
    } finally {
      libc.close(fd)
    }
  }

  #open(protocol: number): number {
    try {
      return this.#libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)
    } catch (error) {
      if (!hasCode(error, 'EAFNOSUPPORT')) throw error
      const cure = 'allow AF_NETLINK, in systemd by RestrictAddressFamilies='
      throw Object.assign(new Error(`no netlink sockets here: ${cure}`, { cause: error }), {
        code: error.code,
      })
    }
  }

  #receive<T>(fd: number, gathered: T, add: (gathered: T, content: DataView) => void): Answer<T> {
    const deadlineMs = performance.now() + timeoutMs
    let isInterrupted = false
    while (performance.now() < deadlineMs) {
      const length = this.#receiveDatagram(fd)
      if (length > this.#buffer.length) return { datagramBytes: length }
      const datagram = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, length)
      for (const { type, flags, sequence, content } of readMessages(datagram)) {
        if (sequence !== this.#sequence || type === NLMSG_NOOP) continue
        if ((flags & NLM_F_DUMP_INTR) !== 0) isInterrupted = true
        if (type === NLMSG_DONE || type === NLMSG_ERROR) {
          throwIfFailed(content)
          return { gathered, isInterrupted }
        }
        if (type === NLMSG_OVERRUN) throw new Error('netlink: the kernel lost a part of its answer')
        addWhole(() => add(gathered, content), type)
      }
    }
    throw tooSlow()
  }

  #receiveDatagram(fd: number): number {
    try {
      return this.#libc.recv(fd, this.#buffer, MSG_TRUNC)
    } catch (error) {
      throw hasCode(error, 'EAGAIN') ? tooSlow() : error
    }
  }
}

/** Says of what the message is that `add` found too short. */
function addWhole(add: () => void, type: number): void {
  try {
    add()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new SyntaxError(`netlink: a message of type ${type} is cut off`, { cause: error })
  }
}

/** An error begins with a negative errno, 0 in an acknowledgement; the end of a dump may have one too. */
function throwIfFailed(content: DataView): void {
  const errno = content.byteLength >= 4 ? content.getInt32(0, true) : 0
  if (errno >= 0) return
  throw Object.assign(new Error(`netlink: ${getSystemErrorMessage(errno)}`), {
    code: getSystemErrorName(errno),
    errno,
  })
}

function tooSlow(): Error {
  return new Error(`netlink: no whole answer within ${timeoutMs / 1000} s`)
}

/** Is it a system error of this name? */
export function hasCode(
  error: unknown,
  ...codes: readonly string[]
): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
