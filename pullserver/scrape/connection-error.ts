/** What Node says of a failed connection, in the words that Go has for it. */
import { isIPv6 } from 'node:net'
import { ScrapeError } from './scrape-error.ts'

type NodeError = Error & {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly errors?: readonly NodeError[]
}

/** The error of a request for `url` that ended before its answer began. */
export function connectionError(error: unknown, url: string): ScrapeError {
  const cause = firstCause(error)
  const { reason, advice } = describe(cause)
  return new ScrapeError(`Get ${JSON.stringify(url)}: ${reason}`, advice, { cause })
}

/** Node tries every address of a name; Go reports the first failure. */
function firstCause(error: unknown): NodeError {
  const cause: NodeError = error instanceof Error ? error : new Error(String(error))
  return cause.errors?.[0] ?? cause
}

const dialFailures: Readonly<Record<string, readonly [reason: string, advice?: string]>> = {
  ECONNREFUSED: ['connect: connection refused', 'nothing listens there: is the target running?'],
  EHOSTUNREACH: ['connect: no route to host'],
  ENETUNREACH: ['connect: network is unreachable'],
  ETIMEDOUT: ['connect: connection timed out'],
  EADDRNOTAVAIL: ['connect: cannot assign requested address'],
  EACCES: ['connect: permission denied'],
}

const unknownAuthority = 'x509: certificate signed by unknown authority'
const trustAdvice = "name the authority's certificate in tls_config ca_file"

const tlsFailures: Readonly<Record<string, readonly [reason: string, advice?: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: [unknownAuthority, trustAdvice],
  SELF_SIGNED_CERT_IN_CHAIN: [unknownAuthority, trustAdvice],
  UNABLE_TO_GET_ISSUER_CERT: [unknownAuthority, trustAdvice],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [unknownAuthority, trustAdvice],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [unknownAuthority, trustAdvice],
  CERT_HAS_EXPIRED: ['x509: certificate has expired or is not yet valid'],
  CERT_NOT_YET_VALID: ['x509: certificate has expired or is not yet valid'],
}

function describe(error: NodeError): { reason: string; advice?: string | undefined } {
  const code = error.code ?? ''
  const [dial, dialAdvice] = dialFailures[code] ?? []
  if (dial !== undefined)
    return { reason: `dial tcp ${endpoint(error)}: ${dial}`, advice: dialAdvice }
  const [tls, tlsAdvice] = tlsFailures[code] ?? []
  if (tls !== undefined) {
    return { reason: `tls: failed to verify certificate: ${tls}`, advice: tlsAdvice }
  }
  if (code === 'ENOTFOUND') return { reason: `dial tcp: lookup ${error.hostname}: no such host` }
  if (code === 'EAI_AGAIN') {
    const reason = `dial tcp: lookup ${error.hostname}: temporary failure in name resolution`
    return { reason }
  }
  if (code === 'ECONNRESET') {
    return { reason: 'EOF', advice: 'the target closed the connection without an answer' }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { reason: `tls: failed to verify certificate: x509: ${error.message}` }
  }
  if (/wrong version number|packet length too long/.test(error.message)) {
    return {
      reason: 'http: server gave HTTP response to HTTPS client',
      advice: 'the target does not speak TLS: set scheme: http',
    }
  }
  if (code === 'EPROTO')
    return { reason: 'remote error: tls: handshake failure', advice: error.message }
  if (code.startsWith('HPE_')) {
    const reason = 'net/http: HTTP/1.x transport connection broken: malformed HTTP response'
    return { reason, advice: `what listens there does not speak HTTP (${error.message})` }
  }
  return { reason: error.message === '' ? code : error.message }
}

function endpoint({ address, port }: NodeError): string {
  if (address === undefined) return ''
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`
}
