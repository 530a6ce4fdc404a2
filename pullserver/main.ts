#!/usr/bin/env node
/** The pull server: flags in, storage, scraper, engine and web put together, listening on :9090; or one check. */
import { readFileSync } from 'node:fs'
import { metricsHandler } from '../shared/exposition/handler.ts'
import { flag, parseFlags } from '../shared/flags.ts'
import { createLog, type Log, logFlags } from '../shared/log.ts'
import { processMetrics } from '../shared/process-metrics.ts'
import { version } from '../shared/version.ts'
import { createApp } from '../shared/web/app.ts'
import { listen } from '../shared/web/listen.ts'
import { splitTarget } from '../shared/web/routes.ts'
import { startOrExit, stopOnSignal } from '../shared/web/stop.ts'
import { mountRoutes } from './api/routes.ts'
import { runCheck } from './check/command.ts'
import { type Config, ConfigError, loadConfig } from './config/load.ts'
import { createOwnMetrics } from './own-metrics.ts'
import { readPageFiles } from './page/files.ts'
import { createEngine } from './promql/engine.ts'
import { createScraper } from './scrape/scraper.ts'
import { openStore } from './storage/store.ts'

const program = {
  name: 'prometheus',
  description: 'A small Prometheus: scrapes targets, stores what they say, answers queries.',
  version,
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
  'storage.tsdb.retention.time': flag.duration('How long samples are kept.', '15d'),
  'query.lookback-delta': flag.duration(
    'How far back an instant looks for the newest sample of a series.',
    '5m',
  ),
  'query.timeout': flag.duration('Longest time a query may take.', '2m'),
  'query.max-samples': flag.integer('Most samples a query may load into memory.', 50_000_000),
  ...logFlags,
})

const log = createLog({ level: values['log.level'], format: values['log.format'] })
startOrExit(main, log)

async function main(): Promise<void> {
  const startMs = Date.now()
  log.info('Starting Narthex pull server', { version, node: process.version })
  let config = readConfig(log)
  let configLoadedMs = startMs
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
  const scraper = createScraper({ config, store, log })
  const own = createOwnMetrics(store, scraper)
  own.configLoaded(true, startMs)
  const app = createApp(
    (routes) =>
      mountRoutes(routes, {
        engine,
        store,
        scraper,
        page: readPageFiles(),
        nowMs: Date.now,
        status: {
          version,
          configYaml: () => config.text,
          flags: texts,
          startMs,
          configLoadedMs: () => configLoadedMs,
          retention: texts['storage.tsdb.retention.time'] ?? '',
          store,
        },
      }),
    log,
  )
  const self = processMetrics(program)
  const metrics = metricsHandler({
    gather: async () => {
      self.refresh()
      return [self.registry, await own.refresh()]
    },
    openMetrics: true,
    onError: (error) => log.error('Could not answer /metrics', { err: error }),
  })
  const web = await listen({
    addresses: values['web.listen-address'],
    log,
    handler: (request, response) => {
      own.observe(request, response)
      if (splitTarget(request.url ?? '').path === '/metrics') metrics(request, response)
      else app(request, response)
    },
  })
  scraper.start()
  process.on('SIGHUP', () => {
    try {
      config = loadConfig(values['config.file'])
      void scraper.apply(config)
      configLoadedMs = Date.now()
      own.configLoaded(true, configLoadedMs)
      log.info('Configuration loaded again', { file: values['config.file'] })
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      own.configLoaded(false, Date.now())
      for (const problem of error.problems) log.error('Configuration kept as it was', { problem })
    }
  })
  stopOnSignal({
    log,
    stop: async () => {
      await Promise.all([web.close(), scraper.stop()])
      store.close()
    },
  })
}

/** One line on stderr for each problem of the file, then exit code 1: nothing has been started yet. */
function readConfig(log: Log): Config {
  try {
    const config = loadConfig(values['config.file'])
    for (const warning of config.warnings) log.warn('Configuration', { warning })
    return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) process.stderr.write(`${problem}\n`)
    process.exit(1)
  }
}
