import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  CallError,
  type Connection,
  ConnectionLost,
  dial,
} from '../../../../exporters/node/dbus/connection.ts'
import { KeptBus } from '../../../../exporters/node/dbus/kept-bus.ts'
import { Marshaller } from '../../../../exporters/node/dbus/marshal.ts'
import { addMessage, type MethodCall } from '../../../../exporters/node/dbus/message.ts'
import { temporaryFolder } from '../../../temporary-folder.ts'
import { errorAnswer, type FakeBusOptions, goodAnswer, startBus } from '../fake-bus.ts'

const never = new AbortController().signal

function call(member: string, returns = 's'): MethodCall {
  const of = { destination: 'a.b', path: '/a', interface: 'a.b.C' }
  return { ...of, member, signature: '', args: [], returns }
}

/** A bus that gives back each member, but for what `onCall` answers. */
function echoBus(onCall: FakeBusOptions['onCall'] = () => undefined) {
  return startBus({
    onCall(message, socket) {
      if (message.member === 'Hello') return undefined
      return onCall(message, socket) ?? goodAnswer(message, 's', [message.member])
    },
  })
}

function connect(path: string, signal = never): Promise<Connection> {
  return dial(path, { isBus: true, signal })
}

test('thousands of calls are answered in their order, a hundred under way at once', async () => {
  let [underWay, most] = [0, 0]
  const held: (() => void)[] = []
  await using bus = await echoBus((message, socket) => {
    underWay += 1
    most = Math.max(most, underWay)
    held.push(() => {
      underWay -= 1
      socket.write(goodAnswer(message, 's', [message.member]))
    })
    // The answers come later, and the last first.
    setTimeout(() => held.pop()?.(), 1)
    return new Uint8Array(0)
  })
  const connection = await connect(bus.path)
  const names = Array.from({ length: 3000 }, (_, index) => `Member${index}`)
  const answers = await connection.callAll(
    names.map((name) => call(name)),
    never,
  )
  expect(answers).toEqual(names.map((name) => [name]))
  expect(most).toBe(100)
  expect(await connection.callAll([], never)).toEqual([])
  connection.close(new Error('over'))
})

test('an error is the answer to its call only', async () => {
  await using bus = await echoBus((message) =>
    message.member === 'Bad' ? errorAnswer(message, 'no such thing') : undefined,
  )
  const connection = await connect(bus.path)
  const answers = await connection.callAll([call('A'), call('Bad'), call('B')], never)
  expect(answers).toEqual([['A'], new CallError('Bad of a.b: no such thing'), ['B']])
  await expect(connection.call(call('Bad'), never)).rejects.toThrow('Bad of a.b: no such thing')
})

test('an answer of other types than expected is an error', async () => {
  await using bus = await echoBus()
  const connection = await connect(bus.path)
  await expect(connection.call(call('A', 'u'), never)).rejects.toThrow(
    'A of a.b: expected "u", got "s"',
  )
  expect(await connection.call(call('A'), never)).toEqual(['A'])
})

test('signals, calls and answers that nobody awaits are passed over, whatever they hold', async () => {
  const marshaller = new Marshaller()
  await using bus = await echoBus((message) => {
    const fields: [number, { type: string; value: number }][] = [
      [5, { type: 'u', value: message.serial }],
    ]
    addMessage(marshaller, 4, 9, fields, 's', ['a signal that says it were the answer'])
    addMessage(marshaller, 1, 9, fields, 's', ['a call'])
    addMessage(marshaller, 2, 9, [[5, { type: 'u', value: 4711 }]], 's', ['late'])
    addMessage(marshaller, 77, 9, [[99, { type: 'g', value: 'u' }]], '', [])
    return Buffer.concat([marshaller.take(), goodAnswer(message, 's', ['good'])])
  })
  const connection = await connect(bus.path)
  expect(await connection.call(call('A'), never)).toEqual(['good'])
})

test('an answer may come byte by byte, and many in one piece', async () => {
  await using bus = await echoBus((message, socket) => {
    const bytes = goodAnswer(message, 's', ['x'.repeat(300)])
    const send = async (): Promise<void> => {
      for (const byte of bytes) {
        socket.write(Buffer.of(byte))
        await sleep(0)
      }
    }
    void send()
    return new Uint8Array(0)
  })
  const connection = await connect(bus.path)
  expect(await connection.call(call('A'), never)).toEqual(['x'.repeat(300)])
})

/** The bus answers a call with these bytes; both calls under way fail with the error. */
function checkGarbage(title: string, bytes: Uint8Array | (() => Uint8Array), error: string): void {
  test(`garbage ends the connection: ${title}`, async () => {
    await using bus = await echoBus(() => (bytes instanceof Uint8Array ? bytes : bytes()))
    const connection = await connect(bus.path)
    const calls = [connection.call(call('A'), never), connection.call(call('B'), never)]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'ConnectionLost' } })
      expect(String('reason' in result && result.reason)).toContain(error)
    }
    expect(connection.isOpen).toBe(false)
    await expect(connection.call(call('C'), never)).rejects.toThrow(ConnectionLost)
  })
}

