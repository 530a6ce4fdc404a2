/** Flags of the nginx-exporter and their environment variables, as the original names them. */
import { isValidLabelName } from '../../shared/exposition/names.ts'
import { type Flag, flag } from '../../shared/flags.ts'
import { logFlags } from '../../shared/log.ts'
import { parseScrapeUris, type ScrapeUri } from './scrape-uri.ts'

const scrapeUris: Flag<ScrapeUri[]> = {
  ...flag.strings(
    'Where nginx shows its stub_status page: http://, https:// or unix:/path.sock:/uri. Repeatable.',
    ['http://127.0.0.1:8080/stub_status'],
    { env: 'SCRAPE_URI' },
  ),
  read: parseScrapeUris,
}

const constLabels: Flag<ReadonlyMap<string, string>> = {
  ...flag.strings('Label that every nginx metric gets, as name=value. Repeatable.', [], {
    env: 'CONST_LABELS',
    placeholder: 'NAME=VALUE',
  }),
  read: parseConstLabels,
}

const timeout = flag.duration(
  'How long one nginx may take to answer; 0 waits as long as the scrape.',
  '5s',
  { env: 'TIMEOUT' },
)

export const nginxFlags = {
  'web.listen-address': flag.strings(
    'Where to listen: :port, host:port, [ipv6]:port or unix:/path. Repeatable.',
    [':9113'],
    { env: 'LISTEN_ADDRESS' },
  ),
  'web.telemetry-path': flag.path('Path of the metrics.', '/metrics', { env: 'TELEMETRY_PATH' }),
  'web.disable-exporter-metrics': flag.boolean(
    'Leave out the metrics of the exporter itself (promhttp_*, process_*, nodejs_*).',
    false,
    { env: 'DISABLE_EXPORTER_METRICS' },
  ),
  'web.max-requests': flag.integer('How many scrapes may run at once; 0 is no limit.', 40, {
    min: 0,
    env: 'MAX_REQUESTS',
  }),
  'nginx.plus': flag.boolean('Scrape NGINX Plus; not in this release.', false, {
    env: 'NGINX_PLUS',
  }),
  'nginx.scrape-uri': scrapeUris,
  'nginx.ssl-verify': flag.boolean('Verify the certificate of an https:// nginx.', false, {
    env: 'SSL_VERIFY',
  }),
  'nginx.ssl-ca-cert': flag.string('File with the CA certificates to trust, in PEM.', '', {
    env: 'SSL_CA_CERT',
  }),
  'nginx.ssl-client-cert': flag.string('File with the client certificate, in PEM.', '', {
    env: 'SSL_CLIENT_CERT',
  }),
  'nginx.ssl-client-key': flag.string('File with the key of the client certificate, in PEM.', '', {
    env: 'SSL_CLIENT_KEY',
  }),
  'nginx.proxy-protocol': flag.boolean(
    'Begin each connection to nginx with a PROXY protocol header.',
    false,
    { env: 'PROXY_PROTOCOL' },
  ),
  'nginx.timeout': {
    ...timeout,
    read: (texts: readonly string[]) => notNegative(timeout.read(texts)),
  },
  'prometheus.const-label': constLabels,
  ...logFlags,
}

function notNegative(ms: number): number {
  if (ms >= 0) return ms
  throw new RangeError('want a duration of 0 or more')
}

/** `name=value` each; of a name that stands twice the last value counts. */
function parseConstLabels(texts: readonly string[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    const name = text.slice(0, Math.max(equals, 0))
    if (!isValidLabelName(name, 'legacy') || name.startsWith('__')) {
      throw new SyntaxError(`want name=value with a label name, got ${JSON.stringify(text)}`)
    }
    labels.set(name, text.slice(equals + 1))
  }
  return labels
}
