/** A kernel that speaks netlink and is a function: a request in, datagrams out. */
import type { Libc } from '../../../exporters/node/libc.ts'
import { readBytes, readMessages } from '../../../exporters/node/netlink-message.ts'
import { fakeLibc, systemError } from './fake-libc.ts'
import { view } from './netlink-messages.ts'

export type Request = {
  readonly protocol: number
  readonly type: number
  readonly flags: number
  readonly content: Buffer
}

export type FakeNetlink = Libc & {
  readonly requests: readonly Request[]
  /** Sockets that nobody closed. */
  readonly openSockets: number
}

/**
 * Messages of sequence 0 are sent as answers to the request; when none is left, recv gives up as
 * after its timeout. Throws what `answer` throws, from send.
 */
export function fakeNetlink(answer: (request: Request) => readonly Buffer[]): FakeNetlink {
  const requests: Request[] = []
  const sockets = new Map<number, { protocol: number; datagrams: Buffer[] }>()
  let fd = 100
  const calls = fakeLibc({
    socket(domain, type, protocol) {
      if (domain !== 16 || (type & 0xf) !== 3) throw systemError('EINVAL', 22, 'socket')
      fd += 1
      sockets.set(fd, { protocol, datagrams: [] })
      return fd
    },
    setReceiveTimeout: () => undefined,
    send(socketFd, bytes) {
      const socket = sockets.get(socketFd)
      if (socket === undefined) throw systemError('EBADF', 9, 'send')
      for (const { type, flags, sequence, content } of readMessages(view(bytes))) {
        const { protocol } = socket
        const request = { protocol, type, flags, content: Buffer.from(readBytes(content)) }
        requests.push(request)
        for (const datagram of answer(request)) {
          socket.datagrams.push(withSequence(datagram, sequence))
        }
      }
      return bytes.length
    },
    recv(socketFd, into) {
      const datagram = sockets.get(socketFd)?.datagrams.shift()
      if (datagram === undefined) throw systemError('EAGAIN', 11, 'recv')
      datagram.copy(into)
      return datagram.length
    },
    close: (socketFd) => void sockets.delete(socketFd),
  })
  return {
    ...calls,
    requests,
    get openSockets() {
      return sockets.size
    },
  }
}

function withSequence(datagram: Buffer, sequence: number): Buffer {
  const answered = Buffer.from(datagram)
  for (let at = 0; at + 16 <= answered.length; at += (answered.readUInt32LE(at) + 3) & ~3) {
    if (answered.readUInt32LE(at + 8) === 0) answered.writeUInt32LE(sequence, at + 8)
    if (answered.readUInt32LE(at) < 16) break
  }
  return answered
}
