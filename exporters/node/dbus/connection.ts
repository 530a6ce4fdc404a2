/**
 * A connection to a D-Bus server that pipelines method calls: many are on their way at once, in few
 * writes, which is what makes thousands of properties cost milliseconds.
 *
 * The libraries on npm are made for objects and proxies, read XML before the first call, and bring
 * dependencies; a host agent needs calls, and must not lose its page to a bus that hangs or lies.
 */

import { connect, type Socket } from 'node:net'
import { Frames } from './frames.ts'
import { Marshaller } from './marshal.ts'
import {
  addCall,
  type Header,
  type MethodCall,
  messageType,
  readBody,
  readHeader,
} from './message.ts'
import { answerTo, firstLine, lastLine, maxLineBytes } from './sasl.ts'
import type { DBusValue } from './signature.ts'

/** The other side answered, with an error; the connection is good. */
export class CallError extends Error {
  override name = 'CallError'
}

/** The connection is no more, and with it every call that was under way. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
}

/** What a call came to: the values of its answer, or the error instead of one. */
export type Answer = readonly DBusValue[] | CallError

/** As dbus-daemon's own limit on the system bus. */
const maxMessageBytes = 32 * 1024 * 1024

/** Calls under way at once. Servers limit them per connection, the lowest default being 128. */
const window = 100

const hello: MethodCall = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
  member: 'Hello',
  signature: '',
  args: [],
  returns: 's',
}

/**
 * Connects to a message bus, or to a server that is none (`isBus: false`), such as systemd itself.
 * Throws when nobody answers, when we are refused, or with the signal's reason when it aborts.
 */
export async function dial(
  path: string,
  { isBus, signal }: { readonly isBus: boolean; readonly signal: AbortSignal },
): Promise<Connection> {
  const connection = await authenticate(path, signal)
  if (isBus) await connection.call(hello, signal)
  return connection
}

function authenticate(path: string, signal: AbortSignal): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  const socket = connect(path)
  let line = ''
  const onData = (chunk: Buffer): void => {
    // The server writes nothing behind its line before it has our answer.
    line += chunk.toString('latin1')
    if (line.length > maxLineBytes) fail(new Error(`${path} is no D-Bus server`))
    else if (line.endsWith('\r\n')) takeLine()
  }
  const takeLine = (): void => {
    try {
      const answer = answerTo(line.slice(0, -2))
      line = ''
      socket.write(answer)
      if (answer !== lastLine) return
      stopListening()
      resolve(new Connection(socket))
    } catch (error) {
      fail(error)
    }
  }
  const fail = (error: unknown): void => {
    reject(error)
    socket.destroy()
  }
  const onAbort = (): void => fail(signal.reason)
  const onClose = (): void => fail(new ConnectionLost(`${path} closed the connection`))
  const onError = (error: Error): void => (isClosing(error) ? onClose() : fail(error))
  const stopListening = (): void => {
    signal.removeEventListener('abort', onAbort)
    socket.off('data', onData).off('error', onError).off('close', onClose)
  }
  socket.on('data', onData).on('error', onError).on('close', onClose)
  socket.once('connect', () => socket.write(firstLine))
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  return promise
}

export class Connection {
  readonly #socket: Socket
  readonly #frames = new Frames(maxMessageBytes)
  readonly #marshaller = new Marshaller()
  /** Who waits for an answer, by the serial number of the call. */
  readonly #waiting = new Map<number, (header: Header, bytes: Buffer) => void>()
  /** Ends the batches under way. */
  readonly #failing = new Set<(error: Error) => void>()
  #serial = 0
  #failure: Error | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // A kept connection is no reason for the process to stay.
    socket.unref()
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => {
      const message = isClosing(error) ? 'the bus closed the connection' : error.message
      this.close(new ConnectionLost(message, { cause: error }))
    })
    socket.on('close', () => this.close(new ConnectionLost('the bus closed the connection')))
  }

  get isOpen(): boolean {
    return this.#failure === undefined
  }

  /** The values of a good answer. Throws a CallError for another, and as callAll does. */
  async call(call: MethodCall, signal: AbortSignal): Promise<readonly DBusValue[]> {
    const [answer] = await this.callAll([call], signal)
    if (answer === undefined || answer instanceof CallError) throw answer
    return answer
  }

  /**
   * Makes the calls, some hundred at a time, and answers in their order. Throws a ConnectionLost, or
   * the signal's reason when it aborts; the connection is closed then, for with it end the calls
   * whose answers nobody awaits.
   */
  async callAll(calls: readonly MethodCall[], signal: AbortSignal): Promise<readonly Answer[]> {
    if (this.#failure !== undefined) throw this.#failure
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => this.close(asError(signal.reason))
    this.#failing.add(reject)
    signal.addEventListener('abort', onAbort)
    try {
      const answers: Answer[] = new Array(calls.length)
      this.#pump(calls, answers, resolve)
      await promise
      return answers
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#failing.delete(reject)
    }
  }

  /** Ends the connection; who still waits gets the error. */
  close(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#socket.destroy()
    for (const fail of this.#failing) fail(error)
    this.#waiting.clear()
  }

  /** Keeps the window full, half a window a write, until each call has its answer. */
  #pump(calls: readonly MethodCall[], answers: Answer[], done: () => void): void {
    let [next, underWay] = [0, 0]
    const refill = (): void => {
      for (; next < calls.length && underWay < window; next += 1) {
        const call = calls[next]
        if (call === undefined) continue
        const index = next
        this.#serial = (this.#serial % 0xffffffff) + 1
        addCall(this.#marshaller, call, this.#serial)
        underWay += 1
        this.#waiting.set(this.#serial, (header, bytes) => {
          answers[index] = answerOf(call, header, readBody(bytes, header))
          underWay -= 1
          if (underWay === 0 || underWay === window / 2) refill()
        })
      }
      if (this.#marshaller.at > 0) this.#socket.write(this.#marshaller.take())
      if (underWay === 0) done()
    }
    refill()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#frames.push(chunk)
      for (;;) {
        const bytes = this.#frames.take()
        if (bytes === undefined) return
        const header = readHeader(bytes)
        const settle = this.#waiting.get(header.replySerial)
        // Signals and calls are not for us, and no answer even where they say so.
        if (settle === undefined || !isAnswer(header)) continue
        this.#waiting.delete(header.replySerial)
        settle(header, bytes)
      }
    } catch (error) {
      const { message } = asError(error)
      this.close(new ConnectionLost(`the bus sent garbage: ${message}`, { cause: error }))
    }
  }
}

/** What a write meets where the other side has closed, before the end is read. */
function isClosing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ECONNRESET'
}

function isAnswer({ type }: Header): boolean {
  return type === messageType.answer || type === messageType.error
}

function answerOf(call: MethodCall, header: Header, values: readonly DBusValue[]): Answer {
  const asked = `${call.member} of ${call.destination}`
  if (header.type === messageType.error) {
    const [text] = values
    return new CallError(`${asked}: ${typeof text === 'string' ? text : header.errorName}`)
  }
  if (header.signature === call.returns) return values
  const types = `expected ${JSON.stringify(call.returns)}, got ${JSON.stringify(header.signature)}`
  return new CallError(`${asked}: ${types}`)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
