import { expect, test } from 'vitest'
import { NoData } from '../../../exporters/node/collector.ts'
import { Netlink, type Question } from '../../../exporters/node/netlink.ts'
import { readString, writeRequest } from '../../../exporters/node/netlink-message.ts'
import { fakeLibc, systemError } from './fake-libc.ts'
import { fakeNetlink } from './fake-netlink.ts'
import { datagram, done, error, item } from './netlink-messages.ts'

const question: Question = { protocol: 0, type: 18, isDump: true, content: [Buffer.alloc(4)] }
const a = item(16, Buffer.from('a'))
const b = item(16, Buffer.from('b'))
const interrupted = writeRequest(16, 0x12, 0, Buffer.from('x')) // NLM_F_DUMP_INTR
const foreign = writeRequest(16, 2, 4711, Buffer.from('foreign'))
const noop = writeRequest(1, 0, 0)
const overrun = writeRequest(4, 0, 0)
const large = item(16, Buffer.alloc(70_000, 'l'))

/** What is gathered when each attempt gets its datagrams; the last attempt's for all after it. */
function check(
  name: string,
  attempts: readonly (readonly Buffer[])[],
  expected: string | Error,
): void {
  test(name, () => {
    let attempt = 0
    const kernel = fakeNetlink(() => attempts[Math.min(attempt++, attempts.length - 1)] ?? [])
    const netlink = new Netlink(kernel)
    const ask = (): string =>
      netlink
        .ask(
          question,
          () => [] as string[],
          (gathered, content) => gathered.push(readString(content)),
        )
        .map((value) => (value.length > 9 ? `${value[0]} x ${value.length}` : value))
        .join(' ')
    if (typeof expected === 'string') expect(ask()).toBe(expected)
    else expect(ask).toThrow(expect.objectContaining({ ...expected, message: expected.message }))
    expect(kernel.openSockets).toBe(0)
  })
}

const failed = (code: string, errno: number, message: string): Error =>
  Object.assign(new Error(message), { code, errno })

check('an empty list', [[datagram(done())]], '')
check('one datagram', [[datagram(a, b, done())]], 'a b')
check('several datagrams', [[datagram(a, b), datagram(a), done()]], 'a b a')
check('an answer that is no list ends with its acknowledgement', [[a, error()]], 'a')
check('answers to other requests are passed over', [[datagram(foreign, noop, a), done()]], 'a')
check(
  'a list that changed is asked for again',
  [
    [interrupted, done()],
    [a, done()],
  ],
  'a',
)
check('one that never holds still is taken as it is', [[interrupted, done()]], 'x')
check('a datagram that is too large is asked for again', [[large, done()]], 'l x 70000')
check(
  'the kernel refuses',
  [[error(-95)]],
  failed('ENOTSUP', -95, 'netlink: operation not supported on socket'),
)
check(
  'a list ends with an error',
  [[a, done(-12)]],
  failed('ENOMEM', -12, 'netlink: not enough memory'),
)
check('a part was lost', [[overrun]], new Error('netlink: the kernel lost a part of its answer'))
check('no end', [[a]], new Error('netlink: no whole answer within 1 s'))
check(
  'cut off',
  [[a.subarray(0, 16)]],
  new SyntaxError('netlink: message of 17 bytes where 16 are left'),
)

test('a message without the number that it should have is cut off', () => {
  const ask = () =>
    new Netlink(fakeNetlink(() => [a])).ask(
      question,
      () => 0,
      (_, content) => void content.getUint32(0),
    )
  expect(ask).toThrow(new SyntaxError('netlink: a message of type 16 is cut off'))
})

test('a kernel that sends larger datagrams at every attempt is not followed for ever', () => {
  let length = 70_000
  const kernel = fakeNetlink(() => {
    length *= 2
    return [item(16, Buffer.alloc(length))]
  })
  const ask = () =>
    new Netlink(kernel).ask(
      question,
      () => 0,
      () => undefined,
    )
  expect(ask).toThrow('bytes and growing')
  expect(kernel.requests).toHaveLength(3)
  expect(kernel.openSockets).toBe(0)
})

test('a kernel that never comes to an end is left after a second', () => {
  const kernel = fakeNetlink(() => [])
  const endless = {
    ...kernel,
    recv(_fd: number, into: Uint8Array) {
      into.set(foreign)
      return foreign.length
    },
  }
  const ask = () =>
    new Netlink(endless).ask(
      question,
      () => 0,
      () => undefined,
    )
  expect(ask).toThrow('no whole answer within 1 s')
  expect(kernel.openSockets).toBe(0)
})

test('requests say what they are: a list, or one with an acknowledgement', () => {
  const kernel = fakeNetlink(() => [error()])
  const netlink = new Netlink(kernel)
  netlink.ask(
    question,
    () => 0,
    () => undefined,
  )
  netlink.ask(
    { ...question, protocol: 16, isDump: false },
    () => 0,
    () => undefined,
  )
  expect(kernel.requests.map(({ protocol, flags }) => [protocol, flags])).toEqual([
    [0, 0x301],
    [16, 0x005],
  ])
})

test('where sockets are forbidden the error says what to allow', () => {
  const socket = () => {
    throw systemError('EAFNOSUPPORT', 97, 'socket')
  }
  const ask = () =>
    new Netlink(fakeLibc({ socket })).ask(
      question,
      () => 0,
      () => undefined,
    )
  expect(ask).toThrow(/allow AF_NETLINK, in systemd by RestrictAddressFamilies=/)
  expect(ask).toThrow(expect.objectContaining({ code: 'EAFNOSUPPORT' }))
})

test('without system calls there is no data', () => {
  const socket = () => {
    throw new NoData('no ffi')
  }
  const ask = () =>
    new Netlink(fakeLibc({ socket })).ask(
      question,
      () => 0,
      () => undefined,
    )
  expect(ask).toThrow(NoData)
})
