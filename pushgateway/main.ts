/** The Pushgateway as a program: flags, what they wire together, start and stop. */

import { formatDuration } from '../shared/duration.ts'
import { flag, parseFlags } from '../shared/flags.ts'
import { createLog, logFlags } from '../shared/log.ts'
import { processMetrics } from '../shared/process-metrics.ts'
import { version } from '../shared/version.ts'
import { listen } from '../shared/web/listen.ts'
import { startOrExit, stopOnSignal } from '../shared/web/stop.ts'
import { createClock } from './clock.ts'
import { Expiry } from './expiry.ts'
import { createKeyReader } from './grouping-key.ts'
import { Groups } from './groups.ts'
import { lockJournal } from './journal-lock.ts'
import { Limits } from './limits.ts'
import { OwnMetrics } from './own-metrics.ts'
import { openJournal } from './persistence.ts'
import { rareRoutes } from './rare-routes.ts'
import { createRoutes } from './routes.ts'
import { Store } from './store.ts'
import { routePrefix, telemetryPath } from './web-paths.ts'

const program = {
  name: 'pushgateway',
  description: 'Keeps metrics of jobs that do not live long enough to be scraped.',
  version,
  notYet: ['web.config.file', 'web.systemd-socket'],
}

const syncModes = ['always', 'interval', 'never'] as const

const declarations = {
  'web.listen-address': flag.strings('Addresses on which to expose metrics and page.', [':9091']),
  'web.telemetry-path': flag.string('Path under which to expose metrics.', '/metrics'),
  'web.external-url': flag.string('URL under which users reach the gateway.', ''),
  'web.route-prefix': flag.string(
    'Prefix of all paths; by default the path of --web.external-url.',
    '',
  ),
  'web.enable-lifecycle': flag.boolean('Whether PUT or POST to /-/quit ends the gateway.', false),
  'web.enable-admin-api': flag.boolean(
    'Whether PUT to /api/v1/admin/wipe deletes all groups.',
    false,
  ),
  'web.enable-openmetrics': flag.boolean(
    'Whether scrapers that ask for OpenMetrics get it, with exemplars and units.',
    false,
  ),
  'persistence.file': flag.string(
    'File that keeps what was pushed; empty to keep it in memory only.',
    '',
  ),
  'persistence.interval': flag.duration(
    'How often the file is synced with --persistence.sync=interval.',
    '5m',
  ),
  'persistence.sync': flag.choice(
    'When a push is on the disk. One of: [always (before the answer), interval, never (when the system likes)]',
    'always',
    syncModes,
  ),
  'push.disable-consistency-check': flag.boolean(
    'Answer 202 to all readable pushes; those that do not fit are still not stored.',
    false,
  ),
  'push.enable-utf8-names': flag.boolean('Whether names may hold any UTF-8.', false),
  'push.timestamps': flag.choice(
    'What becomes of pushed timestamps. One of: [reject (the push), drop (the timestamps)]',
    'reject',
    ['reject', 'drop'] as const,
  ),
  'push.lenient': flag.boolean(
    'Also take text whose lines end in CR LF, and whose last line has no end.',
    false,
  ),
  'push.max-body-size': flag.integer(
    'Most bytes of a body, also once unpacked.',
    64 * 1024 * 1024,
    {
      min: 1,
    },
  ),
  'push.ttl': flag.duration(
    'How long a group stays after its last push, unless that says otherwise by ?ttl=. 0s for ever.',
    '0s',
    { min: 0 },
  ),
  'push.ttl.keep-push-time': flag.duration(
    'How much longer its push_time_seconds stays, for alerts on silence.',
    '0s',
    { min: 0 },
  ),
  'push.max-groups': flag.integer(
    'Most groups; a push of one more is answered 429. 0 for no limit.',
    0,
    { min: 0 },
  ),
  'push.max-series': flag.integer(
    'Most series of all groups; a push of more is answered 429. 0 for no limit.',
    0,
    { min: 0 },
  ),
  ...logFlags,
}

async function main(): Promise<void> {
  const startTimeMs = Date.now()
  const { values, texts } = parseFlags(program, declarations)
  const log = createLog({ level: values['log.level'], format: values['log.format'] })
  log.info('Starting pushgateway', { version, node: process.version })
  const prefix = routePrefix(values['web.route-prefix'], values['web.external-url'])
  const metrics = new OwnMetrics(processMetrics(program))
  const groups = new Groups(metrics.families, {
    ttlMs: values['push.ttl'],
    keepPushTimeMs: values['push.ttl.keep-push-time'],
  })
  const path = values['persistence.file']
  const persistence = {
    path,
    sync: values['persistence.sync'],
    intervalMs: values['persistence.interval'],
    log,
  }
  if (path !== '') await lockJournal(path)
  const journal = path === '' ? undefined : await openJournal(persistence, groups)
  const limits = new Limits(groups, {
    maxGroups: values['push.max-groups'],
    maxSeries: values['push.max-series'],
  })
  const store = new Store(groups, createClock(), journal, limits)
  const expiry = new Expiry({ store, metrics, log, nowMs: Date.now })
  const stop = async (): Promise<void> => {
    await listening.close()
    await expiry.stop()
    await store.close()
  }
  const names = values['push.enable-utf8-names'] ? 'utf8' : 'legacy'
  // As Go writes durations, whatever the operator wrote: 5m0s.
  const interval = formatDuration(persistence.intervalMs)
  const flags = { ...texts, 'persistence.interval': interval }
  const common = {
    store,
    metrics,
    log,
    readKey: createKeyReader(names),
    prefix,
    telemetryPath: telemetryPath(values['web.telemetry-path']),
  }
  const app = rareRoutes({
    ...common,
    build: { version, flags, startTimeMs },
    adminEnabled: values['web.enable-admin-api'],
    // The same way as for a signal from outside, so that there is only one way out.
    stop: values['web.enable-lifecycle'] ? () => process.kill(process.pid, 'SIGTERM') : undefined,
  })
  const handler = createRoutes({
    ...common,
    app,
    openMetrics: values['web.enable-openmetrics'],
    reading: {
      names,
      timestamps: values['push.timestamps'],
      lenient: values['push.lenient'],
    },
    limitBytes: values['push.max-body-size'],
    unchecked: values['push.disable-consistency-check'],
  })
  // What ended while the gateway was down is not shown again.
  await expiry.sweep()
  expiry.start()
  const addresses = values['web.listen-address']
  const listening = await listen({ addresses, handler, log, requestTimeoutMs: 300_000 })
  stopOnSignal({ log, stop })
}

startOrExit(main)
