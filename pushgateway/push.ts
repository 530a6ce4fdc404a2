/** PUT and POST to /metrics/job/...: read, unpack, decode, store, answer. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyKind } from '../shared/exposition/decode.ts'
import { ParseError } from '../shared/exposition/parse-error.ts'
import type { Log } from '../shared/log.ts'
import { answerEmpty, answerRefused } from './answer.ts'
import { ClientGone, readBody } from './body.ts'
import type { ReadKey } from './grouping-key.ts'
import type { PushMode } from './groups.ts'
import { readTtl } from './lifetime.ts'
import { ownCopy } from './own-copy.ts'
import type { OwnMetrics } from './own-metrics.ts'
import { type PushReading, readPush } from './read-push.ts'
import { failureReason, Inconsistent, Refused } from './refused.ts'
import type { Store } from './store.ts'

export type PushOptions = {
  readonly store: Store
  readonly metrics: OwnMetrics
  readonly log: Log
  readonly reading: PushReading
  readonly readKey: ReadKey
  /** Of a body, packed and unpacked. */
  readonly limitBytes: number
  /** --push.disable-consistency-check: the answer is 202, also for a push that does not fit. */
  readonly unchecked: boolean
}

/** `rest` is what follows /metrics/job in the decoded path. */
export async function answerPush(
  options: PushOptions,
  mode: PushMode,
  rest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { metrics, log, unchecked } = options
  const startMs = performance.now()
  const finish = (status: number): void => {
    const seconds = (performance.now() - startMs) / 1000
    metrics.countRequest('push', request.method, status)
    metrics.observePush(request.method, seconds, sizeBytes(request))
  }
  try {
    await store(options, mode, rest, request)
    finish(unchecked ? 202 : 200)
    answerEmpty(response, unchecked ? 202 : 200)
  } catch (error) {
    if (error instanceof ClientGone) return metrics.countFailure('client_gone')
    const refused = asRefused(error)
    metrics.countFailure(failureReason(refused))
    logRefused(log, request, refused)
    if (unchecked && refused instanceof Inconsistent) {
      finish(202)
      return answerEmpty(response, 202)
    }
    finish(refused.status)
    answerRefused(response, refused)
  }
}

async function store(
  { store, reading, readKey, limitBytes }: PushOptions,
  mode: PushMode,
  rest: string,
  request: IncomingMessage,
): Promise<void> {
  const key = readKey(rest)
  const source = request.socket.remoteAddress
  let sizeBytes: number | undefined
  const note = (error: string | undefined): void => {
    const group = store.groups.get(key)
    if (group !== undefined) group.lastPush = { source, sizeBytes, error }
  }
  try {
    const ttlMs = readTtl(request.url ?? '')
    const raw = await readBody(request, limitBytes)
    sizeBytes = raw.length
    const kind = bodyKind(request.headers['content-type'])
    const { families, body, isProtobuf } = readPush(raw, kind, reading)
    await store.push(mode, key, families, { body, isProtobuf, ttlMs })
    note(undefined)
  } catch (error) {
    if (error instanceof Error && !(error instanceof ClientGone)) note(shorten(error.message))
    throw error
  }
}

/** Some errors list a dozen series. */
const longestError = 500

/** A copy, since an error that quotes the body would keep all of it. */
function shorten(message: string): string {
  const isLong = message.length > longestError
  return ownCopy(isLong ? `${message.slice(0, longestError)}...` : message)
}

/** What is neither is a bug, and stays what it is. */
function asRefused(error: unknown): Refused {
  if (error instanceof Refused) return error
  if (error instanceof ParseError) return new Refused(400, error.message)
  throw error
}

/** Malformed pushes are the client's affair; what does not fit, finds no room, or cannot be written, is ours too. */
function logRefused(log: Log, request: IncomingMessage, refused: Refused): void {
  const fields = {
    method: request.method,
    url: request.url,
    from: request.socket.remoteAddress,
    err: refused.message,
  }
  if (refused instanceof Inconsistent || refused.status === 429 || refused.status >= 500) {
    log.error('A push was not stored', fields)
  } else {
    log.debug('A push could not be read', fields)
  }
}

/** As client_golang counts: request line, headers and body, without separators. */
function sizeBytes({ url = '', method = '', httpVersion, rawHeaders, headers }: IncomingMessage) {
  let size = url.length + method.length + 'HTTP/'.length + httpVersion.length
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    size += name.toLowerCase() === 'host' ? value.length : name.length + value.length
  }
  return size + (Number(headers['content-length']) || 0)
}
