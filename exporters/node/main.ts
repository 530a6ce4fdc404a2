#!/usr/bin/env node
/** The node-exporter: reads the settings, builds the parts, listens; or runs one of its two commands. */

import { metricsHandler } from '../../shared/exposition/handler.ts'
import { createLog, type Log } from '../../shared/log.ts'
import { buildInfo, processMetrics } from '../../shared/process-metrics.ts'
import { version } from '../../shared/version.ts'
import { healthRoutes } from '../../shared/web/health.ts'
import { landingPage } from '../../shared/web/landing.ts'
import { listen } from '../../shared/web/listen.ts'
import { type Handler, routes } from '../../shared/web/routes.ts'
import { startOrExit, stopOnSignal } from '../../shared/web/stop.ts'
import { type Collector, StartError } from './collector.ts'
import { collectors as linuxCollectors } from './collectors/index.ts'
import { Exporter } from './exporter.ts'
import { collectorFlags, programFlags } from './flags.ts'
import { Host } from './host.ts'
import { warnOfIdleFlags } from './idle-flags.ts'
import { LiveExporter } from './live-exporter.ts'
import { reloadRoute } from './reload-route.ts'
import { type OpenSettings, openSettings } from './settings.ts'

type Setup = OpenSettings & {
  readonly collectors: readonly Collector[]
  readonly log: Log
}

const program = {
  name: 'node_exporter',
  description: `Metrics of this machine for Prometheus.

"node-exporter doctor" with the same flags tells what they would show, and what is missing and why;
"node-exporter status" how this machine does right now.`,
  version,
  notYet: ['web.config.file', 'web.systemd-socket'],
}

// Calls on dead network mounts block threads of Node's pool; it starts only when first needed.
process.env['UV_THREADPOOL_SIZE'] ??= '8'

const isLinux = process.platform === 'linux' || process.platform === 'android'

const [command = '', ...rest] = process.argv.slice(2)
startOrExit(() => {
  // No flag of the exporter stands without dashes, so these words can be nothing else.
  if (command === 'doctor') return doctor(rest)
  if (command === 'status') return status(rest)
  return start(process.argv.slice(2))
})

async function doctor(argv: readonly string[]): Promise<void> {
  const { runDoctor } = await import('./doctor/command.ts')
  const { out, exit, isStuck } = await runDoctor(program, await collectorsHere(), argv)
  process.stdout.write(out)
  process.exitCode = exit
  if (isStuck) process.stdout.end(() => process.kill(process.pid, 'SIGKILL'))
}

async function status(argv: readonly string[]): Promise<void> {
  const { runStatus } = await import('./status/command.ts')
  process.stdout.write(await runStatus(program, argv))
}

async function start(argv: readonly string[]): Promise<void> {
  // One that comes now would end the process; what it asks for, reading the settings, is about to be done.
  process.on('SIGHUP', () => undefined)
  const collectors = await collectorsHere()
  const declarations = { ...collectorFlags(collectors), ...programFlags }
  const open = await openSettings(program, declarations, argv)
  const { values } = open.settings
  const log = createLog({ level: values['log.level'], format: values['log.format'] })
  startOrExit(() => serve({ ...open, collectors, log }), log)
}

/** What other systems need is loaded only there; Linux hosts pay for none of it. */
async function collectorsHere(): Promise<readonly Collector[]> {
  if (isLinux) return linuxCollectors
  const { collectorsOfThisMachine } = await import('./portable/this-machine.ts')
  return collectorsOfThisMachine()
}

async function serve(setup: Setup): Promise<void> {
  const { settings, log } = setup
  announce(setup)
  const { host, exporter } = startExporter(setup)
  log.info('Enabled collectors')
  for (const name of exporter.enabled) log.info(name)
  const reload = (): readonly string[] => {
    if (setup.isReloadable) return exporter.reload()
    log.info('Nothing to reload: all settings are on the command line')
    return []
  }
  process.on('SIGHUP', reload)
  const { addresses, close } = await listen({
    addresses: settings.values['web.listen-address'],
    handler: createHandler(exporter, reload, setup),
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

function announce({ settings, log }: Setup): void {
  const platform = `${process.platform}/${process.arch}`
  log.info('Starting node_exporter', { version: `(version=${version})` })
  log.info('Build context', { build_context: `(node=${process.version}, platform=${platform})` })
  if (process.getuid?.() === 0) {
    log.warn('Running as root, which this exporter does not need: give it a user of its own')
  }
  warnOfIdleFlags(settings, log)
}

/** Ends the process with 2 for collectors that cannot start. */
function startExporter(setup: Setup): { host: Host; exporter: LiveExporter } {
  const { settings, read, isReloadable, log } = setup
  const { values } = settings
  try {
    const host = new Host({
      procfs: values['path.procfs'],
      sysfs: values['path.sysfs'],
      rootfs: values['path.rootfs'],
      udevData: values['path.udev.data'],
      mayLackProc: !isLinux,
      systemBus: process.env['DBUS_SYSTEM_BUS_ADDRESS'],
    })
    if (!host.hasRootfs()) {
      // The original starts, too: what does not need the root file system is right all the same.
      log.warn('--path.rootfs is no folder: file systems and the release are not shown', {
        path: values['path.rootfs'],
      })
    }
    const own = values['web.disable-exporter-metrics']
      ? { registry: buildInfo(program) }
      : processMetrics(program)
    const exporter = new LiveExporter({
      settings,
      read,
      showsReloads: isReloadable,
      log,
      nowMs: Date.now,
      start: (flags) => {
        const timeoutMs = flags.values['collector.timeout']
        const { collectors } = setup
        return new Exporter({ collectors, flags, host, own, timeoutMs, log: log.limited() })
      },
    })
    return { host, exporter }
  } catch (error) {
    if (!(error instanceof StartError || error instanceof RangeError)) throw error
    log.error('Could not start', { err: error })
    return process.exit(2)
  }
}

function createHandler(
  exporter: LiveExporter,
  reload: () => readonly string[],
  { settings: { values }, log }: Setup,
): Handler {
  const metricsPath = values['web.telemetry-path']
  const limited = log.limited()
  const metrics = metricsHandler({
    gather: (_request, query, signal) => exporter.gather(query, signal),
    maxRequests: values['web.max-requests'],
    handlerMetrics: !values['web.disable-exporter-metrics'],
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
  const reloading = reloadRoute(values['web.enable-lifecycle'], reload)
  return routes({ '/': landing, ...healthRoutes, '/-/reload': reloading, [metricsPath]: metrics })
}
