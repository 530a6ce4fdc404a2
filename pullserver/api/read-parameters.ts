/** The parameters of a request, from the address and, for a POST, from its form. */
import type { IncomingMessage } from 'node:http'
import { ApiError } from './answer.ts'

/** Prometheus (Go's net/http) refuses a larger form too. */
const formBytesMax = 10 * 1024 * 1024

/** Form values come before those of the address, as Go's Request.Form has them. */
export async function readParameters(request: IncomingMessage): Promise<URLSearchParams> {
  const url = request.url ?? ''
  const at = url.indexOf('?')
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at))
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (request.method !== 'POST' || type !== 'application/x-www-form-urlencoded') return query
  const form = new URLSearchParams(await readBody(request))
  for (const [name, value] of query) form.append(name, value)
  return form
}

/**
 * A form that is too large is read to its end all the same, and forgotten: a connection left with an
 * unread body would hang the client's next request. A sender without end meets the request timeout.
 */
async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    size += piece.length
    if (size <= formBytesMax) pieces.push(piece)
  }
  if (size > formBytesMax) {
    throw new ApiError('bad_data', `the form is larger than ${formBytesMax} bytes`)
  }
  return Buffer.concat(pieces).toString('utf8')
}
