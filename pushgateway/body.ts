/** The body of a push: read within a limit, unpacked within the same limit. */

import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, gunzipSync } from 'node:zlib'
import { bodyTooLarge, Refused } from './refused.ts'

/** The client left before its body was complete: there is nobody to answer, and half a body is no push. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** The body of a push, unpacked. Throws a Refused, or a ClientGone. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const { 'content-encoding': encoding = '' } = request.headers
  const coding = encoding.toLowerCase()
  const body = await collect(request, limitBytes)
  if (coding === 'gzip') return unpackGzip(body, limitBytes)
  if (coding === 'snappy') return unpackSnappy(body, limitBytes)
  // Other codings are not looked at, as in the original: the bytes are taken as they are.
  return body
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      return reject(bodyTooLarge(limitBytes))
    }
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limitBytes) chunks.push(chunk)
      else reject(bodyTooLarge(limitBytes))
    })
    request.on('end', () => resolve(join(chunks)))
    request.on('error', (error) => reject(new ClientGone(error.message)))
  })
}

/** Most bodies come in one piece, which needs no copy. */
function join(chunks: readonly Buffer[]): Buffer {
  const [only = empty] = chunks
  return chunks.length > 1 ? Buffer.concat(chunks) : only
}

const empty = Buffer.alloc(0)

/** Above this, unpacking would hold up other requests and goes to zlib's own threads. */
const largestAtOnce = 64 * 1024

/** All members; Go's words for what is wrong. */
async function unpackGzip(body: Buffer, limitBytes: number): Promise<Buffer> {
  if (body.length === 0) throw new Refused(400, 'EOF')
  const options = { maxOutputLength: limitBytes }
  try {
    return body.length <= largestAtOnce ? gunzipSync(body, options) : await inPool(body, options)
  } catch (error) {
    throw gzipRefused(error, limitBytes)
  }
}

const inPool = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)

const reasons: ReadonlyMap<string, string> = new Map([
  ['incorrect header check', 'gzip: invalid header'],
  ['unexpected end of file', 'unexpected EOF'],
  ['incorrect data check', 'gzip: invalid checksum'],
  ['incorrect length check', 'gzip: invalid checksum'],
])

function gzipRefused(error: unknown, limitBytes: number): Refused {
  if (!(error instanceof Error)) return new Refused(400, String(error))
  if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return bodyTooLarge(limitBytes)
  return new Refused(400, reasons.get(error.message) ?? `gzip: corrupt input: ${error.message}`)
}

/** Few push it, so what unpacks it is loaded when the first does. */
async function unpackSnappy(body: Buffer, limitBytes: number): Promise<Buffer> {
  const { unpackFrames } = await import('./snappy-frames.ts')
  return unpackFrames(body, limitBytes)
}
