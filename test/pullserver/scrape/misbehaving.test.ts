/** Every way to misbehave, and what Prometheus 3.5.3 said of it when it scraped the same target. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { parseConfig } from '../../../pullserver/config/load.ts'
import { createScraper } from '../../../pullserver/scrape/scraper.ts'
import { createLog } from '../../../shared/log.ts'
import { freePorts } from '../../free-ports.ts'
import { itShared } from '../../shared-folder.ts'
import { waitFor } from '../../wait.ts'
import { RecordingStore } from './recording-store.ts'

type Job = Record<string, unknown>

/** How the jobs of the recorded run were configured, where the path is not the job's name. */
const jobs: Readonly<Record<string, Job>> = {
  auth: {},
  basic: { metrics_path: '/auth', basic_auth: { username: 'u', password: 'p' } },
  bearer: { metrics_path: '/auth', authorization: { credentials: 't' } },
  extra: { metrics_path: '/ok' },
  fallback: { metrics_path: '/html', fallback_scrape_protocol: 'PrometheusText0.0.4' },
  honor: { metrics_path: '/ok', honor_labels: true },
  'labels-ll': { metrics_path: '/labels', label_limit: 4 },
  'labels-nl': { metrics_path: '/labels', label_name_length_limit: 3 },
  'labels-vl': { metrics_path: '/labels', label_value_length_limit: 3 },
  'many-bs': { metrics_path: '/many', body_size_limit: '100B' },
  'many-sl': { metrics_path: '/many', sample_limit: 10 },
  mrl: {
    metrics_path: '/many',
    metric_relabel_configs: [{ source_labels: ['i'], regex: '4.', action: 'drop' }],
  },
  noname: {
    metrics_path: '/ok',
    metric_relabel_configs: [{ regex: '__name__', action: 'labeldrop' }],
  },
  nots: { metrics_path: '/old', honor_timestamps: false },
  params: { metrics_path: '/ok', params: { a: ['b'] } },
  relabel: { metrics_path: '/ok', relabel_configs: [{ target_label: 'x', replacement: 'y' }] },
}

/** Names need a resolver, discovery and TLS stand elsewhere, and the page of this one changes. */
const elsewhere = new Set(['dns', 'filesd', 'httpsd', 'refused', 'tlimit', 'tls', 'vanish'])

type Outcome = { up: number; scraped: number; post: number; body: number; error: string }

function readRecorded(text: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>()
  for (const entry of text.split(/\n(?=[\w-]+ \| )/)) {
    const [name = '', , up = '', scraped = '', post = '', , body = '', error = ''] = entry
      .trimEnd()
      .split(/ \| ?/)
    const number = (field: string) => Number(field.slice(field.indexOf('=') + 1))
    if (elsewhere.has(name)) continue
    outcomes.set(name, {
      up: number(up),
      scraped: number(scraped),
      post: number(post),
      body: number(body),
      error,
    })
  }
  return outcomes
}

itShared('a misbehaving target is judged as Prometheus 3.5.3 judges it', async (folder) => {
  const recorded = readRecorded(
    readFileSync(path.join(folder, 'reference/server/errors-3.5.3.txt'), 'utf8'),
  )
  const [port] = await freePorts(1)
  const source = readFileSync(path.join(folder, 'tools/misbehaving-target.mjs'), 'utf8')
  const program = `${source.replaceAll('20310', String(port))}\nconsole.log('started')\n`
  const target = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(target.stdout, 'data')
  const scrape_configs = [...recorded.keys()].map((name) => ({
    job_name: name,
    metrics_path: `/${name}`,
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    ...jobs[name],
  }))
  const global = { scrape_interval: '1s', scrape_timeout: '600ms', extra_scrape_metrics: true }
  const store = new RecordingStore()
  const scraper = createScraper({
    config: parseConfig(JSON.stringify({ global, scrape_configs }), 'p.yml'),
    store,
    log: createLog({ level: 'error', format: 'logfmt' }),
  })
  try {
    scraper.start()
    await waitFor('a scrape of each', () => scraper.targets().every((t) => t.lastScrape))
  } finally {
    await scraper.stop()
    target.kill()
    await once(target, 'exit')
  }
  const found = new Map<string, Outcome>()
  for (const { scrapePool, lastError, labels } of scraper.targets()) {
    const value = (name: string) => {
      const rest = scrapePool === 'relabel' ? ', x="y"' : ''
      const text = `{__name__="${name}", instance="${labels['instance']}", job="${scrapePool}"${rest}}`
      return Number(store.samples(text).at(-1)?.value)
    }
    const lines = recorded.get(scrapePool)?.error.split('\n').length ?? 1
    found.set(scrapePool, {
      up: value('up'),
      scraped: value('scrape_samples_scraped'),
      post: value('scrape_samples_post_metric_relabeling'),
      body: value('scrape_body_size_bytes'),
      // What is plain language comes behind the text of Prometheus.
      error: lastError.split('\n').slice(0, lines).join('\n').replaceAll(String(port), '20310'),
    })
  }
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(recorded))
})
