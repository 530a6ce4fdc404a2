/** The command line: what every exporter has, and what the collectors declare. */

import { type Flag, flag } from '../../shared/flags.ts'
import { logFlags } from '../../shared/log.ts'
import type { Collector, CollectorFlag } from './collector.ts'
import { deprecated } from './deprecated.ts'

export const programFlags = {
  ...logFlags,
  'config.file': flag.string(
    'YAML file with any of these flags, as in collector.cpu.info: true. The command line wins.',
    '',
  ),
  'path.procfs': flag.string('Where procfs is mounted.', '/proc'),
  'path.sysfs': flag.string('Where sysfs is mounted.', '/sys'),
  'path.rootfs': flag.string('Where the root file system of the machine is mounted.', '/'),
  'path.udev.data': flag.string('Where the udev database is.', '/run/udev/data'),
  'web.telemetry-path': flag.path('Path of the metrics.', '/metrics'),
  'web.disable-exporter-metrics': flag.boolean(
    'Leave out the metrics of the exporter itself (promhttp_*, process_*, nodejs_*).',
    false,
  ),
  'web.enable-lifecycle': flag.boolean(
    'Allow POST or PUT to /-/reload, which reads the configuration file again, as SIGHUP does.',
    false,
  ),
  'web.max-requests': flag.integer('How many scrapes may run at once; 0 is no limit.', 40, {
    min: 0,
  }),
  'web.listen-address': flag.strings(
    'Address to listen on, such as :9100, 127.0.0.1:9100, [::1]:9100 or unix:/run/x.sock. Repeatable.',
    [':9100'],
  ),
  'runtime.gomaxprocs': flag.integer('Accepted and ignored: this is no Go program.', 1, {
    env: 'GOMAXPROCS',
    hidden: true,
  }),
  'collector.disable-defaults': flag.boolean(
    'Switch all collectors off but those that are given.',
    false,
  ),
  'collector.timeout': flag.duration(
    'How long a collector may keep a scrape waiting; the timeout that Prometheus sends also counts.',
    '5s',
  ),
}

/** The flags of the collectors: `--collector.cpu`, `--collector.cpu.guest`. */
export function collectorFlags(collectors: readonly Collector[]): Record<string, Flag> {
  const declared: Record<string, Flag> = {}
  for (const { name, enabled, help, flags } of collectors) {
    declared[`collector.${name}`] = flag.boolean(`Collector ${name}: ${help}`, enabled)
    for (const [ownName, own] of Object.entries(flags)) {
      declared[`collector.${own.fullName ?? `${name}.${ownName}`}`] = declare(own)
    }
  }
  for (const [name, { flags = [], switches = [] }] of Object.entries(deprecated)) {
    const help = `Of collector ${name}, which is deprecated and not here.`
    declared[`collector.${name}`] = flag.boolean(help, false, { hidden: true })
    for (const other of switches) {
      declared[`collector.${other}`] = flag.boolean(help, false, { hidden: true })
    }
    for (const other of flags) {
      declared[`collector.${other}`] = flag.strings(help, [], { hidden: true })
    }
  }
  return declared
}

function declare(own: CollectorFlag): Flag {
  const { help } = own
  const options = { hidden: own.hidden ?? false }
  if ('duration' in own) return flag.duration(help, own.duration, options)
  const fallback = own.default
  if (typeof fallback === 'string') return flag.string(help, fallback, options)
  if (typeof fallback === 'boolean') return flag.boolean(help, fallback, options)
  if (typeof fallback === 'number') return flag.integer(help, fallback, options)
  return flag.strings(help, fallback, options)
}
