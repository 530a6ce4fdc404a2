#!/usr/bin/env node
/** The pull server: flags in, storage, scraper, engine and web put together, listening on :9090; or one check. */
import { readFileSync } from 'node:fs'
import { metricsHandler } from '../shared/exposition/handler.ts'
import { flag, parseFlags } from '../shared/flags.ts'
import { createLog, logFlags } from '../shared/log.ts'
import { processMetrics } from '../shared/process-metrics.ts'
import { version } from '../shared/version.ts'
import { createApp } from '../shared/web/app.ts'
import { listen } from '../shared/web/listen.ts'
import { type Handler, splitTarget } from '../shared/web/routes.ts'
import { startOrExit, stopOnSignal } from '../shared/web/stop.ts'
import { mountLifecycle } from './api/lifecycle.ts'
import { mountRoutes } from './api/routes.ts'
import { runCheck } from './check/command.ts'
import { ConfigError } from './config/load.ts'
import { type LiveConfig, openConfig } from './live-config.ts'
import { createOwnMetrics, type OwnMetrics } from './own-metrics.ts'
import { readPageFiles } from './page/files.ts'
import { createEngine } from './promql/engine.ts'
import { createScraper } from './scrape/scraper.ts'
import { openStore } from './storage/store.ts'

const program = {
  name: 'pullserver',
  description: 'A small Prometheus: scrapes targets, stores what they say, answers queries.',
  version,
  notYet: [
    'web.config.file',
    'web.external-url',
    'web.route-prefix',
    'web.enable-admin-api',
    'web.cors.origin',
    'storage.tsdb.retention.size',
    'query.max-concurrency',
    'enable-feature',
  ],
}

const checked = runCheck(process.argv.slice(2), () => readFileSync(0))
if (checked !== undefined) {
  process.stdout.write(checked.out)
  process.stderr.write(checked.err)
  process.exit(checked.exit)
}

const { values, texts } = parseFlags(program, {
  'config.file': flag.string('Configuration file.', 'prometheus.yml'),
  'web.listen-address': flag.strings('Address to listen on; repeatable.', [':9090']),
  'storage.tsdb.path': flag.string('Folder for what is stored.', 'data/'),
  'storage.tsdb.retention.time': flag.duration('How long samples are kept.', '15d', {
    min: 3_600_000,
  }),
  'web.enable-lifecycle': flag.boolean('Allow PUT or POST to /-/reload and /-/quit.', false),
  'query.lookback-delta': flag.duration(
    'How far back an instant looks for the newest sample of a series.',
    '5m',
    { min: 1 },
  ),
  'query.timeout': flag.duration('Longest time a query may take.', '2m', { min: 1 }),
  'query.max-samples': flag.integer('Most samples a query may load into memory.', 50_000_000, {
    min: 1,
  }),
  ...logFlags,
})

const log = createLog({ level: values['log.level'], format: values['log.format'] })
startOrExit(main, log)

async function main(): Promise<void> {
  const startMs = Date.now()
  log.info('Starting Narthex pull server', { version, node: process.version })
  const config = configOrExit((ok, loaded, nowMs) => {
    own.configLoaded(ok, nowMs)
    if (ok) void scraper.apply(loaded)
  })
  const store = openStore({
    path: values['storage.tsdb.path'],
    retentionMs: values['storage.tsdb.retention.time'],
    log,
  })
  const engine = createEngine({
    store,
    lookbackMs: values['query.lookback-delta'],
    timeoutMs: values['query.timeout'],
    maxSamples: values['query.max-samples'],
  })
  const scraper = createScraper({ config: config.current(), store, log })
  const own = createOwnMetrics(store, scraper)
  own.configLoaded(true, startMs)
  const retention = texts['storage.tsdb.retention.time'] ?? ''
  const status = { version, flags: texts, startMs, config, retention, store }
  const page = readPageFiles()
  const parts = { engine, store, scraper, status, page, nowMs: Date.now }
  const lifecycle = {
    isEnabled: values['web.enable-lifecycle'],
    reload: config.reload,
    quit: () => process.kill(process.pid, 'SIGTERM'),
  }
  const app = createApp((routes) => {
    mountRoutes(routes, parts)
    mountLifecycle(routes, lifecycle)
  }, log)
  const web = await listen({
    addresses: values['web.listen-address'],
    log,
    handler: observed(own, ownMetricsHandler(own), app),
  })
  scraper.start()
  process.on('SIGHUP', config.reload)
  stopOnSignal({
    log,
    stop: async () => {
      await Promise.all([web.close(), scraper.stop()])
      store.close()
    },
  })
}

/** A log line for each problem of the file, then exit code 1: nothing has been started yet. */
function configOrExit(onReload: Parameters<typeof openConfig>[2]): LiveConfig {
  try {
    return openConfig(values['config.file'], log, onReload)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) log.error('Cannot load the configuration', { problem })
    process.exit(1)
  }
}

function ownMetricsHandler(own: OwnMetrics): Handler {
  const self = processMetrics({ ...program, name: 'prometheus' })
  return metricsHandler({
    gather: async () => {
      self.refresh()
      return [self.registry, await own.refresh()]
    },
    openMetrics: true,
    onError: (error) => log.error('Could not answer /metrics', { err: error }),
  })
}

/** /metrics ahead of the Express app: it is asked every few seconds, the rest by people. */
function observed(own: OwnMetrics, metrics: Handler, app: Handler): Handler {
  return (request, response) => {
    own.observe(request, response)
    if (splitTarget(request.url ?? '').path === '/metrics') metrics(request, response)
    else app(request, response)
  }
}
