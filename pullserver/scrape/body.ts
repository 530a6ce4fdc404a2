/** Reads the body of an answer: counted against the limit while it comes, and unpacked. */
import type { IncomingMessage } from 'node:http'
import { createGunzip, gunzipSync } from 'node:zlib'
import { ScrapeError } from './scrape-error.ts'

/** Up to this size unpacking on the spot costs less than a trip through zlib's threads. */
const smallBytes = 128 * 1024

/** Deflate makes data at most this much smaller (1032 in fact). */
const highestRatio = 1100

/** What an Int32 can count: parsers keep offsets in such arrays. */
const addressableBytes = 2 ** 31 - 1

/**
 * The whole body, unpacked when it says gzip. `limitBytes` 0 is no limit; otherwise a body of that
 * size is already too big, as in Prometheus. Throws ScrapeError for what is wrong with the body.
 */
export async function readBody(
  response: IncomingMessage,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const most = limitBytes === 0 ? addressableBytes : Math.min(limitBytes, addressableBytes)
  const packed = response.headers['content-encoding'] === 'gzip'
  // Deflate never makes data longer by more than a thousandth and a few bytes.
  const body = await collect(response, packed ? most * 1.001 + 64 : most)
  if (!packed) return body
  return unpack(body, most, signal)
}

async function collect(source: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes >= most) throw bodyTooBig()
    chunks.push(chunk)
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes)
}

export function bodyTooBig(): ScrapeError {
  return new ScrapeError('body size limit exceeded')
}

async function unpack(packed: Buffer, most: number, signal: AbortSignal): Promise<Uint8Array> {
  if (packed.length < 10) throw new ScrapeError('unexpected EOF', notGzip)
  // The last four bytes claim the unpacked size. It is only a hint for the buffer: it may lie, and
  // of a body of several gzip members it tells the last one's size.
  const claimed = packed.readUInt32LE(packed.length - 4)
  const sizeHint = Math.min(claimed, most, packed.length * highestRatio) + 64
  try {
    const small = sizeHint <= smallBytes ? unpackNow(packed, sizeHint) : undefined
    if (small === undefined) return await unpackAside(packed, sizeHint, most, signal)
    if (small.length >= most) throw bodyTooBig()
    return small
  } catch (error) {
    throw error instanceof ScrapeError ? error : gzipError(error)
  }
}

/** Undefined when there is more in it than expected. */
function unpackNow(packed: Buffer, expectedBytes: number): Buffer | undefined {
  try {
    return gunzipSync(packed, { chunkSize: expectedBytes, maxOutputLength: expectedBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}

/** In zlib's threads, so that other targets are served meanwhile. */
async function unpackAside(
  packed: Buffer,
  sizeHint: number,
  most: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: sizeHint })
  const stop = () => gunzip.destroy(new Error('stopped'))
  signal.addEventListener('abort', stop, { once: true })
  gunzip.end(packed)
  try {
    return await collect(gunzip, most)
  } finally {
    signal.removeEventListener('abort', stop)
    gunzip.destroy()
  }
}

const notGzip = 'the target says Content-Encoding: gzip, but its body is not gzip'

function gzipError(error: unknown): ScrapeError {
  const { code, message } = error as NodeJS.ErrnoException
  const options = { cause: error }
  if (code === 'Z_BUF_ERROR') {
    return new ScrapeError('unexpected EOF', 'the gzip body ends midway', options)
  }
  if (message.includes('incorrect header check') || message.includes('unknown compression')) {
    return new ScrapeError('gzip: invalid header', notGzip, options)
  }
  if (message.includes('incorrect data check') || message.includes('incorrect length check')) {
    return new ScrapeError('gzip: invalid checksum', undefined, options)
  }
  return new ScrapeError('flate: corrupt input', message, options)
}
