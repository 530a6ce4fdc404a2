/** The nginx-exporter: flags in, clients and registries built, listening on :9113. */
import { readFileSync } from 'node:fs'
import { metricsHandler } from '../../shared/exposition/handler.ts'
import { parseFlags } from '../../shared/flags.ts'
import { createLog, type Log } from '../../shared/log.ts'
import { buildInfo, processMetrics } from '../../shared/process-metrics.ts'
import { version } from '../../shared/version.ts'
import { healthRoutes } from '../../shared/web/health.ts'
import { landingPage } from '../../shared/web/landing.ts'
import { listen } from '../../shared/web/listen.ts'
import { type Handler, routes } from '../../shared/web/routes.ts'
import { startOrExit, stopOnSignal } from '../../shared/web/stop.ts'
import type { TlsOptions } from './client.ts'
import { createNginxExporter, type NginxExporter } from './exporter.ts'
import { nginxFlags } from './flags.ts'
import { modernArguments } from './old-spellings.ts'

const program = {
  name: 'nginx_exporter',
  description: 'Tells Prometheus about nginx, from its stub_status page.',
  version,
  notYet: ['web.config.file', 'web.systemd-socket'],
}
const { argv, notes } = modernArguments(process.argv.slice(2))
const { values: flags } = parseFlags(program, nginxFlags, argv)
const log = createLog({ level: flags['log.level'], format: flags['log.format'] })

startOrExit(async () => {
  log.info('Starting nginx-exporter', { version, node: process.version })
  for (const note of notes) log.warn(note)
  refuseWhatIsMissing()
  const exporter = createNginxExporter({
    targets: flags['nginx.scrape-uri'],
    constLabels: flags['prometheus.const-label'],
    timeoutMs: flags['nginx.timeout'],
    client: {
      userAgent: `nginx-exporter/${version}`,
      tls: tlsOptions(log),
      proxyProtocol: flags['nginx.proxy-protocol'],
    },
    log,
  })
  const addresses = flags['web.listen-address']
  const listening = await listen({ addresses, handler: handler(exporter), log })
  stopOnSignal({
    log,
    stop: async () => {
      await listening.close()
      exporter.close()
    },
  })
  // Unit files of the original send it on reload; without a listener it would end the process.
  process.on('SIGHUP', () => log.info('Nothing to reload: all settings are flags'))
}, log)

function refuseWhatIsMissing(): void {
  if (flags['nginx.plus']) {
    throw new Error('--nginx.plus: NGINX Plus comes in a later release, this one reads stub_status')
  }
}

function handler(exporter: NginxExporter): Handler {
  const path = flags['web.telemetry-path']
  const own = ownMetrics()
  const metrics = metricsHandler({
    gather: async (_request, _query, signal) => {
      await exporter.scrape(signal)
      own.refresh()
      return [...exporter.registries, own.registry]
    },
    maxRequests: flags['web.max-requests'],
    handlerMetrics: !flags['web.disable-exporter-metrics'],
    openMetrics: true,
    onError: (error) => log.error('Cannot make the metrics page', { err: error }),
    onClash: (clash) => log.error('Metrics clash', { family: clash.family, err: clash.reason }),
  })
  if (path === '/') return routes({ ...healthRoutes, '/': metrics })
  const landing = landingPage({
    name: 'NGINX Prometheus Exporter',
    description: 'Prometheus Exporter for NGINX',
    version,
    metricsPath: path,
  })
  return routes({ '/': landing, ...healthRoutes, [path]: metrics })
}

function ownMetrics() {
  if (!flags['web.disable-exporter-metrics']) return processMetrics(program)
  return { registry: buildInfo(program), refresh: () => undefined }
}

/** Reads the certificate files once, as the original does; throws when one cannot be read. */
function tlsOptions(log: Log): TlsOptions {
  const read = (name: 'ca-cert' | 'client-cert' | 'client-key'): Buffer | undefined => {
    const path = flags[`nginx.ssl-${name}`]
    if (path === '') return undefined
    try {
      return readFileSync(path)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`--nginx.ssl-${name}: ${reason}`, { cause: error })
    }
  }
  const rejectUnauthorized = flags['nginx.ssl-verify']
  const ca = read('ca-cert')
  const [cert, key] = [read('client-cert'), read('client-key')]
  if ((cert === undefined) !== (key === undefined)) {
    log.warn('Of --nginx.ssl-client-cert and --nginx.ssl-client-key only one is given: not used')
  }
  if (
    !rejectUnauthorized &&
    flags['nginx.scrape-uri'].some(({ url }) => url.protocol === 'https:')
  ) {
    log.warn('The certificate of nginx is not verified; --nginx.ssl-verify does so')
  }
  return {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
}