checkGarbage('text', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'no beginning of a D-Bus message')
checkGarbage(
  'another version',
  Buffer.from('6c020002000000000000000000000000', 'hex'),
  'no beginning',
)
checkGarbage(
  'a message of 4 GB',
  Buffer.from('6c020001ffffffff0100000000000000', 'hex'),
  'bytes, more than 33554432',
)
checkGarbage(
  'a header of 4 GB',
  Buffer.from('6c0200010000000001000000ffffffff', 'hex'),
  'bytes, more than 33554432',
)
checkGarbage(
  'a header field of no type',
  Buffer.from('6c02000100000000010000000800000005017a0001020304', 'hex'),
  '"z" is no D-Bus signature',
)
checkGarbage(
  'a body that is not what its signature says',
  () => {
    const answer = goodAnswer({ serial: 2 } as never, 's', ['abcdef'])
    answer[answer.length - 1] = 1
    return answer
  },
  'a text does not end with a zero byte',
)

test('calls under way fail when the bus closes the connection, and later ones at once', async () => {
  await using bus = await echoBus((_, socket) => {
    socket.destroy()
    return new Uint8Array(0)
  })
  const connection = await connect(bus.path)
  await expect(connection.call(call('A'), never)).rejects.toThrow(ConnectionLost)
  await expect(connection.call(call('A'), never)).rejects.toThrow(ConnectionLost)
})

test('a bus that falls silent is given up at the deadline, and the connection with it', async () => {
  await using bus = await echoBus(() => new Uint8Array(0))
  const connection = await connect(bus.path)
  const controller = new AbortController()
  const reason = new Error('the deadline')
  setTimeout(() => controller.abort(reason), 10)
  await expect(connection.call(call('A'), controller.signal)).rejects.toBe(reason)
  expect(connection.isOpen).toBe(false)
  await expect(connection.call(call('A'), never)).rejects.toBe(reason)
})

/** What a server that greets like this makes of the attempt to connect. */
function checkGreeting(
  title: string,
  onConnect: (socket: Socket) => void,
  error: string | RegExp,
): void {
  test(`connecting fails: ${title}`, async () => {
    await using server = await startBus({ onConnect })
    await expect(connect(server.path, AbortSignal.timeout(100))).rejects.toThrow(error)
  })
}

checkGreeting('silence', () => undefined, 'aborted due to timeout')
checkGreeting('closed', (socket) => socket.destroy(), 'closed the connection')
checkGreeting('closed after a while', (socket) => setTimeout(() => socket.end(), 5), 'closed')
checkGreeting('refused', (socket) => socket.write('REJECTED EXTERNAL\r\n'), 'does not accept user')
checkGreeting('an error', (socket) => socket.write('ERROR no\r\n'), 'answers "ERROR no"')
checkGreeting('another protocol', (socket) => socket.write('220 smtp\r\n'), 'answers "220 smtp"')
checkGreeting(
  'a line without end',
  (socket) => socket.write('x'.repeat(2000)),
  'is no D-Bus server',
)
checkGreeting(
  'no answer to Hello',
  (socket) => socket.on('data', () => socket.write('OK 1234\r\n')).on('error', () => undefined),
  /garbage|timeout/,
)

test('connecting fails where there is no socket, and where the signal has aborted before', async () => {
  using folder = temporaryFolder()
  await expect(connect(`${folder.path}/none`)).rejects.toThrow(/connect ENOENT .*none/)
  await using bus = await echoBus()
  const reason = new Error('too late')
  await expect(connect(bus.path, AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('a kept bus is dialled once, and again when it was restarted', async () => {
  await using bus = await echoBus()
  const kept = new KeptBus((signal) => connect(bus.path, signal))
  const ask = () => kept.use(never, (connection) => connection.call(call('A'), never))
  expect(await ask()).toEqual(['A'])
  expect(await ask()).toEqual(['A'])
  expect(bus.accepted).toBe(1)
  await bus.stop()
  await expect(ask()).rejects.toThrow(/ENOENT|ECONNREFUSED/)
  await bus.start()
  expect(await ask()).toEqual(['A'])
  expect(bus.accepted).toBe(2)
  kept.close()
  expect(await ask()).toEqual(['A'])
  expect(bus.accepted).toBe(3)
})

test('a kept connection that breaks at the question is replaced, a new one is not', async () => {
  let breaking = false
  await using bus = await echoBus((_, socket) => {
    if (!breaking) return undefined
    breaking = false
    socket.destroy()
    return new Uint8Array(0)
  })
  const kept = new KeptBus((signal) => connect(bus.path, signal))
  const ask = () => kept.use(never, (connection) => connection.call(call('A'), never))
  breaking = true
  await expect(ask()).rejects.toThrow(ConnectionLost)
  expect(await ask()).toEqual(['A'])
  breaking = true
  expect(await ask()).toEqual(['A'])
  expect(bus.accepted).toBe(3)
})

test('an error of a call is no reason to dial again', async () => {
  await using bus = await echoBus((message) => errorAnswer(message, 'no'))
  const kept = new KeptBus((signal) => connect(bus.path, signal))
  const ask = () => kept.use(never, (connection) => connection.call(call('A'), never))
  await expect(ask()).rejects.toThrow(CallError)
  await expect(ask()).rejects.toThrow(CallError)
  expect(bus.accepted).toBe(1)
})
