#!/usr/bin/env node
/** The node-exporter: reads the command line, builds the parts, listens. */

import { metricsHandler } from '../../shared/exposition/handler.ts'
import { parseFlags, type ValuesOf } from '../../shared/flags.ts'
import { createLog, type Log } from '../../shared/log.ts'
import { buildInfo, processMetrics } from '../../shared/process-metrics.ts'
import { version } from '../../shared/version.ts'
import { landingPage } from '../../shared/web/landing.ts'
import { listen } from '../../shared/web/listen.ts'
import { type Handler, routes } from '../../shared/web/routes.ts'
import { startOrExit, stopOnSignal } from '../../shared/web/stop.ts'
import { type Collector, StartError } from './collector.ts'
import { collectors as linuxCollectors } from './collectors/index.ts'
import { Exporter } from './exporter.ts'
import { collectorFlags, programFlags } from './flags.ts'
import { Host } from './host.ts'
import { type GivenFlags, idleFlags, refuseMissing } from './select.ts'

type Values = ValuesOf<typeof programFlags>

const program = {
  name: 'node_exporter',
  description: 'Metrics of this machine for Prometheus.',
  version,
  notYet: ['web.config.file', 'web.systemd-socket'],
}

type Setup = {
  readonly collectors: readonly Collector[]
  readonly flags: GivenFlags
  readonly settings: Values
  readonly log: Log
}

// Calls on dead network mounts block threads of Node's pool; it starts only when first needed.
process.env['UV_THREADPOOL_SIZE'] ??= '8'

const isLinux = process.platform === 'linux' || process.platform === 'android'
if (isLinux) start(linuxCollectors)
else startOrExit(async () => start(await portableCollectors()))

/** What other systems need is loaded only there; Linux hosts pay for none of it. */
async function portableCollectors(): Promise<readonly Collector[]> {
  const { collectorsOfThisMachine } = await import('./portable/this-machine.ts')
  return collectorsOfThisMachine()
}

function start(collectors: readonly Collector[]): void {
  const { values, given } = parseFlags(program, { ...collectorFlags(collectors), ...programFlags })
  // The flags of the collectors are not known to the type, those of the program are.
  const settings = values as unknown as Values
  const log = createLog({ level: settings['log.level'], format: settings['log.format'] })
  startOrExit(() => main({ collectors, flags: { values, given }, settings, log }), log)
}

async function main(setup: Setup): Promise<void> {
  const { settings, log } = setup
  announce(setup)
  const { host, exporter } = startExporter(setup)
  log.info('Enabled collectors')
  for (const name of exporter.enabled) log.info(name)
  const { addresses, close } = await listen({
    addresses: settings['web.listen-address'],
    handler: createHandler(exporter, setup),
    log,
  })
  setImmediate(() => {
    // After the line "Listening on", which waits for this turn to end.
    for (const address of addresses) log.info('TLS is disabled.', { http2: false, address })
  })
  stopOnSignal({
    log,
    async stop() {
      await close()
      if (host.hasPendingCalls) await dieBySignal(log)
    },
  })
}

/**
 * At exit Node joins the threads of its pool, and one that hangs on a dead mount never ends. The
 * kernel does not wait for them; to systemd this end is as clean as exit code 0.
 */
async function dieBySignal(log: Log): Promise<never> {
  log.warn('A mount still does not answer: leaving without waiting for it')
  process.removeAllListeners('SIGTERM')
  process.kill(process.pid, 'SIGTERM')
  return await new Promise<never>(() => undefined)
}

function announce({ flags, log }: Setup): void {
  const platform = `${process.platform}/${process.arch}`
  log.info('Starting node_exporter', { version: `(version=${version})` })
  log.info('Build context', { build_context: `(node=${process.version}, platform=${platform})` })
  if (process.getuid?.() === 0) {
    log.warn('Running as root, which this exporter does not need: give it a user of its own')
  }
  const idle = idleFlags(flags).map((flag) => `--${flag}`)
  if (idle.length > 0) {
    log.warn('Flags without effect: their collectors are not in this release', { flags: idle })
  }
}

/** Ends the process with 1 for collectors that we lack, with 2 for those that cannot start. */
function startExporter(setup: Setup): { host: Host; exporter: Exporter } {
  const { collectors, flags, settings, log } = setup
  let exitCode = 1
  try {
    refuseMissing(flags)
    exitCode = 2
    const host = new Host({
      procfs: settings['path.procfs'],
      sysfs: settings['path.sysfs'],
      rootfs: settings['path.rootfs'],
      udevData: settings['path.udev.data'],
      mayLackProc: !isLinux,
    })
    const exporter = new Exporter({
      collectors,
      flags,
      log: log.limited(),
      host,
      timeoutMs: settings['collector.timeout'],
      own: settings['web.disable-exporter-metrics']
        ? { registry: buildInfo(program) }
        : processMetrics(program),
    })
    return { host, exporter }
  } catch (error) {
    if (!(error instanceof StartError || error instanceof RangeError)) throw error
    log.error('Could not start', { err: error })
    return process.exit(exitCode)
  }
}

function createHandler(exporter: Exporter, { settings, log }: Setup): Handler {
  const metricsPath = settings['web.telemetry-path']
  const limited = log.limited()
  const metrics = metricsHandler({
    gather: (_request, query, signal) => exporter.gather(query, signal),
    maxRequests: settings['web.max-requests'],
    handlerMetrics: !settings['web.disable-exporter-metrics'],
    openMetrics: true,
    onError: (error) => limited.error('A scrape failed', { err: error }),
    onClash: ({ family, reason }) =>
      limited.error('error gathering metrics', { family, err: reason }),
  })
  const landing = landingPage({
    name: 'Node Exporter',
    description: 'Prometheus Node Exporter',
    version,
    metricsPath,
  })
  return routes({ '/': landing, [metricsPath]: metrics })
}
