/** Reads /proc/net/ip_vs: services, and under each its backends. */

export type Backend = {
  readonly labels: {
    /** Empty, with port 0, where the service is a firewall mark. */
    readonly local_address: string
    readonly local_port: string
    readonly remote_address: string
    readonly remote_port: string
    readonly proto: string
    readonly local_mark: string
  }
  readonly weight: number
  readonly active: number
  readonly inactive: number
}

type Service = Pick<Backend['labels'], 'proto' | 'local_address' | 'local_port' | 'local_mark'>

const noService: Service = { proto: '', local_address: '', local_port: '0', local_mark: '' }

/** Throws a SyntaxError for an address or number that is none. */
export function parseBackends(text: string): Backend[] {
  const backends: Backend[] = []
  let service = noService
  for (const line of text.split('\n')) {
    const [word, ...fields] = line.trim().split(/\s+/)
    if (word === 'TCP' || word === 'UDP') service = parseService(word, fields[0] ?? '')
    else if (word === 'FWM') service = { ...noService, proto: word, local_mark: fields[0] ?? '' }
    else if (word === '->' && fields.length >= 5 && fields[0] !== 'RemoteAddress:Port') {
      backends.push(parseBackend(service, fields))
    }
  }
  return backends
}

function parseService(proto: string, field: string): Service {
  const { address, port } = parseAddress(field)
  return { proto, local_address: address, local_port: port, local_mark: '' }
}

function parseBackend(service: Service, fields: readonly string[]): Backend {
  const [field = '', , ...counts] = fields
  const { address, port } = parseAddress(field)
  const [weight = 0, active = 0, inactive = 0] = counts.map((text) => {
    if (!/^\d+$/.test(text)) {
      throw new SyntaxError(`net/ip_vs: expected a number, got ${JSON.stringify(text)}`)
    }
    return Number(text)
  })
  const labels = { ...service, remote_address: address, remote_port: port }
  return { labels, weight, active, inactive }
}

/** `C0A80016:0CEA`, or `[2620:0000:...:0001]:0050` with all zeros written out. */
function parseAddress(text: string): { address: string; port: string } {
  const v4 = /^([\da-f]{2})([\da-f]{2})([\da-f]{2})([\da-f]{2}):([\da-f]{4})$/i.exec(text)
  if (v4 !== null) {
    const [first, second, third, fourth, port] = v4.slice(1).map((hex) => Number.parseInt(hex, 16))
    return { address: `${first}.${second}.${third}.${fourth}`, port: `${port}` }
  }
  const [, long = '', port = ''] = /^\[([\da-f:]{39})\]:([\da-f]{4})$/i.exec(text) ?? []
  if (port === '' || !URL.canParse(`http://[${long}]`)) {
    throw new SyntaxError(`net/ip_vs: expected an address, got ${JSON.stringify(text)}`)
  }
  // URL writes an address as RFC 5952 wants it, and as Go does.
  const address = new URL(`http://[${long}]`).hostname.slice(1, -1)
  return { address, port: `${Number.parseInt(port, 16)}` }
}
