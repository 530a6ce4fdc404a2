/** A D-Bus server made of data: what it answers to a call is looked up, or computed by the test. */
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Frames } from '../../../exporters/node/dbus/frames.ts'
import { Marshaller } from '../../../exporters/node/dbus/marshal.ts'
import {
  addMessage,
  type Header,
  messageType,
  readBody,
  readHeader,
} from '../../../exporters/node/dbus/message.ts'
import type { DBusValue } from '../../../exporters/node/dbus/signature.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeMachine } from './machine.ts'

export type Call = Header & { readonly values: readonly DBusValue[] }

export type FakeAnswer =
  | { readonly type: string; readonly value: DBusValue }
  | { readonly error: string }

/** By `/path interface.Member`, a property or a method without arguments. */
export type FakeObjects = Readonly<Record<string, FakeAnswer>>

export type FakeBus = AsyncDisposable & {
  readonly path: string
  /** The path as a D-Bus address. */
  readonly address: string
  /** Connections ever accepted. */
  readonly accepted: number
  /** Calls that came, by member; Hello is one. */
  readonly calls: readonly string[]
  /** Closes all connections and listens no more. */
  stop(): Promise<void>
  /** Listens again, at the same path. */
  start(): Promise<void>
}

export type FakeBusOptions = {
  readonly objects?: FakeObjects
  /** Answers a call itself with the bytes returned; undefined leaves it to the objects. */
  readonly onCall?: (call: Call, socket: Socket) => Uint8Array | undefined
  /** Takes over from the first byte. */
  readonly onConnect?: (socket: Socket) => void
}

/** What the fake machine's bus knows: systemd with a handful of units, logind with some sessions. */
export function fakeObjects(): FakeObjects {
  return JSON.parse(readFileSync(join(fakeMachine, 'bus.json'), 'utf8')) as FakeObjects
}

export async function startBus(options: FakeBusOptions = {}): Promise<FakeBus> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'bus')
  const sockets = new Set<Socket>()
  const calls: string[] = []
  let accepted = 0
  const serve = (socket: Socket): void => {
    accepted += 1
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    if (options.onConnect) options.onConnect(socket)
    else greet(socket, (call) => answer(call, socket))
  }
  const answer = (call: Call, socket: Socket): Uint8Array => {
    calls.push(call.member)
    return options.onCall?.(call, socket) ?? lookUp(options.objects ?? {}, call)
  }
  let server = createServer(serve)
  const start = async (): Promise<void> => {
    server = createServer(serve)
    await new Promise<void>((resolve) => server.listen(path, resolve))
  }
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  await start()
  return {
    path,
    address: `unix:path=${path}`,
    calls,
    get accepted() {
      return accepted
    },
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop()
      folder[Symbol.dispose]()
    },
  }
}

/** Authenticates as dbus-daemon does, then answers calls, all of a chunk in one write. */
function greet(socket: Socket, answer: (call: Call) => Uint8Array): void {
  const frames = new Frames(1e8)
  let text = ''
  const onLine = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    if (text === '\0AUTH EXTERNAL\r\n') socket.write('DATA\r\n')
    if (text.endsWith('\nDATA\r\n')) socket.write('OK 0123456789abcdef0123456789abcdef\r\n')
    const begin = text.indexOf('BEGIN\r\n')
    if (begin < 0) return
    socket.off('data', onLine).on('data', onMessage)
    onMessage(Buffer.from(text.slice(begin + 7), 'latin1'))
  }
  const onMessage = (chunk: Buffer): void => {
    frames.push(chunk)
    const answers: Uint8Array[] = []
    for (let bytes = frames.take(); bytes !== undefined; bytes = frames.take()) {
      const header = readHeader(bytes)
      answers.push(answer({ ...header, values: readBody(bytes, header) }))
    }
    if (answers.length > 0) socket.write(Buffer.concat(answers))
  }
  socket.on('data', onLine)
}

function lookUp(objects: FakeObjects, call: Call): Uint8Array {
  if (call.member === 'Hello') return goodAnswer(call, 's', [':1.7'])
  const [owner, name] = call.values
  const isProperty = call.member === 'Get'
  const key = `${call.path} ${isProperty ? `${owner}.${name}` : `${call.interface}.${call.member}`}`
  const found = objects[key] ?? { error: `nothing at ${key}` }
  if ('error' in found) return errorAnswer(call, found.error)
  return isProperty ? goodAnswer(call, 'v', [found]) : goodAnswer(call, found.type, [found.value])
}

export function goodAnswer(call: Call, signature: string, values: readonly DBusValue[]) {
  const marshaller = new Marshaller()
  const fields: [number, { type: string; value: DBusValue }][] = [
    [5, { type: 'u', value: call.serial }],
  ]
  addMessage(marshaller, messageType.answer, 1, fields, signature, values)
  return marshaller.take()
}

export function errorAnswer(call: Call, text: string): Uint8Array {
  const marshaller = new Marshaller()
  const fields: [number, { type: string; value: DBusValue }][] = [
    [5, { type: 'u', value: call.serial }],
    [4, { type: 's', value: 'org.freedesktop.DBus.Error.Failed' }],
  ]
  addMessage(marshaller, messageType.error, 1, fields, 's', [text])
  return marshaller.take()
}
